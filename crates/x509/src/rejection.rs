use crate::instant;
use crate::revocation::RevocationRefusal;
use crate::work::TooMuchWork;

/// Why a certificate is not accepted: one fact each, with a stable identifier.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// The trust store holds no root.
    #[error("no trust anchor is configured, so nothing can be traced back to one")]
    NoAnchors,
    /// An issuer is missing.
    #[error("the missing issuer is {issuer}{}: it is neither in the trust store nor was it sent{}",
        key_id.as_ref().map(|id| format!(", key id {id}")).unwrap_or_default(),
        ca_issuers.as_ref().map(|url| format!("; the certificate below it says that it is at {url} (never fetched from here)")).unwrap_or_default())]
    NoPath {
        /// The subject that the missing certificate has.
        issuer: String,
        /// Its key identifier, lower-case hex.
        key_id: Option<String>,
        /// Where the certificate that lacks it says that it can be had.
        ca_issuers: Option<String>,
    },
    /// Its own key signed it, and it is not in the trust store.
    #[error("the certificate is self-signed and not in the trust store")]
    SelfSigned,
    /// The way leads to a self-signed certificate that is not in the trust store.
    #[error("the path ends at {0}, which is self-signed and not in the trust store")]
    UntrustedRoot(String),
    /// Somebody of the issuer's name is known, but that key did not sign.
    #[error("{issuer} is known, but its key did not sign {subject}")]
    Signature {
        /// Whose signature is wrong.
        subject: String,
        /// Whose key it is not.
        issuer: String,
    },
    /// Its time is over.
    #[error("{subject} expired at {}", instant::text(*not_after))]
    Expired {
        /// Which certificate.
        subject: String,
        /// Epoch seconds.
        not_after: i64,
    },
    /// Its time has not come.
    #[error("{subject} is not valid before {}", instant::text(*not_before))]
    NotYetValid {
        /// Which certificate.
        subject: String,
        /// Epoch seconds.
        not_before: i64,
    },
    /// An issuer on the way may not issue.
    #[error("{0} issued a certificate, and is no certification authority")]
    NotACa(String),
    /// An authority's own certificate was shown.
    #[error("the certificate is a certification authority's, not a person's")]
    CaAsLeaf,
    /// More certificates on the way than allowed.
    #[error("the path is longer than {0} allows")]
    PathTooLong(String),
    /// The search took more work than is spent on one certificate.
    #[error(
        "the search for a path was given up: it takes more work than is spent on one certificate"
    )]
    TooMuchWork,
    /// A name that an authority may not vouch for.
    #[error("{authority} may not vouch for {name}")]
    NameConstraints {
        /// Who may not.
        authority: String,
        /// What it may not.
        name: String,
    },
    /// An authority, or the settings, ask for a certificate policy that holds along the whole path.
    #[error("no certificate policy holds along the whole path, and {} for one", asked_by.as_ref().map_or_else(|| "this check asks".to_owned(), |authority| format!("{authority} asks")))]
    NoCommonPolicy {
        /// The authority that asks; `None` when it is the caller's policy.
        asked_by: Option<String>,
    },
    /// Any-policy cannot be mapped (RFC 5280 §6.1.4 (a)).
    #[error("{0} maps certificate policies from or to any-policy, which nobody may")]
    PolicyMapping(String),
    /// A critical extension that is not understood.
    #[error("{subject} has the critical extension {oid}, which is not understood")]
    CriticalExtension {
        /// Which certificate.
        subject: String,
        /// Which extension.
        oid: String,
    },
    /// The key is too short or of a kind that is not understood.
    #[error("the key of {0} is too weak or of a kind that is not accepted")]
    WeakKey(String),
    /// Signed with SHA-1 or something that is not understood.
    #[error("the signature of {0} is of a kind that is not accepted")]
    WeakSignature(String),
    /// A key usage that the realm asks for is missing.
    #[error("the certificate is not for {0}")]
    KeyUsage(String),
    /// An extended key usage is missing.
    #[error("{subject} says what it is for, and {missing} is not among it")]
    ExtendedKeyUsage {
        /// Which certificate.
        subject: String,
        /// The usage.
        missing: String,
    },
    /// A certificate policy that the realm asks for is missing.
    #[error("the certificate lacks the policy {0}")]
    CertificatePolicy(String),
    /// A version 1 certificate where the policy forbids it.
    #[error("the certificate is of version 1, which is not accepted here")]
    Version1,
    /// The realm's settings ask for something that does not exist.
    #[error("the setting {0} is not a key usage")]
    UnknownKeyUsage(String),
    /// Revoked, or not known not to be.
    #[error(transparent)]
    Revocation(#[from] RevocationRefusal),
}

impl Rejection {
    /// The stable identifier, which has a page of its own.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoAnchors => "CERT-NO-ANCHORS",
            Self::NoPath { .. } => "CERT-NO-PATH",
            Self::SelfSigned => "CERT-SELF-SIGNED",
            Self::UntrustedRoot(_) => "CERT-UNTRUSTED-ROOT",
            Self::Signature { .. } => "CERT-SIGNATURE",
            Self::Expired { .. } => "CERT-EXPIRED",
            Self::NotYetValid { .. } => "CERT-NOT-YET-VALID",
            Self::NotACa(_) => "CERT-NOT-A-CA",
            Self::CaAsLeaf => "CERT-CA-AS-LEAF",
            Self::PathTooLong(_) => "CERT-PATH-TOO-LONG",
            Self::TooMuchWork => "CERT-TOO-MUCH-WORK",
            Self::NameConstraints { .. } => "CERT-NAME-CONSTRAINTS",
            Self::NoCommonPolicy { .. } => "CERT-NO-COMMON-POLICY",
            Self::PolicyMapping(_) => "CERT-POLICY-MAPPING",
            Self::CriticalExtension { .. } => "CERT-CRITICAL-EXTENSION",
            Self::WeakKey(_) => "CERT-WEAK-KEY",
            Self::WeakSignature(_) => "CERT-WEAK-SIGNATURE",
            Self::KeyUsage(_) => "CERT-KEY-USAGE",
            Self::ExtendedKeyUsage { .. } => "CERT-EXTENDED-KEY-USAGE",
            Self::CertificatePolicy(_) => "CERT-POLICY",
            Self::Version1 => "CERT-VERSION-1",
            Self::UnknownKeyUsage(_) => "CERT-SETTING-KEY-USAGE",
            Self::Revocation(refusal) => refusal.code(),
        }
    }

    /// How much the reason explains: of several ways that failed, the one that came closest is told.
    pub(crate) fn weight(&self) -> u8 {
        match self {
            Self::NoAnchors | Self::SelfSigned => 0,
            Self::NoPath { .. } => 1,
            Self::UntrustedRoot(_) => 2,
            Self::Signature { .. } => 3,
            Self::TooMuchWork => 4,
            Self::NotACa(_) => 5,
            Self::Revocation(_) => 7,
            _ => 6,
        }
    }
}

impl From<TooMuchWork> for Rejection {
    fn from(_: TooMuchWork) -> Self {
        Self::TooMuchWork
    }
}
