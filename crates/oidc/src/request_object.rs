//! Request objects (RFC 9101 §4, OpenID Connect Core §6.1): the parameters of an authorization request as a token of the client's.

use crate::endpoints::Oidc;
use authn::Cx;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jose::{Algorithm, Family, SigningKey};
use realm::Client;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Clocks may be so many seconds apart.
const SKEW: i64 = 15;
/// What no header may have: what is critical is not understood, and keys come from the client's settings alone.
const NOT_SERVED: [&str; 5] = ["crit", "jwk", "jku", "x5c", "x5u"];

/// Why an object is refused, for who reads the trace.
type Why = &'static str;

#[derive(Deserialize)]
struct Header {
    alg: String,
    #[serde(default)]
    kid: Option<String>,
    #[serde(flatten)]
    other: Map<String, Value>,
}

/// Reads an object of this client: its members as parameters, of which texts stand for themselves and anything else for its JSON.
///
/// # Errors
/// Why it is refused.
pub async fn read(
    oidc: &Oidc,
    cx: &Cx,
    client: &Client,
    text: &str,
) -> Result<BTreeMap<String, String>, Why> {
    let opened = opened(cx, client, text)?;
    let text = opened.as_deref().unwrap_or(text);
    let header = header(text)?;
    if header
        .other
        .keys()
        .any(|name| NOT_SERVED.contains(&name.as_str()))
    {
        return Err("the request object's header asks for what is not served");
    }
    let wanted = client.attribute("request.object.signature.alg");
    if wanted.is_some_and(|wanted| wanted != header.alg) {
        return Err(
            "the request object is not signed with the client's algorithm (request.object.signature.alg)",
        );
    }
    let claims = match header.alg.as_str() {
        "none" => unsigned(text)?,
        name => signed(oidc, cx, client, text, name, header.kid.as_deref()).await?,
    };
    check(cx, client, &claims)?;
    Ok(claims.into_iter().map(flat).collect())
}

/// What is inside an encrypted object (RFC 9101 §6.1); nothing of one that is not.
fn opened(cx: &Cx, client: &Client, text: &str) -> Result<Option<String>, Why> {
    let wanted = |name| {
        let wanted = client.attribute(name);
        wanted.filter(|wanted| *wanted != "any")
    };
    let way = wanted("request.object.encryption.alg");
    let enc = wanted("request.object.encryption.enc");
    if !jose::is_encrypted(text) {
        return match way.or(enc) {
            None => Ok(None),
            Some(_) => Err(
                "the client's request objects have to be encrypted (request.object.encryption.alg)",
            ),
        };
    }
    let opened = cx.realm.keys.decrypting().decrypt(text);
    let opened = opened.map_err(|_| "the request object does not open with a key of the realm")?;
    let header = &opened.header;
    if way.is_some_and(|way| way != header.alg) || enc.is_some_and(|enc| enc != header.enc) {
        return Err(
            "the request object is not encrypted in the client's way (request.object.encryption.alg)",
        );
    }
    let inner = String::from_utf8(opened.plain);
    inner
        .map(Some)
        .map_err(|_| "there is no request object in what was encrypted")
}

fn header(text: &str) -> Result<Header, Why> {
    const NONE: Why = "it is no request object";
    if text.len() > jose::MAX_TOKEN_BYTES {
        return Err("the request object is too long");
    }
    let encoded = text.split('.').next().unwrap_or_default();
    let bytes = URL_SAFE_NO_PAD.decode(encoded).map_err(|_| NONE)?;
    serde_json::from_slice(&bytes).map_err(|_| NONE)
}

/// An object that nobody signed: as good as the parameters beside it, where the client wants no signature.
fn unsigned(text: &str) -> Result<Map<String, Value>, Why> {
    let mut parts = text.split('.').skip(1);
    let (payload, signature) = (parts.next(), parts.next());
    if signature.is_some_and(|signature| !signature.is_empty()) || parts.next().is_some() {
        return Err("the request object is unsigned and has a signature");
    }
    let bytes = URL_SAFE_NO_PAD.decode(payload.unwrap_or_default()).ok();
    let claims = bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok());
    claims.ok_or("the request object is not readable")
}

async fn signed(
    oidc: &Oidc,
    cx: &Cx,
    client: &Client,
    text: &str,
    name: &str,
    kid: Option<&str>,
) -> Result<Map<String, Value>, Why> {
    let algorithm = Algorithm::from_name(name)
        .ok_or("the request object is signed with an algorithm that is not served")?;
    let verified = if algorithm.family() == Family::Oct {
        let secret = client.secret.as_deref().filter(|_| !client.public_client);
        let secret =
            secret.ok_or("the client has no secret that could have signed the request object")?;
        SigningKey::from_secret("", algorithm, &jose::Secret::from(secret))
            .map_err(|_| "the client's secret is too short for the request object's algorithm")?
            .verifying_key()
            .verify(text)
    } else {
        let keys = oidc.client_keys.of(cx, client, kid).await;
        keys.map_err(|_| "the client's keys are not there")?
            .verify(text, &[algorithm])
    };
    let verified = verified.map_err(|_| "the request object's signature is not the client's")?;
    Ok(verified.claims)
}

/// Whether it is this client's, for us, and for now.
fn check(cx: &Cx, client: &Client, claims: &Map<String, Value>) -> Result<(), Why> {
    let id = client.client_id.as_str();
    for name in ["client_id", "iss"] {
        if claims.get(name).is_some_and(|value| value != id) {
            return Err("the request object is another client's");
        }
    }
    if claims.contains_key("request") || claims.contains_key("request_uri") {
        return Err("the request object has a request in it");
    }
    if claims
        .get("aud")
        .is_some_and(|audience| !is_ours(cx, audience))
    {
        return Err("the request object is for somebody else");
    }
    let now = cx.now.seconds();
    let at = |name| claims.get(name).map(|value| value.as_i64().ok_or(()));
    match (at("exp"), at("nbf")) {
        (Some(Err(())), _) | (_, Some(Err(()))) => {
            Err("the request object's times are not readable")
        }
        (Some(Ok(expires)), _) if now >= expires.saturating_add(SKEW) => {
            Err("the request object has expired")
        }
        (_, Some(Ok(begins))) if now.saturating_add(SKEW) < begins => {
            Err("the request object is not good yet")
        }
        _ => Ok(()),
    }
}

/// Whether an audience is us, by any name that clients use.
fn is_ours(cx: &Cx, audience: &Value) -> bool {
    let issuer = cx.issuer();
    let is_ours = |name: &str| {
        name.strip_prefix(issuer).is_some_and(|rest| {
            matches!(
                rest,
                "" | "/"
                    | "/protocol/openid-connect/auth"
                    | "/protocol/openid-connect/token"
                    | "/protocol/openid-connect/ext/par/request"
            )
        })
    };
    match audience {
        Value::String(name) => is_ours(name),
        Value::Array(names) => names.iter().filter_map(Value::as_str).any(is_ours),
        _ => false,
    }
}

fn flat((name, value): (String, Value)) -> (String, String) {
    match value {
        Value::String(text) => (name, text),
        other => (name, other.to_string()),
    }
}
