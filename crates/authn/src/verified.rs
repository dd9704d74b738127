//! Tokens of ours whose signature was verified before: a client shows the same one again and again while it counts.

use crate::bearer::Claims;
use aws_lc_rs::digest;
use jose::VerifyError;
use realm::Realm;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

/// So many are remembered, and as many of before.
const REMEMBERED: usize = 1024;
/// Longer tokens are verified each time.
const MAX_BYTES: usize = 4096;

/// What was verified, by the SHA-256 of the token. What is not used for a while is forgotten.
#[derive(Default)]
pub(crate) struct VerifiedTokens(Mutex<Generations>);

#[derive(Default)]
struct Generations {
    young: HashMap<[u8; 32], Known>,
    old: HashMap<[u8; 32], Known>,
}

/// What a token says, and the snapshot of the realm whose keys verified it. With another snapshot, it is verified again: a key may be gone.
#[derive(Clone)]
struct Known {
    realm: Weak<Realm>,
    claims: Arc<Claims>,
}

impl VerifiedTokens {
    /// What a token says that this realm signed. Whether it counts, and still does, is for the caller to find out each time.
    pub(crate) fn claims(
        &self,
        realm: &Arc<Realm>,
        token: &str,
    ) -> Result<Arc<Claims>, VerifyError> {
        let verify = || realm.keys.verifying().verify::<Claims>(token);
        if token.len() > MAX_BYTES {
            return Ok(Arc::new(verify()?.claims));
        }
        let key = key(token);
        if let Some(claims) = self.known(realm, &key) {
            return Ok(claims);
        }
        let claims = Arc::new(verify()?.claims);
        let known = Known {
            realm: Arc::downgrade(realm),
            claims: claims.clone(),
        };
        self.generations().keep(key, known);
        Ok(claims)
    }

    fn known(&self, realm: &Arc<Realm>, key: &[u8; 32]) -> Option<Arc<Claims>> {
        let mut generations = self.generations();
        let is_young = generations.young.contains_key(key);
        let known = match is_young {
            true => generations.young.get(key).cloned(),
            false => generations.old.remove(key),
        }?;
        if known.realm.as_ptr() != Arc::as_ptr(realm) {
            return None;
        }
        let claims = known.claims.clone();
        if !is_young {
            generations.keep(*key, known);
        }
        Some(claims)
    }

    fn generations(&self) -> std::sync::MutexGuard<'_, Generations> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Generations {
    fn keep(&mut self, key: [u8; 32], known: Known) {
        if self.young.len() >= REMEMBERED {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(key, known);
    }
}

fn key(token: &str) -> [u8; 32] {
    let digest = digest::digest(&digest::SHA256, token.as_bytes());
    let mut key = [0; 32];
    key.copy_from_slice(digest.as_ref());
    key
}

#[cfg(test)]
mod tests {
    use super::*;
    use realm::{RealmName, fresh};
    use serde_json::json;

    fn snapshot() -> Arc<Realm> {
        let fresh = fresh::realm(&RealmName::new("demo")).unwrap();
        Arc::new(Realm::build(1, &fresh.documents).unwrap())
    }

    fn token(realm: &Realm, number: usize) -> String {
        let claims = json!({"exp": 1, "iss": "us", "azp": "app", "number": number});
        realm.keys.hmac().sign("JWT", &claims).unwrap()
    }

    #[test]
    fn the_same_token_says_the_same_and_one_that_was_changed_nothing() {
        let (tokens, realm) = (VerifiedTokens::default(), snapshot());
        let shown = token(&realm, 1);
        let first = tokens.claims(&realm, &shown).unwrap();
        assert!(Arc::ptr_eq(&first, &tokens.claims(&realm, &shown).unwrap()));
        let at = shown.len() - 4;
        let other = if shown[at..].starts_with('A') {
            "B"
        } else {
            "A"
        };
        let changed = [&shown[..at], other, &shown[at + 1..]].concat();
        for _ in 0..2 {
            let refused = tokens.claims(&realm, &changed).unwrap_err();
            assert_eq!(refused, VerifyError::Signature);
        }
    }

    #[test]
    fn what_other_keys_verified_counts_for_nothing() {
        let (tokens, before, after) = (VerifiedTokens::default(), snapshot(), snapshot());
        let shown = token(&before, 1);
        assert!(tokens.claims(&before, &shown).is_ok());
        assert!(tokens.claims(&after, &shown).is_err());
        assert!(tokens.claims(&before, &shown).is_ok());
    }

    #[test]
    fn memory_is_bounded_and_what_is_used_stays() {
        let (tokens, realm) = (VerifiedTokens::default(), snapshot());
        let used = token(&realm, 0);
        let first = tokens.claims(&realm, &used).unwrap();
        for number in 1..=3 * REMEMBERED {
            tokens.claims(&realm, &token(&realm, number)).unwrap();
            if number % 100 == 0 {
                assert!(Arc::ptr_eq(&first, &tokens.claims(&realm, &used).unwrap()));
            }
        }
        let generations = tokens.generations();
        assert!(generations.young.len() <= REMEMBERED && generations.old.len() <= REMEMBERED);
    }
}
