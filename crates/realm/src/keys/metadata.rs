//! The keys of a realm as administrators see them: all of them, without secrets.

use super::material::{self, Material};
use super::{KEY_PROVIDER, is_active, priority};
use crate::Component;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jose::{Algorithm, Family};
use serde::Serialize;
use std::collections::BTreeMap;

/// Keycloak's `KeysMetadata`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct KeysMetadata {
    /// Which key id is in use, by algorithm.
    pub active: BTreeMap<String, String>,
    /// Every key, by its component's priority, highest first.
    pub keys: Vec<KeyMetadata>,
}

/// One key, members in Keycloak's order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct KeyMetadata {
    /// Key of the component.
    pub provider_id: String,
    /// Priority of the component.
    pub provider_priority: i64,
    /// The key id.
    pub kid: String,
    /// `ACTIVE`, `PASSIVE` (verifies only) or `DISABLED`.
    pub status: &'static str,
    /// `RSA`, `EC`, `OKP` or `OCT`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// The algorithm's name.
    pub algorithm: String,
    /// The public part, base64 DER.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub public_key: Option<String>,
    /// The certificate, base64 DER.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certificate: Option<String>,
    /// `SIG` or `ENC`.
    #[serde(rename = "use")]
    pub usage: &'static str,
    /// When the certificate expires, epoch milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub valid_to: Option<i64>,
}

/// The keys of these components, those that are disabled included and those that are not served left out.
pub fn metadata(components: &[Component]) -> KeysMetadata {
    let mut components: Vec<&Component> = components
        .iter()
        .filter(|component| component.provider_type == KEY_PROVIDER)
        .collect();
    components.sort_by_key(|component| (-priority(component), &component.name, &component.id));
    let mut all = KeysMetadata::default();
    for key in components.into_iter().filter_map(describe) {
        if key.status == "ACTIVE" {
            all.active
                .entry(key.algorithm.clone())
                .or_insert_with(|| key.kid.clone());
        }
        all.keys.push(key);
    }
    all
}

fn describe(component: &Component) -> Option<KeyMetadata> {
    let known = match material::read(component).ok()? {
        Material::Signs(key) => Known {
            kid: key.kid().to_owned(),
            kind: kind(key.algorithm()),
            algorithm: key.algorithm().name(),
            usage: "SIG",
            public: key.public_der(),
            certificate: key.certificate().map(<[u8]>::to_vec),
        },
        Material::Encrypts(key) => Known {
            kid: key.kid().to_owned(),
            kind: match component.provider_id.as_str() {
                "ecdh-generated" => "EC",
                _ => "RSA",
            },
            algorithm: key.algorithm().name(),
            usage: "ENC",
            public: key.public_der(),
            certificate: key.certificate().map(<[u8]>::to_vec),
        },
        Material::Seals(_) => Known {
            kid: component.setting("kid")?.to_owned(),
            kind: "OCT",
            algorithm: "AES",
            usage: "ENC",
            public: None,
            certificate: None,
        },
        Material::Unserved(_) => return None,
    };
    let certificate = known.certificate.as_deref();
    let parsed = certificate.and_then(|der| x509::Certificate::from_der(der).ok());
    Some(KeyMetadata {
        provider_id: component.id.clone(),
        provider_priority: priority(component),
        kid: known.kid,
        status: match (component.setting("enabled"), is_active(component)) {
            (Some("false"), _) => "DISABLED",
            (_, true) => "ACTIVE",
            (_, false) => "PASSIVE",
        },
        kind: known.kind,
        algorithm: known.algorithm.to_owned(),
        public_key: known.public.map(|der| STANDARD.encode(der)),
        certificate: certificate.map(|der| STANDARD.encode(der)),
        usage: known.usage,
        valid_to: parsed.map(|certificate| certificate.not_after() * 1000),
    })
}

/// What a component's key says of itself.
struct Known {
    kid: String,
    kind: &'static str,
    algorithm: &'static str,
    usage: &'static str,
    public: Option<Vec<u8>>,
    certificate: Option<Vec<u8>>,
}

fn kind(algorithm: Algorithm) -> &'static str {
    match algorithm.family() {
        Family::Rsa => "RSA",
        Family::Ec => "EC",
        Family::Okp => "OKP",
        Family::Oct => "OCT",
    }
}
