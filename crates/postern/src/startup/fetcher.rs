//! Brings what clients have at addresses of theirs, from those whom the operator allows.

use super::authorities;
use crate::config::clients::Clients;
use authn::fetch::{Document, Fetch, FetchError, Fetching};
use outbound::{Fetched, Limits, Outbound, OutboundError, Validators};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use x509::TrustAnchors;

/// Documents under way at a time, at the most.
const MOST_AT_ONCE: usize = 32;
/// How often an answer may lead elsewhere.
const REDIRECTS: u8 = 2;

/// Asks those on the list.
pub(crate) struct Fetcher {
    outbound: Outbound,
    timeout: Duration,
    places: Semaphore,
}

impl Fetcher {
    /// Believes https servers as these anchors and the system do.
    pub(crate) fn new(clients: &Clients, anchors: &TrustAnchors) -> Self {
        let roots = match clients.allowed.is_empty() {
            true => Vec::new(),
            false => authorities::roots(anchors),
        };
        Self {
            outbound: Outbound::new(clients.allowed.clone(), roots.iter().map(Vec::as_slice)),
            timeout: clients.timeout,
            places: Semaphore::new(MOST_AT_ONCE),
        }
    }

    async fn bring(&self, url: &str, most_bytes: u64) -> Result<Document, FetchError> {
        let _place = self.places.try_acquire().map_err(|_| FetchError::Busy)?;
        let limits = Limits {
            bytes: most_bytes,
            time: self.timeout,
            redirects: REDIRECTS,
        };
        let known = Validators::default();
        match self.outbound.get(url, &known, &limits).await {
            Ok(Fetched::Changed(answer)) => Ok(Document {
                body: answer.body,
                max_age: answer.max_age,
            }),
            Ok(Fetched::Unchanged) => Err(FetchError::Failed(Arc::new(OutboundError::Status(304)))),
            Err(
                error @ (OutboundError::NotAllowed { .. }
                | OutboundError::AddressNotAllowed { .. }
                | OutboundError::Url),
            ) => Err(FetchError::NotAllowed(Arc::new(error))),
            Err(error) => Err(FetchError::Failed(Arc::new(error))),
        }
    }
}

impl Fetch for Fetcher {
    fn get<'a>(&'a self, url: &'a str, most_bytes: u64) -> Fetching<'a> {
        Box::pin(self.bring(url, most_bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use outbound::Allowed;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    fn fetcher(list: &str) -> Fetcher {
        let clients = Clients {
            allowed: Allowed::from_list(list.split(',')).unwrap(),
            timeout: Duration::from_secs(5),
        };
        Fetcher {
            outbound: Outbound::new(clients.allowed, []),
            timeout: clients.timeout,
            places: Semaphore::new(1),
        }
    }

    /// Answers one question.
    async fn serve(answer: &'static str) -> String {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut asked = [0; 1024];
            let _ = stream.read(&mut asked).await.unwrap();
            stream.write_all(answer.as_bytes()).await.unwrap();
        });
        format!("http://{address}/keys")
    }

    #[tokio::test]
    async fn what_is_allowed_comes_and_nothing_else_does() {
        let fine = "HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncache-control: max-age=7\r\n\r\nhello";
        let url = serve(fine).await;
        let brought = fetcher("127.0.0.1").get(&url, 10).await.unwrap();
        assert_eq!(brought.body, b"hello");
        assert_eq!(brought.max_age, Some(Duration::from_secs(7)));

        let url = serve(fine).await;
        let large = fetcher("127.0.0.1").get(&url, 4).await;
        assert!(matches!(large, Err(FetchError::Failed(_))));
        // Everybody means everybody in public.
        for list in ["*", "", "other.example"] {
            let refused = fetcher(list).get(&url, 10).await;
            assert!(matches!(refused, Err(FetchError::NotAllowed(_))), "{list}");
        }
        let busy = fetcher("127.0.0.1");
        let _all = busy.places.acquire().await.unwrap();
        assert!(matches!(busy.get(&url, 10).await, Err(FetchError::Busy)));
    }
}
