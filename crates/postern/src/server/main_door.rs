//! What happens to each request of the main listeners, before and after the endpoints: the edge, the limits, and what nobody catches.

use super::answers::{self, Around, Wants};
use super::metrics::Metrics;
use super::tls::Apart;
use super::told::Told;
use axum::Router;
use axum::body::Body;
use edge::{Arrival, Below, EdgeConfig, Peer, RelativePath, RemovedHeader, Seldom};
use http::header::{CONNECTION, CONTENT_LENGTH, HOST};
use http::uri::Authority;
use http::{HeaderValue, Request, Response, StatusCode, Uri, Version};
use http_body_util::Limited;
use hyper::body::Incoming;
use pages::Message;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, Instant};
use tower::Service as _;

/// A request's line and headers, bytes: certificates in headers take up to 40 KiB.
const MOST_HEAD: usize = 64 * 1024;
/// A request's body: forms are small.
const MOST_BODY: u64 = 1024 * 1024;
/// A body for administration: whole realms come in by it.
const MOST_ADMIN_BODY: u64 = 32 * 1024 * 1024;
/// An answer has to begin within this.
const MOST_TIME: Duration = Duration::from_secs(60);

/// The way in for everybody.
pub(super) struct MainDoor {
    pub edge: Arc<EdgeConfig>,
    pub server: authn::Server,
    pub router: Router,
    pub metrics: Option<Arc<Metrics>>,
    pub told: Told,
}

impl MainDoor {
    pub(super) async fn answer(
        &self,
        peer: Peer,
        apart: Option<Apart>,
        request: Request<Incoming>,
    ) -> Response<Body> {
        let began = Instant::now();
        let method = self.metrics.as_ref().map(|_| request.method().clone());
        let answer = self.admit(peer, apart, request).await;
        if let (Some(metrics), Some(method)) = (&self.metrics, method) {
            metrics.request(&method, answer.status(), began.elapsed());
        }
        answer
    }

    async fn admit(
        &self,
        peer: Peer,
        apart: Option<Apart>,
        request: Request<Incoming>,
    ) -> Response<Body> {
        let size = head_size(&request);
        if size > MOST_HEAD {
            static TOLD: Seldom = Seldom::new();
            TOLD.tell(|unsaid| {
                tracing::warn!(peer = %peer.address, bytes = size, unsaid, "headers over 64 KiB: answered with 431");
            });
            return last(
                &request,
                answers::plain(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE),
            );
        }
        let below = self.edge.relative_path();
        let at = below.enter(request.uri().path());
        let most = if matches!(at, Below::Inside(path) if path.starts_with("/admin/")) {
            MOST_ADMIN_BODY
        } else {
            MOST_BODY
        };
        let announced = request
            .headers()
            .get(CONTENT_LENGTH)
            .and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
        if announced.is_some_and(|length| length > most) {
            return last(&request, too_large());
        }
        let (wants, uri) = (Wants::of(request.headers()), request.uri().clone());
        // A proxy that is trusted speaks for whom it likes by one connection.
        let apart = apart.filter(|_| !self.edge.hears(&peer));
        if apart.is_some_and(|apart| apart.is_misdirected(host(&request))) {
            tracing::debug!(peer = %peer.address, code = "URL-MISDIRECTED", "a request came by a connection for another name: answered with 421");
            return answers::plain(StatusCode::MISDIRECTED_REQUEST);
        }
        let request = match self.edge.admit(&peer, request) {
            Ok(request) => request,
            Err(refused) => {
                tracing::debug!(peer = %peer.address, code = refused.code(), "refused: {refused}");
                return answers::refused(&refused, uri.path(), wants, below, &self.server.pages);
            }
        };
        if let Some(removed) = request.extensions().get::<RemovedHeader>() {
            self.told.removed(removed);
        }
        let at = below.enter(uri.path());
        let inside = match (well_known(uri.path(), below), at) {
            (Some(path), _) => path,
            (None, Below::Inside(path)) => without_last_slash(path).to_owned(),
            (None, Below::Entrance) => return entrance(&request),
            (None, Below::Outside) => return self.outside(&request, &wants),
        };
        // Endpoints with a limit of their own tell it in their own words first.
        let most = usize::try_from(most + 64 * 1024).unwrap_or(usize::MAX);
        let mut request = request.map(|body| Body::new(Limited::new(body, most)));
        if let Some(uri) = with_path(&uri, &inside) {
            *request.uri_mut() = uri;
        }
        route(self.router.clone(), request, uri.path()).await
    }

