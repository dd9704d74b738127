//! Who has this name, and is this their password?

use crate::brute_force;
use crate::flow::Walk;
use crate::passwords::{Busy, Freshness, Matched, PasswordHash};
use crate::refusal::{By, Refusal};
use crate::{Cx, Fault};
use jose::Secret;
use realm::{Credential, User, UserId};

/// Longer names are nobody's.
const MAX_NAME: usize = 255;

/// Whom a name leads to.
pub(crate) enum Lookup {
    One(Box<User>),
    Nobody,
    Several,
}

/// A name as it may stand in events and pages.
pub(crate) fn clip(name: &str) -> String {
    name.chars().take(MAX_NAME).collect()
}

/// The person with this key.
pub(crate) async fn by_id(cx: &Cx, id: &UserId) -> Result<Option<User>, Fault> {
    let mut reader = cx.server.store.read().await?;
    Ok(reader.users().by_id(&cx.realm.id, id).await?)
}

/// The person with this address, where the realm lets people sign in by address, or else with this user name.
pub(crate) async fn by_name_or_email(cx: &Cx, name: &str) -> Result<Lookup, Fault> {
    if name.is_empty() || name.chars().count() > MAX_NAME {
        return Ok(Lookup::Nobody);
    }
    let mut reader = cx.server.store.read().await?;
    if cx.realm.settings.login_with_email_allowed && name.contains('@') {
        let mut found = reader.users().by_email(&cx.realm.id, name).await?;
        match (found.pop(), found.is_empty()) {
            (Some(user), true) => return Ok(Lookup::One(Box::new(user))),
            (Some(_), false) => return Ok(Lookup::Several),
            (None, _) => {}
        }
    }
    let user = reader.users().by_username(&cx.realm.id, name).await?;
    Ok(user.map_or(Lookup::Nobody, |user| Lookup::One(Box::new(user))))
}

/// Takes as long as comparing a password does, where somebody has none.
pub(crate) async fn pretend_to_verify(walk: &Walk<'_>, password: &str) -> Result<(), Refusal> {
    if password.is_empty() {
        return Ok(());
    }
    let hashers = &walk.cx.server.hashers;
    match hashers.verify_nobody(Secret::from(password)).await {
        Err(Busy::Full) => Err(Refusal::Busy),
        _ => Ok(()),
    }
}

/// Whether this is the person's password, and they may use it. One that is not counts as a failure. A hash of older form is made anew.
pub(crate) async fn verify_password(
    walk: &mut Walk<'_>,
    user: &User,
    password: &str,
) -> Result<Result<(), Refusal>, Fault> {
    if password.is_empty() {
        return Ok(Err(Refusal::Password));
    }
    if let Some(lockout) = brute_force::lockout(walk.cx, user).await? {
        // It takes as long as for anybody else.
        let pretended = pretend_to_verify(walk, password).await;
        let refusal = Refusal::UserLocked(lockout, By::Name);
        return Ok(Err(pretended.err().unwrap_or(refusal)));
    }
    let (matched, freshness) = match compare(walk, user, password).await? {
        Ok(matched) => matched,
        Err(refusal) => {
            if refusal != Refusal::Busy {
                brute_force::failed(walk, &user.id).await?;
            }
            return Ok(Err(refusal));
        }
    };
    if let Some(lockout) = brute_force::lockout_by_now(walk.cx, &user.id).await? {
        return Ok(Err(Refusal::UserLocked(lockout, By::Name)));
    }
    if !user.enabled {
        return Ok(Err(Refusal::UserDisabled));
    }
    if freshness == Freshness::Outdated {
        renew(walk.cx, user, matched, password).await?;
    }
    Ok(Ok(()))
}

/// The credential that a password matches, and whether it would be hashed so today.
async fn compare(
    walk: &mut Walk<'_>,
    user: &User,
    password: &str,
) -> Result<Result<(Credential, Freshness), Refusal>, Fault> {
    let credentials = walk.credentials(&user.id).await?;
    let stored = credentials.iter().find(|stored| stored.kind == "password");
    let Some(stored) = stored.cloned() else {
        let pretended = pretend_to_verify(walk, password).await;
        return Ok(Err(pretended.err().unwrap_or(Refusal::PasswordNone)));
    };
    let hash = match PasswordHash::read(&stored.secret_data, &stored.credential_data) {
        Ok(hash) => hash,
        Err(unusable) => {
            let pretended = pretend_to_verify(walk, password).await;
            let refusal = Refusal::PasswordUnusable(unusable.to_string());
            return Ok(Err(pretended.err().unwrap_or(refusal)));
        }
    };
    let freshness = hash.freshness(&walk.cx.password_method());
    let hashers = &walk.cx.server.hashers;
    Ok(match hashers.verify(hash, Secret::from(password)).await {
        Ok(Matched::Yes) => Ok((stored, freshness)),
        Ok(Matched::No) | Err(Busy::Unusable(_)) => Err(Refusal::Password),
        Err(Busy::Full) => Err(Refusal::Busy),
    })
}

/// Hashes a password that was right as it would be hashed today. If the threads are busy, the next sign-in will do it; if the password was
/// changed meanwhile, that stays.
async fn renew(cx: &Cx, user: &User, stored: Credential, password: &str) -> Result<(), Fault> {
    let hashers = &cx.server.hashers;
    let method = cx.password_method();
    let Ok(hash) = hashers.hash_as(Secret::from(password), method).await else {
        return Ok(());
    };
    let (secret_data, credential_data) = hash.to_stored();
    let credential = Credential {
        secret_data,
        credential_data,
        ..stored.clone()
    };
    let mut writer = cx.server.store.write().await?;
    let mut users = writer.users();
    users
        .renew_credential(&cx.realm.id, &user.id, &stored, &credential)
        .await?;
    Ok(writer.commit().await?)
}
