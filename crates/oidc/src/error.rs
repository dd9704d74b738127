//! How a request ends that is not granted: the caller was wrong, or we were.

use crate::answer;
use crate::encrypted::NoRecipient;
use crate::fallback_key::NoFallback;
use crate::refusal::Refusal;
use crate::tokens::MintError;
use authn::Fault;
use axum::response::Response;
use http::StatusCode;
use store::Settles;

/// How a request ended that was not granted.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The caller was wrong. What was written stays written.
    #[error("refused: {0:?}")]
    Refusal(Refusal),
    /// We were.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// A token could not be made.
    #[error(transparent)]
    Mint(#[from] MintError),
    /// The key for it could not be made either.
    #[error(transparent)]
    Key(#[from] NoFallback),
    /// The client wants encrypted answers, and nobody knows how.
    #[error(transparent)]
    Recipient(#[from] NoRecipient),
    /// Its key did not encrypt.
    #[error(transparent)]
    Encrypt(#[from] jose::EncryptError),
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Refusal(refusal)
    }
}

impl From<store::Fault> for Error {
    fn from(fault: store::Fault) -> Self {
        Self::Fault(fault.into())
    }
}

impl Settles for Error {
    fn keeps_writes(&self) -> bool {
        matches!(self, Self::Refusal(_))
    }
}

impl Error {
    /// The answer in JSON. A fault is logged here, once, and shows as a request id alone.
    pub fn to_json(&self) -> Response {
        match self {
            Self::Refusal(refusal) => refusal.to_json(),
            Self::Fault(fault) => faulty(fault),
            Self::Mint(error) => faulty(error),
            Self::Key(error) => faulty(error),
            Self::Recipient(error) => faulty(error),
            Self::Encrypt(error) => faulty(error),
        }
    }
}

/// Logs what is our fault, under an identifier that the answer shows.
pub fn log_fault(fault: &(dyn std::error::Error + 'static)) -> String {
    let id = jose::random_token(6);
    tracing::error!(
        request_id = id,
        error = fault,
        "a request could not be answered"
    );
    id
}

/// The answer in JSON to what is our fault.
pub fn faulty(fault: &(dyn std::error::Error + 'static)) -> Response {
    let id = log_fault(fault);
    let text = format!("the server could not answer; it logged why under {id}");
    answer::error(
        StatusCode::INTERNAL_SERVER_ERROR,
        "server_error",
        Some(&text),
    )
}
