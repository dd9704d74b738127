//! What administrators read of a new realm, member for member and in the order of Keycloak's answers.
#![allow(clippy::unwrap_used, missing_docs)]

use realm::representation::{self, Secrets};
use realm::{ClientId, Realm, RealmName, fresh};
use serde_json::{Map, Value, json};

fn golden(realm: &str, what: &str) -> Value {
    let path = format!(
        "{}/tests/golden/{realm}-{what}.json",
        env!("CARGO_MANIFEST_DIR")
    );
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn new_realm(name: &str) -> Realm {
    let import = fresh::realm(&RealmName::new(name)).unwrap();
    Realm::build(1, &import.documents).unwrap()
}

fn names(members: &Map<String, Value>) -> Vec<&String> {
    members.keys().filter(|name| *name != "access").collect()
}

#[test]
fn a_realm_has_the_members_of_the_record_in_their_order() {
    for name in ["fresh", "master"] {
        let realm = new_realm(name);
        let ours = representation::realm(&realm, Secrets::Masked);
        let record = golden(name, "representation");
        assert_eq!(names(&ours), names(record.as_object().unwrap()), "{name}");
        let default = ours["defaultRole"].as_object().unwrap();
        assert_eq!(
            names(default),
            names(record["defaultRole"].as_object().unwrap())
        );
        assert_eq!(default["name"], record["defaultRole"]["name"]);
    }
}

#[test]
fn clients_and_scopes_have_the_members_of_the_record_in_their_order() {
    let realm = new_realm("fresh");
    let record = golden("fresh", "clients");
    for wanted in record["clients"].as_array().unwrap() {
        let id = ClientId::new(wanted["clientId"].as_str().unwrap());
        let ours = representation::client(realm.client(&id).unwrap(), Secrets::Masked);
        let wanted = wanted.as_object().unwrap();
        let wanted: Vec<_> = names(wanted)
            .into_iter()
            .filter(|name| !name.starts_with('<'))
            .collect();
        assert_eq!(names(&ours), wanted, "{id}");
    }
    let scope = representation::client_scope(realm.scope("profile").unwrap());
    assert_eq!(
        names(&scope),
        [
            "id",
            "name",
            "description",
            "protocol",
            "attributes",
            "protocolMappers"
        ]
    );
}

#[test]
fn a_client_without_the_mark_of_a_realms_rights_gets_it() {
    let realm = new_realm("fresh");
    let mut client = realm
        .client(&ClientId::new("realm-management"))
        .unwrap()
        .as_ref()
        .clone();
    client.attributes.clear();
    client.secret = Some("s3cret".to_owned());
    let shown =
        |client: &realm::Client, secrets| Value::from(representation::client(client, secrets));
    let masked = shown(&client, Secrets::Masked);
    assert_eq!(masked["attributes"], json!({"realm_client": "true"}));
    assert_eq!(masked["secret"], representation::MASK);
    assert_eq!(shown(&client, Secrets::Clear)["secret"], "s3cret");
    client.client_id = ClientId::new("app");
    assert_eq!(
        shown(&client, Secrets::Clear)["attributes"]["realm_client"],
        "false"
    );
}
