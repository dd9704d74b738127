//! What certificates say, and whether they are accepted.
#![allow(clippy::unwrap_used, missing_docs)]

mod codes;
mod hostile;
mod judge;
mod made;
mod pkits;
mod read;
