//! What travels with pages: bound to the browser, to the tab, to time; and what a person sees when it can't be used.

use crate::browser::{Ask, Browser, action, brief, code, form_url, shown, signed_in};
use crate::world::{codes, world};
use authn::cookies::Cookies;
use authn::login::{self, Action, Again, Progress, Prompt};
use serde_json::json;

const ALICE: [(&str, &str); 2] = [("username", "alice"), ("password", "pw")];

#[tokio::test]
async fn a_wrong_password_shows_the_page_again_with_a_code() {
    let world = world(json!({})).await;
    let mut browser = Browser::default();
    let page = shown(browser.begin(&world).await);
    assert_eq!(code(&page), None);
    let page = shown(
        browser
            .send(
                &world,
                &page,
                &[("username", " alice "), ("password", "no")],
            )
            .await,
    );
    assert!(page.status == 200 && page.set_cookies.is_empty());
    assert!(
        page.page.html.contains("id=\"input-error-username\"")
            && page.page.html.contains("value=\"alice\"")
    );
    let trace = world.trace(&code(&page).unwrap()).await;
    assert_eq!(
        (
            codes(&trace).last().unwrap().as_str(),
            trace.client_id.as_deref()
        ),
        ("USER-PASSWORD", Some("app"))
    );
    let events = world.events().await;
    assert_eq!(events[0].details["username"], "alice");
    assert_eq!(events[0].details["auth_method"], "openid-connect");
    assert_eq!(events[0].user, Some(world.user("alice").await.id));

    // The same words for who does not exist, and for nothing at all.
    let words = |page: &login::Shown| {
        let html = &page.page.html;
        html.split("id=\"input-error-username\">")
            .nth(1)
            .unwrap()
            .split('<')
            .next()
            .unwrap()
            .to_owned()
    };
    let said = words(&page);
    for form in [
        vec![("username", "nobody"), ("password", "pw")],
        vec![("username", ""), ("password", "pw")],
        vec![],
    ] {
        let page = shown(browser.send(&world, &page, &form).await);
        assert_eq!(words(&page), said);
    }
    let done = signed_in(browser.send(&world, &page, &ALICE).await);
    assert_eq!(done.request, json!({"state": "s-1"}));
    assert!(
        done.event
            .clone()
            .record_alone(&world.cx().await)
            .await
            .is_ok()
    );
    done.attempt.close(&world.cx().await, "signed in");
}

#[tokio::test]
async fn a_disabled_account_is_told_to_who_knows_its_password() {
    let world = world(json!({})).await;
    world
        .change_user("alice", |alice| alice.enabled = false)
        .await;
    let mut browser = Browser::default();
    let page = shown(browser.begin(&world).await);
    for (password, reason) in [("no", "USER-PASSWORD"), ("pw", "USER-DISABLED")] {
        let page = shown(
            browser
                .send(
                    &world,
                    &page,
                    &[("username", "alice"), ("password", password)],
                )
                .await,
        );
        assert_eq!(
            codes(&world.trace(&code(&page).unwrap()).await)
                .last()
                .unwrap(),
            reason
        );
    }
}

#[tokio::test]
async fn state_opens_in_its_own_browser_alone() {
    let world = world(json!({})).await;
    let mut browser = Browser::default();
    let page = shown(browser.begin(&world).await);
    let mut other = Browser::default();
    other.begin(&world).await;
    // The other browser starts its own sign-in anew.
    assert_eq!(
        brief(&other.send(&world, &page, &ALICE).await),
        "restart Asked"
    );
    other.jar.remove("KC_RESTART");
    let lost = shown(other.send(&world, &page, &ALICE).await);
    assert_eq!(lost.status, 400);
    assert!(lost.page.html.contains("took too long"));
    let lost = shown(Browser::default().send(&world, &page, &ALICE).await);
    assert!(lost.status == 400 && lost.page.html.contains("cookie"));
    // A cookie that we did not sign is none.
    let mut forged = browser.clone();
    forged.jar.remove("KC_RESTART");
    for value in [
        "AAAA",
        "",
        &"A".repeat(200),
        &browser.jar["AUTH_SESSION_ID"][1..],
    ] {
        forged
            .jar
            .insert("AUTH_SESSION_ID".to_owned(), value.to_owned());
        assert!(
            shown(forged.send(&world, &page, &ALICE).await)
                .page
                .html
                .contains("cookie"),
            "{value}"
        );
    }
    // A route behind the dot is for proxies.
    let routed = format!("{}.node1", browser.jar["AUTH_SESSION_ID"]);
    browser.jar.insert("AUTH_SESSION_ID".to_owned(), routed);
    assert_eq!(brief(&browser.send(&world, &page, &ALICE).await), "alice");
}

