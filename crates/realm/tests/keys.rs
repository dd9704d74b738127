//! Which keys a realm gets, from which components, and what is told of them.
#![allow(clippy::unwrap_used, missing_docs)]

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
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
}

#[test]
fn what_is_not_served_is_kept_and_told() {
    for (component, why) in [
        (
            json!({"providerId": "java-keystore", "config": {}}),
            "keytool",
        ),
        (
            json!({"providerId": "eddsa-generated", "config": {"eddsaEllipticCurveKey": ["Ed448"]}}),
            "Ed25519 alone",
        ),
        (
            json!({"providerId": "of-somebody", "config": {}}),
            "no such provider",
        ),
    ] {
        let file = json!({"realm": "demo", "components": {KEY_PROVIDER: [component]}});
        let import = file::read("demo.json", file.to_string().as_bytes()).unwrap();
        let [notice] = import.notices.as_slice() else {
            panic!("{:?}", import.notices)
        };
        assert_eq!(
            notice.path,
            "$.components[\"org.keycloak.keys.KeyProvider\"][0]"
        );
        assert!(notice.what.contains(why), "{}", notice.what);
        let realm = Realm::build(1, &import.documents).unwrap();
        let kept = realm.components().iter();
        assert_eq!(
            kept.filter(|kept| kept.provider_id == component["providerId"].as_str().unwrap())
                .count(),
            1
        );
    }
}

fn published(realm: &Realm) -> Vec<Value> {
    let set: Value = serde_json::from_str(realm.keys.published()).unwrap();
    set["keys"].as_array().unwrap().clone()
}

fn made(provider: &str, config: Value) -> Value {
    json!({"name": provider, "providerId": provider, "config": config})
}

#[test]
fn every_provider_makes_its_key() {
    let (realm, notices) = read(&json!({"realm": "demo", "components": {KEY_PROVIDER: [
        made("ecdsa-generated", json!({"priority": ["99"], "ecdsaEllipticCurveKey": ["P-384"]})),
        made("ecdsa-generated", json!({"priority": ["98"], "ecGenerateCertificate": ["true"]})),
        made("ecdh-generated", json!({"priority": ["97"]})),
        made("ecdh-generated", json!({"priority": ["96"], "ecdhEllipticCurveKey": ["P-521"], "ecdhAlgorithm": ["ECDH-ES+A256KW"]})),
        made("eddsa-generated", json!({"priority": ["95"]})),
        made("hmac-generated", json!({"priority": ["94"], "algorithm": ["HS384"]})),
        made("aes-generated", json!({"priority": ["93"], "secretSize": ["16"]})),
        made("rsa-generated", json!({"priority": ["92"], "algorithm": ["RS384"]})),
        made("rsa-enc-generated", json!({"priority": ["91"], "algorithm": ["RSA-OAEP-256"]})),
        made("rsa-enc-generated", json!({"priority": ["90"], "algorithm": ["RSA1_5"]})),
    ]}}));
    assert!(notices.is_empty(), "{notices:?}");
    // As a real one publishes them: secrets never, the highest priority first.
    let set = published(&realm);
    let told: Vec<[&str; 4]> = set
        .iter()
        .map(|key| ["kty", "alg", "use", "crv"].map(|name| key[name].as_str().unwrap_or("")))
        .filter(|[_, alg, ..]| !["RS256", "RSA-OAEP"].contains(alg))
        .collect();
    assert_eq!(
        told,
        [
            ["EC", "ES384", "sig", "P-384"],
            ["EC", "ES256", "sig", "P-256"],
            ["EC", "ECDH-ES", "enc", "P-256"],
            ["EC", "ECDH-ES+A256KW", "enc", "P-521"],
            ["OKP", "EdDSA", "sig", "Ed25519"],
            ["RSA", "RS384", "sig", ""],
            ["RSA", "RSA-OAEP-256", "enc", ""],
            ["RSA", "RSA1_5", "enc", ""],
        ]
    );
    let certified: Vec<&str> = set
        .iter()
        .filter(|key| key.get("x5c").is_some())
        .map(|key| key["alg"].as_str().unwrap())
        .collect();
    assert_eq!(
        certified,
        [
            "RS256",
            "RSA-OAEP",
            "ES256",
            "RS384",
            "RSA-OAEP-256",
            "RSA1_5"
        ]
    );
    assert!(realm.keys.active(Algorithm::HS384).is_some());
    let all = keys::metadata(realm.components());
    for name in [
        "ECDH-ES",
        "ECDH-ES+A256KW",
        "RSA1_5",
        "RSA-OAEP-256",
        "HS384",
        "AES",
    ] {
        assert!(all.active.contains_key(name), "{name}");
    }
    let agreed = all
        .keys
        .iter()
        .find(|key| key.algorithm == "ECDH-ES")
        .unwrap();
    assert_eq!((agreed.kind, agreed.usage), ("EC", "ENC"));

    // What a stranger encrypts with a published key, the realm opens.
    let theirs = jose::PublicJwks::parse(realm.keys.published().as_bytes()).unwrap();
    for way in [
        jose::KeyManagement::RsaOaep,
        jose::KeyManagement::RsaOaep256,
        jose::KeyManagement::Rsa15,
        jose::KeyManagement::EcdhEs,
        jose::KeyManagement::EcdhEsA256Kw,
    ] {
        let key = theirs.encryption_key(way).unwrap();
        let token = key
            .encrypt(way, jose::ContentEncryption::A256Gcm, None, b"hello")
            .unwrap();
        assert_eq!(
            realm.keys.decrypting().decrypt(&token).unwrap().plain,
            b"hello"
        );
    }
}

