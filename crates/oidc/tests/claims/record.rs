//! How a golden record is compared with what was made here.

use crate::world::{APP, BASE, World};
use oidc::tokens::TokenResponse;
use serde_json::{Map, Value};

/// The cases of a record file.
pub fn cases(file: &str) -> Vec<Value> {
    let path = format!("{}/tests/golden/{file}", env!("CARGO_MANIFEST_DIR"));
    let file: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    file["cases"].as_array().unwrap().clone()
}

/// The token's header and claims, its signature checked.
pub fn opened(world: &World, token: &str) -> (Value, Value) {
    let verified = world.realm.keys.verifying().verify::<Value>(token).unwrap();
    let header = verified.header;
    let header = serde_json::json!({"alg": header.alg, "typ": header.typ, "kid": header.kid});
    (header, verified.claims)
}

/// The response as the records show it: its tokens opened.
pub fn shown(world: &World, response: &TokenResponse) -> Value {
    let mut shown = serde_json::to_value(response).unwrap();
    for (_, value) in shown.as_object_mut().unwrap() {
        if let Some(token) = value.as_str().filter(|text| text.matches('.').count() == 2) {
            let (header, claims) = opened(world, token);
            *value = serde_json::json!({"<jwt>": {"header": header, "claims": claims}});
        }
    }
    shown
}

/// Asserts that something is as recorded: placeholders filled, sets in any order, the protocol's members in theirs.
#[track_caller]
pub fn same(case: &str, recorded: &Value, actual: &Value) {
    compare(case, recorded, actual, &Value::Null);
}

/// Names whose values come in no fixed order.
const SETS: [&str; 4] = ["aud", "aud_x", "roles", "groups"];

/// What ends the protocol's own claims in each kind of document; what follows is in no fixed order.
const LAST: [&str; 3] = ["scope", "acr", "sub"];

#[track_caller]
fn compare(at: &str, recorded: &Value, actual: &Value, around: &Value) {
    match (recorded, actual) {
        (Value::Object(recorded), Value::Object(actual)) => {
            for (name, value) in recorded {
                let found = actual.get(name);
                let found = found.unwrap_or_else(|| panic!("{at}: no {name} in {actual:?}"));
                let around = Value::Object(actual.clone());
                compare(&format!("{at}.{name}"), value, found, &around);
            }
            for name in actual.keys() {
                assert!(recorded.contains_key(name), "{at}: {name} is not recorded");
            }
            ordered(at, recorded, actual);
        }
        (Value::Array(recorded), Value::Array(actual)) => {
            let name = at.rsplit('.').next().unwrap_or_default();
            assert_eq!(recorded.len(), actual.len(), "{at}: {actual:?}");
            let (mut recorded, mut actual) = (recorded.clone(), actual.clone());
            if SETS.contains(&name) {
                recorded.sort_by_key(Value::to_string);
                actual.sort_by_key(Value::to_string);
            }
            for (recorded, actual) in recorded.iter().zip(&actual) {
                compare(&format!("{at}[]"), recorded, actual, around);
            }
        }
        (Value::String(pattern), actual) => {
            assert!(
                fits(at, pattern, actual, around),
                "{at}: {pattern} but {actual}"
            );
        }
        (recorded, actual) => assert_eq!(recorded, actual, "{at}"),
    }
}

/// The records sort claims of mappers behind those of the protocol.
#[track_caller]
fn ordered(at: &str, recorded: &Map<String, Value>, actual: &Map<String, Value>) {
    let last = recorded
        .keys()
        .rposition(|name| LAST.contains(&name.as_str()));
    let fixed = last.map_or(0, |last| last + 1);
    let recorded: Vec<&String> = recorded.keys().take(fixed).collect();
    let actual: Vec<&String> = actual.keys().take(fixed).collect();
    assert_eq!(recorded, actual, "{at}: another order");
}

fn fits(at: &str, pattern: &str, actual: &Value, around: &Value) -> bool {
    if let Some(seconds) = pattern.strip_prefix("<iat+") {
        let seconds: i64 = seconds.trim_end_matches('>').parse().unwrap();
        return actual.as_i64() == around["iat"].as_i64().map(|iat| iat + seconds);
    }
    if pattern == "<epoch-s>" {
        return actual.as_i64().is_some_and(|time| time > 1_000_000_000);
    }
    let Some(text) = actual.as_str() else {
        return false;
    };
    if at.ends_with(".scope") {
        let sorted = |text: &str| {
            let mut words: Vec<String> = text.split(' ').map(str::to_owned).collect();
            words.sort();
            words
        };
        return sorted(pattern) == sorted(text);
    }
    if let Some(prefix) = pattern.strip_suffix("<uuid>") {
        return text.strip_prefix(prefix).is_some_and(is_uuid);
    }
    match pattern {
        "<sid>" => is_base64url(text, 24),
        "<b64url:43>" => is_base64url(text, 43),
        "<b64url:22>" => is_base64url(text, 22),
        pattern => pattern.replace("{base}", BASE).replace("{app}", APP) == text,
    }
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.char_indices().all(|(at, letter)| match at {
            8 | 13 | 18 | 23 => letter == '-',
            _ => letter.is_ascii_hexdigit(),
        })
}

fn is_base64url(text: &str, length: usize) -> bool {
    let letters = |letter: char| letter.is_ascii_alphanumeric() || "-_".contains(letter);
    text.len() == length && text.chars().all(letters)
}
