//! Offline access (OpenID Connect Core §11), as a Keycloak 26.7.4 answers it.

use serde_json::json;
use support::idp::{Answer, Idp, Tokens, claims, golden_realm};

async fn password(idp: &Idp, user: &str, scope: &str) -> Answer {
    let secret = format!("{user}-password-1");
    let form = [
        ("grant_type", "password"),
        ("username", user),
        ("password", &secret),
        ("scope", scope),
    ];
    idp.app("web").token(&form).await
}

async fn idp() -> Idp {
    Idp::launch(golden_realm()).start().await
}

fn kind(tokens: &Tokens) -> String {
    let jti = tokens.claims()["jti"].as_str().unwrap().to_owned();
    jti.split(':').next().unwrap().to_owned()
}

#[tokio::test]
async fn an_offline_token_outlives_every_session() {
    let idp = idp().await;
    let tokens = password(&idp, "alice", "openid offline_access").await;
    let tokens = tokens.granted();
    assert_eq!(kind(&tokens), "ofrtro");
    let refresh = claims(&tokens.refresh);
    assert_eq!(
        (&refresh["typ"], refresh.get("exp")),
        (&json!("Offline"), None)
    );
    assert_eq!(tokens.json["refresh_expires_in"], 0);
    idp.app("web").userinfo(&tokens.access).await.ok();
    let mut last = tokens;
    for _ in 0..5 {
        idp.clock.advance(29 * 86_400);
        last = idp.app("web").refresh(&last.refresh).await.granted();
        assert_eq!(
            (kind(&last).as_str(), &last.json["expires_in"]),
            ("ofrtrt", &json!(300))
        );
    }
    idp.app("web").userinfo(&last.access).await.ok();
    idp.clock.advance(30 * 86_400 + 1);
    idp.app("web").refresh(&last.refresh).await.refused(
        400,
        "invalid_grant",
        "Offline session not active",
    );
}

#[tokio::test]
async fn signing_out_keeps_it_and_revoking_ends_it() {
    let idp = idp().await;
    let web = idp.app("web");
    let mut browser = idp.browser();
    let online = browser
        .sign_in(&web.authorize(), "alice", "alice-password-1")
        .await;
    let online = web.redeem(&online.code()).await.granted();
    // In a session that is there already, the other one stays beside it.
    let scope = [("scope", "openid offline_access")];
    let again = browser.get(&web.authorize_with(&scope).address).await;
    let offline = web.redeem(&again.code()).await.granted();
    assert_eq!(kind(&offline), "ofrtac");
    assert_eq!(offline.claims()["sid"], online.claims()["sid"]);
    let online = web.refresh(&online.refresh).await.granted();
    let out = web
        .post("logout", &[("refresh_token", &online.refresh)])
        .await;
    assert_eq!(out.status, 204);
    web.refresh(&online.refresh)
        .await
        .refused(400, "invalid_grant", "Session not active");
    let offline = web.refresh(&offline.refresh).await.granted();
    web.userinfo(&offline.access).await.ok();
    web.post("revoke", &[("token", &offline.refresh)])
        .await
        .ok();
    web.refresh(&offline.refresh).await.refused(
        400,
        "invalid_grant",
        "Offline user session not found",
    );
    assert_eq!(web.userinfo(&offline.access).await.status, 401);
    web.post("revoke", &[("token", &offline.refresh)])
        .await
        .refused(200, "invalid_token", "Invalid token");
}

#[tokio::test]
async fn a_sign_in_for_offline_access_alone_leaves_no_other_session() {
    let idp = idp().await;
    let web = idp.app("web");
    let mut browser = idp.browser();
    let scope = [("scope", "openid offline_access")];
    let url = web.authorize_with(&scope);
    let signed_in = browser.sign_in(&url, "alice", "alice-password-1").await;
    let tokens = web.redeem(&signed_in.code()).await.granted();
    web.refresh(&tokens.refresh).await.granted();
    let page = browser.get(&web.authorize().address).await.ok();
    assert_eq!(page.page_id(), "login-login");
}

#[tokio::test]
async fn who_lacks_the_role_gets_none_and_who_loses_it_keeps_none() {
    let idp = idp().await;
    let text = "Offline tokens not allowed for the user or client";
    password(&idp, "norole", "openid offline_access")
        .await
        .refused(400, "not_allowed", text);
    password(&idp, "norole", "openid").await.granted();
    let tokens = password(&idp, "alice", "offline_access").await.granted();
    support::idp::change_user(&idp, "alice", |user| user.roles.clear()).await;
    let text = "Offline session invalid because offline access not granted anymore";
    idp.app("web")
        .refresh(&tokens.refresh)
        .await
        .refused(400, "invalid_grant", text);
}

