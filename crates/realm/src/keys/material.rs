//! What a key component holds.

use super::KeyError;
use crate::Component;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE, URL_SAFE_NO_PAD};
use jose::{Algorithm, Family, Secret, SigningKey};

/// Whether the component's key can be read, and whether it serves anything.
pub(crate) fn is_served(component: &Component) -> Result<bool, KeyError> {
    read(component).map(|material| !matches!(material, Material::Unserved))
}

/// A key, by what it is for.
pub(super) enum Material {
    Signs(Box<SigningKey>),
    Encrypts(Box<SigningKey>),
    Seals(Secret),
    /// A provider whose keys serve nothing yet: kept, not used.
    Unserved,
}

/// Reads the key of a component.
pub(super) fn read(component: &Component) -> Result<Material, KeyError> {
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
            match signs(component, Algorithm::RS256, "privateKey")? {
                Material::Signs(key) => Material::Encrypts(key),
                other => other,
            }
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
