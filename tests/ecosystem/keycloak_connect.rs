//! keycloak-connect: a web application of Node.js with Keycloak's own adapter.

use crate::app::Node;
use crate::{SECRET, alice_signs_in, shown, start};
use serde_json::json;
use std::time::Instant;
use support::wait::DEADLINE;

#[tokio::test]
async fn routes_are_for_those_who_are_signed_in_and_have_the_role() {
    let node = Node::take();
    let base = node.base();
    let (site, browser) = start(&base, json!({ "secret": SECRET })).await;
    let _application = node.start(&site, "keycloak-connect.cjs");

    browser.open(&format!("{base}/protected")).await;
    alice_signs_in(&browser).await;
    assert_eq!(shown(&browser).await["name"], "alice");
    // The adapter takes its parameters off the address, but does not know `iss`.
    let url = browser.url().await;
    assert_eq!(
        url.split('?').next(),
        Some(format!("{base}/protected").as_str())
    );
    browser.open(&format!("{base}/users")).await;
    assert_eq!(shown(&browser).await, json!({ "users": true }));
    browser.open(&format!("{base}/rulers")).await;
    assert_eq!(browser.text().await, "Access denied");
    browser.open(&format!("{base}/userinfo")).await;
    assert_eq!(shown(&browser).await["email"], "alice@example.com");

    browser.open(&format!("{base}/logout")).await;
    assert_eq!(shown(&browser).await, json!({ "home": true }));
    browser.open(&format!("{base}/protected")).await;
    browser.find("#kc-form-login").await;
    browser.close().await;
}

#[tokio::test]
async fn an_expired_token_is_refreshed() {
    let node = Node::take();
    let base = node.base();
    // Long enough to be received while it is good.
    let lifespan = json!({ "access.token.lifespan": "8" });
    let more = json!({ "secret": SECRET, "attributes": lifespan });
    let (site, browser) = start(&base, more).await;
    let _application = node.start(&site, "keycloak-connect.cjs");

    browser.open(&format!("{base}/protected")).await;
    alice_signs_in(&browser).await;
    let first = shown(&browser).await;
    let started = Instant::now();
    loop {
        browser.open(&format!("{base}/protected")).await;
        let now = shown(&browser).await;
        assert_eq!(now["name"], first["name"]);
        if now["token"] != first["token"] {
            break;
        }
        assert!(started.elapsed() < DEADLINE, "never refreshed: {now}");
    }
    browser.close().await;
}

#[tokio::test]
async fn the_application_is_told_of_a_sign_out() {
    let node = Node::take();
    let base = node.base();
    let more = json!({ "secret": SECRET, "adminUrl": format!("{base}/") });
    let (site, browser) = start(&base, more).await;
    let _application = node.start(&site, "keycloak-connect.cjs");

    browser.open(&format!("{base}/protected")).await;
    alice_signs_in(&browser).await;
    assert_eq!(shown(&browser).await["name"], "alice");
    let end = format!("{}/protocol/openid-connect/logout", site.issuer());
    browser.open(&end).await;
    browser.follow("#kc-logout").await;

    // Its token would be good for minutes.
    let started = Instant::now();
    loop {
        browser.open(&format!("{base}/protected")).await;
        if browser.has("#kc-form-login").await {
            break;
        }
        assert!(started.elapsed() < DEADLINE, "never told");
    }
    browser.close().await;
}
