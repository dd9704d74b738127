//! The subject's alternative names (RFC 5280 §4.2.1.6).

use crate::name::NameKey;

/// Alternative names of the subject.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    /// E-mail addresses.
    pub emails: Vec<String>,
    /// Host names.
    pub hosts: Vec<String>,
    /// Addresses: 4 or 16 bytes.
    pub addresses: Vec<Vec<u8>>,
    /// URIs.
    pub uris: Vec<String>,
    /// `otherName` values that are UTF-8 strings, with their type.
    pub others: Vec<(String, String)>,
    /// Directory names, to compare.
    pub(crate) directories: Vec<NameKey>,
}
