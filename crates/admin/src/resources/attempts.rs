use crate::access::Administrator;
use crate::answer::{self, Refused};
use authn::Server;
use axum::extract::{Extension, Path, State};
use axum::response::Response;
use edge::Arrival;
use http::{HeaderMap, StatusCode};
use realm::RealmName;
use serde::Serialize;
use serde_json::Value;

/// A sign-in attempt for an administrator.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Representation {
    code: String,
    /// Epoch milliseconds.
    time: i64,
    outcome: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    username: Option<String>,
    ip_address: String,
    /// In order: `stage`, `text`, and `code` for what has a page of its own.
    steps: Value,
}

/// `GET /admin/realms/{realm}/attempts/{code}`: the ordered trace of the sign-in attempt whose code a person read out. Needs `view-events`.
pub async fn show(
    State(server): State<Server>,
    Extension(arrival): Extension<Arrival>,
    Path((realm, code)): Path<(RealmName, String)>,
    headers: HeaderMap,
) -> Result<Response, Refused> {
    let administrator =
        Administrator::admit(&server, arrival, &headers, &realm, "view-events").await?;
    let store = &server.store;
    let attempt = store.traces().find(store, &administrator.target.id, &code);
    let attempt = attempt.await?;
    let attempt = attempt.ok_or(Refused::NotFound("Could not find sign-in attempt"))?;
    let representation = Representation {
        code: attempt.code,
        time: attempt.time.0,
        outcome: attempt.outcome,
        client_id: attempt.client_id,
        username: attempt.user,
        ip_address: attempt.ip_address,
        steps: attempt.steps,
    };
    Ok(answer::json(StatusCode::OK, &representation))
}
