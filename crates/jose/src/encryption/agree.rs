//! Key agreement with an ephemeral key (RFC 7518 §4.6, RFC 8037 §3.2).

use super::{ContentEncryption, KeyManagement};
use aws_lc_rs::agreement::{self, PrivateKey, UnparsedPublicKey};
use aws_lc_rs::kdf::{SskdfDigestAlgorithmId, get_sskdf_digest_algorithm, sskdf_digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// A curve on which keys are agreed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AgreementCurve {
    P256,
    P384,
    P521,
    X25519,
}

impl AgreementCurve {
    pub(crate) const ALL: [Self; 4] = [Self::P256, Self::P384, Self::P521, Self::X25519];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::P256 => "P-256",
            Self::P384 => "P-384",
            Self::P521 => "P-521",
            Self::X25519 => "X25519",
        }
    }

    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|curve| curve.name() == name)
    }

    pub(crate) fn algorithm(self) -> &'static agreement::Algorithm {
        match self {
            Self::P256 => &agreement::ECDH_P256,
            Self::P384 => &agreement::ECDH_P384,
            Self::P521 => &agreement::ECDH_P521,
            Self::X25519 => &agreement::X25519,
        }
    }

    /// Bytes of one coordinate.
    fn coordinate(self) -> usize {
        match self {
            Self::P256 | Self::X25519 => 32,
            Self::P384 => 48,
            Self::P521 => 66,
        }
    }

    /// The public key as the library takes it: an uncompressed point, or X25519's bytes. Coordinates of another length than the curve's are
    /// refused (RFC 7518 §6.2.1.2).
    pub(crate) fn public(self, x: &str, y: Option<&str>) -> Option<Vec<u8>> {
        let coordinate = |text: &str| {
            let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
            (bytes.len() == self.coordinate()).then_some(bytes)
        };
        match (self, y) {
            (Self::X25519, None) => coordinate(x),
            (Self::X25519, Some(_)) | (_, None) => None,
            (_, Some(y)) => Some([&[4][..], &coordinate(x)?, &coordinate(y)?].concat()),
        }
    }

    /// The public key as a JWK.
    pub(crate) fn jwk(self, public: &[u8]) -> Option<PublicPoint> {
        let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        Some(match self {
            Self::X25519 => PublicPoint {
                kty: "OKP".to_owned(),
                crv: self.name().to_owned(),
                x: encode(public),
                y: None,
            },
            _ => {
                let (x, y) = public.get(1..)?.split_at_checked(self.coordinate())?;
                PublicPoint {
                    kty: "EC".to_owned(),
                    crv: self.name().to_owned(),
                    x: encode(x),
                    y: Some(encode(y)),
                }
            }
        })
    }
}

/// A public key to agree with, as headers carry it (`epk`).
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, Eq)]
pub(crate) struct PublicPoint {
    pub(crate) kty: String,
    pub(crate) crv: String,
    pub(crate) x: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) y: Option<String>,
}

impl PublicPoint {
    /// The key's bytes, when it is one of this curve.
    pub(crate) fn on(&self, curve: AgreementCurve) -> Option<Vec<u8>> {
        let kty = match curve {
            AgreementCurve::X25519 => "OKP",
            _ => "EC",
        };
        (self.kty == kty && self.crv == curve.name())
            .then(|| curve.public(&self.x, self.y.as_deref()))?
    }
}

/// What besides both keys goes into an agreement.
pub(crate) struct Parties<'a> {
    pub(crate) way: KeyManagement,
    pub(crate) enc: ContentEncryption,
    /// `apu`, decoded.
    pub(crate) sender: &'a [u8],
    /// `apv`, decoded.
    pub(crate) recipient: &'a [u8],
}

impl Parties<'_> {
    /// The key that both sides come to: the content's, or the one that wraps it. Nothing when the public key is not on the curve.
    pub(crate) fn agree(
        &self,
        curve: AgreementCurve,
        private: &PrivateKey,
        public: &[u8],
    ) -> Option<Zeroizing<Vec<u8>>> {
        let public = UnparsedPublicKey::new(curve.algorithm(), public);
        agreement::agree(private, public, (), |secret| self.derive(secret).ok_or(())).ok()
    }

    /// The key from a secret that both sides have (NIST SP 800-56C, one step, SHA-256).
    pub(crate) fn derive(&self, secret: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (name, length) = match self.way.wrapping_len() {
            Some(length) => (self.way.name(), length),
            None => (self.enc.name(), self.enc.key_len()),
        };
        let bits = u32::try_from(length * 8).ok()?;
        let mut info = Vec::new();
        for part in [name.as_bytes(), self.sender, self.recipient] {
            info.extend_from_slice(&u32::try_from(part.len()).ok()?.to_be_bytes());
            info.extend_from_slice(part);
        }
        info.extend_from_slice(&bits.to_be_bytes());
        let mut key = Zeroizing::new(vec![0; length]);
        let hash = get_sskdf_digest_algorithm(SskdfDigestAlgorithmId::Sha256)?;
        sskdf_digest(hash, secret, &info, &mut key).ok()?;
        Some(key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc_7518_appendix_c() {
        let bytes = |text: &str| URL_SAFE_NO_PAD.decode(text).unwrap();
        let curve = AgreementCurve::P256;
        let private = |d: &str| PrivateKey::from_private_key(curve.algorithm(), &bytes(d)).unwrap();
        let point = |x: &str, y: &str| curve.public(x, Some(y)).unwrap();
        let alice = (
            private("0_NxaRPUMQoAJt50Gz8YiTr8gRTwyEaCumd-MToTmIo"),
            point(
                "gI0GAILBdu7T53akrFmMyGcsF3n5dO7MmwNBHKW5SV0",
                "SLW_xSffzlPWrHEVI30DHM_4egVwt3NQqeUD7nMFpps",
            ),
        );
        let bob = (
            private("VEmDZpDXXK8p8N0Cndsxs924q6nS1RXFASRl6BfUqdw"),
            point(
                "weNJy2HscCSM6AEDTDg04biOvhFhyyWvOHQfeF_PxMQ",
                "e8lnCO-AlStT-NJVX-crhB7QRYhiix03illJOVAOyck",
            ),
        );
        let parties = Parties {
            way: KeyManagement::EcdhEs,
            enc: ContentEncryption::A128Gcm,
            sender: b"Alice",
            recipient: b"Bob",
        };
        for (own, other) in [(&alice.0, &bob.1), (&bob.0, &alice.1)] {
            let key = parties.agree(curve, own, other).unwrap();
            assert_eq!(key.as_slice(), bytes("VqqN6vgjbSBcIijNcacQGg"));
        }
    }
}
