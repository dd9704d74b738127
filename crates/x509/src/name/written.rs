//! Distinguished names as people write them (RFC 4514, RFC 2253, RFC 1779), to be compared with those of certificates.

use super::{KEYWORDS, der, text};
use crate::serial::hex;
use x509_parser::prelude::X509Name;

/// A longer text is no name.
const MAX: usize = 8 * 1024;

/// Words beside those that Java prints.
const MORE_KEYWORDS: [(&str, &str); 9] = [
    ("2.5.4.8", "S"),
    ("2.5.4.46", "DNQ"),
    ("1.2.840.113549.1.9.1", "E"),
    ("1.2.840.113549.1.9.1", "EMAIL"),
    ("2.5.4.12", "TITLE"),
    ("2.5.4.4", "SN"),
    ("2.5.4.15", "BUSINESSCATEGORY"),
    ("1.3.6.1.4.1.311.60.2.1.3", "JURISDICTIONCOUNTRYNAME"),
    ("2.5.4.97", "ORGANIZATIONIDENTIFIER"),
];

/// A distinguished name as somebody wrote it.
///
/// It is compared part by part: values letter by letter, whatever type of string a certificate has them in; nothing is folded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DistinguishedName(Vec<Vec<Attribute>>);

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Attribute {
    oid: String,
    value: Value,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Value {
    Text(String),
    /// The hex of the value's DER, `#0c01…`.
    Der(String),
}

/// Why a text is no distinguished name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAName {
    /// Empty, or longer than any name.
    #[error("a distinguished name is not empty and not longer than 8 KiB")]
    Length,
    /// An attribute without a known word or an identifier in front.
    #[error("{0:?} is no attribute of a distinguished name; write CN, OU, O, C, … or its OID")]
    Keyword(String),
    /// A value that is not well-formed.
    #[error("the value of {0} is not well-formed: special characters need a backslash or quotes")]
    Value(String),
}

impl DistinguishedName {
    /// Reads a name, most specific part first.
    ///
    /// # Errors
    /// See [`NotAName`].
    pub fn parse(text: &str) -> Result<Self, NotAName> {
        if text.trim().is_empty() || text.len() > MAX {
            return Err(NotAName::Length);
        }
        let mut rdns = vec![Vec::new()];
        let mut rest = text;
        loop {
            let (attribute, separator, after) = attribute(rest)?;
            if let Some(rdn) = rdns.last_mut() {
                rdn.push(attribute);
                rdn.sort();
            }
            match separator {
                None => break,
                Some('+') => {}
                Some(_) => rdns.push(Vec::new()),
            }
            rest = after;
        }
        rdns.reverse();
        Ok(Self(rdns))
    }

    /// Whether a certificate has this name.
    pub(crate) fn is(&self, name: &X509Name<'_>) -> bool {
        let mut others = name.iter_rdn();
        let same = self.0.iter().all(|rdn| {
            let Some(other) = others.next() else {
                return false;
            };
            // Each attribute written has to be there, and nothing else; the written ones are sorted, so twins count twice.
            let mut left: Vec<_> = other.iter().collect();
            rdn.iter().all(|attribute| {
                let at = left.iter().position(|there| {
                    let value = there.attr_value();
                    there.attr_type().to_id_string() == attribute.oid
                        && match &attribute.value {
                            Value::Text(written) => text(value).as_ref() == Some(written),
                            Value::Der(written) => hex(&der(value)) == *written,
                        }
                });
                at.map(|at| left.swap_remove(at)).is_some()
            }) && left.is_empty()
        });
        same && others.next().is_none()
    }
}

/// The first attribute of a text, the separator behind it, and what follows.
fn attribute(written: &str) -> Result<(Attribute, Option<char>, &str), NotAName> {
    let (word, rest) = written
        .split_once('=')
        .ok_or_else(|| NotAName::Keyword(written.trim().to_owned()))?;
    let word = word.trim();
    let oid = oid(word).ok_or_else(|| NotAName::Keyword(word.to_owned()))?;
    let wrong = || NotAName::Value(word.to_owned());
    let rest = rest.trim_start();
    let (value, rest) = if let Some(rest) = rest.strip_prefix('#') {
        let end = rest
            .find(|letter: char| !letter.is_ascii_hexdigit())
            .unwrap_or(rest.len());
        let (digits, rest) = rest.split_at(end);
        if digits.is_empty() || !digits.len().is_multiple_of(2) {
            return Err(wrong());
        }
        (Value::Der(digits.to_ascii_lowercase()), rest.trim_start())
    } else {
        let (value, rest) = string(rest).ok_or_else(wrong)?;
        (Value::Text(value), rest)
    };
    let mut letters = rest.chars();
    let separator = letters.next();
    if separator.is_some_and(|letter| !matches!(letter, ',' | ';' | '+')) {
        return Err(wrong());
    }
    Ok((Attribute { oid, value }, separator, letters.as_str()))
}

