//! Lines that anybody can cause by a connection or a request: one of a kind each second at the most, with the count of those that were left out.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

const APART: Duration = Duration::from_secs(1);

/// A kind of line of the log that strangers must not fill it with.
#[derive(Debug)]
pub struct Seldom(Mutex<(Option<Instant>, u64)>);

impl Seldom {
    /// Nothing was said yet. For a `static` beside the line.
    #[expect(clippy::new_without_default, reason = "each is a static of its own")]
    pub const fn new() -> Self {
        Self(Mutex::new((None, 0)))
    }

    /// Says it, with how often nothing was said since the last time; or counts.
    pub fn tell(&self, say: impl FnOnce(u64)) {
        if let Some(unsaid) = self.turn(Instant::now()) {
            say(unsaid);
        }
    }

    fn turn(&self, now: Instant) -> Option<u64> {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if last.0.is_some_and(|at| now.duration_since(at) < APART) {
            last.1 += 1;
            return None;
        }
        last.0 = Some(now);
        Some(std::mem::take(&mut last.1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_a_second_and_the_rest_is_counted() {
        let kind = Seldom::new();
        let now = Instant::now();
        assert_eq!(kind.turn(now), Some(0));
        assert_eq!(kind.turn(now), None);
        assert_eq!(kind.turn(now + APART / 2), None);
        assert_eq!(kind.turn(now + APART), Some(2));
        assert_eq!(kind.turn(now + APART), None);
    }
}
