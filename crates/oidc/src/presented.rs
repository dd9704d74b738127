//! The refresh token that a client brings back.

use crate::params::Params;
use crate::refusal::Refusal;
use crate::tokens::{RefreshClaims, TokenRefusal, check_refresh, read_refresh};
use authn::Cx;
use realm::Client;

/// Reads the form's `refresh_token`, which has to be one that this client was given, and come with the certificate that it is bound to, if it
/// is. Whether its session is alive is for the caller to find
/// out.
///
/// # Errors
/// A [`Refusal`] whose name begins with `Refresh`.
pub fn refresh_token(cx: &Cx, client: &Client, form: &Params) -> Result<RefreshClaims, Refusal> {
    let token = form.get("refresh_token").ok_or(Refusal::RefreshMissing)?;
    let read = read_refresh(&cx.realm, token, cx.now, cx.issuer());
    let claims = read.map_err(|refused| match refused {
        TokenRefusal::Invalid => Refusal::RefreshInvalid,
        TokenRefusal::Expired => Refusal::RefreshExpired,
        TokenRefusal::Issuer => Refusal::RefreshIssuer(cx.issuer().to_owned()),
    })?;
    if claims.azp != client.client_id.as_str() {
        return Err(Refusal::RefreshOfAnotherClient);
    }
    check_refresh(cx, client, claims.cnf.as_ref())?;
    Ok(claims)
}