/// A value in quotes or without, and what follows it: a separator, if anything.
fn string(written: &str) -> Option<(String, &str)> {
    let (inner, is_quoted) = match written.strip_prefix('"') {
        Some(inner) => (inner, true),
        None => (written, false),
    };
    let mut bytes = Vec::new();
    // Blanks at the end don't count, unless they are escaped.
    let mut length = 0;
    let mut letters = inner.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' if is_quoted => {
                let value = String::from_utf8(bytes).ok()?;
                return Some((value, inner[at + 1..].trim_start()));
            }
            '"' => return None,
            ',' | ';' | '+' if !is_quoted => {
                bytes.truncate(length);
                return Some((String::from_utf8(bytes).ok()?, &inner[at..]));
            }
            '\\' => {
                let (_, escaped) = letters.next()?;
                match escaped.to_digit(16) {
                    Some(high) => {
                        let (_, low) = letters.next()?;
                        let byte = high * 16 + low.to_digit(16)?;
                        bytes.push(u8::try_from(byte).ok()?);
                    }
                    None => bytes.extend(escaped.encode_utf8(&mut [0; 4]).bytes()),
                }
                length = bytes.len();
            }
            letter => {
                bytes.extend(letter.encode_utf8(&mut [0; 4]).bytes());
                if letter != ' ' {
                    length = bytes.len();
                }
            }
        }
    }
    if is_quoted {
        return None;
    }
    bytes.truncate(length);
    Some((String::from_utf8(bytes).ok()?, ""))
}

fn oid(word: &str) -> Option<String> {
    let upper = word.to_ascii_uppercase();
    let known = KEYWORDS.iter().chain(&MORE_KEYWORDS);
    if let Some((oid, _)) = known.into_iter().find(|(_, known)| *known == upper) {
        return Some((*oid).to_owned());
    }
    let digits = upper.strip_prefix("OID.").unwrap_or(&upper);
    let is_oid = digits.contains('.')
        && digits
            .split('.')
            .all(|arc| !arc.is_empty() && arc.bytes().all(|digit| digit.is_ascii_digit()));
    is_oid.then(|| digits.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use x509_parser::prelude::FromDer;

    fn element(tag: u8, body: Vec<u8>) -> Vec<u8> {
        [vec![tag, u8::try_from(body.len()).unwrap()], body].concat()
    }

    /// `OU=a+CN=b` below `O=Acme, Inc.`, the names in different types of string.
    fn name() -> Vec<u8> {
        let pair = |last: u8, tag: u8, value: &[u8]| {
            let oid = element(6, vec![85, 4, last]);
            element(0x30, [oid, element(tag, value.to_vec())].concat())
        };
        let top = element(0x31, pair(10, 19, b"Acme, Inc."));
        let both = [pair(3, 30, b"\0b"), pair(11, 12, b"a")].concat();
        element(0x30, [top, element(0x31, both)].concat())
    }

    #[test]
    fn a_name_is_the_same_however_it_is_written() {
        let der = name();
        let (_, name) = X509Name::from_der(&der).unwrap();
        for (written, same) in [
            ("CN=b+OU=a,O=Acme\\, Inc.", true),
            ("ou = a + cn = b ; o = \"Acme, Inc.\" ", true),
            (
                "OID.2.5.4.11=a+2.5.4.3=#1e020062,O=\\41cme\\2C Inc\\2e",
                true,
            ),
            ("CN=B+OU=a,O=Acme\\, Inc.", false),
            ("CN=b+OU=a", false),
            ("CN=b,OU=a,O=Acme\\, Inc.", false),
            ("O=Acme\\, Inc.,CN=b+OU=a", false),
            ("CN=b,O=Acme\\, Inc.", false),
            ("CN=b+CN=b,O=Acme\\, Inc.", false),
            ("CN=b+OU=a,O=Acme\\, Inc.,C=CH", false),
            ("CN=b+OU=a,O=Acme\\, Inc.\\ ", false),
        ] {
            let read = DistinguishedName::parse(written).unwrap();
            assert_eq!(read.is(&name), same, "{written}");
        }
    }

    #[test]
    fn what_is_no_name_is_told() {
        let word = |word: &str| NotAName::Keyword(word.to_owned());
        let value = || NotAName::Value("CN".to_owned());
        for (written, error) in [
            ("", NotAName::Length),
            ("  ", NotAName::Length),
            ("alice", word("alice")),
            ("CN=a,", word("")),
            ("XX=a", word("XX")),
            ("1..2=a", word("1..2")),
            ("CN=\"a", value()),
            ("CN=\"a\"b", value()),
            ("CN=a\"b", value()),
            ("CN=a\\", value()),
            ("CN=\\a", value()),
            ("CN=\\ff", value()),
            ("CN=#", value()),
            ("CN=#123", value()),
        ] {
            assert_eq!(DistinguishedName::parse(written), Err(error), "{written}");
        }
        let long = format!("CN={}", "a".repeat(MAX));
        assert_eq!(DistinguishedName::parse(&long), Err(NotAName::Length));
    }
}
