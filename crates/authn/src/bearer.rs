//! Who holds this access token of ours?

use crate::proof::{self, Shown};
use crate::{Cx, Fault, lifespan, sso};
use edge::ClientCert;
use jose::VerifyError;
use realm::{Client, ClientId, Realm, RoleSet, SessionId, User, UserId};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::sync::Arc;
use store::{ClientSession, Reader, Session, Timestamp};

/// The claims of an access token. Those that rules read have a field.
#[derive(Clone, Debug, Deserialize)]
pub struct Claims {
    /// When it ends, epoch seconds.
    pub exp: i64,
    /// When it begins to count.
    #[serde(default)]
    pub nbf: Option<i64>,
    /// When it was issued.
    #[serde(default)]
    pub iat: i64,
    /// Its key.
    #[serde(default)]
    pub jti: Option<String>,
    /// Who issued it.
    pub iss: String,
    /// What it is.
    #[serde(default)]
    pub typ: Option<String>,
    /// Whose it is; absent from some lightweight tokens.
    #[serde(default)]
    pub sub: Option<String>,
    /// To which client it was issued.
    pub azp: String,
    /// In which session.
    #[serde(default)]
    pub sid: Option<String>,
    /// The granted scope.
    #[serde(default)]
    pub scope: Option<String>,
    /// What it counts together with (RFC 7800), such as a client certificate.
    #[serde(default)]
    pub cnf: Option<Value>,
    /// Everything else.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// Who holds a token, all of it checked.
#[derive(Clone, Debug)]
pub struct BearerIdentity {
    /// What the token says.
    pub claims: Arc<Claims>,
    /// To which client it was issued.
    pub client: Arc<Client>,
    /// Whose it is.
    pub user: User,
    /// The session and the client's part in it; none for a transient one, as of a client's own account.
    pub session: Option<(Session, ClientSession)>,
    /// Which kind of session it is.
    pub kind: SessionKind,
}

/// What kind of session a token belongs to, as the first two letters of its id tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionKind {
    /// None that is kept.
    Transient,
    /// Somebody is signed in, and the client has its part in that.
    Online,
    /// What stays when they sign out.
    Offline,
    /// Somebody is signed in, and the client has no part of its own in that: an exchanged token.
    OnlineGuest,
    /// The same of what stays when they sign out.
    OfflineGuest,
}

impl SessionKind {
    /// The two letters.
    pub fn letters(self) -> &'static str {
        match self {
            Self::Transient => "tr",
            Self::Online => "on",
            Self::Offline => "of",
            Self::OnlineGuest => "nt",
            Self::OfflineGuest => "ft",
        }
    }

    /// The kind that a token's id tells; ids without letters are of sessions of those who are signed in.
    fn of(claims: &Claims) -> Self {
        let prefix = claims.jti.as_deref().and_then(|jti| jti.split_once(':'));
        let letters = prefix.and_then(|(prefix, _)| prefix.get(..2));
        match letters {
            _ if claims.sid.is_none() => Self::Transient,
            Some("of") => Self::Offline,
            Some("nt") => Self::OnlineGuest,
            Some("ft") => Self::OfflineGuest,
            _ => Self::Online,
        }
    }

    /// Whether the session is one that stays when somebody signs out.
    pub fn is_offline(self) -> bool {
        matches!(self, Self::Offline | Self::OfflineGuest)
    }

    /// Whether the client has no part of its own in the session.
    pub fn is_guest(self) -> bool {
        matches!(self, Self::OnlineGuest | Self::OfflineGuest)
    }
}

impl BearerIdentity {
    /// Whether the token counts only beside the proof of a key (RFC 9449 §6).
    pub fn is_bound_to_key(&self) -> bool {
        let cnf = self.claims.cnf.as_ref();
        cnf.is_some_and(|cnf| cnf.get("jkt").is_some())
    }
}

