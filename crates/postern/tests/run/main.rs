//! How it runs, seen from outside: the program with its options, its sockets and its signals.
#![allow(clippy::unwrap_used, missing_docs)]

mod addresses;
mod beginning;
mod hostname_debug;
mod options;
mod renewal;
mod revocation;
mod serving;
mod support;
mod themes;
mod tls;
mod truststores;
