//! Argon2 (RFC 9106) with Keycloak's names of its parameters.

use super::Unusable;
use argon2::{Algorithm, Argon2, Block, Params, Version};
use std::collections::BTreeMap;

/// Bytes that come out by default.
pub(super) const LENGTH: usize = 32;
/// 256 MiB, in KiB: what an imported hash may take at the most.
const MAX_MEMORY: u32 = 262_144;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Parameters {
    algorithm: Algorithm,
    version: Version,
    pub iterations: u32,
    /// KiB.
    memory: u32,
    parallelism: u32,
}

impl Default for Parameters {
    fn default() -> Self {
        Self {
            algorithm: Algorithm::Argon2id,
            version: Version::V0x13,
            iterations: 5,
            memory: 7168,
            parallelism: 1,
        }
    }
}

impl Parameters {
    /// The usual ones, with other rounds.
    pub(super) fn of_rounds(rounds: Option<u32>) -> Result<Self, Unusable> {
        let usual = Self::default();
        let iterations = rounds.unwrap_or(usual.iterations);
        if !(1..=100).contains(&iterations) {
            return Err(Unusable::Parameter("hashIterations"));
        }
        Ok(Self {
            iterations,
            ..usual
        })
    }

    pub(super) fn read<'a>(
        iterations: u32,
        length: usize,
        salt: usize,
        parameter: impl Fn(&str) -> Option<&'a str>,
    ) -> Result<Self, Unusable> {
        let number = |name: &'static str, default: u32| match parameter(name) {
            Some(text) => text.parse().map_err(|_| Unusable::Parameter(name)),
            None => Ok(default),
        };
        let algorithm = match parameter("type").unwrap_or("id") {
            "id" => Algorithm::Argon2id,
            "i" => Algorithm::Argon2i,
            "d" => Algorithm::Argon2d,
            _ => return Err(Unusable::Parameter("type")),
        };
        let version = match parameter("version").unwrap_or("1.3") {
            "1.3" => Version::V0x13,
            "1.0" => Version::V0x10,
            _ => return Err(Unusable::Parameter("version")),
        };
        let parameters = Self {
            algorithm,
            version,
            iterations,
            memory: number("memory", 7168)?,
            parallelism: number("parallelism", 1)?,
        };
        let bounds = [
            ("hashIterations", (1..=100).contains(&iterations)),
            ("memory", parameters.memory <= MAX_MEMORY),
            ("parallelism", (1..=64).contains(&parameters.parallelism)),
            (
                "hashLength",
                usize::try_from(number("hashLength", 32)?) == Ok(length),
            ),
            ("salt", (8..=64).contains(&salt)),
        ];
        match bounds.into_iter().find(|(_, kept)| !kept) {
            Some((name, _)) => Err(Unusable::Parameter(name)),
            None => parameters.native(length).map(|_| parameters),
        }
    }

    fn native(&self, length: usize) -> Result<Params, Unusable> {
        Params::new(self.memory, self.iterations, self.parallelism, Some(length))
            .map_err(|_| Unusable::Parameter("memory"))
    }

    pub(super) fn hash(
        &self,
        password: &[u8],
        salt: &[u8],
        value: &mut [u8],
        memory: &mut Vec<Block>,
    ) -> Result<(), Unusable> {
        let params = self.native(value.len())?;
        let blocks = params.block_count();
        memory.resize(blocks, Block::new());
        let argon = Argon2::new(self.algorithm, self.version, params);
        argon
            .hash_password_into_with_memory(password, salt, value, &mut memory[..blocks])
            .map_err(|_| Unusable::Parameter("memory"))
    }

    pub(super) fn to_stored(&self, length: usize) -> BTreeMap<String, Vec<String>> {
        let kind = match self.algorithm {
            Algorithm::Argon2id => "id",
            Algorithm::Argon2i => "i",
            Algorithm::Argon2d => "d",
        };
        let version = if self.version == Version::V0x13 {
            "1.3"
        } else {
            "1.0"
        };
        let values = [
            ("hashLength", length.to_string()),
            ("memory", self.memory.to_string()),
            ("type", kind.to_owned()),
            ("version", version.to_owned()),
            ("parallelism", self.parallelism.to_string()),
        ];
        values
            .into_iter()
            .map(|(name, value)| (name.to_owned(), vec![value]))
            .collect()
    }
}
