//! The listeners, from the first socket to the last answer.
//!
//! `bind` and `unix_socket` give sockets, `listener` takes their connections, `connection` serves one of them, `main_door` takes each request of the main listeners to the edge and
//! then to `routes`.

mod answers;
mod bind;
mod connection;
mod dump;
mod hostname_debug;
mod listener;
mod main_door;
mod management;
mod metrics;
mod preamble;
mod routes;
pub(crate) mod seen;
pub(crate) mod tls;
mod told;
mod unfolding;
mod unix_socket;
mod watched;

pub(crate) use dump::{Dump, Form, open_dump};
pub(crate) use preamble::Preambles;

use crate::config::listen::Listen;
use crate::config::operation::Shutdown;
use crate::config::setting::Setting;
use crate::config::{Profile, listen};
use bind::{Bound, bind};
use connection::Door;
use edge::EdgeConfig;
use hyper_util::server::graceful::GracefulShutdown;
use listener::{Listener, Way, accept};
use main_door::MainDoor;
use management::{Health, Leaving};
use metrics::Metrics;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::sync::watch;
use tokio::task::JoinSet;
use told::Told;
use unix_socket::SocketFile;

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
    /// Goes away with the server.
    socket_file: Option<SocketFile>,
}

/// What is shown to those who look for it.
pub(crate) struct Shows {
    /// What the front page is like.
    pub profile: Profile,
    /// The options that the page `hostname-debug` lists, when there is one.
    pub debug: Option<Vec<(&'static str, String)>>,
}

/// A socket that can't be opened.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CantListen {
    #[error("nothing can listen on {host}, port {port} (options {option} and {host_option})")]
    Port {
        host: String,
        port: u16,
        option: &'static str,
        host_option: &'static str,
        source: std::io::Error,
    },
    #[error("nothing can listen at {} (option http-unix-socket)", path.display())]
    File {
        path: PathBuf,
        source: std::io::Error,
    },
}

/// Opens the sockets and begins to serve.
///
/// # Errors
/// The first socket that can't be opened.
pub(crate) async fn open(
    mut wanted: Listen,
    edge: EdgeConfig,
    server: authn::Server,
    shows: Shows,
    started: f64,
) -> Result<Open, CantListen> {
    let mut open = Open::new();
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
    let mut router = routes::router(&server, shows);
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
    open.main_listeners(&mut wanted, door).await?;
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
        let router = management::router(router, &paths);
        let way = Way {
            preambles: None,
            tls: management.tls,
            door: Door::Management(router, management.path),
        };
        let port = &listen::HTTP_MANAGEMENT_PORT;
        let bound = try_bind(
            &management.host,
            management.port,
            port,
            &listen::HTTP_MANAGEMENT_HOST,
        )
        .await?;
        let scheme = if way.tls.is_some() { "https" } else { "http" };
        open.management_address = Some(address(scheme, &management.host, bound.port));
        for socket in bound.sockets {
            let never = open.never.subscribe();
            let listener = Listener::Tcp(socket);
            let work = accept(listener, way.clone(), Arc::default(), never);
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
    bind(host, port).await.map_err(|source| CantListen::Port {
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
    fn new() -> Self {
        Self {
            loops: JoinSet::new(),
            management: JoinSet::new(),
            graceful: Arc::default(),
            stop: watch::Sender::new(()),
            never: watch::Sender::new(()),
            leaving: Leaving::default(),
            addresses: Vec::new(),
            management_address: None,
            socket_file: None,
        }
    }

    /// Opens the main listeners, which lead through this door.
    async fn main_listeners(&mut self, wanted: &mut Listen, door: Door) -> Result<(), CantListen> {
        let host = &wanted.host;
        let way = Way {
            preambles: wanted.preambles.take().map(Arc::new),
            tls: None,
            door,
        };
        if let Some(port) = wanted.http.take() {
            let bound = try_bind(host, port, &listen::HTTP_PORT, &listen::HTTP_HOST).await?;
            self.addresses.push(address("http", host, bound.port));
            self.main(bound, &way);
        }
        if let Some((port, tls)) = wanted.https.take() {
            let bound = try_bind(host, port, &listen::HTTPS_PORT, &listen::HTTP_HOST).await?;
            self.addresses.push(address("https", host, bound.port));
            let tls = Some(tls);
            self.main(bound, &Way { tls, ..way.clone() });
        }
        if let Some((path, mode)) = wanted.unix.take() {
            let (listener, file) = unix_socket::bind(&path, mode).map_err(|source| {
                let path = path.clone();
                CantListen::File { path, source }
            })?;
            self.socket_file = Some(file);
            self.addresses.push(format!("unix:{}", path.display()));
            self.begin(Listener::Unix(listener), &way);
        }
        Ok(())
    }

    fn main(&mut self, bound: Bound, way: &Way) {
        for socket in bound.sockets {
            self.begin(Listener::Tcp(socket), way);
        }
    }

    fn begin(&mut self, listener: Listener, way: &Way) {
        let (graceful, stop) = (self.graceful.clone(), self.stop.subscribe());
        self.loops
            .spawn(accept(listener, way.clone(), graceful, stop));
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
            socket_file,
            ..
        } = self;
        leaving.begin();
        tokio::time::sleep(shutdown.delay).await;
        let _ = stop.send(());
        while loops.join_next().await.is_some() {}
        drop(socket_file);
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
