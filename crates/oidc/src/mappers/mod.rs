//! What goes into tokens, by configuration: one file for each type of protocol mapper.
//!
//! A mapper is a row of a client or a client scope; its type says what it does. Each type has a file with a [`MapperType`] and a line in
//! [`TYPES`]. Mappers are compiled once per version of a realm, by [`Mappers`], so that a request parses no settings.

mod claim;
mod claims;
mod compiled;
mod facts;
mod json_type;
mod name_uuid;
mod resolved_roles;

mod acr;
mod address;
mod allowed_origins;
mod amr;
mod audience;
mod audience_resolve;
mod claims_param;
mod client_role;
mod full_name;
mod group_membership;
mod hardcoded_claim;
mod hardcoded_role;
mod nonce;
mod organization;
mod pairwise_sub;
mod realm_role;
mod role_name;
mod session_note;
mod session_state;
mod sub;
mod user_attribute;
mod user_property;

pub use allowed_origins::web_origins;
pub(crate) use claims::Claims;
pub use compiled::Mappers;
pub(crate) use compiled::Rules;
pub(crate) use facts::Facts;
pub(crate) use pairwise_sub::subject as pairwise_subject;
pub(crate) use resolved_roles::ResolvedRoles;

use realm::ProtocolMapper;

/// Every type that is served.
const TYPES: &[MapperType] = &[
    acr::TYPE,
    address::TYPE,
    allowed_origins::TYPE,
    amr::TYPE,
    audience::TYPE,
    audience_resolve::TYPE,
    claims_param::ESSENTIAL,
    claims_param::VALUE,
    client_role::TYPE,
    full_name::TYPE,
    group_membership::TYPE,
    hardcoded_claim::TYPE,
    hardcoded_role::TYPE,
    nonce::TYPE,
    organization::MEMBERSHIP,
    organization::GROUPS,
    pairwise_sub::TYPE,
    realm_role::TYPE,
    role_name::TYPE,
    session_note::TYPE,
    session_state::TYPE,
    sub::TYPE,
    user_attribute::TYPE,
    user_property::TYPE,
];

/// A type of protocol mapper.
struct MapperType {
    /// Its name in configuration.
    id: &'static str,
    /// Lower runs first; among equals, scopes in the order granted, then the client.
    priority: i8,
    /// Where it can write.
    writes: Writes,
    /// Reads a mapper's settings.
    compile: fn(&ProtocolMapper) -> Effect,
}

/// Where mappers of a type can write.
enum Writes {
    /// Into those of these documents that the mapper's settings name.
    Where(&'static [Document]),
    /// Into these documents, whatever the settings say.
    Always(&'static [Document]),
}

/// What is made of claims.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Document {
    /// An access token.
    Access,
    /// An access token for a client that wants it short.
    Lightweight,
    /// An ID token.
    Id,
    /// The answer of the userinfo endpoint.
    Userinfo,
    /// The answer of the introspection endpoint.
    Introspection,
    /// The token response itself.
    Response,
}

/// What most types can write into.
const EVERYWHERE: Writes = Writes::Where(&[
    Document::Access,
    Document::Lightweight,
    Document::Id,
    Document::Userinfo,
    Document::Introspection,
]);

/// What a compiled mapper does.
enum Effect {
    /// Writes claims.
    Claims(ClaimRule),
    /// Changes the roles that others then write.
    Roles(RoleRule),
    /// Nothing: settings are missing, or there is nothing to say.
    Nothing,
}

type ClaimRule = Box<dyn Fn(Document, &Facts<'_>, &mut Claims) + Send + Sync>;
type RoleRule = Box<dyn Fn(&mut ResolvedRoles<'_>) + Send + Sync>;

impl Effect {
    fn claims(rule: impl Fn(&Facts<'_>, &mut Claims) + Send + Sync + 'static) -> Self {
        Self::Claims(Box::new(move |_, facts, claims| rule(facts, claims)))
    }

    fn by_document(
        rule: impl Fn(Document, &Facts<'_>, &mut Claims) + Send + Sync + 'static,
    ) -> Self {
        Self::Claims(Box::new(rule))
    }

    fn roles(rule: impl Fn(&mut ResolvedRoles<'_>) + Send + Sync + 'static) -> Self {
        Self::Roles(Box::new(rule))
    }
}
