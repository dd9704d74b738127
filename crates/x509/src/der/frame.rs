//! The frame of a certificate (RFC 5280 §4.1), by the letter: every element of it has its tag and the shortest length, with nothing beside
//! it. Libraries read more than that, and not all the same.

use super::tlv;

const BOOLEAN: u8 = 0x01;
const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const OCTET_STRING: u8 = 0x04;
const OID: u8 = 0x06;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;

/// Whether the frame is in order, and the algorithm outside is that inside (§4.1.1.2): else one certificate could be shown with many
/// thumbprints, as no signature covers what is outside.
pub(crate) fn has_frame_of_certificate(der: &[u8]) -> bool {
    certificate(der).is_some()
}

fn certificate(der: &[u8]) -> Option<()> {
    let (body, rest) = take(SEQUENCE, der)?;
    end(rest)?;
    let (signed, rest) = take(SEQUENCE, body)?;
    let outside = rest;
    let (_, rest) = algorithm(rest)?;
    let outside = &outside[..outside.len() - rest.len()];
    let (bits, rest) = take(BIT_STRING, rest)?;
    end(rest)?;
    // A signature is whole bytes.
    (bits.first() == Some(&0)).then_some(())?;
    (to_be_signed(signed)? == outside).then_some(())
}

/// Gives the algorithm that is named inside.
fn to_be_signed(body: &[u8]) -> Option<&[u8]> {
    let rest = match take(0xa0, body) {
        Some((version, rest)) => {
            let (_, behind) = take(INTEGER, version)?;
            end(behind)?;
            rest
        }
        None => body,
    };
    let (serial, rest) = take(INTEGER, rest)?;
    is_shortest(serial).then_some(())?;
    let inside = rest;
    let (_, rest) = algorithm(rest)?;
    let inside = &inside[..inside.len() - rest.len()];
    let rest = name(rest)?;
    let (validity, rest) = take(SEQUENCE, rest)?;
    end(time(time(validity)?)?)?;
    let rest = name(rest)?;
    let (key, mut rest) = take(SEQUENCE, rest)?;
    let (_, bits) = algorithm(key)?;
    let (_, behind) = take(BIT_STRING, bits)?;
    end(behind)?;
    for unique_id in [0x81, 0x82] {
        if let Some((_, behind)) = take(unique_id, rest) {
            rest = behind;
        }
    }
    if let Some((wrapped, behind)) = take(0xa3, rest) {
        let (list, beside) = take(SEQUENCE, wrapped)?;
        end(beside)?;
        extensions(list)?;
        rest = behind;
    }
    end(rest)?;
    Some(inside)
}

fn algorithm(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (body, rest) = take(SEQUENCE, bytes)?;
    let parameters = oid(body)?;
    if !parameters.is_empty() {
        let (_, _, behind) = tlv(parameters)?;
        end(behind)?;
    }
    Some((body, rest))
}

fn name(bytes: &[u8]) -> Option<&[u8]> {
    let (mut parts, rest) = take(SEQUENCE, bytes)?;
    while !parts.is_empty() {
        let (mut part, others) = take(SET, parts)?;
        (!part.is_empty()).then_some(())?;
        while !part.is_empty() {
            let (attribute, beside) = take(SEQUENCE, part)?;
            let value = oid(attribute)?;
            let (_, _, behind) = tlv(value)?;
            end(behind)?;
            part = beside;
        }
        parts = others;
    }
    Some(rest)
}

fn time(bytes: &[u8]) -> Option<&[u8]> {
    match tlv(bytes)? {
        (UTC_TIME | GENERALIZED_TIME, _, rest) => Some(rest),
        _ => None,
    }
}

fn extensions(mut list: &[u8]) -> Option<()> {
    while !list.is_empty() {
        let (extension, others) = take(SEQUENCE, list)?;
        let rest = oid(extension)?;
        let rest = match take(BOOLEAN, rest) {
            // "False" need not be written, and is by some.
            Some(([0x00 | 0xff], rest)) => rest,
            Some(_) => return None,
            None => rest,
        };
        let (_, behind) = take(OCTET_STRING, rest)?;
        end(behind)?;
        list = others;
    }
    Some(())
}

/// An object identifier whose numbers are whole and in their shortest form; gives what follows.
fn oid(bytes: &[u8]) -> Option<&[u8]> {
    let (numbers, rest) = take(OID, bytes)?;
    let is_whole = numbers.last().is_some_and(|last| last & 0x80 == 0);
    let before = std::iter::once(&0).chain(numbers);
    let is_shortest = before
        .zip(numbers)
        .all(|(before, byte)| before & 0x80 != 0 || *byte != 0x80);
    (is_whole && is_shortest).then_some(rest)
}

/// The element of this tag at the beginning: what stands in it, and what follows.
fn take(tag: u8, bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    match tlv(bytes)? {
        (found, body, rest) if found == tag => Some((body, rest)),
        _ => None,
    }
}

fn end(rest: &[u8]) -> Option<()> {
    rest.is_empty().then_some(())
}

/// Whether a number has no byte too many in front.
fn is_shortest(number: &[u8]) -> bool {
    match number {
        [] => false,
        [0x00, next, ..] => next & 0x80 != 0,
        [0xff, next, ..] => next & 0x80 == 0,
        _ => true,
    }
}
