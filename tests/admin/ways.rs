//! What any route does before it comes to its own matter.

use crate::replay::Replay;
use axum::body::Body;
use support::idp::request;

#[tokio::test]
async fn routes_that_are_not_there_say_which() {
    let replay = Replay::start("roles").await;
    for (method, path, status, error) in [
        ("GET", "workflows", 501, "not_implemented"),
        ("GET", "nothing", 404, "HTTP 404 Not Found"),
        ("POST", "nothing/at/all", 404, "HTTP 404 Not Found"),
        ("PATCH", "roles", 405, "HTTP 405 Method Not Allowed"),
        ("PUT", "roles", 404, "HTTP 404 Not Found"),
    ] {
        let path = format!("/admin/realms/lab/{path}");
        let answer = replay.send(method, &path, None, String::new()).await;
        assert_eq!(answer.status, status, "{method} {path}");
        assert_eq!(answer.json()["error"], error, "{method} {path}");
        let bare = request(method, &path).body(Body::empty()).unwrap();
        let answer = replay.idp.send(bare).await;
        let known = status == 404 || status == 405;
        assert!(
            answer.status == 401 || known,
            "{method} {path}: {}",
            answer.status
        );
    }
    let missing = "/admin/realms/missing/roles";
    let answer = replay.send("GET", missing, None, String::new()).await;
    assert_eq!(answer.status, 404);
    assert_eq!(answer.json()["error"], "Realm not found.");
    let slash = "/admin/realms/lab/roles/";
    replay.send("GET", slash, None, String::new()).await.ok();
}

#[tokio::test]
async fn a_body_of_another_type_is_refused() {
    let replay = Replay::start("roles").await;
    let path = "/admin/realms/lab/roles";
    for (kind, body, status) in [
        (Some("text/plain"), "{\"name\":\"x\"}", 415),
        (Some("application/json"), "{", 400),
        (Some("application/json"), "[]", 400),
        (None, "{\"name\":\"x\"}", 201),
    ] {
        let answer = replay.send("POST", path, kind, body.to_owned()).await;
        assert_eq!(answer.status, status, "{kind:?} {body}");
    }
}
