//! A change of a realm's configuration, before it is stored.

use crate::answer::Refused;
use crate::deed::Deed;
use http::StatusCode;
use indexmap::{IndexMap, IndexSet};
use realm::{BuildError, Document, Kind, Realm};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use store::Change;

type Key = (Kind, String);

/// The realm as it was, and its documents as they will be.
pub struct Draft {
    /// As it was.
    pub before: Realm,
    documents: IndexMap<Key, Value>,
    touched: IndexSet<Key>,
    deeds: Vec<Deed>,
}

impl Draft {
    pub(crate) fn new(version: i64, documents: Vec<Document>) -> Result<Self, Refused> {
        let before = Realm::build(version, &documents).map_err(fault)?;
        let documents = documents
            .into_iter()
            .map(|document| ((document.kind, document.id), document.body))
            .collect();
        Ok(Self {
            before,
            documents,
            touched: IndexSet::new(),
            deeds: Vec::new(),
        })
    }

    /// One thing as it will be.
    pub fn find<T: DeserializeOwned>(&self, kind: Kind, id: &str) -> Option<T> {
        let body = self.documents.get(&(kind, id.to_owned()))?;
        serde_json::from_value(body.clone()).ok()
    }

    /// All things of a kind as they will be.
    pub fn all<T: DeserializeOwned>(&self, kind: Kind) -> Vec<T> {
        self.documents
            .iter()
            .filter(|((own, _), _)| *own == kind)
            .filter_map(|(_, body)| serde_json::from_value(body.clone()).ok())
            .collect()
    }

    /// Adds a thing, or replaces it.
    ///
    /// # Errors
    /// When it can't be written as JSON, which no value of the model can cause.
    pub fn put(&mut self, kind: Kind, id: &str, value: &impl Serialize) -> Result<(), Refused> {
        let body = serde_json::to_value(value).map_err(fault)?;
        let key = (kind, id.to_owned());
        if self.documents.get(&key) != Some(&body) {
            self.touched.insert(key.clone());
            self.documents.insert(key, body);
        }
        Ok(())
    }

    /// Removes a thing; tells whether it was there.
    pub fn remove(&mut self, kind: Kind, id: &str) -> bool {
        let key = (kind, id.to_owned());
        let was_there = self.documents.shift_remove(&key).is_some();
        if was_there {
            self.touched.insert(key);
        }
        was_there
    }

    /// Notes what is done, for the record of administration; stored together with the change.
    pub fn record(&mut self, deed: Deed) {
        self.deeds.push(deed);
    }

    /// What has to be stored. The documents must make a realm.
    pub(crate) fn finish(self) -> Result<(Vec<Change>, Vec<Deed>), Refused> {
        let documents: Vec<Document> = self
            .documents
            .iter()
            .map(|((kind, id), body)| Document {
                kind: *kind,
                id: id.clone(),
                body: body.clone(),
            })
            .collect();
        Realm::build(self.before.version + 1, &documents).map_err(refusal)?;
        let change = |key: Key| match self.documents.get(&key) {
            Some(body) => Change::Put(Document {
                kind: key.0,
                id: key.1,
                body: body.clone(),
            }),
            None => Change::Remove(key.0, key.1),
        };
        Ok((self.touched.into_iter().map(change).collect(), self.deeds))
    }
}

fn fault(error: impl std::error::Error + Send + Sync + 'static) -> Refused {
    Refused::Fault(Box::new(error))
}

fn refusal(error: BuildError) -> Refused {
    match error {
        BuildError::Twice { .. } => Refused::Coded(
            StatusCode::CONFLICT,
            "conflict",
            "Duplicate resource error".to_owned(),
        ),
        BuildError::Document { kind, id, source } => {
            Refused::wrong(format!("{} {id}: {source}", kind.as_str()))
        }
        other => Refused::wrong(other.to_string()),
    }
}
