//! The keys of a realm, as its key components hold them.

mod generate;
mod material;
mod metadata;

pub use generate::{fallback_component, generate_missing};
pub(crate) use material::is_idle;
pub use metadata::{KeyMetadata, KeysMetadata, metadata};

use crate::{BuildError, Component};
use jose::{Algorithm, DecryptionKey, DecryptionKeys, Jwk, KeySet, Secret, SigningKey};
use material::Material;
use serde::Serialize;
use std::sync::Arc;

/// Providers of this type hold keys.
pub const KEY_PROVIDER: &str = "org.keycloak.keys.KeyProvider";

/// Why a key component can't be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// A setting that the provider needs is missing.
    #[error("{0} is missing")]
    Missing(&'static str),
    /// A setting is not base64.
    #[error("{0} is not base64")]
    Base64(&'static str),
    /// An algorithm that is not served.
    #[error("the algorithm {0} is not served")]
    Algorithm(String),
    /// Not a key.
    #[error(transparent)]
    Key(#[from] jose::KeyError),
    /// `certificate` is none.
    #[error("certificate is not a certificate")]
    NotACertificate,
    /// `certificate` is another key's.
    #[error("certificate does not match privateKey")]
    OtherCertificate,
}

/// The keys of a realm: who signs, what verifies, what the world may see.
#[derive(Clone, Debug)]
pub struct RealmKeys {
    signing: Vec<Signing>,
    verifying: KeySet,
    decrypting: DecryptionKeys,
    hmac: SigningKey,
    state_secret: Secret,
    default: Algorithm,
    published: Arc<str>,
}

#[derive(Clone, Debug)]
struct Signing {
    priority: i64,
    active: bool,
    key: SigningKey,
}

#[derive(Serialize)]
struct KeySetDocument {
    keys: Vec<Jwk>,
}

impl RealmKeys {
    /// Reads every key component that is enabled.
    ///
    /// # Errors
    /// [`BuildError::Key`] names the component; [`BuildError::NoKey`] when the realm can't sign state of its own.
    pub fn from_components(
        components: &[Component],
        default_algorithm: &str,
    ) -> Result<Self, BuildError> {
        let mut signing = Vec::new();
        let mut decrypting: Vec<Decrypting> = Vec::new();
        let mut sealing: Option<(bool, i64, Secret)> = None;
        for component in components.iter().filter(|component| {
            component.provider_type == KEY_PROVIDER && component.setting("enabled") != Some("false")
        }) {
            let fail = |source| BuildError::Key {
                component: component
                    .name
                    .clone()
                    .unwrap_or_else(|| component.id.clone()),
                source,
            };
            let (priority, active) = (priority(component), is_active(component));
            match material::read(component).map_err(fail)? {
                Material::Signs(key) => signing.push(Signing {
                    priority,
                    active,
                    key: *key,
                }),
                Material::Encrypts(key) => decrypting.push((active, priority, *key)),
                Material::Seals(secret) => {
                    let better = |(a, p, _): &(bool, i64, Secret)| (active, priority) > (*a, *p);
                    if sealing.as_ref().is_none_or(better) {
                        sealing = Some((active, priority, secret));
                    }
                }
                Material::Unserved(_) => {}
            }
        }
        signing.sort_by(|a, b| {
            b.priority
                .cmp(&a.priority)
                .then_with(|| a.key.kid().cmp(b.key.kid()))
        });
        let default = Algorithm::from_name(default_algorithm).unwrap_or(Algorithm::RS256);
        let hmac = signing
            .iter()
            .find(|signing| signing.active && signing.key.algorithm() == Algorithm::HS512)
            .map(|signing| signing.key.clone());
        let mut verifying = KeySet::default();
        for Signing { key, .. } in &signing {
            verifying.add(key.kid(), key.verifying_key());
        }
        // Active ones are tried before passive ones.
        decrypting
            .sort_by_key(|(active, priority, key)| (!active, -priority, key.kid().to_owned()));
        let document = publish(&signing, &decrypting);
        Ok(Self {
            hmac: hmac.ok_or(BuildError::NoKey("hmac-generated with HS512"))?,
            state_secret: sealing
                .map(|(_, _, secret)| secret)
                .ok_or(BuildError::NoKey("aes-generated"))?,
            published: serde_json::to_string(&document).unwrap_or_default().into(),
            decrypting: DecryptionKeys::new(
                decrypting.into_iter().map(|(_, _, key)| key).collect(),
            ),
            signing,
            verifying,
            default,
        })
    }

    /// The key that signs with this algorithm: the active one of the highest priority.
    pub fn active(&self, algorithm: Algorithm) -> Option<&SigningKey> {
        self.signing
            .iter()
            .find(|signing| signing.active && signing.key.algorithm() == algorithm)
            .map(|signing| &signing.key)
    }

    /// The key that signs with the realm's default algorithm, or with RS256 when it has none for that.
    pub fn active_default(&self) -> Option<&SigningKey> {
        self.active(self.default)
            .or_else(|| self.active(Algorithm::RS256))
    }

    /// Every key that verifies, active or passive.
    pub fn verifying(&self) -> &KeySet {
        &self.verifying
    }

    /// Every key that opens what others encrypted for the realm: request objects, for one.
    pub fn decrypting(&self) -> &DecryptionKeys {
        &self.decrypting
    }

    /// The realm's HS512 key, for what only the realm itself reads: refresh tokens and cookies.
    pub fn hmac(&self) -> &SigningKey {
        &self.hmac
    }

    /// The secret that sealing keys are derived from.
    pub fn state_secret(&self) -> &[u8] {
        self.state_secret.expose()
    }

    /// The key set document (RFC 7517 §5) as JSON: public parts alone.
    pub fn published(&self) -> &Arc<str> {
        &self.published
    }
}

/// Whether it is active, its priority, the key.
type Decrypting = (bool, i64, DecryptionKey);

/// All public parts, those of the highest priority first.
fn publish(signing: &[Signing], decrypting: &[Decrypting]) -> KeySetDocument {
    let signing = signing
        .iter()
        .filter_map(|signing| Some((signing.priority, signing.key.jwk()?)));
    let decrypting = decrypting
        .iter()
        .filter_map(|(_, priority, key)| Some((*priority, key.jwk()?)));
    let mut all: Vec<(i64, Jwk)> = signing.chain(decrypting).collect();
    all.sort_by(|(a, _), (b, _)| b.cmp(a));
    KeySetDocument {
        keys: all.into_iter().map(|(_, jwk)| jwk).collect(),
    }
}

fn priority(component: &Component) -> i64 {
    let text = component.setting("priority");
    text.and_then(|text| text.parse().ok()).unwrap_or(0)
}

fn is_active(component: &Component) -> bool {
    component.setting("active") != Some("false")
}
