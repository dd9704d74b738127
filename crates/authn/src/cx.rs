use crate::Server;
use crate::passwords::PasswordMethod;
use edge::Arrival;
use pages::{ErrorPage, Frame, Message, OwnTexts, Page};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use realm::{Realm, RealmName};
use serde_json::Value;
use std::sync::{Arc, OnceLock};
use store::Timestamp;
use url::Url;

/// Letters that stand in a path segment as they are (RFC 3986 §2.3).
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// What may be known of one request: the realm as it was when the request came, the instant, the arrival.
pub struct Cx {
    /// What all requests share.
    pub server: Server,
    /// The realm, unchanging for the whole request.
    pub realm: Arc<Realm>,
    /// When the request came.
    pub now: Timestamp,
    /// Who sent it.
    pub arrival: Arrival,
    base: String,
    issuer: String,
    backend: String,
    resources: String,
    texts: OnceLock<OwnTexts>,
    proven: OnceLock<String>,
}

impl Cx {
    /// Opens a request to a realm; `None` when there is no such realm. Whether the realm is enabled is for the endpoint to ask.
    ///
    /// # Errors
    /// The database's.
    pub async fn enter(
        server: &Server,
        realm: &RealmName,
        arrival: Arrival,
    ) -> Result<Option<Self>, store::Fault> {
        let Some(realm) = server.store.realm(realm).await? else {
            return Ok(None);
        };
        let own = realm.settings.attribute("frontendUrl");
        let base = server.hostname.frontend_base(&arrival, own);
        let backend = server.hostname.backend_base(&arrival, own);
        let name = utf8_percent_encode(realm.name.as_str(), SEGMENT);
        Ok(Some(Self {
            issuer: format!("{base}/realms/{name}"),
            backend: format!("{backend}/realms/{name}"),
            resources: format!("{base}/resources/{}", server.pages.version()),
            texts: OnceLock::new(),
            proven: OnceLock::new(),
            base,
            now: server.clock.now(),
            server: server.clone(),
            realm,
            arrival,
        }))
    }

    /// Our public address for this request, without a slash at the end.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// The realm's issuer: `{base}/realms/{realm}`.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Where the files of pages are, without a slash at the end.
    pub fn resources(&self) -> &str {
        &self.resources
    }

    /// The realm's address for what applications call themselves: mostly the issuer.
    pub fn backend(&self) -> &str {
        &self.backend
    }

    /// The thumbprint of the key that this request is proven to come with (RFC 9449), once that is so.
    pub fn proven_key(&self) -> Option<&str> {
        self.proven.get().map(String::as_str)
    }

    pub(crate) fn prove(&self, thumbprint: String) {
        // One request has one proof.
        let _ = self.proven.set(thumbprint);
    }

    /// Whether the value of an `Origin` header is our own origin (RFC 6454 §6.1).
    pub fn is_own_origin(&self, origin: &str) -> bool {
        Url::parse(&self.base).is_ok_and(|url| url.origin().ascii_serialization() == origin)
    }

    /// How the realm has new passwords hashed.
    pub fn password_method(&self) -> PasswordMethod {
        PasswordMethod::of(&self.realm.password_policy)
    }

    /// What surrounds every page.
    pub fn frame<'a>(&'a self, locale: &'a str) -> Frame<'a> {
        let settings = &self.realm.settings;
        Frame {
            realm_name: settings
                .display_name
                .as_deref()
                .filter(|name| !name.trim().is_empty())
                .unwrap_or(self.realm.name.as_str()),
            resources_url: &self.resources,
            locale,
            languages: &[],
            theme: self.theme(),
            texts: Some(self.texts()),
        }
    }

    /// The look of the realm's pages, when it names one.
    pub(crate) fn theme(&self) -> Option<&str> {
        let theme = self.realm.settings.other.get("loginTheme")?.as_str()?;
        Some(theme).filter(|theme| !theme.is_empty())
    }

    /// The realm's own texts.
    pub(crate) fn texts(&self) -> &OwnTexts {
        self.texts.get_or_init(|| {
            let texts = self.realm.settings.other.get("localizationTexts");
            let languages = texts.and_then(Value::as_object).into_iter().flatten();
            languages
                .map(|(tag, texts)| {
                    let texts = texts.as_object().into_iter().flatten();
                    let texts = texts.filter_map(|(key, text)| Some((key, text.as_str()?)));
                    (tag.replace('_', "-"), texts)
                })
                .collect()
        })
    }

    /// The error page.
    pub fn error_page(
        &self,
        locale: &str,
        message: Message,
        attempt_code: Option<&str>,
        back_url: Option<&str>,
    ) -> Page {
        let page = ErrorPage {
            message,
            attempt_code,
            back_url,
        };
        self.server.pages.error(&self.frame(locale), &page)
    }
}
