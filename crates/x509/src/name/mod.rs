//! Distinguished names as text: as Java prints them (what Keycloak's mappings are written for), and in a canonical form to compare.

mod key;
mod rule;
mod written;

pub(crate) use key::NameKey;
pub use rule::{NameRule, NotARule};
pub use written::{DistinguishedName, NotAName};

use crate::serial::hex;
use x509_parser::asn1_rs::{Any, Tag};
use x509_parser::prelude::X509Name;

/// As Java's `toString`: most specific first, `, ` between, special values in quotes.
pub(crate) fn java(name: &X509Name<'_>) -> String {
    let parts: Vec<String> = rdns(name)
        .into_iter()
        .map(|rdn| rdn.iter().map(Part::java).collect::<Vec<_>>().join(" + "))
        .collect();
    parts.join(", ")
}

/// To compare, as Java's `CANONICAL`: lower case, blanks folded, `,` between; attributes that RFC 2253 has no word for, and values of
/// other types than `PrintableString` and `UTF8String`, stand as their bytes. Unlike Java's, letters are not decomposed.
pub(crate) fn canonical(name: &X509Name<'_>) -> String {
    let parts: Vec<String> = rdns(name)
        .into_iter()
        .map(|rdn| {
            let mut parts: Vec<String> = rdn.iter().map(Part::canonical).collect();
            parts.sort_by_key(|part| {
                (
                    part.starts_with(|first: char| first.is_ascii_digit()),
                    part.clone(),
                )
            });
            parts.join("+")
        })
        .collect();
    parts.join(",")
}

/// The values of one kind of attribute, in the order in which they stand.
pub(crate) fn values(name: &X509Name<'_>, oid: &str) -> Vec<String> {
    name.iter_attributes()
        .filter(|attribute| attribute.attr_type().to_id_string() == oid)
        .filter_map(|attribute| text(attribute.attr_value()))
        .collect()
}

struct Part {
    oid: String,
    /// What it says, where it is text.
    text: Option<String>,
    /// The value as DER.
    der: Vec<u8>,
    /// Of a type whose values are compared as text.
    comparable: bool,
}

impl Part {
    fn java(&self) -> String {
        let keyword = KEYWORDS.iter().find(|(oid, _)| *oid == self.oid);
        let keyword = keyword.map_or_else(
            || format!("OID.{}", self.oid),
            |(_, word)| (*word).to_owned(),
        );
        let value = self
            .text
            .as_deref()
            .map_or_else(|| format!("#{}", hex(&self.der)), quoted);
        format!("{keyword}={value}")
    }

    fn canonical(&self) -> String {
        let keyword = RFC_2253.iter().find(|(oid, _)| *oid == self.oid);
        let value = match &self.text {
            Some(text) if self.comparable && keyword.is_some() => escaped(&folded(text)),
            _ => format!("#{}", hex(&self.der)),
        };
        let keyword = keyword.map_or(self.oid.as_str(), |(_, word)| word);
        format!("{keyword}={value}")
    }
}

/// The parts of a name, most specific first.
fn rdns(name: &X509Name<'_>) -> Vec<Vec<Part>> {
    let mut rdns: Vec<Vec<Part>> = name
        .iter_rdn()
        .map(|rdn| {
            rdn.iter()
                .map(|attribute| {
                    let value = attribute.attr_value();
                    Part {
                        oid: attribute.attr_type().to_id_string(),
                        text: text(value),
                        der: der(value),
                        comparable: matches!(value.tag(), Tag::PrintableString | Tag::Utf8String),
                    }
                })
                .collect()
        })
        .collect();
    rdns.reverse();
    rdns
}

