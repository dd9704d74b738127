//! PBKDF2 (RFC 8018 §5.2) under Keycloak's names.

use super::Unusable;
use aws_lc_rs::pbkdf2;
use std::num::NonZeroU32;

/// Bytes that come out of new hashes.
pub(super) const LENGTH: usize = 64;
/// Imported hashes may take so many rounds at the most.
const MAX_ROUNDS: u32 = 5_000_000;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Parameters {
    hash: Hash,
    pub iterations: NonZeroU32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Hash {
    Sha1,
    Sha256,
    Sha512,
}

impl Parameters {
    /// For new hashes: Keycloak's rounds, or others.
    pub(super) fn new(name: &str, rounds: Option<u32>) -> Result<Self, Unusable> {
        let usual = match name {
            "pbkdf2" => 1_300_000,
            "pbkdf2-sha256" => 600_000,
            _ => 210_000,
        };
        Self::read(name, rounds.unwrap_or(usual))
    }

    pub(super) fn read(name: &str, iterations: u32) -> Result<Self, Unusable> {
        let hash = match name {
            "pbkdf2" => Hash::Sha1,
            "pbkdf2-sha256" => Hash::Sha256,
            "pbkdf2-sha512" => Hash::Sha512,
            _ => return Err(Unusable::Method(name.to_owned())),
        };
        let iterations = NonZeroU32::new(iterations).filter(|rounds| rounds.get() <= MAX_ROUNDS);
        Ok(Self {
            hash,
            iterations: iterations.ok_or(Unusable::Parameter("hashIterations"))?,
        })
    }

    pub(super) fn name(&self) -> &'static str {
        match self.hash {
            Hash::Sha1 => "pbkdf2",
            Hash::Sha256 => "pbkdf2-sha256",
            Hash::Sha512 => "pbkdf2-sha512",
        }
    }

    pub(super) fn hash(&self, password: &[u8], salt: &[u8], value: &mut [u8]) {
        let algorithm = match self.hash {
            Hash::Sha1 => pbkdf2::PBKDF2_HMAC_SHA1,
            Hash::Sha256 => pbkdf2::PBKDF2_HMAC_SHA256,
            Hash::Sha512 => pbkdf2::PBKDF2_HMAC_SHA512,
        };
        pbkdf2::derive(algorithm, self.iterations, salt, password, value);
    }
}
