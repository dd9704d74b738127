//! The subject's alternative names (RFC 5280 §4.2.1.6).

use crate::der::utf8_string;
use crate::name::NameKey;
use x509_parser::extensions::GeneralName;

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

impl Names {
    pub(super) fn read(names: &[GeneralName<'_>]) -> Self {
        let mut read = Self::default();
        for name in names {
            match name {
                GeneralName::RFC822Name(email) => read.emails.push((*email).to_owned()),
                GeneralName::DNSName(host) => read.hosts.push((*host).to_owned()),
                GeneralName::IPAddress(address) => read.addresses.push(address.to_vec()),
                GeneralName::URI(uri) => read.uris.push((*uri).to_owned()),
                GeneralName::DirectoryName(directory) => {
                    read.directories.push(NameKey::of(directory))
                }
                GeneralName::OtherName(oid, value) => {
                    if let Some(text) = utf8_string(value) {
                        read.others.push((oid.to_id_string(), text));
                    }
                }
                _ => {}
            }
        }
        read
    }
}
