//! `password` (RFC 6749 §4.3): the realm's direct grant flow decides, which may ask for a certificate instead of a password.

use super::{Authorization, Begun, Binding, Exchange, Grant, Held, Renewal};
use crate::error::Error;
use crate::refusal::Refusal;
use crate::tokens::GrantKind;
use authn::{direct, sso};
use store::ClientSession;

pub(super) const GRANT: Grant = Grant {
    name: "password",
    event: "LOGIN",
    binding: Binding::OfRequest,
    repeats: &[],
    authorize: |exchange| Box::pin(authorize(exchange)),
};

async fn authorize(exchange: &Exchange<'_>) -> Result<Authorization, Error> {
    let (cx, client) = (exchange.cx, exchange.client.client());
    if !client.direct_access_grants_enabled {
        return Err(Refusal::DirectGrantOff.into());
    }
    if client.consent_required {
        return Err(Refusal::DirectGrantNeedsConsent.into());
    }
    let requested = exchange.form.get("scope");
    let scopes = exchange.scopes(requested)?;
    let event = cx
        .event(GRANT.event)
        .client(&client.client_id)
        .detail("auth_method", "openid-connect")
        .detail("grant_type", GRANT.name)
        .detail("client_auth_method", exchange.client.method());
    let signed_in = match direct::direct_grant(cx, client, exchange.form.pairs(), event).await? {
        Ok(signed_in) => signed_in,
        Err(refused) => {
            return Err(Refusal::Direct {
                status: refused.status,
                error: refused.error,
                description: refused.description,
            }
            .into());
        }
    };
    let part = ClientSession {
        session: signed_in.session.id.clone(),
        client: client.id.clone(),
        started_at: cx.now,
        last_used_at: cx.now,
        scope: requested.unwrap_or_default().to_owned(),
        redirect_uri: None,
        nonce: None,
        notes: [("acr".to_owned(), "1".to_owned())].into(),
    };
    let mut writer = cx.server.store.write().await?;
    sso::keep(cx, &signed_in, &mut writer).await?;
    writer.sessions().attach(&cx.realm.id, &part).await?;
    writer.commit().await?;
    signed_in.attempt.close(cx, "signed in");
    Ok(Authorization {
        user: signed_in.user,
        held: Held::Online(Box::new(signed_in.session), Box::new(part)),
        scopes,
        nonce: None,
        acr: "1".to_owned(),
        auth_time: None,
        confirmation: None,
        kind: GrantKind::Password,
        refresh: Renewal::First,
        begun: Begun::Now,
        exchanged: None,
        event: signed_in.event,
    })
}
