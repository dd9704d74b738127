//! AES key wrap (RFC 3394), on the library's block cipher: the library wraps with 128 and 256 bits, JOSE also with 192.

use aws_lc_rs::cipher::{
    AES_128, AES_192, AES_256, DecryptingKey, DecryptionContext, EncryptingKey, EncryptionContext,
    UnboundCipherKey,
};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

const INITIAL: [u8; 8] = [0xa6; 8];
/// No key of any content is longer than this many blocks of 8 bytes.
const MOST: usize = 8;

fn cipher(key: &[u8]) -> Option<UnboundCipherKey> {
    let algorithm = match key.len() {
        16 => &AES_128,
        24 => &AES_192,
        32 => &AES_256,
        _ => return None,
    };
    UnboundCipherKey::new(algorithm, key).ok()
}

/// Wraps a key of 16 to 64 bytes; nothing for other lengths, or a wrapping key of none of AES's.
pub(crate) fn wrap(wrapping: &[u8], key: &[u8]) -> Option<Vec<u8>> {
    let count = key.len() / 8;
    if !key.len().is_multiple_of(8) || !(2..=MOST).contains(&count) {
        return None;
    }
    let cipher = EncryptingKey::ecb(cipher(wrapping)?).ok()?;
    let mut wrapped = [&INITIAL[..], key].concat();
    let mut block = Zeroizing::new([0; 16]);
    for round in 0..6 {
        for at in 1..=count {
            let range = at * 8..at * 8 + 8;
            block[..8].copy_from_slice(&wrapped[..8]);
            block[8..].copy_from_slice(&wrapped[range.clone()]);
            cipher
                .less_safe_encrypt(&mut block[..], EncryptionContext::None)
                .ok()?;
            // At most 48: one byte of the counter's eight.
            block[7] ^= u8::try_from(count * round + at).ok()?;
            wrapped[..8].copy_from_slice(&block[..8]);
            wrapped[range].copy_from_slice(&block[8..]);
        }
    }
    Some(wrapped)
}

/// The key in what [`wrap`] gave; nothing when it was wrapped with another one or changed since.
pub(crate) fn unwrap(wrapping: &[u8], wrapped: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let count = (wrapped.len() / 8).checked_sub(1)?;
    if !wrapped.len().is_multiple_of(8) || !(2..=MOST).contains(&count) {
        return None;
    }
    let cipher = DecryptingKey::ecb(cipher(wrapping)?).ok()?;
    let mut opened = Zeroizing::new(wrapped.to_vec());
    let mut block = Zeroizing::new([0; 16]);
    for round in (0..6).rev() {
        for at in (1..=count).rev() {
            let range = at * 8..at * 8 + 8;
            block[..8].copy_from_slice(&opened[..8]);
            block[7] ^= u8::try_from(count * round + at).ok()?;
            block[8..].copy_from_slice(&opened[range.clone()]);
            cipher
                .decrypt(&mut block[..], DecryptionContext::None)
                .ok()?;
            opened[..8].copy_from_slice(&block[..8]);
            opened[range].copy_from_slice(&block[8..]);
        }
    }
    let is_whole: bool = opened[..8].ct_eq(&INITIAL).into();
    is_whole.then(|| Zeroizing::new(opened[8..].to_vec()))
}
