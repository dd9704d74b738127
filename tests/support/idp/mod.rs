//! The product in process: the real router behind the real edge, a database of its own, a clock that stands still.

pub mod app;
pub mod browser;
pub mod page;
pub mod record;

pub use app::{App, AuthorizeUrl, Tokens, claims};
pub use browser::{Answer, Browser};

use authn::passwords::{Hashers, PasswordHash};
use authn::{Clock, Server, Shared};
use axum::Router;
use axum::body::Body;
use axum::response::Response;
use edge::{Channel, EdgeConfig, Hostname, Lookup, Peer, ProxyHeaders, Trusted};
use http::Request;
use http_body_util::BodyExt as _;
use realm::{Import, NewCredential, RealmId};
use serde_json::Value;
use std::net::SocketAddr;
use store::{Create, EmailRule, Insert, Store, Timestamp};
use tower::ServiceExt as _;
use x509::TrustAnchors;

/// The realm that most tests run in.
pub const REALM: &str = "test";
/// When tests happen: 2026-06-01T00:00:00Z.
pub const START: Timestamp = Timestamp(1_780_272_000_000);

/// An identity provider.
pub struct Idp {
    pub clock: Clock,
    pub server: Server,
    pub edge: EdgeConfig,
    router: Router,
}

/// How to start one.
pub struct Launch {
    realm: Value,
    administered: bool,
    truststore: TrustAnchors,
    trusted: Trusted,
    database: store::Settings,
    hostname: Hostname,
    more: Vec<Value>,
}

impl Idp {
    /// With the usual realm.
    pub async fn start() -> Self {
        Self::launch(usual_realm()).start().await
    }

    /// With another realm.
    pub fn launch(realm: Value) -> Launch {
        Launch {
            realm,
            administered: false,
            truststore: TrustAnchors::default(),
            trusted: Trusted::loopback(),
            database: store::Settings::Temporary,
            hostname: Hostname::new(None, false).unwrap(),
            more: Vec::new(),
        }
    }

    /// Another node on the same database, at other addresses.
    pub fn beside(&self, hostname: Hostname, edge: EdgeConfig) -> Self {
        let store = self.server.store.clone();
        Self::on(store, TrustAnchors::default(), hostname, edge)
    }

    fn on(store: Store, truststore: TrustAnchors, hostname: Hostname, edge: EdgeConfig) -> Self {
        let clock = Clock::frozen(START);
        let server = Server::new(Shared {
            store,
            hashers: Hashers::start(1, 100).unwrap(),
            hostname,
            node: None,
            truststore: truststore.into(),
            pages: pages::Pages::new(None).unwrap(),
            clock: clock.clone(),
        });
        Self {
            router: oidc::router(server.clone()).merge(admin::router(server.clone())),
            edge,
            server,
            clock,
        }
    }

    /// A client of the realm.
    pub fn app<'a>(&'a self, client_id: &'a str) -> App<'a> {
        App::new(self, client_id)
    }

    /// A browser without cookies.
    pub fn browser(&self) -> Browser<'_> {
        Browser::new(self)
    }

    /// Sends a request from 127.0.0.1.
    pub async fn send(&self, request: Request<Body>) -> Answer {
        self.send_from(([127, 0, 0, 1], 40_000).into(), request)
            .await
    }

    /// Sends a request from somewhere. Each comes a millisecond after the one before it, so that events have an order.
    pub async fn send_from(&self, address: SocketAddr, request: Request<Body>) -> Answer {
        self.clock.set(Timestamp(self.clock.now().0 + 1));
        let peer = Peer {
            address: address.into(),
            local_port: 8080,
            announced: None,
            channel: Channel::Plain,
        };
        self.send_as(&peer, request)
            .await
            .expect("the edge lets it in")
    }

    /// Sends a request as this peer; nothing when the edge does not let it in.
    pub async fn send_as(&self, peer: &Peer, request: Request<Body>) -> Option<Answer> {
        let request = self.edge.admit(peer, request).ok()?;
        let Ok(response) = self.router.clone().oneshot(request).await;
        Some(Answer::read(response).await)
    }

    /// `GET` of a path of the realm, such as `/protocol/openid-connect/certs`.
    pub async fn get(&self, path: &str) -> Answer {
        let uri = format!("/realms/{REALM}{path}");
        self.send(request("GET", &uri).body(Body::empty()).unwrap())
            .await
    }

    /// What an administrator sees.
    pub async fn admin(&self, path: &str) -> Value {
        let admin = self.app("admin-cli");
        let tokens = admin.password("root", "root").await.granted();
        let uri = format!("/admin/realms/{REALM}/{path}");
        let bearer = format!("Bearer {}", tokens.access);
        let request = request("GET", &uri).header("authorization", bearer);
        self.send(request.body(Body::empty()).unwrap())
            .await
            .ok()
            .json()
    }

    /// The newest login event.
    pub async fn last_event(&self) -> Value {
        // Looking is an event too: the administrator's own sign-in.
        self.admin("events?max=2").await[1].take()
    }

    /// The codes in the trace of a sign-in attempt, in order.
    pub async fn trace(&self, code: &str) -> Vec<String> {
        let attempt = self.admin(&format!("attempts/{code}")).await;
        let steps = attempt["steps"].as_array().unwrap().iter();
        steps
            .filter_map(|step| step["code"].as_str().map(str::to_owned))
            .collect()
    }
}

impl Launch {
    /// Judging certificates by these.
    pub fn truststore(mut self, truststore: TrustAnchors) -> Self {
        self.truststore = truststore;
        self
    }

    /// Believing these peers.
    pub fn trusted(mut self, list: &str) -> Self {
        self.trusted = Trusted::from_list(list).unwrap();
        self
    }

