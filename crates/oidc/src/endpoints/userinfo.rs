use crate::encrypted::{Answer, Recipient};
use crate::endpoints::token::proofs;
use crate::endpoints::{Form, Oidc};
use crate::enter::Entered;
use crate::error::Error;
use crate::params::Params;
use crate::tokens::{self, GrantKind, MintError, Subject, TokenSession};
use crate::{answer, cors, scopes::GrantedScopes};
use authn::Cx;
use authn::bearer::{self, BearerIdentity, BearerRefusal as R};
use authn::proof::Shown;
use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use serde_json::Value;
use std::collections::BTreeMap;

/// A session of a service account notes nothing that would be told later.
static NO_NOTES: BTreeMap<String, String> = BTreeMap::new();

/// `GET /realms/{realm}/protocol/openid-connect/userinfo`: what a client may know of a person (OpenID Connect Core §5.3).
pub async fn get(State(oidc): State<Oidc>, Entered(cx): Entered, headers: HeaderMap) -> Response {
    answer_to(&oidc, &cx, &Method::GET, &headers, &Params::default()).await
}

/// The same; the token may stand in the form (RFC 6750 §2.2).
pub async fn post(
    State(oidc): State<Oidc>,
    Entered(cx): Entered,
    headers: HeaderMap,
    Form(form): Form,
) -> Response {
    answer_to(&oidc, &cx, &Method::POST, &headers, &form).await
}

/// A refusal: status, code and text of the challenge (RFC 6750 §3).
type Refused = (StatusCode, Option<(&'static str, &'static str)>);

async fn answer_to(
    oidc: &Oidc,
    cx: &Cx,
    method: &Method,
    headers: &HeaderMap,
    form: &Params,
) -> Response {
    let origin = cors::origin(headers);
    let token = match token(headers, form) {
        Ok(token) => token,
        Err(refused) => return challenge(cx, refused, origin),
    };
    let scheme = match with_proof(headers) {
        Some(_) => Scheme::Proof,
        None => Scheme::Bearer,
    };
    let shown = Shown {
        proofs: &proofs(headers),
        method: method.as_str(),
        path: PATH,
        token: Some(token),
    };
    let identity = match scheme {
        Scheme::Bearer => bearer::identify(cx, token).await,
        Scheme::Proof => bearer::identify_with_proof(cx, token, shown).await,
    };
    let live = match identity {
        Ok(Ok(live)) => live,
        Ok(Err(reason)) => return refuse(cx, reason, scheme, origin).await,
        Err(fault) => return crate::error::faulty(&fault),
    };
    if live.claims.sub.is_none() {
        let text = "Lightweight access token not allowed for userinfo endpoint";
        let refused = (StatusCode::UNAUTHORIZED, Some(("invalid_token", text)));
        return challenge(cx, refused, origin);
    }
    let scopes = granted(cx, &live);
    if !scopes.is_openid() {
        let refused = Some(("insufficient_scope", "Missing openid scope"));
        return challenge(cx, (StatusCode::FORBIDDEN, refused), origin);
    }
    let event = cx
        .event("USER_INFO_REQUEST")
        .client(&live.client.client_id)
        .user(&live.user.id)
        .detail("auth_method", "validate_access_token");
    if let Err(fault) = event.record_alone(cx).await {
        return crate::error::faulty(&fault);
    }
    let response = match claims(oidc, cx, &live, &scopes).await {
        Ok(response) => response,
        Err(error) => return error.to_json(),
    };
    cors::check(cx, response, origin, &live.client, cors::Expose::Methods)
}

/// The token of the header or the form, and of one of them alone.
fn token<'a>(headers: &'a HeaderMap, form: &'a Params) -> Result<&'a str, Refused> {
    let bad = |text| Err((StatusCode::BAD_REQUEST, Some(("invalid_request", text))));
    let in_form = form.get("access_token");
    match (bearer(headers).or_else(|| with_proof(headers)), in_form) {
        (Some(_), Some(_)) => bad("More than one method used for including an access token"),
        (None, Some(_)) if form.count("access_token") > 1 => bad("Duplicate parameter"),
        (Some(token), None) | (None, Some(token)) if !token.is_empty() => Ok(token),
        _ => Err((StatusCode::UNAUTHORIZED, None)),
    }
}

/// The token of an `Authorization` header of the scheme `Bearer` (RFC 6750 §2.1).
pub(super) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// The token of the scheme `DPoP` (RFC 9449 §7.1).
fn with_proof(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("dpop").then(|| token.trim())
}

/// How a token is shown.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Scheme {
    Bearer,
    Proof,
}

/// The algorithms of proofs, in Keycloak's order.
const ALGORITHMS: &str = "PS384 RS384 EdDSA ES384 ES256 RS256 ES512 PS256 PS512 RS512";
/// Below the realm's address.
const PATH: &str = "/protocol/openid-connect/userinfo";

