//! What TLS may resume: sessions in this process's memory, named by random numbers.
//!
//! There are no ticket keys that could be stolen or have to be turned over. A session holds the certificate with which it began, and only who
//! knows its secret resumes it: nobody gets another person's certificate by it. It ends after an hour, since resuming it does not prove again
//! that the key is still there, and with each change of our certificate or truststore.

use rustls::server::StoresServerSessions;
use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// A session is resumed so long after it began, at the most.
const LIFE: Duration = Duration::from_secs(3600);
/// So many are kept.
const MOST: usize = 4096;
/// One with a larger chain of certificates is not kept.
const MOST_BYTES: usize = 16 * 1024;

#[derive(Default)]
pub(super) struct Sessions(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    by_id: HashMap<Vec<u8>, (Instant, Vec<u8>)>,
    /// The oldest first; some may have been taken.
    order: VecDeque<(Instant, Vec<u8>)>,
}

impl Sessions {
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn put(&mut self, id: Vec<u8>, value: Vec<u8>, now: Instant) -> bool {
        if value.len() > MOST_BYTES {
            return false;
        }
        while let Some((began, _)) = self.order.front()
            && (self.order.len() >= MOST || now.duration_since(*began) >= LIFE)
        {
            if let Some((began, id)) = self.order.pop_front()
                && self.by_id.get(&id).is_some_and(|(at, _)| *at == began)
            {
                self.by_id.remove(&id);
            }
        }
        self.order.push_back((now, id.clone()));
        self.by_id.insert(id, (now, value));
        true
    }

    fn get(&self, id: &[u8], now: Instant) -> Option<Vec<u8>> {
        let (began, value) = self.by_id.get(id)?;
        (now.duration_since(*began) < LIFE).then(|| value.clone())
    }

    fn take(&mut self, id: &[u8], now: Instant) -> Option<Vec<u8>> {
        let value = self.get(id, now);
        self.by_id.remove(id);
        value
    }
}

impl StoresServerSessions for Sessions {
    fn put(&self, id: Vec<u8>, value: Vec<u8>) -> bool {
        self.kept().put(id, value, Instant::now())
    }

    fn get(&self, id: &[u8]) -> Option<Vec<u8>> {
        self.kept().get(id, Instant::now())
    }

    fn take(&self, id: &[u8]) -> Option<Vec<u8>> {
        self.kept().take(id, Instant::now())
    }

    fn can_cache(&self) -> bool {
        true
    }
}

impl std::fmt::Debug for Sessions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Sessions({})", self.kept().by_id.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sessions_end_after_an_hour_or_when_taken_and_are_bounded() {
        let mut kept = Kept::default();
        let began = Instant::now();
        assert!(kept.put(vec![1], vec![7], began));
        assert_eq!(kept.get(&[1], began + LIFE / 2), Some(vec![7]));
        assert_eq!(kept.get(&[1], began + LIFE), None);
        assert_eq!(kept.take(&[1], began), Some(vec![7]));
        assert_eq!(kept.get(&[1], began), None);
        assert!(!kept.put(vec![2], vec![0; MOST_BYTES + 1], began));
        for number in 0..2 * MOST {
            kept.put(number.to_be_bytes().to_vec(), Vec::new(), began);
        }
        assert!(kept.by_id.len() <= MOST && kept.order.len() <= MOST);
        let last = (2 * MOST - 1).to_be_bytes();
        assert_eq!(kept.get(&last, began), Some(Vec::new()));
        kept.put(vec![3], Vec::new(), began + LIFE);
        assert_eq!(kept.by_id.len(), 1);
    }
}
