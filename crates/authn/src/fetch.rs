//! Documents at addresses that somebody else wrote: key sets of clients, request objects. Who may be asked is the operator's to say, and whoever
//! implements [`Fetch`] keeps to it.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

/// Brings documents.
pub trait Fetch: Send + Sync {
    /// What is at an `http` or `https` address, whole; no more than `most_bytes`, and within a time of its own.
    ///
    /// Never to be called while a transaction is open.
    ///
    /// # Errors
    /// See [`FetchError`].
    fn get<'a>(&'a self, url: &'a str, most_bytes: u64) -> Fetching<'a>;
}

/// A document under way.
pub type Fetching<'a> = Pin<Box<dyn Future<Output = Result<Document, FetchError>> + Send + 'a>>;

/// What came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// The body.
    pub body: Vec<u8>,
    /// How long the answer says that it holds (`Cache-Control: max-age`).
    pub max_age: Option<Duration>,
}

/// Why nothing came.
#[derive(Clone)]
pub enum FetchError {
    /// The operator does not allow the address.
    NotAllowed(Cause),
    /// It was asked for in vain.
    Failed(Cause),
    /// So many are asked at this moment that this one is not.
    Busy,
}

/// What lies below.
pub type Cause = Arc<dyn std::error::Error + Send + Sync>;

impl fmt::Display for FetchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAllowed(_) => f.write_str("the address may not be asked"),
            Self::Failed(_) => f.write_str("the address did not answer as it should"),
            Self::Busy => f.write_str("too many addresses are asked at this moment"),
        }
    }
}

impl fmt::Debug for FetchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAllowed(cause) => f.debug_tuple("NotAllowed").field(cause).finish(),
            Self::Failed(cause) => f.debug_tuple("Failed").field(cause).finish(),
            Self::Busy => f.write_str("Busy"),
        }
    }
}

impl std::error::Error for FetchError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::NotAllowed(cause) | Self::Failed(cause) => Some(&**cause),
            Self::Busy => None,
        }
    }
}

/// Nobody may be asked: what a server does that nobody gave anything better.
pub(crate) struct Nobody;

#[derive(Debug, thiserror::Error)]
#[error("this server asks nobody over the network")]
struct AsksNobody;

impl Fetch for Nobody {
    fn get<'a>(&'a self, _: &'a str, _: u64) -> Fetching<'a> {
        Box::pin(async { Err(FetchError::NotAllowed(Arc::new(AsksNobody))) })
    }
}
