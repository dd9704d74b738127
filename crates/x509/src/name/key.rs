use super::{der, folded, text};
use crate::serial::hex;
use x509_parser::prelude::X509Name;

/// A name to compare (RFC 5280 §7.1): its parts, most general first, each part the sorted attributes of it. Text counts whatever its
/// type, without regard to case and further blanks; what is no text counts as its bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct NameKey(Vec<Vec<String>>);

impl NameKey {
    pub(crate) fn of(name: &X509Name<'_>) -> Self {
        let rdns = name.iter_rdn().map(|rdn| {
            let mut parts: Vec<String> = rdn
                .iter()
                .map(|attribute| {
                    let (oid, value) =
                        (attribute.attr_type().to_id_string(), attribute.attr_value());
                    match text(value) {
                        Some(text) => format!("{oid}={}", folded(&text)),
                        None => format!("{oid}#{}", hex(&der(value))),
                    }
                })
                .collect();
            parts.sort();
            parts
        });
        Self(rdns.collect())
    }

    /// Whether it stands in the subtree of `base` (RFC 5280 §4.2.1.10).
    pub(crate) fn is_within(&self, base: &Self) -> bool {
        self.0.starts_with(&base.0)
    }

    /// The name that further parts make below this one.
    pub(crate) fn with(&self, parts: &X509Name<'_>) -> Self {
        Self(self.0.iter().cloned().chain(Self::of(parts).0).collect())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many parts both have: a measure of how near two names are.
    pub(crate) fn parts_shared_with(&self, other: &Self) -> usize {
        let few = self.0.iter().take(16);
        few.filter(|part| other.0.iter().take(16).any(|known| known == *part))
            .count()
    }

    /// For a message.
    pub(crate) fn text(&self) -> String {
        let parts: Vec<String> = self.0.iter().map(|part| part.join("+")).collect();
        parts.join(",")
    }
}
