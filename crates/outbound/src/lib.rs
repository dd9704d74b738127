//! Whom may we ask over the network, and what do we take from the answer?
//!
//! A small HTTP/1.1 client for addresses that somebody else wrote: certificates, realms, clients. Only what an operator listed is asked;
//! a name's addresses are judged and the connection goes to the judged address itself, so that a second look-up can't lead elsewhere;
//! answers are bounded in size and time. It knows neither realms nor certificates.
//!
//! Start at [`Outbound`]; [`Allowed`] says who may be asked.
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod address;
mod allowed;
mod answer;
mod client;
mod connection;
mod error;

pub use allowed::{Allowed, NotAnEntry};
pub use answer::{Answer, Fetched, Limits, Validators};
pub use client::Outbound;
pub use error::OutboundError;
