use super::{RefreshClaims, TokenKind};
use crate::mappers::Claims;
use serde::Serialize;
use serde_json::{Map, Value};

/// The answer of the token endpoint (RFC 6749 §5.1), members in Keycloak's order.
#[derive(Clone, Debug, Serialize)]
pub struct TokenResponse {
    /// The access token.
    pub access_token: String,
    /// Seconds until it expires.
    pub expires_in: i64,
    /// Seconds until the refresh token expires; 0 without one.
    pub refresh_expires_in: i64,
    /// The refresh token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<String>,
    /// `Bearer`, or `bearer` for clients that want it so.
    pub token_type: &'static str,
    /// The ID token, with scope `openid`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id_token: Option<String>,
    /// Tokens issued before this instant (epoch seconds) are void.
    #[serde(rename = "not-before-policy")]
    pub not_before_policy: i64,
    /// The session's key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session_state: Option<String>,
    /// The scopes granted.
    pub scope: String,
    /// What kind of token it is, after an exchange (RFC 8693 §2.2.1).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issued_token_type: Option<&'static str>,
    /// What mappers add.
    #[serde(flatten)]
    pub other: Map<String, Value>,
    /// `jti` of the access token, for the event.
    #[serde(skip)]
    pub token_id: String,
    /// `jti` and `exp` of the refresh token, for the event and for rotation.
    #[serde(skip)]
    pub refresh: Option<RefreshClaims>,
}

impl TokenResponse {
    /// The answer to an exchange for a token of this kind: an ID token stands where access tokens stand, and is of no use as one (RFC 8693
    /// §2.2.1).
    pub(crate) fn of_kind(mut self, kind: TokenKind) -> Self {
        self.issued_token_type = Some(kind.name());
        if kind == TokenKind::Id
            && let Some(id_token) = self.id_token.take()
        {
            self.access_token = id_token;
            self.token_type = "N_A";
        }
        self
    }
}

/// The members that the response has by itself: mappers change none of them.
const OWN: [&str; 10] = [
    "access_token",
    "expires_in",
    "refresh_expires_in",
    "refresh_token",
    "token_type",
    "id_token",
    "not-before-policy",
    "session_state",
    "scope",
    "issued_token_type",
];

/// What mappers add to a response.
pub(super) fn more(claims: Claims) -> Map<String, Value> {
    let mut more = claims.other;
    if !more.is_empty() {
        more.retain(|name, _| !OWN.contains(&name.as_str()));
    }
    more
}
