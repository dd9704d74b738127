//! From a server on loopback, a file or a responder to the judgement of a certificate.

mod answers;
mod files;
mod lists;
pub(super) mod pki;

use super::{Ready, ready};
use crate::config::revocation::Revocation;
use authn::passwords::Hashers;
use authn::{Clock, Server, Shared, Wanted};
use edge::Hostname;
use outbound::Allowed;
use pages::Pages;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};
use store::revocation::Source;
use store::{Settings, Store, Timestamp};
use tokio::task::JoinSet;
use x509::{Chain, Policy, RevocationPolicy, Strictness, TrustAnchors};

/// A folder that goes away.
pub struct Folder(pub PathBuf);

impl Folder {
    fn new() -> Self {
        let path = std::env::temp_dir().join(format!("postern-crl-{}", realm::random_key()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// One node.
struct Node {
    server: Server,
    clock: Clock,
    shared: Arc<super::Shared>,
    ready: Option<Ready>,
    /// It ends with the value.
    jobs: JoinSet<()>,
}

impl Node {
    async fn new(
        settings: &Settings,
        anchors: TrustAnchors,
        allowed: &str,
        urls: &[String],
    ) -> Self {
        let clock = Clock::frozen(Timestamp(pki::NOW * 1000));
        let server = Server::new(Shared {
            store: Store::open(settings).await.unwrap(),
            hashers: Hashers::start(1, 1).unwrap(),
            hostname: Hostname::new(None, false).unwrap(),
            truststore: anchors.into(),
            pages: Pages::new(None).unwrap(),
            clock: clock.clone(),
            node: None,
        });
        let config = Revocation {
            policy: RevocationPolicy::default(),
            files: Vec::new(),
            folder: PathBuf::from("/there/is/no/such/folder"),
            urls: urls.to_vec(),
            allowed: Allowed::from_list(allowed.split(',')).unwrap(),
            most_bytes: 1024 * 1024,
            timeout: Duration::from_secs(30),
        };
        let ready = ready(&server, config).await;
        Self {
            server,
            clock,
            shared: ready.shared.clone(),
            ready: Some(ready),
            jobs: JoinSet::new(),
        }
    }

    fn start(&mut self) {
        self.ready.take().unwrap().start(&mut self.jobs);
    }

    /// Time goes by, and the jobs look at the clock at once.
    fn advance(&self, seconds: i64) {
        self.clock.advance(seconds);
        self.shared.wake.notify_one();
    }

    /// As a step of a sign-in does that asks for the lists which certificates name.
    fn want(&self, chain: &Chain) {
        self.server.revocation().want(self.wanted(chain));
    }

    fn wanted(&self, chain: &Chain) -> Wanted {
        Wanted {
            chain: chain.clone(),
            anchors: self.server.anchors(edge::ShownBy::Proxy),
            points: true,
            lists: Vec::new(),
            answers: false,
            responder: None,
            responder_certificate: None,
        }
    }

    /// The code of the refusal, with all that this node knows; nothing when it is accepted.
    fn judged(&self, chain: &Chain, crl: Strictness, ocsp: Strictness) -> Option<&'static str> {
        let policy = Policy {
            revocation: RevocationPolicy {
                crl,
                ocsp,
                ..RevocationPolicy::default()
            },
            revocations: self.server.revocations(),
            ..Policy::default()
        };
        let anchors = self.server.anchors(edge::ShownBy::Proxy);
        let now = self.server.clock.now().seconds();
        let judgement = x509::judge(chain, &anchors, &policy, now);
        judgement.outcome.err().map(|rejection| rejection.code())
    }

    fn by_lists(&self, chain: &Chain) -> Option<&'static str> {
        self.judged(chain, Strictness::Hard, Strictness::Off)
    }

    async fn sources(&self) -> Vec<Source> {
        let mut reader = self.server.store.read().await.unwrap();
        reader.revocations().all().await.unwrap()
    }
}

/// Asks again and again, until it is so.
async fn until(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let began = Instant::now();
    while !is_so().await {
        assert!(began.elapsed().as_secs() < 60, "waited in vain: {what}");
        // How often to look, not how long to wait.
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

fn arc<T>(value: T) -> Arc<T> {
    Arc::new(value)
}
