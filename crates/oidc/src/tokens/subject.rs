use super::Confirmation;
use crate::mappers::Mappers;
use crate::scopes::GrantedScopes;
use realm::{Client, Realm, User};
use std::collections::BTreeMap;
use store::{ClientSession, Session, Timestamp};

/// Whom tokens are about, for whom they are, and under what circumstances.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// The realm that issues.
    pub realm: &'a Realm,
    /// The realm's protocol mappers.
    pub mappers: &'a Mappers,
    /// The client that asked.
    pub client: &'a Client,
    /// Whom they are about.
    pub user: &'a User,
    /// The session that they belong to.
    pub session: TokenSession<'a>,
    /// The scopes that the client got.
    pub scopes: &'a GrantedScopes,
    /// The nonce of the authorization request, for the ID token. A refresh takes it from the refresh token, which rarely has one.
    pub nonce: Option<&'a str>,
    /// How strongly they signed in, the value of `acr`: `1` after a sign-in, `0` when a session alone let them in.
    pub acr: &'a str,
    /// When they proved at a browser who they are, epoch seconds; none for grants without a browser.
    pub auth_time: Option<i64>,
    /// The grant that was used.
    pub grant: GrantKind,
    /// What the tokens count together with; none for tokens that count by themselves.
    pub confirmation: Option<&'a Confirmation>,
    /// The value of `iss`.
    pub issuer: &'a str,
    /// The instant of the request.
    pub now: Timestamp,
}

/// The session that tokens belong to.
#[derive(Clone, Copy, Debug)]
pub enum TokenSession<'a> {
    /// None is kept: tokens of a service account. Holds what a session would note, see [`super::service_account_notes`].
    Transient(&'a BTreeMap<String, String>),
    /// A stored session and the client's part in it.
    Online(&'a Session, &'a ClientSession),
}

/// The grants that tokens come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GrantKind {
    /// RFC 6749 §4.1
    AuthorizationCode,
    /// RFC 6749 §6
    RefreshToken,
    /// RFC 6749 §4.3
    Password,
    /// RFC 6749 §4.4
    ClientCredentials,
    /// No grant: with the authorization answer, and no code beside it.
    Implicit,
    /// The same beside a code.
    Hybrid,
}

impl Subject<'_> {
    /// The key of the session; none of one that is not kept.
    pub(super) fn sid(&self) -> Option<&str> {
        match self.session {
            TokenSession::Transient(_) => None,
            TokenSession::Online(session, _) => Some(session.id.as_str()),
        }
    }

    /// The type of the access token, which some clients want in lower case.
    pub(super) fn token_type(&self) -> &'static str {
        match self.client.is_on("token.response.type.bearer.lower-case") {
            true => "bearer",
            false => "Bearer",
        }
    }
}

impl GrantKind {
    /// The two letters of token ids.
    pub(super) fn letters(self) -> &'static str {
        match self {
            Self::AuthorizationCode => "ac",
            Self::RefreshToken => "rt",
            Self::Password => "ro",
            Self::ClientCredentials => "cc",
            Self::Implicit | Self::Hybrid => "na",
        }
    }
}
