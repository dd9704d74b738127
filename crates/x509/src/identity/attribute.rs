//! One attribute of the subject: the first of its kind counts.

use super::Source;
use crate::Certificate;

#[derive(Debug)]
pub(super) struct CommonName;

impl Source for CommonName {
    fn extract(&self, certificate: &Certificate) -> Option<Vec<String>> {
        Some(vec![certificate.common_name()?.to_owned()])
    }

    fn looks_for(&self) -> &str {
        "common name in its subject"
    }
}

#[derive(Debug)]
pub(super) struct Email;

impl Source for Email {
    fn extract(&self, certificate: &Certificate) -> Option<Vec<String>> {
        Some(vec![certificate.subject_email()?.to_owned()])
    }

    fn looks_for(&self) -> &str {
        "e-mail address in its subject"
    }
}
