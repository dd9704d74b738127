use crate::chain::read_pem;
use crate::name::NameKey;
use crate::{Certificate, ChainError};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// More certificates in one file are refused.
const MAX_BUNDLE: usize = 10_000;

/// Whom certificates are traced back to: the roots, and intermediates that only help to find the way to a root.
///
/// Certificates sort themselves: one that its own key signed is a root, any other an intermediate. A root is told by its key: another
/// certificate of the same name and key serves as well, one of the same name and another key is somebody else.
///
/// A set is cheap to copy.
#[derive(Clone, Debug, Default)]
pub struct TrustAnchors {
    roots: Arc<Shelf>,
    intermediates: Arc<Shelf>,
    /// Intermediates of other sets.
    helpers: Vec<Arc<Shelf>>,
}

/// Certificates, found by their subject.
#[derive(Clone, Debug, Default)]
struct Shelf {
    all: Vec<Arc<Certificate>>,
    by_subject: HashMap<NameKey, Vec<usize>>,
    known: HashSet<Vec<u8>>,
}

impl Shelf {
    fn add(&mut self, certificate: Arc<Certificate>) {
        if !self.known.insert(certificate.thumbprint()) {
            return;
        }
        let at = self.all.len();
        self.by_subject
            .entry(certificate.subject_name.clone())
            .or_default()
            .push(at);
        self.all.push(certificate);
    }

    fn named(&self, subject: &NameKey) -> impl Iterator<Item = &Arc<Certificate>> {
        let found = self.by_subject.get(subject);
        found
            .into_iter()
            .flatten()
            .filter_map(|at| self.all.get(*at))
    }
}

/// One certificate of a trust store, for a log line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Whether it is a root.
    pub root: bool,
    /// Its subject.
    pub subject: String,
    /// Its serial number in decimal.
    pub serial: String,
    /// Last instant of validity, epoch seconds.
    pub not_after: i64,
}

impl TrustAnchors {
    /// Sorts certificates; one that is there already is left out.
    pub fn new(certificates: impl IntoIterator<Item = Certificate>) -> Self {
        let mut anchors = Self::default();
        for certificate in certificates {
            anchors.add(certificate);
        }
        anchors
    }

    /// Adds every certificate of a PEM file; gives how many there were.
    ///
    /// # Errors
    /// The first block that is no certificate; nothing is added then.
    pub fn add_pem(&mut self, text: &str) -> Result<usize, ChainError> {
        let certificates = read_pem(text, MAX_BUNDLE)?;
        let count = certificates.len();
        certificates
            .into_iter()
            .for_each(|certificate| self.add(certificate));
        Ok(count)
    }

    /// Adds one certificate.
    pub fn add(&mut self, certificate: Certificate) {
        let shelf = if certificate.is_self_signed() {
            &mut self.roots
        } else {
            &mut self.intermediates
        };
        Arc::make_mut(shelf).add(Arc::new(certificate));
    }

    /// These anchors, with the intermediates of another set to help: its roots are not trusted.
    #[must_use]
    pub fn with_intermediates_of(&self, other: &Self) -> Self {
        let mut both = self.clone();
        let helpers = std::iter::once(&other.intermediates).chain(&other.helpers);
        for helper in helpers.filter(|helper| !helper.all.is_empty()) {
            if !both.shelves().any(|known| Arc::ptr_eq(known, helper)) {
                both.helpers.push(helper.clone());
            }
        }
        both
    }

    /// These anchors, without the roots that are not wanted. All intermediates stay.
    #[must_use]
    pub fn with_roots(&self, are_wanted: impl Fn(&Certificate) -> bool) -> Self {
        let mut roots = Shelf::default();
        for root in self.roots().iter().filter(|root| are_wanted(root)) {
            roots.add(root.clone());
        }
        Self {
            roots: Arc::new(roots),
            ..self.clone()
        }
    }

    /// The roots.
    pub fn roots(&self) -> &[Arc<Certificate>] {
        &self.roots.all
    }

    /// The intermediates, those of other sets last.
    pub fn intermediates(&self) -> impl Iterator<Item = &Arc<Certificate>> {
        self.shelves().flat_map(|shelf| &shelf.all)
    }

    pub(crate) fn roots_named(&self, subject: &NameKey) -> impl Iterator<Item = &Arc<Certificate>> {
        self.roots.named(subject)
    }

    pub(crate) fn intermediates_named(
        &self,
        subject: &NameKey,
    ) -> impl Iterator<Item = &Arc<Certificate>> {
        self.shelves().flat_map(|shelf| shelf.named(subject))
    }

    fn shelves(&self) -> impl Iterator<Item = &Arc<Shelf>> {
        std::iter::once(&self.intermediates).chain(&self.helpers)
    }

    /// All of them, roots first.
    pub fn list(&self) -> Vec<Listed> {
        let listed = |root| {
            move |certificate: &Arc<Certificate>| Listed {
                root,
                subject: certificate.subject(),
                serial: certificate.serial_decimal(),
                not_after: certificate.not_after(),
            }
        };
        self.roots()
            .iter()
            .map(listed(true))
            .chain(self.intermediates().map(listed(false)))
            .collect()
    }
}
