use super::{argon, pbkdf};
use argon2::Block;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jose::Secret;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use subtle::ConstantTimeEq;

/// Longer passwords are refused unhashed: hashing them would only serve who wants to keep us busy.
pub const MAX_PASSWORD_BYTES: usize = 1024;

/// A stored password: how it was hashed, and what came out.
#[derive(Clone)]
pub struct PasswordHash {
    method: Method,
    salt: Vec<u8>,
    value: Secret,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Method {
    Argon2(argon::Parameters),
    Pbkdf2(pbkdf::Parameters),
}

/// How new passwords are hashed: argon2id, five passes over 7 MiB, unless a realm wants it otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PasswordMethod(Method);

impl Default for PasswordMethod {
    fn default() -> Self {
        Self(Method::Argon2(argon::Parameters::default()))
    }
}

impl PasswordMethod {
    /// What a realm's policy names: Keycloak's name of the algorithm, and the rounds. What is out of bounds is left to us.
    pub fn of(policy: &realm::PasswordPolicy) -> Self {
        let rounds = policy.hash_iterations();
        let method = match policy.hash_algorithm().unwrap_or("argon2") {
            "argon2" => argon::Parameters::of_rounds(rounds).map(Method::Argon2),
            name => pbkdf::Parameters::new(name, rounds).map(Method::Pbkdf2),
        };
        method.map_or_else(|_| Self::default(), Self)
    }
}

/// Whether a password is the stored one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Matched {
    /// It is.
    Yes,
    /// It is not.
    No,
}

/// Whether a stored hash is what would be made today.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freshness {
    /// It is.
    Current,
    /// Another method or other parameters: worth hashing anew at the next sign-in.
    Outdated,
}

