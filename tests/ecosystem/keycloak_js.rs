//! keycloak-js: a single-page application.

use crate::app::Pages;
use crate::{alice_signs_in, shown, site, start, state};
use serde_json::{Value, json};
use support::browser::Browser;
use support::site::Site;

/// Without a fallback, what frames can't do isn't done.
fn settings(site: &Site, fallback: bool) -> Value {
    json!({ "url": site.base(), "realm": "demo", "clientId": "app", "silentCheckSsoFallback": fallback })
}

/// How often the page was loaded since it was counted last.
async fn loads(browser: &Browser) -> u64 {
    const LOADS: &str = "const loads = Number(sessionStorage.loads); sessionStorage.loads = 0; arguments[0](loads);";
    browser.ask(LOADS, Vec::new()).await.as_u64().unwrap()
}

#[tokio::test]
async fn signs_in_silently_refreshes_and_notices_a_sign_out() {
    let pages = Pages::take().await;
    let base = pages.base();
    let (site, browser) = start(&base, json!({ "publicClient": true })).await;
    pages.serve("keycloak-js", &settings(&site, false));

    browser.open(&base).await;
    state(&browser, "signed-out").await;
    browser.follow("#login").await;
    alice_signs_in(&browser).await;
    state(&browser, "signed-in").await;
    assert_eq!(shown(&browser).await["email"], "alice@example.com");
    // Cookies of third parties are found to work, or the library would not watch.
    browser.find("iframe[title=keycloak-session-iframe]").await;

    // The tokens were in the page alone: a frame fetches new ones, and the page stays.
    loads(&browser).await;
    browser.open(&base).await;
    state(&browser, "signed-in").await;
    assert_eq!(loads(&browser).await, 1);
    // The session is watched, and found to be the same.
    browser.find("body[data-unchanged]").await;
    assert!(browser.has("body[data-state=signed-in]").await);

    const REFRESH: &str = "const [done] = arguments, before = keycloak.token; \
        keycloak.updateToken(-1).then((was) => done([was, keycloak.token !== before]), (error) => done(String(error)));";
    let refreshed = browser.ask(REFRESH, Vec::new()).await;
    assert_eq!(refreshed, json!([true, true]));

    // Another window signs out; this one hears of it.
    const ELSEWHERE: &str =
        "window.open(keycloak.createLogoutUrl({ redirectUri: location.origin + '/' }));";
    browser.run(ELSEWHERE).await;
    state(&browser, "signed-out-elsewhere").await;
    let dead = browser.ask(
        "const [done] = arguments; done(keycloak.authenticated);",
        Vec::new(),
    );
    assert_eq!(dead.await, json!(false));

    browser.open(&base).await;
    state(&browser, "signed-out").await;
    browser.follow("#login").await;
    alice_signs_in(&browser).await;
    state(&browser, "signed-in").await;
    browser.follow("#logout").await;
    state(&browser, "signed-out").await;
    browser.follow("#login").await;
    browser.find("#kc-form-login").await;
    browser.close().await;
}

#[tokio::test]
async fn a_browser_that_keeps_cookies_from_frames_is_sent_there_and_back() {
    let pages = Pages::take().await;
    let base = pages.base();
    let site = site(&base, json!({ "publicClient": true }));
    let browser = Browser::start(&site.ca, None).await;
    pages.serve("keycloak-js", &settings(&site, true));

    browser.open(&base).await;
    state(&browser, "signed-out").await;
    browser.follow("#login").await;
    alice_signs_in(&browser).await;
    state(&browser, "signed-in").await;

    loads(&browser).await;
    browser.open(&base).await;
    state(&browser, "signed-in").await;
    assert_eq!(loads(&browser).await, 2);
    assert!(!browser.has("iframe").await);
    browser.follow("#logout").await;
    state(&browser, "signed-out").await;
    browser.close().await;
}
