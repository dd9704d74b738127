//! The page's side: authorization code flow with PKCE, and signing out at the provider too.

use std::error::Error;
use std::fmt::Display;
use std::sync::Arc;

use axum::extract::{Query, State};
use axum::http::header::{HOST, SET_COOKIE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use openidconnect::core::{CoreAuthenticationFlow, CoreClient};
use openidconnect::{
    AccessTokenHash, AuthorizationCode, CsrfToken, LogoutRequest, Nonce, OAuth2TokenResponse,
    PkceCodeChallenge, PostLogoutRedirectUrl, ProviderMetadataWithLogout, RedirectUrl, Scope,
    TokenResponse,
};
use serde::Deserialize;
use tokio::sync::Mutex;

use crate::App;
use crate::http::Http;
use crate::page;
use crate::sessions::{Person, Underway};

/// The provider, asked when somebody first signs in: the two may start in any order.
pub struct SignIn {
    http: Arc<Http>,
    known: Mutex<Option<Provider>>,
}

/// Addresses and keys. A copy shares nothing, so asking again disturbs nobody.
type Provider = ProviderMetadataWithLogout;

impl SignIn {
    pub fn new(http: Arc<Http>) -> Self {
        Self {
            http,
            known: Mutex::new(None),
        }
    }

    /// The provider as it was when last asked; enough for its addresses.
    async fn known(&self, app: &App) -> Result<Provider, Failure> {
        let known = self.known.lock().await.clone();
        match known {
            Some(provider) => Ok(provider),
            None => self.ask(app).await,
        }
    }

    /// The provider as it is now: its keys change, and a token may be signed with the newest.
    async fn ask(&self, app: &App) -> Result<Provider, Failure> {
        let provider = Provider::discover_async(app.settings.issuer.clone(), &*self.http)
            .await
            .map_err(|error| Failure::provider("the provider can't be reached", error))?;
        *self.known.lock().await = Some(provider.clone());
        Ok(provider)
    }
}

/// `GET /login`: to the provider.
pub async fn start(State(app): State<Arc<App>>, headers: HeaderMap) -> Result<Response, Failure> {
    let base_url = app
        .settings
        .base_url(headers.get(HOST).and_then(|host| host.to_str().ok()));
    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let (url, state, nonce) = CoreClient::from_provider_metadata(
        app.sign_in.known(&app).await?,
        app.settings.client_id.clone(),
        Some(app.settings.client_secret.clone()),
    )
    .set_redirect_uri(callback_url(&base_url)?)
    .authorize_url(
        CoreAuthenticationFlow::AuthorizationCode,
        CsrfToken::new_random,
        Nonce::new_random,
    )
    .add_scope(Scope::new("profile".to_owned()))
    .add_scope(Scope::new("email".to_owned()))
    .set_pkce_challenge(challenge)
    .url();

    let cookie = app.sessions.begin(Underway {
        state,
        nonce,
        verifier,
        base_url,
    });
    Ok(([(SET_COOKIE, cookie)], Redirect::to(url.as_str())).into_response())
}

/// What the provider sends the browser back with.
#[derive(Deserialize)]
pub struct Answer {
    state: Option<String>,
    code: Option<String>,
    error: Option<String>,
    error_description: Option<String>,
}

/// `GET /callback`: from the provider.
pub async fn callback(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    Query(answer): Query<Answer>,
) -> Result<Response, Failure> {
    let underway = app
        .sessions
        .finish(&headers)
        .ok_or(Failure::browser("this browser began no sign-in here"))?;
    if answer.state.as_deref() != Some(underway.state.secret()) {
        return Err(Failure::browser("the answer belongs to another sign-in"));
    }
    if let Some(error) = answer.error {
        return Err(Failure::browser(format!(
            "{error}: {}",
            answer.error_description.unwrap_or_default()
        )));
    }
    let code = answer
        .code
        .ok_or(Failure::browser("the answer has no code"))?;

    let client = CoreClient::from_provider_metadata(
        app.sign_in.ask(&app).await?,
        app.settings.client_id.clone(),
        Some(app.settings.client_secret.clone()),
    )
    .set_redirect_uri(callback_url(&underway.base_url)?);
    let tokens = client
        .exchange_code(AuthorizationCode::new(code))
        .map_err(|error| Failure::provider("the provider has no token endpoint", error))?
        .set_pkce_verifier(underway.verifier)
        .request_async(&*app.sign_in.http)
        .await
        .map_err(|error| Failure::provider("the code was not accepted", error))?;

    let not_valid =
        |error: &dyn Display| Failure::browser(format!("the id token is not valid: {error}"));
    let id_token = tokens
        .id_token()
        .ok_or(Failure::browser("the answer has no id token"))?;
    let verifier = client.id_token_verifier();
    let claims = id_token
        .claims(&verifier, &underway.nonce)
        .map_err(|error| not_valid(&error))?;
    if let Some(expected) = claims.access_token_hash() {
        let key = id_token
            .signing_key(&verifier)
            .map_err(|error| not_valid(&error))?;
        let algorithm = id_token.signing_alg().map_err(|error| not_valid(&error))?;
        let actual = AccessTokenHash::from_token(tokens.access_token(), algorithm, key)
            .map_err(|error| not_valid(&error))?;
        if actual != *expected {
            return Err(Failure::browser(
                "the access token is not the one that was issued with the id token",
            ));
        }
    }

    let name = claims
        .name()
        .and_then(|name| name.get(None))
        .map(|name| name.to_string());
    let name = name.or_else(|| Some(claims.preferred_username()?.to_string()));
    let cookie = app.sessions.sign_in(Person {
        name: name.unwrap_or_else(|| claims.subject().to_string()),
        claims: serde_json::to_value(claims).map_err(|error| not_valid(&error))?,
        id_token: id_token.clone(),
    });
    Ok(([(SET_COOKIE, cookie)], Redirect::to("/me")).into_response())
}

/// `GET /logout`: out here, and to the provider to be out there.
pub async fn logout(State(app): State<Arc<App>>, headers: HeaderMap) -> Result<Response, Failure> {
    let person = app.sessions.sign_out(&headers);
    let provider = app.sign_in.known(&app).await?;
    let (Some(person), Some(endpoint)) = (
        person,
        provider.additional_metadata().end_session_endpoint.clone(),
    ) else {
        return Ok(Redirect::to("/").into_response());
    };
    let base_url = app
        .settings
        .base_url(headers.get(HOST).and_then(|host| host.to_str().ok()));
    let back = PostLogoutRedirectUrl::new(format!("{base_url}/"))
        .map_err(|error| Failure::browser(error.to_string()))?;
    let url = LogoutRequest::from(endpoint)
        .set_id_token_hint(&person.id_token)
        .set_client_id(app.settings.client_id.clone())
        .set_post_logout_redirect_uri(back)
        .http_get_url();
    Ok(Redirect::to(url.as_str()).into_response())
}

fn callback_url(base_url: &str) -> Result<RedirectUrl, Failure> {
    RedirectUrl::new(format!("{base_url}/callback"))
        .map_err(|error| Failure::browser(error.to_string()))
}

/// Why nobody is signed in.
pub struct Failure {
    status: StatusCode,
    text: String,
}

impl Failure {
    fn browser(text: impl Into<String>) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            text: text.into(),
        }
    }

    fn provider(text: &str, error: impl Error) -> Self {
        let mut text = format!("{text}: {error}");
        let mut cause = error.source();
        while let Some(error) = cause {
            text = format!("{text}: {error}");
            cause = error.source();
        }
        Self {
            status: StatusCode::BAD_GATEWAY,
            text,
        }
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        eprintln!("sign-in failed: {}", self.text);
        (self.status, page::failure(&self.text)).into_response()
    }
}
