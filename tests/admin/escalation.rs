//! Who administers a part gets no more by it.

use axum::body::Body;
use serde_json::{Value, json};
use support::idp::{Answer, Idp, request};

/// A realm with one person for each of these rights, called and known like it.
async fn start(rights: &[&str]) -> Idp {
    let person = |right: &&str| {
        json!({
            "username": right, "enabled": true, "email": format!("{right}@example.com"), "firstName": "A", "lastName": "B",
            "credentials": [{"type": "password", "value": right}], "clientRoles": {"realm-management": [right]},
        })
    };
    let people: Vec<Value> = rights.iter().map(person).collect();
    let realm = json!({"realm": "lab", "enabled": true, "users": people});
    Idp::launch(realm).administered().start().await
}

async fn token(idp: &Idp, name: &str) -> String {
    let form = format!("grant_type=password&client_id=admin-cli&username={name}&password={name}");
    let request = request("POST", "/realms/lab/protocol/openid-connect/token")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Body::from(form))
        .unwrap();
    let answer = idp.send(request).await.ok().json();
    answer["access_token"].as_str().unwrap().to_owned()
}

async fn ask(idp: &Idp, token: &str, method: &str, path: &str, body: &Value) -> Answer {
    let builder = request(method, &format!("/admin/realms/lab/{path}"))
        .header("authorization", format!("Bearer {token}"))
        .header("content-type", "application/json");
    let body = if body.is_null() {
        String::new()
    } else {
        body.to_string()
    };
    idp.send(builder.body(Body::from(body)).unwrap()).await
}

async fn management(idp: &Idp) -> String {
    let name = realm::RealmName::new("lab");
    let realm = idp.server.store.realm(&name).await.unwrap().unwrap();
    let id = realm::ClientId::new("realm-management");
    realm.client(&id).unwrap().id.as_str().to_owned()
}

#[tokio::test]
async fn nobody_puts_rights_into_a_role_that_they_lack() {
    let idp = start(&["manage-realm", "realm-admin"]).await;
    let (manager, admin) = (
        token(&idp, "manage-realm").await,
        token(&idp, "realm-admin").await,
    );
    let rights = |name: &str| json!({"client": {"realm-management": [name]}});
    let role = |name: &str, right: &str| json!({"name": name, "composites": rights(right)});
    let made = ask(
        &idp,
        &manager,
        "POST",
        "roles",
        &role("more", "realm-admin"),
    )
    .await;
    assert_eq!(made.status, 403);
    let own = ask(
        &idp,
        &manager,
        "POST",
        "roles",
        &role("own", "manage-realm"),
    )
    .await;
    assert_eq!(own.status, 201);
    ask(&idp, &manager, "POST", "roles", &json!({"name": "plain"})).await;
    let client = management(&idp).await;
    let path = format!("clients/{client}/roles/realm-admin");
    let key = ask(&idp, &admin, "GET", &path, &Value::Null)
        .await
        .ok()
        .json();
    let composites = json!([{"id": key["id"]}]);
    let added = ask(
        &idp,
        &manager,
        "POST",
        "roles/plain/composites",
        &composites,
    )
    .await;
    assert_eq!(added.status, 403);
    let added = ask(&idp, &admin, "POST", "roles/plain/composites", &composites).await;
    assert_eq!(added.status, 204);
}

#[tokio::test]
async fn rights_are_renamed_removed_and_added_by_who_has_all_of_them() {
    let idp = start(&["manage-clients", "realm-admin"]).await;
    let (manager, admin) = (
        token(&idp, "manage-clients").await,
        token(&idp, "realm-admin").await,
    );
    let roles = format!("clients/{}/roles", management(&idp).await);
    let own = format!("{roles}/manage-clients");
    for (method, path, body) in [
        ("PUT", own.as_str(), json!({"name": "realm-admin-too"})),
        ("DELETE", &format!("{roles}/manage-users"), Value::Null),
        ("POST", &roles, json!({"name": "another"})),
    ] {
        let answer = ask(&idp, &manager, method, path, &body).await;
        assert_eq!(answer.status, 403, "{method} {path}");
    }
    let made = ask(&idp, &admin, "POST", &roles, &json!({"name": "another"})).await;
    assert_eq!(made.status, 201);
}