#[tokio::test]
async fn an_action_has_to_fit_its_state() {
    let world = world(json!({})).await;
    let mut browser = Browser::default();
    let page = shown(browser.begin(&world).await);
    let good = action(&page);
    type Change = fn(&mut Action);
    let changes: [(Change, &str); 7] = [
        (|_| {}, "alice"),
        (|action| action.execution = None, "alice"),
        (
            |action| action.execution = Some("other".to_owned()),
            "login-page-expired 200",
        ),
        (
            |action| action.client_id = Some("account".to_owned()),
            "error 400",
        ),
        (|action| action.client_id = None, "error 400"),
        (
            |action| action.tab_id = Some("other".to_owned()),
            "restart Asked",
        ),
        (|action| action.session_code = None, "restart Asked"),
    ];
    for (change, expected) in changes {
        let mut changed = good.clone();
        change(&mut changed);
        let mut copy = browser.clone();
        assert_eq!(
            brief(&copy.act(&world, &changed, Some(&ALICE)).await),
            expected,
            "{changed:?}"
        );
    }
    // What an expired page offers leads back to where the sign-in stands.
    let mut changed = good.clone();
    changed.execution = Some("other".to_owned());
    let expired = shown(browser.act(&world, &changed, Some(&ALICE)).await);
    let session_code = good.session_code.as_deref().unwrap();
    assert!(
        expired.page.html.contains(session_code)
            && expired.page.html.contains("login-actions/restart?")
    );
    // Asked for again, the page comes again.
    assert_eq!(brief(&browser.act(&world, &good, None).await), "login 200");
}

#[tokio::test]
async fn a_sign_in_that_took_too_long_starts_again() {
    let world = world(json!({})).await;
    let mut browser = Browser::default();
    let page = shown(browser.begin(&world).await);
    world.clock.advance(1799);
    assert_eq!(
        brief(&browser.clone().send(&world, &page, &ALICE).await),
        "alice"
    );
    world.clock.advance(1);
    let Progress::Restart(restart) = browser.send(&world, &page, &ALICE).await else {
        panic!("in time");
    };
    assert_eq!(
        (restart.again, restart.client.as_str()),
        (Again::TimedOut, "app")
    );
    assert_eq!(restart.request, json!({"state": "s-1"}));
    let ask = Ask {
        again: restart.again,
        request: restart.request,
        ..Ask::default()
    };
    let page = shown(browser.ask(&world, ask).await);
    assert!(page.page.html.contains("role=\"status\"") && page.page.html.contains("took too long"));
}

#[tokio::test]
async fn the_restart_cookie_gives_the_request_back() {
    let world = world(json!({})).await;
    let mut browser = Browser::default();
    browser.begin(&world).await;
    let cx = world.cx().await;
    let restart = login::restart(&cx, &browser.cookies()).unwrap();
    assert_eq!((restart.prompt, restart.max_age), (Prompt::Normal, None));
    assert_eq!(
        (restart.client.as_str(), restart.request),
        ("app", json!({"state": "s-1"}))
    );
    assert!(login::restart(&cx, &Cookies::default()).is_none());
    // One too large for a cookie is left out, and the sign-in works without.
    let ask = Ask {
        request: json!({"state": "x".repeat(3900)}),
        ..Ask::default()
    };
    let mut browser = Browser::default();
    let page = shown(browser.ask(&world, ask).await);
    assert!(!browser.jar.contains_key("KC_RESTART") && form_url(&page).len() < 8000);
    let ask = Ask {
        request: json!({"state": "x".repeat(6000)}),
        ..Ask::default()
    };
    let refused = Browser::default().ask(&world, ask).await;
    assert_eq!(brief(&refused), "error 400");
    assert_eq!(world.only_event().await.2, "FLOW-STATE-TOO-LARGE");
}

