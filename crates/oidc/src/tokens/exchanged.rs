//! What a grant asks of tokens beyond what configuration says (RFC 8693, RFC 7523).

/// What a grant asks of the tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exchanged {
    /// The only clients that the access token may be for, where some were named.
    pub audiences: Option<Vec<String>>,
    /// What comes as the access token, where a token was exchanged.
    pub kind: Option<TokenKind>,
    /// When tokens end at the latest, epoch seconds: when what was shown for them does.
    pub ends_by: Option<i64>,
}

/// The kinds of tokens that an exchange gives (RFC 8693 §3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// An access token.
    Access,
    /// An access token, and a refresh token with it.
    Refresh,
    /// An ID token in the place of the access token.
    Id,
}

impl TokenKind {
    /// The registered name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Access => "urn:ietf:params:oauth:token-type:access_token",
            Self::Refresh => "urn:ietf:params:oauth:token-type:refresh_token",
            Self::Id => "urn:ietf:params:oauth:token-type:id_token",
        }
    }
}
