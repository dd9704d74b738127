//! `urn:ietf:params:oauth:grant-type:jwt-bearer` (RFC 7523 §2.1): an identity provider that the realm knows has signed who somebody is, and a client
//! that may turns that into tokens about the person whom the provider knows under that name. No session is kept.

use super::{Authorization, Begun, Binding, Exchange, Grant, Held, Renewal};
use crate::assertion::{self, Claims, Header, WrongAudience, der, peek};
use crate::error::Error;
use crate::refusal::Refusal;
use crate::tokens::{Exchanged, GrantKind};
use authn::Cx;
use jose::{Algorithm, Family, PublicJwks, VerifyError, VerifyingKey};
use realm::{Client, Realm, User};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use store::Claim;

/// The client's attribute that allows it.
const ATTRIBUTE: &str = "oauth2.jwt.authorization.grant.enabled";
/// The client's attribute that names whose assertions it may show.
const PROVIDERS: &str = "oauth2.jwt.authorization.grant.idp";
/// So old an assertion may be, seconds, where the provider's settings say nothing.
const USUAL_AGE: i64 = 300;

pub(super) const GRANT: Grant = Grant {
    name: "urn:ietf:params:oauth:grant-type:jwt-bearer",
    event: "JWT_AUTHORIZATION_GRANT",
    binding: Binding::OfRequest,
    repeats: &[],
    authorize: |exchange| Box::pin(authorize(exchange)),
};

async fn authorize(exchange: &Exchange<'_>) -> Result<Authorization, Error> {
    let (cx, client) = (exchange.cx, exchange.client.client());
    if client.public_client {
        return Err(Refusal::AssertionByPublicClient.into());
    }
    let token = exchange.form.get("assertion");
    let token = token.ok_or(Refusal::AssertionMissing)?;
    let (header, claims) = peek(token).ok_or(Refusal::AssertionMalformed)?;
    if !client.is_on(ATTRIBUTE) {
        return Err(Refusal::AssertionOff.into());
    }
    let issuer = claims.iss.as_deref();
    let issuer = issuer.ok_or(Refusal::AssertionClaimMissing("iss"))?;
    let subject = claims.sub.as_deref();
    let subject = subject.ok_or(Refusal::AssertionClaimMissing("sub"))?;
    let provider = Provider::of(&cx.realm, issuer).ok_or(Refusal::AssertionIssuer)?;
    if !is_named(client, &provider.alias) {
        return Err(Refusal::AssertionProvider.into());
    }
    let algorithm = provider
        .algorithm(&header.alg)
        .ok_or(Refusal::AssertionAlgorithm)?;
    check_audience(cx, &claims)?;
    let expires = provider.check_times(cx.now.seconds(), &claims)?;
    verify(exchange, &provider, token, &header, algorithm).await?;
    let scopes = exchange.scopes(exchange.form.get("scope"))?;
    use_up(cx, &provider, &claims, expires).await?;
    let user = person(cx, &provider, subject).await?;
    exchange.consented(&user.id, &scopes).await?;
    let event = cx
        .event(GRANT.event)
        .user(&user.id)
        .detail("username", &user.username)
        .detail("identity_provider", &provider.alias);
    Ok(Authorization {
        held: Held::Transient(BTreeMap::new()),
        user,
        scopes,
        nonce: None,
        acr: "1".to_owned(),
        auth_time: None,
        confirmation: None,
        kind: GrantKind::Assertion,
        refresh: Renewal::None,
        begun: Begun::Now,
        exchanged: provider.limits_tokens.then_some(Exchanged {
            audiences: None,
            kind: None,
            ends_by: Some(expires),
        }),
        event,
    })
}

/// An identity provider of the realm, as far as it vouches for people with assertions.
struct Provider {
    alias: String,
    keys: Keys,
    algorithm: Option<String>,
    reuse: bool,
    most_age: i64,
    skew: i64,
    limits_tokens: bool,
}

/// Where a provider's keys are.
enum Keys {
    Address(String),
    Document(String),
    /// A public key, and the id that tokens may name it by.
    Key(String, Option<String>),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Stored {
    alias: String,
    provider_id: String,
    #[serde(default = "yes")]
    enabled: bool,
    #[serde(default)]
    config: BTreeMap<String, Value>,
}

fn yes() -> bool {
    true
}

impl Stored {
    fn text(&self, name: &str) -> Option<&str> {
        let value = self.config.get(name).and_then(Value::as_str);
        value.filter(|value| !value.is_empty())
    }

    fn is_on(&self, name: &str) -> bool {
        self.text(name)
            .is_some_and(|value| value.eq_ignore_ascii_case("true"))
    }

    fn number(&self, name: &str) -> Option<i64> {
        self.text(name)?.trim().parse().ok()
    }

    /// Whether it vouches: one that is for nothing else always does, another when it is told to.
    fn vouches(&self) -> bool {
        self.enabled
            && match self.provider_id.as_str() {
                "jwt-authorization-grant" => true,
                "oidc" | "keycloak-oidc" => self.is_on("jwtAuthorizationGrantEnabled"),
                _ => false,
            }
    }
}

impl Provider {
    /// The one whose issuer this is. An issuer that two have is nobody's.
    fn of(realm: &Realm, issuer: &str) -> Option<Self> {
        let mut found = realm
            .identity_providers()
            .iter()
            .filter_map(|body| serde_json::from_value::<Stored>(body.clone()).ok())
            .filter(|stored| stored.vouches() && stored.text("issuer") == Some(issuer));
        let stored = found.next().filter(|_| found.next().is_none())?;
        let keys = if stored.is_on("useJwksUrl") {
            Keys::Address(stored.text("jwksUrl")?.to_owned())
        } else {
            let text = stored.text("publicKeySignatureVerifier")?.to_owned();
            let kid = stored.text("publicKeySignatureVerifierKeyId");
            match text.trim_start().starts_with('{') {
                true => Keys::Document(text),
                false => Keys::Key(text, kid.map(str::to_owned)),
            }
        };
        let most_age = stored.number("jwtAuthorizationGrantMaxAllowedAssertionExpiration");
        let skew = stored.number("jwtAuthorizationGrantAllowedClockSkew");
        Some(Self {
            keys,
            algorithm: stored
                .text("jwtAuthorizationGrantAssertionSignatureAlg")
                .map(str::to_owned),
            reuse: stored.is_on("jwtAuthorizationGrantAssertionReuseAllowed"),
            most_age: most_age.filter(|age| *age > 0).unwrap_or(USUAL_AGE),
            skew: skew.unwrap_or(0).clamp(0, 600),
            limits_tokens: stored.is_on("jwtAuthorizationGrantLimitAccessTokenExp"),
            alias: stored.alias,
        })
    }

