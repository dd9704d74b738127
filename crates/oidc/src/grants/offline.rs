//! Offline access (OpenID Connect Core §11): who asks for the scope gets a session that stays when the person signs out.

use super::{Authorization, Begun, Exchange, Held, Renewal};
use crate::error::Error;
use crate::refusal::Refusal;
use crate::tokens::are_wanted;
use authn::{Cx, lifespan};
use realm::User;
use store::{ClientSession, Session};

/// Puts an offline session under the tokens of a grant that asks for it. A session that began for these tokens alone ends, as in Keycloak.
pub(super) async fn keep(
    exchange: &Exchange<'_>,
    mut authorization: Authorization,
) -> Result<Authorization, Error> {
    let (cx, client) = (exchange.cx, exchange.client.client());
    let asks = matches!(authorization.refresh, Renewal::First)
        && authorization.scopes.asks_for_offline()
        && are_wanted(client);
    let Held::Online(session, part) = &authorization.held else {
        return Ok(authorization);
    };
    if !asks {
        return Ok(authorization);
    }
    if !is_allowed(cx, &authorization.user, &authorization) {
        return Err(Refusal::OfflineNotAllowed.into());
    }
    let (session, part) = known(cx, session, part).await?;
    let expires = lifespan::offline_expires_at(&cx.realm, &session, cx.now);
    let mut writer = cx.server.store.write().await?;
    writer
        .offline_sessions()
        .keep(&cx.realm.id, &session, &part, expires)
        .await?;
    if authorization.begun == Begun::Now {
        writer.sessions().end(&cx.realm.id, &session.id).await?;
    }
    writer.commit().await?;
    authorization.held = Held::Offline(Box::new(session), Box::new(part));
    Ok(authorization)
}

/// Whether a person has a role that the scope stands for.
fn is_allowed(cx: &Cx, user: &User, authorization: &Authorization) -> bool {
    let held = cx.realm.effective_roles(&user.roles, &user.groups);
    let permitted = authorization.scopes.permitted(&cx.realm, &held);
    permitted.asks_for_offline()
}

/// What is kept: a session that is there already goes on, so that tokens issued before stay good.
async fn known(
    cx: &Cx,
    session: &Session,
    part: &ClientSession,
) -> Result<(Session, ClientSession), Error> {
    let mut reader = cx.server.store.read().await?;
    let (realm, id) = (&cx.realm.id, &session.id);
    let mut sessions = reader.offline_sessions();
    let known = sessions.find(realm, id).await?;
    let known_part = sessions.client(realm, id, &part.client).await?;
    Ok((
        Session {
            started_at: known.map_or(cx.now, |known| known.started_at),
            last_used_at: cx.now,
            ..session.clone()
        },
        ClientSession {
            started_at: known_part.map_or(cx.now, |known| known.started_at),
            last_used_at: cx.now,
            ..part.clone()
        },
    ))
}
