//! The listeners, from the first socket to the last answer.
//!
//! `bind` gives sockets, `connection` serves one of their connections, `main_door` takes each request of the main listeners to the edge and
//! then to `routes`.

mod answers;
mod bind;
mod connection;
mod main_door;
mod management;
mod metrics;
mod routes;
pub(crate) mod tls;
mod told;
mod watched;

use crate::config::listen::Listen;
use crate::config::operation::Shutdown;
use crate::config::setting::Setting;
use crate::config::{Profile, listen};
use bind::{Bound, bind};
use connection::Door;
use edge::EdgeConfig;
use hyper_util::server::graceful::GracefulShutdown;
use main_door::MainDoor;
use management::{Health, Leaving};
use metrics::Metrics;
use std::sync::Arc;
use std::time::Duration;
use tls::Tls;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;
use told::Told;

/// The server with its sockets open.
pub(crate) struct Open {
    loops: JoinSet<()>,
    management: JoinSet<()>,
    graceful: Arc<GracefulShutdown>,
    stop: watch::Sender<()>,
    /// Never told anything: the management listener answers until the end.
    never: watch::Sender<()>,
    leaving: Leaving,
    /// Addresses of the main listeners, such as `http://localhost:8080`.
    pub addresses: Vec<String>,
    /// Address of the management listener.
    pub management_address: Option<String>,
}

/// A socket that can't be opened.
#[derive(Debug, thiserror::Error)]
#[error("nothing can listen on {host}, port {port} (options {option} and {host_option})")]
pub(crate) struct CantListen {
    host: String,
    port: u16,
    option: &'static str,
    host_option: &'static str,
    source: std::io::Error,
}

/// Opens the sockets and begins to serve.
///
/// # Errors
/// The first socket that can't be opened.
pub(crate) async fn open(
    wanted: Listen,
    edge: EdgeConfig,
    server: authn::Server,
    profile: Profile,
    started: f64,
) -> Result<Open, CantListen> {
    let mut open = Open {
        loops: JoinSet::new(),
        management: JoinSet::new(),
        graceful: Arc::default(),
        stop: watch::Sender::new(()),
        never: watch::Sender::new(()),
        leaving: Leaving::default(),
        addresses: Vec::new(),
        management_address: None,
    };
    let edge = Arc::new(edge);
    let wants_metrics = wanted.management.as_ref().is_some_and(|it| it.metrics);
    let metrics = wants_metrics.then(|| {
        Arc::new(Metrics::new(
            edge.clone(),
            server.revocation().clone(),
            started,
        ))
    });
    let health = management::health(Health {
        store: server.store.clone(),
        leaving: open.leaving.clone(),
    });
    let mut router = routes::router(&server, profile);
    if wanted.main_health {
        router = router.merge(health.clone());
    }
    let door = Door::Main(Arc::new(MainDoor {
        edge,
        server,
        router,
        metrics: metrics.clone(),
        told: Told::default(),
    }));
    let host = &wanted.host;
    if let Some(port) = wanted.http {
        let bound = try_bind(host, port, &listen::HTTP_PORT, &listen::HTTP_HOST).await?;
        open.addresses.push(address("http", host, bound.port));
        open.main(bound, None, &door);
    }
    if let Some((port, tls)) = wanted.https {
        let bound = try_bind(host, port, &listen::HTTPS_PORT, &listen::HTTP_HOST).await?;
        open.addresses.push(address("https", host, bound.port));
        open.main(bound, Some(&tls), &door);
    }
    if let Some(management) = wanted.management {
        let mut router = axum::Router::new();
        let mut paths = Vec::new();
        if management.health {
            router = router.merge(health);
            paths.extend([
                "/health",
                "/health/ready",
                "/health/live",
                "/health/started",
            ]);
        }
        if let Some(metrics) = metrics {
            router = router.merge(management::metrics(metrics));
            paths.push("/metrics");
        }
        let door = Door::Management(management::router(router, &paths));
        let port = &listen::HTTP_MANAGEMENT_PORT;
        let bound = try_bind(
            &management.host,
            management.port,
            port,
            &listen::HTTP_MANAGEMENT_HOST,
        )
        .await?;
        let scheme = if management.tls.is_some() {
            "https"
        } else {
            "http"
        };
        open.management_address = Some(address(scheme, &management.host, bound.port));
        for socket in bound.sockets {
            let never = open.never.subscribe();
            let work = accept(
                socket,
                management.tls.clone(),
                door.clone(),
                Arc::default(),
                never,
            );
            open.management.spawn(work);
        }
    }
    Ok(open)
}

async fn try_bind(
    host: &str,
    port: u16,
    option: &'static Setting,
    host_option: &'static Setting,
) -> Result<Bound, CantListen> {
    bind(host, port).await.map_err(|source| CantListen {
        host: host.to_owned(),
        port,
        option: option.key,
        host_option: host_option.key,
        source,
    })
}

fn address(scheme: &str, host: &str, port: u16) -> String {
    if host.contains(':') && !host.starts_with('[') {
        format!("{scheme}://[{host}]:{port}")
    } else {
        format!("{scheme}://{host}:{port}")
    }
}

impl Open {
    fn main(&mut self, bound: Bound, tls: Option<&Tls>, door: &Door) {
        for socket in bound.sockets {
            let (graceful, stop) = (self.graceful.clone(), self.stop.subscribe());
            let work = accept(socket, tls.cloned(), door.clone(), graceful, stop);
            self.loops.spawn(work);
        }
    }

    /// Turns proxies away, takes no more connections, and lets running requests finish.
    pub(crate) async fn close(self, shutdown: Shutdown) {
        let Self {
            mut loops,
            mut management,
            graceful,
            stop,
            leaving,
            never: _never,
            ..
        } = self;
        leaving.begin();
        tokio::time::sleep(shutdown.delay).await;
        let _ = stop.send(());
        while loops.join_next().await.is_some() {}
        let running = graceful.count();
        match Arc::into_inner(graceful) {
            Some(graceful) => {
                if tokio::time::timeout(shutdown.timeout, graceful.shutdown())
                    .await
                    .is_err()
                {
                    tracing::warn!(
                        connections = running,
                        "requests that did not finish in {:?} were cut off",
                        shutdown.timeout
                    );
                }
            }
            None => tracing::debug!("somebody still holds the connections"),
        }
        management.shutdown().await;
    }
}

/// Takes connections until it is told to stop.
async fn accept(
    socket: TcpListener,
    tls: Option<Tls>,
    door: Door,
    graceful: Arc<GracefulShutdown>,
    mut stop: watch::Receiver<()>,
) {
    loop {
        let taken = tokio::select! {
            taken = socket.accept() => taken,
            _ = stop.changed() => return,
        };
        match taken {
            Ok((stream, address)) => {
                let work = connection::serve(
                    stream,
                    address,
                    tls.clone(),
                    door.clone(),
                    graceful.watcher(),
                );
                tokio::spawn(work);
            }
            Err(error) => {
                // Mostly that there are too many open files: some have to be closed first.
                tracing::warn!(%error, "a connection could not be taken");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}
