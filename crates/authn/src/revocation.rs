//! What is known of revoked certificates, and what sign-ins would like to know. Nothing is fetched here: jobs of the server bring what is
//! known, and hear what is wanted.

use std::sync::{Arc, Mutex, PoisonError, RwLock};
use tokio::sync::mpsc;
use x509::{Certificate, Chain, RevocationPolicy, Revocations, TrustAnchors};

/// So many notes wait for the jobs; further ones are dropped, and come again with the next sign-in.
const WAITING: usize = 256;

/// What all requests share of revocation. Cheap to clone; clones stay together.
#[derive(Clone, Debug, Default)]
pub struct Revocation(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    known: RwLock<Arc<Revocations>>,
    policy: RwLock<Arc<RevocationPolicy>>,
    wanted: Mutex<Option<mpsc::Sender<Wanted>>>,
}

/// A certificate that somebody showed, and what of its revocation a step asks about.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// As it was shown. The jobs look for its path themselves and ask about nobody whom the truststore does not vouch for.
    pub chain: Chain,
    /// Whom it was traced back to.
    pub anchors: Arc<TrustAnchors>,
    /// Whether the lists are wanted that the certificates of the path name.
    pub points: bool,
    /// Addresses of further lists.
    pub lists: Vec<String>,
    /// Whether the answers are wanted of the responders that the certificate names.
    pub answers: bool,
    /// The responder to ask instead.
    pub responder: Option<String>,
    /// Whose answers count by the operator's word.
    pub responder_certificate: Option<Arc<Certificate>>,
}

impl Revocation {
    /// What is known at this moment.
    pub fn known(&self) -> Arc<Revocations> {
        read(&self.0.known)
    }

    /// From now on this is known.
    pub fn replace(&self, known: Arc<Revocations>) {
        *self.0.known.write().unwrap_or_else(PoisonError::into_inner) = known;
    }

    /// What the server asks of every certificate; a step can ask more.
    pub fn policy(&self) -> Arc<RevocationPolicy> {
        read(&self.0.policy)
    }

    /// From now on the server asks this.
    pub fn set_policy(&self, policy: RevocationPolicy) {
        *self
            .0
            .policy
            .write()
            .unwrap_or_else(PoisonError::into_inner) = Arc::new(policy);
    }

    /// Notes what would be good to know of a certificate, and returns at once. The same again costs next to nothing.
    pub fn want(&self, wanted: Wanted) {
        let sender = self.0.wanted.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(sender) = sender.as_ref() {
            // When many wait the jobs are busy, and there will be a next time.
            let _ = sender.try_send(wanted);
        }
    }

    /// Where what is wanted comes out from now on.
    pub fn listen(&self) -> mpsc::Receiver<Wanted> {
        let (sender, receiver) = mpsc::channel(WAITING);
        *self.0.wanted.lock().unwrap_or_else(PoisonError::into_inner) = Some(sender);
        receiver
    }
}

fn read<T>(lock: &RwLock<Arc<T>>) -> Arc<T> {
    lock.read().unwrap_or_else(PoisonError::into_inner).clone()
}
