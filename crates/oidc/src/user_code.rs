//! Codes that people type from one screen into another (RFC 8628 §6.1).

use authn::Cx;
use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};
use store::Timestamp;

/// Letters that look like no others and make no words.
const LETTERS: &[u8] = b"BCDFGHJKLMNPQRSTVWXZ";
const LENGTH: usize = 8;

/// A new code, without its dash.
pub fn random() -> String {
    let mut code = String::with_capacity(LENGTH);
    while code.len() < LENGTH {
        for byte in jose::random_bytes(LENGTH * 2) {
            // Each letter as often as any other: what is left over of a byte's values is passed over.
            let (most, count) = (256 - 256 % LETTERS.len(), LETTERS.len());
            if usize::from(byte) < most && code.len() < LENGTH {
                code.push(char::from(LETTERS[usize::from(byte) % count]));
            }
        }
    }
    code
}

/// The code as people read it.
pub fn shown(code: &str) -> String {
    match code.split_at_checked(LENGTH / 2) {
        Some((first, second)) => format!("{first}-{second}"),
        None => code.to_owned(),
    }
}

/// What somebody typed as a code: in any case, with or without dash and blanks. Nothing of what can't be one.
pub fn read(typed: &str) -> Option<String> {
    if typed.len() > 64 {
        return None;
    }
    let code: String = typed
        .chars()
        .filter(|letter| !letter.is_whitespace() && *letter != '-')
        .map(|letter| letter.to_ascii_uppercase())
        .collect();
    let is_code = code.len() == LENGTH && code.bytes().all(|letter| LETTERS.contains(&letter));
    is_code.then_some(code)
}

/// Who typed wrong codes lately: whoever tries many is not listened to for a while (RFC 8628 §5.1).
#[derive(Clone, Default)]
pub struct Guesses(Arc<Mutex<HashMap<IpAddr, Counted>>>);

struct Counted {
    since: Timestamp,
    wrong: u32,
}

/// So many wrong codes from one address are listened to.
const MOST_WRONG: u32 = 20;
/// In this time, seconds.
const WINDOW: i64 = 600;
/// So many addresses are remembered.
const MOST_ADDRESSES: usize = 10_000;

impl Guesses {
    /// Whether somebody may try.
    pub fn may_try(&self, cx: &Cx) -> bool {
        let counted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = counted.get(&network(cx.arrival.client_address()));
        known.is_none_or(|known| known.is_over(cx.now) || known.wrong < MOST_WRONG)
    }

    /// Counts a wrong code.
    pub fn note_wrong(&self, cx: &Cx) {
        let mut counted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if counted.len() >= MOST_ADDRESSES {
            counted.retain(|_, known| !known.is_over(cx.now));
        }
        if counted.len() >= MOST_ADDRESSES {
            counted.clear();
        }
        let fresh = || Counted {
            since: cx.now,
            wrong: 0,
        };
        let known = counted
            .entry(network(cx.arrival.client_address()))
            .or_insert_with(fresh);
        if known.is_over(cx.now) {
            *known = fresh();
        }
        known.wrong += 1;
    }
}

impl Counted {
    fn is_over(&self, now: Timestamp) -> bool {
        self.since.plus_seconds(WINDOW) <= now
    }
}

/// The address, or the network that one subscriber has of IPv6.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_as_it_is_typed() {
        for _ in 0..100 {
            let code = random();
            assert_eq!(read(&code).as_deref(), Some(code.as_str()));
            assert_eq!(read(&shown(&code).to_lowercase()), Some(code));
        }
        assert_eq!(read(" bcdf - ghjk ").as_deref(), Some("BCDFGHJK"));
        for typed in [
            "",
            "BCDF",
            "BCDF-GHJA",
            "BCDF-GHJKL",
            "ÄCDFGHJK",
            "BCDFGHJ\0",
        ] {
            assert_eq!(read(typed), None, "{typed:?}");
        }
        assert_eq!(read(&"B".repeat(1000)), None);
    }

    #[test]
    fn every_letter_comes() {
        let all: String = (0..200).map(|_| random()).collect();
        for letter in LETTERS {
            assert!(all.contains(char::from(*letter)));
        }
    }
}
