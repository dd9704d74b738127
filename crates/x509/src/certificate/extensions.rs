//! What a certificate's extensions say (RFC 5280 §4.2).

use super::{Certificate, Malformed, Names};
use crate::constraints::NameConstraints;
use crate::der::tlv;
use std::collections::HashSet;
use x509_parser::extensions::{GeneralName, ParsedExtension};
use x509_parser::prelude::X509Certificate;

const NAME_CONSTRAINTS: &str = "2.5.29.30";
const CA_ISSUERS: &str = "1.3.6.1.5.5.7.48.2";

/// Basic constraints (RFC 5280 §4.2.1.9).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Basic {
    pub ca: bool,
    pub path_len: Option<u32>,
}

/// What an authority says of policies below it (RFC 5280 §4.2.1.5, §4.2.1.11, §4.2.1.14).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct PolicyRules {
    /// Of the issuer's domain, of the subject's.
    pub mappings: Vec<(String, String)>,
    pub require_explicit: Option<u32>,
    pub inhibit_mapping: Option<u32>,
    pub inhibit_any: Option<u32>,
}

impl Certificate {
    pub(super) fn read_extensions(
        &mut self,
        parsed: &X509Certificate<'_>,
    ) -> Result<(), Malformed> {
        let mut seen = HashSet::new();
        for extension in parsed.extensions() {
            let oid = extension.oid.to_id_string();
            if !seen.insert(oid.clone()) {
                return Err(Malformed::Extension(oid));
            }
            if oid == NAME_CONSTRAINTS {
                let read = NameConstraints::read(extension.value);
                self.constraints = Some(read.ok_or(Malformed::Extension(oid))?);
                continue;
            }
            let parsed = extension.parsed_extension();
            if is_read(parsed) && !tlv(extension.value).is_some_and(|(_, _, rest)| rest.is_empty())
            {
                return Err(Malformed::Extension(oid));
            }
            match parsed {
                ParsedExtension::BasicConstraints(basic) => {
                    self.basic = Some(Basic {
                        ca: basic.ca,
                        path_len: basic.path_len_constraint,
                    })
                }
                ParsedExtension::KeyUsage(usage) => self.key_usage = Some(usage.flags),
                ParsedExtension::ExtendedKeyUsage(usage) => {
                    self.extended_key_usage = Some(eku_oids(usage))
                }
                ParsedExtension::CertificatePolicies(policies) => {
                    let oids = policies
                        .iter()
                        .map(|policy| policy.policy_id.to_id_string());
                    self.policies = Some(oids.collect());
                }
                ParsedExtension::PolicyMappings(mappings) => {
                    let pairs = mappings.mappings.iter().map(|pair| {
                        let (issuer, subject) =
                            (&pair.issuer_domain_policy, &pair.subject_domain_policy);
                        (issuer.to_id_string(), subject.to_id_string())
                    });
                    self.policy_rules.mappings = pairs.collect();
                }
                ParsedExtension::PolicyConstraints(constraints) => {
                    self.policy_rules.require_explicit = constraints.require_explicit_policy;
                    self.policy_rules.inhibit_mapping = constraints.inhibit_policy_mapping;
                }
                ParsedExtension::InhibitAnyPolicy(inhibit) => {
                    self.policy_rules.inhibit_any = Some(inhibit.skip_certs)
                }
                ParsedExtension::SubjectKeyIdentifier(id) => {
                    self.subject_key_id = Some(id.0.to_vec())
                }
                ParsedExtension::AuthorityKeyIdentifier(id) => {
                    self.authority_key_id = id.key_identifier.as_ref().map(|id| id.0.to_vec())
                }
                ParsedExtension::SubjectAlternativeName(names) => {
                    self.names = Names::read(&names.general_names)
                }
                // Critical or not: it only says where more may be found.
                ParsedExtension::AuthorityInfoAccess(access) => {
                    self.ca_issuers = access
                        .accessdescs
                        .iter()
                        .filter(|access| access.access_method.to_id_string() == CA_ISSUERS)
                        .find_map(|access| match access.access_location {
                            GeneralName::URI(uri) => Some(uri.to_owned()),
                            _ => None,
                        });
                }
                // Read where revocation is asked for; it binds nobody otherwise.
                ParsedExtension::CRLDistributionPoints(_) => {}
                ParsedExtension::ParseError { .. } => return Err(Malformed::Extension(oid)),
                _ if extension.critical => self.not_understood.push(oid),
                _ => {}
            }
        }
        Ok(())
    }
}

/// Whether what it says counts here: such an extension is one element, with nothing behind it.
fn is_read(extension: &ParsedExtension<'_>) -> bool {
    matches!(
        extension,
        ParsedExtension::BasicConstraints(_)
            | ParsedExtension::KeyUsage(_)
            | ParsedExtension::ExtendedKeyUsage(_)
            | ParsedExtension::CertificatePolicies(_)
            | ParsedExtension::PolicyMappings(_)
            | ParsedExtension::PolicyConstraints(_)
            | ParsedExtension::InhibitAnyPolicy(_)
            | ParsedExtension::SubjectKeyIdentifier(_)
            | ParsedExtension::AuthorityKeyIdentifier(_)
            | ParsedExtension::SubjectAlternativeName(_)
    )
}

fn eku_oids(usage: &x509_parser::extensions::ExtendedKeyUsage<'_>) -> Vec<String> {
    let known = [
        (usage.any, "2.5.29.37.0"),
        (usage.server_auth, "1.3.6.1.5.5.7.3.1"),
        (usage.client_auth, "1.3.6.1.5.5.7.3.2"),
        (usage.code_signing, "1.3.6.1.5.5.7.3.3"),
        (usage.email_protection, "1.3.6.1.5.5.7.3.4"),
        (usage.time_stamping, "1.3.6.1.5.5.7.3.8"),
        (usage.ocsp_signing, "1.3.6.1.5.5.7.3.9"),
    ];
    let named = known
        .into_iter()
        .filter(|(set, _)| *set)
        .map(|(_, oid)| oid.to_owned());
    named
        .chain(usage.other.iter().map(|oid| oid.to_id_string()))
        .collect()
}
