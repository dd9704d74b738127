//! Stored passwords: known answers, Keycloak's form, bounds, and the threads.
#![allow(clippy::unwrap_used, missing_docs)]

use authn::passwords::{Busy, Freshness, Hashers, Matched, PasswordHash, PasswordMethod, Unusable};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jose::Secret;
use serde_json::{Value, json};

fn stored(
    algorithm: &str,
    iterations: u32,
    hex: &str,
    salt: &[u8],
    parameters: Value,
) -> Result<PasswordHash, Unusable> {
    let value: Vec<u8> = (0..hex.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap())
        .collect();
    let secret = json!({"value": STANDARD.encode(value), "salt": STANDARD.encode(salt), "additionalParameters": {}});
    let data = json!({"hashIterations": iterations, "algorithm": algorithm, "additionalParameters": parameters});
    PasswordHash::read(&secret.to_string(), &data.to_string())
}

fn argon(memory: &str) -> Value {
    json!({"hashLength": ["32"], "memory": [memory], "type": ["id"], "version": ["1.3"], "parallelism": ["1"]})
}

#[test]
fn known_answers_match_and_others_do_not() {
    let known = [
        // Argon2's reference suite; PBKDF2: RFC 6070 (SHA-1), RFC 7914 §11 (SHA-256).
        (
            "password",
            stored(
                "argon2",
                2,
                "09316115d5cf24ed5a15a31a3ba326e5cf32edc24702987c02b6566f61913cf7",
                b"somesalt",
                argon("65536"),
            ),
        ),
        (
            "password",
            stored(
                "pbkdf2",
                4096,
                "4b007901b765489abead49d926f721d065a429c1",
                b"salt",
                json!({}),
            ),
        ),
        (
            "passwd",
            stored(
                "pbkdf2-sha256",
                1,
                "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc49ca9cccf179b645991664b39d77ef317c71b845b1e30bd509112041d3a19783",
                b"salt",
                json!({}),
            ),
        ),
    ];
    for (password, hash) in known {
        let hash = hash.unwrap();
        assert_eq!(
            hash.verify(&Secret::from(password)).unwrap(),
            Matched::Yes,
            "{hash:?}"
        );
        assert_eq!(hash.verify(&Secret::from("Password")).unwrap(), Matched::No);
        assert_eq!(
            hash.freshness(&PasswordMethod::default()),
            Freshness::Outdated
        );
    }
}

#[test]
fn a_new_hash_has_keycloaks_form_and_parameters() {
    let hash = PasswordHash::new(&Secret::from("päss")).unwrap();
    let (secret, data) = hash.to_stored();
    let data: Value = serde_json::from_str(&data).unwrap();
    assert_eq!(
        data,
        json!({"hashIterations": 5, "algorithm": "argon2", "additionalParameters": argon("7168")})
    );
    let again = PasswordHash::read(&secret, &data.to_string()).unwrap();
    assert_eq!(
        (
            again.verify(&Secret::from("päss")).unwrap(),
            again.freshness(&PasswordMethod::default())
        ),
        (Matched::Yes, Freshness::Current)
    );
    let secret: Value = serde_json::from_str(&secret).unwrap();
    assert_eq!(
        (
            secret["value"].as_str().unwrap().len(),
            secret["salt"].as_str().unwrap().len()
        ),
        (44, 24)
    );
    assert!(!format!("{hash:?}").contains(secret["value"].as_str().unwrap()));
}

#[test]
fn what_would_take_too_much_or_makes_no_sense_is_refused() {
    let value = "09316115d5cf24ed5a15a31a3ba326e5cf32edc24702987c02b6566f61913cf7";
    for (hash, error) in [
        (
            stored("argon2", 2, value, b"somesalt", argon("262145")),
            Unusable::Parameter("memory"),
        ),
        (
            stored("argon2", 2, value, b"somesalt", argon("x")),
            Unusable::Parameter("memory"),
        ),
        (
            stored("argon2", 101, value, b"somesalt", argon("7168")),
            Unusable::Parameter("hashIterations"),
        ),
        (
            stored("argon2", 2, value, b"short", argon("7168")),
            Unusable::Parameter("salt"),
        ),
        (
            stored("argon2", 2, &value[..62], b"somesalt", argon("7168")),
            Unusable::Parameter("hashLength"),
        ),
        (
            stored("pbkdf2-sha512", 0, value, b"salt", json!({})),
            Unusable::Parameter("hashIterations"),
        ),
        (
            stored("pbkdf2-sha512", 5_000_001, value, b"salt", json!({})),
            Unusable::Parameter("hashIterations"),
        ),
        (
            stored("pbkdf2", 1, "00", b"salt", json!({})),
            Unusable::Parameter("value"),
        ),
        (
            stored("md5", 1, value, b"salt", json!({})),
            Unusable::Method("md5".to_owned()),
        ),
        (
            PasswordHash::read("{", "{}"),
            Unusable::Unreadable("secretData"),
        ),
    ] {
        assert_eq!(hash.unwrap_err(), error);
    }
    let long = Secret::new(vec![b'a'; 1025]);
    assert_eq!(PasswordHash::new(&long).unwrap_err(), Unusable::TooLong);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn threads_answer_everybody_or_say_that_they_are_busy() {
    let hashers = Hashers::start(2, 100).unwrap();
    let hash = PasswordHash::new(&Secret::from("right")).unwrap();
    for (password, expected) in [("right", Matched::Yes), ("wrong", Matched::No)]
        .into_iter()
        .cycle()
        .take(12)
    {
        assert_eq!(
            hashers.verify(hash.clone(), Secret::from(password)).await,
            Ok(expected)
        );
    }
    assert_eq!(
        hashers.verify_nobody(Secret::from("right")).await,
        Ok(Matched::No)
    );
    let made = hashers.hash(Secret::from("new")).await.unwrap();
    assert_eq!(
        hashers.verify(made, Secret::from("new")).await,
        Ok(Matched::Yes)
    );
    assert_eq!(
        hashers
            .verify(hash.clone(), Secret::new(vec![0; 2000]))
            .await,
        Err(Busy::Unusable(Unusable::TooLong))
    );
    let none = Hashers::start(1, 0).unwrap();
    assert_eq!(
        none.verify(hash, Secret::from("right")).await,
        Err(Busy::Full)
    );
}
