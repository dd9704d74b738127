//! DER read element by element. `None` is "not as DER has it" throughout.

use crate::der::tlv;
use crate::name::NameKey;
use x509_parser::asn1_rs::Oid;
use x509_parser::prelude::{FromDer, RelativeDistinguishedName, X509Name};
use x509_parser::x509::AlgorithmIdentifier;

pub(super) const SEQUENCE: u8 = 0x30;
pub(super) const SET: u8 = 0x31;
pub(super) const INTEGER: u8 = 0x02;
pub(super) const BIT_STRING: u8 = 0x03;
pub(super) const OCTET_STRING: u8 = 0x04;
pub(super) const OBJECT_ID: u8 = 0x06;
pub(super) const ENUMERATED: u8 = 0x0a;
const BOOLEAN: u8 = 0x01;
const UTC_TIME: u8 = 0x17;
pub(super) const GENERALIZED_TIME: u8 = 0x18;

/// What is left to read.
#[derive(Clone, Copy)]
pub(super) struct Reader<'a>(&'a [u8]);

/// One element: its tag, what is in it, and the whole of it.
#[derive(Clone, Copy)]
pub(super) struct Element<'a> {
    pub tag: u8,
    pub body: &'a [u8],
    pub whole: &'a [u8],
}

impl<'a> Reader<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// A reader of the one element of this tag that `bytes` are.
    pub fn of(bytes: &'a [u8], tag: u8) -> Option<Self> {
        let mut reader = Self(bytes);
        let body = reader.take(tag)?;
        reader.is_empty().then_some(Self(body))
    }

    pub fn is_empty(self) -> bool {
        self.0.is_empty()
    }

    pub fn next_is(self, tag: u8) -> bool {
        self.0.first() == Some(&tag)
    }

    pub fn any(&mut self) -> Option<Element<'a>> {
        let (tag, body, rest) = tlv(self.0)?;
        let whole = &self.0[..self.0.len() - rest.len()];
        self.0 = rest;
        Some(Element { tag, body, whole })
    }

    /// The body of the next element, which must have this tag.
    pub fn take(&mut self, tag: u8) -> Option<&'a [u8]> {
        self.any()
            .filter(|element| element.tag == tag)
            .map(|element| element.body)
    }

    /// The body of the next element if it has this tag: `None` is malformed, `Some(None)` is another tag or the end.
    #[expect(clippy::option_option, reason = "absent and malformed are two things")]
    pub fn maybe(&mut self, tag: u8) -> Option<Option<&'a [u8]>> {
        if self.next_is(tag) {
            self.take(tag).map(Some)
        } else {
            Some(None)
        }
    }

    /// The next element as an instant, epoch seconds.
    pub fn time(&mut self) -> Option<i64> {
        let element = self.any()?;
        time(element.tag, element.body)
    }

    pub fn next_is_time(self) -> bool {
        self.next_is(UTC_TIME) || self.next_is(GENERALIZED_TIME)
    }
}

/// One extension (RFC 5280 §4.1).
pub(super) struct Extension<'a> {
    pub oid: &'a [u8],
    pub critical: bool,
    pub value: &'a [u8],
}

/// The next extension of a list of them.
pub(super) fn extension<'a>(list: &mut Reader<'a>) -> Option<Extension<'a>> {
    let mut fields = Reader(list.take(SEQUENCE)?);
    let oid = fields.take(OBJECT_ID)?;
    let critical = fields.maybe(BOOLEAN)?.map_or(Some(false), boolean)?;
    let value = fields.take(OCTET_STRING)?;
    fields.is_empty().then_some(Extension {
        oid,
        critical,
        value,
    })
}

pub(super) fn boolean(body: &[u8]) -> Option<bool> {
    match body {
        [0] => Some(false),
        [_] => Some(true),
        _ => None,
    }
}

/// The bytes of a bit string of whole bytes, as signatures and keys are.
pub(super) fn whole_bits(body: &[u8]) -> Option<&[u8]> {
    body.strip_prefix(&[0])
}

/// Two's complement without bytes that say nothing: serial numbers compare equal then.
pub(super) fn shortest(mut number: &[u8]) -> &[u8] {
    while let [first, second, ..] = number {
        if !matches!((first, second), (0, 0..=0x7f) | (0xff, 0x80..)) {
            break;
        }
        number = &number[1..];
    }
    number
}

/// An object identifier with dots.
pub(super) fn oid_text(body: &[u8]) -> String {
    Oid::new(body.into()).to_id_string()
}

