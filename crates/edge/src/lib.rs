//! Who is knocking, and what do we believe of them?
//!
//! One place decides which forwarding headers and certificate headers of a request count. Everything that does not count is removed
//! before anybody else sees the request. This crate knows no realm, no user and no flow: it gives an [`Arrival`].
//!
//! Start at [`EdgeConfig::admit`]; a header format for client certificates is one file in `client_cert`.
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod admit;
mod arrival;
mod authority;
mod client_cert;
mod forwarding;
mod hostname;
mod path;
mod peer;
pub mod proxy_protocol;
mod relative_path;
mod seldom;
mod trust;

pub use admit::{EdgeConfig, Refused};
pub use arrival::{Arrival, Fact, ProxyWord};
pub use client_cert::{
    ClientCert, Encoded, Lookup, LookupError, LookupSettings, NoCert, ProxyVerification,
    RemovedFor, RemovedHeader, ShownBy,
};
pub use forwarding::ProxyHeaders;
pub use hostname::{Hostname, HostnameError, HostnameOptions, is_base, is_secure_context};
pub use peer::{Channel, Peer, PeerAddress, TlsClient};
pub use relative_path::{Below, RelativePath};
pub use seldom::Seldom;
pub use trust::{BadKeyPin, KeyPin, NotAnAddress, ProxyAuthority, Trusted};
