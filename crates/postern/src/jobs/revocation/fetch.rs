//! Asks whoever is due. Of all nodes one asks each source at a time; the others load what it brought.

use super::Shared;
use super::body::{AnswerBody, ListBody, certificate, json};
use super::incoming::{self, digest_of, instant, with_helper};
use super::schedule::{self, Dice};
use crate::startup::authorities;
use outbound::{Fetched, Limits, OutboundError};
use std::error::Error as _;
use std::sync::Arc;
use std::time::Duration;
use store::revocation::{Content, Replace, Source, SourceKind};
use store::{Fault, Timestamp};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use x509::{IdHash, MAX_ANSWER_BYTES, OcspAnswer, OcspRequest, TrustAnchors};

/// How often it is looked who is due, when nobody says so sooner.
const LOOK: Duration = Duration::from_secs(5);
/// Sources asked at the same time, by one node.
const AT_ONCE: usize = 4;
/// A node that was given up has a source no longer than its time for asking and this, seconds.
const GRACE: i64 = 60;
/// Answers that lead elsewhere, within the list of those who may be asked.
const REDIRECTS: u8 = 2;

pub(super) async fn run(shared: Arc<Shared>) {
    let node = realm::random_key();
    let places = Arc::new(Semaphore::new(AT_ONCE));
    let mut asking = JoinSet::new();
    let mut anchors = shared.server.anchors(edge::ShownBy::Proxy);
    loop {
        let now_anchors = shared.server.anchors(edge::ShownBy::Proxy);
        if !Arc::ptr_eq(&anchors, &now_anchors) {
            anchors = now_anchors;
            let roots = authorities::roots(&anchors);
            shared.outbound.set_roots(roots.iter().map(Vec::as_slice));
        }
        match due(&shared).await {
            Ok(sources) => {
                for source in sources {
                    let Ok(place) = places.clone().acquire_owned().await else {
                        return;
                    };
                    let ask = Ask {
                        shared: shared.clone(),
                        node: node.clone(),
                        source,
                    };
                    asking.spawn(async move {
                        ask.run().await;
                        drop(place);
                    });
                }
            }
            Err(error) => tracing::warn!(
                error = &error as &dyn std::error::Error,
                "it could not be looked up whose revocation lists are due"
            ),
        }
        while asking.try_join_next().is_some() {}
        let _ = tokio::time::timeout(LOOK, shared.wake.notified()).await;
    }
}

async fn due(shared: &Shared) -> Result<Vec<Source>, Fault> {
    let now = shared.server.clock.now();
    let mut reader = shared.server.store.read().await?;
    reader.revocations().due(now, 32).await
}

/// One source, asked once.
struct Ask {
    shared: Arc<Shared>,
    node: String,
    source: Source,
}

