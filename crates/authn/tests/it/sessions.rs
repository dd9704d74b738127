//! Sessions, their cookies, and proving oneself once more.

use crate::browser::{Ask, Browser, action, brief, code, shown, signed_in};
use crate::world::{Request, codes, world};
use authn::cookies::Cookies;
use authn::login::{Progress, Prompt};
use authn::sso;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use store::{Session, Timestamp};

/// The attributes of a cookie that a sign-in sets, sorted.
fn attributes(progress: &Progress, name: &str) -> Vec<String> {
    let set = match progress {
        Progress::Show(shown) => &shown.set_cookies,
        Progress::SignedIn(signed_in) => &signed_in.set_cookies,
        _ => panic!("no cookies"),
    };
    let cookie = set.iter().find(|cookie| cookie.name() == name);
    let header = cookie.unwrap_or_else(|| panic!("no {name}")).header();
    let mut attributes: Vec<String> = header.split(';').skip(1).map(str::to_owned).collect();
    attributes.sort();
    attributes
}

#[tokio::test]
async fn cookies_are_keycloaks_in_each_context() {
    let world = world(json!({"rememberMe": true})).await;
    for (host, secure, same_site) in [
        ("localhost", &["Secure"][..], "SameSite=None"),
        ("id.example.com", &[][..], "SameSite=Lax"),
    ] {
        let mut browser = Browser {
            request: Request {
                host: Some(host.to_owned()),
                ..Request::default()
            },
            ..Browser::default()
        };
        let expect = |more: &[&str]| {
            let common = ["Path=/realms/demo/", "Version=1", same_site];
            let mut all: Vec<String> = common
                .iter()
                .chain(secure)
                .chain(more)
                .map(|text| (*text).to_owned())
                .collect();
            all.sort();
            all
        };
        let first = browser.begin(&world).await;
        assert_eq!(attributes(&first, "AUTH_SESSION_ID"), expect(&["HttpOnly"]));
        assert_eq!(attributes(&first, "KC_RESTART"), expect(&["HttpOnly"]));
        assert_eq!(
            attributes(&first, "KC_AUTH_SESSION_HASH"),
            expect(&["Max-Age=60"])
        );
        let page = shown(first);
        let form = [
            ("username", "alice"),
            ("password", "pw"),
            ("rememberMe", "on"),
        ];
        let done = browser.send(&world, &page, &form).await;
        assert_eq!(
            attributes(&done, "KEYCLOAK_IDENTITY"),
            expect(&["HttpOnly", "Max-Age=36000"])
        );
        assert_eq!(
            attributes(&done, "KEYCLOAK_SESSION"),
            expect(&["Max-Age=36000"])
        );
        assert_eq!(
            attributes(&done, "KEYCLOAK_REMEMBER_ME"),
            expect(&["HttpOnly", "Max-Age=31536000"])
        );
        assert_eq!(
            attributes(&done, "KC_RESTART"),
            ["Max-Age=0", "Path=/realms/demo/", "Version=1"]
        );
        assert_eq!(browser.jar["KEYCLOAK_REMEMBER_ME"], "\"username:alice\"");
    }
}

fn identity(browser: &Browser) -> Value {
    let token = &browser.jar["KEYCLOAK_IDENTITY"];
    let payload = URL_SAFE_NO_PAD
        .decode(token.split('.').nth(1).unwrap())
        .unwrap();
    serde_json::from_slice(&payload).unwrap()
}

#[tokio::test]
async fn who_is_signed_in_is_through_until_the_session_ends() {
    let world = world(json!({})).await;
    let mut browser = Browser::default();
    let done = browser.sign_in(&world, "alice").await;
    let claims = identity(&browser);
    let names: Vec<&String> = claims.as_object().unwrap().keys().collect();
    assert_eq!(
        names,
        [
            "exp",
            "iat",
            "jti",
            "iss",
            "sub",
            "typ",
            "sid",
            "state_checker"
        ]
    );
    assert_eq!(
        claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(),
        36_000
    );
    assert_eq!(
        (&claims["sid"], &claims["typ"]),
        (&json!(done.session.id), &json!("Serialized-ID"))
    );
    assert_eq!(browser.jar["KEYCLOAK_SESSION"].len(), 64);
    assert!(done.is_new && done.fresh && !browser.jar.contains_key("KC_RESTART"));
    // The session's id is not the browser's, which somebody may have planted.
    let id = URL_SAFE_NO_PAD
        .decode(&browser.jar["AUTH_SESSION_ID"])
        .unwrap();
    assert!(
        !String::from_utf8(id)
            .unwrap()
            .starts_with(done.session.id.as_str())
    );

    world.clock.advance(1700);
    let again = signed_in(browser.begin(&world).await);
    assert_eq!(
        (again.session.id, again.is_new, again.fresh),
        (done.session.id.clone(), false, false)
    );
    assert_eq!(identity(&browser)["state_checker"], claims["state_checker"]);
    // Not used, since nobody wrote it down.
    world.clock.advance(100);
    assert_eq!(brief(&browser.begin(&world).await), "login 200");

    let done = browser.sign_in(&world, "alice").await;
    for _ in 0..23 {
        world.clock.advance(1500);
        let again = signed_in(browser.begin(&world).await);
        browser.keep(&world, &again).await;
        assert_eq!(again.session.auth_time, done.session.auth_time);
    }
    world.clock.advance(1500);
    assert_eq!(
        brief(&browser.begin(&world).await),
        "login 200",
        "too old, however busy"
    );
}

