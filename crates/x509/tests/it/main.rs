//! What certificates say, and whether they are accepted.
#![allow(clippy::unwrap_used, missing_docs)]

mod anchors;
mod burden;
mod cases;
mod codes;
mod constraints;
mod der;
mod differential;
mod hostile;
mod judge;
mod made;
mod pkits;
mod policies;
mod read;
mod revocation;
