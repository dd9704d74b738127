//! Whose certificate is this? Judged here, whatever a proxy said of it; then traced to a person as the step's settings say.

use crate::flow::Walk;
use crate::people::{self, Lookup};
use crate::refusal::{By, Refusal};
use crate::{Cx, Fault};
use edge::ClientCert;
use realm::{AuthenticatorConfig, AuthenticatorConfigId, Execution, RealmId, User, UserId};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use x509::{Certificate, IdentitySource, Policy, PolicyMode, UnknownSource, Version1};

/// A certificate that is in order, and whose it is.
pub(crate) struct Holder {
    pub(crate) user: User,
    /// What the certificate says, as far as one value says it.
    pub(crate) identity: String,
    pub(crate) subject: String,
    /// SHA-256, lower-case hex.
    pub(crate) thumbprint: String,
}

/// Why a certificate does not lead to a person, and how far it got.
pub(crate) struct Refused {
    pub(crate) why: Refusal,
    pub(crate) identity: Option<String>,
    pub(crate) user: Option<UserId>,
}

impl From<Refusal> for Refused {
    fn from(why: Refusal) -> Self {
        Self {
            why,
            identity: None,
            user: None,
        }
    }
}

/// Whose certificate came with this request, by the settings of this step. All that is found out goes into the trace, a refusal included.
pub(crate) async fn identify(
    walk: &mut Walk<'_>,
    execution: &Execution,
) -> Result<Result<Holder, Refused>, Fault> {
    let found = find(walk, execution).await?;
    if let Err(refused) = &found {
        walk.tell("certificate", &refused.why);
    }
    Ok(found)
}

async fn find(
    walk: &mut Walk<'_>,
    execution: &Execution,
) -> Result<Result<Holder, Refused>, Fault> {
    let cx = walk.cx;
    let chain = match cx.arrival.client_cert() {
        ClientCert::Present(chain) => chain.clone(),
        ClientCert::Absent(reason) => {
            return Ok(Err(Refusal::NoCertificate(reason.clone()).into()));
        }
    };
    note_details(walk, chain.leaf());
    let Some(config) = walk.config(execution) else {
        return Ok(Err(Refusal::NotConfigured.into()));
    };
    if asks_for_revocation(&config) {
        return Ok(Err(Refusal::Revocation.into()));
    }
    let judgement = x509::judge(
        &chain,
        &cx.server.anchors(cx.arrival.client_cert_shown_by()),
        &policy(&config),
        cx.now.seconds(),
    );
    let mut steps = judgement.steps;
    if judgement.outcome.is_err() {
        steps.pop(); // the refusal itself, which comes in its own words
    }
    for step in steps {
        walk.attempt.add("certificate", step.code, step.text);
    }
    let verified = match judgement.outcome {
        Ok(verified) => verified,
        Err(rejection) => return Ok(Err(Refusal::Certificate(rejection).into())),
    };
    let leaf = verified.leaf();
    let source = match cx.server.sources().get(cx, &config) {
        Ok(source) => source,
        Err(unknown) => return Ok(Err(Refusal::IdentitySource(unknown).into())),
    };
    let values = match source.extract(leaf) {
        Ok(values) => values,
        Err(missing) => return Ok(Err(Refusal::NoIdentity(missing).into())),
    };
    let identity = people::clip(&values.join("##"));
    walk.attempt
        .note("certificate", format!("it names {identity:?}"));
    let refused = |why, user: Option<&User>| {
        Ok(Err(Refused {
            why,
            identity: Some(identity.clone()),
            user: user.map(|user| user.id.clone()),
        }))
    };
    let user = match look_up(cx, &config, &values).await? {
        Lookup::One(user) => *user,
        Lookup::Nobody => return refused(Refusal::UserNotFound(By::Certificate), None),
        Lookup::Several => return refused(Refusal::UserAmbiguous(By::Certificate), None),
    };
    if user.service_account_of.is_some() {
        return refused(Refusal::UserIsService(By::Certificate), Some(&user));
    }
    if !user.enabled {
        return refused(Refusal::UserDisabled, Some(&user));
    }
    walk.attempt
        .note("user", format!("the certificate is {}'s", user.username));
    Ok(Ok(Holder {
        user,
        subject: leaf.subject(),
        thumbprint: leaf.thumbprint_hex(),
        identity,
    }))
}

/// What events say of a certificate.
fn note_details(walk: &mut Walk<'_>, leaf: &Certificate) {
    let details = [
        ("x509_cert_serial_number", leaf.serial_decimal()),
        ("x509_cert_subject_distinguished_name", leaf.subject()),
        ("x509_cert_issuer_distinguished_name", leaf.issuer()),
    ];
    let details =
        details.map(|(name, value)| (name.to_owned(), value.chars().take(1024).collect()));
    walk.found.details.extend(details);
}

