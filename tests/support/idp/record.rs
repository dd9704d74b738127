//! Records of a Keycloak 26.7.4, and how our answers are compared with them.

use super::{Answer, REALM};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

const BASE: &str = "http://localhost:8080";
const APP: &str = "http://app.example";
/// Headers that a record may name.
const HEADERS: [&str; 4] = [
    "content-type",
    "cache-control",
    "pragma",
    "www-authenticate",
];

/// A file of recorded cases. Each has to be looked at, or be named as one in which we differ.
pub struct Record {
    cases: Vec<Value>,
    seen: BTreeSet<String>,
}

impl Record {
    /// Reads the cases of a file.
    pub fn read(file: &str) -> Self {
        let root = env!("CARGO_MANIFEST_DIR");
        let path = format!("{root}/../crates/oidc/tests/golden/{file}");
        let text = std::fs::read_to_string(path).unwrap();
        // The recorded realm has another name.
        let text = text.replace("golden", REALM);
        let file: Value = serde_json::from_str(&text).unwrap();
        Self {
            cases: file["cases"].as_array().unwrap().clone(),
            seen: BTreeSet::new(),
        }
    }

    /// The case of this name.
    #[track_caller]
    pub fn case(&mut self, name: &str) -> Value {
        let found = self.cases.iter().find(|case| case["case"] == name);
        let found = found.unwrap_or_else(|| panic!("no case {name:?}")).clone();
        self.seen.insert(name.to_owned());
        found
    }

    /// Every case.
    pub fn all(&self) -> Vec<Value> {
        self.cases.clone()
    }

    /// Asserts that an answer is as recorded under this name: status, headers, body.
    #[track_caller]
    pub fn check(&mut self, name: &str, answer: &Answer) {
        let case = self.case(name);
        same_answer(name, &case, answer);
    }

    /// Asserts that every case was looked at, but those in which we differ, each with its reason.
    #[track_caller]
    pub fn done(self, differing: &[(&str, &str)]) {
        for case in &self.cases {
            let Some(name) = case["case"].as_str() else {
                continue;
            };
            let differs = differing.iter().any(|(known, _)| *known == name);
            assert_ne!(self.seen.contains(name), differs, "{name}");
        }
    }
}

/// Asserts that an answer is as recorded.
#[track_caller]
pub fn same_answer(name: &str, case: &Value, answer: &Answer) {
    assert_eq!(
        case["status"],
        answer.status.as_u16(),
        "{name}: {}",
        answer.text
    );
    if let Some(headers) = case["headers"].as_object() {
        for header in HEADERS {
            if let Some(value) = headers.get(header) {
                assert_eq!(value, answer.header(header), "{name}: {header}");
            }
        }
    }
    match &case["body"] {
        Value::Null => {}
        Value::String(text) if text == "<token response>" => {
            answer.granted();
        }
        body => same(name, body, &opened(answer.json())),
    }
}

/// A body whose tokens are opened as the records show them.
fn opened(mut body: Value) -> Value {
    if let Some(members) = body.as_object_mut() {
        for value in members.values_mut() {
            if let Some(token) = value.as_str().filter(|text| text.matches('.').count() == 2)
                && token.starts_with("eyJ")
            {
                *value = json!({"<jwt>": {"header": super::app::header(token), "claims": super::app::claims(token)}});
            }
        }
    }
    body
}

/// Names whose values come in no fixed order.
const SETS: [&str; 4] = ["aud", "aud_x", "roles", "groups"];

/// Asserts that something is as recorded: placeholders filled, sets in any order.
#[track_caller]
pub fn same(at: &str, recorded: &Value, actual: &Value) {
    compare(at, recorded, actual, &Map::new());
}

#[track_caller]
fn compare(at: &str, recorded: &Value, actual: &Value, around: &Map<String, Value>) {
    match (recorded, actual) {
        (Value::Object(recorded), Value::Object(actual)) => {
            for (name, value) in recorded {
                let found = actual.get(name);
                let found = found.unwrap_or_else(|| panic!("{at}: no {name} in {actual:?}"));
                compare(&format!("{at}.{name}"), value, found, actual);
            }
            for name in actual.keys() {
                assert!(recorded.contains_key(name), "{at}: {name} is not recorded");
            }
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
        (Value::String(pattern), actual) => assert!(
            fits(at, pattern, actual, around),
            "{at}: {pattern} but {actual}"
        ),
        (recorded, actual) => assert_eq!(recorded, actual, "{at}"),
    }
}

fn fits(at: &str, pattern: &str, actual: &Value, around: &Map<String, Value>) -> bool {
    if let Some(seconds) = pattern.strip_prefix("<iat+") {
        let seconds: i64 = seconds.trim_end_matches('>').parse().unwrap();
        return actual.as_i64() == around["iat"].as_i64().map(|iat| iat + seconds);
    }
    if pattern == "<epoch-s>" {
        // The recorded server had raised the instant from which tokens count; ours had no reason to.
        let is_unset = at.ends_with("not-before-policy") && actual == 0;
        return is_unset || actual.as_i64().is_some_and(|time| time > 1_000_000_000);
    }
    let Some(text) = actual.as_str() else {
        return false;
    };
    if at.ends_with(".scope") || pattern.starts_with("Invalid scopes: ") {
        let sorted = |text: &str| text.split(' ').map(str::to_owned).collect::<BTreeSet<_>>();
        return sorted(pattern) == sorted(text);
    }
    if pattern.contains("AAAA-AAAA") {
        let (before, after) = pattern.split_once("AAAA-AAAA").unwrap();
        let before = before.replace("{base}", BASE);
        let code = text.strip_prefix(&before);
        let code = code.and_then(|rest| rest.strip_suffix(after));
        return code.is_some_and(is_user_code);
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

fn is_user_code(text: &str) -> bool {
    text.len() == 9
        && text.char_indices().all(|(at, letter)| match at {
            4 => letter == '-',
            _ => letter.is_ascii_uppercase(),
        })
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
