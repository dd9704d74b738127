//! `urn:ietf:params:oauth:grant-type:device_code` (RFC 8628 §3.4): a device asks what the person said, and gets its tokens once.

use super::authorization_code::prove;
use super::{Authorization, Begun, Binding, Exchange, Grant, Held, Renewal};
use crate::error::Error;
use crate::refusal::Refusal;
use crate::tokens::GrantKind;
use authn::sso;
use realm::Client;
use store::{DeviceRequest, Poll};

/// The client's attribute that allows it.
const ATTRIBUTE: &str = "oauth2.device.authorization.grant.enabled";

pub(super) const GRANT: Grant = Grant {
    name: "urn:ietf:params:oauth:grant-type:device_code",
    event: "OAUTH2_DEVICE_CODE_TO_TOKEN",
    binding: Binding::OfRequest,
    repeats: &[],
    authorize: |exchange| Box::pin(authorize(exchange)),
};

/// Whether devices of this client may ask.
pub fn is_allowed(client: &Client) -> bool {
    client.is_on(ATTRIBUTE)
}

async fn authorize(exchange: &Exchange<'_>) -> Result<Authorization, Error> {
    let (cx, client) = (exchange.cx, exchange.client.client());
    if !is_allowed(client) {
        return Err(Refusal::DeviceOff.into());
    }
    let code = exchange.form.get("device_code");
    let code = code.ok_or(Refusal::DeviceCodeMissing)?;
    let request = poll(exchange, code).await?;
    prove(
        request.challenge.as_ref(),
        exchange.form.get("code_verifier"),
    )?;

    let sid = request.session.ok_or(Refusal::CodeSessionGone)?;
    let mut reader = cx.server.store.read().await?;
    let mut sessions = reader.sessions();
    let session = sessions.find(&cx.realm.id, &sid).await?;
    let session = session.filter(|session| sso::is_alive(&cx.realm, session, cx.now));
    let session = session.ok_or(Refusal::CodeSessionGone)?;
    let part = sessions.client(&cx.realm.id, &sid, &client.id).await?;
    let part = part.ok_or(Refusal::CodeSessionGone)?;
    let user = reader.users().by_id(&cx.realm.id, &session.user).await?;
    drop(reader);
    let user = user.ok_or(Refusal::UserGone)?;
    if !user.enabled {
        return Err(Refusal::UserDisabled.into());
    }
    let scopes = exchange.scopes(request.scope.as_deref().filter(|scope| !scope.is_empty()))?;
    exchange.consented(&user.id, &scopes).await?;
    let event = cx
        .event(GRANT.event)
        .user(&user.id)
        .session(&session.id)
        .detail("code_id", session.id.as_str());
    Ok(Authorization {
        auth_time: Some(session.auth_time),
        held: Held::Online(Box::new(session), Box::new(part)),
        user,
        scopes,
        nonce: request.nonce,
        acr: request.acr.unwrap_or_else(|| "1".to_owned()),
        confirmation: None,
        kind: GrantKind::Device,
        refresh: Renewal::First,
        begun: Begun::Before,
        exchanged: None,
        event,
    })
}

/// What became of the request. One that was granted is used up by this.
async fn poll(exchange: &Exchange<'_>, code: &str) -> Result<DeviceRequest, Error> {
    let (cx, client) = (exchange.cx, exchange.client.client());
    let digest = jose::sha256_base64url(code.as_bytes());
    let mut writer = cx.server.store.write().await?;
    let mut requests = writer.device_requests();
    let outcome = requests.poll(&cx.realm.id, &digest, &client.id, cx.now);
    let outcome = match outcome.await? {
        Poll::Granted(request) => Ok(*request),
        Poll::Pending => Err(Refusal::DevicePending),
        Poll::TooSoon => Err(Refusal::DeviceTooSoon),
        Poll::Denied => Err(Refusal::DeviceDenied),
        Poll::Expired => Err(Refusal::DeviceExpired),
        Poll::OfAnotherClient => Err(Refusal::DeviceCodeOfAnotherClient),
        Poll::Unknown => Err(Refusal::DeviceCodeUnknown),
    };
    writer.settle(outcome.map_err(Error::from)).await
}