    /// 404 for what is not below our path.
    fn outside<B>(&self, request: &Request<B>, wants: &Wants) -> Response<Body> {
        let (Wants::Page(locale), Ok(arrival)) = (wants, Arrival::of(request)) else {
            return answers::plain(StatusCode::NOT_FOUND);
        };
        let pages = &self.server.pages;
        let base = self.server.hostname.frontend_base(&arrival, None);
        let resources = format!("{base}/resources/{}", pages.version());
        let around = Around { locale, resources };
        let message = Message::new("pageNotFound");
        answers::page(StatusCode::NOT_FOUND, pages, &around, message, None)
    }
}

/// The endpoints' answer, or ours when they fail.
async fn route(router: Router, request: Request<Body>, path: &str) -> Response<Body> {
    let mut answering = pin!(router.into_service().call(request));
    let caught =
        poll_fn(
            |cx| match catch_unwind(AssertUnwindSafe(|| answering.as_mut().poll(cx))) {
                Ok(Poll::Ready(Ok(answer))) => Poll::Ready(Some(answer)),
                Ok(Poll::Pending) => Poll::Pending,
                Err(_panic) => Poll::Ready(None),
            },
        );
    match tokio::time::timeout(MOST_TIME, caught).await {
        // A body that was longer than announced: the endpoint's own words for it are not Keycloak's.
        Ok(Some(answer)) if answer.status() == StatusCode::PAYLOAD_TOO_LARGE => too_large(),
        Ok(Some(answer)) => answer,
        Ok(None) => {
            tracing::error!(
                path,
                "a request failed by a fault of ours; the line before says where"
            );
            answers::error(StatusCode::INTERNAL_SERVER_ERROR, "unknown_error")
        }
        Err(_) => {
            tracing::warn!(path, "a request got no answer in {MOST_TIME:?}");
            answers::plain(StatusCode::SERVICE_UNAVAILABLE)
        }
    }
}

/// Keycloak's words for a body that is too long.
fn too_large() -> Response<Body> {
    answers::error(
        StatusCode::PAYLOAD_TOO_LARGE,
        "HTTP 413 Request Entity Too Large",
    )
}

/// The last answer of a connection, where connections have one: what else the client wants to send is not read.
fn last<B>(request: &Request<B>, mut answer: Response<Body>) -> Response<Body> {
    if request.version() < Version::HTTP_2 {
        answer
            .headers_mut()
            .insert(CONNECTION, HeaderValue::from_static("close"));
    }
    answer
}

/// The host that a request says it is for.
fn host<B>(request: &Request<B>) -> &str {
    let line = || request.headers().get(HOST)?.to_str().ok();
    let target = request.uri().authority().map(Authority::as_str);
    target.or_else(line).unwrap_or_default()
}

/// How much a request's line and headers are on the wire.
fn head_size<B>(request: &Request<B>) -> usize {
    let target = request
        .uri()
        .path_and_query()
        .map_or(0, |target| target.as_str().len());
    let headers = request
        .headers()
        .iter()
        .map(|(name, value)| name.as_str().len() + value.len() + 4);
    target + headers.sum::<usize>()
}

