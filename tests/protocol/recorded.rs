//! How what a real Keycloak answered (`tests/golden`) is compared with what this server answers.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};
use support::idp::{Answer, Idp};

pub const BASE: &str = "http://localhost:8080";
pub const APP: &str = "http://127.0.0.1:18999";

/// A record file.
pub fn file(name: &str) -> Value {
    let path = format!("{}/golden/oidc/{name}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// Its cases.
pub fn cases(name: &str) -> Vec<Value> {
    file(name)["cases"].as_array().unwrap().clone()
}

/// The realm that the records were made with.
pub fn realm() -> Value {
    let client = |id: &str, more: Value| {
        let mut client = json!({
            "clientId": id, "secret": format!("{id}-secret-{id}-secret-{id}-secret"), "redirectUris": [format!("{APP}/*")],
            "webOrigins": ["+"], "directAccessGrantsEnabled": true,
        });
        for (name, value) in more.as_object().unwrap() {
            client[name] = value.clone();
        }
        client
    };
    let object = |alg: &str| json!({"attributes": {"request.object.signature.alg": alg}});
    json!({
        "realm": "golden", "enabled": true, "sslRequired": "none",
        "roles": {
            "realm": [{"name": "manager"}],
            "client": {"web": [{"name": "editor"}], "api": [{"name": "call"}]},
        },
        "clients": [
            client("web", json!({})),
            client("app", json!({"publicClient": true})),
            client("spa", json!({"publicClient": true, "attributes": {"pkce.code.challenge.method": "S256"}})),
            client("hyb", json!({"implicitFlowEnabled": true})),
            client("quiet", json!({"attributes": {
                "exclude.session.state.from.auth.response": "true", "exclude.issuer.from.auth.response": "true",
            }})),
            client("off", json!({"enabled": false})),
            client("bearer", json!({"bearerOnly": true})),
            client("saml-sp", json!({"protocol": "saml"})),
            client("api", json!({"redirectUris": []})),
            client("svc-refresh", json!({"standardFlowEnabled": false, "serviceAccountsEnabled": true})),
            client("device", json!({"standardFlowEnabled": false})),
            client("consent", json!({"consentRequired": true})),
            client("strict-redirect", json!({"redirectUris": [format!("{APP}/exact"), "custom:/cb", "http://localhost/cb"]})),
            client("par", json!({"attributes": {"require.pushed.authorization.requests": "true"}})),
            client("jar", json!({"attributes": {"request.uris": format!("{APP}/*")}})),
            client("jar-none", object("none")),
            client("jar-HS256", object("HS256")),
            client("jar-RS256", object("RS256")),
            client("jar-any", object("any")),
            client("jar-required", json!({"attributes": {"request.object.required": "request or request_uri"}})),
            client("closed", json!({"webOrigins": []})),
        ],
        "users": [{
            "username": "alice", "enabled": true, "email": "alice@example.com", "emailVerified": true, "firstName": "Alice",
            "lastName": "Archer", "attributes": {"birthdate": ["1990-01-02"], "nickname": ["al"]},
            "credentials": [{"type": "password", "value": "wonderland"}],
            "realmRoles": ["manager", "default-roles-golden"], "clientRoles": {"web": ["editor"], "api": ["call"]},
        }],
    })
}

/// A server with that realm.
pub async fn idp() -> Idp {
    Idp::launch(realm()).start().await
}

/// An address below the realm's protocol, with these parameters.
pub fn address(endpoint: &str, params: &[(String, String)]) -> String {
    let query = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(params)
        .finish();
    format!("/realms/golden/protocol/openid-connect/{endpoint}?{query}")
}

/// The parameters of a right request with something changed: nothing takes one away, a list gives it several times.
pub fn params(right: &[(&str, &str)], changed: &Value) -> Vec<(String, String)> {
    let fill = |text: &str| text.replace("{app}", APP);
    let empty = Map::new();
    let changed = changed.as_object().unwrap_or(&empty);
    let kept = right
        .iter()
        .filter(|(name, _)| !changed.contains_key(*name));
    let mut params: Vec<(String, String)> = kept
        .map(|(name, value)| ((*name).to_owned(), fill(value)))
        .collect();
    for (name, value) in changed {
        let values = match value {
            Value::Null => Vec::new(),
            Value::Array(values) => values.iter().filter_map(Value::as_str).collect(),
            value => vec![value.as_str().unwrap()],
        };
        params.extend(values.into_iter().map(|value| (name.clone(), fill(value))));
    }
    params
}

/// Where an answer leads, as the records write it.
pub fn location(answer: &Answer) -> Value {
    let text = answer.header("location").to_owned();
    let end = text.find(['?', '#']).unwrap_or(text.len());
    let mut shown = json!({"to": text[..end]});
    let (query, fragment) = text.split_once('#').unwrap_or((&text, ""));
    for (name, part) in [
        (
            "query",
            query.split_once('?').map_or("", |(_, query)| query),
        ),
        ("fragment", fragment),
    ] {
        if !part.is_empty() {
            let pairs = url::form_urlencoded::parse(part.as_bytes());
            let pairs: Map<String, Value> = pairs
                .map(|(name, value)| (name.into_owned(), value.into_owned().into()))
                .collect();
            shown[name] = pairs.into();
        }
    }
    shown
}

/// The names and values of a page's form.
pub fn fields(page: &str) -> Value {
    let attribute = |element: &str, name: &str| {
        let value = element.split(&format!(" {name}=\"")).nth(1)?;
        let value = value.split('"').next()?;
        Some(
            value
                .replace("&#x2f;", "/")
                .replace("&#x27;", "'")
                .replace("&amp;", "&"),
        )
    };
    let mut fields = Map::new();
    for element in page
        .split('<')
        .filter(|element| element.starts_with("input ") || element.starts_with("button "))
    {
        if let Some(name) = attribute(element, "name") {
            fields.insert(name, attribute(element, "value").unwrap_or_default().into());
        }
    }
    fields.into()
}

/// Compares, and says where it differs; names of what an address or a form carries come in the order of the record.
pub fn differs(at: &str, recorded: &Value, actual: &Value) -> Option<String> {
    let wrong = || Some(format!("{at}: {recorded} but {actual}"));
    if let Some(opened) = recorded.get("<jwt>") {
        let Some((header, claims)) = actual.as_str().and_then(opened_token) else {
            return wrong();
        };
        if let Value::Array(names) = opened {
            let mut names: Vec<&str> = names.iter().filter_map(Value::as_str).collect();
            let mut found: Vec<&str> = claims.as_object()?.keys().map(String::as_str).collect();
            names.sort_unstable();
            found.sort_unstable();
            return (names != found).then(|| format!("{at}: {names:?} but {found:?}"));
        }
        return members(&format!("{at}.header"), &opened["header"], &header)
            .or_else(|| members(&format!("{at}.claims"), &opened["claims"], &claims));
    }
    match (recorded, actual) {
        (Value::Object(recorded), Value::Object(actual)) => {
            let names: Vec<&String> = recorded.keys().collect();
            let found: Vec<&String> = actual.keys().collect();
            if names != found {
                return Some(format!("{at}: {names:?} but {found:?}"));
            }
            recorded
                .iter()
                .find_map(|(name, value)| differs(&format!("{at}.{name}"), value, &actual[name]))
        }
        (Value::String(pattern), Value::String(text)) => {
            let is_scope = at.ends_with(".scope");
            let same = fits(pattern, text) || (is_scope && words(pattern) == words(text));
            (!same).then(wrong)?
        }
        (Value::String(pattern), actual) => {
            let is_time = pattern == "<epoch-s>" && actual.is_i64();
            (!is_time).then(wrong)?
        }
        (recorded, actual) => (sorted(recorded) != sorted(actual)).then(wrong)?,
    }
}

/// The same in any order, and times beside each other.
fn members(at: &str, recorded: &Value, actual: &Value) -> Option<String> {
    let (recorded, found) = (recorded.as_object()?, actual.as_object()?);
    for name in found.keys() {
        if !recorded.contains_key(name) {
            return Some(format!("{at}: {name} is not recorded"));
        }
    }
    recorded.iter().find_map(|(name, value)| {
        let at = format!("{at}.{name}");
        let Some(there) = found.get(name) else {
            return Some(format!("{at} is not there"));
        };
        let after = value.as_str().and_then(|text| text.strip_prefix("<iat+"));
        match after.and_then(|after| after.strip_suffix('>')) {
            Some(seconds) => {
                let seconds: i64 = seconds.parse().unwrap();
                let expected = found["iat"].as_i64().unwrap() + seconds;
                (there.as_i64() != Some(expected)).then(|| format!("{at}: {expected} but {there}"))
            }
            None if value.is_object() && value.get("<jwt>").is_none() => members(&at, value, there),
            None => differs(&at, value, there),
        }
    })
}

fn sorted(value: &Value) -> Vec<String> {
    let text = |value: &Value| value.to_string().replace("{app}", APP);
    let Value::Array(values) = value else {
        return vec![text(value)];
    };
    let mut texts: Vec<String> = values.iter().map(text).collect();
    texts.sort_unstable();
    texts
}

fn words(text: &str) -> Vec<&str> {
    let mut words: Vec<&str> = text.split(' ').collect();
    words.sort_unstable();
    words
}

fn opened_token(token: &str) -> Option<(Value, Value)> {
    let mut parts = token.split('.').map(|part| {
        let bytes = URL_SAFE_NO_PAD.decode(part).ok()?;
        serde_json::from_slice::<Value>(&bytes).ok()
    });
    Some((parts.next()??, parts.next()??))
}

/// Whether a text is what a pattern stands for.
fn fits(pattern: &str, text: &str) -> bool {
    let of_base64 = |text: &str, length: usize| {
        let letter = |letter: char| letter.is_ascii_alphanumeric() || "-_".contains(letter);
        text.len() == length && text.chars().all(letter)
    };
    let is_uuid = |text: &str| text.len() == 36 && text.matches('-').count() == 4;
    if let Some(kind) = pattern.strip_prefix("<jwt ") {
        let algorithm = kind.trim_end_matches('>');
        return opened_token(text).is_some_and(|(header, _)| header["alg"] == algorithm);
    }
    if let Some(length) = pattern.strip_prefix("<b64url:") {
        return of_base64(text, length.trim_end_matches('>').parse().unwrap());
    }
    match pattern {
        "<sid>" => of_base64(text, 24),
        "<uuid>.<sid>.<uuid>" => {
            let parts: Vec<&str> = text.split('.').collect();
            parts.len() == 3 && is_uuid(parts[0]) && of_base64(parts[1], 24) && is_uuid(parts[2])
        }
        pattern => match pattern.strip_suffix("<uuid>") {
            Some(start) => text.strip_prefix(start).is_some_and(is_uuid),
            None => pattern.replace("{base}", BASE).replace("{app}", APP) == text,
        },
    }
}
