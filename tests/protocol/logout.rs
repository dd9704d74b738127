//! Signing out (OpenID Connect RP-Initiated Logout).

use support::idp::{Browser, Idp, REALM, Tokens};

const BYE: &str = "http://app.example/bye";

async fn signed_in<'a>(idp: &'a Idp) -> (Browser<'a>, Tokens) {
    let web = idp.app("web");
    let mut browser = idp.browser();
    let code = browser
        .sign_in(&web.authorize(), "alice", "wonderland")
        .await
        .code();
    (browser, web.redeem(&code).await.granted())
}

fn address(params: &[(&str, &str)]) -> String {
    let query = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(params)
        .finish();
    format!("/realms/{REALM}/protocol/openid-connect/logout?{query}")
}

#[tokio::test]
async fn an_application_that_shows_its_id_token_signs_out_at_once() {
    let idp = Idp::start().await;
    let (mut browser, tokens) = signed_in(&idp).await;
    let hint = tokens.json["id_token"].as_str().unwrap();
    let url = address(&[
        ("id_token_hint", hint),
        ("post_logout_redirect_uri", BYE),
        ("state", "s-9"),
    ]);
    // An ID token that has expired still says who asks.
    idp.clock.advance(400);
    let answer = browser.get(&url).await;
    assert_eq!(
        answer.location().as_str(),
        "http://app.example/bye?state=s-9"
    );
    assert!(!browser.cookies.contains_key("KEYCLOAK_IDENTITY"));
    idp.app("web").refresh(&tokens.refresh).await.refused(
        400,
        "invalid_grant",
        "Session not active",
    );
    assert_eq!(idp.last_event().await["type"], "LOGOUT");
    // Once more does no harm.
    assert_eq!(browser.get(&url).await.status, 302);
}

#[tokio::test]
async fn without_proof_the_person_is_asked() {
    let idp = Idp::start().await;
    let (mut browser, tokens) = signed_in(&idp).await;
    let url = address(&[
        ("client_id", "web"),
        ("post_logout_redirect_uri", BYE),
        ("state", "x"),
    ]);
    let page = browser.get(&url).await.ok();
    assert_eq!(page.page_id(), "login-logout-confirm");
    idp.app("web").refresh(&tokens.refresh).await.granted();

    // A question that was asked of somebody else, or not at all, is no answer.
    let mut stranger = signed_in(&idp).await.0;
    let code = support::idp::page::attribute(
        &page.text,
        "<input type=\"hidden\" name=\"session_code\"",
        "value",
    )
    .unwrap();
    let action = page.form_action();
    let foreign = stranger.post(&action, &[("session_code", &code)]).await;
    assert_eq!(foreign.status, 400);
    for code in ["garbage", ""] {
        let answer = browser.post(&action, &[("session_code", code)]).await;
        assert_eq!(answer.status, 400);
    }
    idp.app("web").refresh(&tokens.refresh).await.granted();

    let answer = browser
        .post(&action, &[("session_code", &code), ("confirmLogout", "x")])
        .await;
    assert_eq!(answer.location().as_str(), "http://app.example/bye?state=x");
    idp.app("web").refresh(&tokens.refresh).await.refused(
        400,
        "invalid_grant",
        "Session not active",
    );
}

#[tokio::test]
async fn wrong_requests_are_shown() {
    let idp = Idp::start().await;
    let (mut browser, tokens) = signed_in(&idp).await;
    let hint = tokens.json["id_token"].as_str().unwrap();
    for params in [
        &[("post_logout_redirect_uri", BYE)][..],
        &[
            ("id_token_hint", hint),
            ("post_logout_redirect_uri", "https://evil.example/"),
        ],
        &[
            ("client_id", "web"),
            ("post_logout_redirect_uri", "https://evil.example/"),
        ],
        &[("client_id", "nope"), ("post_logout_redirect_uri", BYE)],
        &[("id_token_hint", "garbage")],
        &[("id_token_hint", &tokens.access)],
        &[("id_token_hint", hint), ("client_id", "app")],
    ] {
        let answer = browser.get(&address(params)).await;
        assert_eq!(
            (answer.status.as_u16(), answer.page_id()),
            (400, "login-error".to_owned()),
            "{params:?}"
        );
    }
    idp.app("web").refresh(&tokens.refresh).await.granted();
}

#[tokio::test]
async fn nowhere_to_go_shows_that_it_is_done() {
    let idp = Idp::start().await;
    let (mut browser, tokens) = signed_in(&idp).await;
    let hint = tokens.json["id_token"].as_str().unwrap();
    let page = browser.get(&address(&[("id_token_hint", hint)])).await.ok();
    assert_eq!(page.page_id(), "login-info");
    let page = browser.get(&address(&[])).await.ok();
    assert_eq!(page.page_id(), "login-logout-confirm");
}

#[tokio::test]
async fn an_id_token_of_somebody_else_is_no_proof() {
    let idp = Idp::start().await;
    let (_, tokens) = signed_in(&idp).await;
    let mut other = idp.browser();
    other
        .sign_in(&idp.app("web").authorize(), "bob", "builder")
        .await
        .code();
    let hint = tokens.json["id_token"].as_str().unwrap();
    let page = other.get(&address(&[("id_token_hint", hint)])).await.ok();
    assert_eq!(page.page_id(), "login-logout-confirm");
    idp.app("web").refresh(&tokens.refresh).await.granted();
}

#[tokio::test]
async fn a_refresh_token_ends_its_session_without_a_browser() {
    let idp = Idp::start().await;
    let web = idp.app("web");
    let (mut browser, tokens) = signed_in(&idp).await;
    for _ in 0..2 {
        assert_eq!(
            web.post("logout", &[("refresh_token", &tokens.refresh)])
                .await
                .status,
            204
        );
    }
    web.post("logout", &[("refresh_token", "garbage")])
        .await
        .refused(400, "invalid_grant", "Invalid refresh token");
    assert_eq!(
        browser.get(&web.authorize().address).await.ok().page_id(),
        "login-login"
    );
}
