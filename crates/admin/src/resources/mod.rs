//! One file for each kind of thing: its routes, then what they do.

pub mod attempts;
pub mod events;
pub mod realm;
pub mod realms;
pub mod roles;
