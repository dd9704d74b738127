//! `client_secret_basic` and `client_secret_post` (RFC 6749 §2.3.1).

use crate::refusal::Refusal;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderValue;
use jose::Secret;
use realm::Client;

/// What an `Authorization` header of the scheme `Basic` says: nothing for another scheme, `Some(None)` when it is not readable.
///
/// Both parts are form-encoded inside.
pub(super) fn basic(value: &HeaderValue) -> Option<Option<(String, Secret)>> {
    let (scheme, encoded) = value.to_str().ok()?.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("basic")
        .then(|| read(encoded.trim()))
}

fn read(encoded: &str) -> Option<(String, Secret)> {
    let text = String::from_utf8(STANDARD.decode(encoded).ok()?).ok()?;
    let (id, secret) = text.split_once(':')?;
    Some((decode(id)?, Secret::from(decode(secret)?.as_str())))
}

/// One form-encoded value. Clients that don't encode are common: a percent sign without two digits behind it stands for itself.
fn decode(text: &str) -> Option<String> {
    let spaced = text.replace('+', " ");
    let decoded = percent_encoding::percent_decode_str(&spaced).decode_utf8();
    decoded.ok().map(std::borrow::Cow::into_owned)
}

/// Compares a secret with the client's, in constant time.
pub(super) fn check(client: &Client, given: Option<&Secret>) -> Result<(), Refusal> {
    let known = client.secret.as_deref().filter(|secret| !secret.is_empty());
    let known = known
        .map(Secret::from)
        .ok_or(Refusal::ClientMethodNotServed)?;
    match given {
        Some(given) if *given == known => Ok(()),
        _ => Err(Refusal::ClientCredentials),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn basic_credentials_are_form_encoded() {
        let read = |text: &str| {
            let value = format!("bAsIc {}", STANDARD.encode(text));
            basic(&HeaderValue::from_str(&value).unwrap()).unwrap()
        };
        let (id, secret) = read("my%3Aapp:s%25e+c").unwrap();
        assert_eq!((id.as_str(), secret), ("my:app", Secret::from("s%e c")));
        assert!(read("100%:x").is_some());
        assert!(read("nocolon").is_none());
        let value = HeaderValue::from_static("Basic !!!");
        assert!(basic(&value).unwrap().is_none());
        assert!(basic(&HeaderValue::from_static("Bearer x")).is_none());
    }
}
