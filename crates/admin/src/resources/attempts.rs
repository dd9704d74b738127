use crate::answer::{self, Refused};
use crate::call::Call;
use crate::rights;
use crate::route::Route;
use axum::response::Response;
use http::Method;
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

pub fn routes() -> Vec<Route> {
    let path = "/attempts/{code}";
    vec![Route::new(Method::GET, path, rights::VIEW_EVENTS, show)]
}

/// `GET attempts/{code}`: the ordered trace of the sign-in attempt whose code a person read out. Needs `view-events`.
async fn show(call: Call) -> Result<Response, Refused> {
    let store = &call.server.store;
    let attempt = store
        .traces()
        .find(store, &call.target.id, call.param("code"));
    let attempt = attempt.await?;
    let attempt = attempt.ok_or(Refused::NotFound("Could not find sign-in attempt"))?;
    Ok(answer::ok(&Representation {
        code: attempt.code,
        time: attempt.time.0,
        outcome: attempt.outcome,
        client_id: attempt.client_id,
        username: attempt.user,
        ip_address: attempt.ip_address,
        steps: attempt.steps,
    }))
}
