//! One file for each kind of thing.

pub mod attempts;
pub mod events;