    /// On this database.
    pub fn database(mut self, database: store::Settings) -> Self {
        self.database = database;
        self
    }

    /// With a realm `master` beside it, whose administrator is `admin` with the password `admin`.
    pub fn administered(mut self) -> Self {
        self.administered = true;
        self
    }

    /// At this address.
    pub fn hostname(mut self, hostname: &str) -> Self {
        self.hostname = Hostname::new(Some(hostname), true).unwrap();
        self
    }

    /// With a further realm.
    pub fn and(mut self, realm: Value) -> Self {
        self.more.push(realm);
        self
    }

    /// Starts it.
    pub async fn start(self) -> Idp {
        let store = Store::open(&self.database).await.unwrap();
        for (at, realm) in [self.realm].iter().chain(&self.more).enumerate() {
            let file = realm.to_string();
            let import = realm::file::read("test.json", file.as_bytes()).unwrap();
            if self.administered && at == 0 {
                keep(&store, master(&import.name)).await;
            }
            keep(&store, import).await;
        }
        let lookup = Lookup::new("nginx", None).unwrap();
        let edge = EdgeConfig::new(ProxyHeaders::XForwarded, self.trusted, Some(lookup));
        Idp::on(store, self.truststore, self.hostname, edge)
    }
}

/// A request to the host that everything is called by.
pub fn request(method: &str, uri: &str) -> http::request::Builder {
    Request::builder()
        .method(method)
        .uri(uri)
        .header("host", "localhost:8080")
}

/// The whole body.
pub async fn body(response: Response) -> Vec<u8> {
    response
        .into_body()
        .collect()
        .await
        .unwrap()
        .to_bytes()
        .to_vec()
}

/// A realm with people and applications for most questions.
pub fn usual_realm() -> Value {
    serde_json::from_str(include_str!("realm.json")).unwrap()
}

/// The realm that the records were made with, under our name.
pub fn golden_realm() -> Value {
    serde_json::from_str(include_str!("golden.json")).unwrap()
}

/// The realm that administers this one.
fn master(administered: &realm::RealmName) -> Import {
    let name = realm::RealmName::new(realm::fresh::MASTER_REALM);
    let mut made = realm::fresh::realm(&name).unwrap();
    let realm = realm::Realm::build(1, &made.documents).unwrap();
    for addition in realm::fresh::additions_to_master(&realm, administered).unwrap() {
        made.documents
            .retain(|old| (old.kind, &old.id) != (addition.kind, &addition.id));
        made.documents.push(addition);
    }
    let admin = realm::fresh::bootstrap_admin(&realm, "admin", START.0);
    made.users.push(realm::NewUser {
        user: admin,
        credentials: vec![NewCredential::PlainPassword(jose::Secret::from("admin"))],
    });
    made
}

async fn keep(store: &Store, import: Import) {
    let settings = import
        .documents
        .iter()
        .find(|document| document.kind == realm::Kind::Realm);
    let id = RealmId::new(settings.unwrap().id.as_str());
    let mut writer = store.write().await.unwrap();
    let created = writer
        .realms()
        .create(&id, &import.name, &import.documents)
        .await;
    assert_eq!(created.unwrap(), Create::Created);
    for person in import.users {
        let user = &person.user;
        let inserted = writer.users().insert(&id, user, EmailRule::Unique).await;
        assert_eq!(inserted.unwrap(), Insert::Inserted);
        for credential in person.credentials {
            let credential = match credential {
                NewCredential::Stored(credential) => credential,
                NewCredential::PlainPassword(plain) => stored(&plain),
            };
            writer
                .users()
                .put_credential(&id, &user.id, &credential)
                .await
                .unwrap();
        }
    }
    writer.commit().await.unwrap();
}

fn stored(plain: &jose::Secret) -> realm::Credential {
    let (secret_data, credential_data) = PasswordHash::new(plain).unwrap().to_stored();
    realm::Credential {
        id: realm::CredentialId::new(realm::random_key()),
        kind: "password".to_owned(),
        user_label: None,
        created_date: 0,
        secret_data,
        credential_data,
        priority: 10,
    }
}

/// Changes a person, as an administrator would.
pub async fn change_user(idp: &Idp, username: &str, change: impl FnOnce(&mut realm::User)) {
    let store = &idp.server.store;
    let realm = store
        .realm(&realm::RealmName::new(REALM))
        .await
        .unwrap()
        .unwrap();
    let mut reader = store.read().await.unwrap();
    let mut user = reader
        .users()
        .by_username(&realm.id, username)
        .await
        .unwrap()
        .unwrap();
    drop(reader);
    change(&mut user);
    let mut writer = store.write().await.unwrap();
    writer
        .users()
        .update(&realm.id, &user, EmailRule::Unique)
        .await
        .unwrap();
    writer.commit().await.unwrap();
}

/// Changes a document of the realm, as an administrator would: its own settings, or those of the client of this name.
pub async fn change_document(idp: &Idp, client: Option<&str>, change: impl FnOnce(&mut Value)) {
    let store = &idp.server.store;
    let name = realm::RealmName::new(REALM);
    let realm = store.realm(&name).await.unwrap().unwrap();
    let mut reader = store.read().await.unwrap();
    let (_, documents) = reader.realms().load(&name).await.unwrap().unwrap();
    drop(reader);
    let wanted = |document: &realm::Document| match client {
        None => document.kind == realm::Kind::Realm,
        Some(client) => document.kind == realm::Kind::Client && document.body["clientId"] == client,
    };
    let mut document = documents.into_iter().find(wanted).unwrap();
    change(&mut document.body);
    let mut writer = store.write().await.unwrap();
    let changes = [store::Change::Put(document)];
    let mut realms = writer.realms();
    realms.change(&realm.id, &changes).await.unwrap();
    writer.commit().await.unwrap();
}
