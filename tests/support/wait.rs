//! Waiting for something that another process does.

use std::time::{Duration, Instant};

/// Nothing that a test waits for takes so long, unless it is broken.
pub const DEADLINE: Duration = Duration::from_secs(60);

/// Asks again and again, until it is so.
///
/// # Panics
/// When it is not so before the deadline.
pub fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let started = Instant::now();
    while !is_so() {
        assert!(
            started.elapsed() < DEADLINE,
            "waited {DEADLINE:?} in vain: {what}"
        );
        // How often to look, not how long to wait.
        std::thread::sleep(Duration::from_millis(5));
    }
}
