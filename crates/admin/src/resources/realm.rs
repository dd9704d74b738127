//! The realm itself.

use crate::answer::{self, Refused};
use crate::call::Call;
use crate::rights;
use crate::route::Route;
use axum::response::Response;
use http::Method;
use realm::representation::{self, Secrets};

pub fn routes() -> Vec<Route> {
    vec![Route::new(Method::GET, "", rights::ANY, show)]
}

/// `GET` of the realm: whole with `view-realm`, its name and what pages need for any other right.
async fn show(call: Call) -> Result<Response, Refused> {
    let mut own = representation::realm(&call.target, Secrets::Masked);
    if !call.may(rights::VIEW_REALM) {
        own.retain(|name, _| REDUCED.contains(&name.as_str()));
    }
    Ok(answer::ok(&own))
}

/// What somebody without `view-realm` sees.
const REDUCED: &[&str] = &[
    "realm",
    "registrationEmailAsUsername",
    "bruteForceProtected",
    "supportedLocales",
    "organizationsEnabled",
];
