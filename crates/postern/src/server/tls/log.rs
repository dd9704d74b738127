//! Lines that anybody can cause by connecting: one a second at the most, with the count of those that were left out.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

const APART: Duration = Duration::from_secs(1);

static LAST: Mutex<(Option<Instant>, u64)> = Mutex::new((None, 0));

/// Says it, with how often nothing was said since the last time; or counts.
pub(in crate::server) fn tell(say: impl FnOnce(u64)) {
    let now = Instant::now();
    let unsaid = {
        let mut last = LAST.lock().unwrap_or_else(PoisonError::into_inner);
        match last.0 {
            Some(at) if now.duration_since(at) < APART => {
                last.1 += 1;
                return;
            }
            _ => {
                last.0 = Some(now);
                std::mem::take(&mut last.1)
            }
        }
    };
    say(unsaid);
}
