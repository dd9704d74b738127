//! Realms as they were last read: memory first, the database when there is reason to.

use crate::Fault;
use crate::store::{Store, WeakStore};
use realm::{Realm, RealmName};
use sqlx::PgPool;
use sqlx::postgres::PgListener;
use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

/// PostgreSQL tells of changed realms on this channel.
pub(crate) const CHANNEL: &str = "postern_realm";
/// So old, a snapshot of a shared database is compared by its version: the net under lost notifications.
const CHECK_AFTER: Duration = Duration::from_secs(2);

pub(crate) struct Snapshots {
    realms: RwLock<Realms>,
    loading: tokio::sync::Mutex<()>,
    is_shared: bool,
}

#[derive(Default)]
struct Realms {
    known: HashMap<RealmName, Known>,
    /// How often something was forgotten: what was read before is not kept after.
    forgotten: u64,
}

#[derive(Clone)]
struct Known {
    realm: Arc<Realm>,
    checked: Instant,
}

impl Snapshots {
    pub(crate) fn new(is_shared: bool) -> Self {
        Self {
            realms: RwLock::default(),
            loading: tokio::sync::Mutex::default(),
            is_shared,
        }
    }

    fn known(&self, name: &RealmName) -> Option<Known> {
        self.realms
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .known
            .get(name)
            .cloned()
    }

    fn fresh(&self, name: &RealmName) -> Option<Arc<Realm>> {
        self.known(name)
            .filter(|known| !self.is_shared || known.checked.elapsed() < CHECK_AFTER)
            .map(|known| known.realm)
    }

    pub(crate) async fn get(
        &self,
        store: &Store,
        name: &RealmName,
    ) -> Result<Option<Arc<Realm>>, Fault> {
        if let Some(realm) = self.fresh(name) {
            return Ok(Some(realm));
        }
        let _one = self.loading.lock().await;
        if let Some(realm) = self.fresh(name) {
            return Ok(Some(realm));
        }
        let forgotten = self.forgotten();
        let mut reader = store.read().await?;
        let checked = Instant::now();
        if let Some(known) = self.known(name)
            && reader.realms().version(name).await? == Some(known.realm.version)
        {
            self.keep(
                forgotten,
                Known {
                    checked,
                    ..known.clone()
                },
            );
            return Ok(Some(known.realm));
        }
        let Some((version, documents)) = reader.realms().load(name).await? else {
            self.forget(name);
            return Ok(None);
        };
        let realm = Realm::build(version, &documents).map_err(|source| Fault::Realm {
            realm: name.to_string(),
            source,
        })?;
        let realm = Arc::new(realm);
        self.keep(
            forgotten,
            Known {
                realm: realm.clone(),
                checked,
            },
        );
        Ok(Some(realm))
    }

    fn forgotten(&self) -> u64 {
        self.realms
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .forgotten
    }

    /// Keeps what was read, unless a change came in since `forgotten` was asked: then the next request reads again.
    fn keep(&self, forgotten: u64, known: Known) {
        let mut realms = self.realms.write().unwrap_or_else(PoisonError::into_inner);
        if realms.forgotten == forgotten {
            realms.known.insert(known.realm.name.clone(), known);
        }
    }

    pub(crate) fn forget(&self, name: &RealmName) {
        let mut realms = self.realms.write().unwrap_or_else(PoisonError::into_inner);
        realms.known.remove(name);
        realms.forgotten += 1;
    }
}

/// Forgets realms that another node says it changed, as long as the store is open.
pub(crate) fn listen(pool: PgPool, store: WeakStore) {
    tokio::spawn(async move {
        while store.strong_count() > 0 && !pool.is_closed() {
            if let Err(error) = follow(&pool, &store).await
                && !pool.is_closed()
            {
                tracing::warn!(%error, "no notifications of changed realms; versions are compared meanwhile");
                tokio::time::sleep(CHECK_AFTER).await;
            }
        }
    });
}

async fn follow(pool: &PgPool, store: &WeakStore) -> Result<(), sqlx::Error> {
    let mut listener = PgListener::connect_with(pool).await?;
    listener
        .listen_all([CHANNEL, crate::revocation::CHANNEL])
        .await?;
    loop {
        let news = listener.recv().await?;
        let Some(store) = Store::from_weak(store) else {
            return Ok(());
        };
        match news.channel() {
            CHANNEL => store.snapshots().forget(&RealmName::new(news.payload())),
            _ => store.news().notify_one(),
        }
    }
}
