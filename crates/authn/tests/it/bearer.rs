//! Access tokens of ours.

use crate::browser::Browser;
use crate::world::{World, world};
use authn::bearer::{BearerIdentity, BearerRefusal, carried_roles, identify, revoked_name};
use jose::VerifyError;
use serde_json::{Value, json};
use store::ClientSession;

/// alice is signed in at the client; these are the claims of a token that she would get.
async fn claims(world: &World) -> Value {
    let done = Browser::default().sign_in(world, "alice").await;
    let client = world.client().await;
    let part = ClientSession {
        session: done.session.id.clone(),
        client: client.id.clone(),
        started_at: done.session.started_at,
        last_used_at: done.session.started_at,
        scope: "openid".to_owned(),
        redirect_uri: None,
        nonce: None,
        notes: Default::default(),
    };
    let mut writer = world.server.store.write().await.unwrap();
    assert!(writer.sessions().attach(&world.id, &part).await.unwrap());
    writer.commit().await.unwrap();
    let cx = world.cx().await;
    let now = cx.now.seconds();
    json!({
        "exp": now + 300, "iat": now, "jti": "j", "iss": cx.issuer(), "sub": done.user.id, "typ": "Bearer",
        "azp": "app", "sid": done.session.id, "scope": "openid", "custom": 7
    })
}

async fn identity(world: &World, claims: &Value) -> Result<BearerIdentity, BearerRefusal> {
    let cx = world.cx().await;
    let key = cx.realm.keys.active_default().unwrap();
    identify(&cx, &key.sign("JWT", claims).unwrap())
        .await
        .unwrap()
}

async fn ask(world: &World, claims: &Value) -> Result<String, BearerRefusal> {
    let identity = identity(world, claims).await?;
    assert_eq!(identity.claims.other["custom"], 7);
    assert_eq!(identity.session.is_some(), identity.claims.sid.is_some());
    Ok(identity.user.username)
}

#[tokio::test]
async fn a_token_is_its_holders_until_something_is_wrong() {
    let world = world(json!({})).await;
    let good = claims(&world).await;
    assert_eq!(ask(&world, &good).await, Ok("alice".to_owned()));
    let now = world.clock.now().seconds();
    for (name, value, expected) in [
        ("typ", json!("ID"), Err(BearerRefusal::Type)),
        ("typ", json!("Refresh"), Err(BearerRefusal::Type)),
        ("typ", Value::Null, Err(BearerRefusal::Type)),
        ("exp", json!(now), Err(BearerRefusal::Expired)),
        (
            "exp",
            json!("soon"),
            Err(BearerRefusal::Token(VerifyError::Payload)),
        ),
        ("nbf", json!(now + 1), Err(BearerRefusal::NotYetValid)),
        ("nbf", json!(now), Ok("alice".to_owned())),
        (
            "iss",
            json!("http://localhost/realms/other"),
            Err(BearerRefusal::Issuer),
        ),
        ("azp", json!("gone"), Err(BearerRefusal::ClientUnknown)),
        ("azp", json!("account"), Err(BearerRefusal::SessionUnknown)),
        ("sid", json!("gone"), Err(BearerRefusal::SessionUnknown)),
        (
            "sub",
            json!(world.user("bob").await.id),
            Err(BearerRefusal::UserUnknown),
        ),
        // Lightweight tokens may lack the subject.
        ("sub", Value::Null, Ok("alice".to_owned())),
        // Transient ones have no session.
        ("sid", Value::Null, Ok("alice".to_owned())),
        ("iat", json!(now - 1), Err(BearerRefusal::Stale)),
    ] {
        let mut changed = good.clone();
        changed[name] = value.clone();
        assert_eq!(ask(&world, &changed).await, expected, "{name} {value}");
    }
    let neither = {
        let mut changed = good.clone();
        changed["sub"] = Value::Null;
        changed["sid"] = Value::Null;
        changed
    };
    assert_eq!(ask(&world, &neither).await, Err(BearerRefusal::UserUnknown));
    let cx = world.cx().await;
    let garbage = identify(&cx, "a.b.c").await.unwrap();
    assert_eq!(
        garbage.unwrap_err(),
        BearerRefusal::Token(VerifyError::Malformed)
    );
}

#[tokio::test]
async fn what_happened_since_counts() {
    let world = world(json!({})).await;
    let good = claims(&world).await;
    let now = world.clock.now().seconds();
    world
        .change_user("alice", |alice| alice.not_before = now + 1)
        .await;
    assert_eq!(ask(&world, &good).await, Err(BearerRefusal::Stale));
    world
        .change_user("alice", |alice| {
            (alice.not_before, alice.enabled) = (0, false)
        })
        .await;
    assert_eq!(ask(&world, &good).await, Err(BearerRefusal::UserDisabled));
    world
        .change_user("alice", |alice| alice.enabled = true)
        .await;
    world.change_settings(json!({"notBefore": now + 1})).await;
    assert_eq!(ask(&world, &good).await, Err(BearerRefusal::Stale));
    world
        .change_settings(json!({"notBefore": 0, "ssoSessionIdleTimeout": 200}))
        .await;
    world.clock.advance(200);
    assert_eq!(ask(&world, &good).await, Err(BearerRefusal::SessionExpired));
}

#[tokio::test]
async fn a_revoked_token_is_nobodys() {
    let world = world(json!({})).await;
    let good = claims(&world).await;
    let mut writer = world.server.store.write().await.unwrap();
    let until = world.clock.now().plus_seconds(300);
    writer
        .single_use()
        .claim(&world.id, &revoked_name("j"), until)
        .await
        .unwrap();
    writer.commit().await.unwrap();
    assert_eq!(ask(&world, &good).await, Err(BearerRefusal::Revoked));
}

#[tokio::test]
async fn a_token_carries_the_roles_of_now_that_its_client_may_carry() {
    let world = world(json!({})).await;
    let mut identity = identity(&world, &claims(&world).await).await.unwrap();
    let realm = world.cx().await.realm;
    let management = realm.client(&"realm-management".into()).unwrap();
    let role = |name: &str| {
        let role = realm.client_role(&management.id, name);
        role.unwrap().id.clone()
    };
    assert!(!carried_roles(&realm, &identity).contains(&role("view-users")));
    identity.user.roles.push(role("realm-admin"));
    let carried = carried_roles(&realm, &identity);
    assert!(carried.contains(&role("view-users")), "by a composite");
    let mut narrow = identity.client.as_ref().clone();
    narrow.full_scope_allowed = false;
    narrow.scope_mappings = vec![role("view-clients")];
    identity.client = std::sync::Arc::new(narrow);
    let carried = carried_roles(&realm, &identity);
    assert!(!carried.contains(&role("view-users")));
    assert!(carried.contains(&role("view-clients")));
}
