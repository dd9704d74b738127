//! Forms that come from another origin than ours.

use authn::Cx;
use edge::{ProxyWord, Seldom};
use http::{HeaderMap, header};
use pages::Message;

/// What is told of an origin, at the most.
const MOST_TOLD: usize = 256;

/// The origin of a form that is not ours, as the browser says.
pub(super) struct Foreign(String);

impl Foreign {
    /// Finds it in a request, and says so in the log, now and then. Browsers hide the origin (`null`) when our own page asks for no referrer; the state
    /// that the form carries is bound to the browser in any case.
    pub(super) fn of(cx: &Cx, headers: &HeaderMap) -> Option<Self> {
        let origin = headers.get(header::ORIGIN)?;
        let own = |origin: &str| origin == "null" || cx.is_own_origin(origin);
        if origin.to_str().is_ok_and(own) {
            return None;
        }
        let text: String = String::from_utf8_lossy(origin.as_bytes())
            .chars()
            .take(MOST_TOLD)
            .collect();
        let why = match cx.arrival.proxy_word() {
            ProxyWord::Silent => {
                "no forwarding header came along: a proxy that ends TLS has to send them, and proxy-headers has to be set; or hostname names another address"
            }
            ProxyWord::Trusted => {
                "proxy-headers is not set or names the other kind, or what the proxy sends is not the browser's address"
            }
            ProxyWord::NotTrusted => {
                "the proxy is not trusted: proxy-trusted-addresses does not name it"
            }
        };
        static TOLD: Seldom = Seldom::new();
        TOLD.tell(|unsaid| {
            tracing::warn!(
                code = "URL-ORIGIN",
                origin = ?text,
                own = cx.base(),
                unsaid,
                "the browser says that its address is {text:?}, and this server believes that its own is {}: {why}",
                cx.base()
            );
        });
        Some(Self(text))
    }

    /// What the page says: in development the same as the log, else its code alone.
    pub(super) fn message(self, cx: &Cx) -> Message {
        if !cx.server.explains_on_pages() {
            return Message::new("foreignOriginMessage");
        }
        let key = match cx.arrival.proxy_word() {
            ProxyWord::Silent => "foreignOriginSilentMessage",
            ProxyWord::Trusted => "foreignOriginTrustedMessage",
            ProxyWord::NotTrusted => "foreignOriginNotTrustedMessage",
        };
        Message::new(key).with(self.0).with(cx.base())
    }
}
