//! Which browser this is: the cookie `AUTH_SESSION_ID`, a random id with our signature. Sealed state opens only beside it.
//!
//! The id of the user session that a sign-in ends in is another one: who planted this cookie in somebody's browser learns nothing by it.

use crate::Cx;
use crate::cookies::{Cookies, Life, Scope, SetCookie};
use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

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
        let value =
            URL_SAFE_NO_PAD.encode(format!("{}.{}", self.0, URL_SAFE_NO_PAD.encode(signature)));
        let hash =
            STANDARD_NO_PAD.encode(digest::digest(&digest::SHA384, self.0.as_bytes()).as_ref());
        let script = Scope::FederationScript;
        Ok([
            SetCookie::new(cx, COOKIE, &value, Scope::Federation, Life::Browser),
            SetCookie::new(cx, HASH_COOKIE, &hash, script, Life::Seconds(60)),
        ])
    }
}
