//! `/realms/{realm}/hostname-debug`: what is made of addresses and of what proxies say, for whoever sets them up. Only there when `hostname-debug` is on.

use super::Shows;
use super::answers::{self, Wants};
use crate::config::Profile;
use authn::Server;
use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::routing::get;
use edge::{Arrival, ProxyWord, Refused};
use http::header::{
    ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_SECURITY_POLICY, ORIGIN, VARY,
};
use http::{HeaderValue, Response, StatusCode};
use pages::{Frame, HostnameDebugPage};
use realm::{Realm, RealmName};
use std::sync::Arc;

struct Known {
    server: Server,
    profile: Profile,
    options: Vec<(&'static str, String)>,
}

/// Both addresses, or nothing.
pub(super) fn router(server: &Server, shows: Shows) -> Router {
    let Some(options) = shows.debug else {
        return Router::new();
    };
    let known = Arc::new(Known {
        server: server.clone(),
        profile: shows.profile,
        options,
    });
    Router::new()
        .route("/realms/{realm}/hostname-debug", get(page))
        .route("/realms/{realm}/hostname-debug/test", get(test))
        .with_state(known)
}

impl Known {
    async fn enter(
        &self,
        realm: String,
        arrival: Result<Arrival, Refused>,
    ) -> Result<(Arc<Realm>, Arrival), StatusCode> {
        let arrival = arrival.map_err(|_| StatusCode::BAD_REQUEST)?;
        match self.server.store.realm(&RealmName::new(realm)).await {
            Ok(Some(realm)) => Ok((realm, arrival)),
            Ok(None) => Err(StatusCode::NOT_FOUND),
            Err(_) => Err(StatusCode::INTERNAL_SERVER_ERROR),
        }
    }
}

async fn page(
    State(known): State<Arc<Known>>,
    Path(realm): Path<String>,
    request: Request,
) -> Response<Body> {
    let (realm, arrival) = match known.enter(realm, Arrival::of(&request)).await {
        Ok(entered) => entered,
        Err(status) => return answers::plain(status),
    };
    let hostname = &known.server.hostname;
    let own = realm.settings.attribute("frontendUrl");
    let frontend = hostname.frontend_base(&arrival, own);
    let bases = [
        ("Frontend", frontend.clone(), "true"),
        ("Backend", hostname.backend_base(&arrival, own), "false"),
        ("Admin", hostname.admin_base(&arrival, own), "true"),
    ];
    let test = |base: &str, is_frontend: &str| {
        format!(
            "{base}/realms/{}/hostname-debug/test?frontEnd={is_frontend}",
            realm.name.as_str()
        )
    };
    let addresses: Vec<(&str, String, String)> = bases
        .into_iter()
        .map(|(name, base, is_frontend)| {
            let check = test(&base, is_frontend);
            (name, format!("{base}/"), check)
        })
        .collect();
    let mode = match known.profile {
        Profile::Development => "dev [start-dev]",
        Profile::Production => "production [start]",
    };
    let own = match own {
        Some(url) if edge::is_base(url) => url.to_owned(),
        Some(url) => format!("{url} (not an http or https address, so it does not count)"),
        None => String::new(),
    };
    let runtime = [
        ("Server mode", mode.to_owned()),
        ("Realm", realm.name.as_str().to_owned()),
        ("Realm's frontendUrl", own),
        (
            "Address of the request",
            arrival.origin() + arrival.path_prefix(),
        ),
        (
            "Address of the client",
            arrival.client_address().to_string(),
        ),
    ];
    let facts: Vec<String> = arrival
        .facts()
        .into_iter()
        .map(|(code, text)| match code {
            Some(code) => format!("{code}: {text}"),
            None => text,
        })
        .collect();
    let locale = match Wants::of(request.headers()) {
        Wants::Page(locale) => locale,
        Wants::Json => String::new(),
    };
    let frame = Frame {
        realm_name: realm.name.as_str(),
        resources_url: &format!("{frontend}/resources/{}", known.server.pages.version()),
        locale: &locale,
        ..Frame::default()
    };
    let shown = known.server.pages.hostname_debug(
        &frame,
        &HostnameDebugPage {
            addresses: &addresses,
            runtime: &runtime,
            options: &known.options,
            facts: &facts,
        },
    );
    let mut answer = answers::answer(StatusCode::OK, "text/html;charset=UTF-8", shown.html);
    let headers = answer.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, answers::policy(&shown.csp));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}

/// Whether the address that the page was told to ask leads here, and as the frontend's.
async fn test(
    State(known): State<Arc<Known>>,
    Path(realm): Path<String>,
    request: Request,
) -> Response<Body> {
    let (realm, arrival) = match known.enter(realm, Arrival::of(&request)).await {
        Ok(entered) => entered,
        Err(status) => return answers::plain(status),
    };
    let own = realm.settings.attribute("frontendUrl");
    let frontend = known.server.hostname.frontend_base(&arrival, own);
    let mut asked = request.uri().query().unwrap_or_default().split('&');
    let found = if asked.any(|pair| pair == "frontEnd=true") {
        diagnosis(&arrival, &frontend)
    } else {
        "OK".to_owned()
    };
    let mut answer = answers::answer(StatusCode::OK, "text/plain;charset=UTF-8", found);
    let headers = answer.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(VARY, HeaderValue::from_static("origin"));
    if let Some(origin) = request.headers().get(ORIGIN) {
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
    }
    answer
}

/// `OK`, or why a check of origins would fail; and whether browsers see the request's address as insecure.
fn diagnosis(arrival: &Arrival, frontend: &str) -> String {
    let origin = arrival.origin();
    let mut found = "OK".to_owned();
    if !arrival.came_by(frontend) {
        found = format!(
            "The check of origins fails: the request came to {origin}, and the frontend's address is {frontend}. Check what the proxy sends."
        );
        found += match arrival.proxy_word() {
            ProxyWord::Trusted => "",
            ProxyWord::NotTrusted => {
                " The peer sent forwarding headers and is not trusted (proxy-trusted-addresses)."
            }
            ProxyWord::Silent => " The request carries no forwarding header.",
        };
    }
    if !edge::is_secure_context(&origin) {
        found += " Its context is insecure: browsers keep cookies and scripts from working as they should over http.";
    }
    found
}