/// Why a token is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BearerRefusal {
    /// Not one of our tokens.
    #[error(transparent)]
    Token(#[from] VerifyError),
    /// Not an access token.
    #[error("not an access token")]
    Type,
    /// Its time is over.
    #[error("the token has expired")]
    Expired,
    /// Its time has not come.
    #[error("the token is not valid yet")]
    NotYetValid,
    /// Issued under another address or by another realm.
    #[error("the issuer is another")]
    Issuer,
    /// Revoked before its time (RFC 7009).
    #[error("the token was revoked")]
    Revoked,
    /// It counts only together with something that the request does not have, as a client certificate.
    #[error("the token is bound to a client certificate, and the request came without it")]
    Binding,
    /// The realm is disabled.
    #[error("the realm is disabled")]
    RealmDisabled,
    /// The proof of the key is missing or proves nothing (RFC 9449).
    #[error("the proof of the key is missing or wrong")]
    Proof,
    /// The client is gone.
    #[error("the client is not known")]
    ClientUnknown,
    /// The client is disabled.
    #[error("the client is disabled")]
    ClientDisabled,
    /// Issued before tokens of the realm, the client or the person were declared void.
    #[error("issued before the instant from which tokens count")]
    Stale,
    /// The session is gone, or the client's part in it.
    #[error("the session is not known")]
    SessionUnknown,
    /// The session is too old, or unused for too long.
    #[error("the session has expired")]
    SessionExpired,
    /// The person is gone.
    #[error("the person is not known")]
    UserUnknown,
    /// The person is disabled.
    #[error("the person is disabled")]
    UserDisabled,
}

/// The name under which a revoked token is claimed until it expires.
pub fn revoked_name(jti: &str) -> String {
    format!("revoked {jti}")
}

/// The certificate that came with this request, by the SHA-256 of its DER, base64url (RFC 8705 §3.1); none where none is believed.
pub fn thumbprint(cx: &Cx) -> Option<String> {
    match cx.arrival.client_cert() {
        ClientCert::Present(chain) => Some(jose::sha256_base64url(chain.leaf().der())),
        ClientCert::Absent(_) => None,
    }
}

/// Whether this request has what a token counts together with (its claim `cnf`). What we can't check is not there.
pub fn is_confirmed(cx: &Cx, cnf: &Value) -> bool {
    let Some(members) = cnf.as_object().filter(|members| !members.is_empty()) else {
        return false;
    };
    members.iter().all(|(name, bound_to)| {
        let held = match name.as_str() {
            "x5t#S256" => thumbprint(cx),
            "jkt" => cx.proven_key().map(str::to_owned),
            _ => None,
        };
        held.is_some() && held.as_deref() == bound_to.as_str()
    })
}

/// Who holds this token, and may use it in this request: signature, type, times, issuer, client, session and person are checked, and that
/// the certificate is there that the token is bound to, if it is.
///
/// # Errors
/// Outside, our own trouble; inside, see [`BearerRefusal`].
pub async fn identify(
    cx: &Cx,
    token: &str,
) -> Result<Result<BearerIdentity, BearerRefusal>, Fault> {
    let identity = inspect(cx, token).await?;
    Ok(identity.and_then(|identity| confirmed(cx, identity)))
}

/// The same of a token that is shown together with the proof of a key. A token that is bound to none is not to be shown as if it were (RFC 9449
/// §7.1). The token is judged first: proofs are remembered, and nobody without a token is to have anything remembered.
///
/// # Errors
/// Like [`identify`].
pub async fn identify_with_proof(
    cx: &Cx,
    token: &str,
    shown: Shown<'_>,
) -> Result<Result<BearerIdentity, BearerRefusal>, Fault> {
    let identity = match inspect(cx, token).await? {
        Ok(identity) if !identity.is_bound_to_key() => return Ok(Err(BearerRefusal::Proof)),
        Ok(identity) => identity,
        Err(refusal) => return Ok(Err(refusal)),
    };
    if proof::check(cx, shown).await?.is_err() {
        return Ok(Err(BearerRefusal::Proof));
    }
    Ok(confirmed(cx, identity))
}

/// That the request has what the token counts together with.
fn confirmed(cx: &Cx, identity: BearerIdentity) -> Result<BearerIdentity, BearerRefusal> {
    match &identity.claims.cnf {
        Some(cnf) if !is_confirmed(cx, cnf) => Err(match cnf.get("jkt") {
            Some(_) => BearerRefusal::Proof,
            None => BearerRefusal::Binding,
        }),
        _ => Ok(identity),
    }
}

