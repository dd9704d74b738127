//! A key and its certificates as browsers take them in (PKCS #12, RFC 7292): PBES2 with AES-256 and HMAC-SHA-256, nothing older.

use crate::keystore::oid;
use crate::keystore::password::{Hash, derive, mac_key, wide};
use anyhow::{Context, anyhow};
use aws_lc_rs::cipher::{AES_256, EncryptionContext, PaddedBlockEncryptingKey, UnboundCipherKey};
use aws_lc_rs::{digest, hmac, iv::FixedLength};
use std::num::NonZeroU32;

/// Iterations of both derivations: these files protect keys to try things with.
const ROUNDS: NonZeroU32 = NonZeroU32::new(10_000).expect("not zero");

/// The file's bytes: the key (PKCS #8 DER), its certificate, and those above it.
pub(super) fn write(
    name: &str,
    password: &str,
    key: &[u8],
    certificates: &[&[u8]],
) -> anyhow::Result<Vec<u8>> {
    let leaf = certificates
        .first()
        .context("a key needs its certificate")?;
    let key_id = digest::digest(&digest::SHA256, leaf);
    let attributes = |named: bool| {
        let wide: Vec<u8> = name.encode_utf16().flat_map(u16::to_be_bytes).collect();
        let friendly = sequence(&[
            oid(oid::FRIENDLY_NAME),
            element(0x31, &[element(0x1e, &[wide])]),
        ]);
        let local = sequence(&[
            oid(oid::LOCAL_KEY_ID),
            element(0x31, &[octets(key_id.as_ref())]),
        ]);
        if named {
            element(0x31, &[friendly, local])
        } else {
            Vec::new()
        }
    };
    let (algorithm, sealed) = encrypt(password, key)?;
    let key_bag = sequence(&[
        oid(oid::SHROUDED_KEY_BAG),
        explicit(&[sequence(&[algorithm, octets(&sealed)])]),
        attributes(true),
    ]);
    let bags: Vec<Vec<u8>> = certificates
        .iter()
        .enumerate()
        .map(|(at, der)| {
            let held = sequence(&[oid(oid::X509_CERTIFICATE), explicit(&[octets(der)])]);
            sequence(&[
                oid(oid::CERTIFICATE_BAG),
                explicit(&[held]),
                attributes(at == 0),
            ])
        })
        .collect();
    let (algorithm, sealed) = encrypt(password, &sequence(&bags))?;
    let hidden = sequence(&[
        integer(0),
        sequence(&[oid(oid::DATA), algorithm, element(0x80, &[sealed])]),
    ]);
    let safe = sequence(&[
        sequence(&[oid(oid::ENCRYPTED_DATA), explicit(&[hidden])]),
        sequence(&[oid(oid::DATA), explicit(&[octets(&sequence(&[key_bag]))])]),
    ]);
    let salt = jose::random_bytes(16);
    let mac = hmac::sign(
        &hmac::Key::new(
            hmac::HMAC_SHA256,
            &mac_key(Hash::Sha256, &wide(password), &salt, ROUNDS),
        ),
        &safe,
    );
    let digest_info = sequence(&[
        sequence(&[oid(oid::SHA256), element(0x05, &[])]),
        octets(mac.as_ref()),
    ]);
    Ok(sequence(&[
        integer(3),
        sequence(&[oid(oid::DATA), explicit(&[octets(&safe)])]),
        sequence(&[digest_info, octets(&salt), integer(ROUNDS.get())]),
    ]))
}

/// PBES2 (RFC 8018 §6.2): the algorithm's identifier and the cipher text.
fn encrypt(password: &str, plain: &[u8]) -> anyhow::Result<(Vec<u8>, Vec<u8>)> {
    let salt = jose::random_bytes(16);
    let key = derive(Hash::Sha256, password, &salt, ROUNDS, 32);
    let key = UnboundCipherKey::new(&AES_256, &key)
        .and_then(PaddedBlockEncryptingKey::cbc_pkcs7)
        .map_err(|_| anyhow!("the cipher takes no key"))?;
    let iv: [u8; 16] = jose::random_bytes(16)
        .try_into()
        .map_err(|_| anyhow!("sixteen bytes were asked for"))?;
    let mut sealed = plain.to_vec();
    key.less_safe_encrypt(&mut sealed, EncryptionContext::Iv128(FixedLength::from(iv)))
        .map_err(|_| anyhow!("the cipher failed"))?;
    let derivation = sequence(&[
        oid(oid::PBKDF2),
        sequence(&[
            octets(&salt),
            integer(ROUNDS.get()),
            sequence(&[oid(oid::HMAC_SHA256), element(0x05, &[])]),
        ]),
    ]);
    let cipher = sequence(&[oid(oid::AES_256_CBC), octets(&iv)]);
    Ok((
        sequence(&[oid(oid::PBES2), sequence(&[derivation, cipher])]),
        sealed,
    ))
}

fn element(tag: u8, parts: &[Vec<u8>]) -> Vec<u8> {
    let body = parts.concat();
    let mut bytes = vec![tag];
    match body.len() {
        short @ 0..=0x7f => bytes.push(u8::try_from(short).unwrap_or(0x7f)),
        long => {
            let digits: Vec<u8> = long
                .to_be_bytes()
                .into_iter()
                .skip_while(|digit| *digit == 0)
                .collect();
            bytes.push(0x80 | u8::try_from(digits.len()).unwrap_or(8));
            bytes.extend(digits);
        }
    }
    bytes.extend(body);
    bytes
}

fn sequence(parts: &[Vec<u8>]) -> Vec<u8> {
    element(0x30, parts)
}

fn explicit(parts: &[Vec<u8>]) -> Vec<u8> {
    element(0xa0, parts)
}

fn octets(bytes: &[u8]) -> Vec<u8> {
    element(0x04, &[bytes.to_vec()])
}

fn integer(value: u32) -> Vec<u8> {
    let mut digits: Vec<u8> = value
        .to_be_bytes()
        .into_iter()
        .skip_while(|digit| *digit == 0)
        .collect();
    if digits.first().is_none_or(|digit| digit & 0x80 != 0) {
        digits.insert(0, 0);
    }
    element(0x02, &[digits])
}

fn oid(identifier: &[u8]) -> Vec<u8> {
    element(0x06, &[identifier.to_vec()])
}
