//! The client credentials grant (RFC 6749 §4.4).

use support::idp::{Idp, usual_realm};

#[tokio::test]
async fn a_client_asks_for_itself() {
    let idp = Idp::start().await;
    let grant = [("grant_type", "client_credentials")];
    let answer = idp.app("svc").token(&grant).await;
    let tokens = answer.granted();
    let claims = tokens.claims();
    assert_eq!(claims["preferred_username"], "service-account-svc");
    assert_eq!(claims["client_id"], "svc");
    assert_eq!(claims["clientAddress"], "127.0.0.1");
    assert!(claims.get("sid").is_none() && tokens.json.get("refresh_token").is_none());
    assert_eq!(tokens.json["refresh_expires_in"], 0);
    assert_eq!(answer.header("cache-control"), "no-store");
    let event = idp.last_event().await;
    assert_eq!(
        (&event["type"], &event["clientId"]),
        (&"CLIENT_LOGIN".into(), &"svc".into())
    );
}

#[tokio::test]
async fn only_clients_with_an_account_of_their_own_do() {
    let idp = Idp::start().await;
    let grant = [("grant_type", "client_credentials")];
    for (client, text) in [
        (
            "app",
            "Public client not allowed to retrieve service account",
        ),
        ("web", "Client not enabled to retrieve service account"),
    ] {
        idp.app(client)
            .token(&grant)
            .await
            .refused(401, "unauthorized_client", text);
    }
}

#[tokio::test]
async fn a_client_may_want_to_refresh() {
    let mut realm = usual_realm();
    let attributes = serde_json::json!({"client_credentials.use_refresh_token": "true"});
    realm["clients"][3]["attributes"] = attributes;
    let idp = Idp::launch(realm).start().await;
    let svc = idp.app("svc");
    let first = svc
        .token(&[("grant_type", "client_credentials")])
        .await
        .granted();
    let claims = first.claims();
    assert!(claims["sid"].is_string() && claims.get("auth_time").is_none());
    assert_eq!(claims["client_id"], "svc");
    let next = svc.refresh(&first.refresh).await.granted();
    assert_eq!(next.claims()["sid"], claims["sid"]);
}
