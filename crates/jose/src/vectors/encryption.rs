use super::{Vector, hex, vectors};
use crate::encryption::primitives::{
    AgreementCurve, Parties, PublicPoint, Sealed, open, rsa_open, rsa_private, unwrap, wrap,
};
use crate::{ContentEncryption, KeyManagement};
use aws_lc_rs::agreement::PrivateKey;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

fn opened(vector: &Vector, enc: ContentEncryption) -> Option<Vec<u8>> {
    let sealed = Sealed {
        iv: vector.bytes("iv"),
        text: vector.bytes("ct"),
        tag: vector.bytes("tag"),
    };
    open(enc, &vector.bytes("key"), &vector.bytes("aad"), sealed)
}

fn same(vector: &Vector, plain: Option<Vec<u8>>) {
    if let Some(plain) = &plain {
        assert_eq!(*plain, vector.bytes("msg"), "{}", vector.name());
    }
    vector.expect(plain.is_some());
}

#[test]
fn cbc_with_hmac() {
    let mut counts = Vec::new();
    for (name, enc) in [
        ("a128cbc_hs256", ContentEncryption::A128CbcHs256),
        ("a192cbc_hs384", ContentEncryption::A192CbcHs384),
        ("a256cbc_hs512", ContentEncryption::A256CbcHs512),
    ] {
        let all = vectors(name, "");
        counts.push(all.len());
        for vector in &all {
            same(vector, opened(vector, enc));
        }
    }
    assert_eq!(counts, [94, 94, 94]);
}

#[test]
fn gcm() {
    let all = vectors("aes_gcm", "");
    assert_eq!(all.len(), 316);
    for vector in &all {
        let enc = match vector.number("keySize") {
            128 => ContentEncryption::A128Gcm,
            192 => ContentEncryption::A192Gcm,
            _ => ContentEncryption::A256Gcm,
        };
        let plain = opened(vector, enc);
        // 96 and 128 bits, always (RFC 7518 §5.3).
        match (vector.number("ivSize"), vector.number("tagSize")) {
            (96, 128) => same(vector, plain),
            _ => assert!(plain.is_none(), "{}", vector.name()),
        }
    }
}

#[test]
fn key_wrap() {
    let all = vectors("aes_wrap", "");
    assert_eq!(all.len(), 165);
    let mut short = 0;
    for vector in &all {
        let (key, plain, wrapped) = (vector.bytes("key"), vector.bytes("msg"), vector.bytes("ct"));
        if plain.len() > 64 || wrapped.len() > 72 {
            // No content has such a key.
            short += 1;
            assert!(unwrap(&key, &wrapped).is_none());
            continue;
        }
        let opened = unwrap(&key, &wrapped);
        same(vector, opened.map(|opened| opened.to_vec()));
        if vector.test["result"] == "valid" {
            assert_eq!(wrap(&key, &plain).unwrap(), wrapped, "{}", vector.name());
        }
    }
    assert!(short < 20, "{short}");
}

/// The public key as headers and key sets carry it; nothing for what they can't.
fn point(curve: AgreementCurve, bytes: &[u8]) -> Option<PublicPoint> {
    let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    Some(match curve {
        AgreementCurve::X25519 => PublicPoint {
            kty: "OKP".to_owned(),
            crv: curve.name().to_owned(),
            x: encode(bytes),
            y: None,
        },
        _ => {
            let coordinates = bytes.strip_prefix(&[4])?;
            let (x, y) = coordinates.split_at(coordinates.len() / 2);
            PublicPoint {
                kty: "EC".to_owned(),
                crv: curve.name().to_owned(),
                x: encode(x),
                y: Some(encode(y)),
            }
        }
    })
}

/// A scalar as the library takes it, with leading zeros or without those that the vectors have more.
fn private(curve: AgreementCurve, bytes: &[u8]) -> PrivateKey {
    let size = match curve {
        AgreementCurve::P256 | AgreementCurve::X25519 => 32,
        AgreementCurve::P384 => 48,
        AgreementCurve::P521 => 66,
    };
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    let significant = match curve {
        AgreementCurve::X25519 => bytes,
        _ => &bytes[zeros..],
    };
    let mut fixed = vec![0; size - significant.len()];
    fixed.extend_from_slice(significant);
    PrivateKey::from_private_key(curve.algorithm(), &fixed).unwrap()
}

#[test]
fn agreement() {
    let parties = Parties {
        way: KeyManagement::EcdhEs,
        enc: ContentEncryption::A256CbcHs512,
        sender: b"",
        recipient: b"",
    };
    let mut counts = Vec::new();
    for (file, curve) in [
        ("ecdh_secp256r1_ecpoint", AgreementCurve::P256),
        ("ecdh_secp384r1_ecpoint", AgreementCurve::P384),
        ("ecdh_secp521r1_ecpoint", AgreementCurve::P521),
        ("x25519", AgreementCurve::X25519),
    ] {
        let all = vectors(file, "");
        counts.push(all.len());
        for vector in &all {
            let public = point(curve, &vector.bytes("public")).and_then(|point| point.on(curve));
            let key = private(curve, &vector.bytes("private"));
            let agreed = public.and_then(|public| parties.agree(curve, &key, &public));
            if let Some(agreed) = &agreed {
                let expected = parties.derive(&vector.bytes("shared")).unwrap();
                assert_eq!(*agreed, expected, "{}", vector.name());
            }
            // Points in fewer bytes are not for JOSE (RFC 7518 §6.2.1).
            if vector.has_flag("CompressedPoint") {
                assert!(agreed.is_none(), "{}", vector.name());
            } else {
                vector.expect(agreed.is_some());
            }
            // A shared secret of zeros says that the other side chose it.
            if vector.has_flag("ZeroSharedSecret") {
                assert!(agreed.is_none(), "{}", vector.name());
            }
        }
    }
    assert_eq!(counts, [355, 790, 661, 518]);
}

#[test]
fn rsa_oaep() {
    let (mut ours, mut others) = (0, 0);
    for vector in vectors("rsa_oaep_", "") {
        let der = hex(vector.text("privateKeyPkcs8"));
        let Some(private) = rsa_private(&der) else {
            assert!(vector.number("keySize") < 2048, "{}", vector.name());
            continue;
        };
        for (hash, way) in [
            ("SHA-1", KeyManagement::RsaOaep),
            ("SHA-256", KeyManagement::RsaOaep256),
        ] {
            let plain = rsa_open(way, &private, &vector.bytes("ct")).map(|plain| plain.to_vec());
            let is_ours = vector.text("sha") == hash
                && vector.text("mgfSha") == hash
                && vector.bytes("label").is_empty();
            if is_ours {
                ours += 1;
                same(&vector, plain);
            } else {
                others += 1;
                assert!(plain.is_none(), "{way} {}", vector.name());
            }
        }
    }
    assert!(ours > 100 && others > 500, "{ours} {others}");
}

#[test]
fn rsa1_5() {
    let all = vectors("rsa_pkcs1_", "");
    for vector in &all {
        let private = rsa_private(&hex(vector.text("privateKeyPkcs8"))).unwrap();
        let plain = rsa_open(KeyManagement::Rsa15, &private, &vector.bytes("ct"));
        same(vector, plain.map(|plain| plain.to_vec()));
    }
    assert!(all.len() > 190, "{}", all.len());
}
