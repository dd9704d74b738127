use super::evaluation::Evaluation;
use super::{MintError, Subject, object, sign};
use crate::mappers::Document;
use serde_json::{Map, Value};

/// The setting that has userinfo answers signed.
const ALGORITHM: &str = "user.info.response.signature.alg";

/// The claims of a userinfo answer (OpenID Connect Core §5.3.2).
pub fn userinfo_claims(subject: &Subject<'_>) -> Map<String, Value> {
    payload(subject, None)
}

/// The userinfo answer as a signed token, for clients that want it so; none for others.
///
/// # Errors
/// See [`MintError`].
pub fn userinfo_token(subject: &Subject<'_>) -> Result<Option<String>, MintError> {
    let wanted = subject.client.attribute(ALGORITHM);
    if wanted.is_none_or(|name| matches!(name, "none" | "unsigned")) {
        return Ok(None);
    }
    let key = sign::key(subject, ALGORITHM)?;
    let signed = Some(subject.client.client_id.as_str());
    Ok(Some(key.sign("JWT", &payload(subject, signed))?))
}

/// The claims; a signed answer says besides for whom it is, and from whom.
fn payload(subject: &Subject<'_>, signed_for: Option<&str>) -> Map<String, Value> {
    let evaluation = Evaluation::of(subject);
    let claims = evaluation.claims(Document::Userinfo);
    let sub = claims.sub.as_deref();
    let mut payload = object([
        ("sub", Some(sub.unwrap_or(subject.user.id.as_str()).into())),
        ("aud", signed_for.map(Value::from)),
        ("iss", signed_for.map(|_| subject.issuer.into())),
    ]);
    for (name, value) in claims.other {
        payload.entry(name).or_insert(value);
    }
    payload
}
