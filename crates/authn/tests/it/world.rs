//! A server with one realm, and people in it.

use authn::passwords::{Hashers, PasswordHash};
use authn::{Clock, Cx, Server, Shared};
use edge::{Arrival, Channel, EdgeConfig, Hostname, Lookup, Peer, ProxyHeaders, Trusted};
use pages::Pages;
use realm::{Client, ClientId, Credential, NewCredential, RealmId, RealmName, User, file};
use serde_json::{Value, json};
use std::sync::Arc;
use store::{AttemptRecord, Change, EmailRule, Event, EventFilter, Settings, Store, Timestamp};
use x509::TrustAnchors;

/// 2026-06-01.
pub const NOW: Timestamp = Timestamp(1_780_272_000_000);

/// One server with the realm `demo`.
pub struct World {
    pub server: Server,
    pub clock: Clock,
    pub id: RealmId,
}

/// How a request comes.
#[derive(Clone, Default)]
pub struct Request {
    pub cert: Option<String>,
    pub host: Option<String>,
    pub peer: Option<&'static str>,
    /// Further headers.
    pub headers: Vec<(&'static str, String)>,
}

/// A person of a realm file, complete, with the password `pw`.
pub fn person(name: &str) -> Value {
    json!({
        "username": name, "email": format!("{name}@example.com"), "firstName": name, "lastName": "Doe", "enabled": true,
        "credentials": [{"type": "password", "value": "pw"}]
    })
}

/// The realm `demo` with these members besides; alice and bob live there unless `users` says otherwise.
pub async fn world(members: Value) -> World {
    world_trusting(members, TrustAnchors::default()).await
}

pub async fn world_trusting(members: Value, truststore: TrustAnchors) -> World {
    build(members, truststore, 100).await
}

/// One in which no password can wait to be compared.
pub async fn busy_world() -> World {
    build(json!({}), TrustAnchors::default(), 0).await
}

async fn build(members: Value, truststore: TrustAnchors, longest_queue: usize) -> World {
    let mut realm = json!({
        "realm": "demo", "enabled": true, "eventsEnabled": true,
        "clients": [{"clientId": "app", "publicClient": true, "directAccessGrantsEnabled": true}],
        "users": [person("alice"), person("bob")],
    });
    for (name, value) in members.as_object().unwrap() {
        realm[name] = value.clone();
    }
    let import = file::read("demo.json", realm.to_string().as_bytes()).unwrap();
    let store = Store::open(&Settings::Temporary).await.unwrap();
    let built = realm::Realm::build(1, &import.documents).unwrap();
    let mut writer = store.write().await.unwrap();
    writer
        .realms()
        .create(&built.id, &built.name, &import.documents)
        .await
        .unwrap();
    for new in import.users {
        let rule = EmailRule::Shared;
        writer
            .users()
            .insert(&built.id, &new.user, rule)
            .await
            .unwrap();
        for credential in new.credentials {
            let credential = match credential {
                NewCredential::Stored(credential) => credential,
                NewCredential::PlainPassword(password) => stored(&password),
            };
            writer
                .users()
                .put_credential(&built.id, &new.user.id, &credential)
                .await
                .unwrap();
        }
    }
    writer.commit().await.unwrap();
    let clock = Clock::frozen(NOW);
    let server = Server::new(Shared {
        store,
        hashers: Hashers::start(1, longest_queue).unwrap(),
        hostname: Hostname::new(None, false).unwrap(),
        node: None,
        truststore: truststore.into(),
        pages: Pages::new(None).unwrap(),
        clock: clock.clone(),
    });
    World {
        server,
        clock,
        id: built.id.clone(),
    }
}

fn stored(password: &jose::Secret) -> Credential {
    let (secret_data, credential_data) = PasswordHash::new(password).unwrap().to_stored();
    Credential {
        id: realm::random_key().into(),
        kind: "password".to_owned(),
        user_label: None,
        created_date: NOW.0,
        secret_data,
        credential_data,
        priority: 10,
    }
}

/// A request as the edge lets it in: by nginx on this machine.
pub fn arrival(request: &Request) -> Arrival {
    let lookup = Lookup::new("nginx", None).unwrap();
    let edge = EdgeConfig::new(ProxyHeaders::XForwarded, Trusted::loopback(), Some(lookup));
    let host = request.host.as_deref().unwrap_or("localhost");
    let mut builder = http::Request::builder().uri("/").header("host", host);
    if let Some(pem) = &request.cert {
        let encoded: String = url::form_urlencoded::byte_serialize(pem.as_bytes()).collect();
        builder = builder.header("ssl-client-cert", encoded.replace('+', "%20"));
    }
    for (name, value) in &request.headers {
        builder = builder.header(*name, value);
    }
    let peer = Peer {
        address: request
            .peer
            .unwrap_or("127.0.0.1:5000")
            .parse::<std::net::SocketAddr>()
            .unwrap()
            .into(),
        local_port: 8080,
        announced: None,
        channel: Channel::Plain,
    };
    Arrival::of(&edge.admit(&peer, builder.body(()).unwrap()).unwrap()).unwrap()
}

impl World {
    pub async fn cx(&self) -> Cx {
        self.cx_of(&Request::default()).await
    }

