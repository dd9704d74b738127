//! Content: AES in GCM (RFC 7518 §5.3), or in CBC with HMAC (§5.2).

use super::ContentEncryption;
use crate::random_bytes;
use aws_lc_rs::aead::{self, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::cipher::{
    AES_128, AES_192, AES_256, DecryptionContext, EncryptionContext, PaddedBlockDecryptingKey,
    PaddedBlockEncryptingKey, UnboundCipherKey,
};
use aws_lc_rs::hmac;
use aws_lc_rs::iv::FixedLength;
use subtle::ConstantTimeEq;

const GCM_TAG: usize = 16;

/// Content that is encrypted.
pub(crate) struct Sealed {
    pub(crate) iv: Vec<u8>,
    pub(crate) text: Vec<u8>,
    pub(crate) tag: Vec<u8>,
}

enum Mode {
    Gcm(&'static aead::Algorithm),
    /// The cipher, and the hash of which half a sum is kept.
    Cbc(&'static aws_lc_rs::cipher::Algorithm, hmac::Algorithm),
}

fn mode(enc: ContentEncryption) -> Mode {
    match enc {
        ContentEncryption::A128Gcm => Mode::Gcm(&aead::AES_128_GCM),
        ContentEncryption::A192Gcm => Mode::Gcm(&aead::AES_192_GCM),
        ContentEncryption::A256Gcm => Mode::Gcm(&aead::AES_256_GCM),
        ContentEncryption::A128CbcHs256 => Mode::Cbc(&AES_128, hmac::HMAC_SHA256),
        ContentEncryption::A192CbcHs384 => Mode::Cbc(&AES_192, hmac::HMAC_SHA384),
        ContentEncryption::A256CbcHs512 => Mode::Cbc(&AES_256, hmac::HMAC_SHA512),
    }
}

/// Encrypts with a fresh random initialization vector; nothing when the key has another length than `enc` takes.
pub(crate) fn seal(
    enc: ContentEncryption,
    key: &[u8],
    associated: &[u8],
    plain: &[u8],
) -> Option<Sealed> {
    if key.len() != enc.key_len() {
        return None;
    }
    let mut text = plain.to_vec();
    match mode(enc) {
        Mode::Gcm(algorithm) => {
            let iv = random_bytes(aead::NONCE_LEN);
            let nonce = Nonce::try_assume_unique_for_key(&iv).ok()?;
            let key = LessSafeKey::new(UnboundKey::new(algorithm, key).ok()?);
            let tag = key
                .seal_in_place_separate_tag(nonce, Aad::from(associated), &mut text)
                .ok()?;
            let tag = tag.as_ref().to_vec();
            Some(Sealed { iv, text, tag })
        }
        Mode::Cbc(cipher, hash) => {
            let (mac, encrypting) = key.split_at(key.len() / 2);
            let iv = random_bytes(16);
            let vector: [u8; 16] = iv.as_slice().try_into().ok()?;
            let cipher = UnboundCipherKey::new(cipher, encrypting).ok()?;
            PaddedBlockEncryptingKey::cbc_pkcs7(cipher)
                .ok()?
                .less_safe_encrypt(
                    &mut text,
                    EncryptionContext::Iv128(FixedLength::from(vector)),
                )
                .ok()?;
            let tag = tag(hash, mac, associated, &iv, &text);
            Some(Sealed { iv, text, tag })
        }
    }
}

/// Decrypts; nothing when the key, the associated data or anything else is not what it was. Why not is not told.
pub(crate) fn open(
    enc: ContentEncryption,
    key: &[u8],
    associated: &[u8],
    sealed: Sealed,
) -> Option<Vec<u8>> {
    let Sealed {
        iv,
        mut text,
        tag: told,
    } = sealed;
    if key.len() != enc.key_len() {
        return None;
    }
    match mode(enc) {
        Mode::Gcm(algorithm) => {
            if told.len() != GCM_TAG {
                return None;
            }
            let nonce = Nonce::try_assume_unique_for_key(&iv).ok()?;
            let key = LessSafeKey::new(UnboundKey::new(algorithm, key).ok()?);
            text.extend_from_slice(&told);
            let plain = key
                .open_in_place(nonce, Aad::from(associated), &mut text)
                .ok()?
                .len();
            text.truncate(plain);
            Some(text)
        }
        Mode::Cbc(cipher, hash) => {
            let (mac, decrypting) = key.split_at(key.len() / 2);
            let vector: [u8; 16] = iv.as_slice().try_into().ok()?;
            // The sum first: the padding of what somebody changed is never looked at.
            let is_whole: bool = tag(hash, mac, associated, &iv, &text).ct_eq(&told).into();
            if !is_whole {
                return None;
            }
            let cipher = UnboundCipherKey::new(cipher, decrypting).ok()?;
            let plain = PaddedBlockDecryptingKey::cbc_pkcs7(cipher)
                .ok()?
                .decrypt(
                    &mut text,
                    DecryptionContext::Iv128(FixedLength::from(vector)),
                )
                .ok()?
                .len();
            text.truncate(plain);
            Some(text)
        }
    }
}

/// The left half of the sum over all that counts (RFC 7518 §5.2.2.1).
fn tag(hash: hmac::Algorithm, mac: &[u8], associated: &[u8], iv: &[u8], text: &[u8]) -> Vec<u8> {
    let bits = (associated.len() as u64).wrapping_mul(8);
    let mut sum = hmac::Context::with_key(&hmac::Key::new(hash, mac));
    for part in [associated, iv, text, &bits.to_be_bytes()] {
        sum.update(part);
    }
    let sum = sum.sign();
    sum.as_ref()[..sum.as_ref().len() / 2].to_vec()
}
