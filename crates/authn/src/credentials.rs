//! Passwords that are to be: whether the realm's policy takes one, and how it replaces the one before.

use crate::passwords::{Busy, Matched, PasswordHash};
use crate::{Cx, Fault};
use jose::Secret;
use realm::password_policy::{Broken, Owner};
use realm::{Credential, CredentialId, User, UserId};
use store::Writer;

/// The kind of a password's credential.
const PASSWORD: &str = "password";
/// The kind of a password that was replaced, kept so that it can't come back at once.
const BEFORE: &str = "password-history";
/// Milliseconds.
const DAY: i64 = 86_400_000;
/// So many passwords of before are compared at the most.
const MOST: usize = 64;

/// A password that somebody wants to have.
pub enum NewPassword {
    /// They may; it is hashed.
    Good(PasswordHash),
    /// It breaks a rule of the realm.
    Broken(Broken),
    /// Too many passwords are waiting to be hashed.
    Busy,
}

/// Judges a password by the realm's policy, and hashes it. `stored` is what the person has.
///
/// # Errors
/// Our own trouble.
pub async fn judge(
    cx: &Cx,
    user: &User,
    stored: &[Credential],
    password: &str,
) -> Result<NewPassword, Fault> {
    let policy = &cx.realm.password_policy;
    let owner = Owner {
        username: &user.username,
        email: user.email.as_deref(),
    };
    if let Err(broken) = policy.check(password, owner) {
        return Ok(NewPassword::Broken(broken));
    }
    for list in policy.blacklists() {
        if let Some(broken) = cx.server.blacklists().refuses(list, password).await {
            return Ok(NewPassword::Broken(broken));
        }
    }
    let history = policy.history().unwrap_or_default();
    let since = policy
        .age_days()
        .map(|days| cx.now.0.saturating_sub(days.saturating_mul(DAY)));
    for (at, known) in before(stored).into_iter().take(MOST).enumerate() {
        let by_count = at < history;
        let by_age = since.is_some_and(|since| known.created_date >= since);
        if !by_count && !by_age {
            continue;
        }
        match is_same(cx, known, password).await {
            Ok(false) => {}
            Ok(true) if by_count => return Ok(NewPassword::Broken(policy.history_broken())),
            Ok(true) => {
                let broken = Broken::new("invalidPasswordGenericMessage");
                return Ok(NewPassword::Broken(broken));
            }
            Err(Full) => return Ok(NewPassword::Busy),
        }
    }
    let hashed = cx
        .server
        .hashers
        .hash_as(Secret::from(password), cx.password_method())
        .await;
    Ok(match hashed {
        Ok(hash) => NewPassword::Good(hash),
        Err(Busy::Full) => NewPassword::Busy,
        Err(Busy::Unusable(_)) => NewPassword::Broken(Broken::new("invalidPasswordGenericMessage")),
    })
}

/// The present password and those before it, the newest first.
fn before(stored: &[Credential]) -> Vec<&Credential> {
    let mut known: Vec<&Credential> = stored
        .iter()
        .filter(|known| known.kind == PASSWORD || known.kind == BEFORE)
        .collect();
    known.sort_by_key(|known| (known.kind != PASSWORD, -known.created_date));
    known
}

/// No thread is free.
struct Full;

async fn is_same(cx: &Cx, known: &Credential, password: &str) -> Result<bool, Full> {
    let Ok(hash) = PasswordHash::read(&known.secret_data, &known.credential_data) else {
        return Ok(false);
    };
    let hashers = &cx.server.hashers;
    match hashers.verify(hash, Secret::from(password)).await {
        Ok(matched) => Ok(matched == Matched::Yes),
        Err(Busy::Unusable(_)) => Ok(false),
        Err(Busy::Full) => Err(Full),
    }
}

/// Gives somebody a password. The one before is kept for as long as the policy asks about it.
///
/// # Errors
/// The database's.
pub async fn put(
    cx: &Cx,
    writer: &mut Writer,
    user: &UserId,
    stored: &[Credential],
    hash: PasswordHash,
) -> Result<(), Fault> {
    let (realm, policy) = (&cx.realm.id, &cx.realm.password_policy);
    let old = stored.iter().find(|known| known.kind == PASSWORD);
    let (secret_data, credential_data) = hash.to_stored();
    let new = Credential {
        id: old.map_or_else(new_id, |old| old.id.clone()),
        kind: PASSWORD.to_owned(),
        user_label: old.and_then(|old| old.user_label.clone()),
        created_date: cx.now.0,
        secret_data,
        credential_data,
        priority: old.map_or(10, |old| old.priority),
    };
    let mut users = writer.users();
    users.put_credential(realm, user, &new).await?;
    let kept = policy.history().unwrap_or_default().saturating_sub(1);
    let since = policy
        .age_days()
        .map(|days| cx.now.0.saturating_sub(days.saturating_mul(DAY)));
    for (at, known) in before(stored).into_iter().enumerate() {
        let is_asked_about = at < kept || since.is_some_and(|since| known.created_date >= since);
        if known.kind == PASSWORD && is_asked_about {
            let past = Credential {
                id: new_id(),
                kind: BEFORE.to_owned(),
                priority: 1000,
                ..known.clone()
            };
            users.put_credential(realm, user, &past).await?;
        } else if known.kind == BEFORE && !is_asked_about {
            users.remove_credential(realm, user, &known.id).await?;
        }
    }
    Ok(())
}

fn new_id() -> CredentialId {
    CredentialId::new(realm::random_key())
}
