use crate::key::Material;
use crate::{Algorithm, sha256};
use aws_lc_rs::digest;
use aws_lc_rs::signature::{KeyPair, RsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde::Serialize;

/// A public key in a key set document (RFC 7517 §4), members in Keycloak's order.
#[derive(Clone, Debug, Serialize, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are the registry's")]
pub struct Jwk {
    pub kid: String,
    pub kty: &'static str,
    pub alg: String,
    #[serde(rename = "use")]
    pub usage: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub x5c: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub x5t: Option<String>,
    #[serde(rename = "x5t#S256", skip_serializing_if = "Option::is_none")]
    pub x5t_s256: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub n: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub e: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub crv: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub x: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub y: Option<String>,
}

impl Jwk {
    /// A key without its public part.
    pub(crate) fn empty(
        kid: &str,
        algorithm: &str,
        usage: &'static str,
        certificate: Option<&[u8]>,
    ) -> Self {
        Self {
            kid: kid.to_owned(),
            kty: "",
            alg: algorithm.to_owned(),
            usage,
            x5c: certificate.map(|der| vec![STANDARD.encode(der)]),
            x5t: certificate.map(|der| {
                URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, der))
            }),
            x5t_s256: certificate.map(|der| URL_SAFE_NO_PAD.encode(sha256(der))),
            n: None,
            e: None,
            crv: None,
            x: None,
            y: None,
        }
    }

    pub(crate) fn with_rsa(self, pair: &RsaKeyPair) -> Self {
        let public = pair.public_key();
        let encode = |number: &[u8]| Some(URL_SAFE_NO_PAD.encode(number));
        Self {
            kty: "RSA",
            n: encode(public.modulus().big_endian_without_leading_zero()),
            e: encode(public.exponent().big_endian_without_leading_zero()),
            ..self
        }
    }

    /// With an uncompressed point: 4, then both coordinates.
    pub(crate) fn with_point(self, curve: &'static str, point: &[u8]) -> Option<Self> {
        let coordinates = point.get(1..)?;
        let (x, y) = coordinates.split_at(coordinates.len() / 2);
        Some(Self {
            kty: "EC",
            crv: Some(curve),
            x: Some(URL_SAFE_NO_PAD.encode(x)),
            y: Some(URL_SAFE_NO_PAD.encode(y)),
            ..self
        })
    }

    pub(crate) fn with_octets(self, curve: &'static str, public: &[u8]) -> Self {
        Self {
            kty: "OKP",
            crv: Some(curve),
            x: Some(URL_SAFE_NO_PAD.encode(public)),
            ..self
        }
    }

    pub(crate) fn of(
        kid: &str,
        algorithm: Algorithm,
        material: &Material,
        certificate: Option<&[u8]>,
    ) -> Option<Self> {
        let jwk = Self::empty(kid, algorithm.name(), "sig", certificate);
        match material {
            Material::Rsa(pair) => Some(jwk.with_rsa(pair)),
            Material::Ec(pair) => {
                let curve = match algorithm {
                    Algorithm::ES256 => "P-256",
                    Algorithm::ES384 => "P-384",
                    _ => "P-521",
                };
                jwk.with_point(curve, pair.public_key().as_ref())
            }
            Material::Okp(pair) => Some(jwk.with_octets("Ed25519", pair.public_key().as_ref())),
            Material::Oct(_) => None,
        }
    }
}