#[tokio::test]
async fn narrowing_keeps_it_offline() {
    let idp = idp().await;
    let tokens = password(&idp, "alice", "openid offline_access").await;
    let tokens = tokens.granted();
    let form = [
        ("grant_type", "refresh_token"),
        ("refresh_token", tokens.refresh.as_str()),
        ("scope", "openid"),
    ];
    let narrowed = idp.app("web").token(&form).await.granted();
    assert_eq!(kind(&narrowed), "ofrtrt");
    let words = |text: &serde_json::Value| {
        let mut words: Vec<_> = text
            .as_str()
            .unwrap()
            .split(' ')
            .map(str::to_owned)
            .collect();
        words.sort();
        words.join(" ")
    };
    assert_eq!(words(&narrowed.claims()["scope"]), "email openid profile");
    let told = words(&narrowed.json["scope"]);
    assert_eq!(told, "email offline_access openid profile");
    let kept = words(&claims(&narrowed.refresh)["scope"]);
    assert!(kept.contains("offline_access"), "{kept}");
}

#[tokio::test]
async fn a_greatest_age_and_spans_of_clients() {
    let mut realm = golden_realm();
    realm["offlineSessionMaxLifespanEnabled"] = json!(true);
    realm["offlineSessionMaxLifespan"] = json!(5000);
    realm["offlineSessionIdleTimeout"] = json!(2000);
    let idp = Idp::launch(realm).start().await;
    let tokens = password(&idp, "alice", "offline_access").await.granted();
    assert_eq!(tokens.json["refresh_expires_in"], 2000);
    idp.clock.advance(1900);
    let tokens = idp.app("web").refresh(&tokens.refresh).await.granted();
    idp.clock.advance(1900);
    let tokens = idp.app("web").refresh(&tokens.refresh).await.granted();
    assert_eq!(tokens.json["refresh_expires_in"], 1200);
    idp.clock.advance(1201);
    idp.app("web").refresh(&tokens.refresh).await.refused(
        400,
        "invalid_grant",
        "Token is not active",
    );
}

#[tokio::test]
async fn rotation_ends_the_client_s_part() {
    let mut realm = golden_realm();
    realm["revokeRefreshToken"] = json!(true);
    let idp = Idp::launch(realm).start().await;
    let web = idp.app("web");
    let first = password(&idp, "alice", "offline_access").await.granted();
    let second = web.refresh(&first.refresh).await.granted();
    let text = "Maximum allowed refresh token reuse exceeded";
    web.refresh(&first.refresh)
        .await
        .refused(400, "invalid_grant", text);
    web.refresh(&second.refresh).await.refused(
        400,
        "invalid_grant",
        "Session doesn't have required client",
    );
}

#[tokio::test]
async fn a_used_token_is_known_however_long_ago_it_was() {
    let mut realm = golden_realm();
    realm["revokeRefreshToken"] = json!(true);
    let idp = Idp::launch(realm).start().await;
    let web = idp.app("web");
    let first = password(&idp, "alice", "offline_access").await.granted();
    let mut last = web.refresh(&first.refresh).await.granted();
    for _ in 0..8 {
        idp.clock.advance(20 * 86_400);
        let swept = idp.server.store.sweep(idp.clock.now()).await;
        swept.unwrap();
        last = web.refresh(&last.refresh).await.granted();
    }
    let text = "Maximum allowed refresh token reuse exceeded";
    web.refresh(&first.refresh)
        .await
        .refused(400, "invalid_grant", text);
    web.refresh(&last.refresh).await.refused(
        400,
        "invalid_grant",
        "Session doesn't have required client",
    );
}

#[tokio::test]
async fn a_client_without_refresh_tokens_gets_no_offline_session() {
    let mut realm = golden_realm();
    realm["clients"][0]["attributes"] = json!({"use.refresh.tokens": "false"});
    let idp = Idp::launch(realm).start().await;
    let tokens = password(&idp, "alice", "openid offline_access").await;
    let tokens = tokens.granted();
    assert_eq!(tokens.json.get("refresh_token"), None);
    idp.app("web").userinfo(&tokens.access).await.ok();
    idp.clock.advance(1801);
    assert_eq!(idp.app("web").userinfo(&tokens.access).await.status, 401);
}