#[tokio::test]
async fn anonymous_requests_write_nothing() {
    let world = world(json!({})).await;
    let mut browser = Browser::default();
    let page = shown(browser.begin(&world).await);
    browser.act(&world, &action(&page), None).await;
    assert!(world.events().await.is_empty());
    let alice = world.user("alice").await;
    let mut reader = world.server.store.read().await.unwrap();
    assert!(
        reader
            .sessions()
            .of_user(&world.id, &alice.id)
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn pages_speak_the_chosen_language_where_the_realm_does() {
    let world = world(
        json!({"internationalizationEnabled": true, "supportedLocales": ["en", "de", "tlh"]}),
    )
    .await;
    let mut browser = Browser::default();
    let page = shown(browser.begin(&world).await);
    assert!(
        page.page.html.contains("<html lang=\"en\"") && page.page.html.contains("kc_locale=de")
    );
    let mut german = action(&page);
    german.kc_locale = Some("de".to_owned());
    let page = shown(browser.act(&world, &german, None).await);
    assert!(page.page.html.contains("<html lang=\"de\""));
    assert_eq!(browser.jar["KEYCLOAK_LOCALE"], "de");
    // And so does the page behind it.
    let page = shown(browser.send(&world, &page, &[("username", "alice")]).await);
    assert!(page.page.html.contains("<html lang=\"de\""));
}

#[tokio::test]
async fn a_realms_own_texts_and_languages_are_on_its_pages() {
    let world = world(json!({
        "internationalizationEnabled": true,
        "supportedLocales": ["en", "fr", "tlh"],
        "defaultLocale": "fr",
        "localizationTexts": {"fr": {"doLogIn": "C'est parti"}, "en": {"doLogIn": "Go"}},
    }))
    .await;
    let mut browser = Browser::default();
    let page = shown(browser.begin(&world).await);
    assert!(page.page.html.contains(">Go</button>"));
    assert!(!page.page.html.contains("kc_locale=tlh"));
    let mut french = action(&page);
    french.kc_locale = Some("fr".to_owned());
    let html = shown(browser.act(&world, &french, None).await).page.html;
    assert!(html.contains("<html lang=\"fr\"") && html.contains(">C&#x27;est parti</button>"));
    assert!(html.contains(">Password</label>"), "English stands below");
}

#[tokio::test]
async fn only_our_own_origin_is_ours() {
    let world = world(json!({})).await;
    let cx = world.cx().await;
    for (origin, ours) in [
        ("http://localhost", true),
        ("https://localhost", false),
        ("http://localhost:8080", false),
        ("http://localhost.evil.example", false),
        ("null", false),
    ] {
        assert_eq!(cx.is_own_origin(origin), ours, "{origin}");
    }
}

#[tokio::test]
async fn what_was_asked_of_a_sign_in_is_asked_again() {
    let world = world(json!({})).await;
    let mut browser = Browser::default();
    let ask = Ask {
        prompt: Prompt::Login,
        max_age: Some(60),
        login_hint: Some("alice".to_owned()),
        ..Ask::default()
    };
    let page = shown(browser.ask(&world, ask).await);
    let cx = world.cx().await;
    let by_cookie = login::restart(&cx, &browser.cookies()).unwrap();
    world.clock.advance(1800);
    let Progress::Restart(by_time) = browser.send(&world, &page, &ALICE).await else {
        panic!("in time");
    };
    for restart in [by_cookie, *by_time] {
        assert_eq!((restart.prompt, restart.max_age), (Prompt::Login, Some(60)));
        assert_eq!(restart.login_hint.as_deref(), Some("alice"));
    }
}
