//! The subject's alternative names: an e-mail address, or Microsoft's user principal name.

use super::Source;
use crate::Certificate;

/// Microsoft's user principal name.
const UPN: &str = "1.3.6.1.4.1.311.20.2.3";

#[derive(Debug)]
pub(super) struct Email;

impl Source for Email {
    fn extract(&self, certificate: &Certificate) -> Option<Vec<String>> {
        Some(vec![certificate.names().emails.first()?.clone()])
    }

    fn looks_for(&self) -> &str {
        "e-mail address among its alternative names"
    }
}

#[derive(Debug)]
pub(super) struct PrincipalName;

impl Source for PrincipalName {
    fn extract(&self, certificate: &Certificate) -> Option<Vec<String>> {
        let others = &certificate.names().others;
        // Without a principal name Keycloak takes the last other name that is text.
        let found = others
            .iter()
            .find(|(oid, _)| oid == UPN)
            .or(others.last())?;
        Some(vec![found.1.clone()])
    }

    fn looks_for(&self) -> &str {
        "user principal name among its alternative names"
    }
}
