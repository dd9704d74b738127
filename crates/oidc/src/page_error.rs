//! Why an authorization request is answered with a page, and what the page, the log and the event say of it.

use http::StatusCode;
use pages::Message;

/// Why a request is answered with a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PageError {
    RealmDisabled,
    HttpsRequired,
    ClientIdMissing,
    ClientIdTwice,
    ClientUnknown,
    ClientDisabled,
    ClientBearerOnly,
    ClientProtocol,
    RedirectUri,
    MaxAge,
    RegistrationOff,
}

/// What becomes of it.
pub struct Told {
    /// The status.
    pub status: StatusCode,
    /// What the person reads.
    pub message: Message,
    /// What a program reads, in Keycloak's words.
    pub plain: &'static str,
    /// The error of the login event.
    pub event: &'static str,
    /// The stable identifier, which has a page of its own.
    pub reason: &'static str,
}

fn bad(message: Message, plain: &'static str, event: &'static str, reason: &'static str) -> Told {
    Told {
        status: StatusCode::BAD_REQUEST,
        message,
        plain,
        event,
        reason,
    }
}

impl PageError {
    /// What becomes of it.
    pub fn told(self) -> Told {
        const INVALID: &str = "Invalid Request";
        let message = |key: &'static str| Message::new(key);
        let wrong = || message("invalidRequestMessage");
        match self {
            Self::RealmDisabled => bad(
                message("realmDisabledMessage"),
                "Realm not enabled",
                "realm_disabled",
                "REQUEST-REALM-DISABLED",
            ),
            Self::HttpsRequired => bad(
                message("httpsRequiredMessage"),
                "HTTPS required",
                "ssl_required",
                "REQUEST-HTTPS",
            ),
            Self::ClientIdMissing => bad(
                message("missingParameterMessage").with("client_id"),
                INVALID,
                "invalid_request",
                "REQUEST-CLIENT-ID",
            ),
            Self::ClientIdTwice => bad(wrong(), INVALID, "invalid_request", "REQUEST-CLIENT-ID"),
            Self::ClientUnknown => bad(
                message("clientNotFoundMessage"),
                "Client not found.",
                "client_not_found",
                "REQUEST-CLIENT-UNKNOWN",
            ),
            Self::ClientDisabled => bad(
                message("clientDisabledMessage"),
                "Client disabled.",
                "client_disabled",
                "REQUEST-CLIENT-DISABLED",
            ),
            Self::ClientBearerOnly => Told {
                status: StatusCode::FORBIDDEN,
                ..bad(
                    wrong(),
                    "Bearer-only applications are not allowed to initiate browser login",
                    "not_allowed",
                    "REQUEST-CLIENT-BEARER-ONLY",
                )
            },
            Self::ClientProtocol => bad(
                wrong(),
                "Wrong client protocol.",
                "invalid_client",
                "REQUEST-CLIENT-PROTOCOL",
            ),
            Self::RedirectUri => bad(
                message("invalidRedirectUriMessage"),
                "Invalid parameter: redirect_uri",
                "invalid_redirect_uri",
                "REQUEST-REDIRECT-URI",
            ),
            Self::MaxAge => bad(
                message("invalidParameterMessage").with("max_age"),
                INVALID,
                "invalid_request",
                "REQUEST-MAX-AGE",
            ),
            Self::RegistrationOff => bad(
                message("registrationNotAllowedMessage"),
                "Registration not allowed",
                "registration_disabled",
                "REQUEST-REGISTRATION-OFF",
            ),
        }
    }
}
