//! Levels of authentication: how sure a sign-in is of who it is. A client asks for one, conditions of the flow lead to it, the session
//! remembers when each was reached.
//!
//! Levels are numbers that the realm's flow gives a meaning; higher is surer. A flow without the condition knows none.

use realm::Realm;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use store::Session;

/// The condition that a conditional flow is for a level.
pub(crate) const CONDITION: &str = "conditional-level-of-authentication";
/// The note of a session: each level and when it was reached, epoch seconds.
const NOTE: &str = "loa-map";
/// A session that knows levels has this one, however long ago the others were.
const SIGNED_IN: i64 = 0;
/// So many seconds a level counts when its condition does not say.
const MAX_AGE: i64 = 36_000;
/// Flows nest no deeper.
const DEPTH: usize = 16;

/// The level that a client asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestedLevel {
    /// Which.
    #[serde(rename = "l")]
    pub level: i64,
    /// Whether it can do with less.
    #[serde(rename = "d")]
    pub demand: Demand,
}

/// Whether a client can do with less than the level that it asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Demand {
    /// It takes what the flow reaches (`acr_values`).
    #[serde(rename = "w")]
    Wished,
    /// It takes nothing less (`acr` as an essential claim, OpenID Connect Core §5.5.1.1).
    #[serde(rename = "e")]
    Essential,
}

/// Levels, and when each was reached last, epoch seconds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Reached(Vec<(i64, i64)>);

impl Reached {
    /// What a session remembers.
    pub(crate) fn of(session: &Session) -> Self {
        let note = session.notes.get(NOTE);
        let read = note.and_then(|text| serde_json::from_str::<BTreeMap<i64, i64>>(text).ok());
        Self(read.unwrap_or_default().into_iter().collect())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn note(&mut self, level: i64, at: i64) {
        self.0.retain(|(known, _)| *known != level);
        self.0.push((level, at));
        self.0.sort_unstable();
    }

    /// Whether a level was reached at most so many seconds ago. At 0 none ever was.
    pub(crate) fn counts(&self, level: i64, max_age: i64, now: i64) -> bool {
        let reached = self.0.iter().find(|(known, _)| *known == level);
        reached.is_some_and(|(_, at)| max_age > 0 && now.saturating_sub(*at) <= max_age)
    }

    /// The highest level that still counts in this flow; none when the session knows no levels. A level does not count without those below.
    pub(crate) fn highest(&self, realm: &Realm, flow: &str, now: i64) -> Option<i64> {
        if self.is_empty() {
            return None;
        }
        let ages = configured(realm, flow);
        let counting = self
            .0
            .iter()
            .filter_map(|(level, _)| Some((*level, *ages.get(level)?)))
            .take_while(|(level, max_age)| self.counts(*level, *max_age, now));
        let highest = counting.map(|(level, _)| level).last();
        Some(highest.unwrap_or(SIGNED_IN).max(SIGNED_IN))
    }

    /// Writes it into a session, beside what the session remembers.
    pub(crate) fn remember(&self, session: &mut Session) {
        if self.is_empty() {
            return;
        }
        let mut all = Self::of(session);
        for (level, at) in &self.0 {
            all.note(*level, *at);
        }
        let all: BTreeMap<i64, i64> = all.0.into_iter().collect();
        if let Ok(text) = serde_json::to_string(&all) {
            session.notes.insert(NOTE.to_owned(), text);
        }
    }
}

/// The level of a condition and how long it counts, seconds, as its configuration says.
pub(crate) fn setting(realm: &Realm, config: Option<&str>) -> (i64, i64) {
    let config = config.and_then(|alias| realm.authenticator_config(alias));
    let number = |name: &str| {
        let text = config?.config.get(name)?;
        text.trim().parse::<i64>().ok()
    };
    (
        number("loa-condition-level").unwrap_or(SIGNED_IN),
        number("loa-max-age").unwrap_or(MAX_AGE),
    )
}

/// The levels that a flow knows, and how long each counts, seconds.
pub fn configured(realm: &Realm, flow: &str) -> BTreeMap<i64, i64> {
    let mut found = BTreeMap::new();
    collect(realm, flow, 0, &mut found);
    found
}

fn collect(realm: &Realm, flow: &str, depth: usize, found: &mut BTreeMap<i64, i64>) {
    let Some(flow) = realm.flow(flow).filter(|_| depth < DEPTH) else {
        return;
    };
    let steps = flow.authentication_executions.iter();
    for step in steps.filter(|step| step.requirement != realm::Requirement::Disabled) {
        match (&step.flow_alias, step.authenticator.as_deref()) {
            (Some(below), _) if step.authenticator_flow => collect(realm, below, depth + 1, found),
            (_, Some(CONDITION)) => {
                let (level, age) = setting(realm, step.authenticator_config.as_deref());
                found.insert(level, age);
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_counts_for_as_long_as_it_may() {
        let mut reached = Reached::default();
        reached.note(2, 100);
        reached.note(1, 50);
        reached.note(1, 90);
        assert_eq!(reached.0, [(1, 90), (2, 100)]);
        for (level, max_age, now, counts) in [
            (1, 10, 100, true),
            (1, 10, 101, false),
            (2, 0, 100, false),
            (3, 10, 100, false),
            (2, i64::MAX, i64::MAX, true),
        ] {
            assert_eq!(
                reached.counts(level, max_age, now),
                counts,
                "{level} {max_age}"
            );
        }
    }
}
