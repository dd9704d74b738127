//! One connection from its first byte to its last.

use super::dump::Dump;
use super::listener::Way;
use super::main_door::MainDoor;
use super::tls::{Accepted, Apart};
use super::unfolding::{Folds, Unfolding};
use super::watched::{Watch, Watched};
use super::{management, preamble};
use axum::Router;
use axum::body::Body;
use edge::{Channel, Peer, PeerAddress, RelativePath, Seldom};
use http::{Request, Response};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::Watcher;
use std::convert::Infallible;
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};

/// A TLS handshake takes so long at the most.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// More than is let in, so that what is over the limit can still be answered properly.
const MOST_READ: usize = 256 * 1024;

/// Where a listener leads.
#[derive(Clone)]
pub(super) enum Door {
    /// To everything that is for everybody.
    Main(Arc<MainDoor>),
    /// To what is for those who run the server.
    Management(Router, RelativePath),
    /// To what shows people what arrived.
    Dump(Arc<Dump>),
}

impl Door {
    fn folds(&self, peer: &Peer) -> Folds {
        match self {
            Self::Main(main) if main.edge.expects_folds(peer) => Folds::Expected,
            Self::Dump(dump) if dump.edge.expects_folds(peer) => Folds::Expected,
            Self::Main(_) | Self::Management(..) | Self::Dump(_) => Folds::Left,
        }
    }

    async fn answer(
        &self,
        peer: Peer,
        apart: Option<Apart>,
        request: Request<Incoming>,
    ) -> Response<Body> {
        match self {
            Self::Main(main) => main.answer(peer, apart, request).await,
            Self::Dump(dump) => dump.answer(&peer, request),
            Self::Management(router, path) => {
                management::answer(router.clone(), path, request.map(Body::new)).await
            }
        }
    }
}

/// Where a connection comes from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Origin {
    /// The other end.
    pub address: PeerAddress,
    /// Our port that it connected to; 0 for a socket that has none.
    pub local_port: u16,
}

/// Serves a connection until it ends: the preamble where there is one, then TLS, then requests.
pub(super) async fn serve<S>(mut stream: S, origin: Origin, way: Way, watcher: Watcher)
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let address = origin.address;
    let announced = match &way.preambles {
        None => None,
        Some(preambles) => match preambles.read(&mut stream, address).await {
            Ok(announced) => Some(announced),
            Err(closed) => return preamble::tell(address, &closed),
        },
    };
    let mut peer = Peer {
        address,
        announced,
        local_port: origin.local_port,
        channel: Channel::Plain,
    };
    match way.tls {
        None => speak(stream, peer, None, way.door, watcher).await,
        Some(tls) => match tokio::time::timeout(HANDSHAKE, tls.accept(stream, &address)).await {
            Ok(Some(accepted)) => {
                let Accepted {
                    stream,
                    client,
                    apart,
                } = accepted;
                peer.channel = Channel::Tls(client);
                speak(stream, peer, apart, way.door, watcher).await;
            }
            Ok(None) => {}
            Err(_) => tracing::debug!(peer = %address, "no TLS came about in {HANDSHAKE:?}"),
        },
    }
}

async fn speak<S>(stream: S, peer: Peer, apart: Option<Apart>, door: Door, watcher: Watcher)
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let watch = Watch::new();
    let stream = Unfolding::new(stream, door.folds(&peer));
    let io = TokioIo::new(Watched::new(stream, watch.clone()));
    let address = peer.address;
    let service = service_fn(move |request: Request<Incoming>| {
        let (door, watch) = (door.clone(), watch.clone());
        let (peer, apart) = (peer.clone(), apart.clone());
        async move {
            watch.busy(request.version());
            let answer = door.answer(peer, apart, request).await;
            watch.rest();
            Ok::<_, Infallible>(answer)
        }
    });
    let mut builder = Builder::new(TokioExecutor::new());
    // Who takes too long is watched below HTTP, where reading a head and resting can be told apart.
    builder.http1().max_buf_size(MOST_READ);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(Duration::from_secs(60))
        .keep_alive_timeout(Duration::from_secs(20))
        .max_concurrent_streams(250)
        .max_header_list_size(u32::try_from(MOST_READ).unwrap_or(u32::MAX));
    let connection = builder.serve_connection(io, service).into_owned();
    if let Err(error) = watcher.watch(connection).await {
        let cause: &(dyn Error + 'static) = error.as_ref();
        match cause.downcast_ref::<hyper::Error>() {
            Some(error) if error.is_parse_too_large() => {
                static TOLD: Seldom = Seldom::new();
                TOLD.tell(|unsaid| {
                    tracing::warn!(peer = %address, unsaid, "headers that are far too long or too many: answered with 431");
                });
            }
            _ => tracing::debug!(peer = %address, error = cause, "a connection broke"),
        }
    }
}
