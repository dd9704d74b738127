use edge::ShownBy;
use std::sync::{Arc, PoisonError, RwLock};
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
        trust.replace(Arc::new(system), None);
        trust
    }

    /// From now on `system` counts, and `own_listener` instead of it, when there is one, for certificates shown in a TLS handshake with us.
    pub fn replace(&self, system: Arc<TrustAnchors>, own_listener: Option<Arc<TrustAnchors>>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Stores {
            system,
            own_listener,
        };
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
        let (system, own) = (Arc::<TrustAnchors>::default(), Arc::default());
        trust.replace(system.clone(), Some(Arc::clone(&own)));
        assert!(Arc::ptr_eq(&clone.anchors(ShownBy::Proxy), &system));
        assert!(Arc::ptr_eq(&clone.anchors(ShownBy::Itself), &own));
        assert!(!Arc::ptr_eq(&taken, &system));
        trust.replace(system.clone(), None);
        assert!(Arc::ptr_eq(&clone.anchors(ShownBy::Itself), &system));
    }
}
