use crate::Certificate;
use crate::name::NameKey;
use crate::revocation::der::{
    BIT_STRING, ENUMERATED, GENERALIZED_TIME, INTEGER, OBJECT_ID, OCTET_STRING, Reader, SEQUENCE,
    extension, name, oid_text, time,
};
use crate::revocation::id::{CertificateId, IdHash};
use crate::revocation::list::Unreadable;
use crate::revocation::reason::Reason;
use crate::revocation::request::NONCE;
use crate::revocation::signed::Signed;
use crate::revocation::table::Entry;
use std::sync::Arc;

/// A larger answer is refused unread.
pub const MAX_ANSWER_BYTES: usize = 256 * 1024;
/// Certificates that an answer tells of, at the most.
const MAX_SINGLES: usize = 256;
/// Certificates that come with it; what is beyond is not looked at.
const MAX_CERTIFICATES: usize = 4;
const BASIC: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 0x30, 1, 1];

/// An answer of an OCSP responder (RFC 6960 §4.2), read. Whether it is genuine is for [`crate::judge()`] to find out.
#[derive(Debug)]
pub struct OcspAnswer {
    responder: Responder,
    produced_at: i64,
    pub(super) singles: Vec<Single>,
    pub(super) nonce: Option<Vec<u8>>,
    pub(super) certificates: Vec<Arc<Certificate>>,
    /// A critical extension that is not understood: it tells nothing then.
    pub(super) not_understood: Option<String>,
    pub(super) signed: Signed,
}

#[derive(Debug)]
enum Responder {
    Name(NameKey),
    /// SHA-1 of the key.
    Key(Vec<u8>),
}

/// What it tells of one certificate.
#[derive(Debug)]
pub(super) struct Single {
    pub id: CertificateId,
    pub status: OcspStatus,
    pub this_update: i64,
    pub next_update: Option<i64>,
    /// As [`OcspAnswer::not_understood`], for this certificate alone.
    pub not_understood: Option<String>,
}

/// What a responder says of a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OcspStatus {
    /// Not revoked, as far as it knows.
    Good,
    /// Revoked.
    Revoked(Entry),
    /// It does not know the certificate.
    Unknown,
}

impl OcspAnswer {
    /// Reads DER, `application/ocsp-response`.
    ///
    /// # Errors
    /// See [`Unreadable`]; [`Unreadable::NoAnswer`] is the responder's own refusal.
    pub fn from_der(der: &[u8]) -> Result<Self, Unreadable> {
        if der.len() > MAX_ANSWER_BYTES {
            return Err(Unreadable::TooLarge(der.len()));
        }
        let mut outer = Reader::of(der, SEQUENCE).ok_or(Unreadable::Der)?;
        match outer.take(ENUMERATED).ok_or(Unreadable::Der)? {
            [0] => {}
            [1] => return Err(Unreadable::NoAnswer("malformed request")),
            [2] => return Err(Unreadable::NoAnswer("internal error")),
            [3] => return Err(Unreadable::NoAnswer("try later")),
            [5] => return Err(Unreadable::NoAnswer("signature required")),
            [6] => return Err(Unreadable::NoAnswer("unauthorized")),
            _ => return Err(Unreadable::Der),
        }
        let mut read = || {
            let mut bytes = Reader::of(outer.take(0xa0)?, SEQUENCE)?;
            if bytes.take(OBJECT_ID)? != BASIC {
                return None;
            }
            let basic = bytes.take(OCTET_STRING)?;
            (outer.is_empty() && bytes.is_empty()).then_some(basic)
        };
        Self::read_basic(read().ok_or(Unreadable::Der)?)
    }

    fn read_basic(basic: &[u8]) -> Result<Self, Unreadable> {
        let malformed = || Unreadable::Der;
        let mut parts = Reader::of(basic, SEQUENCE).ok_or_else(malformed)?;
        let data = parts.any().filter(|element| element.tag == SEQUENCE);
        let data = data.ok_or_else(malformed)?;
        let algorithm = parts.any().ok_or_else(malformed)?;
        let signature = parts.take(BIT_STRING).ok_or_else(malformed)?;
        let certificates = parts.maybe(0xa0).ok_or_else(malformed)?;
        let signed = Signed::read(data.whole, algorithm.whole, signature);
        let mut answer = Self {
            responder: Responder::Key(Vec::new()),
            produced_at: 0,
            singles: Vec::new(),
            nonce: None,
            certificates: certificates
                .map_or(Some(Vec::new()), read_certificates)
                .ok_or_else(malformed)?,
            not_understood: None,
            signed: signed.filter(|_| parts.is_empty()).ok_or_else(malformed)?,
        };
        answer.read_data(data.body)?;
        Ok(answer)
    }

