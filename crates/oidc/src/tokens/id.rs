use super::evaluation::Evaluation;
use super::{Subject, object, scalar_or_list};
use crate::mappers::Document;
use serde_json::{Map, Value};

/// What binds an ID token to what comes along with it (OpenID Connect Core §3.1.3.6, §3.3.2.11; `s_hash` of the financial profiles).
#[derive(Clone, Debug, Default)]
pub(super) struct Hashes {
    pub(super) access_token: Option<String>,
    pub(super) code: Option<String>,
    pub(super) state: Option<String>,
}

impl Hashes {
    /// For an access token alone.
    pub(super) fn of_access(hash: String) -> Self {
        Self {
            access_token: Some(hash),
            ..Self::default()
        }
    }
}

/// The payload of an ID token (OpenID Connect Core §2).
pub(super) fn payload(
    evaluation: &Evaluation<'_>,
    expires_at: i64,
    hashes: &Hashes,
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
    let told = Told {
        auth_time: claims.auth_time.map(Value::from),
        audience: scalar_or_list(&audience),
        sub: claims.sub.as_deref(),
        acr: claims.acr.map(Value::from),
    };
    let mut payload = head(subject, expires_at, hashes, told);
    for (name, value) in claims.other {
        payload.entry(name).or_insert(value);
    }
    payload
}

/// The payload of an ID token that is a signature of the answer and says nothing of the person.
pub(super) fn signature(
    subject: &Subject<'_>,
    expires_at: i64,
    hashes: &Hashes,
) -> Map<String, Value> {
    let told = Told {
        auth_time: None,
        audience: Some(subject.client.client_id.as_str().into()),
        sub: None,
        acr: None,
    };
    head(subject, expires_at, hashes, told)
}

/// What mappers say of what the protocol itself has in ID tokens.
struct Told<'a> {
    auth_time: Option<Value>,
    audience: Option<Value>,
    sub: Option<&'a str>,
    acr: Option<Value>,
}

fn head(
    subject: &Subject<'_>,
    expires_at: i64,
    hashes: &Hashes,
    told: Told<'_>,
) -> Map<String, Value> {
    let hash = |hash: &Option<String>| hash.as_deref().map(Value::from);
    let client = subject.client.client_id.as_str();
    object([
        ("exp", Some(expires_at.into())),
        ("iat", Some(subject.now.seconds().into())),
        ("auth_time", told.auth_time),
        ("jti", Some(realm::random_key().into())),
        ("iss", Some(subject.issuer.into())),
        ("aud", told.audience),
        (
            "sub",
            Some(told.sub.unwrap_or(subject.user.id.as_str()).into()),
        ),
        ("typ", Some("ID".into())),
        ("azp", Some(client.into())),
        ("nonce", subject.nonce.map(Value::from)),
        ("sid", subject.sid().map(Value::from)),
        ("at_hash", hash(&hashes.access_token)),
        ("c_hash", hash(&hashes.code)),
        ("acr", told.acr),
        ("s_hash", hash(&hashes.state)),
    ])
}
