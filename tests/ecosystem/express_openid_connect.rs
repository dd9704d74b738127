//! express-openid-connect: a web application of Node.js.

use crate::app::Node;
use crate::{SECRET, alice_signs_in, shown, start};
use serde_json::json;

#[tokio::test]
async fn signs_in_asks_refreshes_and_signs_out() {
    let node = Node::take();
    let base = node.base();
    let (site, browser) = start(&base, json!({ "secret": SECRET })).await;
    let _application = node.start(&site, "express-openid-connect.cjs");

    browser.open(&format!("{base}/me")).await;
    alice_signs_in(&browser).await;
    assert_eq!(shown(&browser).await["email"], "alice@example.com");
    browser.open(&format!("{base}/refresh")).await;
    assert_eq!(shown(&browser).await, json!({ "another": true }));

    browser.open(&format!("{base}/logout")).await;
    assert_eq!(shown(&browser).await, json!({ "signedIn": false }));
    browser.open(&format!("{base}/me")).await;
    browser.find("#kc-form-login").await;
    browser.close().await;
}

#[tokio::test]
async fn the_first_example_of_its_manual_signs_in_and_out() {
    let node = Node::take();
    let base = node.base();
    let more = json!({ "secret": SECRET, "implicitFlowEnabled": true });
    let (site, browser) = start(&base, more).await;
    let _application = node.start(&site, "express-openid-connect-minimal.cjs");

    browser.open(&base).await;
    alice_signs_in(&browser).await;
    let user = shown(&browser).await;
    assert_eq!(user["preferred_username"], "alice", "{user}");

    // Signed out, the first page leads to the form again.
    browser.open(&format!("{base}/logout")).await;
    browser.find("#kc-form-login").await;
    browser.close().await;
}