fn setting<'c>(config: &'c AuthenticatorConfig, name: &str) -> Option<&'c str> {
    let value = config.config.get(&format!("x509-cert-auth.{name}"))?;
    Some(value.trim()).filter(|value| !value.is_empty())
}

fn is_on(config: &AuthenticatorConfig, name: &str) -> bool {
    setting(config, name).is_some_and(|value| value.eq_ignore_ascii_case("true"))
}

/// Whether a step is bypassed once its certificate is in order.
pub(crate) fn skips_confirmation(config: Option<&Arc<AuthenticatorConfig>>) -> bool {
    config.is_some_and(|config| is_on(config, "confirmation-page-disallowed"))
}

/// Distribution points are only asked together with lists.
fn asks_for_revocation(config: &AuthenticatorConfig) -> bool {
    is_on(config, "crl-checking-enabled") || is_on(config, "ocsp-checking-enabled")
}

fn policy(config: &AuthenticatorConfig) -> Policy {
    let list = |name, separators: &[char]| -> Vec<String> {
        let items = setting(config, name).unwrap_or_default().split(separators);
        let items = items.map(str::trim).filter(|item| !item.is_empty());
        items.map(str::to_owned).collect()
    };
    let is_any = setting(config, "certificate-policy-mode")
        .is_some_and(|mode| mode.eq_ignore_ascii_case("Any"));
    Policy {
        key_usages: list("keyusage", &[',']),
        extended_key_usages: list("extendedkeyusage", &[',', ';', ':']),
        certificate_policies: list("certificate-policy", &[',', ';', ':']),
        policy_mode: if is_any {
            PolicyMode::Any
        } else {
            PolicyMode::All
        },
        version1: Version1::Allowed,
        ..Policy::default()
    }
}

async fn look_up(
    cx: &Cx,
    config: &AuthenticatorConfig,
    values: &[String],
) -> Result<Lookup, Fault> {
    if setting(config, "mapper-selection") != Some("Custom Attribute Mapper") {
        return people::by_name_or_email(cx, &values.join("##")).await;
    }
    let names =
        setting(config, "mapper-selection.user-attribute-name").unwrap_or("usercertificate");
    let names: Vec<&str> = names.split("##").map(str::trim).collect();
    let (Some((name, more_names)), Some((value, more_values))) =
        (names.split_first(), values.split_first())
    else {
        return Ok(Lookup::Nobody);
    };
    if names.len() != values.len() {
        return Ok(Lookup::Nobody);
    }
    let mut reader = cx.server.store.read().await?;
    let mut users = reader.users();
    let mut found = users.by_attribute(&cx.realm.id, name, value).await?;
    found.retain(|user| {
        let first = |name: &str| user.attributes.get(name).and_then(|values| values.first());
        let mut rest = more_names.iter().zip(more_values);
        rest.all(|(name, value)| first(name) == Some(value))
    });
    Ok(match (found.pop(), found.is_empty()) {
        (Some(user), true) => Lookup::One(Box::new(user)),
        (Some(_), false) => Lookup::Several,
        (None, _) => Lookup::Nobody,
    })
}

/// Sources of identity as steps have them, made once for each version of a realm: an expression takes its time to be compiled.
#[derive(Default)]
pub(crate) struct Sources(Mutex<HashMap<(RealmId, AuthenticatorConfigId), (i64, Source)>>);

type Source = Result<Arc<IdentitySource>, UnknownSource>;

impl Sources {
    pub(crate) fn get(&self, cx: &Cx, config: &AuthenticatorConfig) -> Source {
        let key = (cx.realm.id.clone(), config.id.clone());
        let known = |sources: &HashMap<_, (i64, Source)>| {
            let (version, source) = sources.get(&key)?;
            Some(source.clone()).filter(|_| *version == cx.realm.version)
        };
        let mut sources = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(source) = known(&sources) {
            return source;
        }
        let source = make(config);
        sources.insert(key, (cx.realm.version, source.clone()));
        source
    }
}

fn make(config: &AuthenticatorConfig) -> Source {
    let expression = config.config.get("x509-cert-auth.regular-expression");
    let expression = expression.filter(|text| !text.is_empty());
    let source = IdentitySource::from_config(
        setting(config, "mapping-source-selection")
            .unwrap_or("Match SubjectDN using regular expression"),
        expression.map_or("(.*?)(?:$)", String::as_str),
        is_on(config, "canonical-dn-enabled"),
        is_on(config, "serialnumber-hex-enabled"),
    );
    source.map(Arc::new)
}
