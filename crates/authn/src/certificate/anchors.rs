//! Whom certificates are traced back to: the server's truststore, unless a realm has anchors of its own for this purpose.

use crate::Cx;
use edge::ShownBy;
use realm::{ANCHOR_ATTRIBUTES, RealmId};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use x509::{ChainError, TrustAnchors};

/// More realms than this are not remembered at once.
const MOST: usize = 10_000;

/// What a certificate is shown for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// A person signs in.
    User,
    /// A client proves itself.
    Client,
}

impl Purpose {
    /// The realm attribute that holds anchors for it.
    pub fn attribute(self) -> &'static str {
        match self {
            Self::User => ANCHOR_ATTRIBUTES[0],
            Self::Client => ANCHOR_ATTRIBUTES[1],
        }
    }
}

type Read = Result<Arc<TrustAnchors>, ChainError>;

/// The anchors that realms have themselves, each read once for each version of the realm and each truststore beside it.
#[derive(Default)]
pub(crate) struct RealmAnchors(Mutex<HashMap<(RealmId, Purpose, bool), Known>>);

struct Known {
    version: i64,
    beside: Arc<TrustAnchors>,
    anchors: Read,
}

impl Cx {
    /// Whom the certificate of this request is traced back to when it is shown for this. A realm's own anchors (attributes
    /// `x509.user.trustAnchors` and `x509.client.trustAnchors`, PEM) replace the roots of the server's truststore; its intermediates still
    /// help to find the way.
    ///
    /// # Errors
    /// The attribute can't be read: then nobody's certificate is accepted.
    pub fn anchors(&self, purpose: Purpose) -> Result<Arc<TrustAnchors>, ChainError> {
        let shown_by = self.arrival.client_cert_shown_by();
        let beside = self.server.anchors(shown_by);
        if self.realm.settings.attribute(purpose.attribute()).is_none() {
            return Ok(beside);
        }
        let key = (self.realm.id.clone(), purpose, shown_by == ShownBy::Itself);
        let realms = self.server.realm_anchors();
        let mut realms = realms.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = realms.get(&key)
            && known.version == self.realm.version
            && Arc::ptr_eq(&known.beside, &beside)
        {
            return known.anchors.clone();
        }
        let own = self.realm.settings.trust_anchors(purpose.attribute());
        let anchors = match own {
            None => Ok(beside.clone()),
            Some(own) => own.map(|own| Arc::new(own.with_intermediates_of(&beside))),
        };
        if realms.len() >= MOST {
            realms.clear();
        }
        let known = Known {
            version: self.realm.version,
            beside,
            anchors: anchors.clone(),
        };
        realms.insert(key, known);
        anchors
    }
}
