//! How a client proves who it is (RFC 6749 §2.3). One file for each way.

mod certificate;
mod secret;

use crate::params::Params;
use crate::refusal::Refusal;
use authn::Cx;
use http::{HeaderMap, header};
use realm::{Client, ClientId};
use std::sync::Arc;

/// Keycloak's names of the ways.
const SECRET: &str = "client-secret";
const CERTIFICATE: &str = "client-x509";

/// The ways that are served, by the names of RFC 8414.
pub const METHODS: [&str; 3] = [
    "client_secret_basic",
    "client_secret_post",
    "tls_client_auth",
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
    Form,
    Query,
}

/// Finds out which client sent a form.
///
/// # Errors
/// A [`Refusal`] whose name begins with `Client`.
pub fn authenticate(cx: &Cx, sent: Sent<'_>) -> Result<AuthenticatedClient, Refusal> {
    let claimed = claimed(sent)?;
    let client = cx.realm.client(&claimed.id).filter(|client| client.enabled);
    let client = client.ok_or(Refusal::ClientUnknown)?.clone();
    let by_certificate = !client.public_client && client.client_authenticator_type == CERTIFICATE;
    if claimed.place == Place::Query && !by_certificate {
        return Err(Refusal::ClientUnknown);
    }
    if client.bearer_only || !client.is_oidc() {
        return Err(Refusal::ClientCredentials);
    }
    if !client.public_client {
        match client.client_authenticator_type.as_str() {
            SECRET => secret::check(&client, claimed.secret.as_ref())?,
            // One way to prove itself for each request (RFC 6749 §2.3).
            CERTIFICATE if claimed.place == Place::Header => {
                return Err(Refusal::ClientCredentials);
            }
            CERTIFICATE => certificate::check(cx, &client)?,
            _ => return Err(Refusal::ClientMethodNotServed),
        }
    }
    let method = if by_certificate { CERTIFICATE } else { SECRET };
    Ok(AuthenticatedClient { client, method })
}

/// The client that a request says it is from, whether or not that is so.
pub fn claimed_id(sent: Sent<'_>) -> Option<ClientId> {
    claimed(sent).ok().map(|claimed| claimed.id)
}

/// The header counts before the form and must not contradict it, the form before the query.
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
