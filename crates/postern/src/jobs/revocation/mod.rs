//! What is known of revoked certificates, brought and kept up to date beside the sign-ins, never within one.
//!
//! `wanted` hears of certificates and notes whom to ask, `fetch` asks those who are due, one node at a time for each; `keep` loads what
//! came to this node's memory, together with the lists in its files, and hands it to the sign-ins as one snapshot.

pub(crate) mod body;
mod expiry;
mod fetch;
mod files;
pub(crate) mod incoming;
mod keep;
mod schedule;
mod wanted;

pub(crate) use expiry::newest;

use crate::config::revocation::Revocation;
use crate::startup::authorities;
use authn::Server;
use keep::Keeper;
use outbound::Outbound;
use std::sync::Arc;
use tokio::sync::{Notify, mpsc};
use tokio::task::JoinSet;

/// What the jobs share.
struct Shared {
    server: Server,
    config: Revocation,
    outbound: Outbound,
    /// There is somebody new to ask.
    wake: Notify,
}

/// The jobs, ready to start.
pub(crate) struct Ready {
    shared: Arc<Shared>,
    keeper: Keeper,
    wanted: mpsc::Receiver<authn::Wanted>,
}

/// Loads what is known, so that the first sign-in knows it too.
pub(crate) async fn ready(server: &Server, config: Revocation) -> Ready {
    server.revocation().set_policy(config.policy.clone());
    let anchors = server.anchors(edge::ShownBy::Proxy);
    let shared = Arc::new(Shared {
        server: server.clone(),
        outbound: Outbound::new(
            config.allowed.clone(),
            authorities::roots(&anchors).iter().map(Vec::as_slice),
        ),
        config,
        wake: Notify::new(),
    });
    let mut keeper = Keeper::new(shared.clone());
    keeper.look().await;
    Ready {
        wanted: server.revocation().listen(),
        keeper,
        shared,
    }
}

impl Ready {
    /// Starts them.
    pub(crate) fn start(self, jobs: &mut JoinSet<()>) {
        jobs.spawn(self.keeper.run());
        jobs.spawn(wanted::run(self.shared.clone(), self.wanted));
        if !self.shared.config.allowed.is_empty() {
            jobs.spawn(fetch::run(self.shared));
        }
    }
}
