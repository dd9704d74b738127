//! `private_key_jwt` and `client_secret_jwt` (RFC 7523 §2.2, OpenID Connect Core §9): the client signs that it is it, for us alone, once.

use crate::assertion::{self, WrongAudience, check_audience, der, peek};
use crate::client_keys::{ClientKeys, NoKeys};
use crate::error::Error;
use crate::params::Params;
use crate::refusal::Refusal;
use authn::Cx;
use jose::{Algorithm, Family, Secret, VerifyError, VerifyingKey};
use realm::Client;
use serde_json::Value;
use store::Claim;

/// The only kind of assertion.
const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// The client's attribute with the only algorithm it signs with.
const ALGORITHM: &str = "token.endpoint.auth.signing.alg";
/// The client's key as a certificate, and as a bare public key: base64 of their DER.
const CERTIFICATE: &str = "jwt.credential.certificate";
const PUBLIC_KEY: &str = "jwt.credential.public.key";
/// How much our clocks may differ, seconds.
const SKEW: i64 = 10;
/// Longer ahead an assertion can't end: it has to be remembered so long.
const LONGEST: i64 = 86_400;

/// Why an assertion proves nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The form has no `client_assertion_type`.
    TypeMissing,
    /// The form has no `client_assertion`, or what is in it is no token.
    Missing,
    /// Not the algorithm that the client signs with, or none for its way.
    Algorithm,
    /// The client has no key, or none that fits; or its keys did not come.
    Key,
    /// Not signed with the client's key.
    Signature,
    /// Not signed with the client's secret.
    SecretSignature,
    /// For somebody else.
    Audience,
    /// For others as well, who could show it here.
    Audiences,
    /// Without `jti`.
    KeyMissing,
    /// Without `exp`.
    EndMissing,
    /// Too old, or not good yet.
    NotActive,
    /// Good for longer than a day.
    TooLong,
    /// Issued later than now.
    FromFuture,
    /// Shown before.
    Reused,
}

impl Fault {
    /// The stable identifier.
    pub fn code(self) -> &'static str {
        match self {
            Self::TypeMissing | Self::Missing => "CLIENT-ASSERTION-MISSING",
            Self::Algorithm => "CLIENT-ASSERTION-ALGORITHM",
            Self::Key => "CLIENT-ASSERTION-KEY",
            Self::Signature | Self::SecretSignature => "CLIENT-ASSERTION-SIGNATURE",
            Self::Audience | Self::Audiences => "CLIENT-ASSERTION-AUDIENCE",
            Self::KeyMissing | Self::EndMissing => "CLIENT-ASSERTION-CLAIM",
            Self::NotActive | Self::TooLong | Self::FromFuture => "CLIENT-ASSERTION-TIME",
            Self::Reused => "CLIENT-ASSERTION-REUSED",
        }
    }

    /// Keycloak's words.
    pub fn description(self) -> &'static str {
        match self {
            Self::TypeMissing => "Parameter client_assertion_type is missing",
            Self::Missing => "client_assertion parameter missing",
            Self::Algorithm => "Invalid signature algorithm",
            Self::Key => "Unable to load public key",
            Self::Signature => {
                "Client authentication with signed JWT failed: Signature on JWT token failed validation"
            }
            Self::SecretSignature => {
                "Client authentication with client secret signed JWT failed: Signature on JWT token by client secret  failed validation"
            }
            Self::Audience => "Invalid token audience",
            Self::Audiences => "Multiple audiences not allowed",
            Self::KeyMissing => "Token jti claim is required",
            Self::EndMissing => "Token exp claim is required",
            Self::NotActive => "Token is not active",
            Self::TooLong => "Token expiration is too far in the future",
            Self::FromFuture => "Token was issued in the future",
            Self::Reused => "Token reuse detected",
        }
    }
}

impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Self {
        Self::ClientAssertion(fault)
    }
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        Self::Refusal(fault.into())
    }
}

/// Who a form says it is from, by its assertion. Nothing is believed yet: that client's key decides.
pub(super) fn subject(form: &Params) -> Option<String> {
    let is_ours = form.get("client_assertion_type") == Some(TYPE);
    let token = form.get("client_assertion").filter(|_| is_ours)?;
    let (_, claims) = peek(token)?;
    let subject = claims.sub.filter(|subject| !subject.is_empty())?;
    // The client speaks of itself (RFC 7523 §3).
    (claims.iss.as_deref() == Some(subject.as_str())).then_some(subject)
}

/// An assertion whose claims are in order; who signed it is still open.
struct Judged<'a> {
    token: &'a str,
    algorithm: Algorithm,
    kid: Option<String>,
    jti: String,
    expires: i64,
}

