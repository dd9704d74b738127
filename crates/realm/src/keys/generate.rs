//! Keys made for components that lack them.

use super::{KEY_PROVIDER, material};
use crate::{Component, KeyMaterialError};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jose::{Algorithm, Curve, Family, Secret, SigningKey};

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
        "rsa" | "rsa-enc"
            if component.setting("privateKey").is_some()
                && component.setting("certificate").is_none() =>
        {
            let key = material::base64_text(component, "privateKey")
                .map_err(|_| KeyMaterialError::Certificate)?;
            let certificate = self_signed(realm, &jose::rsa_to_pkcs8(&key)?)?;
            put(component, "certificate", STANDARD.encode(certificate));
        }
        "ecdsa-generated" if component.setting("ecdsaPrivateKey").is_none() => {
            curve_pair(component, "ecdsa", realm)?;
        }
        "ecdh-generated" if component.setting("ecdhPrivateKey").is_none() => {
            curve_pair(component, "ecdh", realm)?;
        }
        "eddsa-generated" if component.setting("eddsaPrivateKey").is_none() => {
            let curve = component.setting("eddsaEllipticCurveKey");
            if curve.is_none_or(|curve| curve == "Ed25519") {
                let key = jose::generate_ed25519()?;
                put(component, "eddsaEllipticCurveKey", "Ed25519".to_owned());
                put_pair(component, "eddsa", Algorithm::EdDSA, &key)?;
            }
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

/// A key on the curve that the component names, with a certificate if it asks for one.
fn curve_pair(
    component: &mut Component,
    family: &str,
    realm: &str,
) -> Result<(), KeyMaterialError> {
    let setting = format!("{family}EllipticCurveKey");
    let curve = material::curve(component, &setting).map_err(|_| KeyMaterialError::Curve)?;
    let (name, algorithm) = match curve {
        Curve::P256 => ("P-256", Algorithm::ES256),
        Curve::P384 => ("P-384", Algorithm::ES384),
        Curve::P521 => ("P-521", Algorithm::ES512),
    };
    let key = jose::generate_ec(curve)?;
    put(component, &setting, name.to_owned());
    put_pair(component, family, algorithm, &key)?;
    if component.setting("ecGenerateCertificate") == Some("true") {
        let certificate = self_signed(realm, &key)?;
        put(component, "certificate", STANDARD.encode(certificate));
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
