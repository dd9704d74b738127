use std::fmt;

/// Why a certificate was revoked (RFC 5280 §5.3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Nothing is said.
    Unspecified,
    /// The key is in other hands.
    KeyCompromise,
    /// An authority's key is in other hands.
    AuthorityCompromise,
    /// The person has left, or has another name.
    AffiliationChanged,
    /// There is a newer one.
    Superseded,
    /// No longer needed.
    CessationOfOperation,
    /// For a while, perhaps.
    CertificateHold,
    /// No longer on hold; in delta lists alone.
    RemoveFromList,
    /// What it stands for was withdrawn.
    PrivilegeWithdrawn,
    /// An attribute authority's key is in other hands.
    AttributeAuthorityCompromise,
}

const ALL: [(u8, Reason, &str); 10] = [
    (0, Reason::Unspecified, "unspecified"),
    (1, Reason::KeyCompromise, "keyCompromise"),
    (2, Reason::AuthorityCompromise, "cACompromise"),
    (3, Reason::AffiliationChanged, "affiliationChanged"),
    (4, Reason::Superseded, "superseded"),
    (5, Reason::CessationOfOperation, "cessationOfOperation"),
    (6, Reason::CertificateHold, "certificateHold"),
    (8, Reason::RemoveFromList, "removeFromCRL"),
    (9, Reason::PrivilegeWithdrawn, "privilegeWithdrawn"),
    (10, Reason::AttributeAuthorityCompromise, "aACompromise"),
];

impl Reason {
    /// By its number in a list or an answer.
    pub(super) fn of(number: u8) -> Option<Self> {
        let found = ALL.iter().find(|(known, ..)| *known == number);
        found.map(|(_, reason, _)| *reason)
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let found = ALL.iter().find(|(_, reason, _)| reason == self);
        f.write_str(found.map_or("unspecified", |(.., word)| word))
    }
}

/// A set of reasons that a list speaks of (`ReasonFlags`): bits 1 to 8.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Reasons(u16);

impl Reasons {
    pub const ALL: Self = Self(0x1fe);
    pub const NONE: Self = Self(0);

    /// From the body of a bit string, whose first bit is the highest of its byte.
    pub fn read(body: &[u8]) -> Option<Self> {
        let (unused, bytes) = body.split_first()?;
        if *unused > 7 || bytes.len() > 2 {
            return None;
        }
        let bits = bytes.iter().enumerate().fold(0, |bits, (at, byte)| {
            (0..8).fold(bits, |bits, bit| {
                bits | u16::from(byte >> (7 - bit) & 1) << (at * 8 + bit)
            })
        });
        Some(Self(bits & Self::ALL.0))
    }

    pub fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    pub fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }
}
