use crate::certificate::clipped;
use crate::instant;
use crate::revocation::reason::Reason;

/// Why revocation stands against a certificate: one fact each, with a stable identifier.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RevocationRefusal {
    /// Its issuer has taken it back.
    #[error("{subject} was revoked at {}, reason {reason}, by {by}", instant::text(*at))]
    Revoked {
        /// Which certificate.
        subject: String,
        /// Since when, epoch seconds.
        at: i64,
        /// Why.
        reason: Reason,
        /// Who says so.
        by: String,
    },
    /// No list is known that tells of it.
    #[error(
        "no revocation list of {issuer} is known for {subject}{}",
        named(points)
    )]
    ListMissing {
        /// Which certificate.
        subject: String,
        /// Whose list is missing.
        issuer: String,
        /// Where the certificate says that it is.
        points: Vec<String>,
    },
    /// The lists that are known do not tell of certificates like this one, of its distribution point or of every reason.
    #[error(
        "the known revocation lists of {issuer} do not speak of {subject} for every reason{}",
        named(points)
    )]
    ListScope {
        /// Which certificate.
        subject: String,
        /// Whose lists.
        issuer: String,
        /// Where the certificate says that its lists are.
        points: Vec<String>,
    },
    /// The next one was due.
    #[error("the revocation list of {issuer} is out of date: the next was due at {}", instant::text(*next_update))]
    ListExpired {
        /// Whose list.
        issuer: String,
        /// When the next one was due, epoch seconds.
        next_update: i64,
    },
    /// Made in the future.
    #[error("the revocation list of {issuer} is of the future: {}", instant::text(*this_update))]
    ListNotYetValid {
        /// Whose list.
        issuer: String,
        /// When it was made, epoch seconds.
        this_update: i64,
    },
    /// Nobody's key of that name made the signature.
    #[error(
        "the revocation list of {issuer} is not signed by a key of that name that is known and accepted"
    )]
    ListSignature {
        /// Whose list it says it is.
        issuer: String,
    },
    /// The key that signed it may not sign lists.
    #[error("{signer} signed the revocation list of {issuer} and may not: {why}")]
    ListSigner {
        /// Whose list.
        issuer: String,
        /// Whose key.
        signer: String,
        /// What stands against it.
        why: String,
    },
    /// It has a critical extension that is not understood.
    #[error(
        "the revocation list of {issuer} has the critical extension {oid}, which is not understood"
    )]
    ListUnusable {
        /// Whose list.
        issuer: String,
        /// Which extension.
        oid: String,
    },
    /// No answer is known that tells of it.
    #[error("no ocsp answer is known for {subject}{}", named(responders))]
    AnswerMissing {
        /// Which certificate.
        subject: String,
        /// Whom the certificate says to ask.
        responders: Vec<String>,
    },
    /// The next one was due.
    #[error("the ocsp answer for {subject} is out of date: the next was due at {}", instant::text(*next_update))]
    AnswerExpired {
        /// Which certificate.
        subject: String,
        /// When the next one was due, epoch seconds.
        next_update: i64,
    },
    /// Made in the future.
    #[error("the ocsp answer for {subject} is of the future: {}", instant::text(*this_update))]
    AnswerNotYetValid {
        /// Which certificate.
        subject: String,
        /// When it was made, epoch seconds.
        this_update: i64,
    },
    /// Neither the issuer nor somebody whom it delegates to signed the answer.
    #[error(
        "the ocsp answer for {subject} is not signed by its issuer or somebody whom that delegates to: {why}"
    )]
    AnswerSigner {
        /// Which certificate.
        subject: String,
        /// What stands against it.
        why: String,
    },
    /// It has a critical extension that is not understood.
    #[error(
        "the ocsp answer for {subject} has the critical extension {oid}, which is not understood"
    )]
    AnswerUnusable {
        /// Which certificate.
        subject: String,
        /// Which extension.
        oid: String,
    },
    /// The responder does not know it.
    #[error("the ocsp responder does not know {0}")]
    AnswerUnknown(String),
    /// More signatures than are verified for one certificate.
    #[error("the search for who signed revocation lists was given up: too much work")]
    TooMuchWork,
}

fn named(urls: &[String]) -> String {
    if urls.is_empty() {
        ", and it names no place where to find any".to_owned()
    } else {
        let urls: Vec<String> = urls.iter().map(|url| clipped(url)).collect();
        format!("; it names {}", urls.join(", "))
    }
}

impl RevocationRefusal {
    /// The stable identifier, which has a page of its own.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Revoked { .. } => "CERT-REVOKED",
            Self::ListMissing { .. } => "CERT-CRL-MISSING",
            Self::ListScope { .. } => "CERT-CRL-SCOPE",
            Self::ListExpired { .. } => "CERT-CRL-EXPIRED",
            Self::ListNotYetValid { .. } => "CERT-CRL-NOT-YET-VALID",
            Self::ListSignature { .. } => "CERT-CRL-SIGNATURE",
            Self::ListSigner { .. } => "CERT-CRL-SIGNER",
            Self::ListUnusable { .. } => "CERT-CRL-UNUSABLE",
            Self::AnswerMissing { .. } => "CERT-OCSP-MISSING",
            Self::AnswerExpired { .. } => "CERT-OCSP-EXPIRED",
            Self::AnswerNotYetValid { .. } => "CERT-OCSP-NOT-YET-VALID",
            Self::AnswerSigner { .. } => "CERT-OCSP-SIGNER",
            Self::AnswerUnusable { .. } => "CERT-OCSP-UNUSABLE",
            Self::AnswerUnknown(_) => "CERT-OCSP-UNKNOWN",
            Self::TooMuchWork => "CERT-REVOCATION-TOO-MUCH-WORK",
        }
    }

    /// How much the reason explains: of several lists or answers that were of no use, the one that came closest is told.
    pub(super) fn weight(&self) -> u8 {
        match self {
            Self::ListMissing { .. } | Self::AnswerMissing { .. } => 0,
            Self::ListScope { .. } => 1,
            Self::ListNotYetValid { .. } | Self::AnswerNotYetValid { .. } => 2,
            Self::ListSignature { .. } => 3,
            Self::ListSigner { .. } | Self::AnswerSigner { .. } => 4,
            Self::TooMuchWork => 5,
            Self::ListUnusable { .. } | Self::AnswerUnusable { .. } => 6,
            Self::ListExpired { .. } | Self::AnswerExpired { .. } => 7,
            Self::AnswerUnknown(_) => 8,
            Self::Revoked { .. } => 9,
        }
    }
}
