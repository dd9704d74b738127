//! Tokens that come back.

use super::RefreshClaims;
use authn::bearer::Claims as Checked;
use jose::Algorithm;
use realm::{Realm, SessionId};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use store::Timestamp;

/// An access token that is ours, unexpired. Whether its session is alive is for the caller to find out.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct AccessClaims {
    /// When it expires, epoch seconds.
    pub exp: i64,
    /// When it was issued, epoch seconds.
    pub iat: i64,
    /// Its key.
    pub jti: String,
    /// The issuer.
    pub iss: String,
    /// Whom it is about. A lightweight token does not say, and a mapper may say it in its own way.
    #[serde(default)]
    pub sub: Option<String>,
    /// `Bearer`.
    pub typ: String,
    /// `client_id` of the client that asked for it.
    pub azp: String,
    /// The nonce, if a mapper wants it there.
    #[serde(default)]
    pub nonce: Option<String>,
    /// The session; none of service accounts.
    #[serde(default)]
    pub sid: Option<SessionId>,
    /// What it counts together with.
    #[serde(default)]
    pub cnf: Option<Value>,
    /// The scopes granted, as shown.
    #[serde(default)]
    pub scope: String,
}

impl AccessClaims {
    /// The same of a token that was checked already; nothing of one without a key or a type.
    pub fn of(checked: &Checked) -> Option<Self> {
        let nonce = checked.other.get("nonce").and_then(Value::as_str);
        Some(Self {
            exp: checked.exp,
            iat: checked.iat,
            jti: checked.jti.clone()?,
            iss: checked.iss.clone(),
            sub: checked.sub.clone(),
            typ: checked.typ.clone()?,
            azp: checked.azp.clone(),
            nonce: nonce.map(str::to_owned),
            sid: checked.sid.as_deref().map(SessionId::new),
            cnf: checked.cnf.clone(),
            scope: checked.scope.clone().unwrap_or_default(),
        })
    }
}

/// Why a token is none of ours, or none any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenRefusal {
    /// Not a token, not signed by this realm, or of another type.
    #[error("not a token of this type and realm")]
    Invalid,
    /// Expired.
    #[error("the token has expired")]
    Expired,
    /// Issued under another name of this realm.
    #[error("the token has another issuer")]
    Issuer,
}

/// Reads a refresh token that this realm issued.
///
/// # Errors
/// [`TokenRefusal`], the first that applies.
pub fn read_refresh(
    realm: &Realm,
    token: &str,
    now: Timestamp,
    issuer: &str,
) -> Result<RefreshClaims, TokenRefusal> {
    let (algorithm, claims) = verified::<RefreshClaims>(realm, token)?;
    // Nobody else holds the key, so nobody else can have made one, whatever they were able to have signed.
    if algorithm != Algorithm::HS512.name() || !matches!(claims.typ.as_str(), "Refresh" | "Offline")
    {
        return Err(TokenRefusal::Invalid);
    }
    current(claims.exp.unwrap_or(i64::MAX), &claims.iss, now, issuer)?;
    Ok(claims)
}

/// Reads an access token that this realm issued.
///
/// # Errors
/// [`TokenRefusal`], the first that applies.
pub fn read_access(
    realm: &Realm,
    token: &str,
    now: Timestamp,
    issuer: &str,
) -> Result<AccessClaims, TokenRefusal> {
    let (_, claims) = verified::<AccessClaims>(realm, token)?;
    if !claims.typ.eq_ignore_ascii_case("Bearer") {
        return Err(TokenRefusal::Invalid);
    }
    current(claims.exp, &claims.iss, now, issuer)?;
    Ok(claims)
}

fn verified<C: DeserializeOwned>(realm: &Realm, token: &str) -> Result<(String, C), TokenRefusal> {
    let verified = realm.keys.verifying().verify(token);
    let verified = verified.map_err(|_| TokenRefusal::Invalid)?;
    Ok((verified.header.alg, verified.claims))
}

fn current(exp: i64, iss: &str, now: Timestamp, issuer: &str) -> Result<(), TokenRefusal> {
    if now.seconds() >= exp {
        return Err(TokenRefusal::Expired);
    }
    if iss != issuer {
        return Err(TokenRefusal::Issuer);
    }
    Ok(())
}
