//! The first administrator.

use super::people;
use authn::passwords::PasswordHash;
use jose::Secret;
use realm::{Realm, fresh};
use store::{EmailRule, Insert, Store, Timestamp};

/// How making the first administrator ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Made {
    /// They are there now.
    Created,
    /// Somebody has this name already.
    Taken,
}

/// Makes an administrator that is marked as temporary.
///
/// # Errors
/// The database's, and when the password can't be hashed.
pub(crate) async fn create(
    store: &Store,
    master: &Realm,
    username: &str,
    password: Secret,
    now: Timestamp,
) -> anyhow::Result<Made> {
    let user = fresh::bootstrap_admin(master, username, now.0);
    let hash = tokio::task::spawn_blocking(move || PasswordHash::new(&password)).await??;
    let rule = if master.settings.duplicate_emails_allowed {
        EmailRule::Shared
    } else {
        EmailRule::Unique
    };
    let mut writer = store.write().await?;
    if writer.users().insert(&master.id, &user, rule).await? == Insert::Taken {
        return Ok(Made::Taken);
    }
    let credential = people::credential(&hash, now.0);
    writer
        .users()
        .put_credential(&master.id, &user.id, &credential)
        .await?;
    writer.commit().await?;
    tracing::info!(
        "Created temporary admin user with username {}",
        user.username
    );
    Ok(Made::Created)
}

/// Makes the administrator that options name, when `master` has nobody in it. Once somebody is there, old options must not bring back
/// an administrator who was removed.
///
/// # Errors
/// Those of [`create`].
pub(crate) async fn from_options(
    store: &Store,
    master: &Realm,
    admin: crate::config::operation::Admin,
    now: Timestamp,
) -> anyhow::Result<()> {
    let mut reader = store.read().await?;
    let somebody = !reader.users().page(&master.id, None, 1).await?.is_empty();
    let known = reader
        .users()
        .by_username(&master.id, &admin.username)
        .await?
        .is_some();
    drop(reader);
    if known {
        tracing::debug!(
            "the first administrator {} is there already",
            admin.username
        );
    } else if somebody {
        tracing::warn!(
            "no administrator {} was made, since master has people in it; `postern bootstrap-admin user` makes one",
            admin.username
        );
    } else if create(store, master, &admin.username, admin.password, now).await? == Made::Taken {
        tracing::debug!("another node made the first administrator");
    }
    Ok(())
}

/// Whether nobody can administer anything.
///
/// # Errors
/// The database's.
pub(crate) async fn is_missing(store: &Store, master: &Realm) -> Result<bool, store::Fault> {
    let mut reader = store.read().await?;
    Ok(reader.users().page(&master.id, None, 1).await?.is_empty())
}