#[tokio::test]
async fn an_identity_cookie_that_is_not_in_order_is_no_identity() {
    let world = world(json!({})).await;
    let mut browser = Browser::default();
    let done = browser.sign_in(&world, "alice").await;
    let good = browser.jar["KEYCLOAK_IDENTITY"].clone();
    let cx = world.cx().await;
    let world = &world;
    let who = |token: String| async move {
        let line = format!("KEYCLOAK_IDENTITY={token}");
        let cookies = Cookies::read([line.as_str()].into_iter());
        sso::current_session(&world.cx().await, &cookies)
            .await
            .unwrap()
            .map(|(_, user)| user.username)
    };
    assert_eq!(who(good.clone()).await.as_deref(), Some("alice"));
    let mut claims = identity(&browser);
    let sign = |claims: &Value| cx.realm.keys.hmac().sign("JWT", claims).unwrap();
    assert!(who(sign(&claims)).await.is_some());
    for (name, value) in [
        ("typ", json!("Refresh")),
        ("iss", json!("http://localhost/realms/other")),
        ("exp", json!(cx.now.seconds())),
        ("sub", json!(world.user("bob").await.id)),
        ("sid", json!("AAAAAAAAAAAAAAAAAAAAAAAA")),
    ] {
        let before = std::mem::replace(&mut claims[name], value);
        assert_eq!(who(sign(&claims)).await, None, "{name}");
        claims[name] = before;
    }
    // Signed by the key that signs what goes to others.
    let public = cx.realm.keys.active_default().unwrap();
    assert_eq!(who(public.sign("JWT", &claims).unwrap()).await, None);
    assert_eq!(who(format!("{good}x")).await, None);

    world
        .change_user("alice", |alice| alice.not_before = cx.now.seconds() + 1)
        .await;
    assert_eq!(who(good.clone()).await, None);
    world
        .change_user("alice", |alice| {
            (alice.not_before, alice.enabled) = (0, false)
        })
        .await;
    assert_eq!(who(good.clone()).await, None);
    world
        .change_user("alice", |alice| alice.enabled = true)
        .await;
    assert!(who(good.clone()).await.is_some());
    world
        .change_settings(json!({"notBefore": cx.now.seconds() + 1}))
        .await;
    assert_eq!(who(good.clone()).await, None);
    world.change_settings(json!({"notBefore": 0})).await;
    let mut writer = world.server.store.write().await.unwrap();
    writer
        .sessions()
        .end(&world.id, &done.session.id)
        .await
        .unwrap();
    writer.commit().await.unwrap();
    assert_eq!(who(good).await, None);
}

#[tokio::test]
async fn remembered_sessions_have_limits_of_their_own() {
    let world = world(json!({
        "ssoSessionIdleTimeout": 100, "ssoSessionMaxLifespan": 1000,
        "ssoSessionIdleTimeoutRememberMe": 300, "ssoSessionMaxLifespanRememberMe": 3000,
    }))
    .await;
    let realm = world.cx().await.realm;
    let session = |remember_me| Session {
        id: "s".into(),
        user: "u".into(),
        started_at: Timestamp(0),
        last_used_at: Timestamp(900_000),
        auth_time: 0,
        ip_address: String::new(),
        remember_me,
        method: String::new(),
        notes: Default::default(),
    };
    for (remembered, alive_until, used_at_950) in [(false, 1000, 1000), (true, 1200, 1250)] {
        let session = session(remembered);
        let at = |seconds: i64| Timestamp(seconds * 1000);
        assert!(sso::is_alive(&realm, &session, at(alive_until - 1)));
        assert!(!sso::is_alive(&realm, &session, at(alive_until)));
        assert_eq!(sso::expires_at(&realm, &session, at(950)), at(used_at_950));
    }
}