/// Why a stored password can't be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unusable {
    /// Not the JSON that Keycloak writes, or not base64 in it.
    #[error("{0} is not readable")]
    Unreadable(&'static str),
    /// A method that is not served.
    #[error("passwords hashed by {0} are not served")]
    Method(String),
    /// A parameter that would take too much time or memory, or makes no sense.
    #[error("the parameter {0} is out of bounds")]
    Parameter(&'static str),
    /// Longer than [`MAX_PASSWORD_BYTES`].
    #[error("the password is too long")]
    TooLong,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct SecretData {
    value: String,
    salt: String,
    #[serde(default)]
    additional_parameters: BTreeMap<String, Vec<String>>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct CredentialData {
    hash_iterations: u32,
    algorithm: String,
    #[serde(default)]
    additional_parameters: BTreeMap<String, Vec<String>>,
}

impl PasswordHash {
    /// Reads the two JSON texts of a stored credential.
    ///
    /// # Errors
    /// See [`Unusable`].
    pub fn read(secret_data: &str, credential_data: &str) -> Result<Self, Unusable> {
        let secret: SecretData =
            serde_json::from_str(secret_data).map_err(|_| Unusable::Unreadable("secretData"))?;
        let data: CredentialData = serde_json::from_str(credential_data)
            .map_err(|_| Unusable::Unreadable("credentialData"))?;
        let value = STANDARD
            .decode(&secret.value)
            .map_err(|_| Unusable::Unreadable("value"))?;
        let salt = STANDARD
            .decode(&secret.salt)
            .map_err(|_| Unusable::Unreadable("salt"))?;
        if !(16..=256).contains(&value.len()) {
            return Err(Unusable::Parameter("value"));
        }
        let parameter = |name: &str| {
            data.additional_parameters
                .get(name)
                .and_then(|values| values.first())
                .map(String::as_str)
        };
        let method = match data.algorithm.as_str() {
            "argon2" => Method::Argon2(argon::Parameters::read(
                data.hash_iterations,
                value.len(),
                salt.len(),
                parameter,
            )?),
            name => Method::Pbkdf2(pbkdf::Parameters::read(name, data.hash_iterations)?),
        };
        Ok(Self {
            method,
            salt,
            value: Secret::new(value),
        })
    }

    /// Hashes a new password as Keycloak does by default: argon2id, five passes over 7 MiB.
    ///
    /// # Errors
    /// [`Unusable::TooLong`]
    pub fn new(password: &Secret) -> Result<Self, Unusable> {
        Self::new_within(password, &mut Vec::new())
    }

    /// The same, in memory that can be used again.
    pub(super) fn new_within(password: &Secret, memory: &mut Vec<Block>) -> Result<Self, Unusable> {
        Self::new_as(password, &PasswordMethod::default(), memory)
    }

    /// The same, by another method.
    pub(super) fn new_as(
        password: &Secret,
        method: &PasswordMethod,
        memory: &mut Vec<Block>,
    ) -> Result<Self, Unusable> {
        let salt = jose::random_bytes(16);
        let password = bounded(password)?;
        let value = match &method.0 {
            Method::Argon2(method) => {
                let mut value = vec![0; argon::LENGTH];
                method.hash(password, &salt, &mut value, memory)?;
                value
            }
            Method::Pbkdf2(method) => {
                let mut value = vec![0; pbkdf::LENGTH];
                method.hash(password, &salt, &mut value);
                value
            }
        };
        Ok(Self {
            method: method.0.clone(),
            salt,
            value: Secret::new(value),
        })
    }

    /// The two JSON texts to store: secret data and credential data.
    pub fn to_stored(&self) -> (String, String) {
        let secret = SecretData {
            value: STANDARD.encode(self.value.expose()),
            salt: STANDARD.encode(&self.salt),
            additional_parameters: BTreeMap::new(),
        };
        let (algorithm, hash_iterations, additional_parameters) = match &self.method {
            Method::Argon2(method) => (
                "argon2",
                method.iterations,
                method.to_stored(self.value.expose().len()),
            ),
            Method::Pbkdf2(method) => (method.name(), method.iterations.get(), BTreeMap::new()),
        };
        let data = CredentialData {
            hash_iterations,
            algorithm: algorithm.to_owned(),
            additional_parameters,
        };
        (
            serde_json::to_string(&secret).unwrap_or_default(),
            serde_json::to_string(&data).unwrap_or_default(),
        )
    }

    /// Whether the hash is what would be made today, by this method.
    pub fn freshness(&self, today: &PasswordMethod) -> Freshness {
        if self.method == today.0 {
            Freshness::Current
        } else {
            Freshness::Outdated
        }
    }

    /// Compares a password, in constant time behind the hash. Takes milliseconds of a processor: [`super::Hashers`] does it elsewhere.
    ///
    /// # Errors
    /// [`Unusable::TooLong`], and [`Unusable::Parameter`] when the method refuses its parameters.
    pub fn verify(&self, password: &Secret) -> Result<Matched, Unusable> {
        self.verify_within(password, &mut Vec::new())
    }

    /// The same, in memory that can be used again.
    pub(super) fn verify_within(
        &self,
        password: &Secret,
        memory: &mut Vec<Block>,
    ) -> Result<Matched, Unusable> {
        let password = bounded(password)?;
        let mut value = zeroize::Zeroizing::new(vec![0; self.value.expose().len()]);
        match &self.method {
            Method::Argon2(method) => method.hash(password, &self.salt, &mut value, memory)?,
            Method::Pbkdf2(method) => method.hash(password, &self.salt, &mut value),
        }
        Ok(if bool::from(value.as_slice().ct_eq(self.value.expose())) {
            Matched::Yes
        } else {
            Matched::No
        })
    }
}

impl std::fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PasswordHash")
            .field("method", &self.method)
            .finish_non_exhaustive()
    }
}

fn bounded(password: &Secret) -> Result<&[u8], Unusable> {
    Some(password.expose())
        .filter(|bytes| bytes.len() <= MAX_PASSWORD_BYTES)
        .ok_or(Unusable::TooLong)
}
