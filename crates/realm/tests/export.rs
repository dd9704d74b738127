//! A realm file of a real Keycloak (`golden/export-with-users.json`, placeholders filled) goes in and comes out again.
#![allow(clippy::unwrap_used, missing_docs)]

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use realm::file::{self, Options};
use realm::representation::Secrets;
use realm::{Credential, Import, NewCredential, Realm, User};
use serde_json::{Map, Value, json};

/// The record with values in its placeholders; the RSA keys are left out and so made on reading.
fn record() -> Value {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/golden/export-with-users.json"
    );
    let mut file: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    file.as_object_mut().unwrap().shift_remove("_compare");
    fill(&mut file);
    // One role, and one component, keep one key wherever they stand.
    let default = file["roles"]["realm"][0]["id"].clone();
    file["defaultRole"]["id"] = default;
    let realm_id = file["id"].clone();
    let clients: Map<String, Value> = file["clients"]
        .as_array()
        .unwrap()
        .iter()
        .map(|client| {
            (
                client["clientId"].as_str().unwrap().to_owned(),
                client["id"].clone(),
            )
        })
        .collect();
    file["defaultRole"]["containerId"] = realm_id.clone();
    for role in file["roles"]["realm"].as_array_mut().unwrap() {
        role["containerId"] = realm_id.clone();
    }
    for (client, roles) in file["roles"]["client"].as_object_mut().unwrap() {
        for role in roles.as_array_mut().unwrap() {
            role["containerId"] = clients[client].clone();
        }
    }
    let parent = file["groups"][0]["id"].clone();
    file["groups"][0]["subGroups"][0]["parentId"] = parent;
    file
}

fn fill(value: &mut Value) {
    match value {
        Value::Object(members) if members.contains_key("<json-string>") => {
            fill(&mut members["<json-string>"]);
            *value = members["<json-string>"].to_string().into();
        }
        Value::Object(members) => {
            if members
                .get("providerId")
                .is_some_and(|id| id == "rsa-generated" || id == "rsa-enc-generated")
            {
                let config = members["config"].as_object_mut().unwrap();
                config.retain(|name, _| !matches!(name.as_str(), "privateKey" | "certificate"));
            }
            members.values_mut().for_each(fill);
        }
        Value::Array(items) => items.iter_mut().for_each(fill),
        Value::String(text) if text.starts_with('<') => {
            let size = |text: &str| {
                text.trim_end_matches('>')
                    .rsplit(':')
                    .next()?
                    .parse::<usize>()
                    .ok()
            };
            *value = match text.as_str() {
                "<uuid>" | "<sid>" => realm::random_key().into(),
                "<epoch-ms>" => json!(1_700_000_000_123_i64),
                text if text.starts_with("<b64url:") => URL_SAFE_NO_PAD
                    .encode(vec![7; size(text).unwrap() * 3 / 4])
                    .into(),
                text if text.starts_with("<b64:") => {
                    STANDARD.encode(vec![7; size(text).unwrap() * 3 / 4]).into()
                }
                _ => return,
            };
        }
        _ => {}
    }
}

type People = Vec<(User, Vec<Credential>)>;

fn read(file: &Value) -> (Realm, People, Vec<String>) {
    let Import {
        documents,
        users,
        notices,
        ..
    } = file::read("exported.json", file.to_string().as_bytes()).unwrap();
    let users = users
        .into_iter()
        .map(|new| {
            let stored = new
                .credentials
                .into_iter()
                .map(|credential| match credential {
                    NewCredential::Stored(credential) => credential,
                    NewCredential::PlainPassword(_) => panic!("an export has no plain passwords"),
                });
            (new.user, stored.collect())
        })
        .collect();
    let paths = notices.into_iter().map(|notice| notice.path).collect();
    (Realm::build(1, &documents).unwrap(), users, paths)
}

