use crate::client_auth::{self, Sent};
use crate::endpoints::userinfo::{granted, subject};
use crate::endpoints::{Form, Oidc};
use crate::enter::Entered;
use crate::error::Error;
use crate::refusal::Refusal;
use crate::tokens::{self, MintError, Subject};
use crate::{answer, transport};
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
    if !cx.realm.settings.enabled {
        return Err(Refusal::RealmDisabled.into());
    }
    let client = client_auth::authenticate(cx, &oidc.client_keys, sent);
    let client = client.await.map_err(|error| match error {
        Error::Refusal(Refusal::ClientUnknown) => Refusal::ClientUnknown.into(),
        Error::Refusal(_) => Refusal::ClientMayNotIntrospect.into(),
        fault => fault,
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
    let mut claims = tokens::introspection_claims(&subject, &token);
    let is_for_client = match claims.get("aud") {
        Some(Value::String(one)) => one == client.client_id.as_str(),
        Some(Value::Array(many)) => many.iter().any(|one| one == client.client_id.as_str()),
        _ => false,
    };
    event.user(&live.user.id).record_alone(cx).await?;
    if !is_for_client {
        return Ok(json!({"active": false}));
    }
    if client.is_on(TOKEN_ALLOWED) && wants_token(sent.headers) {
        let token = match tokens::introspection_token(&subject, &token, client) {
            Err(MintError::NoKey(algorithm)) => {
                let realm = oidc.fallback_keys.make(cx, algorithm).await?;
                let subject = Subject {
                    realm: &realm,
                    ..subject
                };
                tokens::introspection_token(&subject, &token, client)?
            }
            signed => signed?,
        };
        claims.insert("jwt".to_owned(), Value::String(token));
    }
    Ok(Value::Object(claims))
}

/// The client's attribute that lets it have the answer as a token, too.
const TOKEN_ALLOWED: &str = "client.introspection.response.allow.jwt.claim.enabled";

/// Whether a request asks for the answer as a token.
fn wants_token(headers: &HeaderMap) -> bool {
    headers
        .get(header::ACCEPT)
        .is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"application/jwt"))
}
