//! What a list speaks of: its issuing distribution point (RFC 5280 §5.2.5).

use crate::Certificate;
use crate::name::NameKey;
use crate::revocation::der::{Reader, SEQUENCE, boolean};
use crate::revocation::points::{PointName, point_name};
use crate::revocation::reason::Reasons;

/// Which certificates, and which reasons.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Scope {
    /// The distribution points whose list it is; `None`: of the issuer as a whole.
    pub names: Option<Vec<PointName>>,
    covers: Covers,
    pub reasons: Reasons,
    /// Whether it may tell of other issuers' certificates.
    pub indirect: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Covers {
    All,
    Users,
    Authorities,
    /// Attribute certificates, or what contradicts itself.
    None,
}

impl Scope {
    /// Of a list that says nothing of it.
    pub const WHOLE: Self = Self {
        names: None,
        covers: Covers::All,
        reasons: Reasons::ALL,
        indirect: false,
    };

    /// `IssuingDistributionPoint`, in a list of this issuer.
    pub fn read(value: &[u8], issuer: &NameKey) -> Option<Self> {
        let mut fields = Reader::of(value, SEQUENCE)?;
        let names = match fields.maybe(0xa0)? {
            Some(name) => Some(point_name(name, issuer)?),
            None => None,
        };
        let users = fields.maybe(0x81)?.map_or(Some(false), boolean)?;
        let authorities = fields.maybe(0x82)?.map_or(Some(false), boolean)?;
        let reasons = fields
            .maybe(0x83)?
            .map_or(Some(Reasons::ALL), Reasons::read)?;
        let indirect = fields.maybe(0x84)?.map_or(Some(false), boolean)?;
        let attributes = fields.maybe(0x85)?.map_or(Some(false), boolean)?;
        let covers = match (users, authorities, attributes) {
            (false, false, false) => Covers::All,
            (true, false, false) => Covers::Users,
            (false, true, false) => Covers::Authorities,
            _ => Covers::None,
        };
        fields.is_empty().then_some(Self {
            names,
            covers,
            reasons,
            indirect,
        })
    }

    /// Whether it speaks of certificates like this one.
    pub fn covers(&self, certificate: &Certificate) -> bool {
        match self.covers {
            Covers::All => true,
            Covers::Users => !certificate.is_authority(),
            Covers::Authorities => certificate.is_authority(),
            Covers::None => false,
        }
    }

    /// Whether it is the list of a point with these names (RFC 5280 §6.3.3 (b) (2) (i)).
    pub fn is_of(&self, point: &[PointName]) -> bool {
        self.names
            .as_ref()
            .is_none_or(|names| names.iter().any(|name| point.contains(name)))
    }
}
