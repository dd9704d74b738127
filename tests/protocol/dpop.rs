//! Tokens bound to a key (DPoP, RFC 9449), case by case as a Keycloak 26.7.4 answers.

use axum::body::Body;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jose::{Algorithm, PublicJwk, SigningKey};
use serde_json::{Value, json};
use std::sync::LazyLock;
use support::idp::record::Record;
use support::idp::{Answer, Idp, golden_realm, request};

const ISSUER: &str = "http://localhost:8080/realms/test";

static KEY: LazyLock<SigningKey> = LazyLock::new(key);
static OTHER: LazyLock<SigningKey> = LazyLock::new(key);

fn key() -> SigningKey {
    let der = jose::generate_rsa(2048).unwrap();
    SigningKey::from_der("", Algorithm::RS256, der.expose()).unwrap()
}

async fn start() -> Idp {
    let mut realm = golden_realm();
    let clients = realm["clients"].as_array_mut().unwrap();
    clients.push(json!({
        "clientId": "dpop", "publicClient": true, "directAccessGrantsEnabled": true, "fullScopeAllowed": true, "redirectUris": ["http://app.example/*"],
        "attributes": {"dpop.bound.access.tokens": "true"},
    }));
    clients.push(json!({
        "clientId": "secret", "secret": "a-secret", "directAccessGrantsEnabled": true, "fullScopeAllowed": true,
        "attributes": {"dpop.bound.access.tokens": "true"},
    }));
    Idp::launch(realm).start().await
}

fn jwk(key: &SigningKey) -> Value {
    let jwk = serde_json::to_value(key.jwk().unwrap()).unwrap();
    json!({"kty": "RSA", "n": jwk["n"], "e": jwk["e"]})
}

fn thumbprint(key: &SigningKey) -> String {
    PublicJwk::from_value(jwk(key)).unwrap().thumbprint()
}

/// A proof as it should be for this endpoint, with these claims changed; null leaves one out.
fn proof(idp: &Idp, key: &SigningKey, path: &str, changes: &[(&str, Value)]) -> String {
    let method = if path == "token" { "POST" } else { "GET" };
    let mut claims = json!({
        "jti": realm::random_key(), "htm": method, "iat": idp.clock.now().seconds(),
        "htu": format!("{ISSUER}/protocol/openid-connect/{path}"),
    });
    let mut typ = "dpop+jwt";
    for (name, value) in changes {
        match (*name, value) {
            ("typ", _) => typ = "JWT",
            (name, Value::Null) => drop(claims.as_object_mut().unwrap().remove(name)),
            (name, value) => claims[name] = value.clone(),
        }
    }
    let header = json!({"alg": "RS256", "typ": typ, "jwk": jwk(key)});
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let message = format!("{}.{}", part(&header), part(&claims));
    let signature = URL_SAFE_NO_PAD.encode(key.sign_bytes(message.as_bytes()).unwrap());
    format!("{message}.{signature}")
}

async fn token(idp: &Idp, form: &[(&str, &str)], proof: Option<&str>) -> Answer {
    let mut builder = request("POST", "/realms/test/protocol/openid-connect/token")
        .header("content-type", "application/x-www-form-urlencoded");
    if let Some(proof) = proof {
        builder = builder.header("dpop", proof);
    }
    let mut body = url::form_urlencoded::Serializer::new(String::new());
    body.extend_pairs(form);
    idp.send(builder.body(Body::from(body.finish())).unwrap())
        .await
}

fn alice(client: &str) -> Vec<(&str, &str)> {
    vec![
        ("grant_type", "password"),
        ("client_id", client),
        ("username", "alice"),
        ("password", "alice-password-1"),
        ("scope", "openid"),
    ]
}

