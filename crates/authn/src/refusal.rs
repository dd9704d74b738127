//! Why a step of a flow, or the flow, says no. A variant is one fact; this file is the only place where facts become codes, event errors,
//! texts for people and answers to clients.

use crate::brute_force::Lockout;
use crate::untrusted::is_forged;
use edge::NoCert;
use pages::Message;
use std::borrow::Cow;
use x509::{ChainError, NoIdentity, Rejection, RevocationRefusal, UnknownSource};

/// The identifier of a note in a trace: a setting of a step has no effect.
pub(crate) const NOTE_SETTING: &str = "CERT-NOTE-SETTING";

/// Why somebody is not signed in. The text is for administrators.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    #[error("{0}")]
    NoCertificate(NoCert),
    #[error("{0}")]
    Certificate(Rejection),
    #[error(
        "the step names a certificate of a responder (ocsp-responder-certificate) that is none: {0}"
    )]
    ResponderCertificate(ChainError),
    #[error(
        "the step has no configuration, so nothing says where in a certificate the person stands"
    )]
    NotConfigured,
    #[error("the realm's own trust anchors (attribute {attribute}) can't be read: {error}")]
    RealmAnchors {
        attribute: &'static str,
        error: ChainError,
    },
    #[error("the path ends at {0}, which is none of the authorities that the step asks for")]
    OtherAuthority(String),
    #[error("{0}")]
    IdentitySource(UnknownSource),
    #[error("{0}")]
    NoIdentity(NoIdentity),
    #[error("the certificate is no longer the one that was shown on the page before")]
    CertificateChanged,
    #[error("what came back from the certificate host does not count: {0}")]
    CertificateTicket(&'static str),
    #[error("the request has no user name")]
    UsernameMissing,
    #[error("nobody has this {0}")]
    UserNotFound(By),
    #[error("more than one person has this {0}")]
    UserAmbiguous(By),
    #[error("the account that this {0} leads to is a client's own, and nobody signs in as one")]
    UserIsService(By),
    #[error("the account is disabled")]
    UserDisabled,
    #[error("repeated failures lock the account out{}", how(.0))]
    UserLocked(Lockout, By),
    #[error("the person has no password")]
    PasswordNone,
    #[error("the password is not theirs")]
    Password,
    #[error("the stored password can't be used: {0}")]
    PasswordUnusable(String),
    #[error("too many passwords are waiting to be compared")]
    Busy,
    #[error("the flow {0:?} does not exist, or contains itself")]
    FlowBroken(String),
    #[error("the step {0} is needed here and not served")]
    StepNotServed(String),
    #[error("the step {0} needs a person, and no step before it said who")]
    UserUnknown(String),
    #[error("the step {step} needs a credential of kind {kind}, and the person has none")]
    CredentialMissing { step: String, kind: &'static str },
    #[error("the flow denies access")]
    Denied { message: Option<String> },
    #[error("no step of the flow succeeded")]
    NothingSucceeded,
    #[error("the required action {0} is due and not served")]
    ActionNotServed(String),
    #[error("the profile lacks {0}, which the user profile requires")]
    ProfileIncomplete(String),
    #[error(
        "the client takes nothing less than the level of authentication {asked}, and the flow reached {reached}"
    )]
    LevelNotReached { asked: i64, reached: i64 },
    #[error("the person does not accept the terms")]
    TermsDeclined,
    #[error("somebody else is signed in at this browser already")]
    SomebodyElse,
    #[error("what has to travel with the page is too large")]
    TooLarge,
}

fn how(lockout: &Lockout) -> &'static str {
    match lockout {
        Lockout::Temporary => " for a while",
        Lockout::Permanent => ", until it is enabled again",
    }
}

/// What somebody was looked for by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum By {
    /// What was typed.
    Name,
    /// What a certificate says.
    Certificate,
}

impl std::fmt::Display for By {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Name => "user name or address",
            Self::Certificate => "identity of the certificate",
        })
    }
}

/// A refusal as a client without a browser is told.
pub(crate) struct Told {
    pub(crate) status: u16,
    pub(crate) error: &'static str,
    pub(crate) description: Cow<'static, str>,
}

