//! Conditions of conditional flows.

use crate::browser::{Browser, brief, shown};
use crate::world::{flow, person, world};
use serde_json::{Value, json};

/// Whether alice, who signs in by password, is denied by a flow with this condition.
async fn holds(condition: &str, config: Value, alice: Value) -> bool {
    let condition = format!("+{condition}=c");
    let members = json!({
        "authenticationFlows": [
            flow("mine", &["+auth-username-password-form", "?>second"]),
            flow("second", &[condition.as_str(), "+deny-access-authenticator"]),
        ],
        "authenticatorConfig": [{"alias": "c", "config": config}],
        "browserFlow": "mine",
        "roles": {
            "realm": [{"name": "plain"}, {"name": "dot.ted"}, {"name": "boss", "composites": {"realm": ["plain"]}}],
            "client": {"app": [{"name": "read"}]},
        },
        "groups": [{"name": "top", "realmRoles": ["boss"], "attributes": {"floor": ["7"]}, "subGroups": [{"name": "below"}]}],
        "users": [alice],
    });
    let world = world(members).await;
    let mut browser = Browser::default();
    let page = shown(browser.begin(&world).await);
    let form = [("username", "alice"), ("password", "pw")];
    match brief(&browser.send(&world, &page, &form).await).as_str() {
        "error 401" => true,
        "alice" => false,
        other => panic!("{other}"),
    }
}

fn alice(members: Value) -> Value {
    let mut alice = person("alice");
    for (name, value) in members.as_object().unwrap() {
        alice[name] = value.clone();
    }
    alice
}

#[tokio::test]
async fn a_role_may_come_by_a_group_or_another_role() {
    for (role, members, expected) in [
        ("plain", json!({"realmRoles": ["plain"]}), true),
        ("plain", json!({"realmRoles": ["boss"]}), true),
        ("plain", json!({"groups": ["/top/below"]}), true),
        ("plain", json!({}), false),
        ("dot.ted", json!({"realmRoles": ["dot.ted"]}), true),
        ("app.read", json!({"clientRoles": {"app": ["read"]}}), true),
        ("app.read", json!({"realmRoles": ["plain"]}), false),
        ("gone", json!({"realmRoles": ["plain"]}), false),
    ] {
        for negate in [false, true] {
            let config = json!({"condUserRole": role, "negate": negate.to_string()});
            let found = holds("conditional-user-role", config, alice(members.clone())).await;
            assert_eq!(found, expected != negate, "{role} {members} {negate}");
        }
    }
}

#[tokio::test]
async fn an_attribute_may_be_a_groups() {
    let by_group = json!({"groups": ["/top/below"]});
    for (config, members, expected) in [
        (
            json!({"attribute_name": "floor", "attribute_expected_value": "7"}),
            json!({"attributes": {"floor": ["5", "7"]}}),
            true,
        ),
        (
            json!({"attribute_name": "floor", "attribute_expected_value": "7"}),
            json!({"attributes": {"floor": ["5"]}}),
            false,
        ),
        (
            json!({"attribute_name": "floor", "attribute_expected_value": "7", "not": "true"}),
            json!({}),
            true,
        ),
        (
            json!({"attribute_name": "floor", "attribute_expected_value": "7"}),
            by_group.clone(),
            false,
        ),
        (
            json!({"attribute_name": "floor", "attribute_expected_value": "7", "include_group_attributes": "true"}),
            by_group,
            true,
        ),
    ] {
        let found = holds(
            "conditional-user-attribute",
            config.clone(),
            alice(members.clone()),
        )
        .await;
        assert_eq!(found, expected, "{config} {members}");
    }
}

#[tokio::test]
async fn which_credential_was_used_counts() {
    for (credentials, included, expected) in [
        ("password", "true", true),
        ("password", "false", false),
        ("cert##password", "true", true),
        ("webauthn-passwordless", "true", false),
        ("webauthn-passwordless", "false", true),
        ("none", "true", false),
    ] {
        let config = json!({"credentials": credentials, "included": included});
        let found = holds("conditional-credential", config, person("alice")).await;
        assert_eq!(found, expected, "{credentials} {included}");
    }
}

#[tokio::test]
async fn a_condition_about_a_person_waits_for_the_person() {
    let members = json!({
        "authenticationFlows": [
            flow("mine", &["?>first", "+auth-username-password-form"]),
            flow("first", &["+conditional-user-role=c", "+deny-access-authenticator"]),
        ],
        "authenticatorConfig": [{"alias": "c", "config": {"condUserRole": "marked"}}],
        "browserFlow": "mine",
        "roles": {"realm": [{"name": "marked"}]},
        "users": [alice(json!({"realmRoles": ["marked"]})), person("bob")],
    });
    let world = world(members).await;
    for (name, expected) in [("alice", "error 401"), ("bob", "bob")] {
        let mut browser = Browser::default();
        let page = shown(browser.begin(&world).await);
        let form = [("username", name), ("password", "pw")];
        assert_eq!(brief(&browser.send(&world, &page, &form).await), expected);
    }
}
