//! Applications of the libraries that people use sign in, as the libraries' documentation makes them: nothing in them was made for Postern.
#![allow(clippy::unwrap_used, missing_docs)]

mod app;
mod express_openid_connect;
mod keycloak_connect;
mod keycloak_js;
mod oidc_client_ts;
mod openid_client;

use serde_json::{Value, json};
use support::browser::Browser;
use support::postern::demo_realm;
use support::site::Site;

/// The secret of the applications that have one.
const SECRET: &str = "the-secret-of-the-application";

/// Postern, and a browser that believes it and lets frames have cookies; the demo realm has one more client, `app`, at this address.
async fn start(base: &str, more: Value) -> (Site, Browser) {
    let site = site(base, more);
    let browser = Browser::with_cookies_in_frames(&site.ca).await;
    (site, browser)
}

/// The same without a browser.
fn site(base: &str, more: Value) -> Site {
    let mut client = json!({
        "clientId": "app",
        "enabled": true,
        "protocol": "openid-connect",
        "redirectUris": [format!("{base}/*")],
        "webOrigins": ["+"],
        "standardFlowEnabled": true,
        "attributes": { "post.logout.redirect.uris": "+" },
    });
    for (key, value) in more.as_object().unwrap() {
        client[key] = value.clone();
    }
    let mut realm = demo_realm();
    realm["clients"].as_array_mut().unwrap().push(client);
    Site::dev(None, &realm)
}

/// Alice fills in the form that she was led to.
async fn alice_signs_in(browser: &Browser) {
    browser.fill("#username", "alice").await;
    browser.fill("#password", "alice").await;
    browser.follow("#kc-login").await;
}

/// What the page shows as JSON.
async fn shown(browser: &Browser) -> Value {
    serde_json::from_str(&browser.read("pre").await).unwrap()
}

/// Waits until the page is in this state, and did not fail.
async fn state(browser: &Browser, state: &str) {
    let either = format!("body[data-state='{state}'], body[data-state=failed]");
    browser.find(&either).await;
    assert!(
        browser.has(&format!("body[data-state='{state}']")).await,
        "not {state}: {}",
        browser.text().await
    );
}
