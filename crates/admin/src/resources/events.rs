use crate::access::Administrator;
use crate::answer::{self, Refused};
use authn::Server;
use axum::extract::{Extension, Path, RawQuery, State};
use axum::response::Response;
use edge::Arrival;
use http::{HeaderMap, StatusCode};
use realm::{RealmName, UserId};
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

/// `GET /admin/realms/{realm}/events`: login events, the newest first. Needs `view-events`.
///
/// `type` (one), `client`, `user`, `dateFrom` and `dateTo` (epoch milliseconds) narrow; `first` and `max` page.
pub async fn list(
    State(server): State<Server>,
    Extension(arrival): Extension<Arrival>,
    Path(realm): Path<RealmName>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Refused> {
    let administrator =
        Administrator::admit(&server, arrival, &headers, &realm, "view-events").await?;
    let filter = filter(&query.unwrap_or_default())?;
    let target = &administrator.target;
    let events = server
        .store
        .read()
        .await?
        .events()
        .list(&target.id, &filter)
        .await?;
    let list: Vec<_> = events
        .iter()
        .map(|event| represent(target.id.as_str(), event))
        .collect();
    Ok(answer::json(StatusCode::OK, &list))
}

fn filter(query: &str) -> Result<EventFilter, Refused> {
    let mut filter = EventFilter {
        max: USUAL,
        ..EventFilter::default()
    };
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
        let number = || {
            let wrong = |_| Refused::BadRequest(format!("{name} is not a number"));
            value.parse::<i64>().map_err(wrong)
        };
        let count = |number: i64| u32::try_from(number.clamp(0, 10_000)).unwrap_or(USUAL);
        match &*name {
            "type" if filter.kind.is_some() => {
                let text = "type can be given once".to_owned();
                return Err(Refused::BadRequest(text));
            }
            "type" => filter.kind = Some(value.into_owned()),
            "client" => filter.client_id = Some(value.into_owned()),
            "user" => filter.user = Some(UserId::new(value.into_owned())),
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
