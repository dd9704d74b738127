//! Encryption: round trips, the RFCs' own examples, and texts that must not open.
#![allow(clippy::unwrap_used, missing_docs)]

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jose::{
    ContentEncryption, Curve, DecryptError, DecryptionKey, DecryptionKeys, EncryptError,
    EncryptionKey, KeyManagement, MAX_ENCRYPTED_BYTES, PublicJwks, Secret, is_encrypted,
};
use serde_json::{Value, json};
use std::sync::LazyLock;

static RSA: LazyLock<Secret> = LazyLock::new(|| jose::generate_rsa(2048).unwrap());

/// A key for each way.
fn key(way: KeyManagement, enc: ContentEncryption) -> DecryptionKey {
    use KeyManagement as W;
    let secret =
        |bytes: usize| DecryptionKey::from_secret("k", way, Secret::new(vec![7; bytes])).unwrap();
    match way {
        W::RsaOaep | W::RsaOaep256 | W::Rsa15 => {
            DecryptionKey::from_der("k", way, None, RSA.expose()).unwrap()
        }
        W::EcdhEs | W::EcdhEsA128Kw | W::EcdhEsA192Kw | W::EcdhEsA256Kw => {
            let der = jose::generate_ec(Curve::P256).unwrap();
            DecryptionKey::from_der("k", way, Some(Curve::P256), der.expose()).unwrap()
        }
        W::A128Kw => secret(16),
        W::A192Kw => secret(24),
        W::A256Kw => secret(32),
        W::Direct => secret(match enc {
            ContentEncryption::A128Gcm => 16,
            ContentEncryption::A192Gcm => 24,
            ContentEncryption::A256Gcm | ContentEncryption::A128CbcHs256 => 32,
            ContentEncryption::A192CbcHs384 => 48,
            ContentEncryption::A256CbcHs512 => 64,
        }),
    }
}

fn with_header(token: &str, change: impl FnOnce(&mut Value)) -> String {
    let (header, rest) = token.split_once('.').unwrap();
    let mut header: Value =
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header).unwrap()).unwrap();
    change(&mut header);
    format!("{}.{rest}", URL_SAFE_NO_PAD.encode(header.to_string()))
}

#[test]
fn every_way_and_every_content_encryption_opens_what_it_closed_and_nothing_else() {
    for way in KeyManagement::ALL {
        for enc in ContentEncryption::ALL {
            let key = key(way, enc);
            let closing = key.encryption_key().unwrap();
            for plain in [&b""[..], b"x", &[5; 1000]] {
                let token = closing.encrypt(way, enc, Some("JWT"), plain).unwrap();
                assert!(is_encrypted(&token));
                let opened = key.decrypt(&token).unwrap();
                assert_eq!(opened.plain, plain, "{way} {enc}");
                assert_eq!(
                    (opened.header.alg.as_str(), opened.header.enc.as_str()),
                    (way.name(), enc.name())
                );
                assert_eq!(opened.header.cty.as_deref(), Some("JWT"));
                assert_eq!(opened.header.kid.as_deref(), Some("k"));
            }
            let token = closing.encrypt(way, enc, None, b"hello").unwrap();
            for part in 0..5 {
                let mut parts: Vec<String> = token.split('.').map(str::to_owned).collect();
                if parts[part].is_empty() {
                    parts[part] = "AAAA".to_owned();
                } else {
                    let mut bytes = URL_SAFE_NO_PAD.decode(&parts[part]).unwrap();
                    // In the header this spoils the JSON or a value, elsewhere the sum.
                    bytes[2] ^= 1;
                    parts[part] = URL_SAFE_NO_PAD.encode(bytes);
                }
                assert!(
                    key.decrypt(&parts.join(".")).is_err(),
                    "{way} {enc} part {part}"
                );
            }
            let short = token.rsplit_once('.').unwrap().0.to_owned() + ".";
            assert_eq!(key.decrypt(&short), Err(DecryptError::Decryption));
        }
    }
}

