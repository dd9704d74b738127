//! Ways to change a chain: of what is asked for before signing, and of the bytes that are signed.

mod bytes;
mod spec;

use super::made::{Keys, Spec};
use super::random::Random;

pub use bytes::raw_changes;
pub use spec::spec_changes;

/// A way to change something.
pub struct Change<F> {
    pub name: &'static str,
    pub apply: F,
}

/// Gives whether anything was changed.
type SpecChange = fn(&mut [Spec], usize, &Keys, &mut Random) -> bool;

/// `None` where there is nothing to change.
type RawChange = fn(&[u8], &mut Random) -> Option<Vec<u8>>;