    fn read_data(&mut self, body: &[u8]) -> Result<(), Unreadable> {
        let mut fields = Reader::new(body);
        let mut head = || {
            if let Some(version) = fields.maybe(0xa0)?
                && Reader::of(version, INTEGER)?.any().is_some()
            {
                return None;
            }
            let responder = fields.any()?;
            let produced = fields.any()?;
            let singles = fields.take(SEQUENCE)?;
            let extensions = fields.maybe(0xa1)?;
            fields
                .is_empty()
                .then_some((responder, produced, singles, extensions))
        };
        let (responder, produced, singles, extensions) = head().ok_or(Unreadable::Der)?;
        self.responder = match responder.tag {
            0xa1 => name(responder.body).map(|name| Responder::Name(NameKey::of(&name))),
            0xa2 => {
                let mut key = Reader::new(responder.body);
                key.take(OCTET_STRING)
                    .filter(|_| key.is_empty())
                    .map(|key| Responder::Key(key.to_vec()))
            }
            _ => None,
        }
        .ok_or(Unreadable::Der)?;
        self.produced_at = Some(produced)
            .filter(|element| element.tag == GENERALIZED_TIME)
            .and_then(|element| time(element.tag, element.body))
            .ok_or(Unreadable::Der)?;
        let mut singles = Reader::new(singles);
        while !singles.is_empty() {
            if self.singles.len() >= MAX_SINGLES {
                return Err(Unreadable::TooMany);
            }
            let single = singles.take(SEQUENCE).and_then(Single::read);
            self.singles.extend(single.ok_or(Unreadable::Der)?);
        }
        if let Some(extensions) = extensions {
            let mut list = Reader::of(extensions, SEQUENCE).ok_or(Unreadable::Der)?;
            while !list.is_empty() {
                let found = extension(&mut list).ok_or(Unreadable::Der)?;
                if found.oid == NONCE {
                    let mut value = Reader::new(found.value);
                    // Some responders repeat the bytes without their wrapper.
                    let nonce = value.take(OCTET_STRING).filter(|_| value.is_empty());
                    self.nonce = Some(nonce.unwrap_or(found.value).to_vec());
                } else if found.critical {
                    self.not_understood = Some(oid_text(found.oid));
                }
            }
        }
        Ok(())
    }

    /// When it was signed, epoch seconds.
    pub fn produced_at(&self) -> i64 {
        self.produced_at
    }

    /// Until when all that it tells counts: the earliest of its next updates. `None` when it says nothing of that.
    pub fn next_update(&self) -> Option<i64> {
        let all = self.singles.iter();
        all.filter_map(|single| single.next_update).min()
    }

    /// What it tells of a certificate of this issuer, be it true or not.
    pub fn status(&self, certificate: &Certificate, issuer: &Certificate) -> Option<OcspStatus> {
        [IdHash::Sha1, IdHash::Sha256].into_iter().find_map(|hash| {
            let id = CertificateId::of(certificate, issuer, hash)?;
            let single = self.singles.iter().find(|single| single.id == id);
            single.map(|single| single.status)
        })
    }

    /// Whether it says that this certificate's key signed it.
    pub(super) fn names_signer(&self, signer: &Certificate) -> bool {
        match &self.responder {
            Responder::Name(name) => *name == signer.subject_name,
            Responder::Key(key) => IdHash::Sha1.of_key(signer).as_ref() == Some(key),
        }
    }
}

impl Single {
    /// `Some(None)`: of a certificate that is named in a way that is not read.
    #[expect(
        clippy::option_option,
        reason = "malformed and of no use are two things"
    )]
    fn read(body: &[u8]) -> Option<Option<Self>> {
        let mut fields = Reader::new(body);
        let id = CertificateId::read(fields.take(SEQUENCE)?)?;
        let status = fields.any()?;
        let status = match (status.tag, status.body) {
            (0x80, []) => OcspStatus::Good,
            (0xa1, body) => OcspStatus::Revoked(read_revoked(body)?),
            (0x82, []) => OcspStatus::Unknown,
            _ => return None,
        };
        let this_update = time(GENERALIZED_TIME, fields.take(GENERALIZED_TIME)?)?;
        let next_update = match fields.maybe(0xa0)? {
            Some(body) => {
                let mut next = Reader::new(body);
                let at = time(GENERALIZED_TIME, next.take(GENERALIZED_TIME)?)?;
                next.is_empty().then_some(())?;
                Some(at)
            }
            None => None,
        };
        let mut not_understood = None;
        if let Some(extensions) = fields.maybe(0xa1)? {
            let mut list = Reader::of(extensions, SEQUENCE)?;
            while !list.is_empty() {
                let found = extension(&mut list)?;
                if found.critical {
                    not_understood = Some(oid_text(found.oid));
                }
            }
        }
        fields.is_empty().then(|| {
            id.map(|id| Self {
                id,
                status,
                this_update,
                next_update,
                not_understood,
            })
        })
    }
}

fn read_revoked(body: &[u8]) -> Option<Entry> {
    let mut fields = Reader::new(body);
    let at = time(GENERALIZED_TIME, fields.take(GENERALIZED_TIME)?)?;
    let reason = match fields.maybe(0xa0)? {
        Some(body) => {
            let mut value = Reader::new(body);
            let [number] = value.take(ENUMERATED)? else {
                return None;
            };
            value.is_empty().then_some(())?;
            Reason::of(*number)?
        }
        None => Reason::Unspecified,
    };
    fields.is_empty().then_some(Entry { at, reason })
}

/// Those that can be read, of the first few.
fn read_certificates(body: &[u8]) -> Option<Vec<Arc<Certificate>>> {
    let mut list = Reader::of(body, SEQUENCE)?;
    let mut read = Vec::new();
    while !list.is_empty() && read.len() < MAX_CERTIFICATES {
        let whole = list.any()?.whole;
        read.extend(Certificate::from_der(whole).ok().map(Arc::new));
    }
    Some(read)
}
