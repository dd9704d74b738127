//! What is configured, and who lives in it?
//!
//! Values and rules of a realm: clients, client scopes, roles, groups, flows, keys and people, as Keycloak models them. This
//! crate knows no SQL, no HTTP and no clock: it turns documents into an immutable [`Realm`] and back.
//!
//! Start at [`Realm`], the snapshot that a request keeps for its whole life; [`model`] has the values in it; [`fresh`] makes a
//! new realm, [`file`](mod@file) reads and writes Keycloak's realm files.
#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod document;
pub mod file;
pub mod fresh;
pub mod id;
pub mod keys;
pub mod model;
pub mod password_policy;
pub mod pattern;
pub mod profile;
pub mod representation;
mod snapshot;

pub use document::{Document, Kind};
pub use file::{FileError, Import, NewCredential, NewUser, Notice, Wrong};
pub use fresh::KeyMaterialError;
pub use id::*;
pub use keys::RealmKeys;
pub use model::*;
pub use password_policy::PasswordPolicy;
pub use profile::UserProfile;
pub use snapshot::{BuildError, Realm, RoleSet};
