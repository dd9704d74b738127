//! What the doctor asked, and what came of it.

use super::probe::{Identity, Outcome, Prober};
use url::Url;

/// All of it.
pub(super) struct Findings {
    /// The public address.
    pub url: Url,
    /// What was shown.
    pub identity: Identity,
    /// The look-up of Postern's options, when they are known here.
    pub provider: Option<String>,
    /// An honest request without a certificate.
    pub without: Outcome,
    /// An honest request with one.
    pub with: Outcome,
    /// The same two, with forged headers; nothing when no honest one arrived.
    pub forged: Vec<Outcome>,
}

impl Findings {
    /// Asks.
    pub(super) async fn gather(
        url: Url,
        identity: Identity,
        prober: &Prober,
        provider: Option<String>,
    ) -> Self {
        let without = prober.patiently(None).await;
        let with = prober.ask(Some(&identity), &[]).await;
        let mut forged = Vec::new();
        let lies = super::forged::headers(&url);
        // Some proxies refuse a request for an underscore in a header's name.
        let dashed: Vec<_> = lies
            .iter()
            .filter(|(name, _)| !name.contains('_'))
            .cloned()
            .collect();
        for (honest, shown) in [(&without, None), (&with, Some(&identity))] {
            if honest.seen().is_none() {
                continue;
            }
            let outcome = prober.ask(shown, &lies).await;
            forged.push(match outcome.seen() {
                Some(_) => outcome,
                None => prober.ask(shown, &dashed).await,
            });
        }
        Self {
            url,
            identity,
            provider,
            without,
            with,
            forged,
        }
    }
}
