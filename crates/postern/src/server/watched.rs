//! A connection that is given up when nothing comes of it.
//!
//! Two different spans: the head of a request has to be there soon after it began, so that nobody keeps connections by sending it letter by
//! letter; but a connection that rests between requests may rest long, since a proxy that keeps it must not find it closed when it has
//! something to send.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep};

/// A request's head takes so long at the most, from its first byte or from the connection's beginning.
pub(super) const HEAD: Duration = Duration::from_secs(30);
/// Longer than any proxy in common use keeps a connection that rests.
pub(super) const REST: Duration = Duration::from_secs(15 * 60);
/// After our last word, so long and so much is read and thrown away: closing on what was not read takes the answer from the client.
const LINGER: Duration = Duration::from_secs(1);
const MOST_LINGERED: usize = 8 * 1024 * 1024;
/// Deadlines are looked at this often.
const TICK: Duration = Duration::from_secs(5);

/// What a connection is doing, told by those who serve it.
#[derive(Clone, Debug)]
pub(super) struct Watch(Arc<AtomicU8>);

const IN_HEAD: u8 = 0;
const RESTING: u8 = 1;
const BUSY: u8 = 2;
/// HTTP/2 has many requests at once and its own pings.
const MANY: u8 = 3;

impl Watch {
    pub(super) fn new() -> Self {
        Self(Arc::new(AtomicU8::new(IN_HEAD)))
    }

    /// A request is being served.
    pub(super) fn busy(&self, version: http::Version) {
        let state = if version == http::Version::HTTP_2 {
            MANY
        } else {
            BUSY
        };
        self.0.store(state, Ordering::Relaxed);
    }

    /// A request was answered.
    pub(super) fn rest(&self) {
        let _ = self
            .0
            .compare_exchange(BUSY, RESTING, Ordering::Relaxed, Ordering::Relaxed);
    }

    fn state(&self) -> u8 {
        self.0.load(Ordering::Relaxed)
    }
}

/// A stream under watch.
#[derive(Debug)]
pub(super) struct Watched<S> {
    stream: S,
    watch: Watch,
    since: (u8, Instant),
    tick: Pin<Box<Sleep>>,
    /// So much is still read after our last word.
    lingering: Option<usize>,
}

impl<S> Watched<S> {
    pub(super) fn new(stream: S, watch: Watch) -> Self {
        Self {
            stream,
            watch,
            since: (IN_HEAD, Instant::now()),
            tick: Box::pin(tokio::time::sleep(TICK)),
            lingering: None,
        }
    }

    /// Whether the connection has been doing the same for too long.
    fn is_over(&mut self) -> bool {
        let state = self.watch.state();
        if self.since.0 != state {
            self.since = (state, Instant::now());
        }
        let span = match state {
            IN_HEAD => HEAD,
            RESTING => REST,
            _ => return false,
        };
        self.since.1.elapsed() >= span
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buf.filled().len();
        if let Poll::Ready(done) = Pin::new(&mut this.stream).poll_read(cx, buf) {
            if buf.filled().len() > before && this.watch.state() == RESTING {
                this.watch.0.store(IN_HEAD, Ordering::Relaxed);
                this.since = (IN_HEAD, Instant::now());
            }
            return Poll::Ready(done);
        }
        loop {
            if this.is_over() {
                return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
            }
            ready!(this.tick.as_mut().poll(cx));
            this.tick.as_mut().reset(Instant::now() + TICK);
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().stream).poll_write(cx, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.lingering.is_none() {
            ready!(Pin::new(&mut this.stream).poll_shutdown(cx))?;
            this.tick.as_mut().reset(Instant::now() + LINGER);
        }
        let mut rest = this.lingering.unwrap_or(MOST_LINGERED);
        let mut bytes = [0; 4096];
        while rest > 0 {
            let mut buf = ReadBuf::new(&mut bytes);
            match Pin::new(&mut this.stream).poll_read(cx, &mut buf) {
                Poll::Ready(Ok(())) if !buf.filled().is_empty() => {
                    rest = rest.saturating_sub(buf.filled().len());
                }
                Poll::Ready(_) => return Poll::Ready(Ok(())),
                Poll::Pending => {
                    this.lingering = Some(rest);
                    ready!(this.tick.as_mut().poll(cx));
                    return Poll::Ready(Ok(()));
                }
            }
        }
        Poll::Ready(Ok(()))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().stream).poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    /// How long a read waits that gets nothing, on a clock of its own.
    async fn waits(watched: &mut Watched<tokio::io::DuplexStream>) -> Duration {
        let began = Instant::now();
        let error = watched.read_u8().await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        began.elapsed()
    }

    #[tokio::test(start_paused = true)]
    async fn a_head_has_to_come_soon_and_a_resting_connection_may_rest() {
        let (mut there, here) = tokio::io::duplex(64);
        let watch = Watch::new();
        let mut watched = Watched::new(here, watch.clone());
        assert_eq!(waits(&mut watched).await, HEAD);

        watch.busy(http::Version::HTTP_11);
        watch.rest();
        assert_eq!(waits(&mut watched).await, REST);

        there.write_all(b"G").await.unwrap();
        assert_eq!(watched.read_u8().await.unwrap(), b'G');
        assert_eq!(waits(&mut watched).await, HEAD);

        watch.busy(http::Version::HTTP_2);
        watch.rest();
        let served = tokio::time::timeout(REST * 2, watched.read_u8()).await;
        assert!(served.is_err(), "HTTP/2 has its own pings");
    }
}