/// A key as administrators have it: PEM of PKCS #8, of PKCS #1, and a certificate.
fn pem() -> [String; 3] {
    let pair = rcgen::KeyPair::generate_for(&rcgen::PKCS_RSA_SHA256).unwrap();
    let params = rcgen::CertificateParams::new(Vec::<String>::new()).unwrap();
    let certificate = params.self_signed(&pair).unwrap().pem();
    // PKCS #8 holds PKCS #1 after the 26 bytes that say that it is RSA.
    let inner = STANDARD.encode(&pair.serialize_der()[26..]);
    let old = format!("-----BEGIN RSA PRIVATE KEY-----\n{inner}\n-----END RSA PRIVATE KEY-----\n");
    [pair.serialize_pem(), old, certificate]
}

#[test]
fn a_key_that_somebody_brought_signs_and_encrypts() {
    let [new, old, certificate] = pem();
    let (realm, notices) = read(&json!({"realm": "demo", "components": {KEY_PROVIDER: [
        made("rsa", json!({"priority": ["200"], "privateKey": [new], "certificate": [certificate]})),
        made("rsa", json!({"priority": ["199"], "privateKey": [old], "certificate": [certificate], "algorithm": ["PS256"]})),
        made("rsa-enc", json!({"priority": ["198"], "privateKey": [new], "certificate": [certificate]})),
        made("rsa", json!({"priority": ["197"], "privateKey": [new], "keyUse": ["enc"], "algorithm": ["RSA-OAEP-256"]})),
        made("rsa", json!({"priority": ["196"], "privateKey": [old], "algorithm": ["RS512"], "kid": ["mine"]})),
    ]}}));
    assert!(notices.is_empty(), "{notices:?}");
    let set = published(&realm);
    let told: Vec<[&str; 2]> = set[..5]
        .iter()
        .map(|key| ["alg", "use"].map(|name| key[name].as_str().unwrap()))
        .collect();
    assert_eq!(
        told,
        [
            ["RS256", "sig"],
            ["PS256", "sig"],
            ["RSA-OAEP", "enc"],
            ["RSA-OAEP-256", "enc"],
            ["RS512", "sig"]
        ]
    );
    // One key, one id; its certificate where one was brought, one of our own elsewhere.
    assert!(set[1..4].iter().all(|key| key["kid"] == set[0]["kid"]));
    assert_eq!(set[4]["kid"], "mine");
    assert_eq!(set[0]["x5t"], set[2]["x5t"]);
    assert!(set[..5].iter().all(|key| key["x5c"][0].is_string()));
    assert_ne!(set[3]["x5t"], set[0]["x5t"]);
    // Each algorithm of one id verifies its own.
    for algorithm in [Algorithm::RS256, Algorithm::PS256, Algorithm::RS512] {
        let key = realm.keys.active(algorithm).unwrap();
        let token = key.sign("JWT", &json!({})).unwrap();
        assert!(realm.keys.verifying().verify::<Value>(&token).is_ok());
    }
}

