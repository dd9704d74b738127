//! The parts of a revocation list (RFC 5280 §5.1), before anybody looks at what they say.

use crate::revocation::der::{
    BIT_STRING, ENUMERATED, Element, INTEGER, Reader, SEQUENCE, shortest,
};
use crate::revocation::reason::Reason;
use crate::revocation::table::MAX_SERIAL;

/// What is signed, and how.
pub(super) struct Outer<'a> {
    pub signed: Element<'a>,
    pub algorithm: &'a [u8],
    pub signature: &'a [u8],
}

impl<'a> Outer<'a> {
    pub fn read(der: &'a [u8]) -> Option<Self> {
        let mut parts = Reader::of(der, SEQUENCE)?;
        let signed = parts.any().filter(|element| element.tag == SEQUENCE)?;
        let algorithm = parts.any().filter(|element| element.tag == SEQUENCE)?;
        let signature = parts.take(BIT_STRING)?;
        parts.is_empty().then_some(Self {
            signed,
            algorithm: algorithm.whole,
            signature,
        })
    }
}

pub(super) struct Fields<'a> {
    pub version: u8,
    pub issuer: &'a [u8],
    pub this_update: i64,
    pub next_update: Option<i64>,
    pub entries: Option<&'a [u8]>,
    pub extensions: Option<&'a [u8]>,
}

impl<'a> Fields<'a> {
    /// `TBSCertList`, which must name the same algorithm inside as outside (RFC 5280 §5.1.1.2).
    pub fn read(body: &'a [u8], algorithm: &[u8]) -> Option<Self> {
        let mut fields = Reader::new(body);
        let version = match fields.maybe(INTEGER)? {
            Some([version]) => *version,
            Some(_) => return None,
            None => 0,
        };
        if fields.any()?.whole != algorithm {
            return None;
        }
        let issuer = fields.any().filter(|element| element.tag == SEQUENCE)?;
        let this_update = fields.time()?;
        let next_update = if fields.next_is_time() {
            Some(fields.time()?)
        } else {
            None
        };
        let entries = fields.maybe(SEQUENCE)?;
        let extensions = fields.maybe(0xa0)?;
        fields.is_empty().then_some(Self {
            version,
            issuer: issuer.whole,
            this_update,
            next_update,
            entries,
            extensions,
        })
    }
}

/// Serial number, instant, and the body of its extensions.
pub(super) type RawEntry<'a> = (&'a [u8], i64, Option<&'a [u8]>);

pub(super) fn read_entry<'a>(list: &mut Reader<'a>) -> Option<RawEntry<'a>> {
    let mut fields = Reader::new(list.take(SEQUENCE)?);
    let serial = shortest(fields.take(INTEGER)?);
    let at = fields.time()?;
    let extensions = fields.maybe(SEQUENCE)?;
    let in_order = fields.is_empty() && !serial.is_empty() && serial.len() <= MAX_SERIAL;
    in_order.then_some((serial, at, extensions))
}

pub(super) fn read_reason(value: &[u8]) -> Option<Reason> {
    let mut value = Reader::new(value);
    let [number] = value.take(ENUMERATED)? else {
        return None;
    };
    value.is_empty().then_some(())?;
    Reason::of(*number)
}
