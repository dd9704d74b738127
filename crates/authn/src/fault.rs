/// What went wrong that no caller caused.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// The database's trouble.
    #[error(transparent)]
    Store(#[from] store::Fault),
    /// Nothing was signed.
    #[error("a cookie could not be signed")]
    Sign(#[from] jose::SignError),
    /// State that travels with a page was not written.
    #[error("the state of a sign-in could not be written")]
    State(#[from] serde_json::Error),
}
