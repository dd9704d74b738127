use crate::Certificate;
use crate::revocation::answer::OcspAnswer;
use crate::revocation::der::{INTEGER, OBJECT_ID, OCTET_STRING, SEQUENCE};
use crate::revocation::id::{CertificateId, IdHash};

pub(super) const NONCE: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 0x30, 1, 2];
/// A nonce of more bytes is refused by responders (RFC 9654 §2.1).
const MAX_NONCE: usize = 128;

/// A question to an OCSP responder about one certificate (RFC 6960 §4.1).
#[derive(Clone, Debug)]
pub struct OcspRequest {
    id: CertificateId,
    nonce: Option<Vec<u8>>,
}

impl OcspRequest {
    /// A question about `certificate` of `issuer`. `None` when one of them can't be named, which no certificate of a path is.
    pub fn new(certificate: &Certificate, issuer: &Certificate, hash: IdHash) -> Option<Self> {
        Some(Self {
            id: CertificateId::of(certificate, issuer, hash)?,
            nonce: None,
        })
    }

    /// With bytes that nobody could foresee, which the answer has to repeat; 128 at the most, the rest is cut off. Responders that
    /// answer ahead of time repeat none.
    #[must_use]
    pub fn with_nonce(mut self, nonce: &[u8]) -> Self {
        self.nonce = Some(nonce[..nonce.len().min(MAX_NONCE)].to_vec());
        self
    }

    /// What to send, as `application/ocsp-request`.
    pub fn der(&self) -> Vec<u8> {
        let id = &self.id;
        let algorithm = [element(OBJECT_ID, id.hash.oid()), element(0x05, &[])].concat();
        let certificate = [
            element(SEQUENCE, &algorithm),
            element(OCTET_STRING, &id.issuer_name),
            element(OCTET_STRING, &id.issuer_key),
            element(INTEGER, &id.serial),
        ]
        .concat();
        let request = element(SEQUENCE, &element(SEQUENCE, &certificate));
        let mut signed = element(SEQUENCE, &request);
        if let Some(nonce) = &self.nonce {
            let value = element(OCTET_STRING, &element(OCTET_STRING, nonce));
            let extension = [element(OBJECT_ID, NONCE), value].concat();
            let extensions = element(SEQUENCE, &element(SEQUENCE, &extension));
            signed.extend(element(0xa2, &extensions));
        }
        element(SEQUENCE, &element(SEQUENCE, &signed))
    }

    /// Whether an answer is to this question: it tells of the certificate, and it repeats the nonce if it has one at all. Whether it
    /// is genuine is another matter.
    pub fn is_answered_by(&self, answer: &OcspAnswer) -> bool {
        let fresh = match (&self.nonce, &answer.nonce) {
            (Some(asked), Some(answered)) => asked == answered,
            _ => true,
        };
        fresh && answer.singles.iter().any(|single| single.id == self.id)
    }
}

fn element(tag: u8, body: &[u8]) -> Vec<u8> {
    let mut written = vec![tag];
    match u8::try_from(body.len()) {
        Ok(length @ 0..=0x7f) => written.push(length),
        Ok(length) => written.extend([0x81, length]),
        Err(_) => {
            // Nothing here comes near 64 KiB: digests, a nonce, and a serial number of a certificate, which is bounded.
            let length = u16::try_from(body.len()).unwrap_or(u16::MAX).to_be_bytes();
            written.extend([0x82, length[0], length[1]]);
        }
    }
    written.extend(body);
    written
}
