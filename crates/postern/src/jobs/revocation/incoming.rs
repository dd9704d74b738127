//! Lists from elsewhere: read, found genuine, kept. What is not genuine is never stored.

use super::body::{self, ListBody};
use aws_lc_rs::digest;
use std::fmt::Write as _;
use std::sync::Arc;
use store::Timestamp;
use store::revocation::Content;
use x509::{Certificate, RevocationList, RevocationRefusal, TrustAnchors, Unreadable};

/// How far in the future a list may have been made, seconds: clocks differ.
pub(super) const TOLERANCE: i64 = 300;
/// Numbers are kept with so many digits, so that texts compare as numbers do. A list with a longer number goes by its time alone.
const DIGITS: usize = 64;

/// A genuine list, and its bytes as they came.
pub(crate) struct Incoming {
    /// As they came: DER, or PEM.
    pub bytes: Vec<u8>,
    /// Their digest.
    pub digest: String,
    /// What they say.
    pub list: RevocationList,
}

/// Why a list is not taken.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotTaken {
    /// It can't be read.
    #[error("it is no revocation list: {0}")]
    Unreadable(#[from] Unreadable),
    /// There are several in one.
    #[error("there are several revocation lists in it")]
    Several,
    /// Nobody whom the truststore knows signed it.
    #[error("{}: {}", .0.code(), .0)]
    NotGenuine(#[from] RevocationRefusal),
    /// It was made in the future.
    #[error("it was made in the future, at {}", x509::instant_text(*.0))]
    OfTheFuture(i64),
    /// The reading was given up.
    #[error("it could not be read to its end")]
    GivenUp,
}

/// Reads a list and finds out whether it is genuine. That takes its time, and is done on a thread that may take it.
pub(crate) async fn read(
    bytes: Vec<u8>,
    anchors: Arc<TrustAnchors>,
    now: Timestamp,
) -> Result<Incoming, NotTaken> {
    let work = move || {
        let mut lists = RevocationList::from_pem_or_der(&bytes)?;
        let (Some(list), true) = (lists.pop(), lists.is_empty()) else {
            return Err(NotTaken::Several);
        };
        list.verify(&anchors, now.seconds())?;
        if list.this_update() > now.seconds() + TOLERANCE {
            return Err(NotTaken::OfTheFuture(list.this_update()));
        }
        Ok(Incoming {
            digest: digest_of(&bytes),
            bytes,
            list,
        })
    };
    tokio::task::spawn_blocking(work)
        .await
        .unwrap_or(Err(NotTaken::GivenUp))
}

/// The truststore, and an authority that only helps to find the way to it.
pub(crate) fn with_helper(
    anchors: &Arc<TrustAnchors>,
    helper: Option<&Certificate>,
) -> Arc<TrustAnchors> {
    match helper {
        // One that signed itself would be taken for a root.
        Some(helper) if !helper.is_self_signed() => {
            let mut more = (**anchors).clone();
            more.add(helper.clone());
            Arc::new(more)
        }
        _ => anchors.clone(),
    }
}

/// SHA-256 in hex.
pub(crate) fn digest_of(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(64);
    for byte in digest::digest(&digest::SHA256, bytes).as_ref() {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

impl Incoming {
    /// As the store keeps it.
    pub(crate) fn content(&self) -> Content {
        let number = self.list.number();
        Content {
            digest: self.digest.clone(),
            size: self.bytes.len() as u64,
            number: number
                .filter(|number| number.len() <= DIGITS)
                .map(|number| format!("{number:0>DIGITS$}")),
            this_update: instant(self.list.this_update()),
            next_update: self.list.next_update().map(instant),
        }
    }

    /// What is kept with it.
    pub(crate) fn body(&self, authority: Option<&Certificate>) -> ListBody {
        ListBody {
            issuer: self.list.issuer().to_owned(),
            number: self.list.number(),
            entries: self.list.len(),
            authority: authority.map(body::written),
            ..ListBody::default()
        }
    }
}

/// Epoch seconds.
pub(super) fn instant(seconds: i64) -> Timestamp {
    Timestamp(0).plus_seconds(seconds)
}
