//! The list of realms.

use crate::access::Caller;
use crate::answer::{self, Refused};
use crate::rights;
use authn::Server;
use axum::Router;
use axum::extract::{Extension, RawQuery, State};
use axum::response::Response;
use axum::routing::get;
use edge::Arrival;
use http::HeaderMap;
use realm::representation::{self, Secrets};
use serde_json::json;

pub fn router(server: Server) -> Router {
    Router::new()
        .route("/admin/realms", get(list))
        .route("/admin/realms/", get(list))
        .with_state(server)
}

/// `GET /admin/realms`: each realm whole with `view-realm` over it, by its name alone with any other right, not at all without.
async fn list(
    State(server): State<Server>,
    Extension(arrival): Extension<Arrival>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Refused> {
    let caller = Caller::identify(&server, arrival, &headers).await?;
    let query = query.unwrap_or_default();
    let brief = url::form_urlencoded::parse(query.as_bytes())
        .any(|(name, value)| name == "briefRepresentation" && value.eq_ignore_ascii_case("true"));
    let mut list = Vec::new();
    for name in server.store.realm_names().await? {
        if !caller.has_any(&name, rights::ANY) {
            continue;
        }
        if !caller.has_any(&name, rights::VIEW_REALM) {
            list.push(json!({"realm": name}));
            continue;
        }
        let Some(realm) = server.store.realm(&name).await? else {
            continue;
        };
        let mut own = representation::realm(&realm, Secrets::Masked);
        if brief {
            own.retain(|name, _| BRIEF.contains(&name.as_str()));
        }
        list.push(own.into());
    }
    if list.is_empty() {
        return Err(Refused::Forbidden);
    }
    Ok(answer::ok(&list))
}

const BRIEF: &[&str] = &["id", "realm", "displayName", "displayNameHtml", "enabled"];
