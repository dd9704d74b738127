use super::evaluation::Evaluation;
use super::{AccessClaims, Subject, TokenSession, object, scalar_or_list};
use crate::mappers::{Claims, Document};
use serde_json::{Map, Value};

/// An access token that is not signed yet.
pub(super) struct AccessToken {
    pub(super) id: String,
    pub(super) expires_at: i64,
    /// What mappers wrote, the subject of service accounts included.
    pub(super) claims: Claims,
}

impl AccessToken {
    pub(super) fn of(evaluation: &Evaluation<'_>) -> Self {
        let subject = evaluation.subject;
        let lightweight = is_lightweight(subject);
        let mut claims = evaluation.claims(match lightweight {
            true => Document::Lightweight,
            false => Document::Access,
        });
        if matches!(subject.session, TokenSession::Transient(_)) && claims.sub.is_none() {
            claims.sub = Some(subject.user.id.to_string());
        }
        if let Some(only) = subject.audiences() {
            claims.audience.retain(|audience| only.contains(audience));
        }
        let session = subject.session.kind().letters();
        let token = if lightweight { "lt" } else { "rt" };
        let id = [
            session,
            token,
            subject.grant.letters(),
            ":",
            &realm::random_key(),
        ]
        .concat();
        Self {
            id,
            expires_at: super::lifespan::access_expiry(subject),
            claims,
        }
    }

    /// The payload.
    pub(super) fn payload(&self, subject: &Subject<'_>, scope: &str) -> Map<String, Value> {
        let head = Head {
            exp: self.expires_at,
            iat: subject.now.seconds(),
            jti: &self.id,
            iss: subject.issuer,
            typ: subject.token_type(),
            azp: subject.client.client_id.as_str(),
            sid: subject.sid(),
            cnf: subject
                .confirmation
                .and_then(|confirmation| serde_json::to_value(confirmation).ok()),
            scope,
        };
        head.with(&self.claims)
    }
}

fn is_lightweight(subject: &Subject<'_>) -> bool {
    subject
        .client
        .is_on("client.use.lightweight.access.token.enabled")
}

/// What is told about a token: the protocol's claims as they stand in it, all others computed anew.
pub(super) fn told(evaluation: &Evaluation<'_>, token: &AccessClaims) -> Map<String, Value> {
    let mut claims = evaluation.claims(Document::Introspection);
    claims.sub = claims.sub.or_else(|| token.sub.clone());
    claims.nonce = claims.nonce.or_else(|| token.nonce.clone());
    let head = Head {
        exp: token.exp,
        iat: token.iat,
        jti: &token.jti,
        iss: &token.iss,
        typ: &token.typ,
        azp: &token.azp,
        sid: token.sid.as_ref().map(realm::SessionId::as_str),
        cnf: token.cnf.clone(),
        scope: &token.scope,
    };
    head.with(&claims)
}

/// The answer about a token (RFC 7662 §2.2).
pub(super) fn introspection(
    evaluation: &Evaluation<'_>,
    token: &AccessClaims,
) -> Map<String, Value> {
    let mut answer = told(evaluation, token);
    answer.insert("client_id".to_owned(), Value::from(token.azp.as_str()));
    answer
        .entry("username")
        .or_insert_with(|| Value::from(evaluation.subject.user.username.as_str()));
    answer.insert("token_type".to_owned(), Value::from(token.typ.as_str()));
    answer.insert("active".to_owned(), Value::Bool(true));
    answer
}

/// What the protocol itself says in an access token.
struct Head<'a> {
    exp: i64,
    iat: i64,
    jti: &'a str,
    iss: &'a str,
    typ: &'a str,
    azp: &'a str,
    sid: Option<&'a str>,
    cnf: Option<Value>,
    scope: &'a str,
}

/// What a token counts together with (RFC 7800).
const CNF: &str = "cnf";
/// Claims of mappers that stand between those of the protocol.
const BEFORE_SCOPE: [&str; 3] = ["allowed-origins", "realm_access", "resource_access"];

impl Head<'_> {
    /// All claims, in Keycloak's order: the protocol's first, then those of mappers in the order of the mappers.
    fn with(&self, claims: &Claims) -> Map<String, Value> {
        let mut payload = object([
            ("exp", Some(self.exp.into())),
            ("iat", Some(self.iat.into())),
            ("auth_time", claims.auth_time.map(Value::from)),
            ("jti", Some(self.jti.into())),
            ("iss", Some(self.iss.into())),
            ("aud", scalar_or_list(&claims.audience)),
            ("sub", claims.sub.as_deref().map(Value::from)),
            ("typ", Some(self.typ.into())),
            ("azp", Some(self.azp.into())),
            ("nonce", claims.nonce.as_deref().map(Value::from)),
            ("sid", self.sid.map(Value::from)),
            ("acr", claims.acr.as_deref().map(Value::from)),
        ]);
        for name in BEFORE_SCOPE {
            if let Some(value) = claims.other.get(name) {
                payload.insert(name.to_owned(), value.clone());
            }
        }
        if let Some(cnf) = &self.cnf {
            payload.insert(CNF.to_owned(), cnf.clone());
        }
        payload.insert("scope".to_owned(), self.scope.into());
        for (name, value) in &claims.other {
            // What a token is bound to is no mapper's to say.
            if !BEFORE_SCOPE.contains(&name.as_str()) && name != CNF {
                payload.insert(name.clone(), value.clone());
            }
        }
        payload
    }
}
