//! The encodings that formats are made of. Each is read exactly or not at all.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::percent_decode_str;

/// Certificates in DER, in the order in which they came.
pub(super) type Ders = Vec<Vec<u8>>;

/// Certificates in one value, at the most; chains that may be longer are refused later with their number.
const MOST: usize = 64;

const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
const END: &str = "-----END CERTIFICATE-----";

/// Percent-encoding undone (RFC 3986 §2.1): a plus sign stands for itself.
pub(super) fn unescaped(value: &str) -> Result<String, String> {
    let bytes = value.as_bytes();
    let broken = bytes.iter().enumerate().any(|(at, byte)| {
        *byte == b'%'
            && !bytes
                .get(at + 1..at + 3)
                .is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    });
    if broken {
        return Err("a percent sign without two digits behind it".to_owned());
    }
    let text = percent_decode_str(value).decode_utf8();
    text.map(|text| text.into_owned())
        .map_err(|_| "it is not text".to_owned())
}

/// PEM that was percent-encoded as a whole.
pub(super) fn escaped_pem(value: &str) -> Result<Ders, String> {
    if value.contains(['\t', ' ']) {
        return Err("it has blanks in it, and percent-encoding leaves none".to_owned());
    }
    pem(&unescaped(value)?)
}

/// PEM blocks and nothing else, with any white space for the ends of lines. All lines of a block but its last have the same length, so that
/// a blank which was a plus sign is not taken for the end of a line.
pub(super) fn pem(text: &str) -> Result<Ders, String> {
    let mut ders = Vec::new();
    let mut rest = text.trim_ascii();
    while !rest.is_empty() {
        let block = ders.len() + 1;
        if block > MOST {
            return Err(format!("more than {MOST} blocks"));
        }
        let Some((body, behind)) = rest
            .strip_prefix(BEGIN)
            .and_then(|behind| behind.split_once(END))
        else {
            return Err(if block == 1 {
                format!("it is not {BEGIN} to {END}")
            } else {
                format!("block {block} is not {BEGIN} to {END}")
            });
        };
        ders.push(pem_body(body).map_err(|reason| format!("block {block}: {reason}"))?);
        rest = behind.trim_ascii_start();
    }
    if ders.is_empty() {
        return Err("there is no certificate in it".to_owned());
    }
    Ok(ders)
}

fn pem_body(body: &str) -> Result<Vec<u8>, String> {
    if !has_even_lines(body) {
        return Err("its lines are of different lengths".to_owned());
    }
    base64(&body.split_ascii_whitespace().collect::<String>())
}

/// Whether the pieces between white space can be the lines of a PEM body.
pub(super) fn has_even_lines(body: &str) -> bool {
    let mut lines = body.split_ascii_whitespace().peekable();
    let width = lines.peek().map_or(0, |line| line.len());
    while let Some(line) = lines.next() {
        let is_last = lines.peek().is_none();
        if line.len() > width || (line.len() < width && !is_last) {
            return false;
        }
    }
    true
}

/// Base64 with the standard alphabet and its padding (RFC 4648 §4).
pub(super) fn base64(text: &str) -> Result<Vec<u8>, String> {
    if text.is_empty() {
        return Err("there is no certificate in it".to_owned());
    }
    STANDARD
        .decode(text)
        .map_err(|_| "it is not base64".to_owned())
}

/// One certificate in base64.
pub(super) fn base64_der(text: &str) -> Result<Ders, String> {
    let ders = concatenated(base64(text)?)?;
    match ders.len() {
        1 => Ok(ders),
        count => Err(format!(
            "there are {count} certificates in it, and one is expected"
        )),
    }
}

/// Certificates one behind the other, in base64.
pub(super) fn base64_ders(text: &str) -> Result<Ders, String> {
    concatenated(base64(text)?)
}

fn concatenated(bytes: Vec<u8>) -> Result<Ders, String> {
    let mut ders = Vec::new();
    let mut rest = bytes.as_slice();
    while !rest.is_empty() {
        if ders.len() == MOST {
            return Err(format!("more than {MOST} certificates"));
        }
        let length = der_length(rest).ok_or("it is not the DER of a certificate")?;
        let Some((der, behind)) = rest.split_at_checked(length) else {
            return Err(format!(
                "it is cut off: a certificate of {length} bytes begins, and {} bytes are there",
                rest.len()
            ));
        };
        ders.push(der.to_vec());
        rest = behind;
    }
    Ok(ders)
}

/// How long a DER sequence says it is, its own head included.
pub(super) fn der_length(bytes: &[u8]) -> Option<usize> {
    let (&[tag, first], rest) = bytes.split_first_chunk::<2>()?;
    if tag != 0x30 {
        return None;
    }
    if first < 0x80 {
        return Some(2 + usize::from(first));
    }
    let count = usize::from(first & 0x7f);
    if !(1..=3).contains(&count) {
        return None;
    }
    let digits = rest.get(..count)?;
    let length = digits
        .iter()
        .fold(0_usize, |sum, digit| (sum << 8) | usize::from(*digit));
    Some(2 + count + length)
}

/// Without the quotes around it.
pub(super) fn unquoted(value: &str) -> &str {
    value
        .strip_prefix('"')
        .and_then(|value| value.strip_suffix('"'))
        .unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn der_is_measured_and_never_read_beyond_its_end() {
        for (bytes, expected) in [
            (&[0x30, 0x03][..], Some(5)),
            (&[0x30, 0x81, 0x80], Some(131)),
            (&[0x30, 0x82, 0x01, 0x00], Some(260)),
            (&[0x30, 0x83, 0xff, 0xff, 0xff], Some(5 + 0xff_ffff)),
            (&[0x30, 0x84, 0, 0, 0, 1], None),
            (&[0x30, 0x80], None),
            (&[0x30, 0x82, 0x01], None),
            (&[0x31, 0x03], None),
            (&[0x30], None),
            (&[], None),
        ] {
            assert_eq!(der_length(bytes), expected, "{bytes:?}");
        }
        assert_eq!(
            concatenated(vec![0x30, 1, 7, 0x30, 0]).unwrap(),
            [vec![0x30, 1, 7], vec![0x30, 0]]
        );
        assert!(
            concatenated(vec![0x30, 5, 7])
                .unwrap_err()
                .contains("cut off")
        );
        assert!(concatenated([0x30, 0].repeat(MOST + 1)).is_err());
    }

    #[test]
    fn blanks_inside_lines_are_not_ends_of_lines() {
        assert!(has_even_lines("\nAAAA\nBBBB\nCC\n"));
        assert!(has_even_lines("AAAA BBBB CCCC"));
        assert!(has_even_lines("AA"));
        assert!(!has_even_lines("AA AAAA"));
        assert!(!has_even_lines("AAAA BB BBBB"));
        for text in [
            "",
            "-----BEGIN CERTIFICATE-----",
            "x -----BEGIN CERTIFICATE-----AAAA-----END CERTIFICATE-----",
            "-----BEGIN CERTIFICATE-----AAAA-----END CERTIFICATE----- x",
        ] {
            assert!(pem(text).is_err(), "{text}");
        }
    }
}
