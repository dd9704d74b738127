//! The subject's alternative names: an e-mail address, a URI, a workload's SPIFFE ID, or Microsoft's user principal name.

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

#[derive(Debug)]
pub(super) struct Uri;

impl Source for Uri {
    fn extract(&self, certificate: &Certificate) -> Option<Vec<String>> {
        Some(vec![certificate.names().uris.first()?.clone()])
    }

    fn looks_for(&self) -> &str {
        "URI among its alternative names"
    }
}

/// The identity of an X.509-SVID: its one URI, which is a SPIFFE ID (SPIFFE X509-SVID §2, §5.2).
#[derive(Debug)]
pub(super) struct SpiffeId;

impl Source for SpiffeId {
    fn extract(&self, certificate: &Certificate) -> Option<Vec<String>> {
        match certificate.names().uris.as_slice() {
            [uri] if is_spiffe_id(uri) => Some(vec![uri.clone()]),
            _ => None,
        }
    }

    fn looks_for(&self) -> &str {
        "SPIFFE ID as the one URI among its alternative names"
    }
}

/// SPIFFE-ID §2: a trust domain and, as no workload is without one, a path of plain segments; nothing is encoded, so that one workload has
/// one spelling.
fn is_spiffe_id(uri: &str) -> bool {
    let Some(rest) = uri.strip_prefix("spiffe://").filter(|_| uri.len() <= 2048) else {
        return false;
    };
    let (domain, path) = rest
        .split_once('/')
        .map_or((rest, None), |(domain, path)| (domain, Some(path)));
    let is_domain = |letter: u8| {
        letter.is_ascii_lowercase() || letter.is_ascii_digit() || b".-_".contains(&letter)
    };
    let is_path = |letter: u8| letter.is_ascii_alphanumeric() || b".-_".contains(&letter);
    let is_segment =
        |segment: &str| !matches!(segment, "" | "." | "..") && segment.bytes().all(is_path);
    (1..=255).contains(&domain.len())
        && domain.bytes().all(is_domain)
        && path.is_some_and(|path| path.split('/').all(is_segment))
}
