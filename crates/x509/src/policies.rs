//! Certificate policies along a path (RFC 5280 §6.1). Its tree can grow without bound by mappings; here the nodes of one depth that
//! have the same policy are one node with several parents, so that the whole is never larger than what the certificates say.

use crate::judge::{Indicator, InitialPolicies};
use crate::work::{TooMuchWork, Work};
use crate::{Certificate, Rejection};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

pub(crate) const ANY_POLICY: &str = "2.5.29.32.0";

/// The policies of one depth that are still valid.
#[derive(Default)]
struct Level<'p> {
    nodes: BTreeMap<&'p str, Node<'p>>,
    /// Whether any policy is, besides those.
    any: bool,
}

/// A policy, and those of the certificate above that it descends from: none means any-policy.
#[derive(Default)]
struct Node<'p> {
    parents: Vec<&'p str>,
    mapped: bool,
}

/// How many certificates may still follow before a rule holds, and whose rule it was.
struct Countdown {
    left: usize,
    set_by: Option<String>,
}

/// The three counters of §6.1.2 (d) to (f).
struct Countdowns {
    explicit: Countdown,
    inhibit_mapping: Countdown,
    inhibit_any: Countdown,
}

impl Countdown {
    fn new(initial: Indicator, certificates: usize) -> Self {
        let left = match initial {
            Indicator::Set => 0,
            Indicator::Unset => certificates + 1,
        };
        Self { left, set_by: None }
    }

    fn is_over(&self) -> bool {
        self.left == 0
    }

    fn step(&mut self) {
        self.left = self.left.saturating_sub(1);
    }

    fn lower(&mut self, to: Option<u32>, by: &Certificate) {
        if let Some(to) = to.and_then(|to| usize::try_from(to).ok())
            && to < self.left
        {
            self.left = to;
            self.set_by = Some(by.label());
        }
    }
}

impl Countdowns {
    fn step(&mut self) {
        self.explicit.step();
        self.inhibit_mapping.step();
        self.inhibit_any.step();
    }

    fn lower(&mut self, by: &Certificate) {
        let rules = &by.policy_rules;
        self.explicit.lower(rules.require_explicit, by);
        self.inhibit_mapping.lower(rules.inhibit_mapping, by);
        self.inhibit_any.lower(rules.inhibit_any, by);
    }
}

/// The user-constrained policy set of a path from the judged certificate to its root; [`ANY_POLICY`] in it stands for all others.
pub(crate) fn along(
    path: &[Arc<Certificate>],
    initial: &InitialPolicies,
    work: &mut Work,
) -> Result<Vec<String>, Rejection> {
    let Some((anchor, certificates)) = path.split_last() else {
        return Ok(Vec::new());
    };
    let length = certificates.len();
    let mut rules = Countdowns {
        explicit: Countdown::new(initial.explicit, length),
        inhibit_mapping: Countdown::new(initial.mapping_inhibit, length),
        inhibit_any: Countdown::new(initial.any_inhibit, length),
    };
    // What an anchor states of its own holds too (RFC 5937 §3.2).
    rules.lower(anchor);
    let mut levels: Vec<Level<'_>> = Vec::with_capacity(length);
    let mut level = Level {
        nodes: BTreeMap::new(),
        any: true,
    };
    for (below, certificate) in certificates.iter().enumerate().rev() {
        let self_issued = certificate.is_self_issued();
        let any_counts = !rules.inhibit_any.is_over() || (below > 0 && self_issued);
        level.meet(certificate, any_counts, work)?;
        if below == 0 {
            rules.explicit.step();
            if certificate.policy_rules.require_explicit == Some(0) {
                rules.explicit.lower(Some(0), certificate);
            }
            levels.push(level);
            break;
        }
        let next = level.mapped(certificate, !rules.inhibit_mapping.is_over(), work)?;
        levels.push(std::mem::replace(&mut level, next));
        if !self_issued {
            rules.step();
        }
        rules.lower(certificate);
    }
    let valid = user_constrained(&levels, initial.acceptable.as_deref());
    if rules.explicit.is_over() && valid.is_empty() {
        return Err(Rejection::NoCommonPolicy {
            asked_by: rules.explicit.set_by,
        });
    }
    Ok(valid)
}

