use crate::certificate::hex;
use crate::{Certificate, Chain, KeyKind, Rejection, TrustAnchors, signature};
use serde::Serialize;
use std::sync::Arc;

/// What is asked of a certificate beyond its path.
#[derive(Clone, Debug)]
pub struct Policy {
    /// Certificates between the leaf and the root, at the most.
    pub max_intermediates: usize,
    /// Key usages that the leaf must have, by Keycloak's names.
    pub key_usages: Vec<String>,
    /// Extended key usages that the leaf must have, by OID. Empty: what it has must include client authentication, if it has any.
    pub extended_key_usages: Vec<String>,
    /// Certificate policies, by OID.
    pub certificate_policies: Vec<String>,
    /// Whether all of them or one must be there.
    pub policy_mode: PolicyMode,
    /// Leaves without extensions, as `openssl x509 -req` makes them by itself.
    pub version1: Version1,
}

/// Whether all policies or one must be there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PolicyMode {
    /// Each.
    #[default]
    All,
    /// At least one.
    Any,
}

/// Whether version 1 leaves are accepted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Version1 {
    /// Accepted, with a note.
    #[default]
    Allowed,
    /// Refused.
    Refused,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            max_intermediates: 5,
            key_usages: Vec::new(),
            extended_key_usages: Vec::new(),
            certificate_policies: Vec::new(),
            policy_mode: PolicyMode::All,
            version1: Version1::Allowed,
        }
    }
}

/// What was found out about a certificate.
#[derive(Debug)]
pub struct Judgement {
    /// Whether it is accepted.
    pub outcome: Result<VerifiedChain, Rejection>,
    /// How that was found, in order.
    pub steps: Vec<Step>,
}

/// One thing that was found out.
#[derive(Clone, Debug, Serialize, PartialEq, Eq)]
pub struct Step {
    /// The stable identifier, for a note or a refusal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// What was found.
    pub text: String,
}

/// Evidence: a certificate whose path, times and usages were verified. Only [`judge`] makes it.
#[derive(Clone, Debug)]
pub struct VerifiedChain {
    path: Vec<Arc<Certificate>>,
}

impl VerifiedChain {
    /// The judged certificate.
    pub fn leaf(&self) -> &Certificate {
        &self.path[0]
    }

    /// The way from the judged certificate to its trust anchor, both included.
    pub fn path(&self) -> &[Arc<Certificate>] {
        &self.path
    }
}

/// Signatures checked for one certificate, at the most.
const MAX_SIGNATURES: u32 = 32;
const ANY_EKU: &str = "2.5.29.37.0";
const CLIENT_AUTH: &str = "1.3.6.1.5.5.7.3.2";
const ANY_POLICY: &str = "2.5.29.32.0";
const KEY_CERT_SIGN: u16 = 1 << 5;

/// Judges a presented certificate at the instant `now` (epoch seconds): path (RFC 5280 §6), times, constraints, usages, policies.
///
/// The path is built from what was sent and the intermediates; it ends at a root and nowhere else. A certificate that is itself a root
/// of the trust store, and no authority's, is accepted as its own path.
pub fn judge(chain: &Chain, anchors: &TrustAnchors, policy: &Policy, now: i64) -> Judgement {
    let mut steps = Vec::new();
    let mut note = |code: Option<&str>, text: String| {
        steps.push(Step {
            code: code.map(str::to_owned),
            text,
        })
    };
    let outcome = find_path(chain, anchors, policy, now).and_then(|path| {
        note(
            None,
            format!(
                "path: {}",
                path.iter()
                    .map(|certificate| certificate.subject())
                    .collect::<Vec<_>>()
                    .join(" <- ")
            ),
        );
        check_leaf(&path[0], policy)?;
        if path[0].version == 1 {
            note(
                Some("CERT-NOTE-VERSION-1"),
                "the certificate is of version 1: it says nothing of what it is for".to_owned(),
            );
        }
        note(
            None,
            "path, times, usage and policies are in order".to_owned(),
        );
        Ok(VerifiedChain { path })
    });
    Judgement { outcome, steps }
}

