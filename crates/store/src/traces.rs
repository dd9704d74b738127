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
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;

/// So many wait to be written, at the most.
const WAITING: usize = 4096;
/// So many are written at once.
const PIECE: usize = 128;
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
    waiting: Mutex<Waiting>,
    news: Notify,
    /// Held while the waiting are written.
    writing: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct Waiting {
    /// The oldest first.
    attempts: VecDeque<Arc<AttemptRecord>>,
    /// How many went from the front so far.
    gone: usize,
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
            writing: tokio::sync::Mutex::new(()),
        }))
    }

    /// Takes an attempt. Never waits; the oldest one goes when too many are waiting.
    pub fn keep(&self, attempt: AttemptRecord) {
        let mut waiting = self.waiting();
        if waiting.attempts.len() >= WAITING {
            waiting.leave(1);
        }
        waiting.attempts.push_back(Arc::new(attempt));
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
        let same = |attempt: &&Arc<AttemptRecord>| attempt.realm == *realm && attempt.code == code;
        let found = self.waiting().attempts.iter().find(same).cloned();
        if let Some(found) = found {
            return Ok(Some(AttemptRecord::clone(&found)));
        }
        store.read().await?.attempts().find(realm, &code).await
    }

    /// Writes what is waiting, in pieces: who signs in meanwhile waits for one of them at the most.
    /// One after the other: nobody writes again what was written, and swept, in the meantime.
    pub(crate) async fn flush(&self, store: &Store) {
        let _writing = self.0.writing.lock().await;
        let (batch, before) = {
            let waiting = self.waiting();
            let batch: Vec<_> = waiting.attempts.iter().cloned().collect();
            (batch, waiting.gone)
        };
        for piece in batch.chunks(PIECE) {
            if let Err(error) = write(store, piece).await {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    attempts = piece.len(),
                    "sign-in attempts could not be kept"
                );
            }
        }
        // Only now: who looks meanwhile finds them in memory. Some may have had to go already.
        let mut waiting = self.waiting();
        let left = (before + batch.len()).saturating_sub(waiting.gone);
        waiting.leave(left);
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.0
            .waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
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

impl Waiting {
    /// The first so many go.
    fn leave(&mut self, many: usize) {
        let many = many.min(self.attempts.len());
        self.attempts.drain(..many);
        self.gone += many;
    }
}

async fn write(store: &Store, batch: &[Arc<AttemptRecord>]) -> Result<(), Fault> {
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

    /// Removes those that are too old, and the oldest of realms that have too many: a thousand of each realm at the most.
    pub(crate) async fn remove_old(&mut self, now: Timestamp) -> Result<u64, Fault> {
        let sql = "DELETE FROM attempt WHERE (realm_id, code) IN (SELECT realm_id, code FROM attempt WHERE happened_at <= $1 LIMIT 1000)";
        let before = now.0.saturating_sub(KEPT_FOR);
        let mut gone = self.0.execute_many(sql, &[Int(before)]).await?;
        let sql = "SELECT realm_id FROM attempt GROUP BY realm_id HAVING COUNT(*) > $1";
        for realm in self.0.rows(sql, &[Int(KEPT)]).await? {
            let realm = realm.text(0)?;
            let sql = "DELETE FROM attempt WHERE (realm_id, code) IN (SELECT realm_id, code FROM attempt WHERE realm_id = $1 \
                AND happened_at < (SELECT happened_at FROM attempt WHERE realm_id = $1 ORDER BY happened_at DESC LIMIT 1 OFFSET $2) LIMIT 1000)";
            let args = [Text(&realm), Int(KEPT - 1)];
            gone += self.0.execute_many(sql, &args).await?;
        }
        Ok(gone)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Create, Settings};
    use realm::{Realm, RealmName, fresh};

    #[tokio::test]
    async fn the_newest_of_a_realm_stay_and_none_is_lost_on_its_way() {
        let store = Store::open(&Settings::Temporary).await.unwrap();
        let name = RealmName::new("demo");
        let documents = fresh::realm(&name).unwrap().documents;
        let realm = Realm::build(1, &documents).unwrap().id;
        let mut writer = store.write().await.unwrap();
        let created = writer.realms().create(&realm, &name, &documents).await;
        assert_eq!(created.unwrap(), Create::Created);
        writer.commit().await.unwrap();

        let many = KEPT + 1500;
        for at in 0..many {
            store.traces().keep(AttemptRecord {
                realm: realm.clone(),
                code: format!("C{at}"),
                time: Timestamp(at),
                outcome: "signed in".to_owned(),
                client_id: None,
                user: None,
                ip_address: "192.0.2.1".to_owned(),
                steps: serde_json::Value::Null,
            });
            if at % 4000 == 0 {
                store.traces().flush(&store).await;
            }
        }
        store.traces().flush(&store).await;
        assert!(store.traces().waiting().attempts.is_empty());
        assert_eq!(store.sweep(Timestamp(many)).await.unwrap(), 1500);
        for (at, is_there) in [(0, false), (1499, false), (1500, true), (many - 1, true)] {
            let found = store.traces().find(&store, &realm, &format!("c{at}")).await;
            assert_eq!(found.unwrap().is_some(), is_there, "{at}");
        }
        assert_eq!(store.sweep(Timestamp(many)).await.unwrap(), 0);
        assert_eq!(
            store.sweep(Timestamp(many + KEPT_FOR)).await.unwrap(),
            KEPT as u64
        );
    }
}
