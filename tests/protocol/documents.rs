//! What a realm says of itself.

use axum::body::Body;
use serde_json::{Value, json};
use support::idp::{Idp, REALM, request, usual_realm};

#[tokio::test]
async fn discovery_names_what_is_served() {
    let idp = Idp::start().await;
    let answer = idp.get("/.well-known/openid-configuration").await.ok();
    assert_eq!(
        answer.header("cache-control"),
        "no-cache, must-revalidate, no-transform, no-store"
    );
    let document = answer.json();
    assert_eq!(document["issuer"], "http://localhost:8080/realms/test");
    assert_eq!(
        document["response_types_supported"],
        json!([
            "code",
            "none",
            "id_token",
            "token",
            "id_token token",
            "code id_token",
            "code token",
            "code id_token token"
        ])
    );
    for (name, value) in document.as_object().unwrap() {
        let Some(path) = value
            .as_str()
            .and_then(|text| text.strip_prefix("http://localhost:8080"))
        else {
            continue;
        };
        let get = idp
            .send(request("GET", path).body(Body::empty()).unwrap())
            .await;
        assert_ne!(get.status, 404, "{name}");
    }
    let again = idp.get("/.well-known/openid-configuration/").await.ok();
    assert_eq!(again.json(), document);
}

#[tokio::test]
async fn the_key_set_verifies_tokens_and_holds_no_secret() {
    let idp = Idp::start().await;
    let set = idp.get("/protocol/openid-connect/certs").await.ok().json();
    let keys = set["keys"].as_array().unwrap();
    let uses: Vec<_> = keys.iter().map(|key| (&key["kty"], &key["use"])).collect();
    assert!(
        uses.contains(&(&json!("RSA"), &json!("sig")))
            && uses.contains(&(&json!("RSA"), &json!("enc")))
    );
    assert!(
        keys.iter()
            .all(|key| key.get("d").is_none() && key.get("k").is_none())
    );
    let token = idp
        .app("web")
        .password("alice", "wonderland")
        .await
        .granted()
        .access;
    let header = token.split('.').next().unwrap();
    let header =
        base64::Engine::decode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, header).unwrap();
    let header: Value = serde_json::from_slice(&header).unwrap();
    assert_eq!(
        (&header["alg"], &header["typ"]),
        (&json!("RS256"), &json!("JWT"))
    );
    assert!(keys.iter().any(|key| key["kid"] == header["kid"]));
}

#[tokio::test]
async fn a_realm_may_sign_with_curves() {
    for (algorithm, provider, setting) in [
        (
            "ES256",
            "ecdsa-generated",
            json!({"ecdsaEllipticCurveKey": ["P-256"], "priority": ["100"]}),
        ),
        (
            "EdDSA",
            "eddsa-generated",
            json!({"eddsaEllipticCurveKey": ["Ed25519"], "priority": ["100"]}),
        ),
    ] {
        let mut realm = usual_realm();
        realm["defaultSignatureAlgorithm"] = json!(algorithm);
        realm["components"] = json!({"org.keycloak.keys.KeyProvider": [
            {"name": "a", "providerId": provider, "subComponents": {}, "config": setting},
            {"name": "b", "providerId": "rsa-generated", "subComponents": {}, "config": {"priority": ["100"]}},
            {"name": "c", "providerId": "hmac-generated", "subComponents": {}, "config": {"priority": ["100"], "algorithm": ["HS512"]}},
            {"name": "d", "providerId": "aes-generated", "subComponents": {}, "config": {"priority": ["100"]}},
        ]});
        let idp = Idp::launch(realm).start().await;
        let tokens = idp
            .app("web")
            .password("alice", "wonderland")
            .await
            .granted();
        let header = tokens.access.split('.').next().unwrap();
        let header =
            base64::Engine::decode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, header)
                .unwrap();
        assert_eq!(
            serde_json::from_slice::<Value>(&header).unwrap()["alg"],
            algorithm
        );
        idp.app("web").userinfo(&tokens.access).await.ok();
    }
}

