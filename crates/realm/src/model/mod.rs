//! The values of a realm, in the shape of Keycloak's representations: what is read from a file or a row can be written back whole.
//!
//! Each value keeps the members that it does not know in `other`, so that an export loses nothing.

mod certificate_step;
mod client;
mod consent;
mod flow;
mod role;
mod scope;
mod settings;
mod user;

pub use certificate_step::{ANCHOR_ATTRIBUTES, WithoutEffect};
pub use client::Client;
pub use consent::Consent;
pub use flow::{AuthenticatorConfig, Component, Execution, Flow, RequiredAction, Requirement};
pub use role::{Composites, Group, Role};
pub use scope::{ClientScope, ProtocolMapper};
pub use settings::{BruteForceStrategy, Settings, SslRequired};
pub use user::{Credential, User};

/// Members of a representation that have no field of their own.
pub type Other = serde_json::Map<String, serde_json::Value>;

/// String attributes, in the order of the file.
pub type Attributes = indexmap::IndexMap<String, String>;