fn find_path(
    chain: &Chain,
    anchors: &TrustAnchors,
    policy: &Policy,
    now: i64,
) -> Result<Vec<Arc<Certificate>>, Rejection> {
    let leaf = chain.leaf();
    if anchors.roots().is_empty() {
        return Err(Rejection::NoAnchors);
    }
    let is_ca = leaf.basic.is_some_and(|basic| basic.ca);
    if is_ca {
        return Err(Rejection::CaAsLeaf);
    }
    if anchors.roots().iter().any(|root| root.der == leaf.der) {
        check_each(std::slice::from_ref(leaf), now)?;
        return Ok(vec![leaf.clone()]);
    }
    if leaf.scheme.is_none_or(signature::Scheme::is_weak) {
        return Err(Rejection::WeakSignature(leaf.subject()));
    }
    if leaf.is_self_signed() {
        return Err(Rejection::SelfSigned);
    }
    let mut search = Search {
        chain,
        anchors,
        policy,
        now,
        signatures: 0,
        best: None,
    };
    let mut path = vec![leaf.clone()];
    match search.extend(&mut path) {
        Some(found) => Ok(found),
        None => Err(search.best.unwrap_or(Rejection::NoPath {
            issuer: leaf.issuer(),
            key_id: leaf.authority_key_id.as_deref().map(hex),
        })),
    }
}

struct Search<'a> {
    chain: &'a Chain,
    anchors: &'a TrustAnchors,
    policy: &'a Policy,
    now: i64,
    signatures: u32,
    best: Option<Rejection>,
}

impl Search<'_> {
    /// The first complete and valid path that starts with `path`.
    fn extend(&mut self, path: &mut Vec<Arc<Certificate>>) -> Option<Vec<Arc<Certificate>>> {
        let last = path.last()?.clone();
        let mut issuer_known = false;
        for root in self
            .anchors
            .roots()
            .iter()
            .filter(|root| names_issuer(root, &last))
        {
            issuer_known = true;
            if self.signed_by(&last, root) {
                let mut complete = path.clone();
                complete.push(root.clone());
                match check_path(&complete, self.now) {
                    Ok(()) => return Some(complete),
                    Err(rejection) => self.fail(rejection),
                }
            }
        }
        let candidates: Vec<Arc<Certificate>> = self
            .anchors
            .intermediates()
            .iter()
            .chain(self.chain.rest())
            .cloned()
            .collect();
        for candidate in candidates
            .iter()
            .filter(|candidate| names_issuer(candidate, &last))
        {
            if path.iter().any(|known| known.der == candidate.der) {
                continue;
            }
            issuer_known = true;
            if !self.signed_by(&last, candidate) {
                continue;
            }
            if candidate.subject_canonical == candidate.issuer_canonical
                && candidate.is_self_signed()
            {
                self.fail(Rejection::UntrustedRoot(candidate.subject()));
                continue;
            }
            if path.len() > self.policy.max_intermediates {
                self.fail(Rejection::PathTooLong(format!(
                    "the limit of {} intermediates",
                    self.policy.max_intermediates
                )));
                continue;
            }
            path.push(candidate.clone());
            if let Some(found) = self.extend(path) {
                return Some(found);
            }
            path.pop();
        }
        if !issuer_known {
            self.fail(Rejection::NoPath {
                issuer: last.issuer(),
                key_id: last.authority_key_id.as_deref().map(hex),
            });
        }
        None
    }

    fn signed_by(&mut self, certificate: &Certificate, issuer: &Certificate) -> bool {
        if self.signatures >= MAX_SIGNATURES {
            self.fail(Rejection::TooMuchWork);
            return false;
        }
        self.signatures += 1;
        if certificate.scheme.is_none_or(signature::Scheme::is_weak) {
            self.fail(Rejection::WeakSignature(certificate.subject()));
            return false;
        }
        if !strong_key(issuer.key) {
            self.fail(Rejection::WeakKey(issuer.subject()));
            return false;
        }
        let right = signature::verifies(certificate, issuer);
        if !right {
            self.fail(Rejection::Signature {
                subject: certificate.subject(),
                issuer: issuer.subject(),
            });
        }
        right
    }

    fn fail(&mut self, rejection: Rejection) {
        if self
            .best
            .as_ref()
            .is_none_or(|best| best.weight() < rejection.weight())
        {
            self.best = Some(rejection);
        }
    }
}

/// Whether `issuer` has the name, and the key identifier where both state one, that `certificate` says its issuer has.
fn names_issuer(issuer: &Certificate, certificate: &Certificate) -> bool {
    let same_key = match (&certificate.authority_key_id, &issuer.subject_key_id) {
        (Some(wanted), Some(held)) => wanted == held,
        _ => true,
    };
    same_key && issuer.subject_canonical == certificate.issuer_canonical
}

