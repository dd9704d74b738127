//! `refresh_token` (RFC 6749 §6), with rotation where the realm wants it (RFC 9700 §4.14.2).

use super::{Authorization, Binding, Exchange, Grant, Held, Renewal};
use crate::error::Error;
use crate::presented;
use crate::refusal::Refusal;
use crate::scopes::GrantedScopes;
use crate::tokens::{GrantKind, RefreshClaims, not_before};
use authn::{Cx, RevokedSince, sso};
use store::{Claim, ClientSession, Session, Timestamp};

pub(super) const GRANT: Grant = Grant {
    name: "refresh_token",
    event: "REFRESH_TOKEN",
    binding: Binding::OfToken,
    authorize: |exchange| Box::pin(authorize(exchange)),
};

async fn authorize(exchange: &Exchange<'_>) -> Result<Authorization, Error> {
    let (cx, client) = (exchange.cx, exchange.client.client());
    let old = presented::refresh_token(cx, client, exchange.form)?;
    let confirmation = old.cnf.clone().map(serde_json::from_value).transpose();
    let confirmation = confirmation.map_err(|_| Refusal::RefreshBinding)?;
    let granted = GrantedScopes::recall(&cx.realm, client, &old.scope);
    let scopes = granted
        .narrow(&cx.realm, client, exchange.form.get("scope"))
        .map_err(|error| Refusal::ScopeNotAllowed(error.to_string()))?;

    let mut reader = cx.server.store.read().await?;
    let session = reader.sessions().find(&cx.realm.id, &old.sid).await?;
    let session = session.filter(|session| sso::is_alive(&cx.realm, session, cx.now));
    let mut session = session.ok_or(Refusal::SessionNotActive)?;
    let part = reader
        .sessions()
        .client(&cx.realm.id, &session.id, &client.id)
        .await?;
    let mut part = part.ok_or(Refusal::ClientNotInSession)?;
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
    if let Some(revoked) = authn::revoked_since(cx, &session) {
        return end(cx, &session, &revoked).await;
    }
    exchange.consented(&user.id, &scopes).await?;
    use_up(exchange, &old, &session).await?;
    (session.last_used_at, part.last_used_at) = (cx.now, cx.now);
    let event = cx
        .event(GRANT.event)
        .user(&user.id)
        .session(&session.id)
        .detail("refresh_token_id", &old.jti)
        .detail("refresh_token_type", "Refresh");
    Ok(Authorization {
        auth_time: auth_time(&session, &part),
        acr: part
            .notes
            .get("acr")
            .cloned()
            .unwrap_or_else(|| "1".to_owned()),
        nonce: old.nonce.clone(),
        held: Held::Online(Box::new(session), Box::new(part)),
        user,
        scopes,
        confirmation,
        kind: GrantKind::RefreshToken,
        refresh: Renewal::After(Box::new(old)),
        event,
    })
}

/// Ends a session whose certificate was revoked since it began.
async fn end(cx: &Cx, session: &Session, revoked: &RevokedSince) -> Result<Authorization, Error> {
    let mut writer = cx.server.store.write().await?;
    writer.sessions().end(&cx.realm.id, &session.id).await?;
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
) -> Result<(), Error> {
    let (cx, client) = (exchange.cx, exchange.client.client());
    let mut writer = cx.server.store.write().await?;
    let expires = sso::expires_at(&cx.realm, session, cx.now);
    let outcome = async {
        if cx.realm.settings.revoke_refresh_token && !claim(exchange, old, &mut writer).await? {
            writer
                .sessions()
                .detach(&cx.realm.id, &session.id, &client.id)
                .await?;
            return Err(Error::from(Refusal::RefreshReused));
        }
        let client = Some(&client.id);
        writer
            .sessions()
            .touch(&cx.realm.id, &session.id, client, cx.now, expires)
            .await?;
        Ok(())
    };
    let outcome = outcome.await;
    writer.settle(outcome).await
}

/// Claims one of the uses that a token has: `refreshTokenMaxReuse` and one more.
async fn claim(
    exchange: &Exchange<'_>,
    old: &RefreshClaims,
    writer: &mut store::Writer,
) -> Result<bool, Error> {
    let cx = exchange.cx;
    let until = old.exp.map_or(cx.now.plus_seconds(86_400), |exp| {
        Timestamp(exp.saturating_mul(1000))
    });
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
