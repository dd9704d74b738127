//! Certificates in folded headers: nginx's `$ssl_client_cert` continues a header's value in a new line behind a tab, which RFC 9112 §5.2 lets a
//! server refuse or read as blanks. hyper refuses it before anybody could say why, so the folds of a certificate become blanks here.
//!
//! Nothing else changes: where text is no PEM certificate, or a line feed is not followed by a tab, bytes stay as they are, and their number
//! never changes. Both together are in no body that anybody sends but to have them read as blanks.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

const BEGIN: &[u8] = b"-----BEGIN CERTIFICATE-----";
/// Lines of a certificate go on for so many bytes at the most.
const LONGEST: usize = 128 * 1024;

/// A connection in which certificates are not folded.
pub(super) struct Unfolding<S> {
    stream: S,
    folds: Folds,
    place: Place,
    /// A line feed was read and not handed on: the next byte says whether it is a fold.
    held: bool,
}

/// Whether the other end is one that folds certificates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Folds {
    /// A trusted nginx.
    Expected,
    /// Anybody else: what comes is left as it is.
    Left,
}

/// Where in the text we are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// So much of [`BEGIN`] was there last.
    Outside(usize),
    /// In a certificate, since so many bytes.
    Inside(usize),
}

impl<S> Unfolding<S> {
    pub(super) fn new(stream: S, folds: Folds) -> Self {
        Self {
            stream,
            folds,
            place: Place::Outside(0),
            held: false,
        }
    }
}

impl Place {
    /// Unfolds what came; whether it ends in a line feed that may be one half of a fold.
    fn unfold(&mut self, bytes: &mut [u8]) -> bool {
        let mut at = 0;
        while at < bytes.len() {
            if *self == Self::Outside(0) {
                // Most of what comes is far from any certificate.
                match bytes[at..].iter().position(|byte| *byte == BEGIN[0]) {
                    Some(skipped) => at += skipped,
                    None => return false,
                }
            }
            let byte = bytes[at];
            *self = match *self {
                Self::Outside(found) if BEGIN[found] == byte => match found + 1 {
                    all if all == BEGIN.len() => Self::Inside(0),
                    some => Self::Outside(some),
                },
                // More dashes than five, or new ones.
                Self::Outside(5) if byte == b'-' => Self::Outside(5),
                Self::Outside(_) => Self::Outside(usize::from(byte == b'-')),
                Self::Inside(since) if byte == b'\n' && since < LONGEST => {
                    match bytes.get(at + 1) {
                        None => return true,
                        Some(b'\t') => {
                            bytes[at..at + 2].fill(b' ');
                            at += 1;
                            Self::Inside(since + 2)
                        }
                        Some(_) => Self::Outside(0),
                    }
                }
                Self::Inside(since) if since < LONGEST && is_pem(byte) => Self::Inside(since + 1),
                Self::Inside(_) => Self::Outside(usize::from(byte == b'-')),
            };
            at += 1;
        }
        false
    }
}

fn is_pem(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"+/=- ".contains(&byte)
}

impl<S: AsyncRead + Unpin> AsyncRead for Unfolding<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.folds == Folds::Left {
            return Pin::new(&mut this.stream).poll_read(cx, buffer);
        }
        let start = buffer.filled().len();
        loop {
            if this.held {
                if buffer.remaining() == 0 {
                    return Poll::Ready(Ok(()));
                }
                buffer.put_slice(b"\n");
            }
            let before = buffer.filled().len();
            let read = Pin::new(&mut this.stream).poll_read(cx, buffer);
            if this.held && !matches!(read, Poll::Ready(Ok(()))) {
                buffer.set_filled(start);
            }
            ready!(read)?;
            this.held = false;
            if buffer.filled().len() == before {
                return Poll::Ready(Ok(()));
            }
            if !this.place.unfold(&mut buffer.filled_mut()[start..]) {
                return Poll::Ready(Ok(()));
            }
            this.held = true;
            let filled = buffer.filled().len() - 1;
            buffer.set_filled(filled);
            if filled > start {
                return Poll::Ready(Ok(()));
            }
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Unfolding<S> {
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
        Pin::new(&mut self.get_mut().stream).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().stream).poll_write_vectored(cx, bytes)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::AsyncReadExt as _;

    /// What comes out when so many bytes come in at a time.
    async fn read(text: &str, at_a_time: usize, folds: Folds) -> String {
        struct Slowly<'a>(&'a [u8], usize, bool);
        impl AsyncRead for Slowly<'_> {
            fn poll_read(
                mut self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                buffer: &mut ReadBuf<'_>,
            ) -> Poll<io::Result<()>> {
                self.2 = !self.2;
                if self.2 {
                    cx.waker().wake_by_ref();
                    return Poll::Pending;
                }
                let now = self.1.min(self.0.len()).min(buffer.remaining());
                buffer.put_slice(&self.0[..now]);
                self.0 = &self.0[now..];
                Poll::Ready(Ok(()))
            }
        }
        let mut out = Vec::new();
        let mut stream = Unfolding::new(Slowly(text.as_bytes(), at_a_time, false), folds);
        stream.read_to_end(&mut out).await.unwrap();
        String::from_utf8(out).unwrap()
    }

    #[tokio::test]
    async fn folds_of_a_certificate_become_blanks_however_they_come() {
        let pem = "-----BEGIN CERTIFICATE-----\n\tMII+/\n\tAB==\n\t-----END CERTIFICATE-----";
        let head = format!("GET / HTTP/1.1\r\na: --{pem}\r\nb: -----BEGIN\r\n\tx\r\n\r\n");
        let expected = head.replace("\n\tM", "  M").replace("\n\tA", "  A");
        let expected = expected.replace("\n\t-", "  -");
        assert_ne!(head, expected);
        for at_a_time in 1..head.len() {
            assert_eq!(
                read(&head, at_a_time, Folds::Expected).await,
                expected,
                "{at_a_time}"
            );
            assert_eq!(read(&head, at_a_time, Folds::Left).await, head);
        }
    }

    #[tokio::test]
    async fn everything_else_stays_as_it_is() {
        for text in [
            "",
            "\n\t",
            "a: b\n\tc\r\n\r\n",
            "-----BEGIN CERTIFICATE-----\nMII\nAB==\n-----END CERTIFICATE-----\n",
            "-----BEGIN CERTIFICATE-----\r\n\tMII",
            "-----BEGIN CERTIFICATE----\n\tMII",
            "-----BEGIN CERTIFICATE-----\u{e4}\n\tMII",
            "-----BEGIN CERTIFICATE-----\n",
            "-----BEGIN PRIVATE KEY-----\n\tMII",
        ] {
            for at_a_time in [1, 2, 7, 1000] {
                assert_eq!(
                    read(text, at_a_time, Folds::Expected).await,
                    text,
                    "{at_a_time}"
                );
            }
        }
        let long = format!("-----BEGIN CERTIFICATE-----{}\n\tMII", "A".repeat(LONGEST));
        assert_eq!(
            read(&long, 4096, Folds::Expected).await,
            long,
            "it goes on for too long"
        );
    }
}
