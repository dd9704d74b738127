use crate::constraints::NameConstraints;
use crate::{name, signature};
use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::fmt;
use x509_parser::extensions::{GeneralName, ParsedExtension};
use x509_parser::prelude::{FromDer, X509Certificate};
use x509_parser::public_key::PublicKey;

/// A larger certificate is refused unread.
pub const MAX_CERTIFICATE_BYTES: usize = 64 * 1024;

/// A certificate, read once. It owns its bytes and what they say; whether that is true is for [`crate::judge()`] to find out.
#[derive(Clone, PartialEq, Eq)]
pub struct Certificate {
    pub(crate) der: Vec<u8>,
    pub(crate) signed: Vec<u8>,
    pub(crate) signature: Vec<u8>,
    pub(crate) scheme: Option<signature::Scheme>,
    pub(crate) public_key: Vec<u8>,
    pub(crate) key: KeyKind,
    pub(crate) version: u32,
    serial: Vec<u8>,
    subject: String,
    pub(crate) subject_canonical: String,
    issuer: String,
    pub(crate) issuer_canonical: String,
    common_name: Option<String>,
    subject_email: Option<String>,
    not_before: i64,
    not_after: i64,
    pub(crate) names: Names,
    pub(crate) basic: Option<Basic>,
    pub(crate) key_usage: Option<u16>,
    pub(crate) extended_key_usage: Option<Vec<String>>,
    pub(crate) policies: Option<Vec<String>>,
    pub(crate) subject_key_id: Option<Vec<u8>>,
    pub(crate) authority_key_id: Option<Vec<u8>>,
    pub(crate) constraints: Option<NameConstraints>,
    pub(crate) not_understood: Vec<String>,
}

/// Basic constraints (RFC 5280 §4.2.1.9).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Basic {
    pub ca: bool,
    pub path_len: Option<u32>,
}

/// Alternative names of the subject (RFC 5280 §4.2.1.6).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    /// E-mail addresses.
    pub emails: Vec<String>,
    /// Host names.
    pub hosts: Vec<String>,
    /// Addresses: 4 or 16 bytes.
    pub addresses: Vec<Vec<u8>>,
    /// URIs.
    pub uris: Vec<String>,
    /// `otherName` values that are UTF-8 strings, with their type.
    pub others: Vec<(String, String)>,
    /// Directory names in canonical form.
    pub(crate) directories: Vec<String>,
}

/// What kind of public key a certificate holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyKind {
    /// RSA of so many bits.
    Rsa(usize),
    /// A NIST curve of so many bits.
    Ec(usize),
    /// Ed25519.
    Ed25519,
    /// Something else.
    Other,
}

/// Why bytes are no certificate.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// Not the DER of an X.509 certificate, or something behind it.
    #[error("not an x.509 certificate")]
    Der,
    /// An extension is not what its identifier says, or stands there twice.
    #[error("extension {0} is malformed or repeated")]
    Extension(String),
    /// More than [`MAX_CERTIFICATE_BYTES`].
    #[error("a certificate of {0} bytes is refused")]
    TooLarge(usize),
}

impl Certificate {
    /// Reads DER.
    ///
    /// # Errors
    /// See [`Malformed`].
    pub fn from_der(der: &[u8]) -> Result<Self, Malformed> {
        if der.len() > MAX_CERTIFICATE_BYTES {
            return Err(Malformed::TooLarge(der.len()));
        }
        let (rest, parsed) = X509Certificate::from_der(der).map_err(|_| Malformed::Der)?;
        if !rest.is_empty() || !has_one_encoding(der) {
            return Err(Malformed::Der);
        }
        let tbs = &parsed.tbs_certificate;
        let first = |text: Option<&str>| text.map(str::to_owned);
        let mut certificate = Self {
            der: der.to_vec(),
            signed: tbs.as_ref().to_vec(),
            signature: parsed.signature_value.data.to_vec(),
            scheme: signature::Scheme::of(&parsed.signature_algorithm),
            public_key: tbs.subject_pki.raw.to_vec(),
            key: key_kind(&parsed),
            version: tbs.version().0 + 1,
            serial: tbs.raw_serial().to_vec(),
            subject: name::java(tbs.subject()),
            subject_canonical: name::canonical(tbs.subject()),
            issuer: name::java(tbs.issuer()),
            issuer_canonical: name::canonical(tbs.issuer()),
            common_name: first(
                tbs.subject()
                    .iter_common_name()
                    .next()
                    .and_then(|attribute| attribute.as_str().ok()),
            ),
            subject_email: first(
                tbs.subject()
                    .iter_email()
                    .next()
                    .and_then(|attribute| attribute.as_str().ok()),
            ),
            not_before: tbs.validity().not_before.timestamp(),
            not_after: tbs.validity().not_after.timestamp(),
            names: Names::default(),
            basic: None,
            key_usage: None,
            extended_key_usage: None,
            policies: None,
            subject_key_id: None,
            authority_key_id: None,
            constraints: None,
            not_understood: Vec::new(),
        };
        certificate.read_extensions(&parsed)?;
        Ok(certificate)
    }