/// A distinguished name, whole.
pub(super) fn name(whole: &[u8]) -> Option<X509Name<'_>> {
    let (rest, parsed) = X509Name::from_der(whole).ok()?;
    rest.is_empty().then_some(parsed)
}

/// The name that `rdn` (the body of a `SET`) makes below `base`.
pub(super) fn name_below(rdn: &[u8], base: &NameKey) -> Option<NameKey> {
    let mut set = vec![SET];
    // A part of a name is short; a longer one is nobody's.
    match u8::try_from(rdn.len()).ok()? {
        length @ 0..=0x7f => set.push(length),
        length => set.extend([0x81, length]),
    }
    set.extend(rdn);
    let (rest, parsed) = RelativeDistinguishedName::from_der(&set).ok()?;
    rest.is_empty()
        .then(|| base.with(&X509Name::new(vec![parsed], &[])))
}

pub(super) fn algorithm(whole: &[u8]) -> Option<AlgorithmIdentifier<'_>> {
    let (rest, algorithm) = AlgorithmIdentifier::from_der(whole).ok()?;
    rest.is_empty().then_some(algorithm)
}

/// Epoch seconds of a time as RFC 5280 §4.1.2.5 wants it: to the second, in UTC.
pub(super) fn time(tag: u8, body: &[u8]) -> Option<i64> {
    let (year, rest) = match (tag, body.len()) {
        (UTC_TIME, 13) => {
            let year = digits(&body[..2])?;
            (year + if year < 50 { 2000 } else { 1900 }, &body[2..])
        }
        (GENERALIZED_TIME, 15) => (digits(&body[..4])?, &body[4..]),
        _ => return None,
    };
    if rest[10] != b'Z' {
        return None;
    }
    let part = |at: usize| digits(&rest[at..at + 2]);
    let (month, day, hour, minute, second) = (part(0)?, part(2)?, part(4)?, part(6)?, part(8)?);
    if !(1..=12).contains(&month)
        || !(1..=31).contains(&day)
        || hour > 23
        || minute > 59
        || second > 59
    {
        return None;
    }
    // Years begin with March here, so that a leap day ends its year; 719,468 days lie between year 0 and 1970.
    let (year, month) = if month > 2 {
        (year, month - 3)
    } else {
        (year - 1, month + 9)
    };
    let days = 365 * year + year.div_euclid(4) - year.div_euclid(100)
        + year.div_euclid(400)
        + (153 * month + 2) / 5
        + day
        - 1
        - 719_468;
    Some(days * 86_400 + hour * 3_600 + minute * 60 + second)
}

fn digits(text: &[u8]) -> Option<i64> {
    text.iter().try_fold(0, |number, letter| {
        letter
            .is_ascii_digit()
            .then(|| number * 10 + i64::from(letter - b'0'))
    })
}

#[cfg(test)]
mod tests {
    use super::{GENERALIZED_TIME, UTC_TIME, shortest, time};
    use crate::instant;

    #[test]
    fn times_are_read_as_rfc_5280_has_them_and_in_no_other_way() {
        for (tag, text, expected) in [
            (UTC_TIME, "491231235959Z", Some("2049-12-31T23:59:59Z")),
            (UTC_TIME, "500101000000Z", Some("1950-01-01T00:00:00Z")),
            (UTC_TIME, "000229120000Z", Some("2000-02-29T12:00:00Z")),
            (UTC_TIME, "0002291200Z", None),
            (UTC_TIME, "000229120000+", None),
            (UTC_TIME, "001329120000Z", None),
            (UTC_TIME, "00022912000aZ", None),
            (
                GENERALIZED_TIME,
                "21000228235959Z",
                Some("2100-02-28T23:59:59Z"),
            ),
            (
                GENERALIZED_TIME,
                "00000101000000Z",
                Some("0000-01-01T00:00:00Z"),
            ),
            (GENERALIZED_TIME, "20260601000000.5Z", None),
        ] {
            let read = time(tag, text.as_bytes()).map(instant::text);
            assert_eq!(read.as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn numbers_lose_the_bytes_that_say_nothing() {
        for (number, expected) in [
            (&[0, 0, 1][..], &[1][..]),
            (&[0, 0x80], &[0, 0x80]),
            (&[0xff, 0xff, 0x80], &[0x80]),
            (&[0xff, 0x7f], &[0xff, 0x7f]),
            (&[0], &[0]),
            (&[], &[]),
        ] {
            assert_eq!(shortest(number), expected);
        }
    }
}
