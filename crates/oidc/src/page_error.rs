//! Why an authorization request is answered with a page, and what the page, the log and the event say of it.

use authn::Cx;
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
    Claims,
    RegistrationOff,
    RegistrationNotServed,
    ResetOff,
    ResetNotServed,
    Pushed,
    /// And why, for who reads the trace.
    RequestObject(&'static str),
    /// Ours; it is logged.
    Faulty,
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
    /// What the trace says of it.
    pub trace: &'static str,
}

/// Whether the realm has something switched on.
pub fn switched_on(cx: &Cx, name: &str) -> bool {
    let setting = cx.realm.settings.other.get(name);
    setting.and_then(serde_json::Value::as_bool) == Some(true)
}

fn bad(message: Message, plain: &'static str, event: &'static str, reason: &'static str) -> Told {
    Told {
        status: StatusCode::BAD_REQUEST,
        message,
        plain,
        event,
        reason,
        trace: plain,
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
            Self::Claims => bad(
                message("invalidParameterMessage").with("claims"),
                "Invalid parameter: claims",
                "invalid_request",
                "REQUEST-ACR",
            ),
            Self::RegistrationNotServed => bad(
                message("registrationNotAllowedMessage"),
                "Registration not allowed",
                "registration_disabled",
                "REQUEST-REGISTRATION-NOT-SERVED",
            ),
            Self::ResetOff => bad(
                message("resetCredentialNotAllowedMessage"),
                "Reset Credential not allowed",
                "not_allowed",
                "REQUEST-RESET-OFF",
            ),
            Self::ResetNotServed => bad(
                message("resetCredentialNotAllowedMessage"),
                "Reset Credential not allowed",
                "not_allowed",
                "REQUEST-RESET-NOT-SERVED",
            ),
            Self::Pushed => Told {
                trace: "no such request was sent ahead by this client, or its time is over, or it was answered",
                ..bad(wrong(), INVALID, "invalid_request", "REQUEST-PUSHED")
            },
            Self::RequestObject(why) => Told {
                trace: why,
                ..bad(wrong(), INVALID, "invalid_request", "REQUEST-OBJECT")
            },
            Self::Faulty => Told {
                status: StatusCode::INTERNAL_SERVER_ERROR,
                ..bad(
                    message("unexpectedError"),
                    "Internal Server Error",
                    "unknown_error",
                    "REQUEST-FAULT",
                )
            },
            Self::RegistrationOff => bad(
                message("registrationNotAllowedMessage"),
                "Registration not allowed",
                "registration_disabled",
                "REQUEST-REGISTRATION-OFF",
            ),
        }
    }
}
