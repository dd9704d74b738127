//! Plays a record: the same requests in the same order, and the same answers expected.
//!
//! A record writes `<uuid>` for every key. In an answer that stands for any key; in a request a test says which one is meant ([`Replay::name`]).

use axum::body::Body;
use serde_json::{Value, json};
use std::collections::HashMap;
use support::idp::{Answer, Idp, request};

const REALM: &str = "lab";

/// Which key a `<uuid>` of a request stands for.
#[derive(Clone, Copy)]
#[allow(dead_code)]
pub enum Id {
    /// Nobody's.
    Unknown,
    /// That of the thing at this path below the realm.
    Of(&'static str),
    /// That of the client with this `client_id`.
    Client(&'static str),
    /// That of the person with this user name.
    User(&'static str),
    /// What the case of this number made, by the end of its `Location`.
    Made(usize),
    /// A key that is known beforehand.
    Literal(&'static str),
}

/// A record with what it needs to be played.
pub struct Replay {
    pub idp: Idp,
    cases: Vec<Value>,
    names: HashMap<usize, Vec<Id>>,
    differences: HashMap<usize, &'static str>,
    made: HashMap<usize, String>,
    token: String,
}

impl Replay {
    /// The record `golden/<file>.json`, and a new realm to play it in.
    pub async fn start(file: &str) -> Self {
        let path = format!("{}/admin/golden/{file}.json", env!("CARGO_MANIFEST_DIR"));
        let record: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        let realm = json!({"realm": REALM, "enabled": true});
        let idp = Idp::launch(realm).administered().start().await;
        let mut replay = Self {
            cases: record["cases"].as_array().unwrap().clone(),
            idp,
            names: HashMap::new(),
            differences: HashMap::new(),
            made: HashMap::new(),
            token: String::new(),
        };
        replay.token = replay.sign_in("admin", "admin").await;
        replay
    }

    /// An access token of `admin-cli` in `master`.
    pub async fn sign_in(&self, username: &str, password: &str) -> String {
        let form = format!(
            "grant_type=password&client_id=admin-cli&username={username}&password={password}"
        );
        let request = request("POST", "/realms/master/protocol/openid-connect/token")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Body::from(form))
            .unwrap();
        let answer = self.idp.send(request).await.ok().json();
        answer["access_token"].as_str().unwrap().to_owned()
    }

    /// Says which keys the `<uuid>`s of a case's request stand for, in order: path first, then body.
    pub fn name(&mut self, case: usize, ids: &[Id]) {
        self.names.insert(case, ids.to_vec());
    }

    /// A case that we answer otherwise, with the reason. It is played for what it changes; that it still differs is checked.
    #[allow(dead_code)]
    pub fn differs(&mut self, case: usize, why: &'static str) {
        self.differences.insert(case, why);
    }

    /// Something that was there when the record was made.
    pub async fn make_client(&self, client_id: &str) {
        let store = &self.idp.server.store;
        let name = realm::RealmName::new(REALM);
        let realm = store.realm(&name).await.unwrap().unwrap();
        let body = json!({"id": realm::random_key(), "clientId": client_id});
        let id = body["id"].as_str().unwrap().to_owned();
        let document = realm::Document {
            kind: realm::Kind::Client,
            id,
            body,
        };
        let mut writer = store.write().await.unwrap();
        let change = [store::Change::Put(document)];
        writer.realms().change(&realm.id, &change).await.unwrap();
        writer.commit().await.unwrap();
    }

    /// Plays all cases; every one that differs is told, at the end.
    pub async fn play(mut self) {
        let mut wrong = Vec::new();
        for at in 0..self.cases.len() {
            let case = self.cases[at].clone();
            let found = self.play_one(at, &case).await;
            match (found, self.differences.get(&at)) {
                (Ok(()), None) | (Err(_), Some(_)) => {}
                (Ok(()), Some(why)) => {
                    wrong.push(format!("{at}: is as recorded, but listed as: {why}"))
                }
                (Err(text), None) => wrong.push(format!(
                    "{at}: {} {}: {text}",
                    case["request"], case["note"]
                )),
            }
        }
        assert!(
            wrong.is_empty(),
            "{} cases differ\n{}",
            wrong.len(),
            wrong.join("\n")
        );
    }

    async fn play_one(&mut self, at: usize, case: &Value) -> Result<(), String> {
        let mut ids = Vec::new();
        for id in self.names.get(&at).cloned().unwrap_or_default() {
            ids.push(self.key(id).await);
        }
        let mut ids = ids.into_iter();
        let line = fill(case["request"].as_str().unwrap(), &mut ids);
        let (method, path) = line.split_once(' ').unwrap();
        let path = match path.strip_prefix('R') {
            Some(rest) => format!("/admin/realms/{REALM}{rest}"),
            None => path.to_owned(),
        };
        let body = match case.get("body") {
            Some(Value::String(text)) if case.get("request-headers").is_some() => text.clone(),
            Some(body) => fill(&spaced(body), &mut ids),
            None => String::new(),
        };
        if line.contains("<uuid>") || body.contains("<uuid>") {
            return Err("a key is not named".to_owned());
        }
        let kind = case["request-headers"]["Content-Type"].as_str();
        let kind = kind.or_else(|| (!body.is_empty()).then_some("application/json"));
        let answer = self.send(method, &path, kind, body).await;
        if let Some(location) = answer.headers.get("location") {
            let tail = location.to_str().unwrap().rsplit('/').next().unwrap();
            self.made.insert(at, tail.to_owned());
        }
        compare(case, &answer)
    }

    /// Sends a request with the administrator's token.
    pub async fn send(&self, method: &str, path: &str, kind: Option<&str>, body: String) -> Answer {
        let mut builder =
            request(method, path).header("authorization", format!("Bearer {}", self.token));
        if let Some(kind) = kind {
            builder = builder.header("content-type", kind);
        }
        self.idp.send(builder.body(Body::from(body)).unwrap()).await
    }

    async fn key(&self, id: Id) -> String {
        let (path, first) = match id {
            Id::Unknown => return realm::random_key(),
            Id::Literal(key) => return key.to_owned(),
            Id::Made(case) => return self.made[&case].clone(),
            Id::Of(path) => (path.to_owned(), false),
            Id::Client(name) => (format!("clients?clientId={name}"), true),
            Id::User(name) => (format!("users?exact=true&username={name}"), true),
        };
        if let Id::Client(name) = id {
            // Without the routes of clients, which have tests of their own.
            let store = &self.idp.server.store;
            let realm = store
                .realm(&realm::RealmName::new(REALM))
                .await
                .unwrap()
                .unwrap();
            let client = realm.client(&realm::ClientId::new(name)).unwrap();
            return client.id.as_str().to_owned();
        }
        let path = format!("/admin/realms/{REALM}/{path}");
        let found = self
            .send("GET", &path, None, String::new())
            .await
            .ok()
            .json();
        let found = if first { &found[0] } else { &found };
        found["id"].as_str().unwrap().to_owned()
    }
}

/// JSON as it was sent when the record was made: errors name columns of it.
fn spaced(value: &Value) -> String {
    match value {
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(spaced).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Object(members) => {
            let members: Vec<String> = members
                .iter()
                .map(|(name, value)| format!("{}: {}", Value::from(name.as_str()), spaced(value)))
                .collect();
            format!("{{{}}}", members.join(", "))
        }
        scalar => scalar.to_string(),
    }
}

/// Puts keys in the places of `<uuid>`, in order.
fn fill(text: &str, ids: &mut impl Iterator<Item = String>) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("<uuid>") {
        let Some(id) = ids.next() else { break };
        out.push_str(&rest[..at]);
        out.push_str(&id);
        rest = &rest[at + "<uuid>".len()..];
    }
    out + rest
}

fn compare(case: &Value, answer: &Answer) -> Result<(), String> {
    let status = u64::from(answer.status.as_u16());
    let wanted = case["status"].as_u64();
    if wanted.is_some_and(|wanted| wanted != status) {
        return Err(format!(
            "status {status} instead of {}: {}",
            case["status"], answer.text
        ));
    }
    if let Some(wanted) = case["location"].as_str() {
        let found = answer
            .headers
            .get("location")
            .map_or("", |value| value.to_str().unwrap());
        let wanted = wanted.replace("{base}", "http://localhost:8080");
        if !matches(&Value::from(wanted.clone()), &Value::from(found)) {
            return Err(format!("location {found} instead of {wanted}"));
        }
    }
    let Some(wanted) = case
        .get("response")
        .or_else(|| case.get("body").filter(|_| case.get("headers").is_some()))
    else {
        return Ok(());
    };
    if wanted == &json!("<as without the slash>") {
        return Ok(());
    }
    let found: Value =
        serde_json::from_str(&answer.text).unwrap_or_else(|_| Value::from(answer.text.clone()));
    if matches(wanted, &found) {
        Ok(())
    } else {
        Err(format!("\n   recorded {wanted}\n   ours     {found}"))
    }
}

/// Whether an answer is what was recorded; lists whose order is open are sorted by name in the record, and here.
fn matches(wanted: &Value, found: &Value) -> bool {
    match (wanted, found) {
        (Value::String(wanted), Value::String(found)) => text_matches(wanted, found),
        (Value::String(wanted), Value::Number(_)) => wanted.starts_with("<epoch"),
        (Value::Array(wanted), Value::Array(found)) => {
            wanted.len() == found.len()
                && (wanted
                    .iter()
                    .zip(found)
                    .all(|(wanted, found)| matches(wanted, found))
                    || wanted
                        .iter()
                        .zip(sorted(found))
                        .all(|(wanted, found)| matches(wanted, found)))
        }
        (Value::Object(wanted), Value::Object(found)) => {
            wanted.len() == found.len()
                && wanted.iter().all(|(name, wanted)| {
                    found.get(name).is_some_and(|found| matches(wanted, found))
                })
        }
        _ => wanted == found,
    }
}

fn sorted(list: &[Value]) -> Vec<&Value> {
    let mut sorted: Vec<&Value> = list.iter().collect();
    sorted.sort_by_key(|item| {
        let name = item["name"]
            .as_str()
            .or_else(|| item.as_str())
            .unwrap_or_default();
        (name.to_owned(), item.to_string())
    });
    sorted
}

/// `<uuid>` and the like stand for anything that has no slash.
fn text_matches(wanted: &str, found: &str) -> bool {
    let Some(at) = wanted.find('<') else {
        return wanted == found;
    };
    let Some(end) = wanted[at..].find('>').map(|end| at + end + 1) else {
        return wanted == found;
    };
    if !found.starts_with(&wanted[..at]) {
        return false;
    }
    let rest = &found[at..];
    let stop = rest.find('/').unwrap_or(rest.len());
    stop > 0 && text_matches(&wanted[end..], &rest[stop..])
}
