use crate::Certificate;
use crate::certificate::clipped;
use crate::chain::decode_lenient;
use crate::name::{self, NameKey};
use crate::revocation::der::{
    self, GENERALIZED_TIME, Reader, SEQUENCE, extension, oid_text, shortest,
};
use crate::revocation::frame::{Fields, Outer, read_entry, read_reason};
use crate::revocation::number::Number;
use crate::revocation::points::{PointName, general_names, read_points};
use crate::revocation::reason::Reason;
use crate::revocation::scope::Scope;
use crate::revocation::signed::Signed;
use crate::revocation::table::{Entry, Table};
use std::collections::{HashMap, HashSet};

/// A larger list is refused unread.
pub const MAX_LIST_BYTES: usize = 256 * 1024 * 1024;
/// Lists in one PEM file, at the most.
const MAX_LISTS: usize = 256;
/// Issuers of whom one indirect list tells, at the most.
const MAX_ISSUERS: usize = 4096;

/// A certificate revocation list (RFC 5280 §5), read once into a compact table; its bytes are not kept. Whether it is genuine and
/// what it says of a certificate is for [`crate::judge()`] to find out.
#[derive(Debug)]
pub struct RevocationList {
    issuer: String,
    pub(super) issuer_canonical: String,
    pub(super) issuer_name: NameKey,
    pub(super) authority_key_id: Option<Vec<u8>>,
    pub(super) number: Option<Number>,
    /// The number of the list to which this one is the difference.
    pub(super) base: Option<Number>,
    this_update: i64,
    next_update: Option<i64>,
    pub(super) scope: Scope,
    freshest: Vec<String>,
    /// A critical extension that is not understood: who is not listed is not known to be in order.
    pub(super) not_understood: Option<String>,
    pub(super) signed: Signed,
    /// Whose certificates it tells of; its own issuer is number 0.
    issuers: HashMap<NameKey, u16>,
    table: Table,
}

/// Why bytes are no list, or no OCSP answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// Not the DER of it, or something behind it.
    #[error("not what it should be, in der")]
    Der,
    /// No block of PEM, and no DER either.
    #[error("there is no revocation list in it")]
    Empty,
    /// A block is not base64.
    #[error("block {0} is not a revocation list in pem form")]
    Pem(usize),
    /// A version that does not exist.
    #[error("a version that does not exist")]
    Version,
    /// An extension is not what its identifier says, or stands there twice.
    #[error("extension {0} is malformed or repeated")]
    Extension(String),
    /// More bytes than are read.
    #[error("{0} bytes are refused")]
    TooLarge(usize),
    /// More lists or issuers than are read.
    #[error("more lists, issuers or answers than are read")]
    TooMany,
    /// The responder answered that it can't.
    #[error("the responder gave no answer: {0}")]
    NoAnswer(&'static str),
}

impl RevocationList {
    /// Reads one list in DER.
    ///
    /// # Errors
    /// See [`Unreadable`].
    pub fn from_der(der: &[u8]) -> Result<Self, Unreadable> {
        if der.len() > MAX_LIST_BYTES {
            return Err(Unreadable::TooLarge(der.len()));
        }
        let outer = Outer::read(der).ok_or(Unreadable::Der)?;
        let signed = Signed::read(outer.signed.whole, outer.algorithm, outer.signature)
            .ok_or(Unreadable::Der)?;
        let fields = Fields::read(outer.signed.body, outer.algorithm).ok_or(Unreadable::Der)?;
        if fields.version > 1 || (fields.version == 0 && fields.extensions.is_some()) {
            return Err(Unreadable::Version);
        }
        let issuer = der::name(fields.issuer).ok_or(Unreadable::Der)?;
        let issuer_name = NameKey::of(&issuer);
        let mut list = Self {
            issuers: HashMap::from([(issuer_name.clone(), 0)]),
            issuer: name::java(&issuer),
            issuer_canonical: name::canonical(&issuer),
            issuer_name,
            authority_key_id: None,
            number: None,
            base: None,
            this_update: fields.this_update,
            next_update: fields.next_update,
            scope: Scope::WHOLE,
            freshest: Vec::new(),
            not_understood: None,
            signed,
            table: Table::default(),
        };
        list.read_extensions(fields.extensions)?;
        list.read_entries(fields.entries, fields.version)?;
        Ok(list)
    }