fn check_path(path: &[Arc<Certificate>], now: i64) -> Result<(), Rejection> {
    check_each(path, now)?;
    for (below, authority) in path.iter().enumerate().skip(1) {
        let is_anchor = below + 1 == path.len();
        // RFC 5280 §6.1.4 (k): only an anchor may lack the extension, since trust in it was stated by hand.
        if !authority
            .basic
            .map_or(is_anchor && authority.version == 1, |basic| basic.ca)
        {
            return Err(Rejection::NotACa(authority.subject()));
        }
        if authority
            .key_usage
            .is_some_and(|usage| usage & KEY_CERT_SIGN == 0)
        {
            return Err(Rejection::NotACa(authority.subject()));
        }
        let between = path[1..below]
            .iter()
            .filter(|certificate| certificate.subject_canonical != certificate.issuer_canonical)
            .count();
        if authority
            .basic
            .and_then(|basic| basic.path_len)
            .is_some_and(|most| between > usize::try_from(most).unwrap_or(usize::MAX))
        {
            return Err(Rejection::PathTooLong(authority.subject()));
        }
        if let Some(constraints) = &authority.constraints {
            for certificate in &path[..below] {
                if let Some(name) = constraints.offended(certificate) {
                    return Err(Rejection::NameConstraints {
                        authority: authority.subject(),
                        name,
                    });
                }
            }
        }
    }
    Ok(())
}

fn check_each(path: &[Arc<Certificate>], now: i64) -> Result<(), Rejection> {
    for certificate in path {
        if !strong_key(certificate.key) {
            return Err(Rejection::WeakKey(certificate.subject()));
        }
        if let Some(oid) = certificate.not_understood.first() {
            return Err(Rejection::CriticalExtension {
                subject: certificate.subject(),
                oid: oid.clone(),
            });
        }
        if now > certificate.not_after() {
            return Err(Rejection::Expired {
                subject: certificate.subject(),
                not_after: certificate.not_after(),
            });
        }
        if now < certificate.not_before() {
            return Err(Rejection::NotYetValid {
                subject: certificate.subject(),
                not_before: certificate.not_before(),
            });
        }
    }
    Ok(())
}

fn strong_key(key: KeyKind) -> bool {
    match key {
        KeyKind::Rsa(bits) => (2048..=8192).contains(&bits),
        KeyKind::Ec(bits) => matches!(bits, 256 | 384 | 521),
        KeyKind::Ed25519 => true,
        KeyKind::Other => false,
    }
}

fn check_leaf(leaf: &Certificate, policy: &Policy) -> Result<(), Rejection> {
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
    let usages = leaf.extended_key_usage.as_deref();
    if policy.extended_key_usages.is_empty() {
        if usages.is_some_and(|usages| {
            !usages
                .iter()
                .any(|oid| oid == CLIENT_AUTH || oid == ANY_EKU)
        }) {
            return Err(Rejection::ExtendedKeyUsage(format!(
                "clientAuth ({CLIENT_AUTH})"
            )));
        }
    } else if let Some(missing) = policy
        .extended_key_usages
        .iter()
        .find(|oid| !usages.unwrap_or_default().contains(oid))
    {
        return Err(Rejection::ExtendedKeyUsage(missing.clone()));
    }
    let held = leaf.policies.as_deref().unwrap_or_default();
    let has = |oid: &String| {
        held.iter()
            .any(|policy| policy == oid || policy == ANY_POLICY)
    };
    let missing = match policy.policy_mode {
        PolicyMode::All => policy.certificate_policies.iter().find(|oid| !has(oid)),
        PolicyMode::Any if policy.certificate_policies.iter().any(has) => None,
        PolicyMode::Any => policy.certificate_policies.first(),
    };
    missing.map_or(Ok(()), |oid| Err(Rejection::CertificatePolicy(oid.clone())))
}

/// Keycloak's names, each at its bit of the extension.
const KEY_USAGES: [&str; 9] = [
    "digitalSignature",
    "nonRepudiation",
    "keyEncipherment",
    "dataEncipherment",
    "keyAgreement",
    "keyCertSign",
    "cRLSign",
    "encipherOnly",
    "decipherOnly",
];
