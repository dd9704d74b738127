//! Options of Keycloak that are not served: those that may be ignored here, and why; and those that may not, and what to do instead.

mod no_effect;
mod not_served;

use super::values::list;
use no_effect::NO_EFFECT;
use not_served::NOT_SERVED;
use std::borrow::Cow;

/// What becomes of an option that is known and not served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Known {
    /// Nothing happens, and nothing gets less safe by it.
    NoEffect {
        /// Why nothing happens.
        why: &'static str,
    },
    /// Ignoring it would be wrong, unless it has this value.
    NotServed {
        /// What it would need.
        why: &'static str,
        /// The value that asks for nothing; empty when every value asks for something.
        harmless: &'static str,
        /// What can be done today.
        instead: &'static str,
    },
}

impl Known {
    /// Whether a value asks for something that is not done and may not be ignored.
    pub(super) fn refuses(&self, text: &str) -> bool {
        match self {
            Self::NoEffect { .. } => false,
            Self::NotServed { harmless, .. } => {
                list(text).any(|item| !list(harmless).any(|known| known.eq_ignore_ascii_case(item)))
            }
        }
    }
}

/// What becomes of this key. A name that ends in `*` stands for all that begin so.
pub(super) fn known(key: &str) -> Option<Known> {
    let key = plain(key);
    let named = |name: &&str| {
        let name = plain(name);
        match name.strip_suffix('*') {
            Some(beginning) => key.len() > beginning.len() && key.starts_with(beginning),
            None => key == name,
        }
    };
    for (why, names) in NO_EFFECT {
        if names.iter().any(&named) {
            return Some(Known::NoEffect { why });
        }
    }
    NOT_SERVED
        .iter()
        .find(|(names, ..)| names.iter().any(&named))
        .map(|&(_, harmless, why, instead)| Known::NotServed {
            why,
            harmless,
            instead,
        })
}

/// A key with single dashes alone, as options of SPIs were once written.
pub(super) fn plain(key: &str) -> Cow<'_, str> {
    if key.starts_with("spi-") && key.contains("--") {
        Cow::Owned(key.replace("--", "-"))
    } else {
        Cow::Borrowed(key)
    }
}

/// The names of all of them that stand for themselves.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    let no_effect = NO_EFFECT.iter().flat_map(|(_, names)| names.iter());
    let not_served = NOT_SERVED.iter().flat_map(|(names, ..)| names.iter());
    no_effect
        .chain(not_served)
        .copied()
        .filter(|name| !name.ends_with('*'))
}

/// Each reason, and the options that it holds for, for the reference.
pub(super) fn without_effect() -> impl Iterator<Item = (&'static str, &'static [&'static str])> {
    NO_EFFECT.iter().copied()
}

/// Each group of options that are refused: names, harmless value, why, what to do instead.
pub(super) fn not_served() -> impl Iterator<
    Item = (
        &'static [&'static str],
        &'static str,
        &'static str,
        &'static str,
    ),
> {
    NOT_SERVED.iter().copied()
}
