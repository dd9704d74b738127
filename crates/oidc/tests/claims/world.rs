//! The realm that the golden records were made with, and sessions in it.

use authn::bearer::SessionKind;
use oidc::mappers::Mappers;
use oidc::scopes::GrantedScopes;
use oidc::tokens::{GrantKind, Subject, TokenSession, service_account_notes};
use realm::{Client, ClientId, Document, Kind, Realm, User, file, keys};
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap};
use std::sync::LazyLock;
use store::{ClientSession, Session, Timestamp};

pub const BASE: &str = "https://id.example.com";
pub const APP: &str = "https://app.example.com";
pub const ISSUER: &str = "https://id.example.com/realms/golden";
pub const NOW: Timestamp = Timestamp(1_790_000_000_000);

pub struct World {
    pub realm: Realm,
    users: HashMap<String, User>,
    mappers: Mappers,
}

/// Tokens are asked for: by whom, for whom, how.
#[derive(Clone)]
pub struct Asked {
    pub client: &'static str,
    pub user: User,
    pub scopes: GrantedScopes,
    pub held: Option<(Session, ClientSession)>,
    pub notes: BTreeMap<String, String>,
    pub nonce: Option<String>,
    pub acr: String,
    pub auth_time: Option<i64>,
    pub grant: GrantKind,
    pub kind: SessionKind,
    pub now: Timestamp,
}

impl World {
    /// The realm of the records.
    pub fn golden() -> &'static Self {
        static GOLDEN: LazyLock<World> = LazyLock::new(|| World::with(|_| ()));
        &GOLDEN
    }

    /// The same with something changed in its file.
    pub fn with(change: impl FnOnce(&mut Value)) -> Self {
        Self::with_documents(change, |_| ())
    }

    /// The same with something changed in its file, and in what was made of the file.
    pub fn with_documents(
        change: impl FnOnce(&mut Value),
        change_documents: impl FnOnce(&mut Vec<Document>),
    ) -> Self {
        let mut realm = golden();
        change(&mut realm);
        let import = file::read("golden.json", realm.to_string().as_bytes()).unwrap();
        let mut documents = import.documents;
        change_documents(&mut documents);
        for algorithm in [jose::Algorithm::PS256, jose::Algorithm::ES256] {
            let mut component = keys::fallback_component(algorithm);
            keys::generate_missing(&mut component, "golden").unwrap();
            let document = Document::of(Kind::Component, component.id.clone(), &component);
            documents.push(document.unwrap());
        }
        let users = import.users.into_iter().map(|new| new.user);
        Self {
            realm: Realm::build(1, &documents).unwrap(),
            users: users.map(|user| (user.username.clone(), user)).collect(),
            mappers: Mappers::default(),
        }
    }

    /// The golden realm where a client has these mappers of its own.
    pub fn with_mappers(client: &str, mappers: &[Value]) -> Self {
        Self::with(|realm| client_in(realm, client)["protocolMappers"] = json!(mappers))
    }

    pub fn client(&self, id: &str) -> &Client {
        self.realm.client(&ClientId::new(id)).unwrap()
    }

    pub fn user(&self, name: &str) -> User {
        self.users[name].clone()
    }

    /// A code exchange.
    pub fn code(&self, client: &'static str, user: &str, scope: Option<&str>) -> Asked {
        let user = self.user(user);
        Asked {
            scopes: GrantedScopes::resolve(&self.realm, self.client(client), scope).unwrap(),
            held: Some(session(self.client(client), &user)),
            client,
            user,
            notes: BTreeMap::new(),
            nonce: None,
            acr: "1".to_owned(),
            auth_time: Some(NOW.seconds()),
            grant: GrantKind::AuthorizationCode,
            kind: SessionKind::Online,
            now: NOW,
        }
    }

    /// A password grant.
    pub fn password(&self, client: &'static str, user: &str, scope: Option<&str>) -> Asked {
        Asked {
            auth_time: None,
            grant: GrantKind::Password,
            ..self.code(client, user, scope)
        }
    }

    /// A client credentials grant.
    pub fn service(&self, client: &'static str, scope: Option<&str>) -> Asked {
        let notes = service_account_notes(self.client(client), "127.0.0.1");
        let mut asked = self.password(client, &format!("service-account-{client}"), scope);
        asked.grant = GrantKind::ClientCredentials;
        if self
            .client(client)
            .is_on("client_credentials.use_refresh_token")
        {
            asked.held.as_mut().unwrap().0.notes = notes;
        } else {
            asked.held = None;
            asked.notes = notes;
        }
        asked
    }

    pub fn subject<'a>(&'a self, asked: &'a Asked) -> Subject<'a> {
        Subject {
            confirmation: None,
            exchanged: None,
            realm: &self.realm,
            mappers: &self.mappers,
            client: self.client(asked.client),
            user: &asked.user,
            session: match &asked.held {
                Some((session, part)) => TokenSession::of(asked.kind, session, part),
                None => TokenSession::Transient(&asked.notes),
            },
            scopes: &asked.scopes,
            nonce: asked.nonce.as_deref(),
            acr: &asked.acr,
            auth_time: asked.auth_time,
            grant: asked.grant,
            issuer: ISSUER,
            now: asked.now,
        }
    }
}

