//! oidc-client-ts: a single-page application that knows nothing of Keycloak.

use crate::app::Pages;
use crate::{alice_signs_in, shown, start, state};
use serde_json::json;

#[tokio::test]
async fn signs_in_renews_both_ways_and_notices_a_sign_out() {
    let pages = Pages::take().await;
    let base = pages.base();
    let (site, browser) = start(&base, json!({ "publicClient": true })).await;
    let settings = json!({ "authority": site.issuer(), "client_id": "app" });
    pages.serve("oidc-client-ts", &settings);

    browser.open(&base).await;
    state(&browser, "signed-out").await;
    browser.follow("#login").await;
    alice_signs_in(&browser).await;
    state(&browser, "signed-in").await;
    let profile = shown(&browser).await;
    assert_eq!(profile["email"], "alice@example.com");
    assert_eq!(profile["name"], "Alice Archer");

    // By the refresh token, and without one by a frame.
    const RENEW: &str = "const [forget, done] = arguments; (async () => { \
        const before = await manager.getUser(); \
        if (forget) { before.refresh_token = undefined; await manager.storeUser(before); } \
        const user = await manager.signinSilent(); \
        return [user.access_token !== before.access_token, user.profile.sub === before.profile.sub]; \
        })().then(done, (error) => done(String(error)));";
    for without_refresh_token in [false, true] {
        let renewed = browser.ask(RENEW, vec![without_refresh_token.into()]).await;
        assert_eq!(renewed, json!([true, true]), "{without_refresh_token}");
    }

    // Another window signs out; this one hears of it.
    const ELSEWHERE: &str = "const [done] = arguments; (async () => { \
        const user = await manager.getUser(), end = await manager.metadataService.getEndSessionEndpoint(); \
        window.open(`${end}?id_token_hint=${user.id_token}`); \
        })().then(() => done(true), (error) => done(String(error)));";
    assert_eq!(browser.ask(ELSEWHERE, Vec::new()).await, json!(true));
    state(&browser, "signed-out-elsewhere").await;

    const FORGET: &str = "const [done] = arguments; manager.removeUser().then(() => done(true));";
    assert_eq!(browser.ask(FORGET, Vec::new()).await, json!(true));
    browser.follow("#login").await;
    alice_signs_in(&browser).await;
    state(&browser, "signed-in").await;
    browser.follow("#logout").await;
    state(&browser, "signed-out").await;
    browser.follow("#login").await;
    browser.find("#kc-form-login").await;
    browser.close().await;
}
