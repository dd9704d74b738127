use super::{Confirmation, Exchanged};
use crate::mappers::Mappers;
use crate::scopes::GrantedScopes;
use authn::bearer::SessionKind;
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
    /// What the grant asks of the tokens beyond what configuration says.
    pub exchanged: Option<&'a Exchanged>,
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
    /// The session of somebody who is signed in, and the client's part in it.
    Online(&'a Session, &'a ClientSession),
    /// One that stays when they sign out.
    Offline(&'a Session, &'a ClientSession),
    /// A stored session of either kind in which the client has no part of its own: exchanged tokens. The part is made up.
    Guest(&'a Session, &'a ClientSession, SessionKind),
}

impl<'a> TokenSession<'a> {
    /// The session and the client's part in it, where one is kept.
    pub fn stored(self) -> Option<(&'a Session, &'a ClientSession)> {
        match self {
            Self::Transient(_) => None,
            Self::Online(session, part)
            | Self::Offline(session, part)
            | Self::Guest(session, part, _) => Some((session, part)),
        }
    }

    /// Which kind it is.
    pub fn kind(self) -> SessionKind {
        match self {
            Self::Transient(_) => SessionKind::Transient,
            Self::Online(..) => SessionKind::Online,
            Self::Offline(..) => SessionKind::Offline,
            Self::Guest(_, _, kind) => kind,
        }
    }

    /// The session of this kind.
    pub fn of(kind: SessionKind, session: &'a Session, part: &'a ClientSession) -> Self {
        match kind {
            SessionKind::Offline => Self::Offline(session, part),
            SessionKind::OnlineGuest | SessionKind::OfflineGuest => {
                Self::Guest(session, part, kind)
            }
            SessionKind::Transient | SessionKind::Online => Self::Online(session, part),
        }
    }
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
    /// RFC 8628
    Device,
    /// RFC 8693
    TokenExchange,
    /// RFC 7523
    Assertion,
}

impl Subject<'_> {
    /// The key of the session; none of one that is not kept.
    pub(super) fn sid(&self) -> Option<&str> {
        let (session, _) = self.session.stored()?;
        Some(session.id.as_str())
    }

    /// The only clients that the access token may be for, where an exchange names some.
    pub(super) fn audiences(&self) -> Option<&[String]> {
        self.exchanged?.audiences.as_deref()
    }

    /// The type of the access token, which some clients want in lower case.
    pub(super) fn token_type(&self) -> &'static str {
        if self.confirmation.is_some_and(|cnf| cnf.key.is_some()) {
            return "DPoP";
        }
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
            Self::Device => "dg",
            Self::TokenExchange => "te",
            Self::Assertion => "ag",
        }
    }
}
