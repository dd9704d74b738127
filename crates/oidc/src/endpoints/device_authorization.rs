use crate::authorization_request::{ChallengeMethod, is_proof_key};
use crate::client_auth::{self, Sent};
use crate::client_keys::ClientKeys;
use crate::endpoints::{Form, Oidc};
use crate::enter::Entered;
use crate::error::Error;
use crate::grants::device_code::is_allowed;
use crate::params::Params;
use crate::refusal::Refusal;
use crate::{answer, cors, transport, user_code};
use authn::Cx;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use realm::{Client, ClientId};
use serde::Serialize;
use store::{Ask, DeviceRequest};

/// What a device is told (RFC 8628 §3.2), members in Keycloak's order.
#[derive(Serialize)]
struct Answer {
    device_code: String,
    user_code: String,
    verification_uri: String,
    verification_uri_complete: String,
    expires_in: i64,
    interval: i64,
}

/// Longer parameters are refused: whoever asks writes a row.
const MOST_LETTERS: usize = 2000;
/// Codes are made anew when one is taken, so often at the most.
const TRIES: usize = 5;

/// `POST /realms/{realm}/protocol/openid-connect/auth/device`: a device that has no browser asks for a code to show (RFC 8628 §3.1).
pub async fn ask(
    State(oidc): State<Oidc>,
    Entered(cx): Entered,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
    Form(form): Form,
) -> Response {
    answer_to(&oidc.client_keys, &cx, &headers, query.as_deref(), &form).await
}

/// The same for who comes by another way.
pub(super) async fn answer_to(
    keys: &ClientKeys,
    cx: &Cx,
    headers: &HeaderMap,
    query: Option<&str>,
    form: &Params,
) -> Response {
    let sent = Sent {
        headers,
        query,
        form,
    };
    if !transport::is_allowed(cx) {
        return refused(cx, None, Refusal::HttpsRequired).await;
    }
    if !cx.realm.settings.enabled {
        return refused(cx, None, Refusal::RealmDisabled).await;
    }
    let client = match client_auth::authenticate(cx, keys, sent).await {
        Ok(client) => client,
        Err(Error::Refusal(refusal)) => {
            let claimed = client_auth::claimed_id(sent);
            return refused(cx, claimed.as_ref(), refusal).await;
        }
        Err(fault) => return fault.to_json(),
    };
    let client = client.client();
    let response = match keep(cx, client, form).await {
        Ok(told) => {
            let mut response = answer::json(StatusCode::OK, &told);
            let cache = HeaderValue::from_static("no-store, must-revalidate, max-age=0");
            response.headers_mut().insert(header::CACHE_CONTROL, cache);
            response
        }
        Err(Error::Refusal(refusal)) => refused(cx, Some(&client.client_id), refusal).await,
        Err(error) => error.to_json(),
    };
    let origin = cors::origin(headers);
    cors::check(cx, response, origin, client, cors::Expose::Methods)
}

async fn keep(cx: &Cx, client: &Client, form: &Params) -> Result<Answer, Error> {
    form.unique().map_err(|_| Refusal::DeviceParameterTwice)?;
    if !is_allowed(client) {
        return Err(Refusal::DeviceNotInitiated.into());
    }
    let kept = |name: &str| match form.get(name) {
        Some(value) if value.len() > MOST_LETTERS => {
            Err(Refusal::DeviceParameterTooLong(if name == "scope" {
                "scope"
            } else {
                "nonce"
            }))
        }
        value => Ok(value.map(str::to_owned)),
    };
    let settings = &cx.realm.settings;
    let span = |attribute: &str, usual: i64| client.number(attribute).unwrap_or(usual).max(0);
    let expires_in = span("oauth2.device.code.lifespan", settings.device_code_lifespan);
    let interval = span(
        "oauth2.device.polling.interval",
        settings.device_polling_interval,
    );
    let device_code = jose::random_token(32);
    let mut request = DeviceRequest {
        digest: jose::sha256_base64url(device_code.as_bytes()),
        user_code: user_code::random(),
        client: client.id.clone(),
        scope: kept("scope")?,
        nonce: kept("nonce")?,
        challenge: challenge(form)?,
        interval,
        expires_at: cx.now.plus_seconds(expires_in),
        session: None,
        acr: None,
    };
    let mut writer = cx.server.store.write().await?;
    for _ in 0..TRIES {
        let mut requests = writer.device_requests();
        match requests.ask(&cx.realm.id, &request, cx.now).await? {
            Ask::Asked => {
                cx.event("OAUTH2_DEVICE_AUTH")
                    .client(&client.client_id)
                    .record(cx, &mut writer)
                    .await?;
                writer.commit().await?;
                let user_code = user_code::shown(&request.user_code);
                let verification_uri = format!("{}/device", cx.issuer());
                return Ok(Answer {
                    device_code,
                    verification_uri_complete: format!("{verification_uri}?user_code={user_code}"),
                    verification_uri,
                    user_code,
                    expires_in,
                    interval,
                });
            }
            Ask::Taken => request.user_code = user_code::random(),
            Ask::Full => break,
        }
    }
    Err(Refusal::DeviceTooMany.into())
}

/// The proof key that the device may send, so that nobody else can use its code (RFC 7636 §4.3).
fn challenge(form: &Params) -> Result<Option<(String, String)>, Refusal> {
    let (method, challenge) = (
        form.get("code_challenge_method"),
        form.get("code_challenge"),
    );
    let method = match (method, challenge) {
        (None, None) => return Ok(None),
        (None, Some(_)) => ChallengeMethod::Plain,
        (Some(name), _) => {
            ChallengeMethod::from_name(name).ok_or(Refusal::DeviceChallengeMethod)?
        }
    };
    let challenge = challenge.ok_or(Refusal::DeviceChallengeMissing)?;
    if !is_proof_key(challenge) {
        return Err(Refusal::DeviceChallengeMalformed);
    }
    Ok(Some((method.name().to_owned(), challenge.to_owned())))
}

async fn refused(cx: &Cx, client: Option<&ClientId>, refusal: Refusal) -> Response {
    let mut event = cx.event("OAUTH2_DEVICE_AUTH").error(refusal.event());
    if let Some(client) = client {
        event = event.client(client);
    }
    match event.record_alone(cx).await {
        Ok(()) => refusal.to_json(),
        Err(fault) => Error::Fault(fault).to_json(),
    }
}
