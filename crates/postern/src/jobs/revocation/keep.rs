//! This node's memory of what is known.

use super::body::{AnswerBody, ListBody, certificate};
use super::files::Files;
use super::incoming::with_helper;
use super::{Shared, expiry};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};
use store::Fault;
use store::revocation::{Content, Seen, Source, SourceKind};
use x509::{OcspAnswer, RevocationList, Revocations};

/// Changes are looked for this often, for news that got lost; files are looked at as often.
const LOOK: Duration = Duration::from_secs(2);
/// Changed sources that are read at once.
const PIECE: u32 = 200;
/// After bringing memory up to date it rests so many times as long as that took: many answers must not keep a processor busy.
const REST: u32 = 9;
const LONGEST_REST: Duration = Duration::from_secs(10);
/// Dates are looked at this often.
const DATES: Duration = Duration::from_secs(60);

/// What is in memory, and where it came from.
pub(super) struct Keeper {
    shared: Arc<Shared>,
    stored: HashMap<String, Kept>,
    /// Up to where everything is in memory.
    seen: Seen,
    /// Absent while somebody looks at them.
    files: Option<Files>,
    expiry: expiry::Told,
}

enum Kept {
    List(Arc<RevocationList>),
    Answer(Arc<OcspAnswer>),
}

impl Keeper {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        let config = &shared.config;
        let files = Files::new(
            config.files.clone(),
            config.folder.clone(),
            config.most_bytes,
        );
        Self {
            stored: HashMap::new(),
            seen: Seen::default(),
            files: Some(files),
            expiry: expiry::Told::default(),
            shared,
        }
    }

    pub(super) async fn run(mut self) {
        let mut dates = Instant::now();
        loop {
            let news = self.shared.server.store.revocation_news();
            let _ = tokio::time::timeout(LOOK, news).await;
            let began = Instant::now();
            self.look().await;
            tokio::time::sleep((began.elapsed() * REST).min(LONGEST_REST)).await;
            if dates.elapsed() >= DATES {
                dates = Instant::now();
                self.tell_dates();
            }
        }
    }

    /// Brings memory up to date, and hands it over if it changed.
    pub(super) async fn look(&mut self) {
        let loaded = match self.load().await {
            Ok(loaded) => loaded,
            Err(error) => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "what is known of revocation could not be loaded"
                );
                false
            }
        };
        if self.look_at_files().await | loaded {
            self.publish();
        }
    }

    fn publish(&mut self) {
        let mut lists = Vec::new();
        let mut answers = Vec::new();
        for kept in self.stored.values() {
            match kept {
                Kept::List(list) => lists.push(list.clone()),
                Kept::Answer(answer) => answers.push(answer.clone()),
            }
        }
        lists.extend(self.files.iter().flat_map(Files::lists).cloned());
        tracing::debug!(
            lists = lists.len(),
            answers = answers.len(),
            "revocation: what is known has changed"
        );
        let known = Revocations::new(lists, answers);
        self.shared.server.revocation().replace(Arc::new(known));
        self.tell_dates();
    }

    fn tell_dates(&mut self) {
        let now = self.shared.server.clock.now().seconds();
        let known = self.shared.server.revocations();
        self.expiry.tell(&known, now);
    }

    async fn look_at_files(&mut self) -> bool {
        let Some(mut files) = self.files.take() else {
            return false;
        };
        let anchors = self.shared.server.anchors(edge::ShownBy::Proxy);
        let now = self.shared.server.clock.now().seconds();
        let work = tokio::task::spawn_blocking(move || {
            let changed = files.look(&anchors, now);
            (files, changed)
        });
        match work.await {
            Ok((files, changed)) => {
                self.files = Some(files);
                changed
            }
            Err(error) => {
                tracing::error!(%error, "files with revocation lists are not looked at any more");
                false
            }
        }
    }

    /// Loads what changed in the database; whether anything did.
    async fn load(&mut self) -> Result<bool, Fault> {
        let store = self.shared.server.store.clone();
        let mut changed = false;
        loop {
            let mut reader = store.read().await?;
            let sources = reader
                .revocations()
                .changed_since(&self.seen, PIECE)
                .await?;
            drop(reader);
            if sources.is_empty() {
                return Ok(changed);
            }
            for source in sources {
                match &source.content {
                    None => changed |= self.stored.remove(&source.name).is_some(),
                    Some(content) => {
                        if let Some(kept) = self.read(&source, content).await? {
                            self.stored.insert(source.name.clone(), kept);
                            changed = true;
                        }
                    }
                }
                self.seen = source.seen();
            }
        }
    }

    /// Reads a source's content. What was replaced meanwhile comes with a later version.
    async fn read(&self, source: &Source, content: &Content) -> Result<Option<Kept>, Fault> {
        let server = &self.shared.server;
        let Some(bytes) = server.store.revocation_content(content).await? else {
            return Ok(None);
        };
        let (anchors, now) = (
            server.anchors(edge::ShownBy::Proxy),
            server.clock.now().seconds(),
        );
        let (kind, body) = (source.kind, source.body.clone());
        let work = tokio::task::spawn_blocking(move || -> Result<Option<Kept>, String> {
            let is_answer = match kind {
                SourceKind::List | SourceKind::Upload => false,
                SourceKind::Answer => true,
                SourceKind::Removed => return Ok(None),
            };
            if is_answer {
                let answer = OcspAnswer::from_der(&bytes).map_err(|error| error.to_string())?;
                let body = AnswerBody::of(&body);
                let responder = body.responder.as_deref().and_then(certificate);
                if let (Some(about), Some(issuer)) =
                    (certificate(&body.certificate), certificate(&body.issuer))
                {
                    // Found genuine when it came; whoever may speak for whom may have changed since, and is judged at each sign-in.
                    let _ = answer.verify(&about, &issuer, responder.as_deref(), now);
                }
                return Ok(Some(Kept::Answer(Arc::new(answer))));
            }
            let list = RevocationList::from_pem_or_der(&bytes)
                .map_err(|error| error.to_string())?
                .pop();
            let authority = ListBody::of(&body).authority;
            let authority = authority.as_deref().and_then(certificate);
            if let Some(list) = &list {
                // Likewise.
                let _ = list.verify(&with_helper(&anchors, authority.as_deref()), now);
            }
            Ok(list.map(|list| Kept::List(Arc::new(list))))
        });
        match work.await {
            Ok(Ok(kept)) => Ok(kept),
            Ok(Err(error)) => {
                tracing::warn!("revocation: {} can't be read: {error}", source.name);
                Ok(None)
            }
            Err(error) => {
                tracing::warn!(%error, "revocation: {} can't be read", source.name);
                Ok(None)
            }
        }
    }
}