/// Why a source gave nothing of use.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("{}", told(.0))]
    Outbound(#[from] OutboundError),
    #[error(transparent)]
    NotTaken(#[from] incoming::NotTaken),
    #[error("{0}")]
    Answer(String),
    #[error("it is older than what is kept; `postern crl remove` forgets that")]
    Older,
    #[error("what is kept could not be changed")]
    Store(#[from] Fault),
}

/// An error with what it comes from.
fn told(error: &OutboundError) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

impl Ask {
    async fn run(&self) {
        let name = &self.source.name;
        match self.claim().await {
            Ok(true) => {}
            Ok(false) => return,
            Err(error) => {
                let error = &error as &dyn std::error::Error;
                tracing::warn!(error, "revocation: {name} could not be claimed");
                return;
            }
        }
        let outcome = match self.source.kind {
            SourceKind::List => self.list().await,
            SourceKind::Answer => self.answer().await,
            SourceKind::Upload | SourceKind::Removed => return,
        };
        let Err(failure) = outcome else {
            return;
        };
        let failures = self.source.failures.saturating_add(1);
        let shown = self.shown();
        // The first failure, and then less and less: the waits grow.
        tracing::warn!(failures, "revocation: {shown}: {failure}");
        let next = schedule::after_failure(self.now(), failures, dice());
        if let Err(error) = self.failed(&failure.to_string(), next).await {
            let error = &error as &dyn std::error::Error;
            tracing::warn!(error, "revocation: {name} could not be let go");
        }
    }

    fn shown(&self) -> String {
        match self.source.kind {
            SourceKind::Answer => {
                let body = AnswerBody::of(&self.source.body);
                format!("{} about {}", body.url, body.subject)
            }
            _ => self.source.name.clone(),
        }
    }

    fn now(&self) -> Timestamp {
        self.shared.server.clock.now()
    }

    fn anchors(&self) -> Arc<TrustAnchors> {
        self.shared.server.anchors(edge::ShownBy::Proxy)
    }

    async fn claim(&self) -> Result<bool, Fault> {
        let now = self.now();
        let time = self.shared.config.timeout.as_secs();
        let until = now.plus_seconds(i64::try_from(time).unwrap_or(GRACE).saturating_add(GRACE));
        let mut writer = self.shared.server.store.write().await?;
        let is_ours = writer
            .revocations()
            .claim(&self.source.name, &self.node, now, until)
            .await?;
        writer.commit().await?;
        Ok(is_ours)
    }

    async fn list(&self) -> Result<(), Failure> {
        let mut kept = ListBody::of(&self.source.body);
        let limits = Limits {
            bytes: self.shared.config.most_bytes,
            time: self.shared.config.timeout,
            redirects: REDIRECTS,
        };
        let known = match self.source.content {
            Some(_) => kept.validators(),
            None => outbound::Validators::default(),
        };
        let fetched = self.shared.outbound.get(&self.source.name, &known, &limits);
        let answer = match fetched.await? {
            Fetched::Unchanged => return Ok(self.unchanged().await?),
            Fetched::Changed(answer) => answer,
        };
        let authority = kept.authority.as_deref().and_then(certificate);
        let anchors = with_helper(&self.anchors(), authority.as_deref());
        let incoming = incoming::read(answer.body, anchors, self.now()).await?;
        let content = incoming.content();
        let issuer = incoming.list.issuer().to_owned();
        kept = ListBody {
            etag: answer.validators.etag,
            last_modified: answer.validators.last_modified,
            ..incoming.body(authority.as_deref())
        };
        let is_same = self.source.content.as_ref() == Some(&content);
        if !is_same {
            self.keep(&incoming.bytes, &content.digest).await?;
        }
        for url in incoming.list.freshest_points() {
            self.want_freshest(url, &kept).await?;
        }
        if is_same {
            return Ok(self.unchanged().await?);
        }
        let next = self.next(&content);
        self.replace(&content, &json(&kept), next).await?;
        tracing::info!(
            "revocation: {}: list of {issuer}, {} certificates, next due {}",
            self.source.name,
            kept.entries,
            x509::instant_text(incoming.list.counts_until())
        );
        Ok(())
    }

    async fn answer(&self) -> Result<(), Failure> {
        let failure = |text: &str| Failure::Answer(text.to_owned());
        let body = AnswerBody::of(&self.source.body);
        let (Some(about), Some(issuer)) =
            (certificate(&body.certificate), certificate(&body.issuer))
        else {
            return Err(failure("its certificates are not readable"));
        };
        let request = OcspRequest::new(&about, &issuer, IdHash::Sha1)
            .ok_or_else(|| failure("the certificate can't be asked about"))?;
        let limits = Limits {
            bytes: MAX_ANSWER_BYTES as u64,
            time: self.shared.config.timeout / 4,
            redirects: REDIRECTS,
        };
        let asked = self.shared.outbound.post(
            &body.url,
            "application/ocsp-request",
            request.der(),
            &limits,
        );
        let bytes = asked.await?.body;
        let answer = OcspAnswer::from_der(&bytes).map_err(|error| failure(&error.to_string()))?;
        if !request.is_answered_by(&answer) {
            return Err(failure("the answer is to another question"));
        }
        let responder = body.responder.as_deref().and_then(certificate);
        let now = self.now();
        answer
            .verify(&about, &issuer, responder.as_deref(), now.seconds())
            .map_err(|refusal| Failure::Answer(format!("{}: {refusal}", refusal.code())))?;
        if answer.produced_at() > now.seconds() + incoming::TOLERANCE {
            return Err(failure("the answer was made in the future"));
        }
        let content = Content {
            digest: digest_of(&bytes),
            size: bytes.len() as u64,
            number: None,
            this_update: instant(answer.produced_at()),
            next_update: answer.next_update().map(instant),
        };
        if self.source.content.as_ref() == Some(&content) {
            return Ok(self.unchanged().await?);
        }
        self.keep(&bytes, &content.digest).await?;
        let next = self.next(&content);
        self.replace(&content, &self.source.body, next).await
    }

    fn next(&self, content: &Content) -> Timestamp {
        let (now, this, next) = (self.now(), content.this_update, content.next_update);
        match self.source.kind {
            SourceKind::Answer => {
                schedule::after_answer(now, this, next, self.source.wanted_at, dice())
            }
            _ => schedule::after_success(now, this, next, dice()),
        }
    }

    async fn keep(&self, bytes: &[u8], digest: &str) -> Result<(), Fault> {
        let store = &self.shared.server.store;
        store
            .keep_revocation_content(digest, bytes, self.now())
            .await
    }

    /// The lists that hold what is new since this one, asked for beside it.
    async fn want_freshest(&self, url: &str, complete: &ListBody) -> Result<(), Fault> {
        if !self.shared.config.allowed.lists(url) {
            return Ok(());
        }
        let body = ListBody {
            authority: complete.authority.clone(),
            ..ListBody::default()
        };
        let mut writer = self.shared.server.store.write().await?;
        writer
            .revocations()
            .want(url, SourceKind::List, &json(&body), self.now())
            .await?;
        writer.commit().await?;
        self.shared.wake.notify_one();
        Ok(())
    }

    async fn replace(
        &self,
        content: &Content,
        body: &serde_json::Value,
        next: Timestamp,
    ) -> Result<(), Failure> {
        let mut writer = self.shared.server.store.write().await?;
        let outcome = writer
            .revocations()
            .replace(
                &self.source.name,
                &self.node,
                content,
                body,
                self.now(),
                next,
            )
            .await?;
        writer.commit().await?;
        match outcome {
            Replace::Replaced(_) => Ok(()),
            Replace::Older => Err(Failure::Older),
        }
    }

    async fn unchanged(&self) -> Result<(), Fault> {
        let next = match &self.source.content {
            Some(content) => self.next(content),
            None => schedule::after_failure(self.now(), 1, dice()),
        };
        let mut writer = self.shared.server.store.write().await?;
        writer
            .revocations()
            .unchanged(&self.source.name, &self.node, self.now(), next)
            .await?;
        writer.commit().await
    }

    async fn failed(&self, why: &str, next: Timestamp) -> Result<(), Fault> {
        let mut writer = self.shared.server.store.write().await?;
        writer
            .revocations()
            .failed(&self.source.name, &self.node, why, next)
            .await?;
        writer.commit().await
    }
}

fn dice() -> Dice {
    let mut byte = [0];
    // Without it everybody moves in step, which is no harm.
    let _ = aws_lc_rs::rand::fill(&mut byte);
    byte[0]
}
