//! Refresh tokens (RFC 6749 §6, RFC 9700 §4.14).

use serde_json::json;
use support::idp::{Idp, Tokens, usual_realm};

const INACTIVE: (u16, &str, &str) = (400, "invalid_grant", "Session not active");

#[tokio::test]
async fn a_refresh_token_gets_the_next_tokens() {
    let idp = Idp::start().await;
    let web = idp.app("web");
    let first = web.password("alice", "wonderland").await.granted();
    idp.clock.advance(600);
    let next = web.refresh(&first.refresh).await.granted();
    assert_eq!(next.claims()["sid"], first.claims()["sid"]);
    assert_eq!(next.claims()["iat"], json!(idp.clock.now().seconds()));
    assert_eq!(next.json["scope"], first.json["scope"]);
    // Without rotation the first one stays good.
    web.refresh(&first.refresh).await.granted();
    web.userinfo(&next.access).await.ok();
}

#[tokio::test]
async fn using_a_session_keeps_it_alive_until_its_greatest_age() {
    let idp = Idp::start().await;
    let web = idp.app("web");
    let mut tokens = web.password("alice", "wonderland").await.granted();
    for _ in 0..20 {
        idp.clock.advance(1700);
        tokens = web.refresh(&tokens.refresh).await.granted();
    }
    // 34,000 s are over; 36,000 s is the end of every session, and no token outlives it.
    assert_eq!(tokens.json["refresh_expires_in"], 1800);
    idp.clock.advance(1700);
    tokens = web.refresh(&tokens.refresh).await.granted();
    assert_eq!(tokens.json["refresh_expires_in"], 300);
    idp.clock.advance(301);
    web.refresh(&tokens.refresh)
        .await
        .refused(400, "invalid_grant", "Token is not active");
}

#[tokio::test]
async fn what_is_no_refresh_token_of_this_client_is_refused() {
    let idp = Idp::start().await;
    let web = idp.app("web");
    let tokens = web.password("alice", "wonderland").await.granted();
    let invalid = "Invalid refresh token";
    let mut changed = tokens.refresh.clone();
    changed.replace_range(changed.len() - 5..changed.len() - 4, "_");
    let id_token = tokens.json["id_token"].as_str().unwrap();
    for text in ["", "garbage", &tokens.access, id_token, &changed, "a.b.c"] {
        web.refresh(text)
            .await
            .refused(400, "invalid_grant", invalid);
    }
    web.token(&[("grant_type", "refresh_token")]).await.refused(
        400,
        "invalid_request",
        "No refresh token",
    );
    let text = "Invalid refresh token. Token client and authorized client don't match";
    idp.app("other")
        .refresh(&tokens.refresh)
        .await
        .refused(400, "invalid_grant", text);
}

#[tokio::test]
async fn a_rotated_token_shown_twice_ends_the_session_of_its_client() {
    let mut realm = usual_realm();
    realm["revokeRefreshToken"] = json!(true);
    let idp = Idp::launch(realm).start().await;
    let web = idp.app("web");
    let first = web.password("alice", "wonderland").await.granted();
    let second = web.refresh(&first.refresh).await.granted();
    let text = "Maximum allowed refresh token reuse exceeded";
    web.refresh(&first.refresh)
        .await
        .refused(400, "invalid_grant", text);
    let text = "Session doesn't have required client";
    web.refresh(&second.refresh)
        .await
        .refused(400, "invalid_grant", text);
    assert_eq!(web.userinfo(&second.access).await.status, 401);
}

#[tokio::test]
async fn rotation_may_allow_some_reuse() {
    let mut realm = usual_realm();
    realm["revokeRefreshToken"] = json!(true);
    realm["refreshTokenMaxReuse"] = json!(1);
    let idp = Idp::launch(realm).start().await;
    let web = idp.app("web");
    let first = web.password("alice", "wonderland").await.granted();
    web.refresh(&first.refresh).await.granted();
    web.refresh(&first.refresh).await.granted();
    let text = "Maximum allowed refresh token reuse exceeded";
    web.refresh(&first.refresh)
        .await
        .refused(400, "invalid_grant", text);
}

#[tokio::test]
async fn scopes_can_only_become_fewer() {
    let idp = Idp::start().await;
    let web = idp.app("web");
    let tokens = web.password("alice", "wonderland").await.granted();
    let ask = async |scope: &str| {
        let form = [
            ("grant_type", "refresh_token"),
            ("refresh_token", tokens.refresh.as_str()),
            ("scope", scope),
        ];
        web.token(&form).await
    };
    let narrowed = ask("profile").await.granted();
    assert_eq!(scopes(&narrowed), ["email", "profile"]);
    let wider = ask("openid phone").await.granted();
    assert_eq!(scopes(&wider), ["email", "openid", "profile"]);
    ask("openid nope")
        .await
        .refused(400, "invalid_scope", "Invalid scopes: openid nope");
}

#[tokio::test]
async fn a_session_that_ended_or_a_person_disabled_gets_nothing() {
    let idp = Idp::start().await;
    let web = idp.app("web");
    let tokens = web.password("alice", "wonderland").await.granted();
    support::idp::change_user(&idp, "alice", |user| user.enabled = false).await;
    web.refresh(&tokens.refresh)
        .await
        .refused(400, "invalid_grant", "User disabled");
    support::idp::change_user(&idp, "alice", |user| user.enabled = true).await;
    let answer = web
        .post("logout", &[("refresh_token", &tokens.refresh)])
        .await;
    assert_eq!(answer.status, 204);
    let (status, error, text) = INACTIVE;
    web.refresh(&tokens.refresh)
        .await
        .refused(status, error, text);
}

/// The words of `scope`, sorted.
fn scopes(tokens: &Tokens) -> Vec<&str> {
    let mut words: Vec<_> = tokens.json["scope"].as_str().unwrap().split(' ').collect();
    words.sort_unstable();
    words
}
