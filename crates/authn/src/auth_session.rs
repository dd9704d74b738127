//! Which browser this is: the cookie `AUTH_SESSION_ID`, a random id with our signature. Sealed state opens only beside it.
//!
//! The id of the user session that a sign-in ends in is another one: who planted this cookie in somebody's browser learns nothing by it.

use crate::Cx;
use crate::cookies::{Cookies, Life, Scope, SetCookie};
use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use edge::ProxyWord;
use std::sync::atomic::{AtomicI64, Ordering};

const COOKIE: &str = "AUTH_SESSION_ID";
const HASH_COOKIE: &str = "KC_AUTH_SESSION_HASH";
/// 18 random bytes, base64url.
const LENGTH: usize = 24;

/// A browser's id: made by us, or its signature verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BrowserId(String);

impl BrowserId {
    /// A new one.
    pub(crate) fn random() -> Self {
        Self(jose::random_token(LENGTH / 4 * 3))
    }

    /// The one in the cookie, if we signed it. A route behind the first dot is for proxies.
    pub(crate) fn read(cx: &Cx, cookies: &Cookies) -> Option<Self> {
        let value = cookies.get(COOKIE)?;
        let signed = value.split('.').next()?;
        let signed = String::from_utf8(URL_SAFE_NO_PAD.decode(signed).ok()?).ok()?;
        let (id, signature) = signed.split_once('.')?;
        let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
        let is_ours =
            id.len() == LENGTH && cx.realm.keys.hmac().check_bytes(id.as_bytes(), &signature);
        is_ours.then(|| Self(id.to_owned()))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// The cookie, and its hash for scripts of other tabs.
    pub(crate) fn set_cookies(&self, cx: &Cx) -> Result<[SetCookie; 2], jose::SignError> {
        let signature = cx.realm.keys.hmac().sign_bytes(self.0.as_bytes())?;
        let mut value =
            URL_SAFE_NO_PAD.encode(format!("{}.{}", self.0, URL_SAFE_NO_PAD.encode(signature)));
        if let Some(node) = &cx.server.node {
            value = format!("{value}.{}", node.as_str());
        }
        let hash =
            STANDARD_NO_PAD.encode(digest::digest(&digest::SHA384, self.0.as_bytes()).as_ref());
        warn_of_insecurity(cx);
        let script = Scope::FederationScript;
        Ok([
            SetCookie::new(cx, COOKIE, &value, Scope::Federation, Life::Browser),
            SetCookie::new(cx, HASH_COOKIE, &hash, script, Life::Seconds(60)),
        ])
    }
}

/// Seconds between two warnings: anybody can cause them.
const APART: i64 = 60;

/// Says that browsers will treat our cookies badly, in Keycloak's words, and why. Once a minute at the most.
fn warn_of_insecurity(cx: &Cx) {
    static LAST: AtomicI64 = AtomicI64::new(i64::MIN);
    if edge::is_secure_context(cx.base()) {
        return;
    }
    let now = cx.now.seconds();
    let is_news = LAST.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |last| {
        (now.saturating_sub(last) >= APART).then_some(now)
    });
    if is_news.is_ok() {
        let why = match cx.arrival.proxy_word() {
            ProxyWord::Silent => "the request came by http and carries no forwarding header",
            ProxyWord::Trusted => {
                "the proxy says that the request came by http, or proxy-headers is not set"
            }
            ProxyWord::NotTrusted => {
                "the peer sent forwarding headers and is not trusted (proxy-trusted-addresses)"
            }
        };
        tracing::warn!(
            code = "EDGE-INSECURE-CONTEXT",
            base = cx.base(),
            "Non-secure context detected; cookies are not secured, and will not be available in cross-origin POST requests: {why}"
        );
    }
}
