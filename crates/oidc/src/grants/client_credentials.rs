//! `client_credentials` (RFC 6749 §4.4): a client asks for itself. Nothing is written, and its tokens belong to no session, unless the client
//! wants refresh tokens (attribute `client_credentials.use_refresh_token`).

use super::{Authorization, Begun, Binding, Exchange, Grant, Held, Renewal};
use crate::error::Error;
use crate::refusal::Refusal;
use crate::tokens::{GrantKind, service_account_notes};
use authn::sso;
use realm::User;
use std::collections::BTreeMap;
use store::{ClientSession, Session};

const NAME: &str = "client_credentials";

pub(super) const GRANT: Grant = Grant {
    name: NAME,
    event: "CLIENT_LOGIN",
    binding: Binding::OfRequest,
    repeats: &[],
    authorize: |exchange| Box::pin(authorize(exchange)),
};

async fn authorize(exchange: &Exchange<'_>) -> Result<Authorization, Error> {
    let (cx, client) = (exchange.cx, exchange.client.client());
    if client.public_client {
        return Err(Refusal::ServiceAccountOfPublicClient.into());
    }
    if !client.service_accounts_enabled {
        return Err(Refusal::ServiceAccountOff.into());
    }
    let scopes = exchange.scopes(exchange.form.get("scope"))?;
    let mut reader = cx.server.store.read().await?;
    let user = reader
        .users()
        .service_account(&cx.realm.id, &client.id)
        .await?;
    drop(reader);
    let user = user.ok_or(Refusal::ServiceAccountOff)?;
    if !user.enabled {
        return Err(Refusal::ServiceAccountDisabled(user.username).into());
    }
    let address = cx.arrival.client_address().to_string();
    let event = cx
        .event(GRANT.event)
        .user(&user.id)
        .detail("username", &user.username);
    let notes = service_account_notes(client, &address);
    let refreshes = client.is_on("client_credentials.use_refresh_token");
    let held = if refreshes {
        let scope = exchange.form.get("scope").unwrap_or_default();
        begin(exchange, &user, notes, scope).await?
    } else {
        Held::Transient(notes)
    };
    Ok(Authorization {
        held,
        user,
        scopes,
        nonce: None,
        acr: "1".to_owned(),
        auth_time: None,
        confirmation: None,
        kind: GrantKind::ClientCredentials,
        refresh: if refreshes {
            Renewal::First
        } else {
            Renewal::None
        },
        begun: Begun::Now,
        exchanged: None,
        event,
    })
}

/// A session for a client that wants to refresh.
async fn begin(
    exchange: &Exchange<'_>,
    user: &User,
    notes: BTreeMap<String, String>,
    scope: &str,
) -> Result<Held, Error> {
    let (cx, client) = (exchange.cx, exchange.client.client());
    let session = Session {
        notes,
        ..sso::begin(cx, &user.id, NAME)
    };
    let part = ClientSession {
        session: session.id.clone(),
        client: client.id.clone(),
        started_at: cx.now,
        last_used_at: cx.now,
        scope: scope.to_owned(),
        redirect_uri: None,
        nonce: None,
        notes: [("acr".to_owned(), "1".to_owned())].into(),
    };
    let mut writer = cx.server.store.write().await?;
    let expires = sso::expires_at(&cx.realm, &session, cx.now);
    writer
        .sessions()
        .begin(&cx.realm.id, &session, expires)
        .await?;
    writer.sessions().attach(&cx.realm.id, &part).await?;
    writer.commit().await?;
    Ok(Held::Online(Box::new(session), Box::new(part)))
}
