//! What a key component holds.

use super::KeyError;
use crate::Component;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE, URL_SAFE_NO_PAD};
use jose::{Algorithm, Curve, DecryptionKey, KeyManagement, Secret, SigningKey};

/// Why the component's key serves nothing; none when it does.
pub(crate) fn is_idle(component: &Component) -> Result<Option<String>, KeyError> {
    read(component).map(|material| match material {
        Material::Unserved(why) => Some(format!(
            "keys of {:?} are not used: {why}",
            component.provider_id
        )),
        _ => None,
    })
}

/// A key, by what it is for.
pub(super) enum Material {
    Signs(Box<SigningKey>),
    Encrypts(Box<DecryptionKey>),
    Seals(Secret),
    /// A provider whose keys serve nothing: kept, not used. Why is told.
    Unserved(&'static str),
}

/// Reads the key of a component.
pub(super) fn read(component: &Component) -> Result<Material, KeyError> {
    Ok(match component.provider_id.as_str() {
        // Before there was a provider of their own, keys for encryption were told by a setting.
        "rsa-enc-generated" | "rsa-enc" => encrypting_rsa(component)?,
        "rsa-generated" | "rsa" if is_for_encryption(component) => encrypting_rsa(component)?,
        "rsa-generated" | "rsa" => {
            let algorithm = named(component, "algorithm", "RS256", Algorithm::from_name)?;
            signs(component, algorithm, "privateKey")?
        }
        "ecdsa-generated" => {
            let algorithm = match curve(component, "ecdsaEllipticCurveKey")? {
                Curve::P256 => Algorithm::ES256,
                Curve::P384 => Algorithm::ES384,
                Curve::P521 => Algorithm::ES512,
            };
            signs(component, algorithm, "ecdsaPrivateKey")?
        }
        "ecdh-generated" => {
            let curve = curve(component, "ecdhEllipticCurveKey")?;
            let way = named(
                component,
                "ecdhAlgorithm",
                "ECDH-ES",
                KeyManagement::from_name,
            )?;
            encrypts(component, way, Some(curve), "ecdhPrivateKey")?
        }
        "eddsa-generated" => match component.setting("eddsaEllipticCurveKey") {
            None | Some("Ed25519") => signs(component, Algorithm::EdDSA, "eddsaPrivateKey")?,
            _ => Material::Unserved("of the Edwards curves Ed25519 alone is served"),
        },
        "hmac-generated" => {
            let algorithm = named(component, "algorithm", "HS256", Algorithm::from_name)?;
            Material::Signs(Box::new(SigningKey::from_secret(
                kid(component)?,
                algorithm,
                &secret(component)?,
            )?))
        }
        "aes-generated" => Material::Seals(secret(component)?),
        "java-keystore" => Material::Unserved(
            "no Java keystore is read; take its key out with keytool -importkeystore and openssl pkcs12, and use the provider rsa",
        ),
        _ => Material::Unserved("there is no such provider here"),
    })
}

fn is_for_encryption(component: &Component) -> bool {
    component
        .setting("keyUse")
        .is_some_and(|usage| usage.eq_ignore_ascii_case("enc"))
}

/// The algorithm that a setting names, or the one that is meant without it.
fn named<T>(
    component: &Component,
    setting: &str,
    default: &str,
    from_name: impl FnOnce(&str) -> Option<T>,
) -> Result<T, KeyError> {
    let name = component.setting(setting).unwrap_or(default);
    from_name(name).ok_or_else(|| KeyError::Algorithm(name.to_owned()))
}

/// The curve that a setting names.
pub(super) fn curve(component: &Component, setting: &str) -> Result<Curve, KeyError> {
    named(component, setting, "P-256", |name| match name {
        "P-256" => Some(Curve::P256),
        "P-384" => Some(Curve::P384),
        "P-521" => Some(Curve::P521),
        _ => None,
    })
}

fn signs(
    component: &Component,
    algorithm: Algorithm,
    setting: &'static str,
) -> Result<Material, KeyError> {
    let der = base64_text(component, setting)?;
    // The id of a generated key is the hash of its public part, so it is known only then.
    let nameless = SigningKey::from_der("", algorithm, &der)?;
    let public = nameless.public_der().unwrap_or_default();
    let key = SigningKey::from_der(key_id(component, &public), algorithm, &der)?;
    Ok(Material::Signs(Box::new(
        match certificate(component, &public)? {
            Some(certificate) => key.with_certificate(certificate),
            None => key,
        },
    )))
}

fn encrypts(
    component: &Component,
    way: KeyManagement,
    curve: Option<Curve>,
    setting: &'static str,
) -> Result<Material, KeyError> {
    let der = base64_text(component, setting)?;
    let nameless = DecryptionKey::from_der("", way, curve, &der)?;
    let public = nameless.public_der().unwrap_or_default();
    let key = DecryptionKey::from_der(key_id(component, &public), way, curve, &der)?;
    Ok(Material::Encrypts(Box::new(
        match certificate(component, &public)? {
            Some(certificate) => key.with_certificate(certificate),
            None => key,
        },
    )))
}

fn encrypting_rsa(component: &Component) -> Result<Material, KeyError> {
    let way = named(component, "algorithm", "RSA-OAEP", KeyManagement::from_name)?;
    encrypts(component, way, None, "privateKey")
}

/// The id that the component names, or the hash of the public part.
fn key_id(component: &Component, public: &[u8]) -> String {
    match component.setting("kid") {
        Some(kid) => kid.to_owned(),
        None => jose::sha256_base64url(public),
    }
}

/// The certificate of a key. One that somebody brought has to be that key's.
fn certificate(component: &Component, public: &[u8]) -> Result<Option<Vec<u8>>, KeyError> {
    if component.setting("certificate").is_none() {
        return Ok(None);
    }
    let der = base64_text(component, "certificate")?;
    if !component.provider_id.ends_with("-generated") {
        let read = x509::Certificate::from_der(&der).map_err(|_| KeyError::NotACertificate)?;
        if read.public_key_der() != public {
            return Err(KeyError::OtherCertificate);
        }
    }
    Ok(Some(der))
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

/// Base64 DER, or PEM as administrators paste it, of which the first block counts.
pub(super) fn base64_text(
    component: &Component,
    setting: &'static str,
) -> Result<Vec<u8>, KeyError> {
    let text = component
        .setting(setting)
        .ok_or(KeyError::Missing(setting))?;
    let begins = |line: &&str| line.trim_start().starts_with("-----");
    let compact: String = text
        .lines()
        .skip_while(begins)
        .take_while(|line| !begins(line))
        .flat_map(str::chars)
        .filter(|letter| !letter.is_ascii_whitespace())
        .collect();
    STANDARD
        .decode(compact)
        .map_err(|_| KeyError::Base64(setting))
}
