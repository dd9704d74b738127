//! Assertions of identity providers (RFC 7523), as a Keycloak 26.7.4 answers them.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jose::{Algorithm, SigningKey};
use serde_json::{Value, json};
use std::sync::LazyLock;
use support::idp::{Answer, Idp, golden_realm};

const GRANT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const ISSUER: &str = "https://idp.example";
const TEST: &str = "http://localhost:8080/realms/test";

fn key(algorithm: Algorithm) -> SigningKey {
    let der = jose::generate_rsa(2048).unwrap();
    SigningKey::from_der("", algorithm, der.expose()).unwrap()
}

static KEY: LazyLock<SigningKey> = LazyLock::new(|| key(Algorithm::RS256));
static OTHER: LazyLock<SigningKey> = LazyLock::new(|| key(Algorithm::RS256));

/// Somebody who vouches for people.
pub struct Issuer(&'static SigningKey);

impl Issuer {
    pub fn new() -> Self {
        Self(&KEY)
    }

    /// Its public key as PEM.
    fn pem(&self) -> String {
        let body = STANDARD.encode(self.0.public_der().unwrap());
        format!("-----BEGIN PUBLIC KEY-----\n{body}\n-----END PUBLIC KEY-----\n")
    }

    /// An assertion as it should be, with these claims changed; null leaves one out.
    pub fn assertion(&self, idp: &Idp, changes: &[(&str, Value)]) -> String {
        self.0.sign("JWT", &claims(idp, changes)).unwrap()
    }
}

fn claims(idp: &Idp, changes: &[(&str, Value)]) -> Value {
    let now = idp.clock.now().seconds();
    let mut claims = json!({
        "iss": ISSUER, "sub": "u1", "aud": TEST, "iat": now, "exp": now + 60, "jti": realm::random_key(),
    });
    for (name, value) in changes {
        match value {
            Value::Null => drop(claims.as_object_mut().unwrap().remove(*name)),
            value => claims[*name] = value.clone(),
        }
    }
    claims
}

/// Adds the issuer to a realm, a client that may show its assertions, and the name under which it knows alice.
pub fn with_issuer(realm: &mut Value, issuer: &Issuer, config: &[(&str, &str)]) {
    let mut settings = json!({
        "issuer": ISSUER, "useJwksUrl": "false", "publicKeySignatureVerifier": issuer.pem(), "jwtAuthorizationGrantEnabled": "true",
    });
    for (name, value) in config {
        settings[*name] = json!(value);
    }
    realm["identityProviders"] = json!([
        {"alias": "idp", "providerId": "jwt-authorization-grant", "enabled": true, "config": settings}
    ]);
    let on = |providers: &str| json!({"oauth2.jwt.authorization.grant.enabled": "true", "oauth2.jwt.authorization.grant.idp": providers});
    let clients = realm["clients"].as_array_mut().unwrap();
    clients.push(json!({"clientId": "vouched", "secret": "vouched-secret", "fullScopeAllowed": true, "attributes": on("zzz##idp")}));
    clients.push(
        json!({"clientId": "elsewhere", "secret": "elsewhere-secret", "attributes": on("zzz")}),
    );
    clients.push(json!({"clientId": "loud", "publicClient": true, "attributes": on("idp")}));
    realm["users"][0]["federatedIdentities"] =
        json!([{"identityProvider": "idp", "userId": "u1", "userName": "alice"}]);
}

async fn start(config: &[(&str, &str)]) -> Idp {
    let mut realm = golden_realm();
    with_issuer(&mut realm, &Issuer::new(), config);
    Idp::launch(realm).start().await
}

async fn show(idp: &Idp, app: &str, assertion: &str) -> Answer {
    let form = [
        ("grant_type", GRANT),
        ("assertion", assertion),
        ("scope", "openid"),
    ];
    idp.app(app).token(&form).await
}

#[tokio::test]
async fn an_assertion_gets_tokens_once() {
    let idp = start(&[]).await;
    let issuer = Issuer::new();
    let assertion = issuer.assertion(&idp, &[]);
    let answer = show(&idp, "vouched", &assertion).await;
    let tokens = answer.granted();
    let claims = tokens.claims();
    assert!(claims["jti"].as_str().unwrap().starts_with("trrtag:"));
    assert_eq!(
        (&claims["preferred_username"], &claims["azp"]),
        (&json!("alice"), &json!("vouched"))
    );
    assert_eq!(tokens.json.get("refresh_token"), None);
    assert_eq!(tokens.json.get("session_state"), None);
    assert_eq!(tokens.json["refresh_expires_in"], 0);
    assert_eq!(tokens.id_claims()["aud"], "vouched");
    idp.app("vouched").userinfo(&tokens.access).await.ok();
    show(&idp, "vouched", &assertion)
        .await
        .refused(400, "invalid_grant", "Token reuse detected");
    let endpoint = format!("{TEST}/protocol/openid-connect/token");
    for audience in [json!(endpoint), json!([TEST])] {
        let assertion = issuer.assertion(&idp, &[("aud", audience)]);
        show(&idp, "vouched", &assertion).await.granted();
    }
}

#[tokio::test]
async fn what_is_wrong_with_an_assertion_is_told() {
    let idp = start(&[]).await;
    let issuer = Issuer::new();
    let now = idp.clock.now().seconds();
    for (changes, text) in [
        (("jti", Value::Null), "Token jti claim is required"),
        (("sub", Value::Null), "Missing claim: sub"),
        (("sub", json!("u2")), "User not found"),
        (("iss", Value::Null), "Missing claim: iss"),
        (
            ("iss", json!("https://x")),
            "No Identity Provider for provided issuer",
        ),
        (("aud", Value::Null), "Invalid token audience"),
        (("aud", json!("zz")), "Invalid token audience"),
        (
            ("aud", json!([TEST, "x"])),
            "Multiple audiences not allowed",
        ),
        (("exp", json!(now - 30)), "Token is not active"),
        (("exp", Value::Null), "Token exp claim is required"),
        (
            ("iat", json!(now - 400)),
            "Token was issued too far in the past to be used now",
        ),
        (("iat", json!(now + 40)), "Token was issued in the future"),
        (("nbf", json!(now + 50)), "Token is not active"),
    ] {
        let assertion = issuer.assertion(&idp, std::slice::from_ref(&changes));
        let answer = show(&idp, "vouched", &assertion).await;
        answer.refused(400, "invalid_grant", text);
    }
    let good = claims(&idp, &[]);
    let secret = jose::Secret::from("a-secret-of-at-least-thirty-two-bytes");
    let shared = SigningKey::from_secret("", Algorithm::HS256, &secret).unwrap();
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let none = format!("{}.{}.", part(&json!({"alg": "none"})), part(&good));
    let named = SigningKey::from_der(
        "zz",
        Algorithm::RS256,
        jose::generate_rsa(2048).unwrap().expose(),
    )
    .unwrap();
    for (assertion, text) in [
        ("x".to_owned(), "The provided assertion is not a valid JWT"),
        (
            "a.b.c".to_owned(),
            "The provided assertion is not a valid JWT",
        ),
        (none, "Invalid signature algorithm"),
        (
            shared.sign("JWT", &good).unwrap(),
            "Invalid signature algorithm",
        ),
        (OTHER.sign("JWT", &good).unwrap(), "Invalid signature"),
        (named.sign("JWT", &good).unwrap(), "Invalid signature"),
    ] {
        let answer = show(&idp, "vouched", &assertion).await;
        answer.refused(400, "invalid_grant", text);
    }
    // None of these used the assertion up.
    let assertion = KEY.sign("JWT", &good).unwrap();
    show(&idp, "vouched", &assertion).await.granted();
}

#[tokio::test]
async fn who_may_show_assertions_and_about_whom() {
    let idp = start(&[]).await;
    let issuer = Issuer::new();
    for (app, text) in [
        (
            "web",
            "JWT Authorization Grant is not supported for the requested client",
        ),
        (
            "elsewhere",
            "Identity Provider is not allowed for the client",
        ),
        (
            "loud",
            "Public client not allowed to use authorization grant",
        ),
    ] {
        let assertion = issuer.assertion(&idp, &[]);
        let answer = show(&idp, app, &assertion).await;
        answer.refused(400, "invalid_grant", text);
    }
    support::idp::change_user(&idp, "alice", |user| user.enabled = false).await;
    let assertion = issuer.assertion(&idp, &[]);
    let answer = show(&idp, "vouched", &assertion).await;
    answer.refused(400, "invalid_grant", "User is not enabled");
    support::idp::change_user(&idp, "alice", |user| {
        user.enabled = true;
        user.required_actions = vec!["UPDATE_PASSWORD".to_owned()];
    })
    .await;
    let assertion = issuer.assertion(&idp, &[]);
    let answer = show(&idp, "vouched", &assertion).await;
    answer.refused(400, "invalid_grant", "Account is not fully set up");
}

#[tokio::test]
async fn what_a_provider_s_settings_say() {
    let issuer = Issuer::new();
    let idp = start(&[("jwtAuthorizationGrantLimitAccessTokenExp", "true")]).await;
    let answer = show(&idp, "vouched", &issuer.assertion(&idp, &[])).await;
    let expires_in = answer.granted().json["expires_in"].as_i64().unwrap();
    assert!((59..=60).contains(&expires_in), "{expires_in}");

    let idp = start(&[("jwtAuthorizationGrantAssertionSignatureAlg", "ES256")]).await;
    let answer = show(&idp, "vouched", &issuer.assertion(&idp, &[])).await;
    answer.refused(400, "invalid_grant", "Invalid signature algorithm");

    let idp = start(&[("jwtAuthorizationGrantAssertionReuseAllowed", "true")]).await;
    let assertion = issuer.assertion(&idp, &[("jti", Value::Null)]);
    for _ in 0..2 {
        show(&idp, "vouched", &assertion).await.granted();
    }

    let set = json!({"keys": [KEY.jwk().unwrap()]}).to_string();
    let idp = start(&[("publicKeySignatureVerifier", &set)]).await;
    let named = SigningKey::from_der(
        KEY.kid(),
        Algorithm::RS256,
        jose::generate_rsa(2048).unwrap().expose(),
    )
    .unwrap();
    let answer = show(&idp, "vouched", &issuer.assertion(&idp, &[])).await;
    answer.granted();
    let forged = named.sign("JWT", &claims(&idp, &[])).unwrap();
    let answer = show(&idp, "vouched", &forged).await;
    answer.refused(400, "invalid_grant", "Invalid signature");
}
