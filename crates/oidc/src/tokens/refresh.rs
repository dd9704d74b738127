use super::access::AccessToken;
use super::evaluation::Evaluation;
use super::{TokenSession, lifespan, scalar_or_list};
use authn::bearer::SessionKind;
use realm::{Client, SessionId};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Whether a refresh token comes along.
#[derive(Clone, Copy, Debug)]
pub enum Refresh<'a> {
    /// No.
    None,
    /// The first one of a grant; none if the client's attribute `use.refresh.tokens` is off.
    Issue,
    /// The one after this one: the family and the scope stay, however narrow the access token's scope is.
    Renew(&'a RefreshClaims),
}

/// What stands in a refresh token, in Keycloak's order. Only the realm itself reads it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RefreshClaims {
    /// When it expires, epoch seconds; none for one that does not by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exp: Option<i64>,
    /// When it was issued, epoch seconds.
    pub iat: i64,
    /// Its key.
    pub jti: String,
    /// The issuer.
    pub iss: String,
    /// The issuer again, who is the only reader.
    pub aud: Value,
    /// Whom it is about, as the access token says; none beside a lightweight one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sub: Option<String>,
    /// `Refresh`, or `Offline` where the session stays when they sign out.
    pub typ: String,
    /// `client_id` of the client that it is for.
    pub azp: String,
    /// The nonce, if the access token has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nonce: Option<String>,
    /// The session.
    pub sid: SessionId,
    /// What it counts together with, as a client certificate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cnf: Option<Value>,
    /// Every scope granted.
    #[serde(default)]
    pub scope: String,
    /// For whom the access token is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aud_x: Option<Value>,
    /// Which implementation of tokens made it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prov: Option<String>,
    /// The family that rotation tracks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reuse_id: Option<String>,
}

/// Whether a client gets refresh tokens: its attribute `use.refresh.tokens`.
pub fn are_wanted(client: &Client) -> bool {
    let wanted = client.attribute("use.refresh.tokens");
    wanted.is_none_or(|value| value.eq_ignore_ascii_case("true"))
}

impl RefreshClaims {
    /// Whether its session stays when they sign out.
    pub fn is_offline(&self) -> bool {
        self.typ == "Offline"
    }
}

/// Whether a refresh belongs to an OpenID Connect request: whoever narrows the scope still gets an ID token.
pub(super) fn is_openid(refresh: Refresh<'_>) -> bool {
    match refresh {
        Refresh::Renew(old) => old.scope.split(' ').any(|word| word == "openid"),
        Refresh::None | Refresh::Issue => false,
    }
}

/// The refresh token that comes along with an access token.
pub(super) fn claims(
    evaluation: &Evaluation<'_>,
    access: &AccessToken,
    refresh: Refresh<'_>,
) -> Option<RefreshClaims> {
    let subject = evaluation.subject;
    let old = match refresh {
        Refresh::None => return None,
        Refresh::Issue => None,
        Refresh::Renew(old) => Some(old),
    };
    let (TokenSession::Online(session, _) | TokenSession::Offline(session, _)) = subject.session
    else {
        return None;
    };
    if !are_wanted(subject.client) {
        return None;
    }
    let typ = match subject.session.kind() {
        SessionKind::Offline => "Offline",
        _ => "Refresh",
    };
    let rotates = subject.realm.settings.revoke_refresh_token;
    let family = old.and_then(|old| old.reuse_id.clone());
    Some(RefreshClaims {
        exp: lifespan::refresh_expiry(subject),
        iat: subject.now.seconds(),
        jti: realm::random_key(),
        iss: subject.issuer.to_owned(),
        aud: Value::from(subject.issuer),
        sub: access.claims.sub.clone(),
        typ: typ.to_owned(),
        azp: subject.client.client_id.to_string(),
        nonce: access.claims.nonce.clone(),
        sid: session.id.clone(),
        cnf: subject
            .confirmation
            .and_then(|confirmation| confirmation.of_refresh(subject.client))
            .and_then(|confirmation| serde_json::to_value(confirmation).ok()),
        scope: old.map_or_else(|| evaluation.scopes.all(), |old| old.scope.clone()),
        aud_x: scalar_or_list(&access.claims.audience),
        prov: Some("default".to_owned()),
        reuse_id: rotates.then(|| family.unwrap_or_else(realm::random_key)),
    })
}
