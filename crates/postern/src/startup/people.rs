//! Plain passwords on their way to the database.

use authn::passwords::{PasswordHash, Unusable};
use jose::Secret;
use realm::{Credential, CredentialId};
use std::num::NonZero;
use std::sync::Mutex;

/// The credential of a new password.
pub(super) fn credential(hash: &PasswordHash, created_date: i64) -> Credential {
    let (secret_data, credential_data) = hash.to_stored();
    Credential {
        id: CredentialId::new(realm::random_key()),
        kind: "password".to_owned(),
        user_label: None,
        created_date,
        secret_data,
        credential_data,
        priority: 10,
    }
}

/// Hashes passwords on all processors; the results are in the passwords' order.
pub(super) fn hash_all(passwords: &[&Secret]) -> Vec<Result<PasswordHash, Unusable>> {
    let mut hashed: Vec<Option<Result<PasswordHash, Unusable>>> =
        passwords.iter().map(|_| None).collect();
    let work = Mutex::new(passwords.iter().zip(hashed.iter_mut()));
    let threads = std::thread::available_parallelism().map_or(1, NonZero::get);
    std::thread::scope(|scope| {
        for _ in 0..threads.min(passwords.len()) {
            scope.spawn(|| {
                loop {
                    let next = work.lock().ok().and_then(|mut work| work.next());
                    let Some((password, place)) = next else {
                        return;
                    };
                    *place = Some(PasswordHash::new(password));
                }
            });
        }
    });
    hashed.into_iter().flatten().collect()
}
