//! What those who run the server ask: is it well, and what did it count.

use super::answers;
use super::main_door::with_path;
use super::metrics::Metrics;
use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::routing::get;
use edge::{Below, RelativePath};
use http::header::CACHE_CONTROL;
use http::{HeaderValue, Request, Response, StatusCode};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use store::Store;
use tower::Service as _;

/// A database that says nothing for so long is not there.
const PATIENCE: Duration = Duration::from_secs(5);

/// Whether the server is on its way out.
#[derive(Clone, Debug, Default)]
pub(super) struct Leaving(Arc<AtomicBool>);

impl Leaving {
    pub(super) fn begin(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    fn has_begun(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// What health is made of.
#[derive(Clone)]
pub(super) struct Health {
    pub store: Store,
    pub leaving: Leaving,
}

/// `/health` and what is below it.
pub(super) fn health(health: Health) -> Router {
    Router::new()
        .route("/health", get(ready))
        .route("/health/ready", get(ready))
        .route("/health/live", get(up))
        .route("/health/started", get(up))
        .with_state(health)
}

/// `/metrics`.
pub(super) fn metrics(metrics: Arc<Metrics>) -> Router {
    let text = move || {
        let text = metrics.text();
        async move {
            let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
            answers::answer(StatusCode::OK, kind, text)
        }
    };
    Router::new().route("/metrics", get(text))
}

/// The whole management listener: what is served there, and a list of it.
pub(super) fn router(served: Router, paths: &[&'static str]) -> Router {
    let list = format!("Postern, management\n\n{}\n", paths.join("\n"));
    served
        .route(
            "/",
            get(async || answers::answer(StatusCode::OK, "text/plain;charset=utf-8", list)),
        )
        .fallback(async || answers::plain(StatusCode::NOT_FOUND))
        .method_not_allowed_fallback(async || answers::plain(StatusCode::METHOD_NOT_ALLOWED))
}

/// Answers a request below the listener's path; whoever asks at the root is led there.
pub(super) async fn answer(
    router: Router,
    path: &RelativePath,
    mut request: Request<Body>,
) -> Response<Body> {
    let inside = match path.enter(request.uri().path()) {
        Below::Inside(inside) => inside,
        Below::Entrance if request.uri().path() == "/" => {
            return answers::redirect(StatusCode::FOUND, path.as_prefix());
        }
        Below::Entrance => "/",
        Below::Outside => return answers::plain(StatusCode::NOT_FOUND),
    };
    if let Some(uri) = with_path(request.uri(), inside) {
        *request.uri_mut() = uri;
    }
    let Ok(answer) = router.into_service().call(request).await;
    answer
}

/// Whether requests should come here. The names of the checks are Keycloak's.
async fn ready(State(health): State<Health>) -> Response<Body> {
    let database = tokio::time::timeout(PATIENCE, health.store.is_ready()).await;
    report(&[
        ("Graceful Shutdown", !health.leaving.has_begun()),
        ("Keycloak Initialized", true),
        (
            "Keycloak database connections async health check",
            database.unwrap_or(false),
        ),
    ])
}

/// Whoever answers is alive and has started.
async fn up() -> Response<Body> {
    report(&[])
}

fn report(checks: &[(&str, bool)]) -> Response<Body> {
    let word = |is_up: bool| if is_up { "UP" } else { "DOWN" };
    let is_up = checks.iter().all(|(_, is_up)| *is_up);
    let checks: Vec<Value> = checks
        .iter()
        .map(|(name, is_up)| json!({ "name": name, "status": word(*is_up) }))
        .collect();
    let report = json!({ "status": word(is_up), "checks": checks });
    let status = if is_up {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    // With blanks, since scripts look for `"status": "UP"`.
    let text = serde_json::to_string_pretty(&report).unwrap_or_default();
    let mut answer = answers::answer(status, "application/json; charset=UTF-8", text);
    answer
        .headers_mut()
        .insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}
