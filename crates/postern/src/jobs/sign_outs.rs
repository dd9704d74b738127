//! Tells clients that somebody is signed out (OpenID Connect Back-Channel Logout §2.5). What is to be told stands in rows: of all nodes one
//! tells it, and one that was given up leaves it to the others. A client may be told twice, which does no harm.

use crate::config::backchannel::Backchannel;
use crate::startup::authorities;
use authn::Server;
use outbound::{Limits, Outbound, OutboundError};
use std::error::Error as _;
use std::sync::Arc;
use std::time::Duration;
use store::{Fault, Notice, Timestamp};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use x509::TrustAnchors;

/// How often it is looked what other nodes left, when this one has nothing new.
const LOOK: Duration = Duration::from_secs(5);
/// Clients told at the same time, by one node.
const AT_ONCE: usize = 8;
/// Notices read at once.
const PAGE: u32 = 32;
/// A node that was given up has a notice no longer than its time for telling and this, seconds.
const GRACE: i64 = 30;
/// Of a client's answer nothing is read but its status; it may be so long, bytes.
const MOST_ANSWER: u64 = 64 * 1024;
/// After so many failures, so many seconds until the next try; after the last one there is none.
const WAITS: [i64; 7] = [5, 15, 60, 300, 900, 1800, 3600];

/// What the job knows.
struct SignOuts {
    server: Server,
    outbound: Outbound,
    timeout: Duration,
}