    fn read_extensions(&mut self, parsed: &X509Certificate<'_>) -> Result<(), Malformed> {
        let mut seen = Vec::new();
        for extension in parsed.extensions() {
            let oid = extension.oid.to_id_string();
            if seen.contains(&oid) {
                return Err(Malformed::Extension(oid));
            }
            match extension.parsed_extension() {
                ParsedExtension::BasicConstraints(basic) => {
                    self.basic = Some(Basic {
                        ca: basic.ca,
                        path_len: basic.path_len_constraint,
                    })
                }
                ParsedExtension::KeyUsage(usage) => self.key_usage = Some(usage.flags),
                ParsedExtension::ExtendedKeyUsage(usage) => {
                    self.extended_key_usage = Some(eku_oids(usage))
                }
                ParsedExtension::CertificatePolicies(policies) => {
                    self.policies = Some(
                        policies
                            .iter()
                            .map(|policy| policy.policy_id.to_id_string())
                            .collect(),
                    );
                }
                ParsedExtension::SubjectKeyIdentifier(id) => {
                    self.subject_key_id = Some(id.0.to_vec())
                }
                ParsedExtension::AuthorityKeyIdentifier(id) => {
                    self.authority_key_id = id.key_identifier.as_ref().map(|id| id.0.to_vec())
                }
                ParsedExtension::SubjectAlternativeName(names) => {
                    self.names = Names::read(&names.general_names)
                }
                ParsedExtension::NameConstraints(constraints) => {
                    self.constraints = Some(NameConstraints::read(constraints))
                }
                ParsedExtension::ParseError { .. } => return Err(Malformed::Extension(oid)),
                _ if extension.critical => self.not_understood.push(oid.clone()),
                _ => {}
            }
            seen.push(oid);
        }
        Ok(())
    }

    /// The bytes that were read.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The subject as Java prints it: `CN=John, OU=myorg, O=mycorp, C=US`.
    pub fn subject(&self) -> String {
        self.subject.clone()
    }

    /// The issuer, likewise.
    pub fn issuer(&self) -> String {
        self.issuer.clone()
    }

    /// The subject in canonical form: lower case, `,` between.
    pub fn subject_canonical(&self) -> &str {
        &self.subject_canonical
    }

    /// The issuer, likewise.
    pub fn issuer_canonical(&self) -> &str {
        &self.issuer_canonical
    }

    /// The subject's first common name.
    pub fn common_name(&self) -> Option<&str> {
        self.common_name.as_deref()
    }

    /// The subject's first `emailAddress` attribute.
    pub fn subject_email(&self) -> Option<&str> {
        self.subject_email.as_deref()
    }

    /// The subject's alternative names.
    pub fn names(&self) -> &Names {
        &self.names
    }

    /// The serial number in decimal.
    pub fn serial_decimal(&self) -> String {
        decimal(&self.serial)
    }

    /// The serial number's bytes as lower-case hex, two's complement: a leading `00` where the high bit is set.
    pub fn serial_hex(&self) -> String {
        hex(&self.serial)
    }

    /// First instant of validity, epoch seconds.
    pub fn not_before(&self) -> i64 {
        self.not_before
    }

    /// Last instant of validity, epoch seconds.
    pub fn not_after(&self) -> i64 {
        self.not_after
    }

    /// 1 or 3.
    pub fn version(&self) -> u32 {
        self.version
    }

    /// SHA-256 over the DER.
    pub fn thumbprint(&self) -> Vec<u8> {
        digest::digest(&digest::SHA256, &self.der).as_ref().to_vec()
    }

    /// SHA-256 over the DER, lower-case hex.
    pub fn thumbprint_hex(&self) -> String {
        hex(&self.thumbprint())
    }

    /// The DER as base64 on one line, without PEM's lines around it.
    pub fn base64(&self) -> String {
        STANDARD.encode(&self.der)
    }

    /// What kind of key it holds.
    pub fn key_kind(&self) -> KeyKind {
        self.key
    }

    /// Whether its own key signed it.
    pub fn is_self_signed(&self) -> bool {
        self.subject_canonical == self.issuer_canonical && signature::verifies(self, self)
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Certificate({}, serial {})",
            self.subject,
            self.serial_decimal()
        )
    }
}

