use crate::revocation::{RevocationPolicy, Revocations};
use crate::search::{self, Found};
use crate::signature::Scheme;
use crate::{Certificate, Chain, Rejection, TrustAnchors, Work, instant};
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
    /// Certificates of authorities in place of a person's.
    pub authority_leaf: AuthorityLeaf,
    /// Certificate policies along the path.
    pub initial_policies: InitialPolicies,
    /// Signatures that rest on SHA-1.
    pub sha1: Sha1,
    /// Shorter RSA keys are refused; below 1024 this has no effect.
    pub least_rsa_bits: usize,
    /// How much is asked of revocation.
    pub revocation: RevocationPolicy,
    /// What is known of revocation.
    pub revocations: Arc<Revocations>,
}

/// What is asked of certificate policies along a path: the inputs (c) to (f) of RFC 5280 §6.1.1. By default nothing is, beyond what the
/// authorities of the path ask for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InitialPolicies {
    /// The acceptable ones, by OID; `None` is any-policy.
    pub acceptable: Option<Vec<String>>,
    /// Whether one of them must hold along the whole path.
    pub explicit: Indicator,
    /// Whether authorities may not map policies.
    pub mapping_inhibit: Indicator,
    /// Whether any-policy in a certificate counts for nothing.
    pub any_inhibit: Indicator,
}

/// An indicator of RFC 5280 §6.1.1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Indicator {
    /// False.
    #[default]
    Unset,
    /// True.
    Set,
}

/// Whether signatures that rest on SHA-1, which collides, are accepted (RFC 9155 refuses them in TLS).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sha1 {
    /// Refused.
    #[default]
    Refused,
    /// Accepted, with a note.
    Allowed,
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

/// Whether an authority's own certificate is accepted where a person's is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AuthorityLeaf {
    /// Refused.
    #[default]
    Refused,
    /// Accepted.
    Allowed,
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
            authority_leaf: AuthorityLeaf::Refused,
            initial_policies: InitialPolicies::default(),
            sha1: Sha1::Refused,
            least_rsa_bits: 2048,
            revocation: RevocationPolicy::default(),
            revocations: Arc::default(),
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
    /// What it took.
    pub work: Work,
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
    policies: Vec<String>,
}

impl Step {
    pub(crate) fn note(text: String) -> Self {
        Self { code: None, text }
    }

    pub(crate) fn refusal(rejection: &Rejection) -> Self {
        Self {
            code: Some(rejection.code().to_owned()),
            text: rejection.to_string(),
        }
    }
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

    /// The certificate policies that hold along the whole path, by OID as the trust anchor's domain has them: the user-constrained policy
    /// set of RFC 5280 §6.1.6. `2.5.29.32.0` in it stands for any.
    pub fn policies(&self) -> &[String] {
        &self.policies
    }
}

/// Judges a presented certificate at the instant `now` (epoch seconds): path (RFC 5280 §6), times, constraints, usages, policies,
/// and revocation by what is known of it (§6.3, RFC 6960).
///
/// The path is built from what was sent and the intermediates; it ends at a root and nowhere else. A certificate that is itself a root
/// of the trust store, and no authority's, is accepted as its own path. The last step of a refusal is the refusal.
pub fn judge(chain: &Chain, anchors: &TrustAnchors, policy: &Policy, now: i64) -> Judgement {
    let mut steps = vec![
        Step::note(presented(chain)),
        Step::note(format!(
            "the trust store holds {} roots and {} intermediates",
            anchors.roots().len(),
            anchors.intermediates().count()
        )),
    ];
    let mut work = Work::default();
    let outcome = accept(chain, anchors, policy, now, &mut steps, &mut work);
    if let Err(rejection) = &outcome {
        steps.push(Step::refusal(rejection));
    }
    Judgement {
        outcome,
        steps,
        work,
    }
}

fn accept(
    chain: &Chain,
    anchors: &TrustAnchors,
    policy: &Policy,
    now: i64,
    steps: &mut Vec<Step>,
    work: &mut Work,
) -> Result<VerifiedChain, Rejection> {
    let Found { path, policies } = search::find_path(chain, anchors, policy, now, steps, work)?;
    let subjects: Vec<String> = path.iter().map(|certificate| certificate.label()).collect();
    steps.push(Step::note(format!("path: {}", subjects.join(" <- "))));
    if path[0].version == 1 {
        steps.push(Step {
            code: Some("CERT-NOTE-VERSION-1".to_owned()),
            text: "the certificate is of version 1: it says nothing of what it is for".to_owned(),
        });
    }
    for certificate in &path[..path.len() - 1] {
        if certificate.scheme.is_some_and(Scheme::is_weak) {
            steps.push(Step {
                code: Some("CERT-NOTE-SHA-1".to_owned()),
                text: format!("the signature of {} rests on SHA-1", certificate.label()),
            });
        }
    }
    steps.push(Step::note(
        "path, times, usage and policies are in order".to_owned(),
    ));
    Ok(VerifiedChain { path, policies })
}

fn presented(chain: &Chain) -> String {
    let leaf = chain.leaf();
    format!(
        "presented: {}, serial {}, issued by {}, valid from {} to {}; {} more certificates came with it",
        leaf.label(),
        leaf.serial_decimal(),
        leaf.issuer_label(),
        instant::text(leaf.not_before()),
        instant::text(leaf.not_after()),
        chain.rest().len()
    )
}
