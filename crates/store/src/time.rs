use serde::{Deserialize, Serialize};

/// An instant: epoch milliseconds.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// Whole epoch seconds.
    pub fn seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// The instant so many seconds later; stays within what a row can hold.
    #[must_use]
    pub fn plus_seconds(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds.saturating_mul(1000)))
    }
}