async fn userinfo(idp: &Idp, scheme: &str, token: &str, proof: Option<&str>) -> Answer {
    let mut builder = request("GET", "/realms/test/protocol/openid-connect/userinfo")
        .header("authorization", format!("{scheme} {token}"));
    if let Some(proof) = proof {
        builder = builder.header("dpop", proof);
    }
    idp.send(builder.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn proofs_are_judged_as_recorded() {
    let idp = start().await;
    let mut record = Record::read("dpop-and-bound-tokens.json");
    let now = idp.clock.now().seconds();
    let first = proof(&idp, &KEY, "token", &[]);
    let answer = token(&idp, &alice("dpop"), Some(&first)).await;
    let tokens = answer.granted();
    assert_eq!(tokens.json["token_type"], "DPoP");
    assert_eq!(tokens.claims()["typ"], "DPoP");
    assert_eq!(tokens.claims()["cnf"], json!({"jkt": thumbprint(&KEY)}));
    record.case("token: right proof");
    record.check(
        "token: same proof again",
        &token(&idp, &alice("dpop"), Some(&first)).await,
    );
    record.check("token: no proof", &token(&idp, &alice("dpop"), None).await);
    record.check(
        "token: garbage proof",
        &token(&idp, &alice("dpop"), Some("garbage")).await,
    );
    for (name, changes) in [
        ("token: wrong htm", ("htm", json!("GET"))),
        (
            "token: wrong htu",
            ("htu", json!("http://localhost:8080/realms/test/elsewhere")),
        ),
        ("token: old iat", ("iat", json!(now - 600))),
        ("token: future iat", ("iat", json!(now + 600))),
        ("token: no jti", ("jti", Value::Null)),
    ] {
        let wrong = proof(&idp, &KEY, "token", &[changes]);
        record.check(name, &token(&idp, &alice("dpop"), Some(&wrong)).await);
    }
    // Keycloak repeats the type that was sent.
    let wrong = proof(&idp, &KEY, "token", &[("typ", json!("JWT"))]);
    token(&idp, &alice("dpop"), Some(&wrong)).await.refused(
        400,
        "invalid_request",
        "Invalid or missing type in DPoP header",
    );
    let unbound = token(&idp, &alice("app"), Some(&proof(&idp, &KEY, "token", &[]))).await;
    assert_eq!(unbound.granted().json["token_type"], "DPoP");
    record.case("token: unbound client sends a proof");

    let ath = json!(jose::sha256_base64url(tokens.access.as_bytes()));
    let beside = |changes: &[(&str, Value)]| {
        let mut all = vec![("ath", ath.clone())];
        all.extend_from_slice(changes);
        proof(&idp, &KEY, "userinfo", &all)
    };
    record.check(
        "userinfo: DPoP scheme and proof",
        &userinfo(&idp, "DPoP", &tokens.access, Some(&beside(&[]))).await,
    );
    record.check(
        "userinfo: Bearer scheme and proof",
        &userinfo(&idp, "Bearer", &tokens.access, Some(&beside(&[]))).await,
    );
    record.check(
        "userinfo: Bearer scheme, no proof",
        &userinfo(&idp, "Bearer", &tokens.access, None).await,
    );
    record.check(
        "userinfo: DPoP scheme, no proof",
        &userinfo(&idp, "DPoP", &tokens.access, None).await,
    );
    let without = proof(&idp, &KEY, "userinfo", &[]);
    record.check(
        "userinfo: no ath",
        &userinfo(&idp, "DPoP", &tokens.access, Some(&without)).await,
    );
    let wrong = beside(&[("htu", json!("http://localhost:8080/x"))]);
    record.check(
        "userinfo: wrong htu",
        &userinfo(&idp, "DPoP", &tokens.access, Some(&wrong)).await,
    );

    let renew = [
        ("grant_type", "refresh_token"),
        ("client_id", "dpop"),
        ("refresh_token", &tokens.refresh),
    ];
    record.check("refresh without proof", &token(&idp, &renew, None).await);
    let answer = token(&idp, &renew, Some(&proof(&idp, &KEY, "token", &[]))).await;
    assert_eq!(
        answer.granted().claims()["cnf"],
        json!({"jkt": thumbprint(&KEY)})
    );
    record.case("refresh with proof");
    record.done(&[
        ("token: wrong typ", "what was sent is not repeated"),
        (
            "certificate-bound client without a certificate",
            "tests/protocol/bound_tokens.rs has it",
        ),
    ]);
}

#[tokio::test]
async fn a_bound_token_is_of_no_use_with_another_key() {
    let idp = start().await;
    let tokens = token(&idp, &alice("dpop"), Some(&proof(&idp, &KEY, "token", &[])))
        .await
        .granted();
    let ath = json!(jose::sha256_base64url(tokens.access.as_bytes()));
    let foreign = proof(&idp, &OTHER, "userinfo", &[("ath", ath)]);
    assert_eq!(
        userinfo(&idp, "DPoP", &tokens.access, Some(&foreign))
            .await
            .status,
        401
    );
    let renew = [
        ("grant_type", "refresh_token"),
        ("client_id", "dpop"),
        ("refresh_token", &tokens.refresh),
    ];
    token(&idp, &renew, Some(&proof(&idp, &OTHER, "token", &[])))
        .await
        .refused(
            400,
            "invalid_grant",
            "DPoP confirmation doesn't match DPoP proof",
        );
    // Who has no token has nothing remembered: the same proof counts beside one that is right.
    let ath = json!(jose::sha256_base64url(tokens.access.as_bytes()));
    let own = proof(&idp, &KEY, "userinfo", &[("ath", ath)]);
    assert_eq!(
        userinfo(&idp, "DPoP", "nobody's", Some(&own)).await.status,
        401
    );
    userinfo(&idp, "DPoP", &tokens.access, Some(&own))
        .await
        .ok();
    // A token that is bound to nothing is not to be shown as if it were.
    let plain = token(&idp, &alice("app"), None).await.granted();
    let ath = json!(jose::sha256_base64url(plain.access.as_bytes()));
    let own = proof(&idp, &KEY, "userinfo", &[("ath", ath)]);
    assert_eq!(
        userinfo(&idp, "DPoP", &plain.access, Some(&own))
            .await
            .status,
        401
    );
}

#[tokio::test]
async fn a_client_with_a_secret_may_renew_with_another_key_and_tokens_follow_it() {
    let idp = start().await;
    let mut form = alice("secret");
    form.push(("client_secret", "a-secret"));
    let tokens = token(&idp, &form, Some(&proof(&idp, &KEY, "token", &[])))
        .await
        .granted();
    let renew = [
        ("grant_type", "refresh_token"),
        ("client_id", "secret"),
        ("client_secret", "a-secret"),
        ("refresh_token", &tokens.refresh),
    ];
    let renewed = token(&idp, &renew, Some(&proof(&idp, &OTHER, "token", &[])))
        .await
        .granted();
    assert_eq!(renewed.claims()["cnf"], json!({"jkt": thumbprint(&OTHER)}));
}

#[tokio::test]
async fn private_keys_and_two_proofs_are_refused() {
    let idp = start().await;
    let good = proof(&idp, &KEY, "token", &[]);
    let builder = request("POST", "/realms/test/protocol/openid-connect/token")
        .header("content-type", "application/x-www-form-urlencoded")
        .header("dpop", &good)
        .header("dpop", proof(&idp, &KEY, "token", &[]));
    let mut body = url::form_urlencoded::Serializer::new(String::new());
    body.extend_pairs(alice("dpop"));
    let answer = idp
        .send(builder.body(Body::from(body.finish())).unwrap())
        .await;
    answer.refused(400, "invalid_request", "DPoP header verification failure");
    let header = json!({"alg": "RS256", "typ": "dpop+jwt", "jwk": {"kty": "RSA", "n": jwk(&KEY)["n"], "e": "AQAB", "d": "AQAB"}});
    let rest = good.split_once('.').unwrap().1;
    let private = format!("{}.{rest}", URL_SAFE_NO_PAD.encode(header.to_string()));
    token(&idp, &alice("dpop"), Some(&private)).await.refused(
        400,
        "invalid_request",
        "DPoP header verification failure",
    );
}
