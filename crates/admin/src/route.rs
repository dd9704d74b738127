//! The table of routes, and how a request finds its way.

use crate::access::Caller;
use crate::answer::Refused;
use crate::call::Call;
use crate::cors;
use crate::{contract, rights};
use authn::Server;
use axum::Router;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, Path, RawPathParams, Request, State};
use axum::response::{IntoResponse as _, Response};
use axum::routing::any;
use bytes::Bytes;
use edge::Arrival;
use http::{HeaderMap, Method, StatusCode, request::Parts};
use realm::RealmName;
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

/// A realm file with many people comes in by a route, too.
const LARGEST_BODY: usize = 256 * 1024 * 1024;

type Answering = Pin<Box<dyn Future<Output = Result<Response, Refused>> + Send>>;
type Handler = Box<dyn Fn(Call) -> Answering + Send + Sync>;

/// One operation of the contract below `/admin/realms/{realm}`.
pub struct Route {
    /// Its method.
    pub method: Method,
    /// Its path below the realm, `""` for the realm itself; variable parts in braces.
    pub path: &'static str,
    /// The rights of which one is needed to get any further than "forbidden". What else it takes, the handler asks for.
    pub rights: &'static [&'static str],
    handler: Handler,
}

impl Route {
    /// An operation.
    pub fn new<H, F>(
        method: Method,
        path: &'static str,
        rights: &'static [&'static str],
        handler: H,
    ) -> Self
    where
        H: Fn(Call) -> F + Send + Sync + 'static,
        F: Future<Output = Result<Response, Refused>> + Send + 'static,
    {
        Self {
            method,
            path,
            rights,
            handler: Box::new(move |call| Box::pin(handler(call))),
        }
    }
}

/// The router of these operations. Paths may end in a slash; another method than those of a path is 405.
pub fn router(server: &Server, routes: Vec<Route>) -> Router {
    let mut paths: BTreeMap<&'static str, Vec<Route>> = BTreeMap::new();
    for route in routes {
        paths.entry(route.path).or_default().push(route);
    }
    let mut router = Router::new();
    for (path, routes) in paths {
        let state = Arc::new(Place {
            server: server.clone(),
            routes,
        });
        let at = any(dispatch).with_state(state);
        router = router
            .route(&format!("/admin/realms/{{realm}}{path}"), at.clone())
            .route(&format!("/admin/realms/{{realm}}{path}/"), at);
    }
    router
        .route(
            "/admin/realms/{realm}/{*rest}",
            any(elsewhere).with_state(server.clone()),
        )
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
}

/// A path below a realm that no route has: 501 for what the contract has, 404 for anything else. Somebody without a token learns nothing.
async fn elsewhere(
    State(server): State<Server>,
    Path((realm, rest)): Path<(RealmName, String)>,
    request: Request,
) -> Response {
    let method = request.method().clone();
    if method == Method::OPTIONS {
        return cors::preflight(request.headers(), "DELETE, GET, POST, PUT");
    }
    let (parts, _) = request.into_parts();
    let refused = match admit(&server, &parts, &realm).await {
        Err(refused) => refused,
        Ok((caller, target)) if !caller.has_any(&target.name, rights::ANY) => Refused::Forbidden,
        Ok(_) if contract::has(&method, &rest) => Refused::NotServed(format!("{method} {rest}")),
        Ok(_) => Refused::NotFound("HTTP 404 Not Found"),
    };
    refused.into_response()
}

/// The operations of one path.
struct Place {
    server: Server,
    routes: Vec<Route>,
}

async fn dispatch(
    State(place): State<Arc<Place>>,
    params: RawPathParams,
    request: Request,
) -> Response {
    let method = request.method();
    let Some(route) = place.routes.iter().find(|route| route.method == *method) else {
        return not_allowed(&place, method, request.headers());
    };
    let params = params
        .iter()
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let call = match enter(&place.server, route, params, request).await {
        Ok(call) => call,
        Err(refused) => return refused.into_response(),
    };
    let reader = cors::reader(&call.caller, &call.headers);
    let mut response = match (route.handler)(call).await {
        Ok(response) => response,
        Err(refused) => refused.into_response(),
    };
    if let Some(origin) = reader {
        cors::allow(&mut response, origin);
    }
    response
}

/// Keycloak answers a method that a known path does not have by 405 for `PATCH` alone, by 404 otherwise.
fn not_allowed(place: &Place, method: &Method, headers: &HeaderMap) -> Response {
    if *method == Method::OPTIONS {
        let mut allowed: Vec<&str> = place
            .routes
            .iter()
            .map(|route| route.method.as_str())
            .collect();
        allowed.sort_unstable();
        return cors::preflight(headers, &allowed.join(", "));
    }
    if *method == Method::PATCH {
        return Refused::Error(
            StatusCode::METHOD_NOT_ALLOWED,
            "HTTP 405 Method Not Allowed",
        )
        .into_response();
    }
    Refused::NotFound("HTTP 404 Not Found").into_response()
}

/// Token, realm, right and body, in Keycloak's order.
async fn enter(
    server: &Server,
    route: &Route,
    params: Vec<(String, String)>,
    request: Request,
) -> Result<Call, Refused> {
    let (parts, body) = request.into_parts();
    let name = params.iter().find(|(name, _)| name == "realm");
    let target = RealmName::new(name.map_or("", |(_, value)| value.as_str()));
    let (caller, target) = admit(server, &parts, &target).await?;
    if !caller.has_any(&target.name, route.rights) {
        return Err(Refused::Forbidden);
    }
    let body = read(body).await?;
    let base = server.hostname.admin_base(&caller.home.arrival, None);
    let mut call = Call {
        server: server.clone(),
        caller,
        params,
        query: url::form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes())
            .into_owned()
            .collect(),
        headers: parts.headers,
        body,
        address: format!("{base}/admin/realms"),
        target,
    };
    call.address = call.location(&[call.target.name.as_str()]);
    Ok(call)
}

/// Who calls and which realm they mean; a realm that is not there is told to anybody of `master`.
pub(crate) async fn admit(
    server: &Server,
    parts: &Parts,
    target: &RealmName,
) -> Result<(Caller, Arc<realm::Realm>), Refused> {
    let arrival = parts.extensions.get::<Arrival>().cloned();
    let arrival = arrival.ok_or(Refused::Unauthorized)?;
    let caller = Caller::identify(server, arrival, &parts.headers).await?;
    match server.store.realm(target).await? {
        Some(_) if !caller.is_of_master() && caller.home.realm.name != *target => {
            Err(Refused::Forbidden)
        }
        Some(realm) => Ok((caller, realm)),
        None => Err(Refused::NotFound("Realm not found.")),
    }
}

pub(crate) async fn read(body: Body) -> Result<Bytes, Refused> {
    axum::body::to_bytes(body, LARGEST_BODY)
        .await
        .map_err(|_| Refused::Error(StatusCode::PAYLOAD_TOO_LARGE, "HTTP 413 Content Too Large"))
}
