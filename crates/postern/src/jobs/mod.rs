//! What is done from time to time while the server runs. A job is a file here and a line in [`start`].

mod sweep;

use tokio::task::JoinSet;

/// Starts all jobs; they end when what is given back is dropped.
pub(crate) fn start(server: &authn::Server) -> JoinSet<()> {
    let mut jobs = JoinSet::new();
    jobs.spawn(sweep::run(server.clone()));
    jobs
}