    /// Reads what a file holds: one list in DER, or any number of them in PEM.
    ///
    /// # Errors
    /// See [`Unreadable`]; nothing of a file is taken when a part of it is malformed.
    pub fn from_pem_or_der(bytes: &[u8]) -> Result<Vec<Self>, Unreadable> {
        const BEGIN: &str = "-----BEGIN X509 CRL-----";
        const END: &str = "-----END X509 CRL-----";
        if bytes.len() > 2 * MAX_LIST_BYTES {
            return Err(Unreadable::TooLarge(bytes.len()));
        }
        if bytes.first() == Some(&SEQUENCE) {
            return Ok(vec![Self::from_der(bytes)?]);
        }
        let mut rest = std::str::from_utf8(bytes).map_err(|_| Unreadable::Empty)?;
        let mut lists = Vec::new();
        while let Some(at) = rest.find(BEGIN) {
            let index = lists.len() + 1;
            if index > MAX_LISTS {
                return Err(Unreadable::TooMany);
            }
            let (body, behind) = rest[at + BEGIN.len()..]
                .split_once(END)
                .ok_or(Unreadable::Pem(index))?;
            let der = decode_lenient(body).ok_or(Unreadable::Pem(index))?;
            lists.push(Self::from_der(&der)?);
            rest = behind;
        }
        if lists.is_empty() {
            return Err(Unreadable::Empty);
        }
        Ok(lists)
    }

    fn read_extensions(&mut self, list: Option<&[u8]>) -> Result<(), Unreadable> {
        let Some(list) = list else { return Ok(()) };
        let mut list = Reader::of(list, SEQUENCE).ok_or(Unreadable::Der)?;
        let mut seen = HashSet::new();
        while !list.is_empty() {
            let found = extension(&mut list).ok_or(Unreadable::Der)?;
            let malformed = || Unreadable::Extension(oid_text(found.oid));
            if !seen.insert(found.oid) {
                return Err(malformed());
            }
            match found.oid {
                [0x55, 0x1d, 0x23] => {
                    let mut fields = Reader::of(found.value, SEQUENCE).ok_or_else(malformed)?;
                    let id = fields.maybe(0x80).ok_or_else(malformed)?;
                    self.authority_key_id = id.map(<[u8]>::to_vec);
                }
                [0x55, 0x1d, 0x14] => {
                    self.number = Some(Number::read(found.value).ok_or_else(malformed)?);
                }
                [0x55, 0x1d, 0x1b] => {
                    self.base = Some(Number::read(found.value).ok_or_else(malformed)?);
                }
                [0x55, 0x1d, 0x1c] => {
                    self.scope =
                        Scope::read(found.value, &self.issuer_name).ok_or_else(malformed)?;
                }
                [0x55, 0x1d, 0x2e] => {
                    let points =
                        read_points(found.value, &self.issuer_name).ok_or_else(malformed)?;
                    let names = points.iter().filter_map(|point| point.names.as_ref());
                    self.freshest = names.flatten().filter_map(PointName::web_url).collect();
                }
                _ if found.critical => self.not_understood = Some(oid_text(found.oid)),
                _ => {}
            }
        }
        Ok(())
    }

    fn read_entries(&mut self, list: Option<&[u8]>, version: u8) -> Result<(), Unreadable> {
        let list = list.unwrap_or_default();
        let mut table = Table::for_bytes(list.len());
        let mut list = Reader::new(list);
        // The certificate issuer of an entry holds for those behind it as well (RFC 5280 §5.3.3).
        let mut issuer = 0;
        let mut issuers_read: HashMap<&[u8], u16> = HashMap::new();
        while !list.is_empty() {
            let (serial, at, extensions) = read_entry(&mut list).ok_or(Unreadable::Der)?;
            let mut reason = Reason::Unspecified;
            if let Some(extensions) = extensions {
                if version == 0 {
                    return Err(Unreadable::Version);
                }
                let mut extensions = Reader::new(extensions);
                while !extensions.is_empty() {
                    let found = extension(&mut extensions).ok_or(Unreadable::Der)?;
                    let malformed = || Unreadable::Extension(oid_text(found.oid));
                    match found.oid {
                        [0x55, 0x1d, 0x15] => {
                            reason = read_reason(found.value).ok_or_else(malformed)?;
                        }
                        [0x55, 0x1d, 0x18] => {
                            // When the key was lost may be long before; it changes nothing here.
                            let mut value = Reader::new(found.value);
                            if !value.next_is(GENERALIZED_TIME) || value.time().is_none() {
                                return Err(malformed());
                            }
                        }
                        [0x55, 0x1d, 0x1d] if self.scope.indirect => {
                            issuer = match issuers_read.get(found.value) {
                                Some(known) => *known,
                                None if issuers_read.len() >= MAX_ISSUERS => {
                                    return Err(Unreadable::TooMany);
                                }
                                None => {
                                    let number = self.number_issuer(found.value)?;
                                    issuers_read.insert(found.value, number);
                                    number
                                }
                            };
                        }
                        _ if found.critical => {
                            self.not_understood = Some(oid_text(found.oid));
                        }
                        _ => {}
                    }
                }
            }
            table
                .add(issuer, serial, Entry { at, reason })
                .ok_or(Unreadable::TooMany)?;
        }
        table.finish();
        self.table = table;
        Ok(())
    }