/// The scopes of the token, without those that the client lost since.
pub(super) fn granted(cx: &Cx, live: &BearerIdentity) -> GrantedScopes {
    let told = live.claims.scope.as_deref().unwrap_or_default();
    GrantedScopes::recall(&cx.realm, &live.client, told)
}

/// What the claims of a live token are made of.
pub(super) fn subject<'a>(
    oidc: &'a Oidc,
    cx: &'a Cx,
    live: &'a BearerIdentity,
    scopes: &'a GrantedScopes,
) -> Subject<'a> {
    let other = &live.claims.other;
    Subject {
        realm: &cx.realm,
        mappers: &oidc.mappers,
        client: &live.client,
        user: &live.user,
        session: match &live.session {
            Some((session, part)) => TokenSession::of(live.kind, session, part),
            None => TokenSession::Transient(&NO_NOTES),
        },
        scopes,
        nonce: None,
        confirmation: None,
        exchanged: None,
        acr: other.get("acr").and_then(Value::as_str).unwrap_or("1"),
        auth_time: other.get("auth_time").and_then(Value::as_i64),
        grant: GrantKind::AuthorizationCode,
        issuer: cx.issuer(),
        now: cx.now,
    }
}

/// JSON; a signed token, or an encrypted one, or both (OpenID Connect Core §5.3.2) for clients that want it so.
async fn claims(
    oidc: &Oidc,
    cx: &Cx,
    live: &BearerIdentity,
    scopes: &GrantedScopes,
) -> Result<Response, Error> {
    let reader = Recipient::of(&oidc.client_keys, cx, &live.client, Answer::Userinfo).await?;
    let subject = subject(oidc, cx, live, scopes);
    let signed = match tokens::userinfo_token(&subject) {
        Err(MintError::NoKey(algorithm)) => {
            let realm = oidc.fallback_keys.make(cx, algorithm).await?;
            tokens::userinfo_token(&Subject {
                realm: &realm,
                ..subject
            })?
        }
        signed => signed?,
    };
    let token = match (signed, reader) {
        (Some(signed), Some(reader)) => Some(reader.close(&signed)?),
        (Some(signed), None) => Some(signed),
        (None, Some(reader)) => {
            let claims = Value::Object(tokens::userinfo_claims(&subject)).to_string();
            Some(reader.close_claims(claims.as_bytes())?)
        }
        (None, None) => None,
    };
    let mut response = match token {
        Some(token) => answer::bytes_of(StatusCode::OK, "application/jwt", token),
        None => answer::json(StatusCode::OK, &tokens::userinfo_claims(&subject)),
    };
    let headers = response.headers_mut();
    headers.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("no-store, no-cache"),
    );
    headers.insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
    Ok(response)
}

async fn refuse(cx: &Cx, reason: R, scheme: Scheme, origin: Option<&HeaderValue>) -> Response {
    let (text, event) = match reason {
        R::ClientUnknown => ("Client not found", "client_not_found"),
        R::ClientDisabled => ("Client disabled", "client_disabled"),
        R::SessionUnknown => ("user_session_not_found", "user_session_not_found"),
        R::SessionExpired => ("Session expired", "session_expired"),
        R::UserUnknown => ("User not found", "user_not_found"),
        R::UserDisabled => ("User disabled", "user_disabled"),
        R::Binding => (crate::refusal::BINDING, "not_allowed"),
        R::Stale => ("Stale token", "invalid_token"),
        _ => ("Token verification failed", "invalid_token"),
    };
    let event = cx.event("USER_INFO_REQUEST").error(event);
    if let Err(fault) = event.record_alone(cx).await {
        return crate::error::faulty(&fault);
    }
    let refused = (StatusCode::UNAUTHORIZED, Some(("invalid_token", text)));
    challenge_by(cx, scheme, refused, origin)
}

/// An empty answer whose header says why (RFC 6750 §3).
fn challenge(cx: &Cx, refused: Refused, origin: Option<&HeaderValue>) -> Response {
    challenge_by(cx, Scheme::Bearer, refused, origin)
}

fn challenge_by(
    cx: &Cx,
    scheme: Scheme,
    (status, why): Refused,
    origin: Option<&HeaderValue>,
) -> Response {
    let realm = &cx.realm.name;
    let begins = match scheme {
        Scheme::Bearer => "Bearer ".to_owned(),
        Scheme::Proof => format!("DPoP algs=\"{ALGORITHMS}\", "),
    };
    let value = match why {
        None => format!("{begins}realm=\"{realm}\""),
        Some((code, text)) => {
            format!("{begins}realm=\"{realm}\", error=\"{code}\", error_description=\"{text}\"")
        }
    };
    let response = answer::bytes_of(status, "text/plain;charset=utf-8", "");
    let mut response = answer::not_kept(response);
    if let Ok(value) = HeaderValue::from_str(&value) {
        response
            .headers_mut()
            .insert(header::WWW_AUTHENTICATE, value);
    }
    cors::allow(&mut response, origin, cors::Expose::MethodsAndChallenge);
    response
}