impl<'p> Level<'p> {
    /// Keeps what the certificate states too (§6.1.3 (d), (e)).
    fn meet(
        &mut self,
        certificate: &'p Certificate,
        any_counts: bool,
        work: &mut Work,
    ) -> Result<(), TooMuchWork> {
        let Some(stated) = &certificate.policies else {
            *self = Self::default();
            return Ok(());
        };
        work.compare(stated.len() + self.nodes.len())?;
        let stated: BTreeSet<&str> = stated.iter().map(String::as_str).collect();
        let had_any = self.any;
        if !(any_counts && stated.contains(ANY_POLICY)) {
            self.nodes.retain(|policy, _| stated.contains(policy));
            self.any = false;
        }
        if had_any {
            for policy in stated.into_iter().filter(|policy| *policy != ANY_POLICY) {
                self.nodes.entry(policy).or_default();
            }
        }
        Ok(())
    }

    /// What the next certificate may state to be valid (§6.1.4 (a), (b)).
    fn mapped(
        &mut self,
        certificate: &'p Certificate,
        mapping_counts: bool,
        work: &mut Work,
    ) -> Result<Self, Rejection> {
        let mappings = &certificate.policy_rules.mappings;
        work.compare(mappings.len() + self.nodes.len())?;
        if mappings
            .iter()
            .any(|(issuer, subject)| issuer == ANY_POLICY || subject == ANY_POLICY)
        {
            return Err(Rejection::PolicyMapping(certificate.label()));
        }
        let mut next = Self {
            nodes: BTreeMap::new(),
            any: self.any,
        };
        for (issuer, subject) in mappings {
            let issuer = issuer.as_str();
            if !mapping_counts {
                self.nodes.remove(issuer);
                continue;
            }
            if self.any {
                self.nodes.entry(issuer).or_default();
            }
            if let Some(node) = self.nodes.get_mut(issuer) {
                node.mapped = true;
                next.nodes.entry(subject).or_default().parents.push(issuer);
            }
        }
        for (policy, _) in self.nodes.iter().filter(|(_, node)| !node.mapped) {
            next.nodes.entry(policy).or_default().parents.push(policy);
        }
        Ok(next)
    }
}

/// The valid policies as the anchor's domain names them, as far as they are acceptable (§6.1.5 (g)).
fn user_constrained(levels: &[Level<'_>], acceptable: Option<&[String]>) -> Vec<String> {
    let any = levels.last().is_some_and(|last| last.any);
    let mut reached: BTreeSet<&str> = levels
        .last()
        .map(|last| last.nodes.keys().copied().collect())
        .unwrap_or_default();
    let mut valid: BTreeSet<&str> = BTreeSet::new();
    for level in levels.iter().rev() {
        let mut above = BTreeSet::new();
        for policy in reached {
            match level.nodes.get(policy) {
                Some(node) if node.parents.is_empty() => {
                    valid.insert(policy);
                }
                Some(node) => above.extend(node.parents.iter().copied()),
                None => {}
            }
        }
        reached = above;
    }
    let acceptable =
        acceptable.filter(|set| !set.iter().any(|policy| policy.as_str() == ANY_POLICY));
    match acceptable {
        None => {
            let any = any.then_some(ANY_POLICY);
            valid.into_iter().chain(any).map(str::to_owned).collect()
        }
        Some(set) => {
            let set: BTreeSet<&str> = set.iter().map(String::as_str).collect();
            let held = set
                .into_iter()
                .filter(|policy| any || valid.contains(policy));
            held.map(str::to_owned).collect()
        }
    }
}