/// Lists whose order means nothing, by their JSON; the order of members stays.
fn unordered(value: &Value) -> Value {
    match value {
        Value::Object(members) => members
            .iter()
            .map(|(name, value)| (name.clone(), unordered(value)))
            .collect::<Map<_, _>>()
            .into(),
        Value::Array(items) => {
            let mut items: Vec<Value> = items.iter().map(unordered).collect();
            items.sort_by_key(ToString::to_string);
            items.into()
        }
        other => other.clone(),
    }
}

/// The names of the members at every depth, in their order.
fn shape(value: &Value) -> Value {
    match value {
        Value::Object(members) => members
            .iter()
            .map(|(name, value)| json!([name, shape(value)]))
            .collect(),
        Value::Array(items) => items.iter().map(shape).collect(),
        _ => Value::Null,
    }
}

#[test]
fn an_export_equals_the_file_that_was_read() {
    let record = record();
    let (realm, users, notices) = read(&record);
    let mut exported = file::export(&realm, users, Options::default());
    let names = |value: &Value| {
        value
            .as_object()
            .unwrap()
            .keys()
            .cloned()
            .collect::<Vec<_>>()
    };
    assert_eq!(names(&exported), names(&record), "members and their order");
    for component in exported["components"]["org.keycloak.keys.KeyProvider"]
        .as_array_mut()
        .unwrap()
    {
        if component["providerId"].as_str().unwrap().starts_with("rsa") {
            let config = component["config"].as_object_mut().unwrap();
            assert!(
                config.shift_remove("privateKey").is_some()
                    && config.shift_remove("certificate").is_some()
            );
        }
    }
    for name in names(&record) {
        let (ours, wanted) = (unordered(&exported[&name]), unordered(&record[&name]));
        assert_eq!(ours, wanted, "{name}");
        assert_eq!(shape(&ours), shape(&wanted), "order of members: {name}");
    }
    for path in ["$.smtpServer", "$.identityProviders"] {
        assert!(notices.contains(&path.to_owned()), "{path} in {notices:?}");
    }
}

#[test]
fn export_and_import_keep_everything() {
    let (realm, users, _) = read(&record());
    let first = file::export(&realm, users, Options::default());
    let (realm, users, _) = read(&first);
    let second = file::export(&realm, users, Options::default());
    assert_eq!(first.to_string(), second.to_string());
}

#[test]
fn a_masked_export_holds_no_secret_and_is_still_a_realm() {
    let (realm, users, _) = read(&record());
    let clear = file::export(&realm, users.clone(), Options::default());
    let masked = file::export(
        &realm,
        users,
        Options {
            secrets: Secrets::Masked,
            ..Options::default()
        },
    );
    let text = masked.to_string();
    let mut secrets = vec![
        clear["smtpServer"]["password"].clone(),
        clear["identityProviders"][0]["config"]["clientSecret"].clone(),
        clear["users"][0]["credentials"][0]["secretData"].clone(),
    ];
    for component in clear["components"]["org.keycloak.keys.KeyProvider"]
        .as_array()
        .unwrap()
    {
        for name in ["privateKey", "ecdsaPrivateKey", "secret"] {
            secrets.extend(
                component["config"]
                    .get(name)
                    .map(|values| values[0].clone()),
            );
        }
    }
    secrets.push(
        clear["clients"]
            .as_array()
            .unwrap()
            .iter()
            .find_map(|client| client.get("secret"))
            .unwrap()
            .clone(),
    );
    assert!(secrets.len() >= 9);
    for secret in secrets {
        assert!(!text.contains(&secret.to_string()), "{secret}");
    }
    let (again, _, notices) = read(&masked);
    let web = again.client(&"web".into()).unwrap();
    assert!(
        web.secret.as_ref().unwrap().len() >= 32,
        "a mask is nobody's secret"
    );
    assert!(
        notices.iter().any(|path| path.contains("web")),
        "{notices:?}"
    );
    assert_ne!(again.keys.hmac().kid(), realm.keys.hmac().kid());
}

