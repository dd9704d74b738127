//! ASN.1 elements, read with lengths in any form: stores of several makers have them without an end that is told beforehand (BER).

use std::borrow::Cow;

/// Elements of open length in one another, at the most.
const DEEPEST: usize = 16;

pub(crate) const INTEGER: u8 = 0x02;
pub(crate) const BIT_STRING: u8 = 0x03;
pub(crate) const OCTETS: u8 = 0x04;
pub(crate) const OID: u8 = 0x06;
pub(crate) const BMP_STRING: u8 = 0x1e;
pub(crate) const SEQUENCE: u8 = 0x30;
pub(crate) const SET: u8 = 0x31;
/// `[0]`, explicit, or of parts.
pub(crate) const ZERO: u8 = 0xa0;
/// `[0]`, implicit, in one piece.
pub(crate) const IMPLICIT_ZERO: u8 = 0x80;
/// Of parts.
const CONSTRUCTED: u8 = 0x20;

/// The elements that follow one another in some bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Elements<'a>(&'a [u8]);

impl<'a> Elements<'a> {
    /// Those in `bytes`.
    pub(crate) fn of(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// Whether none is left.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The next one's tag.
    pub(crate) fn peek(&self) -> Option<u8> {
        self.0.first().copied()
    }

    /// The next one's contents, if it has this tag.
    pub(crate) fn take(&mut self, tag: u8) -> Option<&'a [u8]> {
        let (found, body, rest) = split(self.0, DEEPEST)?;
        (found == tag).then(|| {
            self.0 = rest;
            body
        })
    }

    /// The elements in the next one, if it has this tag.
    pub(crate) fn enter(&mut self, tag: u8) -> Option<Self> {
        self.take(tag).map(Self)
    }

    /// The next one, a string of octets under this tag, in one piece or in parts.
    pub(crate) fn octets(&mut self, tag: u8) -> Option<Cow<'a, [u8]>> {
        if self.peek()? == tag & !CONSTRUCTED {
            return self.take(tag & !CONSTRUCTED).map(Cow::Borrowed);
        }
        let parts = self.enter(tag | CONSTRUCTED)?;
        let mut whole = Vec::new();
        join(parts, &mut whole, DEEPEST)?;
        Some(Cow::Owned(whole))
    }

    /// The next one, a number that is not negative.
    pub(crate) fn number(&mut self) -> Option<u64> {
        let body = self.take(INTEGER)?;
        let digits = match body {
            [] => return None,
            [first, ..] if first & 0x80 != 0 => return None,
            [0, digits @ ..] => digits,
            digits => digits,
        };
        if digits.len() > 8 {
            return Some(u64::MAX);
        }
        Some(
            digits
                .iter()
                .fold(0, |number, digit| number << 8 | u64::from(*digit)),
        )
    }
}

fn join(mut parts: Elements<'_>, whole: &mut Vec<u8>, depth: usize) -> Option<()> {
    while let Some(tag) = parts.peek() {
        match tag {
            OCTETS => whole.extend(parts.take(OCTETS)?),
            _ => join(
                parts.enter(OCTETS | CONSTRUCTED)?,
                whole,
                depth.checked_sub(1)?,
            )?,
        }
    }
    Some(())
}

/// The first element: tag, contents, what follows.
fn split(bytes: &[u8], depth: usize) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = bytes.split_first()?;
    if tag & 0x1f == 0x1f {
        return None;
    }
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        0..=0x7f => (usize::from(first), rest),
        0x80 => return split_open(tag, rest, depth),
        0x81..=0x84 => {
            let (digits, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
            let length = digits
                .iter()
                .fold(0, |length, digit| length << 8 | usize::from(*digit));
            (length, rest)
        }
        _ => return None,
    };
    let (body, rest) = rest.split_at_checked(length)?;
    Some((tag, body, rest))
}

/// An element whose end is marked by two zeros.
fn split_open(tag: u8, bytes: &[u8], depth: usize) -> Option<(u8, &[u8], &[u8])> {
    let depth = depth.checked_sub(1)?;
    if tag & CONSTRUCTED == 0 {
        return None;
    }
    let mut rest = bytes;
    loop {
        if let Some(behind) = rest.strip_prefix(&[0, 0]) {
            return Some((tag, &bytes[..bytes.len() - rest.len()], behind));
        }
        rest = split(rest, depth)?.2;
    }
}