#[tokio::test]
async fn a_key_that_is_missing_for_an_algorithm_is_made() {
    let mut realm = usual_realm();
    realm["clients"][0]["attributes"] = json!({"id.token.signed.response.alg": "ES256"});
    let idp = Idp::launch(realm).start().await;
    let web = idp.app("web");
    let tokens = web.password("alice", "wonderland").await.granted();
    let set = idp.get("/protocol/openid-connect/certs").await.ok().json();
    let keys = set["keys"].as_array().unwrap();
    let made = keys.iter().find(|key| key["alg"] == "ES256").unwrap();
    let header = |token: &str| {
        let header = token.split('.').next().unwrap();
        let engine = base64::engine::general_purpose::URL_SAFE_NO_PAD;
        let header = base64::Engine::decode(&engine, header).unwrap();
        serde_json::from_slice::<Value>(&header).unwrap()
    };
    let id_token = header(tokens.json["id_token"].as_str().unwrap());
    assert_eq!(
        (&id_token["alg"], &id_token["kid"]),
        (&json!("ES256"), &made["kid"])
    );
    assert_eq!(header(&tokens.access)["alg"], "RS256");
    web.password("alice", "wonderland").await.granted();
    let again = idp.get("/protocol/openid-connect/certs").await.ok().json();
    assert_eq!(again, set, "one is enough");
}

#[tokio::test]
async fn a_realm_tells_its_key_and_its_places() {
    let idp = Idp::start().await;
    let told = idp.get("").await.ok().json();
    assert_eq!(told["realm"], REALM);
    assert_eq!(
        told["token-service"],
        "http://localhost:8080/realms/test/protocol/openid-connect"
    );
    assert!(told["public_key"].as_str().unwrap().len() > 300);
}

#[tokio::test]
async fn other_methods_are_refused() {
    let idp = Idp::start().await;
    for (method, path) in [
        ("POST", "certs"),
        ("GET", "token"),
        ("PUT", "token"),
        ("DELETE", "logout"),
        ("PATCH", "userinfo"),
        ("GET", "revoke"),
    ] {
        let uri = format!("/realms/{REALM}/protocol/openid-connect/{path}");
        let answer = idp
            .send(request(method, &uri).body(Body::empty()).unwrap())
            .await;
        assert_eq!(
            (answer.status.as_u16(), answer.json()),
            (405, json!({"error": "HTTP 405 Method Not Allowed"})),
            "{method} {path}"
        );
    }
}

/// What a real Keycloak names and this server does not, since it is not served.
const NOT_NAMED: [&str; 8] = [
    "registration_endpoint",
    "token_endpoint_auth_signing_alg_values_supported",
    "introspection_endpoint_auth_signing_alg_values_supported",
    "revocation_endpoint_auth_signing_alg_values_supported",
    "dpop_signing_alg_values_supported",
    "backchannel_token_delivery_modes_supported",
    "backchannel_authentication_endpoint",
    "backchannel_authentication_request_signing_alg_values_supported",
];

/// Lists that are shorter here.
const SHORTER: [&str; 5] = [
    "grant_types_supported",
    "token_endpoint_auth_methods_supported",
    "introspection_endpoint_auth_methods_supported",
    "revocation_endpoint_auth_methods_supported",
    "mtls_endpoint_aliases",
];

#[tokio::test]
async fn discovery_names_what_is_recorded_and_nothing_else() {
    let idp = crate::recorded::idp().await;
    let uri = "/realms/golden/.well-known/openid-configuration";
    let answer = idp
        .send(request("GET", uri).body(Body::empty()).unwrap())
        .await;
    let document = answer.json();
    let record = crate::recorded::file("discovery");
    let recorded = record["GET /realms/{realm}/.well-known/openid-configuration"]["body"]
        .as_object()
        .unwrap();
    for (name, value) in document.as_object().unwrap() {
        let there = recorded.get(name).unwrap_or_else(|| panic!("{name}"));
        match (value, there) {
            (Value::Array(ours), Value::Array(theirs)) => {
                assert!(
                    ours.iter().all(|word| theirs.contains(word)),
                    "{name}: {value}"
                );
                let is_whole = theirs.iter().all(|word| ours.contains(word));
                assert!(
                    is_whole || SHORTER.contains(&name.as_str()),
                    "{name}: {value}"
                );
            }
            (Value::Object(ours), Value::Object(theirs)) => {
                assert!(ours.keys().all(|word| theirs.contains_key(word)), "{name}");
            }
            _ => assert_eq!(crate::recorded::differs(name, there, value), None),
        }
    }
    for name in recorded.keys() {
        let is_there = document.get(name).is_some() || NOT_NAMED.contains(&name.as_str());
        assert!(is_there, "{name}");
    }
}
