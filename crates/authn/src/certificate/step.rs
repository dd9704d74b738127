//! What a step that takes certificates is set to do, read once for each version of a realm: an expression takes its time to be compiled.

use super::revocation::Asked;
use crate::Cx;
use realm::{AuthenticatorConfig, AuthenticatorConfigId, RealmId, WithoutEffect};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use x509::{ChainError, IdentitySource, Policy, PolicyMode, UnknownSource, Version1};

/// The settings of a step, ready for use.
#[derive(Debug)]
pub(crate) struct Step {
    /// Where in a certificate the person stands.
    pub(crate) source: Result<IdentitySource, UnknownSource>,
    /// Whom that names.
    pub(crate) mapping: Mapping,
    /// What is asked of certificates beyond their path.
    pub(crate) policy: Policy,
    /// Names of trust anchors, one of which the path has to end at; none when any will do.
    pub(crate) authorities: Vec<String>,
    /// Whether the person is asked before the certificate counts.
    pub(crate) confirmation: Confirmation,
    /// What is asked of revocation.
    pub(crate) revocation: Result<Asked, ChainError>,
    /// Settings that have no effect.
    pub(crate) without_effect: Vec<WithoutEffect>,
}

/// Whom an identity names.
#[derive(Debug)]
pub(crate) enum Mapping {
    /// Who has this user name or address.
    NameOrEmail,
    /// Who has the values in these attributes, one for each.
    Attributes(Vec<String>),
}

/// Whether the person is asked before the certificate counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Confirmation {
    Asked,
    PassedOver,
}

impl Step {
    fn read(config: &AuthenticatorConfig) -> Self {
        Self {
            source: source(config),
            mapping: mapping(config),
            policy: policy(config),
            authorities: config
                .certificate_authorities()
                .into_iter()
                .map(comparable)
                .collect(),
            confirmation: if is_on(config, "confirmation-page-disallowed") {
                Confirmation::PassedOver
            } else {
                Confirmation::Asked
            },
            revocation: Asked::read(config),
            without_effect: config.certificate_settings_without_effect(),
        }
    }

    /// Whether a path may end at the anchor of this name.
    pub(crate) fn may_end_at(&self, anchor: &str) -> bool {
        self.authorities.is_empty() || self.authorities.contains(&comparable(anchor))
    }
}

/// A distinguished name without what doesn't tell names apart: the case of letters, and blanks around separators.
fn comparable(name: &str) -> String {
    let parts = name.split(',').map(|part| {
        let (kind, value) = part.split_once('=').unwrap_or((part, ""));
        format!("{}={}", kind.trim(), value.trim())
    });
    parts.collect::<Vec<_>>().join(",").to_lowercase()
}

fn is_on(config: &AuthenticatorConfig, name: &str) -> bool {
    let value = config.certificate_setting(name);
    value.is_some_and(|value| value.eq_ignore_ascii_case("true"))
}

fn is(config: &AuthenticatorConfig, name: &str, word: &str) -> bool {
    let value = config.certificate_setting(name);
    value.is_some_and(|value| value.eq_ignore_ascii_case(word))
}

fn source(config: &AuthenticatorConfig) -> Result<IdentitySource, UnknownSource> {
    // Blanks count in an expression.
    let expression = config.config.get("x509-cert-auth.regular-expression");
    let expression = expression.filter(|text| !text.is_empty());
    IdentitySource::from_config(
        config
            .certificate_setting("mapping-source-selection")
            .unwrap_or("Match SubjectDN using regular expression"),
        expression.map_or("(.*?)(?:$)", String::as_str),
        is_on(config, "canonical-dn-enabled"),
        is_on(config, "serialnumber-hex-enabled"),
    )
}

fn mapping(config: &AuthenticatorConfig) -> Mapping {
    if !is(config, "mapper-selection", "Custom Attribute Mapper") {
        return Mapping::NameOrEmail;
    }
    let names = config
        .certificate_setting("mapper-selection.user-attribute-name")
        .unwrap_or("usercertificate");
    let names = names.split("##").map(|name| name.trim().to_owned());
    Mapping::Attributes(names.collect())
}

fn policy(config: &AuthenticatorConfig) -> Policy {
    let list = |name, separators: &[char]| -> Vec<String> {
        let value = config.certificate_setting(name).unwrap_or_default();
        let items = value.split(separators).map(str::trim);
        items
            .filter(|item| !item.is_empty())
            .map(str::to_owned)
            .collect()
    };
    Policy {
        key_usages: list("keyusage", &[',']),
        extended_key_usages: list("extendedkeyusage", &[',', ';', ':']),
        certificate_policies: list("certificate-policy", &[',', ';', ':']),
        policy_mode: if is(config, "certificate-policy-mode", "Any") {
            PolicyMode::Any
        } else {
            PolicyMode::All
        },
        version1: Version1::Allowed,
        ..Policy::default()
    }
}

/// The steps of all realms in use, each in its newest version.
#[derive(Default)]
pub(crate) struct Steps(Mutex<HashMap<Key, (i64, Arc<Step>)>>);

type Key = (RealmId, AuthenticatorConfigId);

impl Steps {
    pub(crate) fn get(&self, cx: &Cx, config: &AuthenticatorConfig) -> Arc<Step> {
        let key = (cx.realm.id.clone(), config.id.clone());
        let mut steps = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((version, step)) = steps.get(&key)
            && *version == cx.realm.version
        {
            return step.clone();
        }
        let step = Arc::new(Step::read(config));
        steps.insert(key, (cx.realm.version, step.clone()));
        step
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_compared_without_what_tells_nothing() {
        let config = serde_json::json!({
            "alias": "x", "config": {"x509-cert-auth.ca-subject-dn": "cn=Root CA,O=Example , c=CH"}
        });
        let step = Step::read(&serde_json::from_value(config).unwrap());
        assert!(step.may_end_at("CN=Root CA, O=Example, C=CH"));
        assert!(!step.may_end_at("CN=Root CA, O=Example"));
        assert!(!step.may_end_at("CN=RootCA, O=Example, C=CH"));
    }
}
