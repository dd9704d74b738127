//! Calls from pages of other origins.

use axum::body::Body;
use support::idp::{Idp, REALM, request};

#[tokio::test]
async fn pages_of_the_clients_origins_may_read_tokens_and_others_may_not() {
    let idp = Idp::start().await;
    for (origin, status) in [
        ("http://app.example", 200),
        ("http://localhost:8080", 200),
        ("https://app.example", 403),
        ("http://evil.example", 403),
        ("null", 403),
    ] {
        let headers = [("origin", origin)];
        let answer = idp
            .app("web")
            .with(&headers)
            .password("alice", "wonderland")
            .await;
        assert_eq!(answer.status, status, "{origin}");
        let allowed = answer.header("access-control-allow-origin");
        assert_eq!(allowed, if status == 200 { origin } else { "" });
        assert_eq!(answer.text.contains("access_token"), status == 200);
    }
}

#[tokio::test]
async fn a_preflight_is_answered_before_anybody_is_known() {
    let idp = Idp::start().await;
    for (path, methods) in [
        ("protocol/openid-connect/token", "POST, OPTIONS"),
        ("protocol/openid-connect/userinfo", "GET, HEAD, OPTIONS"),
        ("protocol/openid-connect/certs", "GET"),
        (".well-known/openid-configuration", "GET"),
    ] {
        let uri = format!("/realms/{REALM}/{path}");
        let request = request("OPTIONS", &uri).header("origin", "https://any.example");
        let answer = idp.send(request.body(Body::empty()).unwrap()).await.ok();
        assert_eq!(
            answer.header("access-control-allow-origin"),
            "https://any.example"
        );
        assert_eq!(
            answer.header("access-control-allow-methods"),
            methods,
            "{path}"
        );
        assert!(
            answer
                .header("access-control-allow-headers")
                .contains("Authorization")
        );
        assert_eq!(answer.header("access-control-max-age"), "3600");
    }
}
