//! The few places where DER is read by hand: what no signature covers, and strings in wrappers.

/// Whether the parts that no signature covers are as DER has them, and the algorithm outside is that inside (RFC 5280 §4.1.1.2): else
/// one certificate could be shown with many thumbprints.
pub(crate) fn has_one_encoding(der: &[u8]) -> bool {
    let part = |bytes| {
        tlv(bytes).map(|(tag, body, rest)| (tag, body, &bytes[..bytes.len() - rest.len()], rest))
    };
    let read = || {
        let (0x30, outer, _, []) = part(der)? else {
            return None;
        };
        let (0x30, signed, _, outer) = part(outer)? else {
            return None;
        };
        let (0x30, _, algorithm, outer) = part(outer)? else {
            return None;
        };
        let (0x03, [0, ..], _, []) = part(outer)? else {
            return None;
        };
        let (0xa0, _, _, behind_version) = part(signed)? else {
            let (0x02, _, _, behind_serial) = part(signed)? else {
                return None;
            };
            return Some(part(behind_serial)?.2 == algorithm);
        };
        let (0x02, _, _, behind_serial) = part(behind_version)? else {
            return None;
        };
        Some(part(behind_serial)?.2 == algorithm)
    };
    read().unwrap_or(false)
}

/// The key itself in a `SubjectPublicKeyInfo`.
pub(crate) fn public_key_bits(info: &[u8]) -> Option<&[u8]> {
    let (0x30, body, []) = tlv(info)? else {
        return None;
    };
    let (_, _, bits) = tlv(body)?;
    match tlv(bits)? {
        (0x03, [0, key @ ..], []) => Some(key),
        _ => None,
    }
}

/// A `UTF8String` with or without its explicit `[0]` tag around it.
pub(crate) fn utf8_string(value: &[u8]) -> Option<String> {
    let (tag, body, rest) = tlv(value)?;
    match tag {
        0x0c if rest.is_empty() => String::from_utf8(body.to_vec()).ok(),
        0xa0 if rest.is_empty() => utf8_string(body),
        _ => None,
    }
}

/// One DER element, its length in the shortest form: tag, body, what follows.
pub(crate) fn tlv(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = bytes.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        0..=0x7f => (usize::from(first), rest),
        0x81..=0x84 => {
            let (digits, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
            let length = digits
                .iter()
                .fold(0, |length, digit| length << 8 | usize::from(*digit));
            let least = if digits.len() == 1 {
                0x80
            } else {
                1 << (8 * (digits.len() - 1))
            };
            (Some(length).filter(|length| *length >= least)?, rest)
        }
        _ => return None,
    };
    let (body, rest) = rest.split_at_checked(length)?;
    Some((tag, body, rest))
}

#[cfg(test)]
mod tests {
    use super::utf8_string;

    #[test]
    fn other_names_are_read_with_and_without_their_tag() {
        assert_eq!(utf8_string(&[0x0c, 2, b'h', b'i']).as_deref(), Some("hi"));
        assert_eq!(
            utf8_string(&[0xa0, 4, 0x0c, 2, b'h', b'i']).as_deref(),
            Some("hi")
        );
        for bytes in [
            &[][..],
            &[0x0c],
            &[0x0c, 5, b'h'],
            &[0x0c, 0x82, 1],
            &[0x0c, 0x81],
            &[0x13, 1, b'h'],
            &[0x0c, 1, 0xff],
        ] {
            assert_eq!(utf8_string(bytes), None);
        }
    }
}
