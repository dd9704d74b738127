//! The rules of RFC 5280 §6 and of the policy, each with its refusal.

use crate::certificate::KEY_USAGES;
use crate::judge::{InitialPolicies, Policy, PolicyMode, Version1};
use crate::{Certificate, Rejection, Work, policies};
use std::sync::Arc;

const ANY_EKU: &str = "2.5.29.37.0";
const CLIENT_AUTH: &str = "1.3.6.1.5.5.7.3.2";
const KEY_CERT_SIGN: u16 = 1 << 5;

/// All that is asked of a complete path; gives the certificate policies that hold along it.
pub(crate) fn whole(
    certificates: &[Arc<Certificate>],
    policy: &Policy,
    now: i64,
    work: &mut Work,
) -> Result<Vec<String>, Rejection> {
    path(certificates, policy, now, work)?;
    let policies = policies::along(certificates, &policy.initial_policies, work)?;
    usages(certificates, policy)?;
    Ok(policies)
}

/// What is asked of the path of somebody who signs revocation lists: everything but what a person's certificate is for.
pub(crate) fn signer(
    certificates: &[Arc<Certificate>],
    policy: &Policy,
    now: i64,
    work: &mut Work,
) -> Result<Vec<String>, Rejection> {
    path(certificates, policy, now, work)?;
    policies::along(certificates, &InitialPolicies::default(), work)
}

/// What holds for a path as a whole, from the judged certificate to its root (RFC 5280 §6.1).
pub(crate) fn path(
    path: &[Arc<Certificate>],
    policy: &Policy,
    now: i64,
    work: &mut Work,
) -> Result<(), Rejection> {
    each(path, policy, now)?;
    for (below, authority) in path.iter().enumerate().skip(1) {
        let is_anchor = below + 1 == path.len();
        // RFC 5280 §6.1.4 (k): only an anchor may lack the extension, since trust in it was stated by hand.
        if !authority
            .basic
            .map_or(is_anchor && authority.version == 1, |basic| basic.ca)
        {
            return Err(Rejection::NotACa(authority.label()));
        }
        if authority
            .key_usage
            .is_some_and(|usage| usage & KEY_CERT_SIGN == 0)
        {
            return Err(Rejection::NotACa(authority.label()));
        }
        let between = path[1..below]
            .iter()
            .filter(|certificate| !certificate.is_self_issued())
            .count();
        if authority
            .basic
            .and_then(|basic| basic.path_len)
            .is_some_and(|most| between > usize::try_from(most).unwrap_or(usize::MAX))
        {
            return Err(Rejection::PathTooLong(authority.label()));
        }
        if let Some(constraints) = &authority.constraints {
            // RFC 5280 §6.1.3 (b): an authority that renews its own certificate is not bound, the judged certificate always is.
            let bound = path[..below].iter().enumerate();
            for (_, certificate) in
                bound.filter(|(at, certificate)| *at == 0 || !certificate.is_self_issued())
            {
                if let Some(name) = constraints.offended(certificate, work)? {
                    return Err(Rejection::NameConstraints {
                        authority: authority.label(),
                        name,
                    });
                }
            }
        }
    }
    Ok(())
}

/// What holds for each certificate by itself: its key, its critical extensions, its times.
pub(crate) fn each(path: &[Arc<Certificate>], policy: &Policy, now: i64) -> Result<(), Rejection> {
    for certificate in path {
        if !certificate.key.is_strong(policy.least_rsa_bits) {
            return Err(Rejection::WeakKey(certificate.label()));
        }
        if let Some(oid) = certificate.not_understood.first() {
            return Err(Rejection::CriticalExtension {
                subject: certificate.label(),
                oid: oid.clone(),
            });
        }
        if now > certificate.not_after() {
            return Err(Rejection::Expired {
                subject: certificate.label(),
                not_after: certificate.not_after(),
            });
        }
        if now < certificate.not_before() {
            return Err(Rejection::NotYetValid {
                subject: certificate.label(),
                not_before: certificate.not_before(),
            });
        }
    }
    Ok(())
}

/// What the policy asks of the judged certificate, and of the extended key usages of those above it.
fn usages(path: &[Arc<Certificate>], policy: &Policy) -> Result<(), Rejection> {
    let leaf = &path[0];
    if leaf.version == 1 && policy.version1 == Version1::Refused {
        return Err(Rejection::Version1);
    }
    for name in &policy.key_usages {
        let bit = KEY_USAGES
            .iter()
            .position(|known| known.eq_ignore_ascii_case(name))
            .ok_or_else(|| Rejection::UnknownKeyUsage(name.clone()))?;
        if leaf.key_usage.is_none_or(|usage| usage & (1 << bit) == 0) {
            return Err(Rejection::KeyUsage(name.clone()));
        }
    }
    for (at, certificate) in path.iter().enumerate() {
        extended_key_usages(certificate, at == 0, policy)?;
    }
    let held = leaf.policies.as_deref().unwrap_or_default();
    // By name alone, as Keycloak: "any policy" is no answer to a question for one.
    let has = |oid: &String| held.contains(oid);
    let missing = match policy.policy_mode {
        PolicyMode::All => policy.certificate_policies.iter().find(|oid| !has(oid)),
        PolicyMode::Any if policy.certificate_policies.iter().any(has) => None,
        PolicyMode::Any => policy.certificate_policies.first(),
    };
    missing.map_or(Ok(()), |oid| Err(Rejection::CertificatePolicy(oid.clone())))
}

/// An authority that states what it issues for is kept to it, as every TLS stack does; one that states nothing issues for anything.
fn extended_key_usages(
    certificate: &Certificate,
    is_leaf: bool,
    policy: &Policy,
) -> Result<(), Rejection> {
    let held = certificate.extended_key_usage.as_deref();
    let asked = &policy.extended_key_usages;
    if held.is_none() && (!is_leaf || asked.is_empty()) {
        return Ok(());
    }
    let held = held.unwrap_or_default();
    let has = |oid: &str| held.iter().any(|held| held == oid);
    let any = has(ANY_EKU) && (!is_leaf || asked.is_empty());
    let client = [CLIENT_AUTH.to_owned()];
    let asked = if asked.is_empty() {
        &client
    } else {
        asked.as_slice()
    };
    match asked.iter().find(|oid| !any && !has(oid)) {
        Some(missing) => Err(Rejection::ExtendedKeyUsage {
            subject: certificate.label(),
            missing: if missing == CLIENT_AUTH {
                format!("clientAuth ({CLIENT_AUTH})")
            } else {
                missing.clone()
            },
        }),
        None => Ok(()),
    }
}
