//! Facts about refused requests, and the one table that turns them into codes, texts and login events.

use crate::answer;
use crate::client_auth::AssertionFault;
use authn::NotTheClient;
use authn::proof::ProofRefusal;
use authn::trace::Attempt;
use axum::response::Response;
use http::StatusCode;
use std::borrow::Cow;

/// One fact about a refused request. The names say it; [`Refusal::told`] says what the caller learns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    RealmDisabled,
    HttpsRequired,
    GrantTypeMissing,
    GrantTypeUnknown,
    ParameterTwice,
    CodeMissing,
    ScopeNotAllowed(String),

    ClientUnknown,
    ClientCredentials,
    ClientMethodNotServed,
    ClientCertificate(Box<NotTheClient>),
    ClientAssertion(AssertionFault),
    Proof(ProofRefusal),
    CodeProof,
    RefreshProof,
    BindingCertificateMissing,

    CodeUnknown,
    CodeReplayed,
    CodeExpired,
    CodeOfAnotherClient,
    CodeSessionGone,
    RedirectMismatch,
    VerifierMissing,
    VerifierUnexpected,
    VerifierMalformed,
    VerifierMismatch,

    RefreshMissing,
    RefreshInvalid,
    RefreshExpired,
    RefreshIssuer(String),
    RefreshOfAnotherClient,
    RefreshReused,
    RefreshStale,
    RefreshBinding,
    ConsentWithdrawn,
    ClientNotInSession,
    SessionNotActive,
    ClientSessionNotActive,
    OfflineSessionGone,
    OfflineSessionNotActive,
    OfflineNotGrantedAnyMore,
    OfflineNotAllowed,
    SessionCertificateRevoked,

    DeviceOff,
    DeviceNotInitiated,
    DeviceCodeMissing,
    DeviceCodeUnknown,
    DeviceCodeOfAnotherClient,
    DevicePending,
    DeviceTooSoon,
    DeviceExpired,
    DeviceDenied,
    DeviceParameterTwice,
    DeviceParameterTooLong(&'static str),
    DeviceChallengeMethod,
    DeviceChallengeMissing,
    DeviceChallengeMalformed,
    DeviceTooMany,

    ExchangeOff,
    ExchangeByPublicClient,
    ExchangeParameterMissing(&'static str),
    ExchangeParameterNotServed(&'static str),
    ExchangeSubjectType,
    ExchangeRequestedType,
    ExchangeToken,
    ExchangeAudience,
    ExchangeAudienceUnknown,
    ExchangeAudienceNotAvailable(String),
    ExchangeOffline,
    ExchangeNewSession,
    ExchangeConsent(String),

    AssertionByPublicClient,
    AssertionMissing,
    AssertionMalformed,
    AssertionOff,
    AssertionClaimMissing(&'static str),
    AssertionIssuer,
    AssertionProvider,
    AssertionAlgorithm,
    AssertionAudience,
    AssertionAudiences,
    AssertionWithoutEnd,
    AssertionNotActive,
    AssertionFromFuture,
    AssertionTooOld,
    AssertionTooLong,
    AssertionSignature,
    AssertionWithoutKey,
    AssertionReused,
    AssertionUserDisabled,
    AssertionUserHasActions,

    UserGone,
    UserDisabled,

    DirectGrantOff,
    DirectGrantNeedsConsent,
    /// The realm's flow said no; it has recorded why.
    Direct {
        status: u16,
        error: &'static str,
        description: String,
    },

    ServiceAccountOfPublicClient,
    ServiceAccountOff,
    ServiceAccountDisabled(String),

    RevokedTokenMissing,
    RevokedTokenInvalid,
    RevokedTokenOfAnotherClient,
    RevokedTokenTypeUnknown,

    IntrospectedTokenMissing,
    HintUnknown,
    PublicClientIntrospects,
    ClientMayNotIntrospect,
}

/// A bound token came without its certificate.
pub const BINDING: &str =
    "Client certificate missing, or its thumbprint and one in the refresh token did NOT match";

/// What becomes of a refusal: status, `error`, `error_description`, and the error of the login event.
struct Told(StatusCode, &'static str, Cow<'static, str>, &'static str);

/// 400 and this error.
fn bad(error: &'static str, text: impl Into<Cow<'static, str>>, event: &'static str) -> Told {
    Told(StatusCode::BAD_REQUEST, error, text.into(), event)
}

/// 400 `invalid_grant`.
fn grant(text: impl Into<Cow<'static, str>>, event: &'static str) -> Told {
    bad("invalid_grant", text, event)
}

/// Keycloak's words.
fn proof_text(refusal: ProofRefusal) -> &'static str {
    match refusal {
        ProofRefusal::Missing => "DPoP proof is missing",
        ProofRefusal::Header => "DPoP header verification failure",
        ProofRefusal::Type => "Invalid or missing type in DPoP header",
        ProofRefusal::Claims => "DPoP mandatory claims are missing",
        ProofRefusal::Method => "DPoP HTTP method mismatch",
        ProofRefusal::Address => "DPoP HTTP URL mismatch",
        ProofRefusal::NotActive => "DPoP proof is not active",
        ProofRefusal::Token => "DPoP proof access token hash is missing or mismatched",
        ProofRefusal::Reused => "DPoP proof has already been used",
    }
}

impl Refusal {
    fn told(&self) -> Told {
        const UNAUTHORIZED: StatusCode = StatusCode::UNAUTHORIZED;
        const FORBIDDEN: StatusCode = StatusCode::FORBIDDEN;
        const CLIENT: &str = "Invalid client or Invalid client credentials";
        let at = |status, told: Told| Told(status, told.1, told.2, told.3);
        let request = |text: &'static str| bad("invalid_request", text, "invalid_request");
        let unauthorized = |text: &'static str, event| bad("unauthorized_client", text, event);
        match self {
            Self::RealmDisabled => {
                let told = bad("access_denied", "Realm not enabled", "realm_disabled");
                at(FORBIDDEN, told)
            }
            Self::HttpsRequired => {
                let told = bad("invalid_request", "HTTPS required", "ssl_required");
                at(FORBIDDEN, told)
            }
            Self::GrantTypeMissing => request("Missing form parameter: grant_type"),
            Self::GrantTypeUnknown => bad(
                "unsupported_grant_type",
                "Unsupported grant_type",
                "invalid_request",
            ),
            Self::ParameterTwice => request("duplicated parameter"),
            Self::CodeMissing => bad("invalid_request", "Missing parameter: code", "invalid_code"),
            Self::ScopeNotAllowed(text) => bad("invalid_scope", text.clone(), "invalid_request"),

            Self::ClientUnknown => {
                let told = bad("invalid_client", CLIENT, "client_not_found");
                at(UNAUTHORIZED, told)
            }
            Self::ClientCredentials => at(
                UNAUTHORIZED,
                unauthorized(CLIENT, "invalid_client_credentials"),
            ),
            Self::ClientMethodNotServed => unauthorized(
                "Client credentials setup required",
                "invalid_client_credentials",
            ),

            Self::ClientCertificate(_) => {
                let told = bad("invalid_client", CLIENT, "invalid_client_credentials");
                at(UNAUTHORIZED, told)
            }
            Self::Proof(refusal) => bad(
                "invalid_request",
                proof_text(*refusal),
                "invalid_dpop_proof",
            ),
            Self::CodeProof => bad(
                "invalid_request",
                "DPoP Proof public key thumbprint does not match dpop_jkt",
                "invalid_request",
            ),
            Self::RefreshProof => grant(
                "DPoP confirmation doesn't match DPoP proof",
                "invalid_token",
            ),
            Self::ClientAssertion(fault @ AssertionFault::SecretSignature) => {
                unauthorized(fault.description(), "invalid_client_credentials")
            }
            Self::ClientAssertion(fault) => bad(
                "invalid_client",
                fault.description(),
                "invalid_client_credentials",
            ),
            Self::BindingCertificateMissing => {
                request("Client Certification missing for MTLS HoK Token Binding")
            }

            Self::CodeUnknown | Self::CodeReplayed => grant("Code not valid", "invalid_code"),
            Self::CodeExpired => grant("Code is expired", "expired_code"),
            Self::CodeOfAnotherClient => grant(
                "Auth error: Found different client_id in clientSession",
                "invalid_code",
            ),
            Self::CodeSessionGone => grant("User session not found", "user_session_not_found"),
            Self::RedirectMismatch => grant("Incorrect redirect_uri", "invalid_redirect_uri"),
            Self::VerifierMissing => {
                grant("PKCE code verifier not specified", "code_verifier_missing")
            }
            Self::VerifierUnexpected => grant(
                "PKCE code verifier specified but challenge not present in authorization",
                "pkce_verification_failed",
            ),
            Self::VerifierMalformed => grant(
                "PKCE verification failed: Invalid code verifier",
                "invalid_code_verifier",
            ),
            Self::VerifierMismatch => grant(
                "PKCE verification failed: Code mismatch",
                "pkce_verification_failed",
            ),

            Self::RefreshMissing => bad("invalid_request", "No refresh token", "invalid_token"),
            Self::RefreshInvalid => grant("Invalid refresh token", "invalid_token"),
            Self::RefreshExpired => grant("Token is not active", "invalid_token"),
            Self::RefreshIssuer(issuer) => grant(
                format!("Invalid token issuer. Expected '{issuer}'"),
                "invalid_token",
            ),
            Self::RefreshOfAnotherClient => grant(
                "Invalid refresh token. Token client and authorized client don't match",
                "invalid_token",
            ),
            Self::RefreshReused => grant(
                "Maximum allowed refresh token reuse exceeded",
                "invalid_token",
            ),
            Self::RefreshBinding => at(UNAUTHORIZED, unauthorized(BINDING, "not_allowed")),
            Self::RefreshStale => grant("Stale token", "invalid_token"),
            Self::ClientNotInSession => {
                grant("Session doesn't have required client", "invalid_token")
            }
            Self::ConsentWithdrawn => bad(
                "invalid_scope",
                "Client no longer has requested consent from user",
                "not_allowed",
            ),
            Self::SessionNotActive => grant("Session not active", "invalid_token"),
            Self::ClientSessionNotActive => grant("Client session not active", "invalid_token"),
            Self::OfflineSessionGone => grant("Offline user session not found", "invalid_token"),
            Self::OfflineSessionNotActive => grant("Offline session not active", "invalid_token"),
            Self::OfflineNotGrantedAnyMore => grant(
                "Offline session invalid because offline access not granted anymore",
                "invalid_token",
            ),
            Self::OfflineNotAllowed => bad(
                "not_allowed",
                "Offline tokens not allowed for the user or client",
                "not_allowed",
            ),

            Self::DeviceOff => grant(
                "Client not allowed OAuth 2.0 Device Authorization Grant",
                "not_allowed",
            ),
            Self::DeviceNotInitiated => unauthorized(
                "Client is not allowed to initiate OAuth 2.0 Device Authorization Grant. The flow is disabled for the client.",
                "not_allowed",
            ),
            Self::DeviceCodeMissing => bad(
                "invalid_request",
                "Missing parameter: device_code",
                "invalid_oauth2_device_code",
            ),
            Self::DeviceCodeUnknown => grant("Device code not valid", "invalid_oauth2_device_code"),
            Self::DeviceCodeOfAnotherClient => grant("unauthorized client", "invalid_client"),
            Self::DevicePending => bad(
                "authorization_pending",
                "The authorization request is still pending",
                "authorization_pending",
            ),
            Self::DeviceTooSoon => bad("slow_down", "Slow down", "slow_down"),
            Self::DeviceExpired => bad(
                "expired_token",
                "Device code is expired",
                "expired_oauth2_device_code",
            ),
            Self::DeviceDenied => bad(
                "access_denied",
                "The end user denied the authorization request",
                "access_denied",
            ),
            Self::DeviceParameterTwice => grant("duplicated parameter", "invalid_request"),
            Self::DeviceParameterTooLong(name) => bad(
                "invalid_request",
                format!("Invalid parameter: {name}"),
                "invalid_request",
            ),
            Self::DeviceChallengeMethod => request("Invalid parameter: code_challenge_method"),
            Self::DeviceChallengeMissing => request("Missing parameter: code_challenge"),
            Self::DeviceChallengeMalformed => request("Invalid parameter: code_challenge"),
            Self::DeviceTooMany => {
                let text = "Too many devices of this client wait for an answer";
                let told = bad("temporarily_unavailable", text, "slow_down");
                at(StatusCode::SERVICE_UNAVAILABLE, told)
            }

            Self::ExchangeOff => {
                request("Standard token exchange is not enabled for the requested client")
            }
            Self::ExchangeByPublicClient => bad(
                "invalid_client",
                "Public client is not allowed to exchange token",
                "invalid_client",
            ),
            Self::ExchangeParameterMissing(name) => bad(
                "invalid_request",
                format!("Parameter '{name}' required for standard token exchange"),
                "invalid_request",
            ),
            Self::ExchangeParameterNotServed(name) => bad(
                "invalid_request",
                format!("Parameter '{name}' is not supported for standard token exchange"),
                "invalid_request",
            ),
            Self::ExchangeSubjectType => {
                request("Parameter 'subject_token' supports access tokens only")
            }
            Self::ExchangeRequestedType => request("requested_token_type unsupported"),
            Self::ExchangeToken => bad("invalid_request", "Invalid token", "invalid_token"),
            Self::ExchangeAudience => {
                let text = "Client is not within the token audience";
                at(FORBIDDEN, bad("access_denied", text, "not_allowed"))
            }
            Self::ExchangeAudienceUnknown => {
                bad("invalid_client", "Audience not found", "client_not_found")
            }
            Self::ExchangeAudienceNotAvailable(names) => bad(
                "invalid_request",
                format!("Requested audience not available: {names}"),
                "invalid_request",
            ),
            Self::ExchangeOffline => request("Scope offline_access not allowed for token exchange"),
            Self::ExchangeNewSession => request(
                "Refresh token not valid as requested_token_type because creating a new session is needed",
            ),

            Self::ExchangeConsent(client) => bad(
                "invalid_scope",
                format!("Missing consents for Token Exchange in client {client}"),
                "consent_denied",
            ),

            Self::AssertionByPublicClient => grant(
                "Public client not allowed to use authorization grant",
                "invalid_client",
            ),
            Self::AssertionMissing => grant("Missing parameter:assertion", "invalid_request"),
            Self::AssertionMalformed => grant(
                "The provided assertion is not a valid JWT",
                "invalid_request",
            ),
            Self::AssertionOff => grant(
                "JWT Authorization Grant is not supported for the requested client",
                "not_allowed",
            ),
            Self::AssertionClaimMissing(name) => {
                grant(format!("Missing claim: {name}"), "invalid_request")
            }
            Self::AssertionIssuer => grant(
                "No Identity Provider for provided issuer",
                "unknown_identity_provider",
            ),
            Self::AssertionProvider => grant(
                "Identity Provider is not allowed for the client",
                "unknown_identity_provider",
            ),
            Self::AssertionAlgorithm => grant("Invalid signature algorithm", "invalid_token"),
            Self::AssertionAudience => grant("Invalid token audience", "invalid_token"),
            Self::AssertionAudiences => grant("Multiple audiences not allowed", "invalid_token"),
            Self::AssertionWithoutEnd => grant("Token exp claim is required", "invalid_token"),
            Self::AssertionNotActive => grant("Token is not active", "invalid_token"),
            Self::AssertionFromFuture => grant("Token was issued in the future", "invalid_token"),
            Self::AssertionTooOld => grant(
                "Token was issued too far in the past to be used now",
                "invalid_token",
            ),
            Self::AssertionTooLong => grant(
                "Token expiration is too far in the future and iat claim not present in token",
                "invalid_token",
            ),
            Self::AssertionSignature => grant("Invalid signature", "invalid_signature"),
            Self::AssertionWithoutKey => grant("Token jti claim is required", "invalid_token"),
            Self::AssertionReused => grant("Token reuse detected", "invalid_token"),
            Self::AssertionUserDisabled => grant("User is not enabled", "user_disabled"),
            Self::AssertionUserHasActions => {
                grant("Account is not fully set up", "resolve_required_actions")
            }

            Self::SessionCertificateRevoked => grant(
                "The certificate that the session began with is revoked",
                "invalid_token",
            ),

            Self::UserGone => grant("User not found", "user_not_found"),
            Self::UserDisabled => grant("User disabled", "user_disabled"),

            Self::DirectGrantOff => {
                unauthorized("Client not allowed for direct access grants", "not_allowed")
            }
            Self::DirectGrantNeedsConsent => bad(
                "invalid_client",
                "Client requires user consent",
                "consent_denied",
            ),
            Self::Direct {
                status,
                error,
                description,
            } => {
                let told = bad(error, description.clone(), "invalid_user_credentials");
                at(StatusCode::from_u16(*status).unwrap_or(told.0), told)
            }

            Self::ServiceAccountOfPublicClient => {
                let text = "Public client not allowed to retrieve service account";
                at(UNAUTHORIZED, unauthorized(text, "invalid_client"))
            }
            Self::ServiceAccountOff => {
                let text = "Client not enabled to retrieve service account";
                at(UNAUTHORIZED, unauthorized(text, "invalid_client"))
            }
            Self::ServiceAccountDisabled(name) => {
                let text = format!("User '{name}' disabled");
                at(UNAUTHORIZED, bad("invalid_request", text, "user_disabled"))
            }

            Self::RevokedTokenMissing => request("Token not provided"),
            Self::RevokedTokenInvalid => {
                let told = bad("invalid_token", "Invalid token", "invalid_token");
                at(StatusCode::OK, told)
            }
            Self::RevokedTokenOfAnotherClient => {
                bad("invalid_request", "Unmatching clients", "invalid_client")
            }
            Self::RevokedTokenTypeUnknown => bad(
                "unsupported_token_type",
                "Unsupported token type",
                "invalid_token_type",
            ),

            Self::IntrospectedTokenMissing => request("Token not provided."),
            Self::HintUnknown => bad(
                "invalid_request",
                "Unsupported token type.",
                "invalid_token_type",
            ),
            Self::PublicClientIntrospects => at(FORBIDDEN, request("Client not allowed.")),
            Self::ClientMayNotIntrospect => {
                let text = "Client authentication failed.";
                let told = bad("invalid_client", text, "invalid_client_credentials");
                at(UNAUTHORIZED, told)
            }
        }
    }

    /// The error of the login event.
    pub fn event(&self) -> &'static str {
        self.told().3
    }

    /// The stable identifier for the event's detail `reason`, where that is more exact than what the caller learns.
    pub fn reason(&self) -> Option<&'static str> {
        Some(match self {
            Self::CodeUnknown => "CODE-UNKNOWN",
            Self::CodeReplayed => "CODE-REPLAYED",
            Self::CodeExpired => "CODE-EXPIRED",
            Self::CodeOfAnotherClient => "CODE-OTHER-CLIENT",
            Self::CodeSessionGone => "CODE-SESSION-GONE",
            Self::RedirectMismatch => "CODE-REDIRECT-MISMATCH",
            Self::VerifierMissing => "PKCE-VERIFIER-MISSING",
            Self::VerifierUnexpected => "PKCE-VERIFIER-UNEXPECTED",
            Self::VerifierMalformed => "PKCE-VERIFIER-MALFORMED",
            Self::VerifierMismatch => "PKCE-VERIFIER-MISMATCH",
            Self::ClientUnknown => "CLIENT-UNKNOWN",
            Self::ClientCredentials => "CLIENT-CREDENTIALS",
            Self::ClientMethodNotServed => "CLIENT-METHOD-NOT-SERVED",
            Self::ClientCertificate(why) => why.code,
            Self::ClientAssertion(fault) => fault.code(),
            Self::Proof(ProofRefusal::Missing) => "PROOF-MISSING",
            Self::Proof(ProofRefusal::Reused) => "PROOF-REUSED",
            Self::Proof(_) => "PROOF-INVALID",
            Self::CodeProof | Self::RefreshProof => "PROOF-KEY-MISMATCH",
            Self::BindingCertificateMissing => "TOKEN-CERT-MISSING",
            Self::RefreshBinding => "TOKEN-CERT-MISMATCH",
            Self::RefreshReused => "REFRESH-REUSED",
            Self::SessionCertificateRevoked => "SESSION-CERT-REVOKED",
            _ => return None,
        })
    }

    /// Tells in a trace what it is, and how that was found.
    pub fn tell(&self, attempt: &mut Attempt, reason: &str) {
        let Self::ClientCertificate(why) = self else {
            return attempt.refusal("token", reason, self.description());
        };
        for step in &why.steps {
            match &step.code {
                Some(code) => attempt.refusal("certificate", code, &step.text),
                None => attempt.note("certificate", &step.text),
            }
        }
        attempt.refusal("certificate", why.code, &why.text);
    }

    /// What the caller learns.
    pub fn description(&self) -> Cow<'static, str> {
        self.told().2
    }

    /// The answer in JSON (RFC 6749 §5.2).
    pub fn to_json(&self) -> Response {
        let Told(status, error, description, _) = self.told();
        answer::error(status, error, Some(&description))
    }
}
