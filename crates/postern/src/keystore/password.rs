//! From a password to keys, and what they open and prove.

use super::KeyStoreError::{self, Damaged, OldCipher, Password, Rounds};
use super::der::{Elements, OCTETS, OID, SEQUENCE};
use super::oid;
use aws_lc_rs::cipher::{
    AES_128, AES_192, AES_256, DecryptionContext, PaddedBlockDecryptingKey, UnboundCipherKey,
};
use aws_lc_rs::iv::FixedLength;
use aws_lc_rs::{digest, hmac, pbkdf2};
use std::num::NonZeroU32;
use zeroize::Zeroizing;

/// So often a password is hashed at the most: some seconds of work.
pub(crate) const MOST_ROUNDS: u32 = 5_000_000;

/// A hash that a store may rest on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hash {
    Sha1,
    Sha256,
    Sha384,
    Sha512,
}

impl Hash {
    /// By the identifier of the hash itself.
    pub(crate) fn of(oid: &[u8]) -> Option<Self> {
        Some(match oid {
            oid::SHA1 => Self::Sha1,
            oid::SHA256 => Self::Sha256,
            oid::SHA384 => Self::Sha384,
            oid::SHA512 => Self::Sha512,
            _ => return None,
        })
    }

    /// By the identifier of its HMAC.
    fn of_hmac(oid: &[u8]) -> Option<Self> {
        Some(match oid {
            oid::HMAC_SHA1 => Self::Sha1,
            oid::HMAC_SHA256 => Self::Sha256,
            oid::HMAC_SHA384 => Self::Sha384,
            oid::HMAC_SHA512 => Self::Sha512,
            _ => return None,
        })
    }

    fn digest(self) -> &'static digest::Algorithm {
        match self {
            Self::Sha1 => &digest::SHA1_FOR_LEGACY_USE_ONLY,
            Self::Sha256 => &digest::SHA256,
            Self::Sha384 => &digest::SHA384,
            Self::Sha512 => &digest::SHA512,
        }
    }

    pub(crate) fn hmac(self) -> hmac::Algorithm {
        match self {
            Self::Sha1 => hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
            Self::Sha256 => hmac::HMAC_SHA256,
            Self::Sha384 => hmac::HMAC_SHA384,
            Self::Sha512 => hmac::HMAC_SHA512,
        }
    }

    fn pbkdf2(self) -> pbkdf2::Algorithm {
        match self {
            Self::Sha1 => pbkdf2::PBKDF2_HMAC_SHA1,
            Self::Sha256 => pbkdf2::PBKDF2_HMAC_SHA256,
            Self::Sha384 => pbkdf2::PBKDF2_HMAC_SHA384,
            Self::Sha512 => pbkdf2::PBKDF2_HMAC_SHA512,
        }
    }
}

/// How often a password is hashed, if that is not too often.
pub(crate) fn rounds(number: u64) -> Result<NonZeroU32, KeyStoreError> {
    let rounds = u32::try_from(number)
        .ok()
        .filter(|rounds| *rounds <= MOST_ROUNDS)
        .ok_or(Rounds(number))?;
    NonZeroU32::new(rounds).ok_or(Damaged("a password is to be hashed zero times"))
}

/// A password as PKCS #12 hashes it for its integrity check: UTF-16 and two zeros.
pub(crate) fn wide(password: &str) -> Zeroizing<Vec<u8>> {
    let letters = password.encode_utf16().chain([0]);
    Zeroizing::new(letters.flat_map(u16::to_be_bytes).collect())
}

/// The key of the integrity check (RFC 7292 appendix B.2): as long as the hash, so one block is enough.
pub(crate) fn mac_key(
    hash: Hash,
    wide_password: &[u8],
    salt: &[u8],
    rounds: NonZeroU32,
) -> Zeroizing<Vec<u8>> {
    let algorithm = hash.digest();
    let block = algorithm.block_len();
    let fill = |bytes: &[u8]| {
        let length = bytes.len().div_ceil(block) * block;
        let repeated = bytes.iter().copied().cycle().take(length);
        Zeroizing::new(repeated.collect::<Vec<u8>>())
    };
    let first = [&vec![3; block][..], &fill(salt), &fill(wide_password)].concat();
    let mut sum = Zeroizing::new(first);
    for _ in 0..rounds.get() {
        sum = Zeroizing::new(digest::digest(algorithm, &sum).as_ref().to_vec());
    }
    sum
}

