use crate::answer::{self, Refused};
use crate::call::Call;
use crate::rights;
use crate::route::Route;
use axum::response::Response;
use http::Method;
use realm::UserId;
use serde::Serialize;
use std::collections::BTreeMap;
use store::{Event, EventFilter, Timestamp};

/// Without `max`, so many events are listed.
const USUAL: u32 = 100;

/// Keycloak's `EventRepresentation`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Representation<'a> {
    id: &'a str,
    /// Epoch milliseconds.
    time: i64,
    #[serde(rename = "type")]
    kind: &'a str,
    realm_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    session_id: Option<&'a str>,
    ip_address: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a str>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    details: &'a BTreeMap<String, String>,
}

pub fn routes() -> Vec<Route> {
    vec![Route::new(
        Method::GET,
        "/events",
        rights::VIEW_EVENTS,
        list,
    )]
}

/// `GET events`: login events, the newest first. Needs `view-events`.
///
/// `type` (one), `client`, `user`, `dateFrom` and `dateTo` (epoch milliseconds) narrow; `first` and `max` page.
async fn list(call: Call) -> Result<Response, Refused> {
    let filter = filter(&call.query)?;
    let realm = &call.target.id;
    let mut reader = call.server.store.read().await?;
    let events = reader.events().list(realm, &filter).await?;
    let list: Vec<_> = events
        .iter()
        .map(|event| represent(realm.as_str(), event))
        .collect();
    Ok(answer::ok(&list))
}

fn filter(query: &[(String, String)]) -> Result<EventFilter, Refused> {
    let mut filter = EventFilter {
        max: USUAL,
        ..EventFilter::default()
    };
    for (name, value) in query {
        let number = || {
            let wrong = |_| Refused::BadRequest(format!("{name} is not a number"));
            value.parse::<i64>().map_err(wrong)
        };
        let count = |number: i64| u32::try_from(number.clamp(0, 10_000)).unwrap_or(USUAL);
        match name.as_str() {
            "type" if filter.kind.is_some() => {
                let text = "type can be given once".to_owned();
                return Err(Refused::BadRequest(text));
            }
            "type" => filter.kind = Some(value.clone()),
            "client" => filter.client_id = Some(value.clone()),
            "user" => filter.user = Some(UserId::new(value.clone())),
            "dateFrom" => filter.from = Some(Timestamp(number()?)),
            "dateTo" => filter.to = Some(Timestamp(number()?)),
            "first" => filter.first = count(number()?),
            "max" => filter.max = count(number()?),
            "ipAddress" | "direction" => {
                return Err(Refused::BadRequest(format!("{name} is not served yet")));
            }
            _ => {}
        }
    }
    Ok(filter)
}

fn represent<'a>(realm: &'a str, event: &'a Event) -> Representation<'a> {
    Representation {
        id: &event.id,
        time: event.time.0,
        kind: &event.kind,
        realm_id: realm,
        client_id: event.client_id.as_deref(),
        user_id: event.user.as_ref().map(UserId::as_str),
        session_id: event.session.as_ref().map(realm::SessionId::as_str),
        ip_address: &event.ip_address,
        error: event.error.as_deref(),
        details: &event.details,
    }
}
