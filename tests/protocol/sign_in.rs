//! The login page, step by step.

use support::idp::{Idp, usual_realm};

#[tokio::test]
async fn a_wrong_password_is_told_without_saying_which_half_was_wrong() {
    let idp = Idp::start().await;
    let web = idp.app("web");
    for (name, password, reason) in [
        ("alice", "x", "USER-PASSWORD"),
        ("nobody", "wonderland", "USER-NOT-FOUND"),
        ("alice", "", "USER-PASSWORD"),
        ("gone", "x", "USER-PASSWORD"),
    ] {
        let answer = idp
            .browser()
            .sign_in(&web.authorize(), name, password)
            .await
            .ok();
        assert_eq!(answer.page_id(), "login-login");
        assert!(
            answer
                .text
                .contains("That user name and password don&#x27;t match."),
            "{}",
            answer.text
        );
        let event = idp.last_event().await;
        assert_eq!(event["type"], "LOGIN_ERROR", "{name}");
        assert_eq!(event["details"]["reason"], reason, "{name}");
        let trace = idp.trace(&answer.attempt_code()).await;
        assert_eq!(trace.last().map(String::as_str), Some(reason), "{name}");
    }
}

#[tokio::test]
async fn a_second_try_on_the_same_page_works() {
    let idp = Idp::start().await;
    let web = idp.app("web");
    let mut browser = idp.browser();
    let page = browser.sign_in(&web.authorize(), "alice", "x").await.ok();
    let form = [("username", "alice"), ("password", "wonderland")];
    let answer = browser.submit(&page, &form).await;
    web.redeem(&answer.code()).await.granted();
}

#[tokio::test]
async fn a_right_password_is_not_enough_for_everybody() {
    let idp = Idp::start().await;
    let web = idp.app("web");
    for (name, shown, text, reason) in [(
        "gone",
        "login-login",
        "This account is switched off.",
        "USER-DISABLED",
    )] {
        let page = idp.browser().sign_in(&web.authorize(), name, name).await;
        assert_eq!(page.page_id(), shown, "{name}");
        assert!(page.text.contains(text), "{}", page.text);
        let trace = idp.trace(&page.attempt_code()).await;
        assert_eq!(trace.last().map(String::as_str), Some(reason), "{name}");
    }
}

#[tokio::test]
async fn state_of_another_browser_is_worth_nothing() {
    let idp = Idp::start().await;
    let page = idp
        .browser()
        .get(&idp.app("web").authorize().address)
        .await
        .ok();
    let mut stranger = idp.browser();
    stranger.get(&idp.app("web").authorize().address).await.ok();
    let form = [("username", "alice"), ("password", "wonderland")];
    let answer = stranger.submit(&page, &form).await;
    assert!(
        answer
            .headers
            .get("location")
            .is_none_or(|to| !to.to_str().unwrap().contains("code="))
    );
    let answer = idp.browser().submit(&page, &form).await;
    assert_eq!(
        (answer.status.as_u16(), answer.page_id()),
        (400, "login-error".to_owned())
    );
}

#[tokio::test]
async fn a_changed_state_and_an_old_one_start_again() {
    let idp = Idp::start().await;
    let web = idp.app("web");
    let form = [("username", "alice"), ("password", "wonderland")];
    let mut browser = idp.browser();
    let page = browser.get(&web.authorize().address).await.ok();
    let changed = page
        .form_action()
        .replacen("session_code=", "session_code=A", 1);
    let answer = browser.post(&changed, &form).await;
    assert!(answer.headers.get("location").is_none());
    assert_eq!(answer.page_id(), "login-login", "from the beginning");

    let page = browser.get(&web.authorize().address).await.ok();
    idp.clock.advance(1801);
    let again = browser.submit(&page, &form).await.ok();
    assert_eq!(again.page_id(), "login-login");
    assert!(again.text.contains("took too long"), "{}", again.text);
    let answer = browser.submit(&again, &form).await;
    assert_eq!(answer.param("state").as_deref(), Some("s-1"));
    web.redeem(&answer.code()).await.granted();
}

#[tokio::test]
async fn tabs_dont_disturb_each_other() {
    let idp = Idp::start().await;
    let web = idp.app("web");
    let mut browser = idp.browser();
    let form = [("username", "alice"), ("password", "wonderland")];
    let first = browser
        .get(&web.authorize_with(&[("state", "one")]).address)
        .await
        .ok();
    let second = browser
        .get(&web.authorize_with(&[("state", "two")]).address)
        .await
        .ok();
    let answer = browser.submit(&second, &form).await;
    assert_eq!(answer.param("state").as_deref(), Some("two"));
    let answer = browser.submit(&first, &form).await;
    assert_eq!(answer.param("state").as_deref(), Some("one"));
    web.redeem(&answer.code()).await.granted();
}