/// The same of a token that somebody else shows, who can't have its certificate: introspection.
///
/// # Errors
/// Like [`identify`].
pub async fn inspect(cx: &Cx, token: &str) -> Result<Result<BearerIdentity, BearerRefusal>, Fault> {
    let (claims, client) = match read(cx, token) {
        Ok(read) => read,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let realm = &cx.realm.id;
    let mut reader = cx.server.store.read().await?;
    if let Some(jti) = &claims.jti
        && reader
            .single_use()
            .is_claimed(realm, &revoked_name(jti))
            .await?
    {
        return Ok(Err(BearerRefusal::Revoked));
    }
    let kind = SessionKind::of(&claims);
    let session = match &claims.sid {
        None => None,
        Some(sid) => {
            let sid = SessionId::new(sid.as_str());
            match held(cx, &mut reader, &claims, &client, &sid, kind).await? {
                Ok(held) => Some(held),
                Err(refusal) => return Ok(Err(refusal)),
            }
        }
    };
    let of_session = session.as_ref().map(|(session, _)| session.user.clone());
    let user = match (claims.sub.as_deref().map(UserId::new), of_session) {
        (Some(sub), Some(user)) if sub != user => return Ok(Err(BearerRefusal::UserUnknown)),
        (_, Some(user)) | (Some(user), None) => user,
        (None, None) => return Ok(Err(BearerRefusal::UserUnknown)),
    };
    let Some(user) = reader.users().by_id(realm, &user).await? else {
        return Ok(Err(BearerRefusal::UserUnknown));
    };
    if !user.enabled {
        return Ok(Err(BearerRefusal::UserDisabled));
    }
    if claims.iat < user.not_before {
        return Ok(Err(BearerRefusal::Stale));
    }
    Ok(Ok(BearerIdentity {
        claims,
        client,
        user,
        session,
        kind,
    }))
}

/// The session that a token belongs to, and the client's part in it. A guest's part is made up.
async fn held(
    cx: &Cx,
    reader: &mut Reader,
    claims: &Claims,
    client: &Client,
    sid: &SessionId,
    kind: SessionKind,
) -> Result<Result<(Session, ClientSession), BearerRefusal>, Fault> {
    let realm = &cx.realm.id;
    let (session, part) = if kind.is_offline() {
        let mut sessions = reader.offline_sessions();
        let session = sessions.find(realm, sid).await?;
        (session, sessions.client(realm, sid, &client.id).await?)
    } else {
        let mut sessions = reader.sessions();
        let session = sessions.find(realm, sid).await?;
        (session, sessions.client(realm, sid, &client.id).await?)
    };
    let part = part.or_else(|| kind.is_guest().then(|| guest(claims, client, sid)));
    let (Some(session), Some(part)) = (session, part) else {
        return Ok(Err(BearerRefusal::SessionUnknown));
    };
    let is_alive = match kind.is_offline() {
        true => lifespan::is_offline_alive(&cx.realm, &session, cx.now),
        false => sso::is_alive(&cx.realm, &session, cx.now),
    };
    if !is_alive {
        return Ok(Err(BearerRefusal::SessionExpired));
    }
    if claims.iat < session.started_at.seconds() {
        return Ok(Err(BearerRefusal::Stale));
    }
    Ok(Ok((session, part)))
}

/// The part of a client that has none: it began with the token.
fn guest(claims: &Claims, client: &Client, sid: &SessionId) -> ClientSession {
    let at = Timestamp(claims.iat.saturating_mul(1000));
    ClientSession {
        session: sid.clone(),
        client: client.id.clone(),
        started_at: at,
        last_used_at: at,
        scope: claims.scope.clone().unwrap_or_default(),
        redirect_uri: None,
        nonce: None,
        notes: BTreeMap::new(),
    }
}

/// What the token itself says, as far as it needs no database.
fn read(cx: &Cx, token: &str) -> Result<(Arc<Claims>, Arc<Client>), BearerRefusal> {
    if !cx.realm.settings.enabled {
        return Err(BearerRefusal::RealmDisabled);
    }
    let claims = cx.server.verified_tokens().claims(&cx.realm, token)?;
    let is_access = matches!(claims.typ.as_deref(), Some("Bearer" | "DPoP"));
    if !is_access {
        return Err(BearerRefusal::Type);
    }
    if claims.iss != cx.issuer() {
        return Err(BearerRefusal::Issuer);
    }
    let now = cx.now.seconds();
    if claims.exp <= now {
        return Err(BearerRefusal::Expired);
    }
    if claims.nbf.is_some_and(|nbf| nbf > now) {
        return Err(BearerRefusal::NotYetValid);
    }
    let client = cx.realm.client(&ClientId::new(claims.azp.as_str()));
    let client = client.ok_or(BearerRefusal::ClientUnknown)?.clone();
    if !client.enabled {
        return Err(BearerRefusal::ClientDisabled);
    }
    if claims.iat < cx.realm.settings.not_before.max(client.not_before) {
        return Err(BearerRefusal::Stale);
    }
    Ok((claims, client))
}

/// The roles that a person has now, whatever a token says, as far as the client that the token was issued to may carry them.
pub fn carried_roles(home: &Realm, identity: &BearerIdentity) -> RoleSet {
    let BearerIdentity { user, client, .. } = identity;
    let has = home.effective_roles(&user.roles, &user.groups);
    if client.full_scope_allowed {
        has
    } else {
        has.intersection(&home.effective_roles(&client.scope_mappings, []))
    }
}
