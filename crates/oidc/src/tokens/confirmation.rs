//! Tokens that count only together with a client certificate (RFC 8705 §3).

use crate::refusal::Refusal;
use authn::Cx;
use authn::bearer::thumbprint;
use realm::Client;
use serde::{Deserialize, Serialize};

/// The client's attribute that asks for it.
const ATTRIBUTE: &str = "tls.client.certificate.bound.access.tokens";

/// The claim `cnf`: what a token counts together with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confirmation {
    /// SHA-256 of the certificate's DER, base64url.
    #[serde(rename = "x5t#S256")]
    pub certificate: String,
}

impl Confirmation {
    /// What new tokens for this client count together with: the certificate of this request, where the client wants it so.
    ///
    /// # Errors
    /// [`Refusal::BindingCertificateMissing`]
    pub fn of_request(cx: &Cx, client: &Client) -> Result<Option<Self>, Refusal> {
        if !is_wanted(client) {
            return Ok(None);
        }
        let certificate = thumbprint(cx).ok_or(Refusal::BindingCertificateMissing)?;
        Ok(Some(Self { certificate }))
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
    let fits = match confirmation {
        None => !is_wanted(client),
        Some(confirmation) => authn::bearer::is_confirmed(cx, confirmation),
    };
    if fits {
        Ok(())
    } else {
        Err(Refusal::RefreshBinding)
    }
}
