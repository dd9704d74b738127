//! User information (OpenID Connect Core §5.3, RFC 6750).

use axum::body::Body;
use serde_json::json;
use support::idp::{Idp, REALM, request, usual_realm};

#[tokio::test]
async fn a_token_tells_whom_it_is_about() {
    let idp = Idp::start().await;
    let web = idp.app("web");
    let tokens = web.password("alice", "wonderland").await.granted();
    let answer = web.userinfo(&tokens.access).await.ok();
    let told = answer.json();
    assert_eq!(told["sub"], tokens.claims()["sub"]);
    assert_eq!(
        (&told["name"], &told["email"]),
        (&json!("Alice Archer"), &json!("alice@example.com"))
    );
    assert_eq!(answer.header("cache-control"), "no-store, no-cache");
}

#[tokio::test]
async fn every_other_token_is_refused_with_the_reason() {
    let idp = Idp::start().await;
    let web = idp.app("web");
    let tokens = web.password("alice", "wonderland").await.granted();
    let id_token = tokens.json["id_token"].as_str().unwrap();
    let verification = "error=\"invalid_token\", error_description=\"Token verification failed\"";
    for token in [
        "garbage",
        &tokens.refresh,
        id_token,
        "eyJhbGciOiJub25lIn0.e30.",
    ] {
        let answer = web.userinfo(token).await;
        assert_eq!(answer.status, 401);
        assert_eq!(
            answer.header("www-authenticate"),
            format!("Bearer realm=\"test\", {verification}")
        );
    }
    let without = [
        ("grant_type", "password"),
        ("username", "alice"),
        ("password", "wonderland"),
    ];
    let profile = web.token(&without).await.granted();
    let answer = web.userinfo(&profile.access).await;
    assert_eq!(answer.status, 403);
    assert!(
        answer
            .header("www-authenticate")
            .contains("Missing openid scope")
    );
    assert_eq!(
        web.userinfo("").await.header("www-authenticate"),
        "Bearer realm=\"test\""
    );

    idp.clock.advance(301);
    assert!(
        web.userinfo(&tokens.access)
            .await
            .header("www-authenticate")
            .contains(verification)
    );
}

#[tokio::test]
async fn the_token_comes_in_one_way() {
    let idp = Idp::start().await;
    let web = idp.app("web");
    let access = web.password("alice", "wonderland").await.granted().access;
    let uri = format!("/realms/{REALM}/protocol/openid-connect/userinfo");
    let send = |header: bool, body: String| {
        let mut builder =
            request("POST", &uri).header("content-type", "application/x-www-form-urlencoded");
        if header {
            builder = builder.header("authorization", format!("bearer {access}"));
        }
        idp.send(builder.body(Body::from(body)).unwrap())
    };
    assert_eq!(send(true, String::new()).await.status, 200);
    assert_eq!(
        send(false, format!("access_token={access}")).await.status,
        200
    );
    let both = send(true, format!("access_token={access}")).await;
    assert_eq!(both.status, 400);
    assert!(
        both.header("www-authenticate")
            .contains("More than one method")
    );
    let twice = send(false, format!("access_token={access}&access_token=x")).await;
    assert!(
        twice
            .header("www-authenticate")
            .contains("Duplicate parameter")
    );
    assert_eq!(send(false, String::new()).await.status, 401);
}

#[tokio::test]
async fn a_client_may_want_it_signed() {
    let mut realm = usual_realm();
    realm["clients"][0]["attributes"] = json!({"user.info.response.signature.alg": "RS256"});
    let idp = Idp::launch(realm).start().await;
    let web = idp.app("web");
    let tokens = web.password("alice", "wonderland").await.granted();
    let answer = web.userinfo(&tokens.access).await.ok();
    assert_eq!(answer.header("content-type"), "application/jwt");
    let claims = support::idp::app::claims(&answer.text);
    assert_eq!(
        (&claims["aud"], &claims["name"]),
        (&json!("web"), &json!("Alice Archer"))
    );
    assert_eq!(claims["iss"], "http://localhost:8080/realms/test");
}
