//! `tls_client_auth` (RFC 8705 §2.1): the certificate of the connection proves the client.

use crate::refusal::Refusal;
use authn::Cx;
use realm::Client;

/// Whether the certificate of this request is the client's.
pub(super) fn check(cx: &Cx, client: &Client) -> Result<(), Refusal> {
    match authn::client_certificate(cx, client) {
        Ok(_) => Ok(()),
        Err(why) => Err(Refusal::ClientCertificate(why)),
    }
}