impl Refusal {
    /// The stable identifier, which has a page of its own.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::NoCertificate(reason) => reason.code(),
            Self::Certificate(rejection) => rejection.code(),
            Self::ResponderCertificate(_) => "CERT-SETTING-RESPONDER",
            Self::NotConfigured => "FLOW-CERT-NOT-CONFIGURED",
            Self::RealmAnchors { .. } => "CERT-SETTING-ANCHORS",
            Self::OtherAuthority(_) => "CERT-OTHER-AUTHORITY",
            Self::IdentitySource(source) => source.code(),
            Self::NoIdentity(missing) => missing.code(),
            Self::CertificateChanged => "CERT-CHANGED",
            Self::CertificateTicket(_) => "CERT-TICKET",
            Self::UsernameMissing => "USER-NAME-MISSING",
            Self::UserNotFound(_) => "USER-NOT-FOUND",
            Self::UserAmbiguous(_) => "USER-AMBIGUOUS",
            Self::UserIsService(_) => "USER-IS-SERVICE",
            Self::UserDisabled => "USER-DISABLED",
            Self::UserLocked(Lockout::Temporary, _) => "USER-LOCKED",
            Self::UserLocked(Lockout::Permanent, _) => "USER-LOCKED-FOR-GOOD",
            Self::PasswordNone => "USER-PASSWORD-NONE",
            Self::Password => "USER-PASSWORD",
            Self::PasswordUnusable(_) => "USER-PASSWORD-UNUSABLE",
            Self::Busy => "FLOW-BUSY",
            Self::FlowBroken(_) => "FLOW-BROKEN",
            Self::StepNotServed(_) => "FLOW-STEP-NOT-SERVED",
            Self::UserUnknown(_) => "FLOW-USER-UNKNOWN",
            Self::CredentialMissing { .. } => "FLOW-CREDENTIAL-MISSING",
            Self::Denied { .. } => "FLOW-DENIED",
            Self::NothingSucceeded => "FLOW-NOTHING-SUCCEEDED",
            Self::ActionNotServed(_) => "FLOW-ACTION-NOT-SERVED",
            Self::ProfileIncomplete(_) => "FLOW-PROFILE-INCOMPLETE",
            Self::LevelNotReached { .. } => "FLOW-LEVEL",
            Self::TermsDeclined => "FLOW-TERMS-DECLINED",
            Self::SomebodyElse => "FLOW-SOMEBODY-ELSE",
            Self::TooLarge => "FLOW-STATE-TOO-LARGE",
        }
    }

    /// The error of the login event.
    pub(crate) fn event(&self) -> &'static str {
        match self {
            Self::UsernameMissing | Self::UserNotFound(_) => "user_not_found",
            Self::UserDisabled | Self::UserLocked(Lockout::Permanent, _) => "user_disabled",
            Self::UserLocked(Lockout::Temporary, _) => "user_temporarily_disabled",
            Self::NoCertificate(reason) if is_forged(reason) => "client_cert_header_untrusted",
            Self::ActionNotServed(_) | Self::ProfileIncomplete(_) => "resolve_required_actions",
            Self::Denied { .. } => "access_denied",
            Self::TermsDeclined => "rejected_by_user",
            Self::SomebodyElse => "different_user_authenticated",
            Self::FlowBroken(_) | Self::StepNotServed(_) | Self::NotConfigured => "invalid_config",
            Self::TooLarge => "invalid_request",
            Self::Busy | Self::LevelNotReached { .. } => "generic_authentication_error",
            _ => "invalid_user_credentials",
        }
    }

    /// Whether somebody showed a certificate as proof in vain. Without a browser that counts as a failure of whom they said they are.
    pub(crate) fn is_failed_certificate(&self) -> bool {
        matches!(
            self,
            Self::NoCertificate(_)
                | Self::Certificate(_)
                | Self::OtherAuthority(_)
                | Self::NoIdentity(_)
                | Self::UserNotFound(By::Certificate)
                | Self::UserAmbiguous(By::Certificate)
                | Self::UserIsService(By::Certificate)
        )
    }

    /// What the person reads: nothing that tells whether somebody exists.
    pub(crate) fn message(&self) -> Message {
        Message::new(match self {
            Self::NoCertificate(_) => "certificateRequired",
            Self::Certificate(_)
            | Self::ResponderCertificate(_)
            | Self::NotConfigured
            | Self::RealmAnchors { .. }
            | Self::OtherAuthority(_)
            | Self::IdentitySource(_)
            | Self::CertificateChanged => "certificateRefused",
            Self::CertificateTicket(_) => "certificateTicketRefused",
            Self::NoIdentity(_)
            | Self::UserNotFound(By::Certificate)
            | Self::UserAmbiguous(By::Certificate)
            | Self::UserIsService(By::Certificate)
            | Self::UserLocked(_, By::Certificate) => "certificateNoAccount",
            Self::UsernameMissing
            | Self::UserNotFound(By::Name)
            | Self::UserAmbiguous(By::Name)
            | Self::UserIsService(By::Name)
            | Self::UserLocked(_, By::Name)
            | Self::PasswordNone
            | Self::Password
            | Self::PasswordUnusable(_) => "invalidUserMessage",
            Self::UserDisabled => "accountDisabledMessage",
            Self::Busy => "serverBusyMessage",
            Self::Denied {
                message: Some(text),
            } => return Message::new(text.clone()),
            Self::Denied { message: None } | Self::TermsDeclined => "accessDeniedMessage",
            Self::ActionNotServed(_) | Self::ProfileIncomplete(_) => "accountNotSetUpMessage",
            Self::SomebodyElse => "differentUserMessage",
            Self::TooLarge => "invalidRequestMessage",
            Self::FlowBroken(_)
            | Self::StepNotServed(_)
            | Self::UserUnknown(_)
            | Self::CredentialMissing { .. }
            | Self::LevelNotReached { .. }
            | Self::NothingSucceeded => "signInNotPossibleMessage",
        })
    }

    /// What the person reads when there is no other way to go on with.
    pub(crate) fn final_message(&self) -> Message {
        match self {
            Self::Certificate(_)
            | Self::ResponderCertificate(_)
            | Self::NotConfigured
            | Self::RealmAnchors { .. }
            | Self::OtherAuthority(_)
            | Self::IdentitySource(_)
            | Self::CertificateChanged => Message::new("certificateRequired"),
            _ => self.message(),
        }
    }

    /// The status of the error page.
    pub(crate) fn status(&self) -> u16 {
        match self {
            Self::Busy => 503,
            Self::Denied { .. } => 401,
            _ => 400,
        }
    }

    /// The answer to a client without a browser, in Keycloak's words where it has some.
    pub(crate) fn told(&self) -> Told {
        const REQUEST: &str = "invalid_request";
        const GRANT: &str = "invalid_grant";
        let (status, error, description): (u16, _, Cow<'static, str>) = match self {
            Self::NoCertificate(_) => (401, REQUEST, "X509 client certificate is missing.".into()),
            Self::NotConfigured => (401, REQUEST, "Configuration is missing.".into()),
            Self::Certificate(Rejection::Revocation(RevocationRefusal::Revoked {
                subject,
                ..
            })) => {
                let text = "Certificate has been revoked, certificate's subject:";
                (401, REQUEST, format!("{text} {subject}").into())
            }
            Self::Certificate(rejection) if is_about_itself(rejection) => {
                (401, REQUEST, rejection.to_string().into())
            }
            Self::Certificate(_)
            | Self::ResponderCertificate(_)
            | Self::RealmAnchors { .. }
            | Self::OtherAuthority(_)
            | Self::CertificateChanged
            | Self::CertificateTicket(_) => {
                let text = "X509 client certificate was not accepted.";
                (401, REQUEST, text.into())
            }
            Self::NoIdentity(_) | Self::IdentitySource(_) => {
                let text = "Unable to extract user identity from specified certificate";
                (401, REQUEST, text.into())
            }
            Self::UserAmbiguous(By::Certificate) => {
                let text = format!("X509 certificate authentication's failed. Reason: \"{self}\"");
                (401, REQUEST, text.into())
            }
            Self::UsernameMissing => (401, REQUEST, "Missing parameter: username".into()),
            Self::UserDisabled => (400, GRANT, "Account disabled".into()),
            Self::ActionNotServed(_) | Self::ProfileIncomplete(_) => {
                (400, GRANT, "Account is not fully set up".into())
            }
            Self::Denied { .. } => (401, "access_denied", "Access denied".into()),
            Self::Busy => {
                let text = "Too many sign-ins at once";
                (503, "temporarily_unavailable", text.into())
            }
            Self::FlowBroken(_) | Self::StepNotServed(_) => {
                let text = "The sign-in needs a step that is not served";
                (400, GRANT, text.into())
            }
            _ => (400, GRANT, "Invalid user credentials".into()),
        };
        Told {
            status,
            error,
            description,
        }
    }
}

/// Whether a rejection tells of the certificate that was shown, and nothing of whom we trust.
fn is_about_itself(rejection: &Rejection) -> bool {
    matches!(
        rejection,
        Rejection::Expired { .. }
            | Rejection::NotYetValid { .. }
            | Rejection::KeyUsage(_)
            | Rejection::ExtendedKeyUsage { .. }
            | Rejection::CertificatePolicy(_)
            | Rejection::Version1
            | Rejection::CaAsLeaf
    )
}
