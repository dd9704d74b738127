//! Sockets that take connections until they are told to stop.

use super::connection::{self, Door, Origin};
use super::preamble::Preambles;
use super::tls::Tls;
use edge::PeerAddress;
use hyper_util::server::graceful::GracefulShutdown;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, UnixListener};
use tokio::sync::watch;

/// A socket that listens.
#[derive(Debug)]
pub(super) enum Listener {
    /// On a network.
    Tcp(TcpListener),
    /// In the file system.
    Unix(UnixListener),
}

/// How the connections of a listener begin, and where they lead.
#[derive(Clone)]
pub(super) struct Way {
    /// The preamble that comes first.
    pub preambles: Option<Arc<Preambles>>,
    /// TLS that ends here.
    pub tls: Option<Tls>,
    /// To whom requests are given.
    pub door: Door,
}

/// Takes connections until it is told to stop.
pub(super) async fn accept(
    listener: Listener,
    way: Way,
    graceful: Arc<GracefulShutdown>,
    mut stop: watch::Receiver<()>,
) {
    loop {
        let taken = tokio::select! {
            taken = take(&listener, &way, &graceful) => taken,
            _ = stop.changed() => return,
        };
        if let Err(error) = taken {
            // Mostly that there are too many open files: some have to be closed first.
            tracing::warn!(%error, "a connection could not be taken");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}

/// Takes the next connection and serves it beside the others.
async fn take(listener: &Listener, way: &Way, graceful: &GracefulShutdown) -> io::Result<()> {
    match listener {
        Listener::Tcp(listener) => {
            let (stream, address) = listener.accept().await?;
            // Without it small answers wait for acknowledgements.
            let _ = stream.set_nodelay(true);
            let local_port = match stream.local_addr() {
                Ok(local) => local.port(),
                // It is gone already.
                Err(_) => return Ok(()),
            };
            let address = address.into();
            let origin = Origin {
                address,
                local_port,
            };
            tokio::spawn(connection::serve(
                stream,
                origin,
                way.clone(),
                graceful.watcher(),
            ));
        }
        Listener::Unix(listener) => {
            let (stream, _) = listener.accept().await?;
            let address = PeerAddress::UnixSocket;
            let origin = Origin {
                address,
                local_port: 0,
            };
            tokio::spawn(connection::serve(
                stream,
                origin,
                way.clone(),
                graceful.watcher(),
            ));
        }
    }
    Ok(())
}
