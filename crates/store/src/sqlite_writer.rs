//! Group commit: SQLite has one writer, and a durable commit costs a flush of the disk, so writers who meet share one.
//!
//! Writers take turns inside one open transaction, each in its own savepoint. Who is done leaves a note and queues again; the queue is
//! fair, so everybody who was already waiting has their turn first, and then the first to come round commits for all.

use crate::Fault;
use sqlx::SqliteConnection;
use std::sync::Arc;
use tokio::sync::{Mutex, OwnedMutexGuard, oneshot};

/// The one connection that writes.
#[derive(Clone)]
pub(crate) struct SqliteWriter(Arc<Mutex<State>>);

struct State {
    connection: SqliteConnection,
    /// A transaction is open.
    open: bool,
    /// Somebody left their savepoint without saying what should become of it.
    abandoned: bool,
    /// Done, and waiting for the commit.
    done: Vec<oneshot::Sender<bool>>,
}

/// A writer's turn.
pub(crate) struct Turn {
    writer: SqliteWriter,
    /// Taken when the turn ends.
    state: Option<OwnedMutexGuard<State>>,
}

impl SqliteWriter {
    pub(crate) fn new(connection: SqliteConnection) -> Self {
        Self(Arc::new(Mutex::new(State {
            connection,
            open: false,
            abandoned: false,
            done: Vec::new(),
        })))
    }

    /// Waits for a turn.
    pub(crate) async fn turn(&self) -> Result<Turn, Fault> {
        let writer = self.clone();
        unstoppable(async move {
            let mut state = writer.0.clone().lock_owned().await;
            state.clear().await?;
            if !state.open {
                run(&mut state.connection, "BEGIN IMMEDIATE").await?;
                state.open = true;
            }
            run(&mut state.connection, "SAVEPOINT turn").await?;
            state.abandoned = true;
            Ok(Turn {
                writer,
                state: Some(state),
            })
        })
        .await
    }

    /// Commits for whoever is between their turn and their commit, and tidies the file.
    pub(crate) async fn close(&self) {
        let mut state = self.0.lock().await;
        if state.clear().await.is_ok() && !state.done.is_empty() {
            let _ = state.commit().await;
        }
        let _ = run(&mut state.connection, "PRAGMA wal_checkpoint(TRUNCATE)").await;
    }
}

impl Turn {
    /// The connection, as long as the turn lasts.
    pub(crate) fn connection(&mut self) -> Option<&mut SqliteConnection> {
        self.state.as_mut().map(|state| &mut state.connection)
    }

    /// Keeps what was written; returns when it is on the disk.
    pub(crate) async fn commit(mut self) -> Result<(), Fault> {
        let Some(mut state) = self.state.take() else {
            return Err(Fault::NotCommitted);
        };
        let writer = self.writer.clone();
        unstoppable(async move {
            run(&mut state.connection, "RELEASE turn").await?;
            state.abandoned = false;
            let (told, mut news) = oneshot::channel();
            state.done.push(told);
            drop(state);
            let mut state = writer.0.lock_owned().await;
            match news.try_recv() {
                Ok(true) => Ok(()),
                Ok(false) => Err(Fault::NotCommitted),
                Err(_) => {
                    state.clear().await?;
                    state.commit().await
                }
            }
        })
        .await
    }
}

impl Drop for Turn {
    /// Takes back what was written, before anybody else has a turn.
    fn drop(&mut self) {
        let Some(mut state) = self.state.take() else {
            return;
        };
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move {
                // Who is done commits by themselves; with nobody done the transaction is empty, and must not stay open.
                if state.clear().await.is_ok() && state.done.is_empty() && state.open {
                    state.open = run(&mut state.connection, "ROLLBACK").await.is_err();
                }
            });
        }
    }
}

/// Runs to its end even when its caller is cancelled: what the connection is in the middle of is always known.
async fn unstoppable<T: Send + 'static>(
    work: impl Future<Output = Result<T, Fault>> + Send + 'static,
) -> Result<T, Fault> {
    tokio::spawn(work).await.unwrap_or(Err(Fault::NotCommitted))
}

impl State {
    /// Takes back what somebody wrote who left without a word, and nothing else.
    async fn clear(&mut self) -> Result<(), Fault> {
        if self.abandoned {
            run(&mut self.connection, "ROLLBACK TO turn").await?;
            run(&mut self.connection, "RELEASE turn").await?;
            self.abandoned = false;
        }
        Ok(())
    }

    async fn commit(&mut self) -> Result<(), Fault> {
        let outcome = run(&mut self.connection, "COMMIT").await;
        if outcome.is_err() {
            let _ = run(&mut self.connection, "ROLLBACK").await;
        }
        self.open = false;
        for waiting in self.done.drain(..) {
            let _ = waiting.send(outcome.is_ok());
        }
        outcome
    }
}

async fn run(connection: &mut SqliteConnection, sql: &'static str) -> Result<(), Fault> {
    sqlx::query(sql).execute(connection).await?;
    Ok(())
}
