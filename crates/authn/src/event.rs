//! Login events: one draft, logged once, stored when the realm keeps events.

use crate::{Cx, Fault};
use realm::{ClientId, SessionId, UserId};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use store::{Event, Writer};

/// Where the log's event lines go.
const TARGET: &str = "org.keycloak.events";

/// Types that Keycloak keeps only when they are asked for by name, errors included.
const BY_NAME_ONLY: &[&str] = &[
    "CLIENT_INFO",
    "IDENTITY_PROVIDER_RESPONSE",
    "IDENTITY_PROVIDER_RETRIEVE_TOKEN",
    "INTROSPECT_TOKEN",
    "INVALID_SIGNATURE",
    "PUSHED_AUTHORIZATION_REQUEST",
    "REFRESH_TOKEN",
    "REGISTER_NODE",
    "UNREGISTER_NODE",
    "USER_INFO_REQUEST",
    "USER_SESSION_DELETED",
    "VALIDATE_ACCESS_TOKEN",
];

/// An event that is being described. Nothing of it is known to others until it is recorded.
#[derive(Clone, Debug)]
#[must_use = "an event that is not recorded did not happen"]
pub struct EventDraft(Event);

impl Cx {
    /// An event of this type (`LOGIN`, `CODE_TO_TOKEN`, …), from where this request came.
    pub fn event(&self, kind: &'static str) -> EventDraft {
        EventDraft(Event {
            id: realm::random_key(),
            time: self.now,
            kind: kind.to_owned(),
            client_id: None,
            user: None,
            session: None,
            ip_address: self.arrival.client_address().to_string(),
            error: None,
            details: BTreeMap::new(),
        })
    }
}

impl EventDraft {
    /// The same about something else that happened.
    pub(crate) fn kind(mut self, kind: &'static str) -> Self {
        kind.clone_into(&mut self.0.kind);
        self.0.id = realm::random_key();
        self
    }

    /// At which client.
    pub fn client(mut self, client: &ClientId) -> Self {
        self.0.client_id = Some(client.to_string());
        self
    }

    /// Who.
    pub fn user(mut self, user: &UserId) -> Self {
        self.0.user = Some(user.clone());
        self
    }

    /// In which session.
    pub fn session(mut self, session: &SessionId) -> Self {
        self.0.session = Some(session.clone());
        self
    }

    /// Adds a detail; never a secret.
    pub fn detail(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.0.details.insert(name.into(), value.into());
        self
    }

    /// Adds details.
    pub fn details<'a>(
        mut self,
        details: impl IntoIterator<Item = (&'a String, &'a String)>,
    ) -> Self {
        let details = details.into_iter();
        self.0
            .details
            .extend(details.map(|(name, value)| (name.clone(), value.clone())));
        self
    }

    /// What was added, for a draft that is made anew later.
    pub(crate) fn into_details(self) -> BTreeMap<String, String> {
        self.0.details
    }

    /// What went wrong: `LOGIN` becomes `LOGIN_ERROR`.
    pub fn error(mut self, error: &'static str) -> Self {
        if self.0.error.is_none() {
            self.0.kind += "_ERROR";
        }
        self.0.error = Some(error.to_owned());
        self
    }

    /// Logs the event, and writes its row if the realm keeps events of this type.
    ///
    /// # Errors
    /// The database's.
    pub async fn record(self, cx: &Cx, writer: &mut Writer) -> Result<(), Fault> {
        self.log(cx);
        if self.is_kept(cx) {
            self.store(cx, writer).await?;
        }
        Ok(())
    }

    /// The same, with a transaction of its own if there is something to store.
    ///
    /// # Errors
    /// The database's.
    pub async fn record_alone(self, cx: &Cx) -> Result<(), Fault> {
        self.log(cx);
        if self.is_kept(cx) {
            let mut writer = cx.server.store.write().await?;
            self.store(cx, &mut writer).await?;
            writer.commit().await?;
        }
        Ok(())
    }

    async fn store(&self, cx: &Cx, writer: &mut Writer) -> Result<(), Fault> {
        let seconds = cx.realm.settings.events_expiration.unwrap_or(0);
        let expires_at = (seconds > 0).then(|| cx.now.plus_seconds(seconds));
        Ok(writer
            .events()
            .record(&cx.realm.id, &self.0, expires_at)
            .await?)
    }

    fn is_kept(&self, cx: &Cx) -> bool {
        let settings = &cx.realm.settings;
        settings.events_enabled && is_enabled(&settings.enabled_event_types, &self.0.kind)
    }

    fn log(&self, cx: &Cx) {
        if self.0.error.is_some() {
            tracing::warn!(target: TARGET, "{}", self.line(cx));
        } else if tracing::enabled!(target: TARGET, tracing::Level::DEBUG) {
            tracing::debug!(target: TARGET, "{}", self.line(cx));
        }
    }

    /// The line as Keycloak's logging listener has it; values can't break out of their quotes.
    fn line(&self, cx: &Cx) -> String {
        let event = &self.0;
        let mut line = format!("type={:?}", event.kind);
        let mut add = |name: &str, value: &str| {
            let _ = write!(line, ", {name}={value:?}");
        };
        add("realmId", cx.realm.id.as_str());
        add("realmName", cx.realm.name.as_str());
        add("clientId", event.client_id.as_deref().unwrap_or("null"));
        add("userId", event.user.as_ref().map_or("null", UserId::as_str));
        if let Some(session) = &event.session {
            add("sessionId", session.as_str());
        }
        add("ipAddress", &event.ip_address);
        if let Some(error) = &event.error {
            add("error", error);
        }
        for (name, value) in &event.details {
            add(name, value);
        }
        line
    }
}

fn is_enabled(named: &[String], kind: &str) -> bool {
    if named.is_empty() {
        !BY_NAME_ONLY.contains(&kind.strip_suffix("_ERROR").unwrap_or(kind))
    } else {
        named.iter().any(|named| named == kind)
    }
}

#[cfg(test)]
mod tests {
    use super::is_enabled;

    #[test]
    fn without_names_what_keycloak_keeps_by_default_is_kept() {
        for (named, kind, kept) in [
            (vec![], "LOGIN", true),
            (vec![], "LOGIN_ERROR", true),
            (vec![], "REFRESH_TOKEN", false),
            (vec![], "USER_INFO_REQUEST_ERROR", false),
            (vec!["REFRESH_TOKEN".to_owned()], "REFRESH_TOKEN", true),
            (vec!["REFRESH_TOKEN".to_owned()], "LOGIN", false),
        ] {
            assert_eq!(is_enabled(&named, kind), kept, "{kind}");
        }
    }
}
