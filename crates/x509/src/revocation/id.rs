//! How OCSP names a certificate (RFC 6960 §4.1.1).

use crate::Certificate;
use crate::revocation::der::{
    BIT_STRING, INTEGER, OBJECT_ID, OCTET_STRING, Reader, SEQUENCE, shortest, whole_bits,
};
use aws_lc_rs::digest;

/// Which digest names the issuer. Responders that answer ahead of time (RFC 5019) know SHA-1 alone; nothing rests on its strength.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum IdHash {
    /// SHA-1.
    #[default]
    Sha1,
    /// SHA-256.
    Sha256,
}

/// A certificate by its issuer's name and key and its serial number.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct CertificateId {
    pub hash: IdHash,
    pub issuer_name: Vec<u8>,
    pub issuer_key: Vec<u8>,
    pub serial: Vec<u8>,
}

const SHA1: &[u8] = &[0x2b, 0x0e, 3, 2, 0x1a];
const SHA256: &[u8] = &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1];

impl IdHash {
    fn of(self, bytes: &[u8]) -> Vec<u8> {
        let algorithm = match self {
            Self::Sha1 => &digest::SHA1_FOR_LEGACY_USE_ONLY,
            Self::Sha256 => &digest::SHA256,
        };
        digest::digest(algorithm, bytes).as_ref().to_vec()
    }

    /// Over the bits of a certificate's key, without the algorithm before them.
    pub(super) fn of_key(self, certificate: &Certificate) -> Option<Vec<u8>> {
        let mut fields = Reader::of(&certificate.public_key, SEQUENCE)?;
        fields.take(SEQUENCE)?;
        Some(self.of(whole_bits(fields.take(BIT_STRING)?)?))
    }

    pub(super) fn oid(self) -> &'static [u8] {
        match self {
            Self::Sha1 => SHA1,
            Self::Sha256 => SHA256,
        }
    }
}

impl CertificateId {
    /// `issuer` is whose name and key the certificate's issuer has.
    pub fn of(certificate: &Certificate, issuer: &Certificate, hash: IdHash) -> Option<Self> {
        Some(Self {
            hash,
            issuer_name: hash.of(issuer_name(certificate)?),
            issuer_key: hash.of_key(issuer)?,
            serial: shortest(&certificate.serial).to_vec(),
        })
    }

    /// The body of a `CertID`. `Some(None)` is one by a digest that is not read.
    #[expect(
        clippy::option_option,
        reason = "malformed and of no use are two things"
    )]
    pub fn read(body: &[u8]) -> Option<Option<Self>> {
        let mut fields = Reader::new(body);
        let mut algorithm = Reader::new(fields.take(SEQUENCE)?);
        let hash = match algorithm.take(OBJECT_ID)? {
            SHA1 => Some(IdHash::Sha1),
            SHA256 => Some(IdHash::Sha256),
            _ => None,
        };
        let issuer_name = fields.take(OCTET_STRING)?.to_vec();
        let issuer_key = fields.take(OCTET_STRING)?.to_vec();
        let serial = shortest(fields.take(INTEGER)?).to_vec();
        fields.is_empty().then(|| {
            hash.map(|hash| Self {
                hash,
                issuer_name,
                issuer_key,
                serial,
            })
        })
    }
}

/// The issuer's name as it stands in the certificate.
pub(super) fn issuer_name(certificate: &Certificate) -> Option<&[u8]> {
    let mut outer = Reader::of(&certificate.der, SEQUENCE)?;
    let mut signed = Reader::new(outer.take(SEQUENCE)?);
    signed.maybe(0xa0)?;
    signed.take(INTEGER)?;
    signed.take(SEQUENCE)?;
    signed
        .any()
        .filter(|element| element.tag == SEQUENCE)
        .map(|element| element.whole)
}