#[tokio::test]
async fn starting_again_does_not_lose_that_a_proof_was_asked_for() {
    let idp = Idp::start().await;
    let web = idp.app("web");
    let mut browser = idp.browser();
    browser
        .sign_in(&web.authorize(), "alice", "wonderland")
        .await
        .code();
    for changes in [("prompt", "login"), ("max_age", "0")] {
        let page = browser.get(&web.authorize_with(&[changes]).address).await;
        let action = page.ok().form_action();
        let tab = action.split("tab_id=").nth(1).unwrap();
        let tab = tab.split('&').next().unwrap();
        let page = browser.get(&action.replace(tab, "other")).await.ok();
        assert_eq!(page.page_id(), "login-login", "{changes:?}");
    }
}

#[tokio::test]
async fn reloading_shows_the_page_again() {
    let idp = Idp::start().await;
    let mut browser = idp.browser();
    let page = browser.get(&idp.app("web").authorize().address).await.ok();
    let again = browser.get(&page.form_action()).await.ok();
    assert_eq!(again.page_id(), "login-login");
    let answer = browser
        .submit(&again, &[("username", "alice"), ("password", "wonderland")])
        .await;
    answer.code();
}

#[tokio::test]
async fn a68_the_page_for_a_form_from_elsewhere_explains_itself_in_development_alone() {
    let proxy = Some(("x-forwarded-for", "192.0.2.7"));
    for (trusted, header, words) in [
        ("127.0.0.1", None, "No forwarding header came along"),
        ("127.0.0.1", proxy, "proxy-headers is not set"),
        ("10.0.0.1", proxy, "The proxy is not trusted"),
    ] {
        let idp = Idp::launch(usual_realm()).trusted(trusted).start().await;
        for explains in [false, true] {
            if explains {
                idp.server.explain_on_pages();
            }
            let mut browser = idp.browser();
            if let Some((name, value)) = header {
                browser = browser.behind(name, value);
            }
            let page = browser.get(&idp.app("web").authorize().address).await.ok();
            let mut browser = browser.behind("origin", "https://id.example<b>");
            let form = [("username", "alice"), ("password", "wonderland")];
            let answer = browser.submit(&page, &form).await;
            assert_eq!(answer.status, 403);
            assert!(answer.text.contains("URL-ORIGIN"), "{}", answer.text);
            for told in [words, "is https:", "id.example", "is http:"] {
                assert_eq!(
                    answer.text.contains(told),
                    explains,
                    "{told}: {}",
                    answer.text
                );
            }
            assert!(!answer.text.contains("<b>"), "{}", answer.text);
        }
    }
}

#[tokio::test]
async fn a_form_from_elsewhere_is_refused() {
    let idp = Idp::start().await;
    for (origin, status) in [
        ("http://localhost:8080", 302),
        ("null", 302),
        ("https://evil.example", 403),
        ("http://localhost", 403),
    ] {
        let mut browser = idp.browser();
        let page = browser.get(&idp.app("web").authorize().address).await.ok();
        let mut browser = browser.behind("origin", origin);
        let form = [("username", "alice"), ("password", "wonderland")];
        assert_eq!(
            browser.submit(&page, &form).await.status,
            status,
            "{origin}"
        );
    }
}

#[tokio::test]
async fn cookies_are_kept_from_scripts_and_sites() {
    let idp = Idp::start().await;
    let mut browser = idp.browser();
    let page = browser.get(&idp.app("web").authorize().address).await.ok();
    let answer = browser
        .submit(&page, &[("username", "alice"), ("password", "wonderland")])
        .await;
    let lines: Vec<&str> = [&page, &answer]
        .iter()
        .flat_map(|answer| answer.headers.get_all("set-cookie"))
        .map(|line| line.to_str().unwrap())
        .collect();
    for name in ["AUTH_SESSION_ID", "KEYCLOAK_IDENTITY", "KC_RESTART"] {
        let line = lines
            .iter()
            .find(|line| line.starts_with(&format!("{name}=")))
            .unwrap();
        for part in ["Path=/realms/test/", "Secure", "HttpOnly", "SameSite=None"] {
            assert!(line.contains(part), "{line}");
        }
    }
    assert!(
        lines
            .iter()
            .any(|line| line.starts_with("KEYCLOAK_SESSION="))
    );
}

#[tokio::test]
async fn pages_carry_the_security_headers() {
    let idp = Idp::start().await;
    let page = idp
        .browser()
        .get(&idp.app("web").authorize().address)
        .await
        .ok();
    assert_eq!(
        page.header("cache-control"),
        "no-store, must-revalidate, max-age=0"
    );
    assert_eq!(page.header("x-frame-options"), "SAMEORIGIN");
    assert_eq!(page.header("referrer-policy"), "no-referrer");
    let policies: Vec<_> = page
        .headers
        .get_all("content-security-policy")
        .iter()
        .collect();
    assert_eq!(policies.len(), 2, "ours and the realm's");
    assert!(
        policies
            .iter()
            .any(|policy| policy.to_str().unwrap().contains("default-src 'none'"))
    );
}