/// Whoever comes to the root of the host, or to our path without its slash, is led in, as by Keycloak.
fn entrance<B>(request: &Request<B>) -> Response<Body> {
    match Arrival::of(request) {
        Ok(arrival) if request.uri().path() == "/" => {
            answers::redirect(StatusCode::FOUND, arrival.path_prefix())
        }
        Ok(arrival) => {
            let target = format!("{}/", arrival.path_prefix());
            answers::redirect(StatusCode::SEE_OTHER, &target)
        }
        Err(_) => answers::plain(StatusCode::BAD_REQUEST),
    }
}

/// The path of a realm's own discovery, when it is asked for where RFC 8414 §3.1 puts it: before the issuer's path. Proxies may add our path in front.
fn well_known(path: &str, below: &RelativePath) -> Option<String> {
    let prefix = below.as_prefix();
    let name = ".well-known/oauth-authorization-server";
    let inside = path.strip_prefix(prefix).unwrap_or(path);
    let issuer = inside.strip_prefix('/')?.strip_prefix(name)?;
    let issuer = issuer.strip_prefix(prefix).unwrap_or(issuer);
    let realm = issuer.strip_prefix("/realms/")?;
    let is_realm = !realm.is_empty() && !realm.contains('/');
    is_realm.then(|| format!("/realms/{realm}/{name}"))
}

/// Keycloak answers at `/x/` as at `/x`.
fn without_last_slash(path: &str) -> &str {
    let shorter = path.strip_suffix('/').filter(|path| !path.is_empty());
    shorter.unwrap_or(path)
}

/// The same target with another path.
pub(super) fn with_path(uri: &Uri, path: &str) -> Option<Uri> {
    if uri.path() == path {
        return None;
    }
    let target = match uri.query() {
        Some(query) => format!("{path}?{query}"),
        None => path.to_owned(),
    };
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(target.parse().ok()?);
    Uri::from_parts(parts).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_fault_of_an_endpoint_is_an_answer() {
        async fn falls() -> &'static str {
            panic!("on purpose")
        }
        let router = Router::new().route("/", axum::routing::get(falls));
        let answer = route(router, Request::new(Body::empty()), "/").await;
        assert_eq!(answer.status(), StatusCode::INTERNAL_SERVER_ERROR);
    }

    #[tokio::test(start_paused = true)]
    async fn an_endpoint_that_never_answers_is_given_up() {
        let router = Router::new().route(
            "/",
            axum::routing::get(std::future::pending::<&'static str>),
        );
        let answer = route(router, Request::new(Body::empty()), "/").await;
        assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    }

    #[test]
    fn the_last_slash_means_nothing() {
        for (uri, expected) in [
            ("/realms/master/?x=1/", Some("/realms/master?x=1/")),
            ("http://a/b/", Some("http://a/b")),
            ("/a", None),
            ("/", None),
            ("*", None),
        ] {
            let uri: Uri = uri.parse().unwrap();
            let shorter = with_path(&uri, without_last_slash(uri.path()));
            let shorter = shorter.map(|uri| uri.to_string());
            assert_eq!(shorter.as_deref(), expected, "{uri}");
        }
    }

    #[test]
    fn discovery_is_found_where_rfc_8414_puts_it() {
        let name = "/.well-known/oauth-authorization-server";
        let found = format!("/realms/a/.well-known/{}", &name[13..]);
        for (path, below, expected) in [
            ("{}/realms/a", "/", true),
            ("{}/auth/realms/a", "/auth", true),
            ("/auth{}/realms/a", "/auth", true),
            ("/auth{}/auth/realms/a", "/auth", true),
            ("{}/realms/a", "/auth", true),
            ("{}/auth/realms/a", "/", false),
            ("{}/realms/", "/", false),
            ("{}/realms/a/b", "/", false),
            ("{}", "/", false),
            ("/realms/a", "/", false),
        ] {
            let path = path.replace("{}", name);
            let below = RelativePath::read(below).unwrap();
            let expected = expected.then(|| found.clone());
            assert_eq!(well_known(&path, &below), expected, "{path}");
        }
    }
}
