//! The API's side: a bearer token is checked here, with the provider's public keys, without asking the provider about it.

use std::error::Error;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Json;
use axum::extract::State;
use axum::http::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use jsonwebtoken::jwk::{Jwk, JwkSet};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde::Deserialize;
use serde_json::json;
use tokio::sync::Mutex;

use crate::App;
use crate::http::Http;

/// Whom a token must be meant for.
const AUDIENCE: &str = "backend";

/// What a provider signs with. No shared secrets: `HS256` with a public key as the secret is an old trick.
const ALGORITHMS: [Algorithm; 8] = [
    Algorithm::RS256,
    Algorithm::RS384,
    Algorithm::RS512,
    Algorithm::PS256,
    Algorithm::PS384,
    Algorithm::PS512,
    Algorithm::ES256,
    Algorithm::EdDSA,
];

/// Unknown keys make us look again, but not more often than this: anybody can name a key.
const LOOK_AGAIN: Duration = Duration::from_secs(10);

/// What we read in an access token.
#[derive(Deserialize)]
struct Claims {
    typ: Option<String>,
    sub: String,
    name: Option<String>,
    preferred_username: Option<String>,
}

/// The provider's keys, as they were when last looked at.
pub struct Api {
    http: Arc<Http>,
    keys: Mutex<Option<(Instant, JwkSet)>>,
}

/// `GET /api/greeting`: greets whoever the bearer token is about.
pub async fn greeting(State(app): State<Arc<App>>, headers: HeaderMap) -> Response {
    let header = headers
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok());
    let token = header
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
    let Some((_, token)) = token else {
        return (StatusCode::UNAUTHORIZED, [(WWW_AUTHENTICATE, "Bearer")]).into_response();
    };
    match app
        .api
        .check(token.trim(), app.settings.issuer.as_str())
        .await
    {
        Ok(claims) => {
            let name = claims
                .name
                .or(claims.preferred_username)
                .unwrap_or(claims.sub);
            Json(json!({ "message": format!("Hello, {name}") })).into_response()
        }
        Err(Refused::Token(reason)) => {
            eprintln!("token refused: {reason}");
            let body = Json(json!({ "error": "invalid_token" }));
            (
                StatusCode::UNAUTHORIZED,
                [(WWW_AUTHENTICATE, "Bearer error=\"invalid_token\"")],
                body,
            )
                .into_response()
        }
        Err(Refused::Provider(error)) => {
            eprintln!("the provider's keys can't be read: {error}");
            StatusCode::SERVICE_UNAVAILABLE.into_response()
        }
    }
}

enum Refused {
    Token(String),
    Provider(Box<dyn Error + Send + Sync>),
}

impl Api {
    pub fn new(http: Arc<Http>) -> Self {
        Self {
            http,
            keys: Mutex::new(None),
        }
    }

    async fn check(&self, token: &str, issuer: &str) -> Result<Claims, Refused> {
        let wrong = |error: jsonwebtoken::errors::Error| Refused::Token(error.to_string());
        let header = decode_header(token).map_err(wrong)?;
        if !ALGORITHMS.contains(&header.alg) {
            return Err(Refused::Token(format!(
                "{:?} is not a provider's signature",
                header.alg
            )));
        }
        let kid = header
            .kid
            .ok_or(Refused::Token("it names no key".to_owned()))?;
        let jwk = self.key(&kid, issuer).await.map_err(Refused::Provider)?;
        let jwk = jwk.ok_or(Refused::Token("the provider has no such key".to_owned()))?;

        let mut validation = Validation::new(header.alg);
        validation.set_required_spec_claims(&["exp", "iss", "aud"]);
        validation.set_issuer(&[issuer]);
        validation.set_audience(&[AUDIENCE]);
        validation.validate_nbf = true;
        validation.leeway = 5;
        let claims = decode::<Claims>(
            token,
            &DecodingKey::from_jwk(&jwk).map_err(wrong)?,
            &validation,
        )
        .map_err(wrong)?
        .claims;

        // An ID token has the same issuer and may have the same audience, but it opens no door.
        if claims.typ.as_deref() != Some("Bearer") {
            return Err(Refused::Token("it is no access token".to_owned()));
        }
        Ok(claims)
    }

    async fn key(
        &self,
        kid: &str,
        issuer: &str,
    ) -> Result<Option<Jwk>, Box<dyn Error + Send + Sync>> {
        let mut keys = self.keys.lock().await;
        if let Some((since, set)) = &*keys {
            let known = set.find(kid).cloned();
            if known.is_some() || since.elapsed() < LOOK_AGAIN {
                return Ok(known);
            }
        }
        let set = self.look_up(issuer).await?;
        let found = set.find(kid).cloned();
        *keys = Some((Instant::now(), set));
        Ok(found)
    }

    async fn look_up(&self, issuer: &str) -> Result<JwkSet, Box<dyn Error + Send + Sync>> {
        #[derive(Deserialize)]
        struct Provider {
            issuer: String,
            jwks_uri: String,
        }
        let url = format!(
            "{}/.well-known/openid-configuration",
            issuer.trim_end_matches('/')
        );
        let provider: Provider = serde_json::from_slice(&self.http.get(&url).await?)?;
        if provider.issuer != issuer {
            return Err(format!("{url} is about {}", provider.issuer).into());
        }
        Ok(serde_json::from_slice(
            &self.http.get(&provider.jwks_uri).await?,
        )?)
    }
}
