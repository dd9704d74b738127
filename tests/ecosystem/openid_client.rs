//! openid-client: a web application of Node.js.

use crate::app::Node;
use crate::{SECRET, alice_signs_in, shown, start};
use serde_json::json;

#[tokio::test]
async fn signs_in_asks_refreshes_revokes_and_signs_out() {
    let node = Node::take();
    let base = node.base();
    // As with Keycloak, only who is in a token's audience may ask about it.
    let audience = json!({
        "name": "audience",
        "protocol": "openid-connect",
        "protocolMapper": "oidc-audience-mapper",
        "config": { "included.client.audience": "app", "access.token.claim": "true" },
    });
    let more = json!({ "secret": SECRET, "protocolMappers": [audience] });
    let (site, browser) = start(&base, more).await;
    let _application = node.start(&site, "openid-client.mjs");

    browser.open(&format!("{base}/login")).await;
    alice_signs_in(&browser).await;
    let me = shown(&browser).await;
    assert_eq!(me["email"], "alice@example.com", "{me}");

    browser.open(&format!("{base}/introspect")).await;
    let token = shown(&browser).await;
    assert_eq!(token["active"], true, "{token}");
    assert_eq!(token["sub"], me["sub"]);

    browser.open(&format!("{base}/refresh")).await;
    assert_eq!(shown(&browser).await, json!({ "another": true }));
    browser.open(&format!("{base}/me")).await;
    assert_eq!(shown(&browser).await, me);

    browser.open(&format!("{base}/logout")).await;
    assert_eq!(shown(&browser).await, json!({ "bye": true }));
    browser.open(&format!("{base}/refresh")).await;
    assert_eq!(shown(&browser).await["error"], "invalid_grant");

    browser.open(&format!("{base}/login")).await;
    alice_signs_in(&browser).await;
    browser.open(&format!("{base}/revoke")).await;
    assert_eq!(shown(&browser).await, json!({ "revoked": true }));
    browser.open(&format!("{base}/refresh")).await;
    assert_eq!(shown(&browser).await["error"], "invalid_grant");
    browser.close().await;
}
