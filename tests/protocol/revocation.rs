//! Revocation (RFC 7009) and introspection (RFC 7662).

use serde_json::{Value, json};
use support::idp::{Idp, usual_realm};

/// The usual realm, where tokens of `web` are for `other` too.
async fn with_audience() -> Idp {
    let mut realm = usual_realm();
    realm["clients"][0]["protocolMappers"] = json!([{
        "name": "for other", "protocol": "openid-connect", "protocolMapper": "oidc-audience-mapper",
        "config": {"included.client.audience": "other", "access.token.claim": "true", "introspection.token.claim": "true"}
    }]);
    Idp::launch(realm).start().await
}

async fn introspect(idp: &Idp, client: &str, token: &str) -> Value {
    idp.app(client)
        .post("token/introspect", &[("token", token)])
        .await
        .ok()
        .json()
}

#[tokio::test]
async fn a_client_in_the_audience_learns_what_a_token_says() {
    let idp = with_audience().await;
    let tokens = idp
        .app("web")
        .password("alice", "wonderland")
        .await
        .granted();
    let told = introspect(&idp, "other", &tokens.access).await;
    assert_eq!(
        (&told["active"], &told["username"]),
        (&json!(true), &json!("alice"))
    );
    assert_eq!(
        (&told["client_id"], &told["token_type"]),
        (&json!("web"), &json!("Bearer"))
    );
    let inactive = json!({"active": false});
    assert_eq!(
        introspect(&idp, "web", &tokens.access).await,
        inactive,
        "not in the audience"
    );
    for token in [
        "garbage",
        "",
        &tokens.refresh,
        tokens.json["id_token"].as_str().unwrap(),
    ] {
        assert_eq!(introspect(&idp, "other", token).await, inactive);
    }
    idp.clock.advance(301);
    assert_eq!(introspect(&idp, "other", &tokens.access).await, inactive);
}

#[tokio::test]
async fn who_may_not_ask_learns_nothing() {
    let idp = with_audience().await;
    let token = [("token", "x")];
    idp.app("app")
        .post("token/introspect", &token)
        .await
        .refused(403, "invalid_request", "Client not allowed.");
    let missing = idp.app("other").post("token/introspect", &[]).await;
    missing.refused(400, "invalid_request", "Token not provided.");
    let hint = [("token", "x"), ("token_type_hint", "nope")];
    idp.app("other")
        .post("token/introspect", &hint)
        .await
        .refused(400, "invalid_request", "Unsupported token type.");
}

#[tokio::test]
async fn a_revoked_refresh_token_ends_the_session() {
    let idp = Idp::start().await;
    let web = idp.app("web");
    let tokens = web.password("alice", "wonderland").await.granted();
    let form = [("token", tokens.refresh.as_str())];
    idp.app("other").post("revoke", &form).await.refused(
        400,
        "invalid_request",
        "Unmatching clients",
    );
    assert_eq!(web.post("revoke", &form).await.ok().text, "");
    web.refresh(&tokens.refresh)
        .await
        .refused(400, "invalid_grant", "Session not active");
    assert_eq!(web.userinfo(&tokens.access).await.status, 401);
    web.post("revoke", &form)
        .await
        .refused(200, "invalid_token", "Invalid token");
}

#[tokio::test]
async fn a_revoked_access_token_ends_alone() {
    let idp = with_audience().await;
    let web = idp.app("web");
    let tokens = web.password("alice", "wonderland").await.granted();
    web.userinfo(&tokens.access).await.ok();
    let form = [
        ("token", tokens.access.as_str()),
        ("token_type_hint", "access_token"),
    ];
    for _ in 0..2 {
        web.post("revoke", &form).await.ok();
    }
    assert_eq!(web.userinfo(&tokens.access).await.status, 401);
    assert_eq!(
        introspect(&idp, "other", &tokens.access).await,
        json!({"active": false})
    );
    web.userinfo(&web.refresh(&tokens.refresh).await.granted().access)
        .await
        .ok();
}

#[tokio::test]
async fn what_is_no_token_cant_be_revoked() {
    let idp = Idp::start().await;
    let web = idp.app("web");
    let tokens = web.password("alice", "wonderland").await.granted();
    let id_token = tokens.json["id_token"].as_str().unwrap();
    web.post("revoke", &[("token", id_token)]).await.refused(
        400,
        "unsupported_token_type",
        "Unsupported token type",
    );
    web.post("revoke", &[("token", "x")])
        .await
        .refused(200, "invalid_token", "Invalid token");
    web.post("revoke", &[])
        .await
        .refused(400, "invalid_request", "Token not provided");
}
