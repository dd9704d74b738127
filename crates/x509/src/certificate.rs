use crate::constraints::NameConstraints;
use crate::der::{has_one_encoding, utf8_string};
use crate::serial::{decimal, hex};
use crate::{name, signature};
use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::collections::HashSet;
use std::fmt;
use x509_parser::extensions::{GeneralName, ParsedExtension};
use x509_parser::prelude::{FromDer, X509Certificate, X509Version};
use x509_parser::public_key::PublicKey;

/// A larger certificate is refused unread.
pub const MAX_CERTIFICATE_BYTES: usize = 64 * 1024;

const COMMON_NAME: &str = "2.5.4.3";
const EMAIL_ADDRESS: &str = "1.2.840.113549.1.9.1";

/// Keycloak's names of key usages, each at its bit of the extension.
pub(crate) const KEY_USAGES: [&str; 9] = [
    "digitalSignature",
    "nonRepudiation",
    "keyEncipherment",
    "dataEncipherment",
    "keyAgreement",
    "keyCertSign",
    "cRLSign",
    "encipherOnly",
    "decipherOnly",
];

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
    pub(crate) subject_emails: Vec<String>,
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
    /// A version that does not exist.
    #[error("a version of x.509 that does not exist")]
    Version,
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
        if tbs.version().0 > X509Version::V3.0 {
            return Err(Malformed::Version);
        }
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
            common_name: name::values(tbs.subject(), COMMON_NAME).into_iter().next(),
            subject_emails: name::values(tbs.subject(), EMAIL_ADDRESS),
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
        let mut seen = HashSet::new();
        for extension in parsed.extensions() {
            let oid = extension.oid.to_id_string();
            if !seen.insert(oid.clone()) {
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
                _ if extension.critical => self.not_understood.push(oid),
                _ => {}
            }
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
        self.subject_emails.first().map(String::as_str)
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

    /// Its public key with its kind (`SubjectPublicKeyInfo`), DER.
    pub fn public_key_der(&self) -> &[u8] {
        &self.public_key
    }

    /// What kind of key it holds.
    pub fn key_kind(&self) -> KeyKind {
        self.key
    }

    /// Whether its own key signed it, be it by a weak signature: that says who made it, not that it is trusted.
    pub fn is_self_signed(&self) -> bool {
        self.is_self_issued() && signature::is_own(self)
    }

    /// Whether it names itself as its issuer (RFC 5280 §3.2).
    pub(crate) fn is_self_issued(&self) -> bool {
        self.subject_canonical == self.issuer_canonical
    }

    /// Whether it says that it is a certification authority's.
    pub fn is_authority(&self) -> bool {
        self.basic.is_some_and(|basic| basic.ca)
    }

    /// Its key usages by Keycloak's names; `None` when it says nothing of them.
    pub fn key_usages(&self) -> Option<Vec<&'static str>> {
        let flags = self.key_usage?;
        let named = KEY_USAGES.iter().enumerate();
        Some(
            named
                .filter(|(bit, _)| flags & (1 << bit) != 0)
                .map(|(_, name)| *name)
                .collect(),
        )
    }

    /// Its extended key usages, OIDs; `None` when it says nothing of them.
    pub fn extended_key_usages(&self) -> Option<&[String]> {
        self.extended_key_usage.as_deref()
    }

    /// Its certificate policies, OIDs; `None` when it says nothing of them.
    pub fn policies(&self) -> Option<&[String]> {
        self.policies.as_deref()
    }

    /// The identifier of its key, lower-case hex, where it states one.
    pub fn subject_key_id(&self) -> Option<String> {
        self.subject_key_id.as_deref().map(hex)
    }

    /// The identifier of its issuer's key, lower-case hex, where it states one.
    pub fn authority_key_id(&self) -> Option<String> {
        self.authority_key_id.as_deref().map(hex)
    }

    /// PEM, 64 letters to the line.
    pub fn pem(&self) -> String {
        let base64 = self.base64();
        let lines = base64.as_bytes().chunks(64).map(String::from_utf8_lossy);
        format!(
            "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n",
            lines.collect::<Vec<_>>().join("\n")
        )
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
    let key = parsed.public_key();
    let algorithm = &key.algorithm;
    match key.parsed() {
        Ok(PublicKey::RSA(key)) => KeyKind::Rsa(bits(key.modulus)),
        Ok(PublicKey::EC(_)) => {
            let curve = algorithm
                .parameters
                .as_ref()
                .and_then(|parameters| parameters.as_oid().ok());
            match curve.map(|oid| oid.to_id_string()).as_deref() {
                Some("1.2.840.10045.3.1.7") => KeyKind::Ec(256),
                Some("1.3.132.0.34") => KeyKind::Ec(384),
                Some("1.3.132.0.35") => KeyKind::Ec(521),
                _ => KeyKind::Other,
            }
        }
        _ if algorithm.algorithm.to_id_string() == "1.3.101.112" => KeyKind::Ed25519,
        _ => KeyKind::Other,
    }
}

/// Bits of an unsigned big-endian number.
fn bits(number: &[u8]) -> usize {
    let first = number.iter().position(|byte| *byte != 0);
    first.map_or(0, |at| {
        (number.len() - at) * 8 - number[at].leading_zeros() as usize
    })
}
