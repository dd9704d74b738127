//! Which crate answers which path, and what is there besides their endpoints.

use super::answers::{self, Around, Wants};
use super::{Shows, hostname_debug};
use crate::config::Profile;
use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::routing::get;
use edge::Arrival;
use http::header::{CACHE_CONTROL, ETAG, IF_NONE_MATCH};
use http::{HeaderMap, HeaderValue, Response, StatusCode};
use pages::Message;
use percent_encoding::percent_decode_str;
use realm::RealmName;

/// What handlers here know.
#[derive(Clone)]
struct Known {
    server: authn::Server,
    profile: Profile,
}

/// Everything that the main listeners answer.
pub(super) fn router(server: &authn::Server, shows: Shows) -> Router {
    let known = Known {
        server: server.clone(),
        profile: shows.profile,
    };
    let own = Router::new()
        .route("/", get(root))
        .route("/robots.txt", get(robots))
        .route("/resources/{version}/{*path}", get(resource))
        .with_state(known.clone());
    oidc::router(server.clone())
        .merge(admin::router(server.clone()))
        .merge(own)
        .merge(hostname_debug::router(server, shows))
        .fallback(move |request| not_there(known.clone(), request))
        .method_not_allowed_fallback(async || answers::plain(StatusCode::METHOD_NOT_ALLOWED))
}

/// Production leads to the administration, as Keycloak does; development says where things are.
async fn root(State(known): State<Known>, request: Request) -> Response<Body> {
    let Ok(arrival) = Arrival::of(&request) else {
        return answers::plain(StatusCode::BAD_REQUEST);
    };
    let hostname = &known.server.hostname;
    if known.profile == Profile::Production {
        let base = hostname.admin_base(&arrival, None);
        return answers::redirect(StatusCode::FOUND, &format!("{base}/admin/"));
    }
    let base = hostname.frontend_base(&arrival, None);
    let Ok(realms) = known.server.store.realm_names().await else {
        return answers::plain(StatusCode::INTERNAL_SERVER_ERROR);
    };
    let realms: Vec<String> = realms
        .iter()
        .map(|realm| format!("    {base}/realms/{realm}/.well-known/openid-configuration\n"))
        .collect();
    let text = format!(
        "Postern {} in development mode.\n\nRealms, as applications find them:\n{}",
        env!("CARGO_PKG_VERSION"),
        realms.concat()
    );
    answers::answer(StatusCode::OK, "text/plain;charset=utf-8", text)
}

/// Nothing here is for search engines.
async fn robots() -> Response<Body> {
    answers::answer(
        StatusCode::OK,
        "text/plain;charset=utf-8",
        "User-agent: *\nDisallow: /\n",
    )
}

/// The files of pages. What has this version never changes.
async fn resource(
    State(known): State<Known>,
    Path((version, path)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response<Body> {
    let pages = &known.server.pages;
    let Some(asset) = pages.asset(&path).filter(|_| version == pages.version()) else {
        return answers::plain(StatusCode::NOT_FOUND);
    };
    let known_tags = headers
        .get_all(IF_NONE_MATCH)
        .iter()
        .filter_map(|line| line.to_str().ok());
    let is_known = known_tags.flat_map(|line| line.split(',')).any(|tag| {
        let tag = tag.trim();
        tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == asset.etag
    });
    let mut answer = if is_known {
        answers::answer(StatusCode::NOT_MODIFIED, asset.content_type, Body::empty())
    } else {
        answers::answer(
            StatusCode::OK,
            asset.content_type,
            asset.bytes.clone().into_owned(),
        )
    };
    let headers = answer.headers_mut();
    headers.insert(
        CACHE_CONTROL,
        HeaderValue::from_static("public, max-age=2592000, immutable"),
    );
    if let Ok(tag) = HeaderValue::try_from(&asset.etag) {
        headers.insert(ETAG, tag);
    }
    answer
}

/// 404 in Keycloak's words, which depend on how far a path made sense.
async fn not_there(known: Known, request: Request) -> Response<Body> {
    let server = &known.server;
    if let Wants::Page(locale) = Wants::of(request.headers()) {
        let base = match Arrival::of(&request) {
            Ok(arrival) => server.hostname.frontend_base(&arrival, None),
            Err(_) => String::new(),
        };
        let resources = format!("{base}/resources/{}", server.pages.version());
        let around = Around {
            locale: &locale,
            resources,
        };
        let message = Message::new("pageNotFound");
        return answers::page(StatusCode::NOT_FOUND, &server.pages, &around, message, None);
    }
    let segments: Vec<&str> = request.uri().path().split('/').skip(1).collect();
    match segments.as_slice() {
        ["realms", realm, rest @ ..] => {
            let name = RealmName::new(percent_decode_str(realm).decode_utf8_lossy());
            match (server.store.realm(&name).await, rest) {
                (Ok(Some(_)), ["protocol", protocol, ..]) if *protocol != "openid-connect" => {
                    answers::error(StatusCode::NOT_FOUND, "Protocol not found")
                }
                (Ok(Some(_)), _) => answers::plain(StatusCode::NOT_FOUND),
                (Ok(None), _) => answers::error(StatusCode::NOT_FOUND, "Realm does not exist"),
                (Err(_), _) => answers::error(StatusCode::INTERNAL_SERVER_ERROR, "unknown_error"),
            }
        }
        ["admin" | "resources", _, ..] => answers::plain(StatusCode::NOT_FOUND),
        _ => answers::error(
            StatusCode::NOT_FOUND,
            "Unable to find matching target resource method",
        ),
    }
}
