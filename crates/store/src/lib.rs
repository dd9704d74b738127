//! Where is it kept?
//!
//! Realms, people, sessions and what may happen only once, in SQLite or PostgreSQL: one SQL text for both, the guard of every rule
//! in the statement itself. No other crate knows SQL; this one knows no protocol and reads no clock.
//!
//! Start at [`Store`]; rows have a module each: [`realms`], [`users`], [`sessions`], [`offline_sessions`], [`consents`], [`codes`],
//! [`device_requests`], [`single_use`], [`events`], [`traces`], [`revocation`], [`notices`].
#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod codes;
pub mod consents;
mod database;
pub mod device_requests;
pub mod events;
pub mod login_failures;
pub mod notices;
pub mod offline_sessions;
pub mod pushed_requests;
pub mod realms;
pub mod revocation;
pub mod sessions;
mod settings;
pub mod single_use;
mod snapshots;
mod sqlite;
mod sqlite_writer;
mod store;
mod time;
pub mod traces;
pub mod users;

pub use codes::{Code, Redeem};
pub use database::Fault;
pub use device_requests::{Ask, DeviceRequest, Poll};
pub use events::{Event, EventFilter};
pub use login_failures::LoginFailures;
pub use notices::Notice;
pub use pushed_requests::PushedRequest;
pub use realms::{Change, Create};
pub use sessions::{ClientSession, Session};
pub use settings::{OpenError, Settings};
pub use single_use::Claim;
pub use store::{Look, Reader, Settles, Store, Writer};
pub use time::Timestamp;
pub use traces::{AttemptRecord, Traces};
pub use users::{EmailRule, Insert, Update};
