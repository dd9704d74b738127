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
#[cfg(test)]
mod tests;
mod wanted;

pub(crate) use expiry::newest;

use crate::config::revocation::Revocation;
use crate::startup::authorities;
use authn::Server;
use keep::Keeper;
use outbound::{Allowed, Outbound};
use std::sync::Arc;
use tokio::sync::{Notify, mpsc};
use tokio::task::JoinSet;
use x509::TrustAnchors;

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
        outbound: outbound(&config.allowed, &anchors),
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

/// Asks those on the list, and believes https servers as the truststore and the system do.
fn outbound(allowed: &Allowed, anchors: &TrustAnchors) -> Outbound {
    let roots = match allowed.is_empty() {
        true => Vec::new(),
        false => authorities::roots(anchors),
    };
    Outbound::new(allowed.clone(), roots.iter().map(Vec::as_slice))
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