    /// The algorithm of this name, where the provider may sign with it: never one with a shared secret.
    fn algorithm(&self, name: &str) -> Option<Algorithm> {
        let known = Algorithm::from_name(name)?;
        let may = self.algorithm.as_deref().is_none_or(|only| only == name);
        (may && known.family() != Family::Oct).then_some(known)
    }

    /// When the assertion ends, epoch seconds.
    fn check_times(&self, now: i64, claims: &Claims) -> Result<i64, Refusal> {
        let expires = claims.exp.ok_or(Refusal::AssertionWithoutEnd)?;
        let begins = claims.nbf.unwrap_or(i64::MIN);
        if expires.saturating_add(self.skew) <= now || begins > now.saturating_add(self.skew) {
            return Err(Refusal::AssertionNotActive);
        }
        match claims.iat {
            Some(iat) if iat > now.saturating_add(self.skew) => Err(Refusal::AssertionFromFuture),
            Some(iat) if iat.saturating_add(self.most_age.saturating_add(self.skew)) < now => {
                Err(Refusal::AssertionTooOld)
            }
            None if expires > now.saturating_add(self.most_age) => Err(Refusal::AssertionTooLong),
            _ => Ok(expires),
        }
    }
}

/// Whether a client may show assertions of this provider.
fn is_named(client: &Client, alias: &str) -> bool {
    let named = client.attribute(PROVIDERS).unwrap_or_default();
    named.split("##").any(|name| name.trim() == alias)
}

/// An assertion is for this realm and for nobody else, so that nobody else can show it here.
fn check_audience(cx: &Cx, claims: &Claims) -> Result<(), Refusal> {
    const OURS: [&str; 2] = ["", "/protocol/openid-connect/token"];
    assertion::check_audience(cx, claims.aud.as_ref(), &OURS).map_err(|wrong| match wrong {
        WrongAudience::Other => Refusal::AssertionAudience,
        WrongAudience::Several => Refusal::AssertionAudiences,
    })
}

async fn verify(
    exchange: &Exchange<'_>,
    provider: &Provider,
    token: &str,
    header: &Header,
    algorithm: Algorithm,
) -> Result<(), Error> {
    let refused = |_: VerifyError| Error::from(Refusal::AssertionSignature);
    let kid = header.kid.as_deref().filter(|kid| !kid.is_empty());
    let keys = match &provider.keys {
        Keys::Address(url) => exchange.client_keys.at(exchange.cx, url, kid).await,
        Keys::Document(text) => match PublicJwks::parse(text.as_bytes()) {
            Ok(keys) => Ok(keys.into()),
            Err(_) => return Err(Refusal::AssertionSignature.into()),
        },
        Keys::Key(text, id) => {
            if kid.is_some() && kid != id.as_deref() {
                return Err(Refusal::AssertionSignature.into());
            }
            let der = der(text).ok_or(Refusal::AssertionSignature)?;
            let key = VerifyingKey::from_public_der(algorithm, &der);
            let key = key.map_err(|_| Refusal::AssertionSignature)?;
            return key.verify::<Value>(token).map(drop).map_err(refused);
        }
    };
    let keys = keys.map_err(|_| Refusal::AssertionSignature)?;
    let verified = keys.verify::<Value>(token, &[algorithm]);
    verified.map(drop).map_err(refused)
}

/// Claims the assertion's key: it is good once, unless the provider's settings say otherwise.
async fn use_up(cx: &Cx, provider: &Provider, claims: &Claims, expires: i64) -> Result<(), Error> {
    if provider.reuse {
        return Ok(());
    }
    let jti = claims.jti.as_deref().filter(|jti| !jti.is_empty());
    let jti = jti.ok_or(Refusal::AssertionWithoutKey)?;
    let whose = format!("assertion {}", provider.alias);
    let until = expires.saturating_add(provider.skew).saturating_add(1);
    let mut writer = cx.server.store.write().await?;
    let outcome = match assertion::use_up(&mut writer, &cx.realm.id, &whose, jti, until).await? {
        Claim::First => Ok(()),
        Claim::Again => Err(Error::from(Refusal::AssertionReused)),
    };
    writer.settle(outcome).await
}

/// Whom the provider knows under this name.
async fn person(cx: &Cx, provider: &Provider, subject: &str) -> Result<User, Error> {
    let mut reader = cx.server.store.read().await?;
    let mut users = reader.users();
    let user = users.by_federated_identity(&cx.realm.id, &provider.alias, subject);
    let user = user.await?.ok_or(Refusal::UserGone)?;
    if !user.enabled {
        return Err(Refusal::AssertionUserDisabled.into());
    }
    if !user.required_actions.is_empty() {
        return Err(Refusal::AssertionUserHasActions.into());
    }
    Ok(user)
}
