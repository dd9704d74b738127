//! Keys of others: what is read, and which key is taken for what.
#![allow(clippy::unwrap_used, missing_docs)]

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jose::{
    Algorithm, Curve, JwksError, KeyManagement, PublicJwk, PublicJwks, SigningKey, VerifyError,
};
use serde_json::{Value, json};
use std::sync::LazyLock;

static RSA: LazyLock<SigningKey> = LazyLock::new(|| {
    let der = jose::generate_rsa(2048).unwrap();
    SigningKey::from_der("r", Algorithm::RS256, der.expose()).unwrap()
});

fn set(keys: &[Value]) -> PublicJwks {
    PublicJwks::parse(json!({"keys": keys}).to_string().as_bytes()).unwrap()
}

fn jwk(key: &SigningKey) -> Value {
    serde_json::to_value(key.jwk().unwrap()).unwrap()
}

fn without(mut value: Value, members: &[&str]) -> Value {
    for member in members {
        value.as_object_mut().unwrap().remove(*member);
    }
    value
}

fn with(mut value: Value, member: &str, new: Value) -> Value {
    value[member] = new;
    value
}

#[test]
fn every_public_algorithm_verifies_by_a_published_key() {
    for algorithm in Algorithm::ALL {
        let der = match algorithm.family() {
            jose::Family::Rsa => jose::generate_rsa(2048).unwrap(),
            jose::Family::Ec => jose::generate_ec(match algorithm {
                Algorithm::ES256 => Curve::P256,
                Algorithm::ES384 => Curve::P384,
                _ => Curve::P521,
            })
            .unwrap(),
            jose::Family::Okp => jose::generate_ed25519().unwrap(),
            jose::Family::Oct => continue,
        };
        let key = SigningKey::from_der("k", algorithm, der.expose()).unwrap();
        let token = key.sign("JWT", &json!({"a": 1})).unwrap();
        let keys = set(&[jwk(&key)]);
        let verified = keys.verify::<Value>(&token, &[algorithm]).unwrap();
        assert_eq!(verified.claims, json!({"a": 1}));
        let others: Vec<Algorithm> = Algorithm::ALL
            .into_iter()
            .filter(|other| *other != algorithm)
            .collect();
        assert_eq!(
            keys.verify::<Value>(&token, &others).unwrap_err(),
            VerifyError::AlgorithmMismatch
        );
    }
}

#[test]
fn labels_bind_a_key() {
    let token = RSA.sign("JWT", &json!({})).unwrap();
    let published = jwk(&RSA);
    let bare = without(published.clone(), &["alg", "use", "kid"]);
    for (key, verifies, encrypts) in [
        (published.clone(), true, false),
        (bare.clone(), false, true),
        (with(bare.clone(), "kid", json!("r")), true, true),
        (with(published.clone(), "use", json!("enc")), false, false),
        (with(published.clone(), "alg", json!("PS256")), false, false),
        (with(published.clone(), "kid", json!("x")), false, false),
        (
            with(published.clone(), "key_ops", json!(["sign"])),
            false,
            false,
        ),
        (
            with(published.clone(), "key_ops", json!(["verify"])),
            true,
            false,
        ),
        (with(bare.clone(), "use", json!("enc")), false, true),
        (with(bare.clone(), "alg", json!("RSA-OAEP")), false, true),
        (with(bare, "alg", json!("RSA-OAEP-256")), false, false),
    ] {
        let keys = set(std::slice::from_ref(&key));
        assert_eq!(
            keys.verify::<Value>(&token, &[Algorithm::RS256]).is_ok(),
            verifies,
            "{key}"
        );
        assert_eq!(
            keys.encryption_key(KeyManagement::RsaOaep).is_some(),
            encrypts,
            "{key}"
        );
    }
}

