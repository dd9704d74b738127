use edge::ShownBy;
use std::sync::{Arc, PoisonError, RwLock, RwLockWriteGuard};
use x509::TrustAnchors;

/// Whom client certificates are traced back to, by who showed them. Both truststores can be replaced while requests run; each request keeps
/// what it took. Cheap to clone; clones stay together.
#[derive(Clone, Debug, Default)]
pub struct Trust(Arc<RwLock<Stores>>);

#[derive(Clone, Debug, Default)]
struct Stores {
    system: Arc<TrustAnchors>,
    own_listener: Option<Arc<TrustAnchors>>,
}

impl Trust {
    /// One truststore for all.
    pub fn new(system: TrustAnchors) -> Self {
        let trust = Self::default();
        trust.replace_system(system);
        trust
    }

    /// From now on this is the truststore, unless our own listener has another.
    pub fn replace_system(&self, anchors: TrustAnchors) {
        self.write().system = Arc::new(anchors);
    }

    /// From now on certificates that are shown in a TLS handshake with us are traced back to these alone.
    pub fn replace_own_listener(&self, anchors: TrustAnchors) {
        self.write().own_listener = Some(Arc::new(anchors));
    }

    fn write(&self) -> RwLockWriteGuard<'_, Stores> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whom a certificate is traced back to that was shown by this one.
    pub fn anchors(&self, shown_by: ShownBy) -> Arc<TrustAnchors> {
        let stores = self.0.read().unwrap_or_else(PoisonError::into_inner);
        match (shown_by, &stores.own_listener) {
            (ShownBy::Itself, Some(own)) => own.clone(),
            _ => stores.system.clone(),
        }
    }
}

impl From<TrustAnchors> for Trust {
    fn from(system: TrustAnchors) -> Self {
        Self::new(system)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_taken_stays_and_what_is_taken_next_is_new() {
        let trust = Trust::default();
        let clone = trust.clone();
        let taken = clone.anchors(ShownBy::Proxy);
        trust.replace_system(TrustAnchors::default());
        let system = clone.anchors(ShownBy::Itself);
        assert!(!Arc::ptr_eq(&taken, &system));
        assert!(Arc::ptr_eq(&system, &clone.anchors(ShownBy::Proxy)));
        trust.replace_own_listener(TrustAnchors::default());
        assert!(Arc::ptr_eq(&system, &clone.anchors(ShownBy::Proxy)));
        assert!(!Arc::ptr_eq(&system, &clone.anchors(ShownBy::Itself)));
    }
}
