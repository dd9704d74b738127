//! What a client can exchange for tokens (RFC 6749 §1.3). A grant is a file here and a line in [`GRANTS`].

mod assertion;
mod authorization_code;
mod client_credentials;
pub mod device_code;
mod offline;
mod password;
mod refresh_token;
mod token_exchange;

use crate::client_auth::AuthenticatedClient;
use crate::client_keys::ClientKeys;
use crate::consent::{self, Standing};
use crate::error::Error;
use crate::mappers::Mappers;
use crate::params::Params;
use crate::refusal::Refusal;
use crate::scopes::GrantedScopes;
use crate::tokens::{Confirmation, Exchanged, GrantKind, RefreshClaims, TokenSession};
use authn::Cx;
use authn::bearer::SessionKind;
use authn::event::EventDraft;
use realm::{User, UserId};
use std::collections::BTreeMap;
use std::pin::Pin;
use store::{ClientSession, Session};

/// A grant type: its name on the wire, the event that it records, its rule.
pub struct Grant {
    /// The value of `grant_type`.
    pub name: &'static str,
    /// The type of the login event.
    pub event: &'static str,
    /// Which certificate its tokens are bound to, where they are bound to one (RFC 8705 §3).
    pub binding: Binding,
    /// Parameters that may stand there more than once.
    pub repeats: &'static [&'static str],
    /// What it asks of a request.
    authorize: Rule,
}

/// Which certificate tokens are bound to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Binding {
    /// That of the request.
    OfRequest,
    /// That of the token that they renew. The grant checks it.
    OfToken,
}

type Rule = for<'a> fn(
    &'a Exchange<'a>,
) -> Pin<Box<dyn Future<Output = Result<Authorization, Error>> + Send + 'a>>;

/// A request at the token endpoint whose client is known.
pub struct Exchange<'a> {
    /// What is known of the request.
    pub cx: &'a Cx,
    /// Who asks.
    pub client: &'a AuthenticatedClient,
    /// The form.
    pub form: &'a Params,
    /// The realms' protocol mappers.
    pub mappers: &'a Mappers,
    /// Where keys of others come from.
    pub client_keys: &'a ClientKeys,
}

/// What a grant came to: all that tokens are made of. What had to be written for it is durable.
#[derive(Debug)]
pub struct Authorization {
    /// Whom the tokens are about.
    pub user: User,
    /// The session that they belong to.
    pub held: Held,
    /// The scopes that the client gets.
    pub scopes: GrantedScopes,
    /// The nonce of the authorization request.
    pub nonce: Option<String>,
    /// The value of `acr`.
    pub acr: String,
    /// When they proved at a browser who they are, epoch seconds.
    pub auth_time: Option<i64>,
    /// Which grant it was, for token ids.
    pub kind: GrantKind,
    /// What the tokens count together with. The endpoint says it for new ones, a renewal by itself.
    pub confirmation: Option<Confirmation>,
    /// Whether a refresh token comes along.
    pub refresh: Renewal,
    /// Whether the session was there before.
    pub begun: Begun,
    /// What is asked of the tokens beyond what configuration says.
    pub exchanged: Option<Exchanged>,
    /// The event, which the endpoint completes and records.
    pub event: EventDraft,
}

/// The session behind an authorization.
#[derive(Debug)]
pub enum Held {
    /// None; what one would note.
    Transient(BTreeMap<String, String>),
    /// That of somebody who is signed in, and the client's part in it.
    Online(Box<Session>, Box<ClientSession>),
    /// One that stays when they sign out.
    Offline(Box<Session>, Box<ClientSession>),
    /// A stored session of this kind in which the client has no part of its own; one is made up.
    Guest(Box<Session>, Box<ClientSession>, SessionKind),
}

impl Held {
    /// The same for tokens.
    pub fn of_tokens(&self) -> TokenSession<'_> {
        match self {
            Self::Transient(notes) => TokenSession::Transient(notes),
            Self::Online(session, part) => TokenSession::Online(session, part),
            Self::Offline(session, part) => TokenSession::Offline(session, part),
            Self::Guest(session, part, kind) => TokenSession::Guest(session, part, *kind),
        }
    }
}

/// Whether a session was there before the grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Begun {
    /// It was, and others may use it.
    Before,
    /// It began for these tokens.
    Now,
}

/// Whether a refresh token comes along.
#[derive(Debug)]
pub enum Renewal {
    /// No.
    None,
    /// The first of a family.
    First,
    /// The one after this one.
    After(Box<RefreshClaims>),
}

const GRANTS: &[Grant] = &[
    assertion::GRANT,
    authorization_code::GRANT,
    client_credentials::GRANT,
    device_code::GRANT,
    password::GRANT,
    refresh_token::GRANT,
    token_exchange::GRANT,
];

impl Grant {
    /// The grant of this name.
    pub fn find(name: &str) -> Option<&'static Self> {
        GRANTS.iter().find(|grant| grant.name == name)
    }

    /// Applies the rule.
    pub async fn authorize(&self, exchange: &Exchange<'_>) -> Result<Authorization, Error> {
        let authorization = (self.authorize)(exchange).await?;
        offline::keep(exchange, authorization).await
    }
}

/// The names of all grants, as discovery tells them.
pub fn names() -> Vec<&'static str> {
    GRANTS.iter().map(|grant| grant.name).collect()
}

impl Exchange<'_> {
    /// Refuses what the person does not allow the client (any more), where the client is one that asks.
    async fn consented(&self, user: &UserId, scopes: &GrantedScopes) -> Result<(), Error> {
        let client = self.client.client();
        if !client.consent_required {
            return Ok(());
        }
        let mut reader = self.cx.server.store.read().await?;
        match consent::standing(self.cx, &mut reader, client, user, scopes, false).await? {
            Standing::Missing(_) => Err(Refusal::ConsentWithdrawn.into()),
            Standing::NotAsked | Standing::Given => Ok(()),
        }
    }

    /// The scopes that this request names, or the client's default ones. An empty parameter names nothing that there is.
    fn scopes(&self, requested: Option<&str>) -> Result<GrantedScopes, Refusal> {
        let client = self.client.client();
        GrantedScopes::resolve(&self.cx.realm, client, requested)
            .map_err(|error| Refusal::ScopeNotAllowed(error.to_string()))
    }
}
