//! Realms, each with its documents and a version that grows with every change.

use crate::Fault;
use crate::database::{
    Arg::{self, Int, Text},
    Connection,
};
use crate::snapshots::CHANNEL;
use crate::store::Writer;
use realm::{Document, Kind, RealmId, RealmName};

/// Reads realms.
pub struct Read<'a>(pub(crate) Connection<'a>);

/// Changes realms.
pub struct Write<'a>(pub(crate) &'a mut Writer);

/// How making a realm ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Create {
    /// It is there now.
    Created,
    /// There is one of that name or key already.
    Taken,
}

/// One change of a realm's configuration.
#[derive(Clone, Debug)]
pub enum Change {
    /// Adds a document, or replaces the one of its kind and key.
    Put(Document),
    /// Removes the document of this kind and key.
    Remove(Kind, String),
}

const PUT: &str = "INSERT INTO document (realm_id, kind, id, body) VALUES ($1, $2, $3, $4) \
    ON CONFLICT (realm_id, kind, id) DO UPDATE SET body = excluded.body";

impl Read<'_> {
    /// The names of all realms, in order.
    ///
    /// # Errors
    /// The database's.
    pub async fn names(&mut self) -> Result<Vec<RealmName>, Fault> {
        let rows = self
            .0
            .rows("SELECT name FROM realm ORDER BY name", &[])
            .await?;
        rows.iter()
            .map(|row| row.text(0).map(RealmName::new))
            .collect()
    }

    /// A realm's version.
    ///
    /// # Errors
    /// The database's.
    pub async fn version(&mut self, name: &RealmName) -> Result<Option<i64>, Fault> {
        self.0
            .row(
                "SELECT version FROM realm WHERE name = $1",
                &[Text(name.as_str())],
            )
            .await?
            .map(|row| row.int(0))
            .transpose()
    }

    /// A realm's version and documents, both of one instant.
    ///
    /// # Errors
    /// The database's.
    pub async fn load(&mut self, name: &RealmName) -> Result<Option<(i64, Vec<Document>)>, Fault> {
        let sql = "SELECT realm.version, document.kind, document.id, document.body FROM realm \
            JOIN document ON document.realm_id = realm.id WHERE realm.name = $1 ORDER BY document.kind, document.id";
        let mut version = None;
        let mut documents = Vec::new();
        for row in self.0.rows(sql, &[Text(name.as_str())]).await? {
            version = Some(row.int(0)?);
            // A kind of a later release is left alone.
            if let Some(kind) = Kind::from_text(&row.text(1)?) {
                documents.push(Document {
                    kind,
                    id: row.text(2)?,
                    body: row.body(3, "document")?,
                });
            }
        }
        Ok(version.map(|version| (version, documents)))
    }
}

impl Write<'_> {
    /// Makes a realm of these documents.
    ///
    /// # Errors
    /// The database's.
    pub async fn create(
        &mut self,
        id: &RealmId,
        name: &RealmName,
        documents: &[Document],
    ) -> Result<Create, Fault> {
        let sql = "INSERT INTO realm (id, name, version) VALUES ($1, $2, 1) ON CONFLICT DO NOTHING";
        if self
            .0
            .connection()
            .execute(sql, &[Text(id.as_str()), Text(name.as_str())])
            .await?
            == 0
        {
            return Ok(Create::Taken);
        }
        for document in documents {
            self.put(id, document).await?;
        }
        self.tell(name).await?;
        Ok(Create::Created)
    }

    /// Changes a realm; gives its new version, or nothing when the realm is gone.
    ///
    /// # Errors
    /// The database's.
    pub async fn change(&mut self, id: &RealmId, changes: &[Change]) -> Result<Option<i64>, Fault> {
        let sql = "UPDATE realm SET version = version + 1 WHERE id = $1 RETURNING version, name";
        let args = [Text(id.as_str())];
        self.change_by(sql, &args, id, changes).await
    }

    /// Changes a realm that is still of this version; gives its new one, or nothing when somebody else changed it or it is gone.
    ///
    /// # Errors
    /// The database's.
    pub async fn change_from(
        &mut self,
        id: &RealmId,
        version: i64,
        changes: &[Change],
    ) -> Result<Option<i64>, Fault> {
        let sql = "UPDATE realm SET version = version + 1 WHERE id = $1 AND version = $2 RETURNING version, name";
        let args = [Text(id.as_str()), Int(version)];
        self.change_by(sql, &args, id, changes).await
    }

    /// `sql` counts the version up and gives it with the realm's name.
    async fn change_by(
        &mut self,
        sql: &'static str,
        args: &[Arg<'_>],
        id: &RealmId,
        changes: &[Change],
    ) -> Result<Option<i64>, Fault> {
        let Some(row) = self.0.connection().row(sql, args).await? else {
            return Ok(None);
        };
        for change in changes {
            match change {
                Change::Put(document) => self.put(id, document).await?,
                Change::Remove(kind, key) => {
                    let sql = "DELETE FROM document WHERE realm_id = $1 AND kind = $2 AND id = $3";
                    self.0
                        .connection()
                        .execute(sql, &[Text(id.as_str()), Text(kind.as_str()), Text(key)])
                        .await?;
                }
            }
        }
        self.tell(&RealmName::new(row.text(1)?)).await?;
        row.int(0).map(Some)
    }

    /// Removes a realm with everything in it; tells whether it was there.
    ///
    /// # Errors
    /// The database's.
    pub async fn remove(&mut self, id: &RealmId) -> Result<bool, Fault> {
        let Some(row) = self
            .0
            .connection()
            .row(
                "DELETE FROM realm WHERE id = $1 RETURNING name",
                &[Text(id.as_str())],
            )
            .await?
        else {
            return Ok(false);
        };
        self.tell(&RealmName::new(row.text(0)?)).await?;
        Ok(true)
    }

    async fn put(&mut self, id: &RealmId, document: &Document) -> Result<(), Fault> {
        let body = crate::database::body("document", &document.body)?;
        let args = [
            Text(id.as_str()),
            Text(document.kind.as_str()),
            Text(&document.id),
            Text(&body),
        ];
        self.0.connection().execute(PUT, &args).await?;
        Ok(())
    }

    /// This node forgets its snapshot after the commit; others hear of it with the commit.
    async fn tell(&mut self, name: &RealmName) -> Result<(), Fault> {
        self.0.realm_changed(name.clone());
        if let connection @ Connection::Postgres(_) = &mut self.0.connection() {
            let args = [Text(CHANNEL), Text(name.as_str())];
            connection.rows("SELECT pg_notify($1, $2)", &args).await?;
        }
        Ok(())
    }
}
