use crate::chain::read_pem;
use crate::{Certificate, ChainError};
use std::sync::Arc;

/// More certificates in one file are refused.
const MAX_BUNDLE: usize = 10_000;

/// Whom certificates are traced back to: the roots, and intermediates that only help to find the way to a root.
///
/// Certificates sort themselves: one that its own key signed is a root, any other an intermediate.
#[derive(Clone, Debug, Default)]
pub struct TrustAnchors {
    roots: Vec<Arc<Certificate>>,
    intermediates: Vec<Arc<Certificate>>,
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
        if self
            .roots
            .iter()
            .chain(&self.intermediates)
            .any(|known| known.der == certificate.der)
        {
            return;
        }
        let list = if certificate.is_self_signed() {
            &mut self.roots
        } else {
            &mut self.intermediates
        };
        list.push(Arc::new(certificate));
    }

    /// The roots.
    pub fn roots(&self) -> &[Arc<Certificate>] {
        &self.roots
    }

    /// The intermediates.
    pub fn intermediates(&self) -> &[Arc<Certificate>] {
        &self.intermediates
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
        self.roots
            .iter()
            .map(listed(true))
            .chain(self.intermediates.iter().map(listed(false)))
            .collect()
    }
}
