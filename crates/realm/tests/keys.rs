//! Which keys a realm gets, from which components, and what is told of them.
#![allow(clippy::unwrap_used, missing_docs)]

use jose::Algorithm;
use realm::keys::{self, KEY_PROVIDER};
use realm::{Realm, RealmName, file, fresh};
use serde_json::{Value, json};

fn read(value: &Value) -> (Realm, Vec<String>) {
    let import = file::read("demo.json", value.to_string().as_bytes()).unwrap();
    let paths = import.notices.into_iter().map(|notice| notice.path);
    (Realm::build(1, &import.documents).unwrap(), paths.collect())
}

#[test]
fn metadata_has_the_members_of_the_record_in_their_order() {
    let import = fresh::realm(&RealmName::new("fresh")).unwrap();
    let realm = Realm::build(1, &import.documents).unwrap();
    let ours = json!(keys::metadata(realm.components()));
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/fresh-keys.json");
    let record: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let named = |value: &Value| {
        value["active"]
            .as_object()
            .unwrap()
            .keys()
            .cloned()
            .collect::<Vec<_>>()
    };
    let (mut active, mut wanted) = (named(&ours), named(&record));
    active.sort();
    wanted.sort();
    assert_eq!(active, wanted);
    assert_eq!(ours["keys"].as_array().unwrap().len(), 4);
    for wanted in record["keys"].as_array().unwrap() {
        let key = ours["keys"]
            .as_array()
            .unwrap()
            .iter()
            .find(|key| key["algorithm"] == wanted["algorithm"])
            .unwrap();
        let members = |value: &Value| {
            value
                .as_object()
                .unwrap()
                .keys()
                .cloned()
                .collect::<Vec<_>>()
        };
        assert_eq!(members(key), members(wanted));
        for name in ["providerPriority", "status", "type", "use"] {
            assert_eq!(key[name], wanted[name]);
        }
        assert_eq!(
            key["kid"],
            ours["active"][key["algorithm"].as_str().unwrap()]
        );
        if let Some(expiry) = key.get("validTo") {
            assert!(expiry.as_i64().unwrap() > 2_000_000_000_000);
        }
    }
}

#[test]
fn keys_of_an_older_keycloak_are_completed() {
    let (realm, _) = read(&json!({"realm": "demo", "components": {KEY_PROVIDER: [
        {"name": "hmac-generated", "providerId": "hmac-generated", "config": {"algorithm": ["HS256"], "priority": ["100"]}},
        {"name": "aes-generated", "providerId": "aes-generated", "config": {"enabled": ["false"]}},
    ]}}));
    assert_eq!(realm.keys.hmac().algorithm(), Algorithm::HS512);
    assert!(
        realm.keys.active(Algorithm::HS256).is_some()
            && realm.keys.active(Algorithm::RS256).is_some()
    );
    assert_eq!(realm.keys.state_secret().len(), 32);
    let disabled = keys::metadata(realm.components()).keys;
    assert!(
        disabled
            .iter()
            .any(|key| key.status == "DISABLED" && key.algorithm == "AES")
    );
}

#[test]
fn a_realm_signs_by_its_default_algorithm() {
    for name in ["PS256", "ES256", "ES384", "ES512", "EdDSA"] {
        let (realm, _) = read(&json!({"realm": "demo", "defaultSignatureAlgorithm": name}));
        let key = realm.keys.active_default().unwrap();
        assert_eq!(key.algorithm().name(), name);
        let token = key.sign("JWT", &json!({"sub": "x"})).unwrap();
        assert!(
            realm.keys.verifying().verify::<Value>(&token).is_ok(),
            "{name}"
        );
        let fallback = realm
            .components()
            .iter()
            .filter(|component| component.name.as_deref() == Some(&format!("fallback-{name}")));
        assert_eq!(fallback.count(), 1);
    }
    let own = json!({"name": "ec", "providerId": "ecdsa-generated", "config": {"ecdsaEllipticCurveKey": ["P-256"]}});
    let (realm, _) = read(
        &json!({"realm": "demo", "defaultSignatureAlgorithm": "ES256", "components": {KEY_PROVIDER: [own]}}),
    );
    assert_eq!(
        realm.keys.active_default().unwrap().algorithm(),
        Algorithm::ES256
    );
    let generated = realm
        .components()
        .iter()
        .filter(|component| component.provider_id == "ecdsa-generated");
    assert_eq!(generated.count(), 1, "no fallback beside a key");
}

#[test]
fn the_active_key_of_the_highest_priority_signs_and_passive_ones_verify() {
    let key = |name: &str, priority: &str, active: &str| json!({"name": name, "providerId": "rsa-generated", "config": {"priority": [priority], "active": [active]}});
    let (realm, _) = read(
        &json!({"realm": "demo", "components": {KEY_PROVIDER: [key("old", "200", "false"), key("now", "150", "true"), key("spare", "100", "true")]}}),
    );
    let all = keys::metadata(realm.components());
    let kid = |name: &str| {
        let component = realm
            .components()
            .iter()
            .find(|component| component.name.as_deref() == Some(name))
            .unwrap();
        all.keys
            .iter()
            .find(|key| key.provider_id == component.id)
            .unwrap()
            .kid
            .clone()
    };
    assert_eq!(realm.keys.active_default().unwrap().kid(), kid("now"));
    assert_eq!(all.active["RS256"], kid("now"));
    for name in ["old", "now", "spare"] {
        assert!(realm.keys.published().contains(&kid(name)), "{name}");
    }
}

#[test]
fn a_key_that_cant_be_used_is_told_with_its_place() {
    let refused = |component: Value| {
        let file = json!({"realm": "demo", "components": {KEY_PROVIDER: [component]}});
        file::read("demo.json", file.to_string().as_bytes())
            .unwrap_err()
            .to_string()
    };
    for (component, reason) in [
        (
            json!({"providerId": "rsa", "config": {"privateKey": ["AAAA"]}}),
            "RS256",
        ),
        (
            json!({"providerId": "rsa", "config": {"privateKey": ["**********"]}}),
            "masks",
        ),
        (
            json!({"providerId": "rsa", "config": {}}),
            "privateKey is missing",
        ),
        (
            json!({"providerId": "hmac-generated", "config": {"secret": ["c2hvcnQ"], "kid": ["k"]}}),
            "HS256",
        ),
        (
            json!({"providerId": "aes-generated", "config": {"secret": ["!"], "kid": ["k"]}}),
            "base64",
        ),
    ] {
        let text = refused(component);
        assert!(
            text.contains("$.components[\"org.keycloak.keys.KeyProvider\"][0]")
                && text.contains(reason),
            "{text}"
        );
    }
    let (_, notices) = read(
        &json!({"realm": "demo", "components": {KEY_PROVIDER: [{"providerId": "java-keystore", "config": {}}]}}),
    );
    assert_eq!(
        notices,
        ["$.components[\"org.keycloak.keys.KeyProvider\"][0]"]
    );
}
