//! The keys of a realm, as its key components hold them.

use crate::{BuildError, Component, KeyMaterialError};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE, URL_SAFE_NO_PAD};
use jose::{Algorithm, Family, Jwk, KeySet, Secret, SigningKey};
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
}

/// The keys of a realm: who signs, what verifies, what the world may see.
#[derive(Clone, Debug)]
pub struct RealmKeys {
    signing: Vec<Signing>,
    verifying: KeySet,
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
        let mut encryption = Vec::new();
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
            let priority = component
                .setting("priority")
                .and_then(|text| text.parse().ok())
                .unwrap_or(0);
            let active = component.setting("active") != Some("false");
            match read(component).map_err(fail)? {
                Material::Signs(key) => signing.push(Signing {
                    priority,
                    active,
                    key: *key,
                }),
                Material::Encrypts(jwk) => encryption.extend(jwk.map(|jwk| (priority, *jwk))),
                Material::Seals(secret) => {
                    let better = |(a, p, _): &(bool, i64, Secret)| (active, priority) > (*a, *p);
                    if sealing.as_ref().is_none_or(better) {
                        sealing = Some((active, priority, secret));
                    }
                }
                Material::Unserved => {}
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
        let mut published: Vec<(i64, Jwk)> = signing
            .iter()
            .filter_map(|signing| Some((signing.priority, signing.key.jwk()?)))
            .collect();
        published.extend(encryption);
        let document = KeySetDocument {
            keys: published.into_iter().map(|(_, jwk)| jwk).collect(),
        };
        Ok(Self {
            hmac: hmac.ok_or(BuildError::NoKey("hmac-generated with HS512"))?,
            state_secret: sealing
                .map(|(_, _, secret)| secret)
                .ok_or(BuildError::NoKey("aes-generated"))?,
            published: serde_json::to_string(&document).unwrap_or_default().into(),
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

/// Whether the component's key can be read, and whether it serves anything.
pub(crate) fn is_served(component: &Component) -> Result<bool, KeyError> {
    read(component).map(|material| !matches!(material, Material::Unserved))
}

/// A component that generates a key for this algorithm, for a realm that has none, as Keycloak names it.
pub fn fallback_component(algorithm: Algorithm) -> Component {
    let (provider, setting) = match algorithm {
        Algorithm::ES256 => ("ecdsa-generated", Some(("ecdsaEllipticCurveKey", "P-256"))),
        Algorithm::ES384 => ("ecdsa-generated", Some(("ecdsaEllipticCurveKey", "P-384"))),
        Algorithm::ES512 => ("ecdsa-generated", Some(("ecdsaEllipticCurveKey", "P-521"))),
        _ => match algorithm.family() {
            Family::Okp => (
                "eddsa-generated",
                Some(("eddsaEllipticCurveKey", "Ed25519")),
            ),
            Family::Oct => ("hmac-generated", Some(("algorithm", algorithm.name()))),
            _ => ("rsa-generated", Some(("algorithm", algorithm.name()))),
        },
    };
    let priority = ("priority", "-100");
    Component {
        id: crate::random_key(),
        name: Some(format!("fallback-{}", algorithm.name())),
        provider_id: provider.to_owned(),
        provider_type: KEY_PROVIDER.to_owned(),
        parent_id: None,
        sub_type: None,
        config: [priority]
            .into_iter()
            .chain(setting)
            .map(|(name, value)| (name.to_owned(), vec![value.to_owned()]))
            .collect(),
        other: crate::Other::new(),
    }
}

enum Material {
    Signs(Box<SigningKey>),
    Encrypts(Option<Box<Jwk>>),
    Seals(Secret),
    /// A provider whose keys serve nothing yet: kept, not used.
    Unserved,
}

fn read(component: &Component) -> Result<Material, KeyError> {
    let algorithm = |default: &str| {
        let name = component.setting("algorithm").unwrap_or(default);
        Algorithm::from_name(name).ok_or_else(|| KeyError::Algorithm(name.to_owned()))
    };
    Ok(match component.provider_id.as_str() {
        "rsa-generated" | "rsa" => signs(component, algorithm("RS256")?, "privateKey")?,
        "ecdsa-generated" => {
            let algorithm = match component
                .setting("ecdsaEllipticCurveKey")
                .unwrap_or("P-256")
            {
                "P-256" => Algorithm::ES256,
                "P-384" => Algorithm::ES384,
                "P-521" => Algorithm::ES512,
                other => return Err(KeyError::Algorithm(other.to_owned())),
            };
            signs(component, algorithm, "ecdsaPrivateKey")?
        }
        "eddsa-generated"
            if component
                .setting("eddsaEllipticCurveKey")
                .unwrap_or("Ed25519")
                == "Ed25519" =>
        {
            signs(component, Algorithm::EdDSA, "eddsaPrivateKey")?
        }
        "rsa-enc-generated" | "rsa-enc" => {
            let Material::Signs(key) = signs(component, Algorithm::RS256, "privateKey")? else {
                return Ok(Material::Unserved);
            };
            let jwk = key.jwk().map(|jwk| {
                Box::new(Jwk {
                    alg: component
                        .setting("algorithm")
                        .unwrap_or("RSA-OAEP")
                        .to_owned(),
                    usage: "enc",
                    ..jwk
                })
            });
            Material::Encrypts(jwk)
        }
        "hmac-generated" => {
            let algorithm = algorithm("HS256")?;
            Material::Signs(Box::new(SigningKey::from_secret(
                kid(component)?,
                algorithm,
                &secret(component)?,
            )?))
        }
        "aes-generated" => Material::Seals(secret(component)?),
        _ => Material::Unserved,
    })
}

fn signs(
    component: &Component,
    algorithm: Algorithm,
    setting: &'static str,
) -> Result<Material, KeyError> {
    debug_assert!(
        algorithm.family() != Family::Oct,
        "secrets are read elsewhere"
    );
    let der = base64_text(component, setting)?;
    // The id of a generated key is the hash of its public part, so it is known only then.
    let nameless = SigningKey::from_der("", algorithm, &der)?;
    let kid = match component.setting("kid") {
        Some(kid) => kid.to_owned(),
        None => jose::sha256_base64url(&nameless.public_der().unwrap_or_default()),
    };
    let key = SigningKey::from_der(kid, algorithm, &der)?;
    Ok(Material::Signs(Box::new(
        match component.setting("certificate") {
            Some(_) => key.with_certificate(base64_text(component, "certificate")?),
            None => key,
        },
    )))
}

fn kid(component: &Component) -> Result<String, KeyError> {
    component
        .setting("kid")
        .map(str::to_owned)
        .ok_or(KeyError::Missing("kid"))
}

fn secret(component: &Component) -> Result<Secret, KeyError> {
    let text = component
        .setting("secret")
        .ok_or(KeyError::Missing("secret"))?;
    let bytes = URL_SAFE_NO_PAD
        .decode(text)
        .or_else(|_| URL_SAFE.decode(text))
        .or_else(|_| STANDARD.decode(text));
    bytes
        .map(Secret::new)
        .map_err(|_| KeyError::Base64("secret"))
}

/// Base64 DER, or PEM as administrators paste it.
fn base64_text(component: &Component, setting: &'static str) -> Result<Vec<u8>, KeyError> {
    let text = component
        .setting(setting)
        .ok_or(KeyError::Missing(setting))?;
    let compact: String = text
        .lines()
        .filter(|line| !line.starts_with("-----"))
        .flat_map(str::chars)
        .filter(|letter| !letter.is_ascii_whitespace())
        .collect();
    STANDARD
        .decode(compact)
        .map_err(|_| KeyError::Base64(setting))
}

/// Gives a component of a generating provider the key material that it lacks, in the form in which Keycloak exports it.
///
/// # Errors
/// [`KeyMaterialError`] when the generator fails or a setting asks for what is not served.
pub fn generate_missing(component: &mut Component, realm: &str) -> Result<(), KeyMaterialError> {
    let number = |name: &str, default: usize| {
        component
            .setting(name)
            .and_then(|text| text.parse().ok())
            .unwrap_or(default)
    };
    match component.provider_id.as_str() {
        "rsa-generated" | "rsa-enc-generated" if component.setting("privateKey").is_none() => {
            let key = jose::generate_rsa(number("keySize", 2048))?;
            let certificate = self_signed(realm, &key)?;
            put(component, "privateKey", STANDARD.encode(key.expose()));
            let usage = if component.provider_id == "rsa-generated" {
                "SIG"
            } else {
                "ENC"
            };
            put(component, "keyUse", usage.to_owned());
            put(component, "certificate", STANDARD.encode(certificate));
        }
        "ecdsa-generated" if component.setting("ecdsaPrivateKey").is_none() => {
            let curve = component.setting("ecdsaEllipticCurveKey");
            let (name, curve, algorithm) = match curve.unwrap_or("P-256") {
                "P-384" => ("P-384", jose::Curve::P384, Algorithm::ES384),
                "P-521" => ("P-521", jose::Curve::P521, Algorithm::ES512),
                _ => ("P-256", jose::Curve::P256, Algorithm::ES256),
            };
            let key = jose::generate_ec(curve)?;
            put(component, "ecdsaEllipticCurveKey", name.to_owned());
            put_pair(component, "ecdsa", algorithm, &key)?;
        }
        "eddsa-generated" if component.setting("eddsaPrivateKey").is_none() => {
            let key = jose::generate_ed25519()?;
            put(component, "eddsaEllipticCurveKey", "Ed25519".to_owned());
            put_pair(component, "eddsa", Algorithm::EdDSA, &key)?;
        }
        "hmac-generated" if component.setting("secret").is_none() => {
            let size = number("secretSize", 128);
            put(
                component,
                "secret",
                URL_SAFE_NO_PAD.encode(jose::random_bytes(size)),
            );
            put(component, "kid", crate::random_key());
        }
        "aes-generated" if component.setting("secret").is_none() => {
            let size = number("secretSize", 32);
            put(
                component,
                "secret",
                URL_SAFE_NO_PAD.encode(jose::random_bytes(size)),
            );
            put(component, "kid", crate::random_key());
        }
        _ => {}
    }
    Ok(())
}

fn put_pair(
    component: &mut Component,
    family: &str,
    algorithm: Algorithm,
    key: &Secret,
) -> Result<(), KeyMaterialError> {
    let public = SigningKey::from_der("", algorithm, key.expose())?.public_der();
    let texts = [
        ("PublicKey", public.unwrap_or_default()),
        ("PrivateKey", key.expose().to_vec()),
    ];
    for (name, der) in texts {
        put(component, &format!("{family}{name}"), STANDARD.encode(der));
    }
    Ok(())
}

fn put(component: &mut Component, name: &str, value: String) {
    component.config.insert(name.to_owned(), vec![value]);
}

/// A self-signed certificate for ten years: key set documents carry one, and nobody relies on it.
fn self_signed(realm: &str, key: &Secret) -> Result<Vec<u8>, KeyMaterialError> {
    let pkcs8 =
        rcgen::KeyPair::try_from(key.expose()).map_err(|_| KeyMaterialError::Certificate)?;
    let mut params = rcgen::CertificateParams::new(Vec::<String>::new())
        .map_err(|_| KeyMaterialError::Certificate)?;
    params.distinguished_name = rcgen::DistinguishedName::new();
    params
        .distinguished_name
        .push(rcgen::DnType::CommonName, realm);
    let now = std::time::SystemTime::now();
    params.not_before = now.into();
    params.not_after = (now + std::time::Duration::from_secs(10 * 365 * 86_400)).into();
    params
        .self_signed(&pkcs8)
        .map(|certificate| certificate.der().to_vec())
        .map_err(|_| KeyMaterialError::Certificate)
}