/// What a string of any of ASN.1's types says; `None` for what is no string.
fn text(value: &Any<'_>) -> Option<String> {
    let bytes = value.data;
    match value.tag() {
        Tag::Utf8String
        | Tag::PrintableString
        | Tag::Ia5String
        | Tag::NumericString
        | Tag::VisibleString => std::str::from_utf8(bytes).ok().map(str::to_owned),
        // Everybody who writes it, Java included, means ISO 8859-1.
        Tag::T61String => Some(bytes.iter().copied().map(char::from).collect()),
        Tag::BmpString if bytes.len().is_multiple_of(2) => {
            let units: Vec<u16> = bytes
                .chunks_exact(2)
                .map(|pair| u16::from_be_bytes([pair[0], pair[1]]))
                .collect();
            String::from_utf16(&units).ok()
        }
        Tag::UniversalString if bytes.len().is_multiple_of(4) => bytes
            .chunks_exact(4)
            .map(|four| char::from_u32(u32::from_be_bytes([four[0], four[1], four[2], four[3]])))
            .collect(),
        _ => None,
    }
}

/// The value with its tag and length in front.
fn der(value: &Any<'_>) -> Vec<u8> {
    let constructed = if value.header.is_constructed() {
        0x20
    } else {
        0
    };
    let tag =
        u8::try_from(value.tag().0).unwrap_or(0x1f) | constructed | (value.class() as u8) << 6;
    let length = value.data.len();
    let mut bytes = vec![tag];
    if length < 0x80 {
        bytes.extend(u8::try_from(length));
    } else {
        let digits: Vec<u8> = length
            .to_be_bytes()
            .into_iter()
            .skip_while(|digit| *digit == 0)
            .collect();
        bytes.extend(u8::try_from(digits.len()).map(|count| 0x80 | count));
        bytes.extend(digits);
    }
    bytes.extend(value.data);
    bytes
}

fn folded(value: &str) -> String {
    let single = value.split_whitespace().collect::<Vec<_>>().join(" ");
    // Upper case first, as Java does: so that ß is ss.
    single.to_uppercase().to_lowercase()
}

fn quoted(value: &str) -> String {
    let special = value.contains([',', '+', '=', '\n', '<', '>', '#', ';', '\\', '"'])
        || value.starts_with(' ')
        || value.ends_with(' ')
        || value.contains("  ");
    if special {
        format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""))
    } else {
        value.to_owned()
    }
}

fn escaped(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    for (at, letter) in value.char_indices() {
        if matches!(letter, ',' | '+' | '"' | '\\' | '<' | '>' | ';') || (at == 0 && letter == '#')
        {
            text.push('\\');
        }
        text.push(letter);
    }
    text
}

const KEYWORDS: [(&str, &str); 17] = [
    ("2.5.4.3", "CN"),
    ("2.5.4.6", "C"),
    ("2.5.4.7", "L"),
    ("2.5.4.8", "ST"),
    ("2.5.4.10", "O"),
    ("2.5.4.11", "OU"),
    ("2.5.4.12", "T"),
    ("2.5.4.9", "STREET"),
    ("0.9.2342.19200300.100.1.25", "DC"),
    ("2.5.4.46", "DNQUALIFIER"),
    ("2.5.4.4", "SURNAME"),
    ("2.5.4.42", "GIVENNAME"),
    ("2.5.4.43", "INITIALS"),
    ("2.5.4.44", "GENERATION"),
    ("1.2.840.113549.1.9.1", "EMAILADDRESS"),
    ("0.9.2342.19200300.100.1.1", "UID"),
    ("2.5.4.5", "SERIALNUMBER"),
];

const RFC_2253: [(&str, &str); 9] = [
    ("2.5.4.3", "cn"),
    ("2.5.4.6", "c"),
    ("2.5.4.7", "l"),
    ("2.5.4.8", "st"),
    ("2.5.4.10", "o"),
    ("2.5.4.11", "ou"),
    ("2.5.4.9", "street"),
    ("0.9.2342.19200300.100.1.25", "dc"),
    ("0.9.2342.19200300.100.1.1", "uid"),
];

