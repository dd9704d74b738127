//! Signatures: round trips, the RFCs' own examples, and tokens that must not verify.
#![allow(clippy::unwrap_used, missing_docs)]

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jose::{
    Algorithm, Curve, Family, KeySet, Secret, SigningKey, Verified, VerifyError, VerifyingKey,
};
use serde_json::{Value, json};

fn key(algorithm: Algorithm) -> SigningKey {
    let der = match algorithm.family() {
        Family::Rsa => jose::generate_rsa(2048).unwrap(),
        Family::Ec => jose::generate_ec(match algorithm {
            Algorithm::ES256 => Curve::P256,
            Algorithm::ES384 => Curve::P384,
            _ => Curve::P521,
        })
        .unwrap(),
        Family::Okp => jose::generate_ed25519().unwrap(),
        Family::Oct => {
            return SigningKey::from_secret("k", algorithm, &Secret::new(vec![7; 64])).unwrap();
        }
    };
    SigningKey::from_der("k", algorithm, der.expose()).unwrap()
}

fn set(key: &SigningKey) -> KeySet {
    let mut set = KeySet::default();
    set.add(key.kid(), key.verifying_key());
    set
}

fn with_header(token: &str, header: &Value) -> String {
    let (_, rest) = token.split_once('.').unwrap();
    format!("{}.{rest}", URL_SAFE_NO_PAD.encode(header.to_string()))
}

#[test]
fn every_algorithm_signs_what_it_verifies_and_nothing_else() {
    for algorithm in Algorithm::ALL {
        let key = key(algorithm);
        let token = key.sign("JWT", &json!({"sub": "alice"})).unwrap();
        let Verified { header, claims } = set(&key).verify::<Value>(&token).unwrap();
        assert_eq!(
            (
                header.alg.as_str(),
                header.typ.as_deref(),
                header.kid.as_deref()
            ),
            (algorithm.name(), Some("JWT"), Some("k"))
        );
        assert_eq!(claims, json!({"sub": "alice"}));

        let mut changed = token.clone().into_bytes();
        let at = token.find('.').unwrap() + 3;
        changed[at] ^= 1;
        let changed = String::from_utf8(changed).unwrap();
        assert!(set(&key).verify::<Value>(&changed).is_err(), "{algorithm}");
        let cut = token.rsplit_once('.').unwrap().0.to_owned() + ".";
        assert_eq!(
            set(&key).verify::<Value>(&cut).unwrap_err(),
            VerifyError::Signature,
            "{algorithm}"
        );
    }
}

#[test]
fn the_header_is_alg_typ_kid() {
    let token = key(Algorithm::HS256).sign("at+jwt", &json!({})).unwrap();
    let header = URL_SAFE_NO_PAD
        .decode(token.split('.').next().unwrap())
        .unwrap();
    assert_eq!(
        String::from_utf8(header).unwrap(),
        r#"{"alg":"HS256","typ":"at+jwt","kid":"k"}"#
    );
}

#[test]
fn a_token_never_chooses_its_algorithm_or_key() {
    let rsa = key(Algorithm::RS256);
    let token = rsa.sign("JWT", &json!({})).unwrap();
    let keys = set(&rsa);
    for (header, error) in [
        (
            json!({"alg": "none", "kid": "k"}),
            VerifyError::AlgorithmMismatch,
        ),
        (
            json!({"alg": "PS256", "kid": "k"}),
            VerifyError::AlgorithmMismatch,
        ),
        (
            json!({"alg": "HS256", "kid": "k"}),
            VerifyError::AlgorithmMismatch,
        ),
        (
            json!({"alg": "RS256", "kid": "other"}),
            VerifyError::UnknownKey,
        ),
        (json!({"alg": "RS256"}), VerifyError::UnknownKey),
        (
            json!({"alg": "RS256", "kid": "k", "crit": ["b64"]}),
            VerifyError::Header,
        ),
        (
            json!({"alg": "RS256", "kid": "k", "jwk": {}}),
            VerifyError::Header,
        ),
        (
            json!({"alg": "RS256", "kid": "k", "jku": "https://x"}),
            VerifyError::Header,
        ),
        (
            json!({"alg": "RS256", "kid": "k", "x5c": []}),
            VerifyError::Header,
        ),
        (
            json!({"alg": "RS256", "kid": "k", "typ": "JWT", "extra": 1}),
            VerifyError::Signature,
        ),
    ] {
        assert_eq!(
            keys.verify::<Value>(&with_header(&token, &header))
                .unwrap_err(),
            error,
            "{header}"
        );
    }
    // The public key's bytes as a shared secret.
    let forger = SigningKey::from_secret(
        "k",
        Algorithm::HS256,
        &Secret::new(rsa.public_der().unwrap()),
    )
    .unwrap();
    assert_eq!(
        keys.verify::<Value>(&forger.sign("JWT", &json!({})).unwrap())
            .unwrap_err(),
        VerifyError::AlgorithmMismatch
    );
}