#[test]
fn keys_are_agreed_on_every_curve() {
    for curve in [Curve::P256, Curve::P384, Curve::P521] {
        let der = jose::generate_ec(curve).unwrap();
        let way = KeyManagement::EcdhEsA192Kw;
        let key = DecryptionKey::from_der("k", way, Some(curve), der.expose()).unwrap();
        let token = key
            .encryption_key()
            .unwrap()
            .encrypt(way, ContentEncryption::A192CbcHs384, None, b"hello")
            .unwrap();
        assert_eq!(key.decrypt(&token).unwrap().plain, b"hello");
        let jwk = serde_json::to_value(key.jwk().unwrap()).unwrap();
        assert_eq!((&jwk["use"], &jwk["kty"]), (&json!("enc"), &json!("EC")));
        // By the published key, as a stranger has it.
        let set = json!({"keys": [jwk]}).to_string();
        let theirs = PublicJwks::parse(set.as_bytes()).unwrap();
        let theirs = theirs.encryption_key(way).unwrap();
        let token = theirs
            .encrypt(way, ContentEncryption::A128Gcm, None, b"again")
            .unwrap();
        assert_eq!(key.decrypt(&token).unwrap().plain, b"again");
    }
    let way = KeyManagement::EcdhEs;
    let key = DecryptionKey::from_x25519("k", way, &Secret::new(vec![9; 32])).unwrap();
    let set = json!({"keys": [key.jwk().unwrap()]}).to_string();
    let theirs = PublicJwks::parse(set.as_bytes()).unwrap();
    let token = theirs
        .encryption_key(way)
        .unwrap()
        .encrypt(way, ContentEncryption::A256Gcm, None, b"hello")
        .unwrap();
    assert_eq!(key.decrypt(&token).unwrap().plain, b"hello");
}

#[test]
fn rfc_7516_appendix_a_3() {
    let key = URL_SAFE_NO_PAD.decode("GawgguFyGrWKav7AX4VKUg").unwrap();
    let key = DecryptionKey::from_secret("", KeyManagement::A128Kw, Secret::new(key)).unwrap();
    let token = "eyJhbGciOiJBMTI4S1ciLCJlbmMiOiJBMTI4Q0JDLUhTMjU2In0.\
        6KB707dM9YTIgHtLvtgWQ8mKwboJW3of9locizkDTHzBC2IlrT1oOQ.\
        AxY8DCtDaGlsbGljb3RoZQ.\
        KDlTtXchhZTGufMYmOYGS4HffxPSUrfmqCHXaI9wOGY.\
        U0m_YmjN04DJvceFICbCVQ";
    assert_eq!(key.decrypt(token).unwrap().plain, b"Live long and prosper.");
}

#[test]
fn a_header_never_widens_what_a_key_is_for() {
    let enc = ContentEncryption::A128Gcm;
    let oaep = key(KeyManagement::RsaOaep, enc);
    let open = oaep.encryption_key().unwrap();
    let by = |way| open.encrypt(way, enc, None, b"x").unwrap();
    let keys = DecryptionKeys::new(vec![oaep.clone()]);
    assert!(keys.decrypt(&by(KeyManagement::RsaOaep)).is_ok());
    assert!(keys.decrypt(&by(KeyManagement::RsaOaep256)).is_ok());
    assert_eq!(
        keys.decrypt(&by(KeyManagement::Rsa15)),
        Err(DecryptError::AlgorithmMismatch)
    );
    let token = by(KeyManagement::RsaOaep);
    for (member, value, error) in [
        ("crit", json!(["exp"]), DecryptError::Header),
        ("zip", json!("DEF"), DecryptError::Header),
        ("jwk", json!({}), DecryptError::Header),
        ("jku", json!("https://x"), DecryptError::Header),
        ("x5u", json!("https://x"), DecryptError::Header),
        ("x5c", json!([]), DecryptError::Header),
        ("alg", json!("dir"), DecryptError::AlgorithmMismatch),
        ("alg", json!("none"), DecryptError::Algorithm),
        ("alg", json!("PBES2-HS256+A128KW"), DecryptError::Algorithm),
        ("enc", json!("A128CBC"), DecryptError::Algorithm),
        ("enc", json!("A256GCM"), DecryptError::Decryption),
        ("kid", json!("other"), DecryptError::UnknownKey),
        ("kid", json!(7), DecryptError::Malformed),
        ("typ", json!("x"), DecryptError::Decryption),
    ] {
        let changed = with_header(&token, |header| header[member] = value.clone());
        assert_eq!(keys.decrypt(&changed), Err(error), "{member} {value}");
    }
    // A label binds who encrypts, too.
    let labelled = EncryptionKey::from_rsa_der(
        None,
        Some(KeyManagement::RsaOaep256),
        &oaep.public_der().unwrap(),
    )
    .unwrap();
    assert_eq!(
        labelled.encrypt(KeyManagement::RsaOaep, enc, None, b"x"),
        Err(EncryptError::Key(KeyManagement::RsaOaep))
    );
}

