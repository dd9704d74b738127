//! `refresh_token` (RFC 6749 §6), with rotation where the realm wants it (RFC 9700 §4.14.2).

use super::{Authorization, Begun, Binding, Exchange, Grant, Held, Renewal};
use crate::error::Error;
use crate::presented;
use crate::refusal::Refusal;
use crate::scopes::GrantedScopes;
use crate::tokens::{Confirmation, GrantKind, RefreshClaims, not_before};
use authn::lifespan::Kind;
use authn::{Cx, RevokedSince, lifespan, sso};
use realm::User;
use store::{Claim, ClientSession, Reader, Session, Timestamp};

pub(super) const GRANT: Grant = Grant {
    name: "refresh_token",
    event: "REFRESH_TOKEN",
    binding: Binding::OfToken,
    repeats: &[],
    authorize: |exchange| Box::pin(authorize(exchange)),
};

async fn authorize(exchange: &Exchange<'_>) -> Result<Authorization, Error> {
    let (cx, client) = (exchange.cx, exchange.client.client());
    let old = presented::refresh_token(cx, client, exchange.form)?;
    let confirmation = old.cnf.clone().map(serde_json::from_value).transpose();
    let confirmation: Option<Confirmation> = confirmation.map_err(|_| Refusal::RefreshBinding)?;
    let confirmation = Confirmation::renewed(confirmation, cx);
    let granted = GrantedScopes::recall(&cx.realm, client, &old.scope);
    let scopes = granted
        .narrow(&cx.realm, client, exchange.form.get("scope"))
        .map_err(|error| Refusal::ScopeNotAllowed(error.to_string()))?;

    let mut reader = cx.server.store.read().await?;
    let (mut session, mut part) = held(exchange, &old, &mut reader).await?;
    let user = reader.users().by_id(&cx.realm.id, &session.user).await?;
    drop(reader);
    let user = user.ok_or(Refusal::RefreshInvalid)?;
    if !user.enabled {
        return Err(Refusal::UserDisabled.into());
    }
    if old.iat < not_before(&cx.realm, client, &user) {
        return Err(Refusal::RefreshStale.into());
    }
    if old.iat < part.started_at.seconds() {
        return Err(Refusal::RefreshInvalid.into());
    }
    if old.is_offline() && !may_be_offline(cx, &user, &granted) {
        return Err(Refusal::OfflineNotGrantedAnyMore.into());
    }
    if let Some(revoked) = authn::revoked_since(cx, &session) {
        return end(cx, &old, &session, &revoked).await;
    }
    exchange.consented(&user.id, &scopes).await?;
    use_up(exchange, &old, &session, part.last_used_at).await?;
    (session.last_used_at, part.last_used_at) = (cx.now, cx.now);
    let event = cx
        .event(GRANT.event)
        .user(&user.id)
        .session(&session.id)
        .detail("refresh_token_id", &old.jti)
        .detail("refresh_token_type", &old.typ);
    Ok(Authorization {
        auth_time: auth_time(&session, &part),
        acr: part
            .notes
            .get("acr")
            .cloned()
            .unwrap_or_else(|| "1".to_owned()),
        nonce: old.nonce.clone(),
        held: match old.is_offline() {
            true => Held::Offline(Box::new(session), Box::new(part)),
            false => Held::Online(Box::new(session), Box::new(part)),
        },
        user,
        scopes,
        confirmation,
        kind: GrantKind::RefreshToken,
        refresh: Renewal::After(Box::new(old)),
        begun: Begun::Before,
        exchanged: None,
        event,
    })
}

/// The session of a refresh token, and the client's part in it, both alive.
async fn held(
    exchange: &Exchange<'_>,
    old: &RefreshClaims,
    reader: &mut Reader,
) -> Result<(Session, ClientSession), Error> {
    let (cx, client) = (exchange.cx, exchange.client.client());
    let (realm, sid) = (&cx.realm, &old.sid);
    let (kind, session, part) = if old.is_offline() {
        let mut sessions = reader.offline_sessions();
        let session = sessions.find(&realm.id, sid).await?;
        let session = session.ok_or(Refusal::OfflineSessionGone)?;
        if !lifespan::is_offline_alive(realm, &session, cx.now) {
            return Err(Refusal::OfflineSessionNotActive.into());
        }
        let part = sessions.client(&realm.id, sid, &client.id).await?;
        (Kind::Offline, session, part)
    } else {
        let mut sessions = reader.sessions();
        let session = sessions.find(&realm.id, sid).await?;
        let session = session.filter(|session| sso::is_alive(realm, session, cx.now));
        let session = session.ok_or(Refusal::SessionNotActive)?;
        let part = sessions.client(&realm.id, sid, &client.id).await?;
        (Kind::Online, session, part)
    };
    let part = part.ok_or(Refusal::ClientNotInSession)?;
    if !lifespan::is_part_alive(realm, client, &part, kind, cx.now) {
        return Err(Refusal::ClientSessionNotActive.into());
    }
    Ok((session, part))
}

