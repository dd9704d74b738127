use crate::key::Material;
use crate::{Algorithm, sha256};
use aws_lc_rs::digest;
use aws_lc_rs::signature::KeyPair;
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
    pub(crate) fn of(
        kid: &str,
        algorithm: Algorithm,
        material: &Material,
        certificate: Option<&[u8]>,
    ) -> Option<Self> {
        let mut jwk = Self {
            kid: kid.to_owned(),
            kty: "",
            alg: algorithm.name().to_owned(),
            usage: "sig",
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
        };
        match material {
            Material::Rsa(pair) => {
                let public = pair.public_key();
                jwk.kty = "RSA";
                jwk.n = Some(
                    URL_SAFE_NO_PAD.encode(public.modulus().big_endian_without_leading_zero()),
                );
                jwk.e = Some(
                    URL_SAFE_NO_PAD.encode(public.exponent().big_endian_without_leading_zero()),
                );
            }
            Material::Ec(pair) => {
                // Uncompressed point: 4, then both coordinates.
                let coordinates = pair.public_key().as_ref().get(1..)?;
                let (x, y) = coordinates.split_at(coordinates.len() / 2);
                jwk.kty = "EC";
                jwk.crv = Some(match algorithm {
                    Algorithm::ES256 => "P-256",
                    Algorithm::ES384 => "P-384",
                    _ => "P-521",
                });
                jwk.x = Some(URL_SAFE_NO_PAD.encode(x));
                jwk.y = Some(URL_SAFE_NO_PAD.encode(y));
            }
            Material::Okp(pair) => {
                jwk.kty = "OKP";
                jwk.crv = Some("Ed25519");
                jwk.x = Some(URL_SAFE_NO_PAD.encode(pair.public_key().as_ref()));
            }
            Material::Oct(_) => return None,
        }
        Some(jwk)
    }
}