/// PBKDF2 (RFC 8018 §5.2).
pub(crate) fn derive(
    hash: Hash,
    password: &str,
    salt: &[u8],
    rounds: NonZeroU32,
    length: usize,
) -> Zeroizing<Vec<u8>> {
    let mut key = Zeroizing::new(vec![0; length]);
    pbkdf2::derive(hash.pbkdf2(), rounds, salt, password.as_bytes(), &mut key);
    key
}

/// PBKDF2 as its parameters say; `length` where they don't.
pub(super) fn derive_as_told(
    mut algorithm: Elements<'_>,
    password: &str,
    length: usize,
) -> Result<Zeroizing<Vec<u8>>, KeyStoreError> {
    const BROKEN: KeyStoreError = Damaged("the derivation of a key from the password");
    if algorithm.take(OID) != Some(oid::PBKDF2) {
        return Err(OldCipher("a key derivation other than PBKDF2"));
    }
    let mut told = algorithm.enter(SEQUENCE).ok_or(BROKEN)?;
    let salt = told.octets(OCTETS).ok_or(BROKEN)?;
    let rounds = rounds(told.number().ok_or(BROKEN)?)?;
    let told_length = told.number();
    if told_length.is_some_and(|told| usize::try_from(told) != Ok(length)) {
        return Err(BROKEN);
    }
    let hash = match told.enter(SEQUENCE) {
        None => Hash::Sha1,
        Some(mut prf) => prf
            .take(OID)
            .and_then(Hash::of_hmac)
            .ok_or(OldCipher("a hash that is not served"))?,
    };
    Ok(derive(hash, password, &salt, rounds, length))
}

/// PBMAC1 (RFC 9579): whether `mac` is that of `bytes` by this password.
pub(super) fn is_mac_of(
    mut told: Elements<'_>,
    password: &str,
    bytes: &[u8],
    mac: &[u8],
) -> Result<bool, KeyStoreError> {
    const BROKEN: KeyStoreError = Damaged("the integrity check");
    let derivation = told.enter(SEQUENCE).ok_or(BROKEN)?;
    let mut scheme = told.enter(SEQUENCE).ok_or(BROKEN)?;
    let hash = scheme
        .take(OID)
        .and_then(Hash::of_hmac)
        .ok_or(OldCipher("a hash that is not served"))?;
    let length = hash.digest().output_len();
    let key = derive_as_told(derivation, password, length)?;
    Ok(hmac::verify(&hmac::Key::new(hash.hmac(), &key), bytes, mac).is_ok())
}

/// Opens what PBES2 (RFC 8018 §6.2) closed. Ciphers that are older are named and not opened.
pub(super) fn open(
    mut algorithm: Elements<'_>,
    sealed: &[u8],
    password: &str,
) -> Result<Zeroizing<Vec<u8>>, KeyStoreError> {
    const BROKEN: KeyStoreError = Damaged("an encryption");
    match algorithm.take(OID).ok_or(BROKEN)? {
        oid::PBES2 => {}
        other => return Err(OldCipher(old_name(other))),
    }
    let mut told = algorithm.enter(SEQUENCE).ok_or(BROKEN)?;
    let derivation = told.enter(SEQUENCE).ok_or(BROKEN)?;
    let mut scheme = told.enter(SEQUENCE).ok_or(BROKEN)?;
    let (cipher, length) = match scheme.take(OID).ok_or(BROKEN)? {
        oid::AES_128_CBC => (&AES_128, 16),
        oid::AES_192_CBC => (&AES_192, 24),
        oid::AES_256_CBC => (&AES_256, 32),
        oid::DES_EDE3_CBC => return Err(OldCipher("triple DES")),
        _ => return Err(OldCipher("a cipher other than AES-CBC")),
    };
    let iv = scheme.octets(OCTETS).ok_or(BROKEN)?;
    let iv: [u8; 16] = (*iv).try_into().map_err(|_| BROKEN)?;
    let key = derive_as_told(derivation, password, length)?;
    let key = UnboundCipherKey::new(cipher, &key)
        .and_then(PaddedBlockDecryptingKey::cbc_pkcs7)
        .map_err(|_| BROKEN)?;
    let mut bytes = Zeroizing::new(sealed.to_vec());
    let context = DecryptionContext::Iv128(FixedLength::from(iv));
    let plain = key.decrypt(&mut bytes, context).map_err(|_| Password)?;
    Ok(Zeroizing::new(plain.to_vec()))
}

fn old_name(oid: &[u8]) -> &'static str {
    match oid.strip_prefix(oid::PKCS12_PBE) {
        Some([1 | 2]) => "RC4",
        Some([3 | 4]) => "triple DES",
        Some([5 | 6]) => "RC2",
        _ => "a cipher other than PBES2",
    }
}
