use crate::{ClientKey, ScopeId};
use std::collections::BTreeSet;

/// What a person allowed a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consent {
    /// Which client.
    pub client: ClientKey,
    /// Since when there is one, epoch milliseconds.
    pub created_at: i64,
    /// When it last grew, epoch milliseconds.
    pub updated_at: i64,
    /// The keys of the client scopes, and the client's own where it is asked about itself.
    pub scopes: BTreeSet<ScopeId>,
}
