//! What administrators may see, and nobody else.

use axum::body::Body;
use support::idp::{Idp, request};

#[tokio::test]
async fn events_and_attempts_need_the_right_to_see_them() {
    let idp = Idp::start().await;
    let alice = idp
        .app("web")
        .password("alice", "wonderland")
        .await
        .granted()
        .access;
    let root = idp
        .app("admin-cli")
        .password("root", "root")
        .await
        .granted()
        .access;
    for (path, found) in [("events", 200), ("attempts/AAA-AAA", 404)] {
        for (token, status) in [
            (None, 401),
            (Some("garbage"), 401),
            (Some(alice.as_str()), 403),
            (Some(root.as_str()), found),
        ] {
            let mut builder = request("GET", &format!("/admin/realms/test/{path}"));
            if let Some(token) = token {
                builder = builder.header("authorization", format!("Bearer {token}"));
            }
            let answer = idp.send(builder.body(Body::empty()).unwrap()).await;
            assert_eq!(answer.status, status, "{path} {token:?}");
        }
        let other = request("GET", &format!("/admin/realms/other/{path}"))
            .header("authorization", format!("Bearer {root}"));
        assert_eq!(
            idp.send(other.body(Body::empty()).unwrap()).await.status,
            404
        );
    }
}

#[tokio::test]
async fn a_token_whose_session_ended_sees_nothing() {
    let idp = Idp::start().await;
    let cli = idp.app("admin-cli");
    let tokens = cli.password("root", "root").await.granted();
    let ask = || {
        let builder = request("GET", "/admin/realms/test/events")
            .header("authorization", format!("Bearer {}", tokens.access));
        idp.send(builder.body(Body::empty()).unwrap())
    };
    ask().await.ok();
    cli.post("logout", &[("refresh_token", &tokens.refresh)])
        .await;
    assert_eq!(ask().await.status, 401);
}

#[tokio::test]
async fn events_are_narrowed_and_paged() {
    let idp = Idp::start().await;
    for _ in 0..3 {
        idp.app("web").password("alice", "x").await;
    }
    idp.app("web").password("bob", "builder").await.granted();
    let count = |list: serde_json::Value| list.as_array().unwrap().len();
    assert_eq!(count(idp.admin("events?type=LOGIN_ERROR").await), 3);
    assert_eq!(count(idp.admin("events?type=LOGIN_ERROR&max=2").await), 2);
    assert_eq!(count(idp.admin("events?type=LOGIN_ERROR&first=2").await), 1);
    assert_eq!(count(idp.admin("events?client=web&type=LOGIN").await), 1);
    let now = idp.clock.now().0;
    assert_eq!(
        count(idp.admin(&format!("events?dateFrom={}", now + 1000)).await),
        0
    );
}