    pub async fn cx_of(&self, request: &Request) -> Cx {
        let realm = RealmName::new("demo");
        let cx = Cx::enter(&self.server, &realm, arrival(request)).await;
        cx.unwrap().unwrap()
    }

    pub async fn client(&self) -> Arc<Client> {
        let cx = self.cx().await;
        cx.realm.client(&ClientId::new("app")).unwrap().clone()
    }

    pub async fn user(&self, name: &str) -> User {
        let mut reader = self.server.store.read().await.unwrap();
        let user = reader.users().by_username(&self.id, name).await.unwrap();
        user.unwrap()
    }

    /// Changes a person.
    pub async fn change_user(&self, name: &str, change: impl FnOnce(&mut User)) {
        let mut user = self.user(name).await;
        change(&mut user);
        let mut writer = self.server.store.write().await.unwrap();
        let rule = EmailRule::Shared;
        writer.users().update(&self.id, &user, rule).await.unwrap();
        writer.commit().await.unwrap();
    }

    /// Changes the realm's own settings.
    pub async fn change_settings(&self, members: Value) {
        let realm = self.cx().await.realm;
        let mut settings = serde_json::to_value(&realm.settings).unwrap();
        for (name, value) in members.as_object().unwrap() {
            settings[name] = value.clone();
        }
        self.put(realm::Document {
            kind: realm::Kind::Realm,
            id: self.id.to_string(),
            body: settings,
        })
        .await;
    }

    /// Changes the realm's configuration.
    pub async fn put(&self, document: realm::Document) {
        let mut writer = self.server.store.write().await.unwrap();
        writer
            .realms()
            .change(&self.id, &[Change::Put(document)])
            .await
            .unwrap();
        writer.commit().await.unwrap();
    }

    pub async fn give_credential(&self, name: &str, kind: &str) {
        let user = self.user(name).await;
        let credential = Credential {
            id: realm::random_key().into(),
            kind: kind.to_owned(),
            user_label: None,
            created_date: NOW.0,
            secret_data: "{}".to_owned(),
            credential_data: "{}".to_owned(),
            priority: 20,
        };
        let mut writer = self.server.store.write().await.unwrap();
        writer
            .users()
            .put_credential(&self.id, &user.id, &credential)
            .await
            .unwrap();
        writer.commit().await.unwrap();
    }

    /// All events, the oldest first.
    pub async fn events(&self) -> Vec<Event> {
        let filter = EventFilter {
            max: 100,
            ..EventFilter::default()
        };
        let mut reader = self.server.store.read().await.unwrap();
        let mut events = reader.events().list(&self.id, &filter).await.unwrap();
        events.reverse();
        events
    }

    /// The one event there is: its type, its error and its reason.
    pub async fn only_event(&self) -> (String, String, String) {
        let events = self.events().await;
        assert_eq!(events.len(), 1, "{events:?}");
        let event = &events[0];
        let reason = event.details.get("reason").cloned().unwrap_or_default();
        (
            event.kind.clone(),
            event.error.clone().unwrap_or_default(),
            reason,
        )
    }

    pub async fn trace(&self, code: &str) -> AttemptRecord {
        let store = &self.server.store;
        let found = store.traces().find(store, &self.id, code).await.unwrap();
        found.unwrap()
    }
}

/// The codes of a trace's steps.
pub fn codes(trace: &AttemptRecord) -> Vec<String> {
    let steps = trace.steps.as_array().unwrap().iter();
    steps
        .filter_map(|step| step["code"].as_str().map(str::to_owned))
        .collect()
}

/// A flow of a realm file: `+` before a step is REQUIRED, `?` CONDITIONAL, `-` DISABLED, nothing ALTERNATIVE; `>` names a flow below, and
/// `=` behind a step its configuration.
pub fn flow(alias: &str, steps: &[&str]) -> Value {
    let executions: Vec<Value> = steps
        .iter()
        .enumerate()
        .map(|(at, step)| {
            let (requirement, step) = match step.split_at(1) {
                ("+", rest) => ("REQUIRED", rest),
                ("?", rest) => ("CONDITIONAL", rest),
                ("-", rest) => ("DISABLED", rest),
                _ => ("ALTERNATIVE", *step),
            };
            let mut execution = json!({"requirement": requirement, "priority": at * 10});
            let (step, config) = step.split_once('=').unwrap_or((step, ""));
            match step.strip_prefix('>') {
                Some(below) => execution["flowAlias"] = below.into(),
                None => execution["authenticator"] = step.into(),
            }
            if !config.is_empty() {
                execution["authenticatorConfig"] = config.into();
            }
            execution
        })
        .collect();
    json!({
        "alias": alias, "providerId": "basic-flow", "topLevel": true, "builtIn": false, "authenticationExecutions": executions
    })
}
