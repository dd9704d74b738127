//! Tokens: what stands in them, and how they are signed.
//!
//! Pure rules: the caller has found the client, the person and the session, and says what time it is. Start at [`mint`].

mod access;
mod confirmation;
mod evaluation;
mod exchanged;
mod front;
mod id;
mod lifespan;
mod read;
mod refresh;
mod response;
mod sign;
mod subject;
mod userinfo;

pub use confirmation::{Confirmation, check_refresh};
pub use exchanged::{Exchanged, TokenKind};
pub use front::{Beside, FrontTokens, mint_front, sign_answer};
pub use read::{AccessClaims, TokenRefusal, read_access, read_refresh};
pub use refresh::{Refresh, RefreshClaims, are_wanted};
pub use response::TokenResponse;
pub(crate) use sign::key_for;
pub use subject::{GrantKind, Subject, TokenSession};
pub use userinfo::{userinfo_claims, userinfo_token};

use crate::mappers::Document;
use access::AccessToken;
use evaluation::Evaluation;
use jose::Algorithm;
use realm::{Client, Realm, User};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Why no tokens could be made: the realm's configuration does not allow it. Not the caller's fault.
#[derive(Debug, thiserror::Error)]
pub enum MintError {
    /// The client or the realm wants an algorithm for which there is no active key.
    #[error("the realm has no active key for {0}")]
    NoKey(Algorithm),
    /// The client wants an algorithm that is not served.
    #[error("client {client} wants its tokens signed with {algorithm}, which is not served")]
    UnknownAlgorithm {
        /// The client's `client_id`.
        client: String,
        /// The name of the algorithm.
        algorithm: String,
    },
    /// The key did not sign.
    #[error(transparent)]
    Sign(#[from] jose::SignError),
}

/// Makes and signs the tokens of a grant.
///
/// # Errors
/// [`MintError`], all of it the server's own fault.
pub fn mint(subject: &Subject<'_>, refresh: Refresh<'_>) -> Result<TokenResponse, MintError> {
    let evaluation = Evaluation::of(subject);
    let scope = evaluation.scopes.shown();
    // An offline session stays one however narrow the access token is, and the response says so.
    let still_offline = matches!(subject.session, TokenSession::Offline(..))
        && !evaluation.scopes.asks_for_offline();
    let now = subject.now.seconds();

    let access = AccessToken::of(&evaluation);
    let key = sign::key(subject, sign::ACCESS)?;
    let access_token = key.sign(
        access_type(subject.client),
        &access.payload(subject, &scope),
    )?;

    let kind = subject.exchanged.and_then(|exchanged| exchanged.kind);
    let renewed = refresh::is_openid(refresh);
    let id_token = match evaluation.scopes.is_openid() || renewed {
        true => {
            let key = sign::key(subject, sign::ID)?;
            let at_hash = jose::token_hash(key.algorithm(), &access_token);
            // One that comes alone has no access token beside it to be tied to.
            let is_alone = kind == Some(TokenKind::Id);
            let hashes = match is_alone {
                true => id::Hashes::default(),
                false => id::Hashes::of_access(at_hash),
            };
            let payload = id::payload(&evaluation, access.expires_at, &hashes);
            Some(key.sign("JWT", &payload)?)
        }
        false => None,
    };

    let refresh = refresh::claims(&evaluation, &access, refresh);
    let refresh_token = match &refresh {
        Some(claims) => Some(subject.realm.keys.hmac().sign("JWT", claims)?),
        None => None,
    };
    let refresh_exp = refresh.as_ref().and_then(|claims| claims.exp);

    Ok(TokenResponse {
        access_token,
        expires_in: access.expires_at - now,
        refresh_expires_in: refresh_exp.map_or(0, |expires_at| expires_at - now),
        refresh_token,
        token_type: subject.token_type(),
        id_token,
        not_before_policy: not_before(subject.realm, subject.client, subject.user),
        session_state: subject.sid().map(str::to_owned),
        scope: match still_offline {
            true => format!("{scope} offline_access"),
            false => scope,
        },
        issued_token_type: None,
        other: response::more(evaluation.claims(Document::Response)),
        token_id: access.id,
        refresh,
    })
}

/// The claims of the access token.
pub fn access_claims(subject: &Subject<'_>) -> Map<String, Value> {
    let evaluation = Evaluation::of(subject);
    AccessToken::of(&evaluation).payload(subject, &evaluation.scopes.shown())
}

/// The claims of the ID token, without hashes of what goes along with it.
pub fn id_claims(subject: &Subject<'_>) -> Map<String, Value> {
    id::payload(
        &Evaluation::of(subject),
        lifespan::access_expiry(subject),
        &id::Hashes::default(),
    )
}

/// The answer about an active token (RFC 7662 §2.2): computed anew for what was presented.
pub fn introspection_claims(subject: &Subject<'_>, token: &AccessClaims) -> Map<String, Value> {
    access::introspection(&Evaluation::of(subject), token)
}

/// The same answer as an access token, for resource servers that were given a token that says little.
///
/// # Errors
/// See [`MintError`].
pub fn introspection_token(
    subject: &Subject<'_>,
    token: &AccessClaims,
    asking: &Client,
) -> Result<String, MintError> {
    let key = sign::key_for(subject.realm, asking, sign::ACCESS)?;
    let claims = access::told(&Evaluation::of(subject), token);
    Ok(key.sign(access_type(asking), &claims)?)
}

/// The type in the header of a client's access tokens (RFC 9068 §2.1, where the client wants it).
fn access_type(client: &Client) -> &'static str {
    match client.is_on("access.token.header.type.rfc9068") {
        true => "at+jwt",
        false => "JWT",
    }
}

/// What the session of a service account notes: whose it is, and where the request came from.
pub fn service_account_notes(client: &Client, address: &str) -> BTreeMap<String, String> {
    [
        ("client_id", client.client_id.as_str()),
        ("clientHost", address),
        ("clientAddress", address),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into()
}

/// Tokens about this person for this client that were issued before this instant (epoch seconds) are void.
pub fn not_before(realm: &Realm, client: &Client, user: &User) -> i64 {
    realm
        .settings
        .not_before
        .max(client.not_before)
        .max(user.not_before)
}

/// An object of those members that have a value.
fn object<const N: usize>(members: [(&str, Option<Value>); N]) -> Map<String, Value> {
    let mut object = Map::with_capacity(N + 12);
    for (name, value) in members {
        if let Some(value) = value {
            object.insert(name.to_owned(), value);
        }
    }
    object
}

/// Nothing, one text, or a list of texts: how `aud` is written (RFC 7519 §4.1.3).
fn scalar_or_list(texts: &[impl AsRef<str>]) -> Option<Value> {
    match texts {
        [] => None,
        [only] => Some(only.as_ref().into()),
        several => Some(several.iter().map(AsRef::as_ref).collect()),
    }
}
