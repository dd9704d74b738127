use super::evaluation::Evaluation;
use super::{object, scalar_or_list};
use crate::mappers::Document;
use serde_json::{Map, Value};

/// The payload of an ID token (OpenID Connect Core §2). `at_hash` binds it to the access token that comes along.
pub(super) fn payload(
    evaluation: &Evaluation<'_>,
    expires_at: i64,
    at_hash: Option<&str>,
) -> Map<String, Value> {
    let subject = evaluation.subject;
    let client = subject.client.client_id.as_str();
    let claims = evaluation.claims(Document::Id);
    let others = claims
        .audience
        .iter()
        .filter(|audience| *audience != client);
    let audience: Vec<&str> = std::iter::once(client)
        .chain(others.map(String::as_str))
        .collect();
    let sub = claims.sub.as_deref();
    let mut payload = object([
        ("exp", Some(expires_at.into())),
        ("iat", Some(subject.now.seconds().into())),
        ("auth_time", claims.auth_time.map(Value::from)),
        ("jti", Some(realm::random_key().into())),
        ("iss", Some(subject.issuer.into())),
        ("aud", scalar_or_list(&audience)),
        ("sub", Some(sub.unwrap_or(subject.user.id.as_str()).into())),
        ("typ", Some("ID".into())),
        ("azp", Some(client.into())),
        ("nonce", subject.nonce.map(Value::from)),
        ("sid", subject.sid().map(Value::from)),
        ("at_hash", at_hash.map(Value::from)),
        ("acr", claims.acr.map(Value::from)),
    ]);
    for (name, value) in claims.other {
        payload.entry(name).or_insert(value);
    }
    payload
}
