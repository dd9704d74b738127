use crate::Certificate;
use crate::revocation::id;
use std::sync::Arc;

/// What is asked of revocation. The default asks nothing.
#[derive(Clone, Debug, Default)]
pub struct RevocationPolicy {
    /// How much is asked of revocation lists.
    pub crl: Strictness,
    /// How much is asked of OCSP answers.
    pub ocsp: Strictness,
    /// Whether each of both has to answer, where both are asked.
    pub together: Together,
    /// Whose revocation is looked up.
    pub reach: Reach,
    /// Issuers for whom something else holds; the first that fits counts.
    pub issuers: Vec<IssuerRule>,
    /// A responder whose answers count by the operator's word, beside the issuer and those whom the issuer delegates to.
    pub responder: Option<Arc<Certificate>>,
}

/// How much is asked of one source. In order: each is stricter than those before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Strictness {
    /// The source is not asked.
    #[default]
    Off,
    /// Revoked is refused. Without an answer, the certificate is accepted with a note.
    Soft {
        /// How long after its next update was due an answer still counts, in seconds; `None` is for ever. An older one is refused.
        max_age: Option<i64>,
    },
    /// Without an answer that is in order and of now, the certificate is refused.
    Hard,
}

impl Strictness {
    /// The stricter of both.
    pub fn or_stricter(self, other: Self) -> Self {
        match (self, other) {
            (Self::Hard, _) | (_, Self::Hard) => Self::Hard,
            (Self::Off, other) => other,
            (one, Self::Off) => one,
            (Self::Soft { max_age: one }, Self::Soft { max_age: other }) => Self::Soft {
                max_age: match (one, other) {
                    (Some(one), Some(other)) => Some(one.min(other)),
                    (one, other) => one.or(other),
                },
            },
        }
    }
}

/// What holds where lists and answers are both asked. Revoked by either is refused in any case.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Together {
    /// Each of both as strictly as it says.
    #[default]
    Each,
    /// A good answer of one is enough; without any, each as strictly as it says.
    Either,
}

/// Whose revocation is looked up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reach {
    /// The judged certificate's.
    #[default]
    Leaf,
    /// That of every certificate of the path but the trust anchor, and of those who sign lists and answers.
    Path,
}

/// What holds for the certificates of one issuer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssuerRule {
    /// Which issuer.
    pub issuer: IssuerId,
    /// How much is asked of revocation lists.
    pub crl: Strictness,
    /// How much is asked of OCSP answers.
    pub ocsp: Strictness,
}

/// How an issuer is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IssuerId {
    /// By its subject, as `openssl x509 -subject -nameopt RFC2253` or a Java program prints it: case, and blanks around `,`, `+` and `=`, don't matter.
    Name(String),
    /// By the key identifier that it states, or the SHA-1 of its key (RFC 5280 §4.2.1.2, method 1).
    KeyId(Vec<u8>),
}

impl IssuerId {
    /// Whether this certificate is meant.
    pub fn is(&self, issuer: &Certificate) -> bool {
        match self {
            Self::Name(name) => {
                let name = plain(name);
                name == plain(&issuer.subject()) || name == plain(issuer.subject_canonical())
            }
            Self::KeyId(wanted) => {
                issuer.subject_key_id.as_ref() == Some(wanted)
                    || id::IdHash::Sha1.of_key(issuer).as_ref() == Some(wanted)
            }
        }
    }
}

/// Lower case, without blanks around separators.
fn plain(name: &str) -> String {
    let parts = name.split_inclusive([',', '+', '=']).map(|part| {
        let (text, separator) = match part.char_indices().next_back() {
            Some((at, ',' | '+' | '=')) => part.split_at(at),
            _ => (part, ""),
        };
        format!("{}{separator}", text.trim())
    });
    parts.collect::<String>().to_lowercase()
}

impl RevocationPolicy {
    /// What is asked of lists and of answers for certificates of this issuer.
    pub(super) fn asks(&self, issuer: &Certificate) -> (Strictness, Strictness) {
        let rule = self.issuers.iter().find(|rule| rule.issuer.is(issuer));
        rule.map_or((self.crl, self.ocsp), |rule| (rule.crl, rule.ocsp))
    }

    /// Whether lists are asked about anybody.
    pub fn asks_lists(&self) -> bool {
        let asks = |strictness| strictness != Strictness::Off;
        asks(self.crl) || self.issuers.iter().any(|rule| asks(rule.crl))
    }

    /// Whether answers are asked about anybody.
    pub fn asks_answers(&self) -> bool {
        let asks = |strictness| strictness != Strictness::Off;
        asks(self.ocsp) || self.issuers.iter().any(|rule| asks(rule.ocsp))
    }

    /// Whether nothing is asked of anybody.
    pub(super) fn is_off(&self) -> bool {
        !self.asks_lists() && !self.asks_answers()
    }
}

#[cfg(test)]
mod tests {
    use super::{Strictness, plain};

    #[test]
    fn the_stricter_wins() {
        let soft = |max_age| Strictness::Soft { max_age };
        for (one, other, stricter) in [
            (Strictness::Off, Strictness::Off, Strictness::Off),
            (Strictness::Off, soft(None), soft(None)),
            (soft(None), soft(Some(9)), soft(Some(9))),
            (soft(Some(3)), soft(Some(9)), soft(Some(3))),
            (soft(Some(3)), Strictness::Hard, Strictness::Hard),
        ] {
            assert_eq!(one.or_stricter(other), stricter);
            assert_eq!(other.or_stricter(one), stricter);
        }
    }

    #[test]
    fn names_are_compared_without_their_blanks_and_case() {
        assert_eq!(plain("CN = My  CA, O=Acme,C=DE"), "cn=my  ca,o=acme,c=de");
        assert_ne!(plain("CN=My CA"), plain("CN=MyCA"));
    }
}
