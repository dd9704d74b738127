//! What one certificate says.

mod extensions;
mod key;
mod names;
mod read;

pub use key::KeyKind;
pub use names::Names;

use crate::constraints::NameConstraints;
use crate::der::has_frame_of_certificate;
use crate::name::NameKey;
use crate::serial::{decimal, hex};
use crate::{name, signature};
use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use extensions::{Basic, PolicyRules};
use std::fmt;
use x509_parser::prelude::{FromDer, X509Certificate, X509Version};

/// A larger certificate is refused unread.
pub const MAX_CERTIFICATE_BYTES: usize = 64 * 1024;

/// RFC 5280 §4.1.2.2 allows 20 bytes; some authorities take more.
const MAX_SERIAL_BYTES: usize = 64;

/// What messages say of a name is cut here; what is compared is not.
const MAX_LABEL: usize = 256;

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
    pub(crate) serial: Vec<u8>,
    subject: String,
    pub(crate) subject_canonical: String,
    issuer: String,
    pub(crate) issuer_canonical: String,
    pub(crate) subject_name: NameKey,
    pub(crate) issuer_name: NameKey,
    common_name: Option<String>,
    pub(crate) subject_emails: Vec<String>,
    not_before: i64,
    not_after: i64,
    pub(crate) names: Names,
    pub(crate) basic: Option<Basic>,
    pub(crate) key_usage: Option<u16>,
    pub(crate) extended_key_usage: Option<Vec<String>>,
    pub(crate) policies: Option<Vec<String>>,
    pub(crate) policy_rules: PolicyRules,
    pub(crate) subject_key_id: Option<Vec<u8>>,
    pub(crate) authority_key_id: Option<Vec<u8>>,
    pub(crate) constraints: Option<NameConstraints>,
    pub(crate) ca_issuers: Option<String>,
    pub(crate) not_understood: Vec<String>,
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
    /// A version that does not exist, or one without extensions that has some (RFC 5280 §4.1.2.9).
    #[error("a version of x.509 that does not exist, or has no extensions")]
    Version,
    /// A serial number that nobody gives.
    #[error("a serial number of {0} bytes is refused")]
    Serial(usize),
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
        if !rest.is_empty() || !has_frame_of_certificate(der) {
            return Err(Malformed::Der);
        }
        let tbs = &parsed.tbs_certificate;
        let version = tbs.version();
        if version.0 > X509Version::V3.0
            || (version != X509Version::V3 && !tbs.extensions().is_empty())
        {
            return Err(Malformed::Version);
        }
        let serial = tbs.raw_serial();
        if serial.is_empty() || serial.len() > MAX_SERIAL_BYTES {
            return Err(Malformed::Serial(serial.len()));
        }
        let mut certificate = Self {
            der: der.to_vec(),
            signed: tbs.as_ref().to_vec(),
            signature: parsed.signature_value.data.to_vec(),
            scheme: signature::Scheme::of(&parsed.signature_algorithm),
            public_key: tbs.subject_pki.raw.to_vec(),
            key: key::key_kind(&parsed),
            version: tbs.version().0 + 1,
            serial: serial.to_vec(),
            subject: name::java(tbs.subject()),
            subject_canonical: name::canonical(tbs.subject()),
            issuer: name::java(tbs.issuer()),
            issuer_canonical: name::canonical(tbs.issuer()),
            subject_name: NameKey::of(tbs.subject()),
            issuer_name: NameKey::of(tbs.issuer()),
            common_name: name::values(tbs.subject(), COMMON_NAME).into_iter().next(),
            subject_emails: name::values(tbs.subject(), EMAIL_ADDRESS),
            not_before: tbs.validity().not_before.timestamp(),
            not_after: tbs.validity().not_after.timestamp(),
            names: Names::default(),
            basic: None,
            key_usage: None,
            extended_key_usage: None,
            policies: None,
            policy_rules: PolicyRules::default(),
            subject_key_id: None,
            authority_key_id: None,
            constraints: None,
            ca_issuers: None,
            not_understood: Vec::new(),
        };
        certificate.read_extensions(&parsed)?;
        Ok(certificate)
    }

    /// The public key as it stands there: `SubjectPublicKeyInfo` in DER.
    pub fn public_key(&self) -> &[u8] {
        &self.public_key
    }

    /// The bytes that were read.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The subject as Java prints it: `CN=John, OU=myorg, O=mycorp, C=US`.
    pub fn subject(&self) -> String {
        self.subject.clone()
    }

    /// Whether this is its subject.
    pub fn is_named(&self, name: &name::DistinguishedName) -> bool {
        X509Certificate::from_der(&self.der).is_ok_and(|(_, parsed)| name.is(parsed.subject()))
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

    /// SHA-256 over the SubjectPublicKeyInfo: the same for every certificate of a key.
    pub fn public_key_sha256(&self) -> [u8; 32] {
        let digest = digest::digest(&digest::SHA256, &self.public_key);
        let mut bytes = [0; 32];
        bytes.copy_from_slice(digest.as_ref());
        bytes
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
        self.subject_name == self.issuer_name
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

    /// Where it says that its issuer's certificate can be had (RFC 5280 §4.2.2.1). A hint for people; nothing is ever fetched.
    pub fn ca_issuers(&self) -> Option<&str> {
        self.ca_issuers.as_deref()
    }

    /// The subject for a message: not longer than a line or two.
    pub(crate) fn label(&self) -> String {
        clipped(&self.subject)
    }

    /// The issuer, likewise.
    pub(crate) fn issuer_label(&self) -> String {
        clipped(&self.issuer)
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

/// Foreign text of a length that a message can hold.
pub(crate) fn clipped(text: &str) -> String {
    match text.char_indices().nth(MAX_LABEL) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
