use crate::certificate::{CertificateHost, ClientRules, RealmAnchors, Steps};
use crate::fetch::{Fetch, Nobody};
use crate::passwords::{Blacklists, Hashers};
use crate::untrusted::Untrusted;
use crate::verified::VerifiedTokens;
use crate::{Revocation, Trust};
use std::ops::Deref;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{SystemTime, UNIX_EPOCH};
use store::Timestamp;

/// What all requests share. Cheap to clone.
#[derive(Clone)]
pub struct Server(Arc<Inner>);

struct Inner {
    shared: Shared,
    steps: Steps,
    realm_anchors: RealmAnchors,
    client_rules: ClientRules,
    untrusted: Untrusted,
    verified_tokens: VerifiedTokens,
    certificate_host: OnceLock<CertificateHost>,
    explains: AtomicBool,
    blacklists: Blacklists,
    revocation: Revocation,
    fetch: OnceLock<Arc<dyn Fetch>>,
}

/// The parts of a [`Server`].
pub struct Shared {
    /// The database.
    pub store: store::Store,
    /// The threads that hash passwords.
    pub hashers: Hashers,
    /// How our own addresses are made.
    pub hostname: edge::Hostname,
    /// Whom client certificates are traced back to.
    pub truststore: Trust,
    /// What this node is called, where proxies are to lead browsers back to it.
    pub node: Option<Node>,
    /// What people see.
    pub pages: pages::Pages,
    /// What time it is.
    pub clock: Clock,
}

/// The name of a node of several, which can stand in a cookie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node(Arc<str>);

impl Node {
    /// A name of up to 64 letters, digits, dots, dashes and underscores.
    pub fn new(name: &str) -> Option<Self> {
        let fits = |letter: u8| letter.is_ascii_alphanumeric() || b"-._".contains(&letter);
        let is_name = !name.is_empty() && name.len() <= 64 && name.bytes().all(fits);
        is_name.then(|| Self(name.into()))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Server {
    /// Puts the parts together.
    pub fn new(shared: Shared) -> Self {
        Self(Arc::new(Inner {
            shared,
            steps: Steps::default(),
            realm_anchors: RealmAnchors::default(),
            client_rules: ClientRules::default(),
            untrusted: Untrusted::default(),
            verified_tokens: VerifiedTokens::default(),
            certificate_host: OnceLock::new(),
            explains: AtomicBool::new(false),
            blacklists: Blacklists::default(),
            revocation: Revocation::default(),
            fetch: OnceLock::new(),
        }))
    }

    /// Whom a certificate is traced back to that was shown by this one, as of now.
    pub fn anchors(&self, shown_by: edge::ShownBy) -> Arc<x509::TrustAnchors> {
        self.0.shared.truststore.anchors(shown_by)
    }

    /// Has browsers be asked for certificates at this address and nowhere else. To be said before the first request; only the first
    /// call counts.
    pub fn set_certificate_host(&self, host: CertificateHost) {
        let _ = self.0.certificate_host.set(host);
    }

    /// Has documents at foreign addresses be brought by this. To be said before the first request; only the first call counts.
    pub fn set_fetch(&self, fetch: Arc<dyn Fetch>) {
        let _ = self.0.fetch.set(fetch);
    }

    /// Who brings documents at foreign addresses.
    pub fn fetch(&self) -> &dyn Fetch {
        match self.0.fetch.get() {
            Some(fetch) => fetch.as_ref(),
            None => &Nobody,
        }
    }

    /// Has pages say what an administrator has to mend: for development, where whoever sees them is that administrator.
    pub fn explain_on_pages(&self) {
        self.0.explains.store(true, Ordering::Relaxed);
    }

    /// Whether pages say what an administrator has to mend.
    pub fn explains_on_pages(&self) -> bool {
        self.0.explains.load(Ordering::Relaxed)
    }

    /// The lists of passwords that nobody may have.
    pub fn blacklists(&self) -> &Blacklists {
        &self.0.blacklists
    }

    pub(crate) fn certificate_host(&self) -> Option<&CertificateHost> {
        self.0.certificate_host.get()
    }

    pub(crate) fn steps(&self) -> &Steps {
        &self.0.steps
    }

    pub(crate) fn realm_anchors(&self) -> &RealmAnchors {
        &self.0.realm_anchors
    }

    pub(crate) fn client_rules(&self) -> &ClientRules {
        &self.0.client_rules
    }

    pub(crate) fn untrusted(&self) -> &Untrusted {
        &self.0.untrusted
    }

    pub(crate) fn verified_tokens(&self) -> &VerifiedTokens {
        &self.0.verified_tokens
    }

    /// What is known and asked of revocation.
    pub fn revocation(&self) -> &Revocation {
        &self.0.revocation
    }

    /// What is known of revocation at this moment.
    pub fn revocations(&self) -> Arc<x509::Revocations> {
        self.0.revocation.known()
    }
}

impl Deref for Server {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0.shared
    }
}

/// The only place that knows what time it is. Clones of a frozen clock stay together.
#[derive(Clone, Debug)]
pub struct Clock(Kind);

#[derive(Clone, Debug)]
enum Kind {
    System,
    Frozen(Arc<AtomicI64>),
}

impl Clock {
    /// The system's clock.
    pub fn system() -> Self {
        Self(Kind::System)
    }

    /// A clock that stands still until it is told to move.
    pub fn frozen(at: Timestamp) -> Self {
        Self(Kind::Frozen(Arc::new(AtomicI64::new(at.0))))
    }

    /// Now.
    pub fn now(&self) -> Timestamp {
        match &self.0 {
            Kind::System => {
                let since = SystemTime::now().duration_since(UNIX_EPOCH);
                let millis = since.map_or(0, |since| since.as_millis());
                Timestamp(i64::try_from(millis).unwrap_or(i64::MAX))
            }
            Kind::Frozen(at) => Timestamp(at.load(Ordering::SeqCst)),
        }
    }

    /// Sets a frozen clock. The system's goes its own way.
    pub fn set(&self, to: Timestamp) {
        if let Kind::Frozen(at) = &self.0 {
            at.store(to.0, Ordering::SeqCst);
        }
    }

    /// Moves a frozen clock by so many seconds.
    pub fn advance(&self, seconds: i64) {
        self.set(self.now().plus_seconds(seconds));
    }
}