#[test]
fn a_token_without_a_key_id_is_tried_with_the_keys_that_fit() {
    let der = jose::generate_rsa(2048).unwrap();
    let other = SigningKey::from_der("o", Algorithm::RS256, der.expose()).unwrap();
    let nameless = SigningKey::from_der("", Algorithm::RS256, der.expose()).unwrap();
    let token = nameless.sign("JWT", &json!({})).unwrap();
    let (header, rest) = token.split_once('.').unwrap();
    assert!(!header.is_empty());
    let keys = set(&[jwk(&RSA), jwk(&other)]);
    // `kid` is there, and empty: nobody's.
    let verify = |token: &str| keys.verify::<Value>(token, &[Algorithm::RS256]).map(|_| ());
    assert_eq!(verify(&token), Err(VerifyError::UnknownKey));
    // Without it the signature is over another header: wrong, but looked at.
    let changed = format!("eyJhbGciOiJSUzI1NiJ9.{rest}");
    assert_eq!(verify(&changed), Err(VerifyError::Signature));
}

#[test]
fn shared_secrets_and_foreign_kinds_are_no_keys_of_others() {
    for key in [
        json!({"kty": "oct", "k": "c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0", "kid": "r"}),
        json!({"kty": "OKP", "crv": "Ed448", "x": "AA"}),
        json!({"kty": "EC", "crv": "secp256k1", "x": "AA", "y": "AA"}),
        json!({"kty": "EC", "crv": "X25519", "x": "AA"}),
        json!({"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}),
        json!({"kty": "RSA", "n": "AQAB", "e": "AQAB"}),
        json!({"kty": "RSA", "n": "", "e": "AQAB"}),
        json!({"kty": "rsa"}),
        json!({"kty": 7}),
        json!("x"),
    ] {
        assert!(set(std::slice::from_ref(&key)).is_empty(), "{key}");
        assert!(PublicJwk::from_value(key).is_err());
    }
    let keys = set(&[json!({"kty": "oct", "k": "c2Vj", "kid": "k"}), jwk(&RSA)]);
    assert_eq!(keys.iter().count(), 1);
    assert!(keys.knows("r") && !keys.knows("k"));
}

#[test]
fn a_set_is_bounded_and_has_its_shape() {
    for (text, error) in [
        ("", JwksError::Malformed),
        ("[]", JwksError::Malformed),
        ("{}", JwksError::Malformed),
        (r#"{"keys": {}}"#, JwksError::Malformed),
        (r#"{"kty": "x"}"#, JwksError::Key),
    ] {
        assert_eq!(PublicJwks::parse(text.as_bytes()).unwrap_err(), error);
    }
    let many = json!({"keys": vec![json!({}); 101]}).to_string();
    assert_eq!(
        PublicJwks::parse(many.as_bytes()).unwrap_err(),
        JwksError::TooLarge
    );
    let large = vec![b' '; jose::MAX_JWKS_BYTES + 1];
    assert_eq!(PublicJwks::parse(&large).unwrap_err(), JwksError::TooLarge);
    // A single key is a set of one.
    let one = PublicJwks::parse(jwk(&RSA).to_string().as_bytes()).unwrap();
    assert_eq!(one.iter().count(), 1);
}

#[test]
fn the_key_that_is_labelled_for_it_encrypts_before_others() {
    let bare = |kid: &str| {
        let der = jose::generate_rsa(2048).unwrap();
        let key = SigningKey::from_der(kid, Algorithm::RS256, der.expose()).unwrap();
        without(jwk(&key), &["alg", "use", "x5c"])
    };
    let plain = bare("plain");
    let meant = with(bare("meant"), "use", json!("enc"));
    let labelled = with(bare("labelled"), "alg", json!("RSA-OAEP"));
    let chosen = |keys: &[&Value]| {
        let keys: Vec<Value> = keys.iter().map(|key| (*key).clone()).collect();
        let key = set(&keys).encryption_key(KeyManagement::RsaOaep).unwrap();
        key.kid().unwrap().to_owned()
    };
    assert_eq!(chosen(&[&plain, &meant, &labelled]), "labelled");
    assert_eq!(chosen(&[&plain, &meant]), "meant");
    assert_eq!(chosen(&[&plain]), "plain");
}

#[test]
fn rfc_7638_thumbprint() {
    let key = json!({
        "kty": "RSA",
        "n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknj\
              hMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5\
              hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw",
        "e": "AQAB", "alg": "RS256", "kid": "2011-04-29"
    });
    assert_eq!(
        PublicJwk::from_value(key).unwrap().thumbprint(),
        "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"
    );
}

#[test]
fn one_id_for_two_algorithms_verifies_both() {
    let der = jose::generate_rsa(2048).unwrap();
    let mut keys = jose::KeySet::default();
    let made: Vec<SigningKey> = [Algorithm::RS256, Algorithm::PS256]
        .into_iter()
        .map(|algorithm| SigningKey::from_der("k", algorithm, der.expose()).unwrap())
        .collect();
    for key in &made {
        keys.add("k", key.verifying_key());
    }
    for key in &made {
        let token = key.sign("JWT", &json!({})).unwrap();
        assert!(keys.verify::<Value>(&token).is_ok());
    }
}

#[test]
fn a_proof_carries_its_public_key() {
    let ec = jose::generate_ec(Curve::P256).unwrap();
    let key = SigningKey::from_der("k", Algorithm::ES256, ec.expose()).unwrap();
    let public = without(jwk(&key), &["alg", "use", "kid"]);
    let sign = |header: &Value, by: &SigningKey| {
        let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let message = format!("{}.{}", encode(header), encode(&json!({"htm": "POST"})));
        let signature = by.sign_bytes(message.as_bytes()).unwrap();
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
    };
    let header = json!({"alg": "ES256", "typ": "dpop+jwt", "jwk": public});
    let allowed = [Algorithm::ES256, Algorithm::RS256];
    let verify = |token: &str| jose::verify_proof::<Value>(token, "dpop+jwt", &allowed);
    let (proof, its) = verify(&sign(&header, &key)).unwrap();
    assert_eq!(proof.claims["htm"], "POST");
    let published = PublicJwk::from_value(public.clone()).unwrap();
    assert_eq!(its.thumbprint(), published.thumbprint());
    // Nowhere else does a key of the header count.
    assert_eq!(
        set(&[jwk(&key)])
            .verify::<Value>(&sign(&header, &key), &allowed)
            .unwrap_err(),
        VerifyError::Header
    );
    for (changed, error) in [
        (without(header.clone(), &["jwk"]), VerifyError::Header),
        (with(header.clone(), "typ", json!("JWT")), VerifyError::Type),
        (
            with(
                header.clone(),
                "jwk",
                with(public.clone(), "d", json!("AA")),
            ),
            VerifyError::Header,
        ),
        (
            with(header.clone(), "jwk", json!({"kty": "oct", "k": "AA"})),
            VerifyError::Header,
        ),
        (
            with(header.clone(), "alg", json!("none")),
            VerifyError::AlgorithmMismatch,
        ),
        (
            with(header.clone(), "alg", json!("ES384")),
            VerifyError::AlgorithmMismatch,
        ),
        (
            with(header.clone(), "alg", json!("RS256")),
            VerifyError::AlgorithmMismatch,
        ),
        (
            with(header.clone(), "jku", json!("https://x")),
            VerifyError::Header,
        ),
        (
            with(header.clone(), "crit", json!(["x"])),
            VerifyError::Header,
        ),
    ] {
        assert_eq!(
            verify(&sign(&changed, &key)).unwrap_err(),
            error,
            "{changed}"
        );
    }
    let other = jose::generate_ec(Curve::P256).unwrap();
    let other = SigningKey::from_der("k", Algorithm::ES256, other.expose()).unwrap();
    assert_eq!(
        verify(&sign(&header, &other)).unwrap_err(),
        VerifyError::Signature
    );
}