#[test]
fn what_somebody_brought_has_to_fit() {
    let [key, ..] = pem();
    let [_, _, other] = pem();
    for (config, reason) in [
        (
            json!({"privateKey": [key], "certificate": [other]}),
            "certificate does not match privateKey",
        ),
        (
            json!({"privateKey": [key], "certificate": ["AAAA"]}),
            "certificate is not a certificate",
        ),
        (json!({"privateKey": ["junk!"]}), "privateKey is not base64"),
        (
            json!({"privateKey": [key], "algorithm": ["ES256"]}),
            "ES256",
        ),
        (json!({"privateKey": [key], "algorithm": ["XX"]}), "XX"),
    ] {
        let file = json!({"realm": "demo", "components": {KEY_PROVIDER: [made("rsa", config)]}});
        let error = file::read("demo.json", file.to_string().as_bytes()).unwrap_err();
        assert!(error.to_string().contains(reason), "{error}");
    }
    let curve = made(
        "ecdh-generated",
        json!({"ecdhEllipticCurveKey": ["X25519"]}),
    );
    let file = json!({"realm": "demo", "components": {KEY_PROVIDER: [curve]}});
    let error = file::read("demo.json", file.to_string().as_bytes()).unwrap_err();
    assert!(error.to_string().contains("X25519"), "{error}");
}

#[test]
fn a_new_key_takes_over_and_the_old_one_still_verifies() {
    let (before, _) = read(&json!({"realm": "demo"}));
    let old = before.keys.active_default().unwrap();
    let token = old.sign("JWT", &json!({})).unwrap();
    let private = before
        .components()
        .iter()
        .find(|component| component.provider_id == "rsa-generated")
        .unwrap();
    let mut kept = json!(private);
    for member in ["id", "providerType", "parentId"] {
        kept.as_object_mut().unwrap().remove(member);
    }
    let new = made("rsa-generated", json!({"priority": ["101"]}));
    let (after, _) = read(&json!({"realm": "demo", "components": {KEY_PROVIDER: [kept, new]}}));
    assert_ne!(after.keys.active_default().unwrap().kid(), old.kid());
    assert!(after.keys.verifying().verify::<Value>(&token).is_ok());
    kept["config"]["enabled"] = json!(["false"]);
    let (gone, _) = read(&json!({"realm": "demo", "components": {KEY_PROVIDER: [kept]}}));
    assert!(gone.keys.verifying().verify::<Value>(&token).is_err());
}

/// A record's key set, and ours, as sets of keys whose values are shapes; the order of members counts.
fn shapes(set: &Value) -> Vec<String> {
    let shape = |name: &str, value: &Value| match (name, value) {
        ("kty" | "alg" | "use" | "crv", value) => value.to_string(),
        ("x5c", value) => format!("{} certificates", value.as_array().unwrap().len()),
        (_, Value::String(text)) => {
            let recorded = text
                .strip_prefix("<b64url:")
                .and_then(|rest| rest.strip_suffix('>'));
            match recorded {
                Some(length) => format!("{length} letters"),
                None => format!("{} letters", text.len()),
            }
        }
        (_, other) => panic!("{other}"),
    };
    let keys = set["keys"].as_array().unwrap().iter().map(|key| {
        let members = key.as_object().unwrap().iter();
        let members: Vec<String> = members
            .map(|(name, value)| format!("{name}={}", shape(name, value)))
            .collect();
        members.join(" ")
    });
    let mut all: Vec<String> = keys.collect();
    all.sort();
    all
}

#[test]
fn key_sets_have_the_shape_of_the_records() {
    let record = |name: &str| -> Value {
        let path = format!("{}/tests/golden/{name}", env!("CARGO_MANIFEST_DIR"));
        serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
    };
    let ours = |realm: &Realm| -> Value { serde_json::from_str(realm.keys.published()).unwrap() };

    let fresh = fresh::realm(&RealmName::new("fresh")).unwrap();
    let fresh = Realm::build(1, &fresh.documents).unwrap();
    let wanted = record("jwks.json");
    let wanted = &wanted["GET /realms/{realm}/protocol/openid-connect/certs"]["fresh"]["body"];
    assert_eq!(shapes(&ours(&fresh)), shapes(wanted));

    // The same after clients wanted what the realm had no key for.
    let wanted = record("jwks-after-fallback.json");
    let mut documents = fresh::realm(&RealmName::new("fresh")).unwrap().documents;
    for algorithm in [Algorithm::ES256, Algorithm::PS256] {
        let mut component = keys::fallback_component(algorithm);
        let recorded = wanted["components"].as_array().unwrap().iter();
        let recorded = recorded
            .filter(|recorded| recorded["name"] == component.name.as_deref().unwrap())
            .map(|recorded| (recorded["providerId"].clone(), recorded["config"].clone()));
        let own = (json!(component.provider_id), json!(component.config));
        assert_eq!(recorded.collect::<Vec<_>>(), [own]);
        keys::generate_missing(&mut component, "fresh").unwrap();
        let id = component.id.clone();
        documents.push(realm::Document::of(realm::Kind::Component, id, &component).unwrap());
    }
    let realm = Realm::build(1, &documents).unwrap();
    assert_eq!(shapes(&ours(&realm)), shapes(&wanted["certs"]));
}