/// Why a client was not told.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("{}", told(.0))]
    Outbound(#[from] OutboundError),
    #[error("the token could not be signed: {0}")]
    Token(#[from] oidc::tokens::MintError),
    #[error("the realm could not be read: {0}")]
    Store(#[from] Fault),
}

/// An error with what it comes from.
fn told(error: &OutboundError) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    if matches!(
        error,
        OutboundError::NotAllowed { .. } | OutboundError::AddressNotAllowed { .. }
    ) {
        text += " (backchannel-logout-allowed)";
    }
    text
}

pub(super) async fn run(server: Server, config: Backchannel) {
    let mut anchors = server.anchors(edge::ShownBy::Proxy);
    let job = Arc::new(SignOuts::new(server, &config, &anchors));
    let places = Arc::new(Semaphore::new(AT_ONCE));
    let mut telling = JoinSet::new();
    loop {
        let now_anchors = job.server.anchors(edge::ShownBy::Proxy);
        if !Arc::ptr_eq(&anchors, &now_anchors) {
            anchors = now_anchors;
            let roots = authorities::roots(&anchors);
            job.outbound.set_roots(roots.iter().map(Vec::as_slice));
        }
        let due = job.due().await.unwrap_or_else(|error| {
            let error = &error as &dyn std::error::Error;
            tracing::warn!(error, "it could not be looked up whom to tell of sign-outs");
            Vec::new()
        });
        let is_all = due.len() < PAGE as usize;
        for notice in due {
            let Ok(place) = places.clone().acquire_owned().await else {
                return;
            };
            let job = job.clone();
            telling.spawn(async move {
                job.attempt(notice).await;
                drop(place);
            });
        }
        while telling.try_join_next().is_some() {}
        if is_all {
            let _ = tokio::time::timeout(LOOK, job.server.store.notices_added()).await;
        }
    }
}

impl SignOuts {
    fn new(server: Server, config: &Backchannel, anchors: &TrustAnchors) -> Self {
        let roots = match config.allowed.is_empty() {
            true => Vec::new(),
            false => authorities::roots(anchors),
        };
        let roots = roots.iter().map(Vec::as_slice);
        Self {
            server,
            outbound: Outbound::new(config.allowed.clone(), roots),
            timeout: config.timeout,
        }
    }

    fn now(&self) -> Timestamp {
        self.server.clock.now()
    }

    async fn due(&self) -> Result<Vec<Notice>, Fault> {
        let mut reader = self.server.store.read().await?;
        reader.notices().due(self.now(), PAGE).await
    }

    /// Tells one client, if nobody else does at the moment.
    async fn attempt(&self, notice: Notice) {
        let outcome = match self.claim(&notice).await {
            Ok(true) => self.tell(&notice).await,
            Ok(false) => return,
            Err(error) => Err(error.into()),
        };
        if let Err(error) = self.settle(&notice, outcome).await {
            let error = &error as &dyn std::error::Error;
            tracing::warn!(error, "what became of telling a sign-out was not written");
        }
    }

    async fn claim(&self, notice: &Notice) -> Result<bool, Fault> {
        let now = self.now();
        let time = i64::try_from(self.timeout.as_secs()).unwrap_or(GRACE);
        let mut writer = self.server.store.write().await?;
        let mut notices = writer.notices();
        let until = now.plus_seconds(time.saturating_add(GRACE));
        let is_ours = notices.claim(notice, now, until).await?;
        writer.commit().await?;
        Ok(is_ours)
    }

    async fn tell(&self, notice: &Notice) -> Result<(), Failure> {
        let Some(realm) = self.server.store.realm(&notice.realm).await? else {
            return Ok(());
        };
        let Some(message) = oidc::sign_out_message(&realm, notice, self.now())? else {
            return Ok(());
        };
        let limits = Limits {
            bytes: MOST_ANSWER,
            time: self.timeout,
            redirects: 0,
        };
        let body = message.body.into_bytes();
        let posted = self
            .outbound
            .post(&message.url, message.content_type, body, &limits);
        posted.await?;
        Ok(())
    }

    /// Notes what came of it: told clients are done with, others wait for the next try.
    async fn settle(&self, notice: &Notice, outcome: Result<(), Failure>) -> Result<(), Fault> {
        let next = match &outcome {
            Ok(()) => None,
            Err(failure) => {
                let before = usize::try_from(notice.failures).unwrap_or(usize::MAX);
                let wait = WAITS.get(before).copied();
                let (realm, client) = (notice.realm.as_str(), notice.client.as_str());
                match wait {
                    Some(wait) => tracing::warn!(
                        realm,
                        client,
                        "a client was not told of a sign-out: {failure}; the next try is in {wait} seconds"
                    ),
                    None => tracing::warn!(
                        realm,
                        client,
                        "a client was not told of a sign-out: {failure}; that was the last try"
                    ),
                }
                wait
            }
        };
        let mut writer = self.server.store.write().await?;
        let mut notices = writer.notices();
        match next {
            Some(wait) => {
                let at = self.now().plus_seconds(wait);
                notices.postpone(notice, at).await?;
            }
            None => notices.remove(notice).await?,
        }
        writer.commit().await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use authn::passwords::Hashers;
    use authn::{Clock, Shared};
    use outbound::Allowed;
    use realm::{ClientId, Realm, RealmId};
    use serde_json::{Value, json};
    use store::{Settings, Store};
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    const NOW: Timestamp = Timestamp(1_780_272_000_000);

    /// A client that answers with these statuses, one after the other, and what it was sent.
    async fn client(statuses: &'static [&'static str]) -> (u16, JoinSet<Vec<String>>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let mut served = JoinSet::new();
        served.spawn(async move {
            let mut bodies = Vec::new();
            for status in statuses {
                let (mut stream, _) = listener.accept().await.unwrap();
                let mut read = Vec::new();
                loop {
                    let mut part = [0; 4096];
                    let length = stream.read(&mut part).await.unwrap();
                    read.extend_from_slice(&part[..length]);
                    let text = String::from_utf8_lossy(&read);
                    let Some((head, body)) = text.split_once("\r\n\r\n") else {
                        continue;
                    };
                    let lower = head.to_lowercase();
                    let length = lower.split("content-length: ").nth(1).unwrap();
                    let length: usize = length.split("\r\n").next().unwrap().parse().unwrap();
                    if body.len() >= length {
                        bodies.push(format!("{}\n{body}", head.lines().next().unwrap()));
                        break;
                    }
                }
                let answer = format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n");
                stream.write_all(answer.as_bytes()).await.unwrap();
            }
            bodies
        });
        (port, served)
    }

    async fn job(clients: Value, allowed: &str) -> (SignOuts, Arc<Realm>, Clock) {
        let store = Store::open(&Settings::Temporary).await.unwrap();
        let file = json!({"realm": "test", "enabled": true, "clients": clients}).to_string();
        let import = realm::file::read("test.json", file.as_bytes()).unwrap();
        let built = Realm::build(1, &import.documents).unwrap();
        let mut writer = store.write().await.unwrap();
        let mut realms = writer.realms();
        let id: &RealmId = &built.id;
        let created = realms.create(id, &import.name, &import.documents).await;
        created.unwrap();
        writer.commit().await.unwrap();
        let clock = Clock::frozen(NOW);
        let server = Server::new(Shared {
            store: store.clone(),
            hashers: Hashers::start(1, 1).unwrap(),
            hostname: edge::Hostname::new(None, false).unwrap(),
            truststore: TrustAnchors::default().into(),
            pages: pages::Pages::new(None).unwrap(),
            clock: clock.clone(),
            node: None,
        });
        let config = Backchannel {
            allowed: Allowed::from_list(allowed.split(',')).unwrap(),
            timeout: Duration::from_secs(30),
        };
        let realm = store.realm(&import.name).await.unwrap().unwrap();
        let job = SignOuts::new(server, &config, &TrustAnchors::default());
        (job, realm, clock)
    }

    async fn note(job: &SignOuts, realm: &Realm, client: &str) {
        let notice = Notice {
            id: realm::random_key(),
            realm: realm.name.clone(),
            client: realm.client(&ClientId::new(client)).unwrap().id.clone(),
            user: "alice-key".into(),
            session: "session-key".into(),
            issuer: "https://id.example/realms/test".to_owned(),
            own_session: Some("own".to_owned()),
            failures: 0,
        };
        let mut writer = job.server.store.write().await.unwrap();
        let mut notices = writer.notices();
        notices.add(&realm.id, &notice, NOW).await.unwrap();
        writer.commit().await.unwrap();
    }

    async fn tell_due(job: &SignOuts) -> usize {
        let due = job.due().await.unwrap();
        let count = due.len();
        for notice in due {
            job.attempt(notice).await;
        }
        count
    }

    #[tokio::test]
    async fn a_client_that_fails_is_told_again_until_it_hears() {
        let (port, mut served) = client(&["503 Busy", "400 Bad Request", "204 No Content"]).await;
        let clients = json!([{"clientId": "app", "secret": "s", "attributes": {
            "backchannel.logout.url": format!("http://127.0.0.1:{port}/out"), "backchannel.logout.session.required": "true",
            "backchannel.logout.revoke.offline.tokens": "true"
        }}]);
        let (job, realm, clock) = job(clients, "127.0.0.1").await;
        note(&job, &realm, "app").await;
        assert_eq!(tell_due(&job).await, 1);
        assert_eq!(tell_due(&job).await, 0);
        clock.advance(WAITS[0]);
        assert_eq!(tell_due(&job).await, 1);
        clock.advance(WAITS[0]);
        assert_eq!(tell_due(&job).await, 0);
        clock.advance(WAITS[1]);
        assert_eq!(tell_due(&job).await, 1);
        clock.advance(100_000);
        assert_eq!(tell_due(&job).await, 0);

        let bodies = served.join_next().await.unwrap().unwrap();
        let mut ids = std::collections::BTreeSet::new();
        for body in &bodies {
            let (line, form) = body.split_once('\n').unwrap();
            assert_eq!(line, "POST /out HTTP/1.1");
            let token = form.strip_prefix("logout_token=").unwrap();
            let verified = realm.keys.verifying().verify::<Value>(token).unwrap();
            assert_eq!(verified.header.typ.as_deref(), Some("logout+jwt"));
            let claims = verified.claims;
            let names: Vec<&String> = claims.as_object().unwrap().keys().collect();
            // The record's order.
            let recorded = [
                "exp", "iat", "jti", "iss", "aud", "sub", "typ", "sid", "events",
            ];
            assert_eq!(names, recorded);
            assert_eq!(claims["exp"], json!(claims["iat"].as_i64().unwrap() + 120));
            assert_eq!(claims["aud"], "app");
            assert_eq!(claims["sub"], "alice-key");
            assert_eq!(claims["sid"], "session-key");
            assert_eq!(claims["events"]["revoke_offline_access"], true);
            ids.insert(claims["jti"].as_str().unwrap().to_owned());
        }
        // Each try has an id of its own: a client may refuse one that it has seen.
        assert_eq!(ids.len(), 3);
    }

    #[tokio::test]
    async fn what_cannot_be_told_is_given_up_in_the_end() {
        let clients = json!([{"clientId": "app", "secret": "s", "attributes": {"backchannel.logout.url": "http://127.0.0.1:9/out"}}]);
        let (job, realm, clock) = job(clients, "*").await;
        note(&job, &realm, "app").await;
        let mut tries = 0;
        while tell_due(&job).await == 1 {
            tries += 1;
            clock.advance(3600);
        }
        assert_eq!(tries, WAITS.len() + 1);
    }

    #[tokio::test]
    async fn a_node_that_falls_silent_leaves_it_to_others() {
        let clients = json!([{"clientId": "app", "secret": "s", "attributes": {"backchannel.logout.url": "http://127.0.0.1:9/out"}}]);
        let (job, realm, clock) = job(clients, "*").await;
        note(&job, &realm, "app").await;
        let due = job.due().await.unwrap();
        assert!(job.claim(&due[0]).await.unwrap());
        // Nobody else takes it meanwhile, even who saw it before.
        assert!(!job.claim(&due[0]).await.unwrap());
        assert!(job.due().await.unwrap().is_empty());
        clock.advance(30 + GRACE);
        assert_eq!(job.due().await.unwrap()[0].failures, 1);
        assert!(job.claim(&due[0]).await.unwrap());
    }

    #[tokio::test]
    async fn adapters_and_pairwise_clients_hear_in_their_own_terms() {
        let clients = json!([
            {"clientId": "adapter", "secret": "s", "rootUrl": "https://app.example/", "adminUrl": "/app/"},
            {"clientId": "pair", "secret": "s", "redirectUris": ["https://pair.example/*"], "attributes": {"backchannel.logout.url": "https://pair.example/out"},
             "protocolMappers": [{"name": "pairwise", "protocol": "openid-connect", "protocolMapper": "oidc-sha256-pairwise-sub-mapper",
                "config": {"pairwiseSubAlgorithmSalt": "salt"}}]},
            {"clientId": "silent", "secret": "s"}
        ]);
        let (job, realm, _) = job(clients, "*").await;
        for client in ["adapter", "pair", "silent"] {
            note(&job, &realm, client).await;
        }
        let due = job.due().await.unwrap();
        let of = |client: &str| {
            let key = &realm.client(&ClientId::new(client)).unwrap().id;
            let notice = due.iter().find(|notice| notice.client == *key).unwrap();
            oidc::sign_out_message(&realm, notice, NOW).unwrap()
        };
        let adapter = of("adapter").unwrap();
        assert_eq!(adapter.url, "https://app.example/app/k_logout");
        let told = realm.keys.verifying().verify::<Value>(&adapter.body);
        let told = told.unwrap().claims;
        assert_eq!(told["action"], "LOGOUT");
        assert_eq!(told["adapterSessionIds"], json!(["own"]));
        let pair = of("pair").unwrap();
        let token = pair.body.strip_prefix("logout_token=").unwrap();
        let claims = realm.keys.verifying().verify::<Value>(token);
        let claims = claims.unwrap().claims;
        assert_ne!(claims["sub"], "alice-key");
        assert_eq!(claims.get("sid"), None);
        assert_eq!(of("silent"), None);
    }
}
