//! Lists that are out of date never pass in silence.

use std::collections::HashMap;
use std::sync::Arc;
use x509::{RevocationList, Revocations};

/// What is out of date is told again after so long, seconds.
const AGAIN: i64 = 6 * 3600;
/// When so much of its life is left, a list's end is told ahead: one part of so many.
const AHEAD: i64 = 20;

/// When what was told.
#[derive(Debug, Default)]
pub(super) struct Told(HashMap<(String, State), i64>);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum State {
    EndsSoon,
    OutOfDate,
}

/// Of each kind of list the newest: those before it count no more.
pub(crate) fn newest(known: &Revocations) -> Vec<Arc<RevocationList>> {
    let mut newest: HashMap<String, Arc<RevocationList>> = HashMap::new();
    for list in known.lists() {
        let of_kind = newest.entry(list.kind()).or_insert_with(|| list.clone());
        if list.is_newer_than(of_kind) {
            *of_kind = list.clone();
        }
    }
    newest.into_values().collect()
}

impl Told {
    /// Warns of lists whose next one is due or nearly so; gives how many warnings there were.
    pub(super) fn tell(&mut self, known: &Revocations, now: i64) -> usize {
        let mut count = 0;
        let newest = newest(known);
        self.0.retain(|(kind, _), told| {
            now.saturating_sub(*told) < AGAIN && newest.iter().any(|list| list.kind() == *kind)
        });
        for list in &newest {
            let Some(state) = state(list, now) else {
                continue;
            };
            let key = (list.kind(), state);
            if self.0.contains_key(&key) {
                continue;
            }
            self.0.insert(key, now);
            count += 1;
            let (issuer, end) = (list.issuer(), x509::instant_text(list.counts_until()));
            match state {
                State::OutOfDate => tracing::warn!(
                    "revocation: the list of {issuer} is out of date since {end}: certificates are refused or accepted as revocation-crl and the realms' steps say"
                ),
                State::EndsSoon => tracing::warn!(
                    "revocation: the list of {issuer} is out of date at {end}, and there is no newer one yet"
                ),
            }
        }
        count
    }
}

fn state(list: &RevocationList, now: i64) -> Option<State> {
    let (made, end) = (list.this_update(), list.counts_until());
    let life = end.saturating_sub(made);
    if now > end {
        Some(State::OutOfDate)
    } else if end.saturating_sub(now) < life / AHEAD {
        Some(State::EndsSoon)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::pki::{Authority, DAY, List, NOW};
    use super::*;

    #[test]
    fn what_ends_and_what_has_ended_is_told_now_and_then() {
        let (authority, other) = (Authority::new("A"), Authority::new("B"));
        let list = |authority: &Authority, number, made, due| {
            let der = authority.list(List {
                number,
                made,
                due,
                revoked: &[],
            });
            Arc::new(RevocationList::from_der(&der).unwrap())
        };
        let lists = [
            list(&authority, 1, NOW - 40 * DAY, NOW - 10 * DAY),
            list(&authority, 2, NOW, NOW + 40 * DAY),
            list(&other, 1, NOW, NOW + 90 * DAY),
        ];
        let known = Revocations::new(lists, []);
        assert_eq!(
            newest(&known).len(),
            2,
            "one that was replaced does not count"
        );
        let mut told = Told::default();
        for (now, warnings) in [
            (NOW, 0),
            (NOW + 37 * DAY, 0),
            (NOW + 39 * DAY, 1),
            (NOW + 39 * DAY + 60, 0),
            (NOW + 39 * DAY + AGAIN, 1),
            (NOW + 40 * DAY, 1),
            (NOW + 40 * DAY + 1, 1),
            (NOW + 40 * DAY + 60, 0),
            (NOW + 40 * DAY + 1 + AGAIN, 1),
            (NOW + 91 * DAY, 2),
        ] {
            assert_eq!(told.tell(&known, now), warnings, "{}", now - NOW);
        }
    }
}
