//! Whom to ask: what the truststore, options and certificates name that people showed.

use super::Shared;
use super::body::{AnswerBody, ListBody, json, written};
use super::incoming::digest_of;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};
use store::Fault;
use store::revocation::SourceKind;
use tokio::sync::mpsc;
use x509::{Certificate, IdHash, OcspRequest, Policy, Reach};

/// What was noted is noted again after so long; that keeps it from being forgotten.
const AGAIN: Duration = Duration::from_secs(3600);
/// So much is remembered as noted; with more, everything is noted anew.
const REMEMBERED: usize = 20_000;
/// A longer address is none.
const LONGEST: usize = 2048;
/// Of addresses that may not be asked, so many are told.
const MOST_TOLD: usize = 64;

pub(super) async fn run(shared: Arc<Shared>, mut wanted: mpsc::Receiver<authn::Wanted>) {
    let mut noting = Noting {
        shared,
        noted: HashMap::new(),
        told: HashSet::new(),
    };
    let mut standing = tokio::time::interval(AGAIN);
    loop {
        let outcome = tokio::select! {
            _ = standing.tick() => noting.standing().await,
            certificate = wanted.recv() => match certificate {
                Some(certificate) => noting.certificate(certificate).await,
                None => return,
            },
        };
        if let Err(error) = outcome {
            // What was lost is noted with the next sign-in.
            noting.noted.clear();
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "it could not be noted whose revocation lists are wanted"
            );
        }
    }
}

struct Noting {
    shared: Arc<Shared>,
    noted: HashMap<String, Instant>,
    /// Addresses of which it was told that they are not asked.
    told: HashSet<String>,
}

impl Noting {
    /// What is wanted whoever comes: what options name, and the lists that tell of the truststore's own certificates.
    async fn standing(&mut self) -> Result<(), Fault> {
        for url in self.shared.config.urls.clone() {
            self.list(&url, None).await?;
        }
        let anchors = self.shared.server.anchors(edge::ShownBy::Proxy);
        for certificate in anchors.intermediates() {
            for url in points(certificate) {
                self.list(&url, None).await?;
            }
        }
        Ok(())
    }

    async fn certificate(&mut self, wanted: authn::Wanted) -> Result<(), Fault> {
        let key = digest_of(
            format!(
                "{}{}{}{:?}{:?}",
                wanted.chain.leaf().thumbprint_hex(),
                wanted.points,
                wanted.answers,
                wanted.lists,
                wanted.responder
            )
            .as_bytes(),
        );
        if !self.is_new(key) {
            return Ok(());
        }
        // Whoever shows a certificate must not make us ask anybody: only what the truststore vouches for is looked into.
        let now = self.shared.server.clock.now();
        let judged = tokio::task::spawn_blocking(move || {
            let judgement = x509::judge(
                &wanted.chain,
                &wanted.anchors,
                &Policy::default(),
                now.seconds(),
            );
            (judgement.outcome, wanted)
        });
        let Ok((Ok(verified), wanted)) = judged.await else {
            return Ok(());
        };
        let path = verified.path();
        let reach = match self.shared.config.policy.reach {
            Reach::Leaf => 1,
            Reach::Path => path.len().saturating_sub(1),
        };
        for pair in path.windows(2).take(reach.max(1)) {
            let [certificate, issuer] = pair else {
                continue;
            };
            if wanted.points {
                for url in points(certificate) {
                    self.list(&url, Some(issuer)).await?;
                }
            }
        }
        let issuer = path.get(1);
        for url in &wanted.lists {
            self.list(url, issuer.map(Arc::as_ref)).await?;
        }
        if let (true, Some(issuer)) = (wanted.answers, issuer) {
            let leaf = verified.leaf();
            let responders = match &wanted.responder {
                Some(responder) => vec![responder.clone()],
                None => leaf.ocsp_responders(),
            };
            for url in responders {
                self.answer(&url, leaf, issuer, wanted.responder_certificate.as_deref())
                    .await?;
            }
        }
        Ok(())
    }

    async fn list(&mut self, url: &str, authority: Option<&Certificate>) -> Result<(), Fault> {
        if !self.may_be_asked(url) || !self.is_new(url.to_owned()) {
            return Ok(());
        }
        let body = ListBody {
            authority: authority.map(written),
            ..ListBody::default()
        };
        self.want(url, SourceKind::List, &json(&body)).await
    }

    async fn answer(
        &mut self,
        url: &str,
        certificate: &Certificate,
        issuer: &Certificate,
        responder: Option<&Certificate>,
    ) -> Result<(), Fault> {
        if !self.may_be_asked(url) {
            return Ok(());
        }
        let Some(request) = OcspRequest::new(certificate, issuer, IdHash::Sha1) else {
            return Ok(());
        };
        let question = [url.as_bytes(), &request.der()].concat();
        let name = format!("ocsp:{}", digest_of(&question));
        let body = AnswerBody {
            url: url.to_owned(),
            subject: certificate.subject(),
            certificate: written(certificate),
            issuer: written(issuer),
            responder: responder.map(written),
        };
        self.want(&name, SourceKind::Answer, &json(&body)).await
    }

    async fn want(
        &self,
        name: &str,
        kind: SourceKind,
        body: &serde_json::Value,
    ) -> Result<(), Fault> {
        let server = &self.shared.server;
        let mut writer = server.store.write().await?;
        writer
            .revocations()
            .want(name, kind, body, server.clock.now())
            .await?;
        writer.commit().await?;
        self.shared.wake.notify_one();
        Ok(())
    }

    /// Whether this was not noted for a while.
    fn is_new(&mut self, key: String) -> bool {
        if self.noted.len() >= REMEMBERED {
            self.noted.clear();
        }
        match self.noted.get(&key) {
            Some(noted) if noted.elapsed() < AGAIN => false,
            _ => {
                self.noted.insert(key, Instant::now());
                true
            }
        }
    }

    /// Whether this address may be asked; that it may not is told once for each of the first few.
    fn may_be_asked(&mut self, url: &str) -> bool {
        // Steps may say anything; what no address has would also spoil the log.
        let is_plain = url.len() <= LONGEST && url.bytes().all(|byte| byte.is_ascii_graphic());
        if is_plain && self.shared.config.allowed.lists(url) {
            return true;
        }
        if self.told.len() < MOST_TOLD && url.len() <= LONGEST && self.told.insert(url.to_owned()) {
            tracing::warn!(
                "revocation: {url:?} is named by a certificate or a step and is not asked: its host is not in revocation-fetch-allowed"
            );
        }
        false
    }
}

/// Where the lists are that tell of a certificate, the differences to them included.
fn points(certificate: &Certificate) -> Vec<String> {
    let mut urls = certificate.distribution_points();
    urls.extend(certificate.freshest_points());
    urls
}
