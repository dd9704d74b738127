//! `conditional-credential`: which kinds of credentials the person has used on the way here, or has not.

use super::{is_on, list, setting};
use crate::flow::Walk;
use realm::Execution;

pub(super) fn holds(walk: &Walk<'_>, condition: &Execution) -> bool {
    let named = setting(walk, condition, "credentials").unwrap_or_default();
    let used = &walk.found.used;
    let was_used = list(&named).any(|kind| {
        if kind == "none" {
            used.is_empty()
        } else {
            used.iter().any(|used| used == kind)
        }
    });
    was_used == is_on(walk, condition, "included")
}
