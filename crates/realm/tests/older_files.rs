//! Forms that older exports and hand-written files have, and how every error of a file is told at once.
#![allow(clippy::unwrap_used, missing_docs)]

use realm::{FileError, Import, NewCredential, Realm, file};
use serde_json::{Value, json};

fn read(value: &Value) -> Import {
    file::read("demo.json", value.to_string().as_bytes()).unwrap()
}

#[test]
fn people_in_the_forms_of_older_files() {
    let import = read(&json!({"realm": "demo", "users": [
        {"username": "a", "attributes": {"one": "1", "more": ["2", "3"]}, "requiredActions": null, "clientRoles": null, "email": null,
         "credentials": [{"type": "password", "value": "first", "temporary": true}]},
        {"username": "b", "credentials": [
            {"type": "password", "secretData": "{}", "credentialData": "{}"},
            {"type": "otp", "secretData": "{}", "credentialData": "{}", "userLabel": null},
        ]},
    ]}));
    let [first, second] = &import.users[..] else {
        panic!("two people");
    };
    assert_eq!(first.user.attributes["one"], ["1"]);
    assert_eq!(first.user.attributes["more"], ["2", "3"]);
    assert_eq!(first.user.required_actions, ["UPDATE_PASSWORD"]);
    let priorities: Vec<i64> = second
        .credentials
        .iter()
        .map(|credential| match credential {
            NewCredential::Stored(credential) => credential.priority,
            NewCredential::PlainPassword(_) => panic!("a hash is no password"),
        })
        .collect();
    assert_eq!(priorities, [10, 20], "the order of the list is kept");
    let paths: Vec<_> = import
        .notices
        .iter()
        .map(|notice| notice.path.as_str())
        .collect();
    assert_eq!(paths, ["$.users[*].credentials"]);
}

#[test]
fn components_inside_components_come_out_and_go_back() {
    let import = read(
        &json!({"realm": "demo", "components": {"org.keycloak.storage.UserStorageProvider": [
            {"name": "ldap", "id": "l1", "providerId": "ldap", "config": {"bindCredential": ["s3cret"]}, "subComponents": {
                "org.keycloak.storage.ldap.mappers.LDAPStorageMapper": [{"name": "email", "providerId": "user-attribute-ldap-mapper", "subComponents": {}, "config": {}}]}},
        ]}}),
    );
    let realm = Realm::build(1, &import.documents).unwrap();
    let mapper = realm
        .components()
        .iter()
        .find(|component| component.provider_id == "user-attribute-ldap-mapper")
        .unwrap();
    assert_eq!(mapper.parent_id.as_deref(), Some("l1"));
    let exported = file::export(&realm, Vec::new(), file::Options::default());
    let ldap = &exported["components"]["org.keycloak.storage.UserStorageProvider"][0];
    assert_eq!(
        ldap["subComponents"]["org.keycloak.storage.ldap.mappers.LDAPStorageMapper"][0]["name"],
        "email"
    );
    assert!(
        exported["components"]
            .get("org.keycloak.storage.ldap.mappers.LDAPStorageMapper")
            .is_none()
    );
    assert_eq!(
        import.notices[0].path,
        "$.components[\"org.keycloak.storage.UserStorageProvider\"][0]"
    );
}

#[test]
fn a_renamed_realm_keeps_its_default_role() {
    let import = read(
        &json!({"realm": "now", "defaultRole": {"name": "default-roles-then"}, "roles": {"realm": [{"name": "default-roles-then"}]}, "users": [{"username": "a"}]}),
    );
    let realm = Realm::build(1, &import.documents).unwrap();
    let role = realm.default_role().unwrap();
    assert_eq!(role.name, "default-roles-then");
    assert_eq!(import.users[0].user.roles, std::slice::from_ref(&role.id));
    assert_eq!(
        file::export(&realm, Vec::new(), file::Options::default())["defaultRole"]["name"],
        "default-roles-then"
    );
}

#[test]
fn policies_that_are_not_served_are_told_once() {
    let import = read(
        &json!({"realm": "demo", "otpPolicyDigits": 8, "otpPolicyType": "hotp", "otpPolicyPeriod": 30, "webAuthnPolicyRpId": "example.com"}),
    );
    let paths: Vec<_> = import
        .notices
        .iter()
        .map(|notice| notice.path.as_str())
        .collect();
    assert_eq!(paths, ["$.otpPolicy*", "$.webAuthnPolicy*"]);
}

#[test]
fn all_errors_are_told_at_once() {
    let file = json!({"realm": "demo",
        "roles": {"realm": [{"name": "a", "composites": {"realm": ["nope"]}}]},
        "clients": [{"clientId": "a", "enabled": 3}, {"clientId": "b", "defaultClientScopes": ["nope"]}, {"clientId": "c"}],
        "users": [{"username": "a", "enabled": 7}, {"username": "b", "groups": ["/nope"]}, {"username": "B"}, {"username": "c"}],
        "browserFlow": "nope",
    });
    let error = file::read("demo.json", file.to_string().as_bytes()).unwrap_err();
    let FileError::Members { wrong, .. } = &error else {
        panic!("{error}");
    };
    let paths: Vec<_> = wrong.iter().map(|wrong| wrong.path.as_str()).collect();
    assert_eq!(
        paths,
        ["$.roles.realm[0].composites"],
        "what refers to roles is not looked at when these are wrong"
    );
    let mut file = file;
    file.as_object_mut().unwrap().shift_remove("roles");
    let error = file::read("demo.json", file.to_string().as_bytes()).unwrap_err();
    let text = error.to_string();
    let places: Vec<_> = text
        .lines()
        .map(|line| line.split(": ").nth(1).unwrap())
        .collect();
    assert_eq!(
        places,
        [
            "$.clients[0]",
            "$.clients[1].defaultClientScopes",
            "$.browserFlow",
            "$.users[0]",
            "$.users[1].groups"
        ]
    );
    assert!(text.lines().all(|line| line.starts_with("demo.json: ")));
}
