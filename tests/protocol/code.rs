//! The authorization code grant (RFC 6749 §4.1, RFC 7636).

use serde_json::json;
use support::idp::Idp;
use support::idp::app::{CALLBACK, VERIFIER};

async fn code(idp: &Idp, client: &str) -> String {
    let url = idp.app(client).authorize();
    idp.browser()
        .sign_in(&url, "alice", "wonderland")
        .await
        .code()
}

#[tokio::test]
async fn a_code_gets_tokens_for_the_person() {
    let idp = Idp::start().await;
    let tokens = idp
        .app("web")
        .redeem(&code(&idp, "web").await)
        .await
        .granted();
    let (access, id) = (tokens.claims(), tokens.id_claims());
    assert_eq!(access["preferred_username"], "alice");
    assert_eq!(access["iss"], "http://localhost:8080/realms/test");
    assert_eq!(access["azp"], "web");
    assert_eq!(access["acr"], "1");
    assert_eq!(id["aud"], "web");
    assert_eq!(id["nonce"], "n-1");
    assert_eq!(id["sid"], access["sid"]);
    assert_eq!(id["auth_time"], json!(idp.clock.now().seconds()));
    let roles = access["realm_access"]["roles"].as_array().unwrap();
    assert!(roles.contains(&json!("reader")) && !roles.contains(&json!("writer")));
    let mut scopes: Vec<_> = tokens.json["scope"].as_str().unwrap().split(' ').collect();
    scopes.sort_unstable();
    assert_eq!(scopes, ["email", "openid", "profile"]);
}

#[tokio::test]
async fn a_code_shown_twice_ends_the_session() {
    let idp = Idp::start().await;
    let app = idp.app("web");
    let code = code(&idp, "web").await;
    let tokens = app.redeem(&code).await.granted();

    app.redeem(&code)
        .await
        .refused(400, "invalid_grant", "Code not valid");
    let event = idp.last_event().await;
    assert_eq!(event["details"]["reason"], "CODE-REPLAYED");
    let attempt = event["details"]["attempt"].as_str().unwrap();
    assert_eq!(idp.trace(attempt).await.last().unwrap(), "CODE-REPLAYED");
    assert_eq!(app.userinfo(&tokens.access).await.status, 401);
    app.refresh(&tokens.refresh).await.refused(
        400,
        "invalid_grant",
        "Session doesn't have required client",
    );
}

#[tokio::test]
async fn a_code_is_good_for_its_client_its_address_and_its_verifier_alone() {
    let other = "http://app.example/elsewhere";
    let wrong = "x".repeat(43);
    for (client, address, verifier, description, reason) in [
        (
            "other",
            CALLBACK,
            Some(VERIFIER),
            "Auth error: Found different client_id in clientSession",
            "CODE-OTHER-CLIENT",
        ),
        (
            "web",
            other,
            Some(VERIFIER),
            "Incorrect redirect_uri",
            "CODE-REDIRECT-MISMATCH",
        ),
        (
            "web",
            CALLBACK,
            None,
            "PKCE code verifier not specified",
            "PKCE-VERIFIER-MISSING",
        ),
        (
            "web",
            CALLBACK,
            Some("short"),
            "PKCE verification failed: Invalid code verifier",
            "PKCE-VERIFIER-MALFORMED",
        ),
        (
            "web",
            CALLBACK,
            Some(wrong.as_str()),
            "PKCE verification failed: Code mismatch",
            "PKCE-VERIFIER-MISMATCH",
        ),
    ] {
        let idp = Idp::start().await;
        let code = code(&idp, "web").await;
        let mut form = vec![
            ("grant_type", "authorization_code"),
            ("code", code.as_str()),
            ("redirect_uri", address),
        ];
        form.extend(verifier.map(|verifier| ("code_verifier", verifier)));
        let answer = idp.app(client).token(&form).await;
        answer.refused(400, "invalid_grant", description);
        let event = idp.last_event().await;
        assert_eq!(event["type"], "CODE_TO_TOKEN_ERROR", "{reason}");
        assert_eq!(event["details"]["reason"], reason);
        let attempt = event["details"]["attempt"].as_str().unwrap();
        assert_eq!(idp.trace(attempt).await.last().unwrap(), reason);
        // Used up, whatever was wrong with it.
        idp.app("web")
            .redeem(&code)
            .await
            .refused(400, "invalid_grant", "Code not valid");
    }
}

#[tokio::test]
async fn a_verifier_without_a_challenge_is_refused() {
    let idp = Idp::start().await;
    let web = idp.app("web");
    let url = web.authorize_with(&[("code_challenge", ""), ("code_challenge_method", "")]);
    let code = idp
        .browser()
        .sign_in(&url, "alice", "wonderland")
        .await
        .code();
    let text = "PKCE code verifier specified but challenge not present in authorization";
    web.redeem(&code).await.refused(400, "invalid_grant", text);
}

#[tokio::test]
async fn a_code_lives_a_minute() {
    let idp = Idp::start().await;
    let code = code(&idp, "web").await;
    idp.clock.advance(60);
    idp.app("web")
        .redeem(&code)
        .await
        .refused(400, "invalid_grant", "Code is expired");
}

#[tokio::test]
async fn garbage_is_no_code() {
    let idp = Idp::start().await;
    let web = idp.app("web");
    for text in ["", "x", "a.b.c", &"x".repeat(5000)] {
        web.redeem(text)
            .await
            .refused(400, "invalid_grant", "Code not valid");
    }
    web.token(&[("grant_type", "authorization_code")])
        .await
        .refused(400, "invalid_request", "Missing parameter: code");
}

#[tokio::test]
async fn a_person_disabled_meanwhile_gets_nothing() {
    let idp = Idp::start().await;
    let code = code(&idp, "web").await;
    support::idp::change_user(&idp, "alice", |user| user.enabled = false).await;
    idp.app("web")
        .redeem(&code)
        .await
        .refused(400, "invalid_grant", "User disabled");
}
