//! What tests start and speak to.
#![allow(clippy::unwrap_used, clippy::missing_panics_doc, missing_docs)]

pub mod application;
pub mod browser;
pub mod curl;
pub mod dump;
pub mod folder;
pub mod http;
pub mod idp;
pub mod npm;
pub mod person;
pub mod pki;
pub mod ports;
pub mod postern;
pub mod postgres;
pub mod process;
pub mod program;
pub mod proxy;
pub mod site;
pub mod twelve;
pub mod wait;
