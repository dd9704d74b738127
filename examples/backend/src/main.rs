//! A web page with "Sign in" and an API that checks bearer tokens: what an application does with an OpenID provider.
//!
//! `sign_in` is the page's side (authorization code flow with PKCE), `api` the API's (JWKS, issuer, audience).

mod api;
mod http;
mod page;
mod sessions;
mod settings;
mod sign_in;

use std::error::Error;
use std::sync::Arc;

use axum::Router;
use axum::routing::get;
use tokio::net::TcpListener;

use crate::api::Api;
use crate::http::Http;
use crate::sessions::Sessions;
use crate::settings::Settings;
use crate::sign_in::SignIn;

/// What all requests share.
struct App {
    settings: Settings,
    sessions: Sessions,
    sign_in: SignIn,
    api: Api,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let settings = Settings::from_env()?;
    let http = Arc::new(Http::new(settings.ca_file.as_deref())?);
    let listener = TcpListener::bind(("127.0.0.1", settings.port)).await?;
    println!(
        "http://localhost:{} signs in at {}",
        settings.port,
        settings.issuer.as_str()
    );

    let app = App {
        sign_in: SignIn::new(Arc::clone(&http)),
        api: Api::new(http),
        sessions: Sessions::default(),
        settings,
    };
    let router = Router::new()
        .route("/", get(page::home))
        .route("/login", get(sign_in::start))
        .route("/callback", get(sign_in::callback))
        .route("/me", get(page::me))
        .route("/logout", get(sign_in::logout))
        .route("/api/greeting", get(api::greeting))
        .with_state(Arc::new(app));
    axum::serve(listener, router).await?;
    Ok(())
}
