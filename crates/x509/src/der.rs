//! The few places where DER is read by hand: the frame of a certificate, and strings in wrappers.

mod frame;

pub(crate) use frame::has_frame_of_certificate;

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

/// The contents of an object identifier as `1.2.3`; `None` when they are none.
pub(crate) fn oid_text(bytes: &[u8]) -> Option<String> {
    let (mut numbers, mut number, mut at_start) = (Vec::new(), 0_u64, true);
    for byte in bytes {
        if (at_start && *byte == 0x80) || number > u64::MAX >> 7 {
            return None;
        }
        number = number << 7 | u64::from(byte & 0x7f);
        at_start = byte & 0x80 == 0;
        if at_start {
            numbers.push(std::mem::take(&mut number));
        }
    }
    let first = *numbers.first().filter(|_| at_start)?;
    let top = (first / 40).min(2);
    let rest = numbers.iter().skip(1).map(|number| format!(".{number}"));
    Some(format!("{top}.{}", first - top * 40) + &rest.collect::<String>())
}

/// A `UTF8String` with or without its explicit `[0]` tag around it.
pub(crate) fn utf8_string(value: &[u8]) -> Option<String> {
    // Once: whoever nests them has us descend.
    let text = match tlv(value)? {
        (0xa0, inner, []) => inner,
        _ => value,
    };
    match tlv(text)? {
        (0x0c, body, []) => String::from_utf8(body.to_vec()).ok(),
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
    use super::{oid_text, utf8_string};

    #[test]
    fn object_identifiers_are_read_in_their_shortest_form_alone() {
        for (bytes, expected) in [
            (&[0x55, 0x1d, 0x20, 0][..], Some("2.5.29.32.0")),
            (&[0x2a, 0x86, 0x48], Some("1.2.840")),
            (&[0x88, 0x37], Some("2.999")),
            (&[0x00], Some("0.0")),
            (&[], None),
            (&[0x2a, 0x86], None),
            (&[0x2a, 0x80, 1], None),
            (&[0xff; 11], None),
        ] {
            assert_eq!(oid_text(bytes).as_deref(), expected, "{bytes:?}");
        }
    }

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
            &[0xa0, 6, 0xa0, 4, 0x0c, 2, b'h', b'i'],
        ] {
            assert_eq!(utf8_string(bytes), None);
        }
    }
}