#[test]
fn what_is_no_token_is_malformed() {
    let keys = set(&key(Algorithm::HS256));
    for text in [
        "",
        ".",
        "..",
        "...",
        "a.b.c",
        "a.b.c.d",
        "e30.e30.",
        "bnVsbA.e30.AA",
        "☃.☃.☃",
    ] {
        assert!(
            matches!(
                keys.verify::<Value>(text).unwrap_err(),
                VerifyError::Malformed
            ),
            "{text}"
        );
    }
    assert_eq!(
        keys.verify::<Value>(&"a".repeat(jose::MAX_TOKEN_BYTES + 1))
            .unwrap_err(),
        VerifyError::TooLong
    );
}

#[test]
fn the_example_of_rfc_7515_a_1_verifies() {
    let secret = URL_SAFE_NO_PAD.decode("AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow").unwrap();
    let key = SigningKey::from_secret("", Algorithm::HS256, &Secret::new(secret)).unwrap();
    let token = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    assert_eq!(
        key.verifying_key().verify::<Value>(token).unwrap().claims["iss"],
        "joe"
    );
}

#[test]
fn the_example_of_rfc_8037_a_4_verifies() {
    // The key of A.2 behind the fixed prefix of an Ed25519 SubjectPublicKeyInfo (RFC 8410 §4).
    let mut der = vec![
        0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00,
    ];
    der.extend(
        URL_SAFE_NO_PAD
            .decode("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")
            .unwrap(),
    );
    let key = VerifyingKey::from_public_der(Algorithm::EdDSA, &der).unwrap();
    let token = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
    // The payload is text, not JSON: the signature is right when only that is wrong.
    assert_eq!(
        key.verify::<Value>(token).unwrap_err(),
        VerifyError::Payload
    );
    assert_eq!(
        key.verify::<Value>(&token.replace("RXhh", "RXhi"))
            .unwrap_err(),
        VerifyError::Signature
    );
}

#[test]
fn key_documents_show_the_public_part_alone() {
    for (algorithm, kty) in [
        (Algorithm::PS384, "RSA"),
        (Algorithm::ES512, "EC"),
        (Algorithm::EdDSA, "OKP"),
    ] {
        let jwk = serde_json::to_value(key(algorithm).jwk().unwrap()).unwrap();
        assert_eq!(
            (
                jwk["kty"].as_str(),
                jwk["alg"].as_str(),
                jwk["use"].as_str()
            ),
            (Some(kty), Some(algorithm.name()), Some("sig"))
        );
        assert!(jwk.get("d").is_none());
    }
    assert_eq!(
        URL_SAFE_NO_PAD
            .decode(key(Algorithm::ES512).jwk().unwrap().x.unwrap())
            .unwrap()
            .len(),
        66
    );
    assert!(key(Algorithm::HS512).jwk().is_none());
}

#[test]
fn keys_that_are_too_small_or_of_another_kind_are_refused() {
    assert!(SigningKey::from_secret("k", Algorithm::HS512, &Secret::new(vec![1; 63])).is_err());
    assert!(SigningKey::from_der("k", Algorithm::RS256, b"garbage").is_err());
    assert!(
        SigningKey::from_der(
            "k",
            Algorithm::ES256,
            jose::generate_ec(Curve::P384).unwrap().expose()
        )
        .is_err()
    );
    assert!(
        SigningKey::from_der(
            "k",
            Algorithm::HS256,
            b"0123456789012345678901234567890123456789"
        )
        .is_err()
    );
}