#[test]
fn rsa1_5_tells_no_mistake_from_another() {
    let enc = ContentEncryption::A128CbcHs256;
    let key = key(KeyManagement::Rsa15, enc);
    let closing = key.encryption_key().unwrap();
    let token = closing
        .encrypt(KeyManagement::Rsa15, enc, None, b"x")
        .unwrap();
    let mut parts: Vec<&str> = token.split('.').collect();
    let other = closing
        .encrypt(
            KeyManagement::Rsa15,
            ContentEncryption::A256CbcHs512,
            None,
            b"x",
        )
        .unwrap();
    let wrong = URL_SAFE_NO_PAD.encode([0x41; 256]);
    let long = URL_SAFE_NO_PAD.encode([0x41; 300]);
    // Padding wrong, length of the key wrong, not a text of the key at all: one answer.
    for encrypted in [&wrong, &long, "", other.split('.').nth(1).unwrap()] {
        parts[1] = encrypted;
        assert_eq!(key.decrypt(&parts.join(".")), Err(DecryptError::Decryption));
    }
}

#[test]
fn a_text_without_a_key_id_is_tried_with_a_few_keys() {
    let (way, enc) = (KeyManagement::A128Kw, ContentEncryption::A128Gcm);
    let make = |byte: u8| {
        let secret = Secret::new(vec![byte; 16]);
        DecryptionKey::from_secret(byte.to_string(), way, secret).unwrap()
    };
    let closing = EncryptionKey::from_secret(None, Secret::new(vec![3; 16]));
    let token = closing.encrypt(way, enc, None, b"x").unwrap();
    let keys = |bytes: &[u8]| DecryptionKeys::new(bytes.iter().copied().map(make).collect());
    assert!(keys(&[1, 2, 3]).decrypt(&token).is_ok());
    for (bytes, error) in [
        (&[1, 2, 4, 5, 3][..], DecryptError::Decryption),
        (&[], DecryptError::UnknownKey),
    ] {
        assert_eq!(keys(bytes).decrypt(&token), Err(error));
    }
}

#[test]
fn what_is_no_encrypted_text_is_malformed() {
    let key = key(KeyManagement::Direct, ContentEncryption::A128Gcm);
    for text in [
        "",
        "....",
        "a.b.c",
        "a.b.c.d.e.f",
        "e30....",
        "!.....",
        "bnVsbA....",
    ] {
        assert_eq!(key.decrypt(text), Err(DecryptError::Malformed), "{text}");
    }
    let long = "a".repeat(MAX_ENCRYPTED_BYTES + 1);
    assert_eq!(key.decrypt(&long), Err(DecryptError::TooLong));
    let twice = URL_SAFE_NO_PAD.encode(r#"{"alg":"dir","enc":"A128GCM","enc":"A256GCM"}"#);
    let twice = format!("{twice}....");
    assert_eq!(key.decrypt(&twice), Err(DecryptError::Malformed));
}

#[test]
fn an_ephemeral_key_must_be_on_the_curve() {
    let enc = ContentEncryption::A128Gcm;
    let key = key(KeyManagement::EcdhEs, enc);
    let token = key
        .encryption_key()
        .unwrap()
        .encrypt(KeyManagement::EcdhEs, enc, None, b"x")
        .unwrap();
    type Change = fn(&mut Value);
    let changes: [Change; 6] = [
        |epk| epk["y"] = epk["x"].clone(),
        |epk| epk["crv"] = json!("P-384"),
        |epk| epk["kty"] = json!("OKP"),
        |epk| epk["x"] = json!("AA"),
        |epk| *epk = Value::Null,
        |epk| {
            epk.as_object_mut().unwrap().remove("y");
        },
    ];
    for change in changes {
        let changed = with_header(&token, |header| change(&mut header["epk"]));
        assert_eq!(key.decrypt(&changed), Err(DecryptError::Decryption));
    }
}