#[cfg(test)]
mod tests {
    use super::{NameKey, canonical, java};
    use x509_parser::prelude::{FromDer, X509Name};

    /// One RDN for each `(oid, tag, value)`.
    fn name(parts: &[(&[u8], u8, &[u8])]) -> Vec<u8> {
        let element =
            |tag: u8, body: Vec<u8>| [vec![tag, u8::try_from(body.len()).unwrap()], body].concat();
        let rdns = parts.iter().flat_map(|(oid, tag, value)| {
            let pair = [element(6, oid.to_vec()), element(*tag, value.to_vec())].concat();
            element(0x31, element(0x30, pair))
        });
        element(0x30, rdns.collect())
    }

    const CN: &[u8] = &[85, 4, 3];
    const O: &[u8] = &[85, 4, 10];
    const EMAIL: &[u8] = &[42, 134, 72, 134, 247, 13, 1, 9, 1];

    #[test]
    fn names_read_as_java_prints_them() {
        // The texts on the right are what OpenJDK 17 prints.
        let cases: [(Vec<u8>, &str, &str); 7] = [
            (
                name(&[
                    (O, 12, b"mycorp"),
                    (CN, 12, b"ann"),
                    (EMAIL, 22, b"ann@example.com"),
                ]),
                "EMAILADDRESS=ann@example.com, CN=ann, O=mycorp",
                "1.2.840.113549.1.9.1=#160f616e6e406578616d706c652e636f6d,cn=ann,o=mycorp",
            ),
            (
                name(&[(CN, 12, b"evil,O=acme")]),
                "CN=\"evil,O=acme\"",
                "cn=evil\\,o=acme",
            ),
            (name(&[(CN, 12, b"#0c02")]), "CN=\"#0c02\"", "cn=\\#0c02"),
            (
                name(&[(O, 30, b"\0S\0\xf6"), (CN, 20, b"J\xf6rg")]),
                "CN=Jörg, O=Sö",
                "cn=#14044af67267,o=#1e04005300f6",
            ),
            (
                name(&[(O, 12, b"my  corp"), (CN, 12, " Groß ".as_bytes())]),
                "CN=\" Groß \", O=\"my  corp\"",
                "cn=gross,o=my corp",
            ),
            (name(&[(CN, 28, b"\0\0\0a")]), "CN=a", "cn=#1c0400000061"),
            (name(&[]), "", ""),
        ];
        for (der, printed, compared) in cases {
            let (_, name) = X509Name::from_der(&der).unwrap();
            assert_eq!(java(&name), printed);
            assert_eq!(canonical(&name), compared);
        }
        let (_, no_text) =
            X509Name::from_der(&[48, 11, 49, 9, 48, 7, 6, 3, 85, 4, 3, 5, 0]).unwrap();
        assert_eq!(java(&no_text), "CN=#0500");
    }

    #[test]
    fn a_name_is_within_another_at_a_border_of_parts_alone() {
        let key = |parts: &[(&[u8], u8, &[u8])]| {
            let der = name(parts);
            NameKey::of(&X509Name::from_der(&der).unwrap().1)
        };
        let acme = key(&[(O, 12, b"acme")]);
        for (parts, expected) in [
            (&[(O, 12, &b"acme"[..]), (CN, 12, b"a")][..], true),
            (&[(O, 19, b" ACME ")], true),
            (&[(O, 30, b"\0a\0c\0m\0e")], true),
            (&[(CN, 12, b"a"), (O, 12, b"acme")], false),
            (&[(CN, 12, b"a,O=acme")], false),
            (&[(O, 12, b"acme+CN=a")], false),
            (&[(CN, 12, b"acme")], false),
            (&[(O, 5, b"")], false),
            (&[], false),
        ] {
            assert_eq!(key(parts).is_within(&acme), expected, "{parts:?}");
            assert!(key(parts).is_within(&NameKey::default()));
        }
    }
}
