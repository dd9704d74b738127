//! Tokens that count only together with a client certificate (RFC 8705 §3) or a key (RFC 9449 §6).

use crate::refusal::Refusal;
use authn::Cx;
use authn::bearer::thumbprint;
use realm::Client;
use serde::{Deserialize, Serialize};

/// The client's attribute that asks for it.
const ATTRIBUTE: &str = "tls.client.certificate.bound.access.tokens";

/// The claim `cnf`: what a token counts together with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Confirmation {
    /// SHA-256 of the certificate's DER, base64url.
    #[serde(rename = "x5t#S256", default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<String>,
    /// The thumbprint of the key (RFC 7638).
    #[serde(rename = "jkt", default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
}

impl Confirmation {
    /// What new tokens for this client count together with: the certificate of this request, where the client wants it so, and the key that the
    /// request is proven to come with.
    ///
    /// # Errors
    /// [`Refusal::BindingCertificateMissing`]
    pub fn of_request(cx: &Cx, client: &Client) -> Result<Option<Self>, Refusal> {
        let certificate = match is_wanted(client) {
            true => Some(thumbprint(cx).ok_or(Refusal::BindingCertificateMissing)?),
            false => None,
        };
        Ok(Self::of(certificate, cx.proven_key().map(str::to_owned)))
    }

    /// What renewed tokens count together with: what the refresh token was bound to, and the key of this request.
    pub fn renewed(old: Option<Self>, cx: &Cx) -> Option<Self> {
        let old = old.unwrap_or(Self {
            certificate: None,
            key: None,
        });
        let key = old.key.or_else(|| cx.proven_key().map(str::to_owned));
        Self::of(old.certificate, key)
    }

    fn of(certificate: Option<String>, key: Option<String>) -> Option<Self> {
        let is_something = certificate.is_some() || key.is_some();
        is_something.then_some(Self { certificate, key })
    }

    /// What a refresh token counts together with: a key only where nothing else proves the client (RFC 9449 §5).
    pub fn of_refresh(&self, client: &Client) -> Option<Self> {
        let key = self.key.clone().filter(|_| client.public_client);
        Self::of(self.certificate.clone(), key)
    }
}

fn is_wanted(client: &Client) -> bool {
    client.is_on(ATTRIBUTE)
}

/// Whether a refresh token may be used by who sent this request. One that is bound stays so whatever the client wants by now; a client that
/// wants bound tokens has no use for others.
///
/// # Errors
/// [`Refusal::RefreshBinding`]
pub fn check_refresh(
    cx: &Cx,
    client: &Client,
    confirmation: Option<&serde_json::Value>,
) -> Result<(), Refusal> {
    let bound_to_certificate = confirmation.is_some_and(|cnf| cnf.get("x5t#S256").is_some());
    if is_wanted(client) && !bound_to_certificate {
        return Err(Refusal::RefreshBinding);
    }
    match confirmation {
        Some(cnf) if !authn::bearer::is_confirmed(cx, cnf) => Err(match bound_to_certificate {
            true => Refusal::RefreshBinding,
            false => Refusal::RefreshProof,
        }),
        _ => Ok(()),
    }
}
