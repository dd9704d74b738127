//! Assertions (RFC 7523): signed by somebody, for us alone, good once. What clients and identity providers sign is read here; whose keys count, and
//! for how long, each rule says itself.

use authn::Cx;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jose::MAX_TOKEN_BYTES;
use realm::RealmId;
use serde::Deserialize;
use serde_json::Value;
use store::{Claim, Fault, Timestamp, Writer};

/// The header, as far as it chooses among keys.
#[derive(Deserialize)]
pub struct Header {
    pub alg: String,
    #[serde(default)]
    pub kid: Option<String>,
}

/// The claims.
#[derive(Deserialize)]
pub struct Claims {
    #[serde(default)]
    pub iss: Option<String>,
    #[serde(default)]
    pub sub: Option<String>,
    #[serde(default)]
    pub aud: Option<Value>,
    #[serde(default)]
    pub jti: Option<String>,
    #[serde(default)]
    pub exp: Option<i64>,
    #[serde(default)]
    pub nbf: Option<i64>,
    #[serde(default)]
    pub iat: Option<i64>,
}

/// What an assertion says before anybody knows who signed it: it names whose keys tell.
pub fn peek(token: &str) -> Option<(Header, Claims)> {
    if token.len() > MAX_TOKEN_BYTES {
        return None;
    }
    let mut parts = token.split('.');
    let (header, payload, _) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    let header = URL_SAFE_NO_PAD.decode(header).ok()?;
    let payload = URL_SAFE_NO_PAD.decode(payload).ok()?;
    let header = serde_json::from_slice(&header).ok()?;
    let payload = serde_json::from_slice(&payload).ok()?;
    Some((header, payload))
}

/// Why an assertion is not for us alone.
pub enum WrongAudience {
    /// For somebody else, or for nobody.
    Other,
    /// For others as well, each of whom could show it here.
    Several,
}

/// Checks that an assertion is for exactly one, and that this is an address of the realm followed by one of these paths.
///
/// # Errors
/// [`WrongAudience`]
pub fn check_audience(
    cx: &Cx,
    audience: Option<&Value>,
    paths: &[&str],
) -> Result<(), WrongAudience> {
    let audience = match audience {
        Some(Value::String(one)) => one.as_str(),
        Some(Value::Array(many)) => match many.as_slice() {
            [Value::String(one)] => one.as_str(),
            [] | [_] => return Err(WrongAudience::Other),
            _ => return Err(WrongAudience::Several),
        },
        _ => return Err(WrongAudience::Other),
    };
    let is_ours = [cx.issuer(), cx.backend()].iter().any(|own| {
        let below = audience.strip_prefix(own);
        below.is_some_and(|below| paths.contains(&below))
    });
    match is_ours {
        true => Ok(()),
        false => Err(WrongAudience::Other),
    }
}

/// The DER in a PEM text, or in its base64 alone.
pub fn der(text: &str) -> Option<Vec<u8>> {
    let base64: String = text
        .lines()
        .filter(|line| !line.starts_with("-----"))
        .flat_map(str::chars)
        .filter(|letter| !letter.is_whitespace())
        .collect();
    STANDARD.decode(base64).ok()
}

/// Claims an assertion's `jti` until a second (epoch): of many who show it one gets through, on whichever node. `whose` keeps the keys of
/// different people apart.
///
/// # Errors
/// The database's.
pub async fn use_up(
    writer: &mut Writer,
    realm: &RealmId,
    whose: &str,
    jti: &str,
    until: i64,
) -> Result<Claim, Fault> {
    let key = jose::sha256_base64url(jti.as_bytes());
    let until = Timestamp(until.saturating_mul(1000));
    let name = format!("{whose} {key}");
    writer.single_use().claim(realm, &name, until).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_token_says_nothing() {
        let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
        let good = format!(
            "{}.{}.x",
            part(r#"{"alg":"RS256"}"#),
            part(r#"{"iss":"i"}"#)
        );
        assert!(peek(&good).is_some());
        for text in ["", "x", "a.b.c", "..", "a.b.c.d", &good.replace('.', "")] {
            assert!(peek(text).is_none(), "{text}");
        }
        assert!(peek(&format!("{good}{}", "x".repeat(MAX_TOKEN_BYTES))).is_none());
        assert!(peek(&format!("{good}.y")).is_none());
    }
}
