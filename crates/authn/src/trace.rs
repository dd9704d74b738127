//! The ordered steps of one sign-in attempt, under a code that a person can read out.

use crate::Cx;
use realm::{ClientId, User};
use serde::Serialize;
use store::AttemptRecord;

/// Letters and digits that can't be taken for one another, neither read nor heard: 2^5 of them, so that each random byte gives one.
const ALPHABET: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";

/// A sign-in attempt that is under way. It is kept when it is closed, and forgotten when it is dropped.
#[derive(Debug)]
#[must_use = "an attempt that is not closed is forgotten"]
pub struct Attempt {
    code: String,
    client: Option<String>,
    user: Option<String>,
    steps: Vec<Step>,
}

/// One step.
#[derive(Debug, Serialize)]
struct Step {
    stage: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    text: String,
}

impl Attempt {
    /// Begins an attempt with what is known of the request's arrival.
    pub fn new(cx: &Cx, client: Option<&ClientId>) -> Self {
        let mut attempt = Self {
            code: random_code(),
            client: client.map(ToString::to_string),
            user: None,
            steps: Vec::new(),
        };
        for (code, text) in cx.arrival.facts() {
            attempt.add("arrival", code, text);
        }
        attempt
    }

    /// The code, such as `K7Q-M2X`.
    pub fn code(&self) -> &str {
        &self.code
    }

    /// Who it is, as far as it got.
    pub fn user(&mut self, user: &User) {
        self.user = Some(user.username.clone());
    }

    /// Adds a step.
    pub fn note(&mut self, stage: &str, text: impl Into<String>) {
        self.add(stage, None, text.into());
    }

    /// Adds a step that refuses, with its stable code.
    pub fn refusal(&mut self, stage: &str, code: &str, text: impl Into<String>) {
        self.add(stage, Some(code.to_owned()), text.into());
    }

    pub(crate) fn add(&mut self, stage: &str, code: Option<String>, text: String) {
        self.steps.push(Step {
            stage: stage.to_owned(),
            code,
            text,
        });
    }

    /// Ends the attempt: from now on an administrator finds it by its code.
    pub fn close(self, cx: &Cx, outcome: &str) {
        cx.server.store.traces().keep(AttemptRecord {
            realm: cx.realm.id.clone(),
            code: self.code,
            time: cx.now,
            outcome: outcome.to_owned(),
            client_id: self.client,
            user: self.user,
            ip_address: cx.arrival.client_address().to_string(),
            steps: serde_json::to_value(self.steps).unwrap_or_default(),
        });
    }
}

fn random_code() -> String {
    let letters = jose::random_bytes(6);
    let mut code: String = letters
        .iter()
        .map(|byte| char::from(ALPHABET[usize::from(byte % 32)]))
        .collect();
    code.insert(3, '-');
    code
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_short_and_plain() {
        let code = random_code();
        assert_eq!((code.len(), code.as_bytes()[3]), (7, b'-'));
        assert!(
            code.bytes()
                .all(|letter| letter == b'-' || ALPHABET.contains(&letter))
        );
        assert_ne!(code, random_code());
    }
}
