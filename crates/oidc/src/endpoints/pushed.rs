use crate::asked::{Asked, PUSHED, Way, to_keep};
use crate::authorization_request::{Rejected, judge};
use crate::client_auth::{self, AuthenticatedClient, Sent};
use crate::endpoints::{Form, Oidc};
use crate::enter::Entered;
use crate::error::Error;
use crate::page_error::PageError;
use crate::params::Params;
use crate::{answer, cors, transport};
use authn::{Cx, Fault};
use axum::extract::{RawQuery, State};
use axum::response::Response;
use http::header::CACHE_CONTROL;
use http::{HeaderMap, StatusCode};
use realm::ClientId;
use serde::Serialize;
use std::borrow::Cow;
use store::PushedRequest;

/// So many seconds a browser has to come with the reference, unless the realm says otherwise.
const LIFESPAN: i64 = 60;
/// The realm's setting.
const SETTING: &str = "parRequestUriLifespan";

/// The answer (RFC 9126 §2.2).
#[derive(Serialize)]
struct Reference {
    request_uri: String,
    expires_in: i64,
}

/// Why nothing is kept.
struct Refused {
    status: StatusCode,
    error: &'static str,
    description: Cow<'static, str>,
    /// The error of the event.
    event: &'static str,
}

fn bad(error: &'static str, description: impl Into<Cow<'static, str>>) -> Refused {
    Refused {
        status: StatusCode::BAD_REQUEST,
        error,
        description: description.into(),
        event: "invalid_request",
    }
}

/// `POST /realms/{realm}/protocol/openid-connect/ext/par/request`: an authorization request that the client sends ahead of the browser
/// (RFC 9126). Form in, a reference out; what is wrong is told here and not to the browser.
pub async fn push(
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
    let origin = cors::origin(&headers);
    if let Err(refused) = may_begin(&cx) {
        return tell(&cx, None, refused).await;
    }
    let client = match client_auth::authenticate(&cx, &oidc.client_keys, sent).await {
        Ok(client) => client,
        Err(Error::Refusal(refusal)) => {
            let refused = Refused {
                status: StatusCode::UNAUTHORIZED,
                event: refusal.event(),
                ..bad("invalid_request", "Authentication failed.")
            };
            let claimed = client_auth::claimed_id(sent);
            let mut response = tell(&cx, claimed.as_ref(), refused).await;
            cors::allow(&mut response, origin, cors::Expose::Methods);
            return response;
        }
        Err(fault) => return answer::not_kept(fault.to_json()),
    };
    let id = &client.client().client_id;
    let response = match check(&oidc, &cx, &client, &form).await {
        Ok(()) => match keep(&cx, &client, &form).await {
            Ok(response) => response,
            Err(fault) => Error::Fault(fault).to_json(),
        },
        Err(refused) => tell(&cx, Some(id), refused).await,
    };
    cors::check(
        &cx,
        response,
        origin,
        client.client(),
        cors::Expose::Methods,
    )
}

fn may_begin(cx: &Cx) -> Result<(), Refused> {
    let forbidden = |refused| Refused {
        status: StatusCode::FORBIDDEN,
        ..refused
    };
    if !transport::is_allowed(cx) {
        return Err(forbidden(bad("invalid_request", "HTTPS required")));
    }
    if !cx.realm.settings.enabled {
        return Err(forbidden(bad("access_denied", "Realm not enabled")));
    }
    Ok(())
}

/// The same checks as for a request with a browser, in the same order.
async fn check(
    oidc: &Oidc,
    cx: &Cx,
    client: &AuthenticatedClient,
    form: &Params,
) -> Result<(), Refused> {
    if form.get("request_uri").is_some() {
        let text = "It is not allowed to include request_uri to PAR.";
        return Err(bad("invalid_request", text));
    }
    let client = client.client();
    let asked = Asked::gather(oidc, cx, client, form, Way::Ahead)
        .await
        .map_err(of_page)?;
    match judge(cx, client.clone(), &asked, Way::Ahead) {
        Ok(_) => Ok(()),
        // Whether a level can be reached or an account opened, the browser will be told.
        Err(Rejected::Page(PageError::Claims | PageError::RegistrationOff)) => Ok(()),
        Err(Rejected::Page(error)) => Err(of_page(error)),
        Err(Rejected::Redirect(error)) => {
            let text = error.description.clone().unwrap_or_default();
            Err(match error.error {
                "unsupported_response_type" => bad("invalid_request", "Unsupported response type"),
                "unauthorized_client" => Refused {
                    status: StatusCode::UNAUTHORIZED,
                    ..bad("unauthorized_client", text)
                },
                _ => bad("invalid_request", text),
            })
        }
    }
}

/// What would have been a page.
fn of_page(error: PageError) -> Refused {
    match error {
        PageError::RedirectUri => Refused {
            event: "invalid_redirect_uri",
            ..bad("invalid_request", "Invalid parameter: redirect_uri")
        },
        PageError::RequestObject(why) => bad("invalid_request_object", why),
        PageError::Faulty => Refused {
            status: StatusCode::INTERNAL_SERVER_ERROR,
            ..bad("server_error", "Internal Server Error")
        },
        other => bad("invalid_request", other.told().plain),
    }
}

async fn keep(cx: &Cx, client: &AuthenticatedClient, form: &Params) -> Result<Response, Fault> {
    let reference = format!("{PUSHED}{}", realm::random_key());
    let lifespan = cx.realm.settings.attribute(SETTING);
    let lifespan = lifespan.and_then(|text| text.trim().parse().ok());
    let expires_in = lifespan.filter(|span| *span > 0).unwrap_or(LIFESPAN);
    let request = PushedRequest {
        client: client.client().id.clone(),
        expires_at: cx.now.plus_seconds(expires_in),
        params: to_keep(form),
    };
    let digest = jose::sha256_base64url(reference.as_bytes());
    let mut writer = cx.server.store.write().await?;
    writer
        .pushed_requests()
        .keep(&cx.realm.id, &digest, &request)
        .await?;
    cx.event("PUSHED_AUTHORIZATION_REQUEST")
        .client(&client.client().client_id)
        .detail("client_auth_method", client.method())
        .record(cx, &mut writer)
        .await?;
    writer.commit().await?;
    let mut response = answer::json(
        StatusCode::CREATED,
        &Reference {
            request_uri: reference,
            expires_in,
        },
    );
    response
        .headers_mut()
        .insert(CACHE_CONTROL, answer::NO_STORE);
    Ok(response)
}

/// Tells the client, and whoever reads the events.
async fn tell(cx: &Cx, client: Option<&ClientId>, refused: Refused) -> Response {
    let mut event = cx
        .event("PUSHED_AUTHORIZATION_REQUEST")
        .detail("description", refused.description.as_ref())
        .error(refused.event);
    if let Some(client) = client {
        event = event.client(client);
    }
    match event.record_alone(cx).await {
        Ok(()) => answer::error(refused.status, refused.error, Some(&refused.description)),
        Err(fault) => Error::Fault(fault).to_json(),
    }
}
