//! What is done from time to time while the server runs. A job is a file here and a line in [`start`].

pub(crate) mod revocation;
mod sign_outs;
mod sweep;

use crate::config::backchannel::Backchannel;
use tokio::task::JoinSet;

/// Starts all jobs; they end when what is given back is dropped.
pub(crate) fn start(
    server: &authn::Server,
    revocation: revocation::Ready,
    backchannel: &Backchannel,
) -> JoinSet<()> {
    let mut jobs = JoinSet::new();
    revocation.start(&mut jobs);
    jobs.spawn(sign_outs::run(server.clone(), backchannel.clone()));
    jobs.spawn(sweep::run(server.clone()));
    jobs
}
