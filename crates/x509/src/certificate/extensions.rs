//! What a certificate's extensions say (RFC 5280 §4.2).

use super::{Certificate, Malformed, read};
use crate::constraints::NameConstraints;
use std::collections::HashSet;
use x509_parser::extensions::{AuthorityInfoAccess, GeneralName, ParsedExtension, X509Extension};
use x509_parser::prelude::X509Certificate;

const FRESHEST_CRL: &str = "2.5.29.46";
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
            if !seen.insert(oid.clone()) || self.read_extension(&oid, extension).is_none() {
                return Err(Malformed::Extension(oid));
            }
        }
        Ok(())
    }

    /// `None` when it is malformed.
    fn read_extension(&mut self, oid: &str, extension: &X509Extension<'_>) -> Option<()> {
        let value = extension.value;
        match oid {
            "2.5.29.14" => self.subject_key_id = Some(read::subject_key_id(value)?),
            "2.5.29.15" => self.key_usage = Some(read::key_usage(value)?),
            "2.5.29.17" => self.names = read::alternative_names(value)?,
            "2.5.29.19" => self.basic = Some(read::basic_constraints(value)?),
            "2.5.29.30" => self.constraints = Some(NameConstraints::read(value)?),
            "2.5.29.32" => self.policies = Some(read::policies(value)?),
            "2.5.29.33" => self.policy_rules.mappings = read::policy_mappings(value)?,
            "2.5.29.35" => self.authority_key_id = read::authority_key_id(value)?,
            "2.5.29.36" => read::policy_constraints(value, &mut self.policy_rules)?,
            "2.5.29.37" => self.extended_key_usage = Some(read::extended_key_usage(value)?),
            "2.5.29.54" => {
                self.policy_rules.inhibit_any = Some(read::inhibit_any_policy(value)?);
            }
            _ => match extension.parsed_extension() {
                // Critical or not: it only says where more may be found.
                ParsedExtension::AuthorityInfoAccess(access) => {
                    self.ca_issuers = ca_issuers(access);
                }
                // Read where revocation is asked for; they say where lists are and bind nobody otherwise.
                ParsedExtension::CRLDistributionPoints(_) => {}
                ParsedExtension::ParseError { .. } => return None,
                _ if oid == FRESHEST_CRL => {}
                _ if extension.critical => self.not_understood.push(oid.to_owned()),
                _ => {}
            },
        }
        Some(())
    }
}

/// The first address at which the issuer's certificate is to be had.
fn ca_issuers(access: &AuthorityInfoAccess<'_>) -> Option<String> {
    access
        .accessdescs
        .iter()
        .filter(|access| access.access_method.to_id_string() == CA_ISSUERS)
        .find_map(|access| match access.access_location {
            GeneralName::URI(uri) => Some(uri.to_owned()),
            _ => None,
        })
}