impl Names {
    fn read(names: &[GeneralName<'_>]) -> Self {
        let mut read = Self::default();
        for name in names {
            match name {
                GeneralName::RFC822Name(email) => read.emails.push((*email).to_owned()),
                GeneralName::DNSName(host) => read.hosts.push((*host).to_owned()),
                GeneralName::IPAddress(address) => read.addresses.push(address.to_vec()),
                GeneralName::URI(uri) => read.uris.push((*uri).to_owned()),
                GeneralName::DirectoryName(directory) => {
                    read.directories.push(name::canonical(directory))
                }
                GeneralName::OtherName(oid, value) => {
                    if let Some(text) = utf8_string(value) {
                        read.others.push((oid.to_id_string(), text));
                    }
                }
                _ => {}
            }
        }
        read
    }
}

/// A `UTF8String` with or without its explicit `[0]` tag around it.
fn utf8_string(value: &[u8]) -> Option<String> {
    let (tag, body, rest) = tlv(value)?;
    match tag {
        0x0c if rest.is_empty() => String::from_utf8(body.to_vec()).ok(),
        0xa0 if rest.is_empty() => utf8_string(body),
        _ => None,
    }
}

/// Whether the parts that no signature covers are as DER has them, and the algorithm outside is that inside (RFC 5280 §4.1.1.2): else
/// one certificate could be shown with many thumbprints.
fn has_one_encoding(der: &[u8]) -> bool {
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

/// One DER element, its length in the shortest form: tag, body, what follows.
fn tlv(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = bytes.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        0..=0x7f => (usize::from(first), rest),
        0x81..=0x83 => {
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

fn eku_oids(usage: &x509_parser::extensions::ExtendedKeyUsage<'_>) -> Vec<String> {
    let known = [
        (usage.any, "2.5.29.37.0"),
        (usage.server_auth, "1.3.6.1.5.5.7.3.1"),
        (usage.client_auth, "1.3.6.1.5.5.7.3.2"),
        (usage.code_signing, "1.3.6.1.5.5.7.3.3"),
        (usage.email_protection, "1.3.6.1.5.5.7.3.4"),
        (usage.time_stamping, "1.3.6.1.5.5.7.3.8"),
        (usage.ocsp_signing, "1.3.6.1.5.5.7.3.9"),
    ];
    let named = known
        .into_iter()
        .filter(|(set, _)| *set)
        .map(|(_, oid)| oid.to_owned());
    named
        .chain(usage.other.iter().map(|oid| oid.to_id_string()))
        .collect()
}

fn key_kind(parsed: &X509Certificate<'_>) -> KeyKind {
    match parsed.public_key().parsed() {
        Ok(PublicKey::RSA(key)) => KeyKind::Rsa(key.key_size()),
        // Coordinates of P-521 take 66 bytes.
        Ok(PublicKey::EC(key)) => KeyKind::Ec(if key.key_size() == 528 {
            521
        } else {
            key.key_size()
        }),
        _ if parsed.public_key().algorithm.algorithm.to_id_string() == "1.3.101.112" => {
            KeyKind::Ed25519
        }
        _ => KeyKind::Other,
    }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |text, byte| {
            text + &format!("{byte:02x}")
        })
}

/// Two's complement big-endian bytes in decimal.
fn decimal(bytes: &[u8]) -> String {
    let negative = bytes.first().is_some_and(|byte| byte & 0x80 != 0);
    let mut magnitude: Vec<u8> = bytes.to_vec();
    if negative {
        magnitude.iter_mut().for_each(|byte| *byte = !*byte);
        for byte in magnitude.iter_mut().rev() {
            *byte = byte.wrapping_add(1);
            if *byte != 0 {
                break;
            }
        }
    }
    let mut digits = Vec::new();
    while magnitude.iter().any(|byte| *byte != 0) {
        let mut remainder = 0u16;
        for byte in &mut magnitude {
            let value = remainder * 256 + u16::from(*byte);
            *byte = u8::try_from(value / 10).unwrap_or(0);
            remainder = value % 10;
        }
        digits.push(char::from(b'0' + u8::try_from(remainder).unwrap_or(0)));
    }
    if digits.is_empty() {
        return "0".to_owned();
    }
    if negative {
        digits.push('-');
    }
    digits.into_iter().rev().collect()
}

#[cfg(test)]
mod tests {
    use super::{decimal, hex, utf8_string};

    #[test]
    fn serial_numbers_are_twos_complement() {
        assert_eq!(decimal(&[0]), "0");
        assert_eq!(decimal(&[0x00, 0xa1]), "161");
        assert_eq!(hex(&[0x00, 0xa1]), "00a1");
        assert_eq!(decimal(&[0xff]), "-1");
        assert_eq!(
            decimal(&[0x01, 0, 0, 0, 0, 0, 0, 0, 0]),
            "18446744073709551616"
        );
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
        ] {
            assert_eq!(utf8_string(bytes), None);
        }
    }
}
