//! Values of extensions by the letter: libraries read more than the standard allows, and not all the same.

use super::Names;
use super::extensions::{Basic, PolicyRules};
use crate::der::{oid_text, tlv, utf8_string};
use crate::name::NameKey;
use x509_parser::prelude::{FromDer, X509Name};

const BOOLEAN: u8 = 0x01;
const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const OCTET_STRING: u8 = 0x04;
const OID: u8 = 0x06;
const SEQUENCE: u8 = 0x30;

/// `BasicConstraints`; "false" may be written, though it need not.
pub(super) fn basic_constraints(value: &[u8]) -> Option<Basic> {
    let mut body = only(SEQUENCE, value)?;
    let mut basic = Basic {
        ca: false,
        path_len: None,
    };
    if let Some((BOOLEAN, stated, rest)) = tlv(body) {
        basic.ca = match stated {
            [0x00] => false,
            [0xff] => true,
            _ => return None,
        };
        body = rest;
    }
    if !body.is_empty() {
        basic.path_len = Some(number(only(INTEGER, body)?)?);
    }
    Some(basic)
}

/// `KeyUsage`: the first bit is the lowest.
pub(super) fn key_usage(value: &[u8]) -> Option<u16> {
    let (unused, bits) = only(BIT_STRING, value)?.split_first()?;
    let last = bits.last().copied().unwrap_or(0);
    let are_clear = *unused < 8
        && (bits.is_empty() && *unused == 0 || last.trailing_zeros() >= u32::from(*unused));
    let flags = bits
        .iter()
        .take(2)
        .rev()
        .fold(0, |flags, byte| flags << 8 | u16::from(byte.reverse_bits()));
    are_clear.then_some(flags)
}

/// `ExtKeyUsageSyntax`: never empty.
pub(super) fn extended_key_usage(value: &[u8]) -> Option<Vec<String>> {
    each(value, |tag, body| (tag == OID).then(|| oid_text(body))?)
}

/// `CertificatePolicies`, without what qualifies them.
pub(super) fn policies(value: &[u8]) -> Option<Vec<String>> {
    each(value, |tag, body| {
        let (OID, oid, qualifiers) = tlv(body).filter(|_| tag == SEQUENCE)? else {
            return None;
        };
        if !qualifiers.is_empty() {
            only(SEQUENCE, qualifiers)?;
        }
        oid_text(oid)
    })
}

/// `PolicyMappings`.
pub(super) fn policy_mappings(value: &[u8]) -> Option<Vec<(String, String)>> {
    each(value, |tag, body| {
        let (OID, issuer, rest) = tlv(body).filter(|_| tag == SEQUENCE)? else {
            return None;
        };
        Some((oid_text(issuer)?, oid_text(only(OID, rest)?)?))
    })
}

/// `PolicyConstraints`: never empty.
pub(super) fn policy_constraints(value: &[u8], rules: &mut PolicyRules) -> Option<()> {
    let mut body = only(SEQUENCE, value)?;
    (!body.is_empty()).then_some(())?;
    for (tag, rule) in [
        (0x80, &mut rules.require_explicit),
        (0x81, &mut rules.inhibit_mapping),
    ] {
        if let Some((_, skip, rest)) = tlv(body).filter(|(found, ..)| *found == tag) {
            *rule = Some(number(skip)?);
            body = rest;
        }
    }
    body.is_empty().then_some(())
}

/// `InhibitAnyPolicy`.
pub(super) fn inhibit_any_policy(value: &[u8]) -> Option<u32> {
    number(only(INTEGER, value)?)
}

/// `SubjectKeyIdentifier`.
pub(super) fn subject_key_id(value: &[u8]) -> Option<Vec<u8>> {
    only(OCTET_STRING, value).map(<[u8]>::to_vec)
}

/// The key identifier of an `AuthorityKeyIdentifier`, where it has one.
pub(super) fn authority_key_id(value: &[u8]) -> Option<Option<Vec<u8>>> {
    let mut body = only(SEQUENCE, value)?;
    let mut key_id = None;
    let mut next = 0;
    while !body.is_empty() {
        let (tag, part, rest) = tlv(body)?;
        // Key, issuer, serial number: each once, in this order.
        let number = tag & 0x1f;
        if !matches!(tag, 0x80 | 0xa1 | 0x82) || number < next {
            return None;
        }
        if tag == 0x80 {
            key_id = Some(part.to_vec());
        }
        (next, body) = (number + 1, rest);
    }
    Some(key_id)
}

/// `SubjectAltName`.
pub(super) fn alternative_names(value: &[u8]) -> Option<Names> {
    let mut read = Names::default();
    let mut names = only(SEQUENCE, value)?;
    while !names.is_empty() {
        let (tag, body, rest) = tlv(names)?;
        let text = || std::str::from_utf8(body).ok().map(str::to_owned);
        match tag {
            0x81 => read.emails.push(text()?),
            0x82 => read.hosts.push(text()?),
            0x86 => read.uris.push(text()?),
            0x87 => read.addresses.push(body.to_vec()),
            0xa4 => {
                let (behind, name) = X509Name::from_der(body).ok()?;
                behind.is_empty().then_some(())?;
                read.directories.push(NameKey::of(&name));
            }
            0xa0 => {
                let (OID, oid, value) = tlv(body)? else {
                    return None;
                };
                if let Some(text) = utf8_string(value) {
                    read.others.push((oid_text(oid)?, text));
                }
            }
            // X.400 and EDI names, registered identifiers: nobody is told by them.
            0xa3 | 0xa5 | 0x88 => {}
            _ => return None,
        }
        names = rest;
    }
    Some(read)
}

/// What stands in the one element that is there.
fn only(tag: u8, value: &[u8]) -> Option<&[u8]> {
    match tlv(value)? {
        (found, body, []) if found == tag => Some(body),
        _ => None,
    }
}

/// Every element of a SEQUENCE that has at least one.
fn each<T>(value: &[u8], read: impl Fn(u8, &[u8]) -> Option<T>) -> Option<Vec<T>> {
    let mut body = only(SEQUENCE, value)?;
    let mut all = Vec::new();
    while !body.is_empty() {
        let (tag, element, rest) = tlv(body)?;
        all.push(read(tag, element)?);
        body = rest;
    }
    (!all.is_empty()).then_some(all)
}

/// A number that is not negative, in its shortest form. One that is too large stands for "as many as you like".
fn number(bytes: &[u8]) -> Option<u32> {
    match bytes {
        [] => None,
        [first, ..] if first & 0x80 != 0 => None,
        [0, second, ..] if second & 0x80 == 0 => None,
        bytes => Some(bytes.iter().fold(0_u32, |number, byte| {
            number
                .checked_mul(256)
                .and_then(|number| number.checked_add(u32::from(*byte)))
                .unwrap_or(u32::MAX)
        })),
    }
}
