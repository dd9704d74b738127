//! A key that the realm lacks: a client or the realm's own setting wants an algorithm that no key of the realm is for.

use authn::{Cx, Fault};
use jose::Algorithm;
use realm::{Document, KeyMaterialError, Kind, Realm, keys};
use std::sync::Arc;
use store::Change;
use tokio::sync::Mutex;

/// Makes such keys, one at a time. Cheap to clone.
#[derive(Clone, Default)]
pub struct FallbackKeys(Arc<Mutex<()>>);

/// Why no key was made.
#[derive(Debug, thiserror::Error)]
pub enum NoFallback {
    /// The database's trouble.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// The generator's.
    #[error("no key could be made for {0}")]
    Generation(Algorithm, #[source] KeyMaterialError),
    /// The key can't be written down, or the thread that makes it is gone.
    #[error("the key made for {0} was lost")]
    Lost(Algorithm),
}

impl From<store::Fault> for NoFallback {
    fn from(fault: store::Fault) -> Self {
        Self::Fault(fault.into())
    }
}

impl FallbackKeys {
    /// Adds a generated key for this algorithm to the realm, as Keycloak does, unless somebody just did; gives the realm that has it.
    ///
    /// # Errors
    /// See [`NoFallback`].
    pub async fn make(&self, cx: &Cx, algorithm: Algorithm) -> Result<Arc<Realm>, NoFallback> {
        let _one = self.0.lock().await;
        let store = &cx.server.store;
        let reload = async || {
            let realm = store.realm(&cx.realm.name).await?;
            realm.ok_or(NoFallback::Lost(algorithm))
        };
        let realm = reload().await?;
        if realm.keys.active(algorithm).is_some() {
            return Ok(realm);
        }
        let name = realm.name.to_string();
        let made = tokio::task::spawn_blocking(move || {
            let mut component = keys::fallback_component(algorithm);
            keys::generate_missing(&mut component, &name).map(|()| component)
        });
        let mut component = made
            .await
            .map_err(|_| NoFallback::Lost(algorithm))?
            .map_err(|error| NoFallback::Generation(algorithm, error))?;
        component.parent_id = Some(realm.id.to_string());
        let document = Document::of(Kind::Component, component.id.clone(), &component)
            .map_err(|_| NoFallback::Lost(algorithm))?;
        let mut writer = store.write().await?;
        let change = [Change::Put(document)];
        writer.realms().change(&realm.id, &change).await?;
        writer.commit().await?;
        tracing::info!(
            realm = %realm.name,
            %algorithm,
            "the realm had no key for this algorithm: a fallback key was made"
        );
        reload().await
    }
}
