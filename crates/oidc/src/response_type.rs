//! What an authorization answer carries (RFC 6749 §3.1.1, OAuth 2.0 Multiple Response Types).

use serde::{Deserialize, Serialize};

/// What an authorization answer carries; nothing at all is `none`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "&'static str", try_from = "String")]
pub struct ResponseType {
    /// An authorization code.
    pub code: bool,
    /// An ID token.
    pub id_token: bool,
    /// An access token.
    pub token: bool,
}

/// No response type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no such response type")]
pub struct Unknown;

impl ResponseType {
    /// A code, as most ask for.
    pub const CODE: Self = Self {
        code: true,
        id_token: false,
        token: false,
    };

    /// All of them, as discovery names them.
    pub const NAMES: [&'static str; 8] = [
        "code",
        "none",
        "id_token",
        "token",
        "id_token token",
        "code id_token",
        "code token",
        "code id_token token",
    ];

    /// The type of these words, which come in any order, one blank between two.
    pub fn read(text: &str) -> Option<Self> {
        let mut read = Self {
            code: false,
            id_token: false,
            token: false,
        };
        if text == "none" {
            return Some(read);
        }
        for word in text.trim_end_matches(' ').split(' ') {
            match word {
                "code" => read.code = true,
                "id_token" => read.id_token = true,
                "token" => read.token = true,
                _ => return None,
            }
        }
        Some(read)
    }

    /// The words in the order of discovery.
    pub fn name(self) -> &'static str {
        match (self.code, self.id_token, self.token) {
            (true, false, false) => "code",
            (false, false, false) => "none",
            (false, true, false) => "id_token",
            (false, false, true) => "token",
            (false, true, true) => "id_token token",
            (true, true, false) => "code id_token",
            (true, false, true) => "code token",
            (true, true, true) => "code id_token token",
        }
    }

    /// Whether tokens come by way of the browser: the implicit and the hybrid flow.
    pub fn has_tokens(self) -> bool {
        self.id_token || self.token
    }

    /// Whether tokens come that way and no code does.
    pub fn is_implicit(self) -> bool {
        self.has_tokens() && !self.code
    }
}

impl Default for ResponseType {
    fn default() -> Self {
        Self::CODE
    }
}

impl From<ResponseType> for &'static str {
    fn from(response_type: ResponseType) -> Self {
        response_type.name()
    }
}

impl TryFrom<String> for ResponseType {
    type Error = Unknown;

    fn try_from(text: String) -> Result<Self, Unknown> {
        Self::read(&text).ok_or(Unknown)
    }
}

#[cfg(test)]
mod tests {
    use super::ResponseType;

    #[test]
    fn words_come_in_any_order() {
        for name in ResponseType::NAMES {
            assert_eq!(ResponseType::read(name).unwrap().name(), name);
        }
        for (text, name) in [
            ("token id_token", Some("id_token token")),
            ("code code", Some("code")),
            ("token code id_token ", Some("code id_token token")),
            ("none code", None),
            ("code  token", None),
            (" code", None),
            ("Code", None),
            ("", None),
            ("nope", None),
        ] {
            let read = ResponseType::read(text).map(ResponseType::name);
            assert_eq!(read, name, "{text:?}");
        }
    }
}
