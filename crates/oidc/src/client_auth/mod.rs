//! How a client proves who it is (RFC 6749 §2.3). One file for each way.

mod assertion;
mod certificate;
mod secret;

pub use assertion::Fault as AssertionFault;

use crate::client_keys::ClientKeys;
use crate::error::Error;
use crate::params::Params;
use crate::refusal::Refusal;
use authn::Cx;
use http::{HeaderMap, header};
use realm::{Client, ClientId};
use std::sync::Arc;

/// Keycloak's names of the ways.
const SECRET: &str = "client-secret";
const CERTIFICATE: &str = "client-x509";
const KEY: &str = "client-jwt";
const SIGNED_BY_SECRET: &str = "client-secret-jwt";

/// The ways that are served, by the names of RFC 8414.
pub const METHODS: [&str; 5] = [
    "private_key_jwt",
    "client_secret_basic",
    "client_secret_post",
    "tls_client_auth",
    "client_secret_jwt",
];

/// Evidence: a client that proved who it is, or a public one that named itself. Only [`authenticate`] makes one.
#[derive(Clone, Debug)]
pub struct AuthenticatedClient {
    client: Arc<Client>,
    method: &'static str,
}

impl AuthenticatedClient {
    /// The client.
    pub fn client(&self) -> &Arc<Client> {
        &self.client
    }

    /// How it proved itself, for the login event: the name of Keycloak's authenticator.
    pub fn method(&self) -> &'static str {
        self.method
    }
}

/// What a client sent, as far as it may say who it is.
#[derive(Clone, Copy)]
pub struct Sent<'a> {
    /// The headers.
    pub headers: &'a HeaderMap,
    /// The query, in which `client_id` may stand when the certificate proves the rest.
    pub query: Option<&'a str>,
    /// The form.
    pub form: &'a Params,
}

/// What a request says of its client.
struct Claimed {
    id: ClientId,
    secret: Option<jose::Secret>,
    place: Place,
}

/// Where a client says who it is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Header,
    /// In what it signed.
    Assertion,
    Form,
    Query,
}

/// Finds out which client sent a form. Never to be called while a transaction is open: keys may have to be fetched.
///
/// # Errors
/// A [`Refusal`] whose name begins with `Client`, or our own trouble.
pub async fn authenticate(
    cx: &Cx,
    keys: &ClientKeys,
    sent: Sent<'_>,
) -> Result<AuthenticatedClient, Error> {
    let claimed = claimed(sent)?;
    let client = cx.realm.client(&claimed.id).filter(|client| client.enabled);
    let client = client.ok_or(Refusal::ClientUnknown)?.clone();
    let way = if client.public_client {
        SECRET
    } else {
        client.client_authenticator_type.as_str()
    };
    if claimed.place == Place::Query && way != CERTIFICATE {
        return Err(Refusal::ClientUnknown.into());
    }
    if client.bearer_only || !client.is_oidc() {
        return Err(Refusal::ClientCredentials.into());
    }
    // One way to prove itself for each request (RFC 6749 §2.3).
    let asserts = sent.form.get("client_assertion").is_some();
    if asserts && (claimed.place == Place::Header || !matches!(way, KEY | SIGNED_BY_SECRET)) {
        return Err(Refusal::ClientCredentials.into());
    }
    let method = match way {
        _ if client.public_client => SECRET,
        SECRET => {
            secret::check(cx, &client, claimed.secret.as_ref(), claimed.place)?;
            SECRET
        }
        CERTIFICATE if claimed.place == Place::Header => {
            return Err(Refusal::ClientCredentials.into());
        }
        CERTIFICATE => {
            certificate::check(cx, &client)?;
            CERTIFICATE
        }
        KEY => {
            assertion::check_by_key(cx, keys, &client, sent.form).await?;
            KEY
        }
        SIGNED_BY_SECRET => {
            assertion::check_by_secret(cx, &client, sent.form).await?;
            SIGNED_BY_SECRET
        }
        _ => return Err(Refusal::ClientMethodNotServed.into()),
    };
    Ok(AuthenticatedClient { client, method })
}

/// The client that a request says it is from, whether or not that is so.
pub fn claimed_id(sent: Sent<'_>) -> Option<ClientId> {
    claimed(sent).ok().map(|claimed| claimed.id)
}

/// The header counts before what is signed and what is written in the form, none of which may contradict another, and the form before the query.
fn claimed(sent: Sent<'_>) -> Result<Claimed, Refusal> {
    let in_form = sent.form.filled("client_id");
    if let Some(value) = sent.headers.get(header::AUTHORIZATION)
        && let Some(credentials) = secret::basic(value)
    {
        let (id, secret) = credentials.ok_or(Refusal::ClientUnknown)?;
        if in_form.is_some_and(|other| other != id) {
            return Err(Refusal::ClientCredentials);
        }
        return Ok(Claimed {
            id: ClientId::new(id),
            secret: Some(secret),
            place: Place::Header,
        });
    }
    if let Some(id) = assertion::subject(sent.form) {
        if in_form.is_some_and(|other| other != id) {
            return Err(Refusal::ClientCredentials);
        }
        return Ok(Claimed {
            id: ClientId::new(id),
            secret: None,
            place: Place::Assertion,
        });
    }
    if let Some(id) = in_form {
        return Ok(Claimed {
            id: ClientId::new(id),
            secret: sent.form.get("client_secret").map(jose::Secret::from),
            place: Place::Form,
        });
    }
    let query = Params::decode(sent.query.unwrap_or_default().as_bytes());
    let id = query.filled("client_id").ok_or(Refusal::ClientUnknown)?;
    Ok(Claimed {
        id: ClientId::new(id),
        secret: None,
        place: Place::Query,
    })
}