/// Whether a person still has a role that the scope `offline_access` stands for.
fn may_be_offline(cx: &Cx, user: &User, granted: &GrantedScopes) -> bool {
    let held = cx.realm.effective_roles(&user.roles, &user.groups);
    !granted.asks_for_offline() || granted.permitted(&cx.realm, &held).asks_for_offline()
}

/// Ends a session whose certificate was revoked since it began.
async fn end(
    cx: &Cx,
    old: &RefreshClaims,
    session: &Session,
    revoked: &RevokedSince,
) -> Result<Authorization, Error> {
    let mut writer = cx.server.store.write().await?;
    let (realm, id) = (&cx.realm.id, &session.id);
    match old.is_offline() {
        true => writer.offline_sessions().end(realm, id).await?,
        false => writer.sessions().end(realm, id).await?,
    };
    let refusal = Refusal::SessionCertificateRevoked;
    cx.event("LOGOUT")
        .user(&session.user)
        .session(&session.id)
        .detail("reason", refusal.reason().unwrap_or_default())
        .detail("revoked", revoked.to_string())
        .detail("x509_cert_serial_number", &revoked.serial)
        .detail("x509_cert_issuer_distinguished_name", &revoked.issuer)
        .record(cx, &mut writer)
        .await?;
    writer.commit().await?;
    Err(refusal.into())
}

/// Only who came through a browser has an instant of signing in; the redirect URI tells that they did.
fn auth_time(session: &Session, part: &ClientSession) -> Option<i64> {
    part.redirect_uri.as_ref().map(|_| session.auth_time)
}

/// Notes the use: of the session, and of the token when tokens rotate. One that was used up before ends the client's part.
async fn use_up(
    exchange: &Exchange<'_>,
    old: &RefreshClaims,
    session: &Session,
    last_used_at: Timestamp,
) -> Result<(), Error> {
    let (cx, client) = (exchange.cx, exchange.client.client());
    let mut writer = cx.server.store.write().await?;
    let (realm, id) = (&cx.realm.id, &session.id);
    let outcome = async {
        let is_used_up = cx.realm.settings.revoke_refresh_token
            && (is_forgotten(cx, old, last_used_at) || !claim(exchange, old, &mut writer).await?);
        match (old.is_offline(), is_used_up) {
            (false, true) => writer.sessions().detach(realm, id, &client.id).await?,
            (true, true) => {
                let mut sessions = writer.offline_sessions();
                sessions.detach(realm, id, &client.id).await?
            }
            (false, false) => {
                let expires = sso::expires_at(&cx.realm, session, cx.now);
                let mut sessions = writer.sessions();
                let client = Some(&client.id);
                sessions.touch(realm, id, client, cx.now, expires).await?
            }
            (true, false) => {
                let expires = lifespan::offline_expires_at(&cx.realm, session, cx.now);
                let mut sessions = writer.offline_sessions();
                sessions
                    .touch(realm, id, &client.id, cx.now, expires)
                    .await?
            }
        };
        match is_used_up {
            true => Err(Error::from(Refusal::RefreshReused)),
            false => Ok(()),
        }
    };
    let outcome = outcome.await;
    writer.settle(outcome).await
}

/// Whether a token that does not expire is too old to be the last of its family: its claim may be swept by now. The last one was issued when the
/// client's part was last used, and no part is left unused for longer than the idle time.
fn is_forgotten(cx: &Cx, old: &RefreshClaims, last_used_at: Timestamp) -> bool {
    let idle = cx.realm.settings.offline_session_idle_timeout;
    let last_used = last_used_at.seconds();
    old.exp.is_none()
        && (old.iat.saturating_add(idle) <= last_used
            || last_used.saturating_add(idle) < cx.now.seconds())
}

/// Claims one of the uses that a token has: `refreshTokenMaxReuse` and one more.
async fn claim(
    exchange: &Exchange<'_>,
    old: &RefreshClaims,
    writer: &mut store::Writer,
) -> Result<bool, Error> {
    let cx = exchange.cx;
    // One that does not expire is remembered until its age alone tells that it was used.
    let idle = cx.realm.settings.offline_session_idle_timeout;
    let until = match old.exp {
        Some(exp) => Timestamp(exp.saturating_mul(1000)),
        None => cx.now.plus_seconds(idle.saturating_mul(2)),
    };
    for at in 0..=cx.realm.settings.refresh_token_max_reuse.clamp(0, 100) {
        let name = format!("refresh {} {at}", old.jti);
        if writer
            .single_use()
            .claim(&cx.realm.id, &name, until)
            .await?
            == Claim::First
        {
            return Ok(true);
        }
    }
    Ok(false)
}
