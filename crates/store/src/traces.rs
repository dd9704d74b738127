//! The steps of sign-in attempts, for administrators. They are written in the background, many at once, and the oldest go first when
//! there are too many: nobody outside can make the database wait or grow by failing to sign in.

use crate::database::{
    Arg::{Int, Text},
    Connection, body,
};
use crate::store::{Store, WeakStore};
use crate::{Fault, Timestamp};
use realm::RealmId;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;

/// So many wait to be written, at the most.
const WAITING: usize = 4096;
/// So many are kept of each realm.
const KEPT: i64 = 10_000;
/// So long they are kept, milliseconds.
const KEPT_FOR: i64 = 24 * 3_600_000;
/// Attempts of so long share one write.
const GATHER: Duration = Duration::from_millis(200);

/// Takes attempts, and finds them again.
#[derive(Clone)]
pub struct Traces(Arc<Queue>);

struct Queue {
    waiting: Mutex<VecDeque<AttemptRecord>>,
    news: Notify,
}

/// One sign-in attempt.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AttemptRecord {
    /// In which realm.
    pub realm: RealmId,
    /// The code that the person can read out.
    pub code: String,
    /// When.
    pub time: Timestamp,
    /// How it ended.
    pub outcome: String,
    /// At which client, by `client_id`.
    #[serde(default)]
    pub client_id: Option<String>,
    /// Who, as far as it got.
    #[serde(default)]
    pub user: Option<String>,
    /// From where.
    pub ip_address: String,
    /// The ordered steps.
    pub steps: serde_json::Value,
}

impl Traces {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Queue {
            waiting: Mutex::default(),
            news: Notify::new(),
        }))
    }

    /// Takes an attempt. Never waits; the oldest one goes when too many are waiting.
    pub fn keep(&self, attempt: AttemptRecord) {
        let mut waiting = self
            .0
            .waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if waiting.len() >= WAITING {
            waiting.pop_front();
        }
        waiting.push_back(attempt);
        drop(waiting);
        self.0.news.notify_one();
    }

    /// The attempt with this code, in any case of letters.
    ///
    /// # Errors
    /// The database's.
    pub async fn find(
        &self,
        store: &Store,
        realm: &RealmId,
        code: &str,
    ) -> Result<Option<AttemptRecord>, Fault> {
        let code = code.trim().to_uppercase();
        let same = |attempt: &&AttemptRecord| attempt.realm == *realm && attempt.code == code;
        if let Some(found) = self
            .0
            .waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .iter()
            .find(same)
        {
            return Ok(Some(found.clone()));
        }
        store.read().await?.attempts().find(realm, &code).await
    }

    /// Writes what is waiting.
    pub(crate) async fn flush(&self, store: &Store) {
        let batch: Vec<AttemptRecord> = self
            .0
            .waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .iter()
            .cloned()
            .collect();
        if batch.is_empty() {
            return;
        }
        if let Err(error) = write(store, &batch).await {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                attempts = batch.len(),
                "sign-in attempts could not be kept"
            );
        }
        // Only now: who looks meanwhile finds them in memory.
        let mut waiting = self
            .0
            .waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        waiting.retain(|attempt| !batch.contains(attempt));
    }

    pub(crate) fn run(&self, store: WeakStore) {
        let traces = self.clone();
        tokio::spawn(async move {
            loop {
                traces.0.news.notified().await;
                tokio::time::sleep(GATHER).await;
                let Some(store) = Store::from_weak(&store) else {
                    return;
                };
                traces.flush(&store).await;
            }
        });
    }
}

async fn write(store: &Store, batch: &[AttemptRecord]) -> Result<(), Fault> {
    let mut writer = store.write().await?;
    for attempt in batch {
        writer.attempts().add(attempt).await?;
    }
    writer.commit().await
}

pub(crate) struct Rows<'a>(pub(crate) Connection<'a>);

impl Rows<'_> {
    async fn add(&mut self, attempt: &AttemptRecord) -> Result<(), Fault> {
        let sql = "INSERT INTO attempt (realm_id, code, happened_at, body) SELECT $1, $2, $3, $4 FROM realm WHERE id = $1 ON CONFLICT DO NOTHING";
        let body = body("attempt", attempt)?;
        self.0
            .execute(
                sql,
                &[
                    Text(attempt.realm.as_str()),
                    Text(&attempt.code),
                    Int(attempt.time.0),
                    Text(&body),
                ],
            )
            .await?;
        Ok(())
    }

    async fn find(&mut self, realm: &RealmId, code: &str) -> Result<Option<AttemptRecord>, Fault> {
        let sql = "SELECT body FROM attempt WHERE realm_id = $1 AND code = $2";
        self.0
            .row(sql, &[Text(realm.as_str()), Text(code)])
            .await?
            .map(|row| row.body(0, "attempt"))
            .transpose()
    }

    pub(crate) async fn remove_old(&mut self, now: Timestamp) -> Result<u64, Fault> {
        let aged = self
            .0
            .execute_many(
                "DELETE FROM attempt WHERE happened_at <= $1",
                &[Int(now.0.saturating_sub(KEPT_FOR))],
            )
            .await?;
        let sql = "DELETE FROM attempt WHERE (SELECT COUNT(*) FROM attempt AS newer WHERE newer.realm_id = attempt.realm_id \
            AND newer.happened_at > attempt.happened_at) >= $1";
        // Counting is only worth it when a realm has too many.
        let crowded = !self
            .0
            .rows(
                "SELECT 1 FROM attempt GROUP BY realm_id HAVING COUNT(*) > $1 LIMIT 1",
                &[Int(KEPT)],
            )
            .await?
            .is_empty();
        Ok(aged
            + if crowded {
                self.0.execute_many(sql, &[Int(KEPT)]).await?
            } else {
                0
            })
    }
}
