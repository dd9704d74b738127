//! How clients prove who they are (RFC 6749 §2.3).

use axum::body::Body;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use support::idp::{Answer, Idp, REALM, request};

const TEXT: &str = "Invalid client or Invalid client credentials";

async fn send(idp: &Idp, basic: Option<&str>, form: &str) -> Answer {
    let uri = format!("/realms/{REALM}/protocol/openid-connect/token");
    let mut builder =
        request("POST", &uri).header("content-type", "application/x-www-form-urlencoded");
    if let Some(basic) = basic {
        builder = builder.header("authorization", format!("Basic {}", STANDARD.encode(basic)));
    }
    let form = format!("grant_type=client_credentials&{form}");
    idp.send(builder.body(Body::from(form)).unwrap()).await
}

#[tokio::test]
async fn a_secret_comes_in_the_header_or_in_the_form() {
    let idp = Idp::start().await;
    for (basic, form) in [
        (Some("svc:svc-secret"), ""),
        (Some("s%76c:svc%2Dsecret"), ""),
        (Some("svc:svc-secret"), "client_id=svc"),
        (None, "client_id=svc&client_secret=svc-secret"),
    ] {
        send(&idp, basic, form).await.granted();
    }
}

#[tokio::test]
async fn anything_else_is_refused() {
    let idp = Idp::start().await;
    for (basic, form, error, reason) in [
        (None, "", "invalid_client", "CLIENT-UNKNOWN"),
        (None, "client_id=nope", "invalid_client", "CLIENT-UNKNOWN"),
        (Some("nope:x"), "", "invalid_client", "CLIENT-UNKNOWN"),
        (
            Some("off:off-secret"),
            "",
            "invalid_client",
            "CLIENT-UNKNOWN",
        ),
        (
            Some("svc:wrong"),
            "",
            "unauthorized_client",
            "CLIENT-CREDENTIALS",
        ),
        (
            Some("svc:"),
            "",
            "unauthorized_client",
            "CLIENT-CREDENTIALS",
        ),
        (
            None,
            "client_id=svc",
            "unauthorized_client",
            "CLIENT-CREDENTIALS",
        ),
        (
            None,
            "client_id=svc&client_secret=",
            "unauthorized_client",
            "CLIENT-CREDENTIALS",
        ),
        (
            Some("svc:svc-secret"),
            "client_id=web",
            "unauthorized_client",
            "CLIENT-CREDENTIALS",
        ),
        (
            None,
            "client_id=bearer",
            "unauthorized_client",
            "CLIENT-CREDENTIALS",
        ),
        (
            None,
            "client_id=saml-sp",
            "unauthorized_client",
            "CLIENT-CREDENTIALS",
        ),
    ] {
        send(&idp, basic, form).await.refused(401, error, TEXT);
        let event = idp.last_event().await;
        assert_eq!(event["type"], "CLIENT_LOGIN_ERROR", "{form}");
        assert_eq!(event["details"]["reason"], reason, "{basic:?} {form}");
    }
}

#[tokio::test]
async fn a_body_of_another_type_is_an_empty_form() {
    let idp = Idp::start().await;
    let uri = format!("/realms/{REALM}/protocol/openid-connect/token");
    let json = request("POST", &uri).header("content-type", "application/json");
    let answer = idp
        .send(
            json.body(Body::from("{\"grant_type\":\"password\"}"))
                .unwrap(),
        )
        .await;
    answer.refused(400, "invalid_request", "Missing form parameter: grant_type");
    let huge = request("POST", &uri).header("content-type", "application/x-www-form-urlencoded");
    let answer = idp
        .send(
            huge.body(Body::from("x=".to_owned() + &"y".repeat(2 << 20)))
                .unwrap(),
        )
        .await;
    assert_eq!(answer.status, 413);
}
