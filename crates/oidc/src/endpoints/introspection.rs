use crate::client_auth::{self, Sent};
use crate::endpoints::userinfo::{granted, subject};
use crate::endpoints::{Form, Oidc};
use crate::enter::Entered;
use crate::error::Error;
use crate::refusal::Refusal;
use crate::{answer, tokens, transport};
use authn::{Cx, bearer};
use axum::extract::{RawQuery, State};
use axum::response::Response;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde_json::{Value, json};

/// `POST /realms/{realm}/protocol/openid-connect/token/introspect`: whether a token counts, and what it says (RFC 7662).
///
/// Only a confidential client in the token's audience learns anything.
pub async fn introspect(
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
    match answer_to(&oidc, &cx, sent).await {
        Ok(claims) => {
            let mut response = answer::json(StatusCode::OK, &claims);
            let cache = HeaderValue::from_static("no-cache");
            response.headers_mut().insert(header::CACHE_CONTROL, cache);
            response
        }
        Err(error) => error.to_json(),
    }
}

async fn answer_to(oidc: &Oidc, cx: &Cx, sent: Sent<'_>) -> Result<Value, Error> {
    let form = sent.form;
    if !transport::is_allowed(cx) {
        return Err(Refusal::HttpsRequired.into());
    }
    let client = client_auth::authenticate(cx, sent).map_err(|refusal| match refusal {
        Refusal::ClientUnknown => Refusal::ClientUnknown,
        _ => Refusal::ClientMayNotIntrospect,
    })?;
    let client = client.client();
    if client.public_client {
        return Err(Refusal::PublicClientIntrospects.into());
    }
    form.unique().map_err(|_| Refusal::ParameterTwice)?;
    let token = form.get("token").ok_or(Refusal::IntrospectedTokenMissing)?;
    match form.get("token_type_hint") {
        None | Some("access_token") => {}
        Some("refresh_token" | "requesting_party_token") => return Ok(json!({"active": false})),
        Some(_) => return Err(Refusal::HintUnknown.into()),
    }
    let event = cx.event("INTROSPECT_TOKEN").client(&client.client_id);
    let Ok(live) = bearer::inspect(cx, token).await? else {
        event
            .error("token_introspection_failed")
            .record_alone(cx)
            .await?;
        return Ok(json!({"active": false}));
    };
    let scopes = granted(cx, &live);
    let Some(token) = tokens::AccessClaims::of(&live.claims) else {
        return Ok(json!({"active": false}));
    };
    let subject = subject(oidc, cx, &live, &scopes);
    let claims = tokens::introspection_claims(&subject, &token);
    let is_for_client = match claims.get("aud") {
        Some(Value::String(one)) => one == client.client_id.as_str(),
        Some(Value::Array(many)) => many.iter().any(|one| one == client.client_id.as_str()),
        _ => false,
    };
    event.user(&live.user.id).record_alone(cx).await?;
    Ok(if is_for_client {
        Value::Object(claims)
    } else {
        json!({"active": false})
    })
}
