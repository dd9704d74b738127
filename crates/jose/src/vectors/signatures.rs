use super::{Vector, hex, vectors};
use crate::{Algorithm, KeyError, PublicJwk, Secret, VerifyingKey};

fn check(key: &VerifyingKey, vector: &Vector) -> bool {
    key.check(&vector.bytes("msg"), &vector.bytes("sig"))
}

/// The group's key, as a stranger's key set has it where the vectors do, too.
fn keys(vector: &Vector, algorithm: Algorithm) -> Vec<Result<VerifyingKey, KeyError>> {
    let der = hex(vector.text("publicKeyDer"));
    let mut keys = vec![VerifyingKey::from_public_der(algorithm, &der)];
    for member in ["publicKeyJwk", "keyJwk"] {
        let jwk = &vector.group[member];
        if jwk.is_object() {
            let jwk = PublicJwk::from_value(jwk.clone()).unwrap();
            keys.push(Ok(jwk.verifying_key(algorithm).unwrap()));
        }
    }
    keys
}

fn run(all: &[Vector], algorithm: Algorithm) {
    for vector in all {
        for key in keys(vector, algorithm) {
            vector.expect(check(&key.unwrap(), vector));
        }
    }
}

#[test]
fn ecdsa() {
    let curves = [
        ("secp256r1_sha256", Algorithm::ES256),
        ("secp384r1_sha384", Algorithm::ES384),
        ("secp521r1_sha512", Algorithm::ES512),
    ];
    let mut counts = Vec::new();
    for (name, algorithm) in curves {
        let all = vectors(&format!("ecdsa_{name}_p1363"), "");
        run(&all, algorithm);
        counts.push(all.len());
    }
    assert_eq!(counts, [262, 280, 318]);
    // Other curves and other hashes: none verifies by what JOSE has.
    let others: Vec<Vector> = vectors("ecdsa_secp", "_p1363")
        .into_iter()
        .filter(|vector| curves.iter().all(|(name, _)| !vector.file.contains(name)))
        .collect();
    assert!(others.len() > 1000);
    for vector in others.iter().filter(|vector| vector.is_valid()) {
        let der = hex(vector.text("publicKeyDer"));
        for (_, algorithm) in curves {
            if let Ok(key) = VerifyingKey::from_public_der(algorithm, &der) {
                assert!(!check(&key, vector), "{}", vector.name());
            }
        }
    }
}

#[test]
fn eddsa() {
    let all = vectors("ed25519", "");
    assert_eq!(all.len(), 151);
    run(&all, Algorithm::EdDSA);
}

#[test]
fn hmac() {
    let mut seen = 0;
    for (name, algorithm, bits) in [
        ("hmac_sha256", Algorithm::HS256, 256),
        ("hmac_sha384", Algorithm::HS384, 384),
        ("hmac_sha512", Algorithm::HS512, 512),
    ] {
        for vector in vectors(&format!("{name}_test"), "") {
            seen += 1;
            let secret = Secret::new(vector.bytes("key"));
            let key = match VerifyingKey::from_secret(algorithm, &secret) {
                Ok(key) => key,
                Err(error) => {
                    // Shorter than the hash (RFC 7518 §3.2).
                    let bytes = vector.bytes("key").len();
                    assert_eq!(error, KeyError::SecretTooShort(bytes, algorithm));
                    assert!(bytes * 8 < bits, "{}", vector.name());
                    continue;
                }
            };
            let is_accepted = key.check(&vector.bytes("msg"), &vector.bytes("tag"));
            match vector.number("tagSize") == bits as u64 {
                true => vector.expect(is_accepted),
                // JOSE cuts no sums.
                false => assert!(!is_accepted, "{}", vector.name()),
            }
        }
    }
    assert_eq!(seen, 174 * 3);
}

#[test]
fn rsa_pkcs1() {
    let mut seen = 0;
    for vector in vectors("rsa_signature_", "") {
        let algorithm = match vector.text("sha") {
            "SHA-256" => Algorithm::RS256,
            "SHA-384" => Algorithm::RS384,
            "SHA-512" => Algorithm::RS512,
            _ => {
                // Other hashes: none of ours takes them.
                for algorithm in [Algorithm::RS256, Algorithm::RS384, Algorithm::RS512] {
                    let der = hex(vector.text("publicKeyDer"));
                    let key = VerifyingKey::from_public_der(algorithm, &der).unwrap();
                    let is_accepted = check(&key, &vector);
                    assert!(!vector.is_valid() || !is_accepted, "{}", vector.name());
                }
                continue;
            }
        };
        seen += 1;
        for key in keys(&vector, algorithm) {
            let is_accepted = check(&key.unwrap(), &vector);
            if vector.has_flag("MissingNull") {
                // Signatures of very old makers; nobody signs tokens so.
                assert!(!is_accepted, "{}", vector.name());
            } else {
                vector.expect(is_accepted);
            }
        }
    }
    assert!(seen > 2000, "{seen}");
}

#[test]
fn rsa_pss() {
    let all = vectors("rsa_pss_", "");
    let (mut ours, mut others) = (0, 0);
    for vector in &all {
        let algorithms = [
            ("SHA-256", 32, Algorithm::PS256),
            ("SHA-384", 48, Algorithm::PS384),
            ("SHA-512", 64, Algorithm::PS512),
        ];
        for (hash, salt, algorithm) in algorithms {
            let der = hex(vector.text("publicKeyDer"));
            let Ok(key) = VerifyingKey::from_public_der(algorithm, &der) else {
                // Keys that are for PSS by their own parameters: JOSE's are for RSA.
                assert!(vector.file.contains("_params"), "{}", vector.name());
                continue;
            };
            let is_accepted = check(&key, vector);
            // The hash of the mask and the salt's length are fixed (RFC 7518 §3.5).
            let is_ours = vector.text("sha") == hash
                && vector.text("mgf") == "MGF1"
                && vector.text("mgfSha") == hash
                && vector.number("sLen") == salt;
            if is_ours {
                ours += 1;
                vector.expect(is_accepted);
            } else if vector.is_valid() {
                others += 1;
                assert!(!is_accepted, "{algorithm} {}", vector.name());
            }
        }
    }
    assert!(ours > 500 && others > 1000, "{ours} {others}");
}
