use crate::client_auth::{self, Sent};
use crate::endpoints::{Form, Oidc};
use crate::enter::Entered;
use crate::error::Error;
use crate::params::Params;
use crate::refusal::Refusal;
use crate::tokens::{read_access, read_refresh};
use crate::{answer, cors, transport};
use authn::Cx;
use authn::bearer::revoked_name;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use http::HeaderMap;
use realm::{Client, SessionId};
use serde::Deserialize;
use store::Timestamp;

/// `POST /realms/{realm}/protocol/openid-connect/revoke`: ends a token before its time (RFC 7009).
///
/// A refresh token ends the client's part in the session, and the session with its last client; an access token ends alone.
pub async fn revoke(
    State(oidc): State<Oidc>,
    Entered(cx): Entered,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
    Form(form): Form,
) -> Response {
    let sent = Sent {
        headers: &headers,
        query: query.as_deref(),
        form: &form,
    };
    if !cx.realm.settings.enabled {
        return answer::not_kept(Refusal::RealmDisabled.to_json());
    }
    let client = match client_auth::authenticate(&cx, &oidc.client_keys, sent).await {
        Ok(client) if transport::is_allowed(&cx) => client,
        Ok(_) => return Refusal::HttpsRequired.to_json(),
        Err(error) => return answer::not_kept(error.to_json()),
    };
    let client = client.client();
    let response = match end(&cx, client, &form).await {
        Ok(()) => Response::default(),
        Err(error) => error.to_json(),
    };
    cors::check(
        &cx,
        response,
        cors::origin(&headers),
        client,
        cors::Expose::Methods,
    )
}

async fn end(cx: &Cx, client: &Client, form: &Params) -> Result<(), Error> {
    form.unique().map_err(|_| Refusal::ParameterTwice)?;
    let token = form.get("token").ok_or(Refusal::RevokedTokenMissing)?;
    let event = cx.event("REVOKE_GRANT").client(&client.client_id);
    if let Ok(refresh) = read_refresh(&cx.realm, token, cx.now, cx.issuer()) {
        if refresh.azp != client.client_id.as_str() {
            return Err(Refusal::RevokedTokenOfAnotherClient.into());
        }
        if refresh.is_offline() {
            return end_offline(cx, client, &refresh.sid).await;
        }
        let mut reader = cx.server.store.read().await?;
        let clients = reader
            .sessions()
            .clients(&cx.realm.id, &refresh.sid)
            .await?;
        drop(reader);
        if clients.is_empty() {
            return Err(Refusal::RevokedTokenInvalid.into());
        }
        let mut writer = cx.server.store.write().await?;
        writer
            .sessions()
            .detach(&cx.realm.id, &refresh.sid, &client.id)
            .await?;
        if clients.iter().all(|part| part.client == client.id) {
            writer.sessions().end(&cx.realm.id, &refresh.sid).await?;
        }
        event.session(&refresh.sid).record(cx, &mut writer).await?;
        writer.commit().await?;
        return Ok(());
    }
    if let Ok(access) = read_access(&cx.realm, token, cx.now, cx.issuer()) {
        if access.azp != client.client_id.as_str() {
            return Err(Refusal::RevokedTokenOfAnotherClient.into());
        }
        let until = Timestamp(access.exp.saturating_mul(1000));
        let mut writer = cx.server.store.write().await?;
        let name = revoked_name(&access.jti);
        writer
            .single_use()
            .claim(&cx.realm.id, &name, until)
            .await?;
        event.record(cx, &mut writer).await?;
        writer.commit().await?;
        return Ok(());
    }
    Err(match kind(cx, token) {
        Some(_) => Refusal::RevokedTokenTypeUnknown.into(),
        None => Refusal::RevokedTokenInvalid.into(),
    })
}

/// Ends a client's part in an offline session, and the session with its last part.
async fn end_offline(cx: &Cx, client: &Client, sid: &SessionId) -> Result<(), Error> {
    let realm = &cx.realm.id;
    let mut writer = cx.server.store.write().await?;
    let mut sessions = writer.offline_sessions();
    let was_there = sessions.detach(realm, sid, &client.id).await?;
    sessions.end_if_empty(realm, sid).await?;
    if was_there {
        let event = cx.event("REVOKE_GRANT").client(&client.client_id);
        event.session(sid).record(cx, &mut writer).await?;
    }
    writer.commit().await?;
    match was_there {
        true => Ok(()),
        false => Err(Refusal::RevokedTokenInvalid.into()),
    }
}

#[derive(Deserialize)]
struct Kind {
    typ: String,
}

/// What a token of this realm is that is neither of the two.
fn kind(cx: &Cx, token: &str) -> Option<String> {
    let verified = cx.realm.keys.verifying().verify::<Kind>(token).ok()?;
    Some(verified.claims.typ)
        .filter(|typ| !matches!(typ.as_str(), "Bearer" | "Refresh" | "Offline"))
}
