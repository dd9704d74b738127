//! The realm `master`, made when it is not there.

use anyhow::{Context, bail};
use realm::{Realm, RealmName, fresh};
use std::sync::Arc;
use store::{Create, Store};

/// The realm `master`, which this makes when it is missing.
///
/// # Errors
/// The database's, and when no keys can be made.
pub(crate) async fn ensure(store: &Store) -> anyhow::Result<Arc<Realm>> {
    let name = RealmName::new(fresh::MASTER_REALM);
    if let Some(master) = store.realm(&name).await? {
        return Ok(master);
    }
    tracing::info!("Initializing master realm");
    let made = {
        let name = name.clone();
        tokio::task::spawn_blocking(move || fresh::realm(&name)).await??
    };
    let id = Realm::build(1, &made.documents)?.id;
    let mut writer = store.write().await?;
    match writer.realms().create(&id, &name, &made.documents).await? {
        Create::Created => writer.commit().await?,
        // Another node was faster.
        Create::Taken => drop(writer),
    }
    match store.realm(&name).await? {
        Some(master) => Ok(master),
        None => bail!("the realm master was made and is not there"),
    }
}

/// The realm of a name, for commands.
///
/// # Errors
/// The database's, and when there is no such realm.
pub(crate) async fn named(store: &Store, name: &str) -> anyhow::Result<Arc<Realm>> {
    let realm = store.realm(&RealmName::new(name)).await?;
    realm.with_context(|| format!("there is no realm {name}"))
}
