//! `client_secret_basic` and `client_secret_post` (RFC 6749 §2.3.1).

use super::Place;
use crate::refusal::Refusal;
use authn::Cx;
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

/// Compares a secret with the client's, in constant time. One that was replaced counts beside it until its own end, and the client may have
/// registered which of the two ways it uses.
pub(super) fn check(
    cx: &Cx,
    client: &Client,
    given: Option<&Secret>,
    place: Place,
) -> Result<(), Refusal> {
    let way = match place {
        Place::Header => "client_secret_basic",
        Place::Form => "client_secret_post",
        Place::Assertion | Place::Query => return Err(Refusal::ClientCredentials),
    };
    let registered = client.attribute(REGISTERED);
    if registered.is_some_and(|registered| registered != way) {
        return Err(Refusal::ClientCredentials);
    }
    let known = client.secret.as_deref().filter(|secret| !secret.is_empty());
    let known = known
        .map(Secret::from)
        .ok_or(Refusal::ClientMethodNotServed)?;
    let now = cx.now.seconds();
    let ends = |name| client.number(name);
    let counts = ends(EXPIRES).is_none_or(|end| end <= 0 || now < end);
    let rotated = client
        .attribute(ROTATED)
        .filter(|_| ends(ROTATED_EXPIRES).is_some_and(|end| now < end))
        .map(Secret::from);
    let Some(given) = given else {
        return Err(Refusal::ClientCredentials);
    };
    // Both are compared, whichever fits.
    let is_known = *given == known && counts;
    let is_rotated = rotated.is_some_and(|rotated| *given == rotated);
    match is_known || is_rotated {
        true => Ok(()),
        false => Err(Refusal::ClientCredentials),
    }
}

/// How a client that registered itself said it would show its secret.
const REGISTERED: &str = "client.secret.authentication.allowed.method";
/// Until when the secret counts, epoch seconds; 0 or absent is for ever.
const EXPIRES: &str = "client.secret.expiration.time";
/// The secret before, and until when it counts.
const ROTATED: &str = "client.secret.rotated";
const ROTATED_EXPIRES: &str = "client.secret.rotated.expiration.time";

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