#[test]
fn a_partial_export_leaves_out_what_was_not_asked_for() {
    let (realm, _, _) = read(&record());
    let none = Options {
        secrets: Secrets::Masked,
        clients: false,
        groups_and_roles: false,
    };
    let file = file::export(&realm, Vec::new(), none);
    for absent in ["clients", "clientScopeMappings", "roles", "groups", "users"] {
        assert!(file.get(absent).is_none(), "{absent}");
    }
    assert!(
        file["clientScopes"].as_array().unwrap().len() == 15 && file.get("defaultRole").is_some()
    );
    let roles_alone = file::export(
        &realm,
        Vec::new(),
        Options {
            groups_and_roles: true,
            ..none
        },
    );
    assert!(
        roles_alone["roles"].get("client").is_none() && roles_alone["roles"]["realm"].is_array()
    );
}

#[test]
fn a07_each_setting_of_a_certificate_step_comes_out_as_it_went_in() {
    let config = json!({
        "x509-cert-auth.mapping-source-selection": "Certificate Serial Number and IssuerDN",
        "x509-cert-auth.canonical-dn-enabled": "true",
        "x509-cert-auth.serialnumber-hex-enabled": "true",
        "x509-cert-auth.regular-expression": " CN=(.*?)(?:,|$) ",
        "x509-cert-auth.mapper-selection": "Custom Attribute Mapper",
        "x509-cert-auth.mapper-selection.user-attribute-name": "serial##issuer",
        "x509-cert-auth.timestamp-validation-enabled": "false",
        "x509-cert-auth.crl-checking-enabled": "true",
        "x509-cert-auth.crldp-checking-enabled": "true",
        "x509-cert-auth.crl-relative-path": "crl.pem##http://crl.example/a.crl",
        "x509-cert-auth-crl-abort-if-non-updated": "false",
        "x509-cert-auth.ocsp-checking-enabled": "true",
        "x509-cert-auth.ocsp-fail-open": "true",
        "x509-cert-auth.ocsp-responder-uri": "http://ocsp.example",
        "x509-cert-auth.ocsp-responder-certificate": "MIIB",
        "x509-cert-auth.keyusage": "digitalSignature,keyAgreement",
        "x509-cert-auth.extendedkeyusage": "1.3.6.1.5.5.7.3.2",
        "x509-cert-auth.certificate-policy": "1.2.3",
        "x509-cert-auth.certificate-policy-mode": "Any",
        "x509-cert-auth.confirmation-page-disallowed": "true",
        "x509-cert-auth.revalidate-certificate-enabled": "false",
        "x509-cert-auth.ca-subject-dn": "CN=Root##CN=Other",
        "x509-cert-auth.not-known-yet": "kept",
    });
    let mut record = record();
    let configs = record["authenticatorConfig"].as_array_mut().unwrap();
    configs.push(
        json!({"id": "5e8b6f6e-52c1-4a4e-9a5b-8f6a4c1f0001", "alias": "x509", "config": config}),
    );
    record["attributes"]["x509.user.trustAnchors"] = "no certificate".into();
    let (realm, users, notices) = read(&record);
    let exported = file::export(&realm, users, Options::default());
    let exported = exported["authenticatorConfig"].as_array().unwrap().iter();
    let mut found = exported.filter(|found| found["alias"] == "x509");
    assert_eq!(found.next().unwrap()["config"], config);
    // What has no effect, or another one, is told by its place; nothing else is.
    let told: Vec<&String> = notices
        .iter()
        .filter(|notice| notice.contains("x509"))
        .collect();
    for name in [
        "timestamp-validation-enabled",
        "revalidate-certificate-enabled",
        "not-known-yet",
    ] {
        let place = format!("$.authenticatorConfig[\"x509\"].config[\"x509-cert-auth.{name}\"]");
        assert!(told.iter().any(|told| told.contains(&place)), "{told:?}");
    }
    let anchors = "$.attributes[\"x509.user.trustAnchors\"]";
    assert!(told.iter().any(|told| told.contains(anchors)), "{told:?}");
    assert_eq!(told.len(), 4, "{told:?}");
}