/// `private_key_jwt`: signed with a key of the client's.
pub(super) async fn check_by_key(
    cx: &Cx,
    keys: &ClientKeys,
    client: &Client,
    form: &Params,
) -> Result<(), Error> {
    let judged = judge(cx, client, form)?;
    if judged.algorithm.family() == Family::Oct {
        return Err(Fault::Algorithm.into());
    }
    let kid = judged.kid.as_deref().filter(|kid| !kid.is_empty());
    match keys.of(cx, client, kid).await {
        Ok(keys) => {
            if kid.is_some_and(|kid| !keys.knows(kid)) {
                return Err(Fault::Key.into());
            }
            let verified = keys.verify::<Value>(judged.token, &[judged.algorithm]);
            verified.map_err(|_| Fault::Signature)?;
        }
        Err(NoKeys::NotSet) => {
            let key = written_key(client, judged.algorithm).ok_or(Fault::Key)?;
            let verified = key.verify::<Value>(judged.token);
            verified.map_err(|_| Fault::Signature)?;
        }
        Err(_) => return Err(Fault::Key.into()),
    }
    use_up(cx, client, &judged).await
}

/// `client_secret_jwt`: signed with the secret that we share.
pub(super) async fn check_by_secret(cx: &Cx, client: &Client, form: &Params) -> Result<(), Error> {
    let judged = judge(cx, client, form)?;
    if judged.algorithm.family() != Family::Oct {
        return Err(Fault::Algorithm.into());
    }
    let secret = client.secret.as_deref().filter(|secret| !secret.is_empty());
    let secret = secret.ok_or(Refusal::ClientMethodNotServed)?;
    let key = VerifyingKey::from_secret(judged.algorithm, &Secret::from(secret));
    let key = key.map_err(|_| Fault::SecretSignature)?;
    let verified: Result<_, VerifyError> = key.verify::<Value>(judged.token);
    verified.map_err(|_| Fault::SecretSignature)?;
    use_up(cx, client, &judged).await
}

/// Everything about an assertion that needs no key.
fn judge<'a>(cx: &Cx, client: &Client, form: &'a Params) -> Result<Judged<'a>, Fault> {
    let kind = form.filled("client_assertion_type");
    if kind.ok_or(Fault::TypeMissing)? != TYPE {
        return Err(Fault::Missing);
    }
    let token = form.filled("client_assertion").ok_or(Fault::Missing)?;
    let (header, claims) = peek(token).ok_or(Fault::Missing)?;
    let algorithm = Algorithm::from_name(&header.alg)
        .filter(|_| {
            let only = client.attribute(ALGORITHM);
            only.is_none_or(|only| only == header.alg)
        })
        .ok_or(Fault::Algorithm)?;
    check_audience(cx, claims.aud.as_ref(), &OURS).map_err(|wrong| match wrong {
        WrongAudience::Other => Fault::Audience,
        WrongAudience::Several => Fault::Audiences,
    })?;
    let jti = claims.jti.filter(|jti| !jti.is_empty());
    let expires = claims.exp.ok_or(Fault::EndMissing)?;
    let jti = jti.ok_or(Fault::KeyMissing)?;
    let now = cx.now.seconds();
    if expires.saturating_add(SKEW) <= now || claims.nbf.is_some_and(|nbf| nbf > now + SKEW) {
        return Err(Fault::NotActive);
    }
    if claims.iat.is_some_and(|iat| iat > now + SKEW) {
        return Err(Fault::FromFuture);
    }
    if expires > now + LONGEST {
        return Err(Fault::TooLong);
    }
    Ok(Judged {
        token,
        algorithm,
        kid: header.kid,
        jti,
        expires,
    })
}

/// What of ours an assertion may be for: the issuer, or an endpoint that takes assertions.
const OURS: [&str; 4] = [
    "",
    "/protocol/openid-connect/token",
    "/protocol/openid-connect/token/introspect",
    "/protocol/openid-connect/ext/par/request",
];

/// The key that stands in the client's settings itself.
fn written_key(client: &Client, algorithm: Algorithm) -> Option<VerifyingKey> {
    let key = match client.attribute(CERTIFICATE) {
        Some(certificate) => x509::Certificate::from_der(&der(certificate)?)
            .ok()?
            .public_key()
            .to_vec(),
        None => der(client.attribute(PUBLIC_KEY)?)?,
    };
    VerifyingKey::from_public_der(algorithm, &key).ok()
}

/// Remembers the assertion, durably, until it ends.
async fn use_up(cx: &Cx, client: &Client, judged: &Judged<'_>) -> Result<(), Error> {
    let whose = format!("client assertion {}", client.id);
    let until = judged.expires.saturating_add(SKEW + 1);
    let mut writer = cx.server.store.write().await?;
    match assertion::use_up(&mut writer, &cx.realm.id, &whose, &judged.jti, until).await? {
        Claim::First => Ok(writer.commit().await?),
        Claim::Again => Err(Fault::Reused.into()),
    }
}