#[tokio::test]
async fn proving_oneself_once_more_keeps_the_session_and_takes_nobody_else() {
    let world = world(json!({})).await;
    let mut browser = Browser::default();
    let first = browser.sign_in(&world, "alice").await;
    world.clock.advance(60);
    let login = || Ask {
        prompt: Prompt::Login,
        ..Ask::default()
    };
    let page = shown(browser.ask(&world, login()).await);
    assert!(
        page.page
            .html
            .contains("id=\"kc-attempted-username\">alice<")
    );
    assert!(
        !page.page.html.contains("name=\"username\"") && page.page.html.contains("role=\"status\"")
    );
    // Whatever name is sent, it is alice who has to prove herself.
    let form = [("username", "bob"), ("password", "no")];
    let page = shown(browser.send(&world, &page, &form).await);
    let again = signed_in(
        browser
            .send(&world, &page, &[("username", "bob"), ("password", "pw")])
            .await,
    );
    assert_eq!(again.user.username, "alice");
    assert_eq!(
        (again.session.id, again.is_new, again.fresh),
        (first.session.id, false, true)
    );
    assert_eq!(again.session.auth_time, first.session.auth_time + 60);
    assert_eq!(again.session.started_at, first.session.started_at);

    for (max_age, expected) in [(59, "login 200"), (60, "alice"), (0, "login 200")] {
        let ask = Ask {
            max_age: Some(max_age),
            ..Ask::default()
        };
        assert_eq!(
            brief(&browser.ask(&world, ask).await),
            expected,
            "{max_age}"
        );
    }
}

#[tokio::test]
async fn without_pages_the_client_learns_what_is_missing() {
    let world = world(json!({})).await;
    let ask = || Ask {
        prompt: Prompt::None,
        ..Ask::default()
    };
    let mut browser = Browser::default();
    assert_eq!(brief(&browser.ask(&world, ask()).await), "LoginRequired");
    browser.sign_in(&world, "alice").await;
    assert_eq!(brief(&browser.ask(&world, ask()).await), "alice");
    world
        .change_user("alice", |alice| {
            alice.required_actions = vec!["UPDATE_PASSWORD".to_owned()]
        })
        .await;
    assert_eq!(
        brief(&browser.ask(&world, ask()).await),
        "InteractionRequired"
    );
}

#[tokio::test]
async fn tabs_do_not_disturb_each_other() {
    let world = world(json!({})).await;
    let mut browser = Browser::default();
    let (one, two, three) = (
        shown(browser.begin(&world).await),
        shown(browser.begin(&world).await),
        shown(browser.begin(&world).await),
    );
    let alice = [("username", "alice"), ("password", "pw")];
    let done = signed_in(browser.send(&world, &two, &alice).await);
    browser.keep(&world, &done).await;
    // The same person in another tab, or by the back button, is in the same session.
    for page in [&one, &two] {
        let again = signed_in(browser.send(&world, page, &alice).await);
        assert_eq!(
            (again.session.id, again.is_new),
            (done.session.id.clone(), false)
        );
    }
    // Somebody else is not.
    let page = shown(
        browser
            .send(&world, &three, &[("username", "bob"), ("password", "pw")])
            .await,
    );
    let trace = world.trace(&code(&page).unwrap()).await;
    assert_eq!(
        (page.status, codes(&trace).last().unwrap().as_str()),
        (400, "FLOW-SOMEBODY-ELSE")
    );
    assert_eq!(world.only_event().await.1, "different_user_authenticated");
    // A page that is asked for again finds that somebody has signed in.
    assert_eq!(
        brief(&browser.act(&world, &action(&one), None).await),
        "restart Asked"
    );
}

#[tokio::test]
async fn the_name_is_remembered_when_it_is_wanted() {
    let world = world(json!({"rememberMe": true})).await;
    let mut browser = Browser::default();
    let page = shown(browser.begin(&world).await);
    let form = [
        ("username", "Alice@example.com"),
        ("password", "no"),
        ("rememberMe", "on"),
    ];
    let page = shown(browser.send(&world, &page, &form).await);
    assert!(
        page.page.html.contains("value=\"Alice@example.com\"")
            && page.page.html.contains(" checked")
    );
    let form = [
        ("username", "Alice@example.com"),
        ("password", "pw"),
        ("rememberMe", "on"),
    ];
    let done = signed_in(browser.send(&world, &page, &form).await);
    assert!(done.session.remember_me);
    assert_eq!(
        browser.jar["KEYCLOAK_REMEMBER_ME"],
        "\"username:Alice%40example.com\""
    );

    let mut later = Browser::default();
    let remembered = browser.jar["KEYCLOAK_REMEMBER_ME"].clone();
    later
        .jar
        .insert("KEYCLOAK_REMEMBER_ME".to_owned(), remembered);
    let page = shown(later.begin(&world).await);
    assert!(
        page.page.html.contains("value=\"Alice@example.com\"")
            && page.page.html.contains(" checked")
    );
    let form = [("username", "alice"), ("password", "pw")];
    let done = signed_in(later.send(&world, &page, &form).await);
    assert!(!done.session.remember_me && !later.jar.contains_key("KEYCLOAK_REMEMBER_ME"));
    let ask = Ask {
        login_hint: Some("bob".to_owned()),
        ..Ask::default()
    };
    let page = shown(Browser::default().ask(&world, ask).await);
    assert!(page.page.html.contains("value=\"bob\""));
}
