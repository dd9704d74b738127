//! Distinguished names as text: as Java prints them (what Keycloak's mappings are written for), and in a canonical form to compare.

use x509_parser::prelude::X509Name;

/// As Java's `toString`: most specific first, `, ` between, special values in quotes.
pub(crate) fn java(name: &X509Name<'_>) -> String {
    let parts: Vec<String> = rdns(name)
        .into_iter()
        .map(|rdn| {
            rdn.iter()
                .map(|part| format!("{}={}", part.keyword(), quoted(&part.value)))
                .collect::<Vec<_>>()
                .join(" + ")
        })
        .collect();
    parts.join(", ")
}

/// To compare: lower case, blanks folded, `,` between (RFC 5280 §7.1 in the form of Java's canonical RFC 2253 text).
pub(crate) fn canonical(name: &X509Name<'_>) -> String {
    let parts: Vec<String> = rdns(name)
        .into_iter()
        .map(|rdn| {
            let mut parts: Vec<String> = rdn
                .iter()
                .map(|part| {
                    let folded = part
                        .value
                        .split_whitespace()
                        .collect::<Vec<_>>()
                        .join(" ")
                        .to_lowercase();
                    format!("{}={}", part.keyword().to_lowercase(), escaped(&folded))
                })
                .collect();
            parts.sort();
            parts.join("+")
        })
        .collect();
    parts.join(",")
}

struct Part {
    oid: String,
    value: String,
}

impl Part {
    fn keyword(&self) -> String {
        KEYWORDS
            .iter()
            .find(|(oid, _)| *oid == self.oid)
            .map_or_else(
                || format!("OID.{}", self.oid),
                |(_, word)| (*word).to_owned(),
            )
    }
}

fn rdns(name: &X509Name<'_>) -> Vec<Vec<Part>> {
    let mut rdns: Vec<Vec<Part>> = name
        .iter_rdn()
        .map(|rdn| {
            rdn.iter()
                .map(|attribute| {
                    let value = attribute
                        .as_str()
                        .map_or_else(|_| hex(attribute.as_slice()), str::to_owned);
                    Part {
                        oid: attribute.attr_type().to_id_string(),
                        value,
                    }
                })
                .collect()
        })
        .collect();
    rdns.reverse();
    rdns
}

fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold("#".to_owned(), |text, byte| text + &format!("{byte:02x}"))
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
    for letter in value.chars() {
        if matches!(letter, ',' | '+' | '"' | '\\' | '<' | '>' | ';') {
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
