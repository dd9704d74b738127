//! Login events, for realms that keep them.

use crate::database::{
    Arg::{Int, MaybeInt, MaybeText, Text},
    Connection, body,
};
use crate::{Fault, Timestamp};
use realm::{RealmId, SessionId, UserId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Reads events.
pub struct Read<'a>(pub(crate) Connection<'a>);

/// Records events.
pub struct Write<'a>(pub(crate) Connection<'a>);

/// Something that happened at a sign-in or with a token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Event {
    /// The key.
    pub id: String,
    /// When.
    pub time: Timestamp,
    /// What, such as `LOGIN` or `LOGIN_ERROR`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Which client, by `client_id`.
    #[serde(default)]
    pub client_id: Option<String>,
    /// Who.
    #[serde(default, rename = "userId")]
    pub user: Option<UserId>,
    /// In which session.
    #[serde(default, rename = "sessionId")]
    pub session: Option<SessionId>,
    /// From where.
    pub ip_address: String,
    /// What went wrong.
    #[serde(default)]
    pub error: Option<String>,
    /// More; never a secret.
    #[serde(default)]
    pub details: BTreeMap<String, String>,
}

/// Which events to list. What is not set does not narrow.
#[derive(Clone, Debug, Default)]
pub struct EventFilter {
    /// One type.
    pub kind: Option<String>,
    /// One client, by `client_id`.
    pub client_id: Option<String>,
    /// One person.
    pub user: Option<UserId>,
    /// From this instant on.
    pub from: Option<Timestamp>,
    /// Up to this instant.
    pub to: Option<Timestamp>,
    /// How many to pass over.
    pub first: u32,
    /// How many to give.
    pub max: u32,
}

impl Read<'_> {
    /// Events, the newest first.
    ///
    /// # Errors
    /// The database's.
    pub async fn list(
        &mut self,
        realm: &RealmId,
        filter: &EventFilter,
    ) -> Result<Vec<Event>, Fault> {
        let sql = "SELECT body FROM event WHERE realm_id = $1 AND (CAST($2 AS TEXT) IS NULL OR kind = $2) \
            AND (CAST($3 AS TEXT) IS NULL OR client_id = $3) AND (CAST($4 AS TEXT) IS NULL OR person_id = $4) \
            AND happened_at >= $5 AND happened_at <= $6 ORDER BY happened_at DESC, id DESC LIMIT $7 OFFSET $8";
        let args = [
            Text(realm.as_str()),
            MaybeText(filter.kind.as_deref()),
            MaybeText(filter.client_id.as_deref()),
            MaybeText(filter.user.as_ref().map(UserId::as_str)),
            Int(filter.from.map_or(i64::MIN, |from| from.0)),
            Int(filter.to.map_or(i64::MAX, |to| to.0)),
            Int(filter.max.into()),
            Int(filter.first.into()),
        ];
        self.0
            .rows(sql, &args)
            .await?
            .iter()
            .map(|row| row.body(0, "event"))
            .collect()
    }
}

impl Write<'_> {
    /// Records an event, for ever or until `expires_at`.
    ///
    /// # Errors
    /// The database's.
    pub async fn record(
        &mut self,
        realm: &RealmId,
        event: &Event,
        expires_at: Option<Timestamp>,
    ) -> Result<(), Fault> {
        let sql = "INSERT INTO event (realm_id, id, happened_at, expires_at, kind, client_id, person_id, body) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
        let body = body("event", event)?;
        let args = [
            Text(realm.as_str()),
            Text(&event.id),
            Int(event.time.0),
            MaybeInt(expires_at.map(|expires| expires.0)),
            Text(&event.kind),
            MaybeText(event.client_id.as_deref()),
            MaybeText(event.user.as_ref().map(UserId::as_str)),
            Text(&body),
        ];
        self.0.execute(sql, &args).await?;
        Ok(())
    }

    /// Removes events whose time is over: a thousand at the most.
    ///
    /// # Errors
    /// The database's.
    pub async fn remove_expired(&mut self, now: Timestamp) -> Result<u64, Fault> {
        self.0
            .execute_many("DELETE FROM event WHERE (realm_id, id) IN (SELECT realm_id, id FROM event WHERE expires_at <= $1 LIMIT 1000)", &[Int(now.0)])
            .await
    }
}
