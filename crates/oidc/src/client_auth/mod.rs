//! How a client proves who it is (RFC 6749 §2.3). One file for each way.

mod secret;

use crate::params::Params;
use crate::refusal::Refusal;
use authn::Cx;
use http::{HeaderMap, header};
use realm::{Client, ClientId};
use std::sync::Arc;

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

/// What a request says of its client.
struct Claimed {
    id: ClientId,
    secret: Option<jose::Secret>,
}

/// Finds out which client sent a form.
///
/// # Errors
/// [`Refusal::ClientUnknown`], [`Refusal::ClientCredentials`], [`Refusal::ClientMethodNotServed`].
pub fn authenticate(
    cx: &Cx,
    headers: &HeaderMap,
    form: &Params,
) -> Result<AuthenticatedClient, Refusal> {
    let claimed = claimed(headers, form)?;
    let client = cx.realm.client(&claimed.id).filter(|client| client.enabled);
    let client = client.ok_or(Refusal::ClientUnknown)?.clone();
    if client.bearer_only || !client.is_oidc() {
        return Err(Refusal::ClientCredentials);
    }
    if !client.public_client {
        match client.client_authenticator_type.as_str() {
            "client-secret" => secret::check(&client, claimed.secret.as_ref())?,
            _ => return Err(Refusal::ClientMethodNotServed),
        }
    }
    Ok(AuthenticatedClient {
        client,
        method: "client-secret",
    })
}

/// The client that a request says it is from, whether or not that is so.
pub fn claimed_id(headers: &HeaderMap, form: &Params) -> Option<ClientId> {
    claimed(headers, form).ok().map(|claimed| claimed.id)
}

/// The header counts before the form, and must not contradict it.
fn claimed(headers: &HeaderMap, form: &Params) -> Result<Claimed, Refusal> {
    let in_form = form.filled("client_id");
    if let Some(value) = headers.get(header::AUTHORIZATION)
        && let Some(credentials) = secret::basic(value)
    {
        let (id, secret) = credentials.ok_or(Refusal::ClientUnknown)?;
        if in_form.is_some_and(|other| other != id) {
            return Err(Refusal::ClientCredentials);
        }
        return Ok(Claimed {
            id: ClientId::new(id),
            secret: Some(secret),
        });
    }
    Ok(Claimed {
        id: ClientId::new(in_form.ok_or(Refusal::ClientUnknown)?),
        secret: form.get("client_secret").map(jose::Secret::from),
    })
}
