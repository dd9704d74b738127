//! What a step asks of revocation, beside what the server asks of every certificate.

use realm::AuthenticatorConfig;
use std::sync::Arc;
use x509::{Certificate, Chain, ChainError, IssuerRule, RevocationPolicy, Strictness, Together};

/// What a step asks of revocation. The server's own policy counts besides, so that a step can only be stricter; where a step says itself
/// that something may be missing or old, that counts.
#[derive(Clone, Debug, Default)]
pub(crate) struct Asked {
    crl: Strictness,
    ocsp: Strictness,
    /// Whether a list counts whose next one was due, as the step says itself.
    pub(crate) old_lists: OldLists,
    /// Whether a good answer of a responder may be missing, as the step says itself.
    fail_open: bool,
    /// Whether the lists are wanted that certificates name.
    pub(crate) points: bool,
    /// Addresses of further lists.
    pub(crate) lists: Vec<String>,
    /// Whom to ask in place of the responders that certificates name.
    pub(crate) responder: Option<String>,
    /// Whose answers count by the operator's word.
    pub(crate) responder_certificate: Option<Arc<Certificate>>,
}

/// Whether a list counts whose next one was due.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum OldLists {
    #[default]
    Refused,
    Accepted,
}

impl Asked {
    /// # Errors
    /// The responder's certificate is none.
    pub(super) fn read(config: &AuthenticatorConfig) -> Result<Self, ChainError> {
        let is = |name: &str, word: &str| {
            let value = config.certificate_setting(name);
            value.is_some_and(|value| value.eq_ignore_ascii_case(word))
        };
        let mut asked = Self::default();
        if is("crl-checking-enabled", "true") {
            asked.crl = Strictness::Hard;
            asked.points = is("crldp-checking-enabled", "true");
            let abort = config.certificate_setting_named("x509-cert-auth-crl-abort-if-non-updated");
            if abort.is_some_and(|value| value.eq_ignore_ascii_case("false")) {
                asked.old_lists = OldLists::Accepted;
            }
            let paths = config.certificate_setting("crl-relative-path");
            let paths = paths.unwrap_or_default().split("##").map(str::trim);
            let is_web = |path: &&str| {
                let path = path.to_ascii_lowercase();
                path.starts_with("http://") || path.starts_with("https://")
            };
            asked.lists = paths.filter(is_web).map(str::to_owned).collect();
        }
        if is("ocsp-checking-enabled", "true") {
            asked.fail_open = is("ocsp-fail-open", "true");
            asked.ocsp = if asked.fail_open {
                Strictness::Soft { max_age: None }
            } else {
                Strictness::Hard
            };
            let responder = config.certificate_setting("ocsp-responder-uri");
            asked.responder = responder.map(str::to_owned);
            if responder.is_some()
                && let Some(text) = config.certificate_setting("ocsp-responder-certificate")
            {
                let chain = Chain::from_pem(text)?;
                asked.responder_certificate = Some(chain.leaf().clone());
            }
        }
        Ok(asked)
    }

    /// Whether the step asks of answers of responders.
    pub(crate) fn asks_responders(&self) -> bool {
        self.ocsp != Strictness::Off
    }

    /// Whether the step asks anything.
    pub(crate) fn asks(&self) -> bool {
        self.crl != Strictness::Off || self.ocsp != Strictness::Off
    }

    /// What is asked together with what the server asks.
    pub(crate) fn beside(&self, server: &RevocationPolicy) -> RevocationPolicy {
        if !self.asks() {
            return server.clone();
        }
        let ocsp = |of_server: Strictness| {
            if self.fail_open {
                self.ocsp
            } else {
                of_server.or_stricter(self.ocsp)
            }
        };
        RevocationPolicy {
            crl: server.crl.or_stricter(self.crl),
            ocsp: ocsp(server.ocsp),
            together: Together::Each,
            reach: server.reach,
            issuers: server
                .issuers
                .iter()
                .map(|rule| IssuerRule {
                    issuer: rule.issuer.clone(),
                    crl: rule.crl.or_stricter(self.crl),
                    ocsp: ocsp(rule.ocsp),
                })
                .collect(),
            responder: self
                .responder_certificate
                .clone()
                .or_else(|| server.responder.clone()),
        }
    }
}

/// The same with lists whose next one was due; how much so is for the operator's own policy to say, if it says anything.
pub(super) fn with_old_lists(mut policy: RevocationPolicy) -> RevocationPolicy {
    let soft = |strictness: Strictness| match strictness {
        Strictness::Hard => Strictness::Soft { max_age: None },
        other => other,
    };
    policy.crl = soft(policy.crl);
    for rule in &mut policy.issuers {
        rule.crl = soft(rule.crl);
    }
    policy
}

#[cfg(test)]
mod tests {
    use super::*;
    use x509::IssuerId;

    fn asked(settings: &[(&str, &str)]) -> Asked {
        let settings: serde_json::Map<String, serde_json::Value> = settings
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).into()))
            .collect();
        let config = serde_json::json!({"alias": "x509", "config": settings});
        Asked::read(&serde_json::from_value(config).unwrap()).unwrap()
    }

    const CRL: (&str, &str) = ("x509-cert-auth.crl-checking-enabled", "true");
    const OCSP: (&str, &str) = ("x509-cert-auth.ocsp-checking-enabled", "true");
    const OPEN: (&str, &str) = ("x509-cert-auth.ocsp-fail-open", "true");

    #[test]
    fn a_step_is_as_strict_as_it_says_and_never_less_than_the_server() {
        use Strictness::{Hard, Off, Soft};
        let soft = Soft { max_age: Some(60) };
        let open = Soft { max_age: None };
        for (settings, (crl, ocsp), together) in [
            (&[][..], (Off, Off), (Off, Off)),
            (&[], (soft, Hard), (soft, Hard)),
            (&[CRL], (Off, Off), (Hard, Off)),
            (&[CRL], (soft, soft), (Hard, soft)),
            (&[OCSP], (Off, Off), (Off, Hard)),
            (&[OCSP, OPEN], (Hard, Hard), (Hard, open)),
            (&[OPEN], (Off, Hard), (Off, Hard)),
            (&[CRL, OCSP], (Off, Off), (Hard, Hard)),
        ] {
            let server = RevocationPolicy {
                crl,
                ocsp,
                issuers: vec![IssuerRule {
                    issuer: IssuerId::Name("CN=A".to_owned()),
                    crl,
                    ocsp,
                }],
                ..RevocationPolicy::default()
            };
            let policy = asked(settings).beside(&server);
            assert_eq!((policy.crl, policy.ocsp), together, "{settings:?}");
            let rule = &policy.issuers[0];
            assert_eq!((rule.crl, rule.ocsp), together, "{settings:?}");
        }
    }

    #[test]
    fn where_to_look_is_what_the_step_says() {
        let asked = asked(&[
            CRL,
            ("x509-cert-auth.crldp-checking-enabled", "true"),
            (
                "x509-cert-auth.crl-relative-path",
                "crl.pem##HTTP://a.example/x.crl## https://b.example##ldap://c",
            ),
            ("x509-cert-auth-crl-abort-if-non-updated", "false"),
            ("x509-cert-auth.ocsp-responder-uri", "http://not.asked"),
        ]);
        assert!(asked.points && asked.responder.is_none());
        assert_eq!(asked.lists, ["HTTP://a.example/x.crl", "https://b.example"]);
        assert_eq!(asked.old_lists, OldLists::Accepted);
        let policy = with_old_lists(asked.beside(&RevocationPolicy::default()));
        assert_eq!(policy.crl, Strictness::Soft { max_age: None });
    }
}
