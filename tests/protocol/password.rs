//! The password grant (RFC 6749 §4.3).

use support::idp::Idp;

#[tokio::test]
async fn the_right_password_gets_tokens() {
    let idp = Idp::start().await;
    for name in ["alice", "ALICE", "alice@example.com"] {
        let tokens = idp.app("web").password(name, "wonderland").await.granted();
        assert_eq!(tokens.claims()["preferred_username"], "alice", "{name}");
        assert_eq!(tokens.claims().get("auth_time"), None);
    }
}

#[tokio::test]
async fn everything_else_gets_none() {
    let idp = Idp::start().await;
    let wrong = (400, "invalid_grant", "Invalid user credentials");
    for (name, password, (status, error, text), reason) in [
        ("alice", "x", wrong, "USER-PASSWORD"),
        ("nobody", "wonderland", wrong, "USER-NOT-FOUND"),
        ("alice", "", wrong, "USER-PASSWORD"),
        ("gone", "x", wrong, "USER-PASSWORD"),
        ("service-account-svc", "x", wrong, "USER-IS-SERVICE"),
        (
            "gone",
            "gone",
            (400, "invalid_grant", "Account disabled"),
            "USER-DISABLED",
        ),
        (
            "fresh",
            "fresh",
            (400, "invalid_grant", "Account is not fully set up"),
            "FLOW-ACTION-NOT-SERVED",
        ),
    ] {
        let answer = idp.app("web").password(name, password).await;
        answer.refused(status, error, text);
        let event = idp.last_event().await;
        assert_eq!(event["type"], "LOGIN_ERROR", "{name} {password}");
        assert_eq!(
            event["details"]["reason"], reason,
            "{name} {password}: {event}"
        );
    }
}

#[tokio::test]
async fn the_client_has_to_be_allowed() {
    let idp = Idp::start().await;
    let off = "Client not allowed for direct access grants";
    idp.app("other")
        .password("alice", "wonderland")
        .await
        .refused(400, "unauthorized_client", off);
    idp.app("asks")
        .password("alice", "wonderland")
        .await
        .refused(400, "invalid_client", "Client requires user consent");
}

#[tokio::test]
async fn parameters_are_checked() {
    let idp = Idp::start().await;
    let web = idp.app("web");
    let given = [
        ("grant_type", "password"),
        ("username", "alice"),
        ("password", "wonderland"),
    ];
    for (more, status, error, text) in [
        (
            ("username", "bob"),
            400,
            "invalid_request",
            "duplicated parameter",
        ),
        (
            ("grant_type", "x"),
            400,
            "invalid_request",
            "duplicated parameter",
        ),
        (("scope", ""), 400, "invalid_scope", "Invalid scopes: "),
        (
            ("scope", "openid nope"),
            400,
            "invalid_scope",
            "Invalid scopes: openid nope",
        ),
    ] {
        let form: Vec<_> = given.into_iter().chain([more]).collect();
        web.token(&form).await.refused(status, error, text);
    }
    web.token(&[("grant_type", "password"), ("password", "x")])
        .await
        .refused(401, "invalid_request", "Missing parameter: username");
    web.token(&[("x", "1")]).await.refused(
        400,
        "invalid_request",
        "Missing form parameter: grant_type",
    );
    for grant in ["", "nope", "implicit"] {
        web.token(&[("grant_type", grant)]).await.refused(
            400,
            "unsupported_grant_type",
            "Unsupported grant_type",
        );
    }
}