fn session(client: &Client, user: &User) -> (Session, ClientSession) {
    let session = Session {
        id: "hCXR7gVvXzWbQX0nqnZ1y0aA".into(),
        user: user.id.clone(),
        started_at: NOW,
        last_used_at: NOW,
        auth_time: NOW.seconds(),
        ip_address: "127.0.0.1".to_owned(),
        remember_me: false,
        method: "openid-connect".to_owned(),
        notes: BTreeMap::new(),
    };
    let part = ClientSession {
        session: session.id.clone(),
        client: client.id.clone(),
        started_at: NOW,
        last_used_at: NOW,
        scope: String::new(),
        redirect_uri: None,
        nonce: None,
        notes: BTreeMap::new(),
    };
    (session, part)
}

/// A client of a realm file, to change.
pub fn client_in<'a>(realm: &'a mut Value, id: &str) -> &'a mut Value {
    let clients = realm["clients"].as_array_mut().unwrap();
    let named = |client: &&mut Value| client["clientId"] == id;
    clients.iter_mut().find(named).unwrap()
}

/// A mapper of a realm file that writes into every document.
pub fn mapper(kind: &str, config: &Value) -> Value {
    let mut whole = json!({
        "id.token.claim": "true", "access.token.claim": "true",
        "userinfo.token.claim": "true", "introspection.token.claim": "true",
    });
    for (name, value) in config.as_object().unwrap() {
        whole[name] = value.clone();
    }
    json!({"name": format!("{kind} {config}"), "protocol": "openid-connect", "protocolMapper": kind, "config": whole})
}

fn client(id: &str, settings: &Value) -> Value {
    let mut client = json!({
        "clientId": id, "publicClient": false, "secret": "secret", "directAccessGrantsEnabled": true, "fullScopeAllowed": true,
        "redirectUris": [format!("{APP}/*")], "webOrigins": [APP],
    });
    for (name, value) in settings.as_object().unwrap() {
        client[name] = value.clone();
    }
    client
}

fn golden() -> Value {
    let paths = json!({
        "claim.name": "groups_path", "full.path": "true",
        "id.token.claim": "true", "access.token.claim": "true", "userinfo.token.claim": "true",
    });
    let paths = json!({"name": "groups", "protocol": "openid-connect", "protocolMapper": "oidc-group-membership-mapper", "config": paths});
    let service = |attributes: Value, origins: Value| json!({"serviceAccountsEnabled": true, "attributes": attributes, "webOrigins": origins});
    json!({
        "realm": "golden", "enabled": true,
        "roles": {
            "realm": [{"name": "manager"}],
            "client": {"web": [{"name": "editor"}], "api": [{"name": "call"}]},
        },
        "groups": [{"name": "staff", "subGroups": [{"name": "dev"}]}],
        "clients": [
            client("web", &json!({"protocolMappers": [paths]})),
            client("api", &json!({})),
            client("app", &json!({"publicClient": true})),
            client("spa", &json!({"publicClient": true})),
            client("svc", &service(json!({}), json!([]))),
            client("svc-refresh", &service(json!({"client_credentials.use_refresh_token": "true"}), json!(["+"]))),
            client("light", &json!({"attributes": {"client.use.lightweight.access.token.enabled": "true"}})),
            client("atjwt", &json!({"attributes": {"access.token.header.type.rfc9068": "true"}})),
            client("signed", &json!({"attributes": {
                "access.token.signed.response.alg": "PS256", "id.token.signed.response.alg": "ES256", "user.info.response.signature.alg": "RS256",
            }})),
            client("narrow", &json!({"fullScopeAllowed": false})),
            client("quiet", &json!({"attributes": {"use.refresh.tokens": "false", "token.response.type.bearer.lower-case": "true"}})),
        ],
        "users": [
            {
                "username": "alice", "enabled": true, "email": "alice@example.com", "emailVerified": true, "firstName": "Alice", "lastName": "Archer",
                "attributes": {
                    "birthdate": ["1990-01-02"], "nickname": ["al"], "phoneNumber": ["+44 20 7946 0000"], "phoneNumberVerified": ["true"],
                    "street": ["1 High Street"], "country": ["GB"], "formatted": ["1 High Street, Oxford"], "locality": ["Oxford"],
                    "region": ["Oxfordshire"], "postal_code": ["OX1 1AA"],
                },
                "groups": ["/staff/dev"], "realmRoles": ["manager", "default-roles-golden"], "clientRoles": {"web": ["editor"], "api": ["call"]},
            },
            {"username": "erin", "enabled": true, "email": "erin@example.com", "firstName": "Erin", "lastName": "Evans"},
            {"username": "frank", "enabled": true, "email": "frank@example.com", "firstName": "Frank", "lastName": "Fox"},
        ],
    })
}