    fn number_issuer(&mut self, value: &[u8]) -> Result<u16, Unreadable> {
        let malformed = || Unreadable::Extension("2.5.29.29".to_owned());
        let mut outer = Reader::new(value);
        let list = outer.take(SEQUENCE).ok_or_else(malformed)?;
        let found = general_names(list).ok_or_else(malformed)?;
        let name = found.into_iter().find_map(|name| match name {
            PointName::Directory(name) => Some(name),
            PointName::Uri(_) | PointName::Other(_) => None,
        });
        let name = name.filter(|_| outer.is_empty()).ok_or_else(malformed)?;
        let next = self.issuers.len();
        if next >= MAX_ISSUERS {
            return Err(Unreadable::TooMany);
        }
        let next = u16::try_from(next).map_err(|_| Unreadable::TooMany)?;
        Ok(*self.issuers.entry(name).or_insert(next))
    }

    /// What it says of the certificate with this serial number by this issuer. Serial numbers are told as DER has them.
    pub(super) fn find(&self, issuer: &NameKey, serial: &[u8]) -> Option<Entry> {
        let issuer = *self.issuers.get(issuer)?;
        self.table.find(issuer, shortest(serial))
    }

    /// Who signed it, as Java prints names.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Who signed it, for a message.
    pub(super) fn label(&self) -> String {
        clipped(&self.issuer)
    }

    /// Who signed it, in canonical form.
    pub fn issuer_canonical(&self) -> &str {
        &self.issuer_canonical
    }

    /// The identifier of the key that signed it, lower-case hex, where it states one.
    pub fn authority_key_id(&self) -> Option<String> {
        self.authority_key_id.as_deref().map(crate::serial::hex)
    }

    /// Its number in decimal, where it has one.
    pub fn number(&self) -> Option<String> {
        self.number.as_ref().map(Number::decimal)
    }

    /// Where it is only the difference to another list: the number of that one, in decimal.
    pub fn base_number(&self) -> Option<String> {
        self.base.as_ref().map(Number::decimal)
    }

    /// When it was made, epoch seconds.
    pub fn this_update(&self) -> i64 {
        self.this_update
    }

    /// When the next one is due, epoch seconds.
    pub fn next_update(&self) -> Option<i64> {
        self.next_update
    }

    /// Until when it counts. One that does not say when the next is due counts for the instant at which it was made.
    pub fn counts_until(&self) -> i64 {
        self.next_update.unwrap_or(self.this_update)
    }

    /// Where its delta lists are, `http` and `https` alone.
    pub fn freshest_points(&self) -> &[String] {
        &self.freshest
    }

    /// How many certificates it tells of.
    pub fn len(&self) -> usize {
        self.table.len()
    }

    /// Whether it tells of none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes of memory that it takes, without small change.
    pub fn bytes(&self) -> usize {
        self.table.bytes() + self.signed.bytes()
    }

    /// Whether it is newer than `other`: by number where both have one, else by the time at which it was made.
    pub fn is_newer_than(&self, other: &Self) -> bool {
        self.age_key() > other.age_key()
    }

    pub(super) fn age_key(&self) -> (Option<(usize, &[u8])>, i64) {
        let number = self.number.as_ref();
        (number.map(Number::key), self.this_update)
    }

    /// Whether the key identifiers of both say the same, or one says nothing. It only tells whom to try first: a certificate that was
    /// issued anew may state another one for the same key.
    pub(super) fn fits_key_of(&self, signer: &Certificate) -> bool {
        match (&self.authority_key_id, &signer.subject_key_id) {
            (Some(wanted), Some(held)) => wanted == held,
            _ => true,
        }
    }
}
