//! Group commit: SQLite has one writer, and a durable commit costs a flush of the disk, so writers who meet share one.
//!
//! Writers take turns inside one open transaction, each in its own savepoint. The first who is done asks for the commit, which queues as
//! everybody does; the queue is fair, so all who were already waiting have their turn first. Statements run on the thread of their writer,
//! the commit on one that may wait for the disk.

use crate::Fault;
use crate::sqlite::PATIENCE;
use rusqlite::{Connection, ErrorCode};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Mutex, OwnedMutexGuard, oneshot};
use tokio::task::spawn_blocking;

/// The one connection that writes.
#[derive(Clone)]
pub(crate) struct SqliteWriter(Arc<Mutex<State>>);

struct State {
    connection: Connection,
    /// Done, and waiting for the commit. As long as there are any, it is on its way.
    done: Vec<oneshot::Sender<Result<(), Fault>>>,
}

/// A writer's turn: nobody else writes until it is dropped.
pub(crate) struct Turn {
    writer: SqliteWriter,
    /// Taken when the turn ends.
    state: Option<OwnedMutexGuard<State>>,
}

impl SqliteWriter {
    pub(crate) fn new(connection: Connection) -> Self {
        Self(Arc::new(Mutex::new(State {
            connection,
            done: Vec::new(),
        })))
    }

    /// Waits for a turn.
    pub(crate) async fn turn(&self) -> Result<Turn, Fault> {
        let mut turn = Turn {
            writer: self.clone(),
            state: Some(self.0.clone().lock_owned().await),
        };
        match turn.begin(Duration::ZERO) {
            Err(Fault::Sqlite(error))
                if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) =>
            {
                // Another process writes. If nobody waits for this any more, the turn is dropped where it is.
                let waiting = spawn_blocking(move || turn.begin(PATIENCE).map(|()| turn));
                waiting.await.unwrap_or(Err(Fault::NotCommitted))
            }
            began => began.map(|()| turn),
        }
    }

    /// Commits for whoever waits for it, and tidies the file.
    pub(crate) async fn close(&self) {
        let mut state = self.0.clone().lock_owned().await;
        let closing = spawn_blocking(move || {
            state.commit();
            // Gives a row, which tells nothing that matters here.
            let sql = "PRAGMA wal_checkpoint(TRUNCATE)";
            let _ = state.connection.query_row(sql, [], |_| Ok(()));
        });
        let _ = closing.await;
    }
}

impl Turn {
    /// Begins; waits so long for other processes.
    fn begin(&mut self, patience: Duration) -> Result<(), Fault> {
        match &mut self.state {
            Some(state) => Ok(state.begin(patience)?),
            None => Err(Fault::NotCommitted),
        }
    }

    /// The connection, as long as the turn and its transaction last.
    pub(crate) fn connection(&mut self) -> Option<&mut Connection> {
        let state = self.state.as_mut()?;
        // On some errors, as of a full disk, SQLite itself takes everything back: nothing may be written after that.
        state.is_open().then_some(&mut state.connection)
    }

    /// Keeps what was written; returns when it is on the disk.
    pub(crate) async fn commit(mut self) -> Result<(), Fault> {
        let Some(state) = &mut self.state else {
            return Err(Fault::NotCommitted);
        };
        // If that fails, dropping takes back what is left.
        state.release()?;
        let (told, news) = oneshot::channel();
        state.done.push(told);
        if state.done.len() == 1 {
            let writer = self.writer.clone();
            spawn_blocking(move || writer.0.blocking_lock_owned().commit());
        }
        self.state = None;
        news.await.unwrap_or(Err(Fault::NotCommitted))
    }
}

impl Drop for Turn {
    /// Takes back what was written, before anybody else has a turn.
    fn drop(&mut self) {
        if let Some(state) = &mut self.state {
            state.take_back();
        }
    }
}

impl State {
    /// Whether a transaction is open.
    fn is_open(&self) -> bool {
        !self.connection.is_autocommit()
    }

    fn begin(&mut self, patience: Duration) -> Result<(), rusqlite::Error> {
        if !self.is_open() {
            self.tell(Err(Fault::NotCommitted));
            self.connection.busy_timeout(patience)?;
            self.run("BEGIN IMMEDIATE")?;
        }
        self.run("SAVEPOINT turn")
    }

    /// The turn's writes belong to the transaction from now on.
    fn release(&mut self) -> Result<(), Fault> {
        if !self.is_open() {
            return Err(Fault::NotCommitted);
        }
        Ok(self.run("RELEASE turn")?)
    }

    /// Takes back the writes of a turn, and nothing else. A transaction in which nobody is done must not stay open.
    fn take_back(&mut self) {
        if self.done.is_empty() {
            self.roll_back();
        } else if self.is_open() {
            let undone = self.run("ROLLBACK TO turn");
            if undone.and_then(|()| self.run("RELEASE turn")).is_err() {
                self.roll_back();
            }
        }
        if !self.is_open() {
            self.tell(Err(Fault::NotCommitted));
        }
    }

    fn roll_back(&mut self) {
        if self.is_open() {
            let _ = self.run("ROLLBACK");
        }
    }

    /// Commits for all who are done, and tells them.
    fn commit(&mut self) {
        if self.done.is_empty() {
            return;
        }
        let outcome = match self.is_open() {
            true => self.run("COMMIT").map_err(Fault::from),
            false => Err(Fault::NotCommitted),
        };
        self.roll_back();
        self.tell(outcome);
    }

    /// Tells those who are done: the first of them why it failed, if it did.
    fn tell(&mut self, outcome: Result<(), Fault>) {
        let is_ok = outcome.is_ok();
        let mut first = Some(outcome);
        for waiting in self.done.drain(..) {
            let other = if is_ok {
                Ok(())
            } else {
                Err(Fault::NotCommitted)
            };
            let _ = waiting.send(first.take().unwrap_or(other));
        }
    }

    fn run(&self, sql: &'static str) -> Result<(), rusqlite::Error> {
        self.connection.prepare_cached(sql)?.raw_execute()?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A database that has room for a few pages.
    fn small() -> SqliteWriter {
        let connection = Connection::open_in_memory().unwrap();
        let sql = "CREATE TABLE kept (name TEXT, bytes BLOB); PRAGMA max_page_count = 20";
        connection.execute_batch(sql).unwrap();
        SqliteWriter::new(connection)
    }

    fn put(turn: &mut Turn, name: &str, bytes: i64) -> Result<(), Fault> {
        let connection = turn.connection().ok_or(Fault::NotCommitted)?;
        let sql = "INSERT INTO kept VALUES (?1, zeroblob(?2))";
        connection.execute(sql, (name, bytes))?;
        Ok(())
    }

    async fn names(writer: &SqliteWriter) -> Vec<String> {
        let mut turn = writer.turn().await.unwrap();
        let connection = turn.connection().unwrap();
        let mut names = connection
            .prepare("SELECT name FROM kept ORDER BY name")
            .unwrap();
        let names = names.query_map([], |row| row.get(0)).unwrap();
        names.collect::<Result<_, _>>().unwrap()
    }

    #[tokio::test]
    async fn a_full_disk_ends_one_turn_or_all_of_them_and_never_half_of_one() {
        let writer = small();
        let mut first = writer.turn().await.unwrap();
        put(&mut first, "first", 10).unwrap();
        let queued = tokio::spawn({
            let writer = writer.clone();
            async move {
                let mut large = writer.turn().await.unwrap();
                put(&mut large, "before", 10).unwrap();
                assert!(put(&mut large, "large", 1 << 20).is_err());
                // Whoever goes on all the same writes nothing behind what was taken back.
                let went_on = put(&mut large, "after", 10);
                (went_on, large.commit().await)
            }
        });
        tokio::task::yield_now().await;
        let first = first.commit().await;
        let (went_on, large) = queued.await.unwrap();
        let mut expected = Vec::new();
        if large.is_ok() {
            expected.extend(["after", "before"].map(str::to_owned));
        }
        if first.is_ok() {
            expected.push("first".to_owned());
        }
        assert_eq!(went_on.is_ok(), large.is_ok());
        assert_eq!(names(&writer).await, expected);
        // And the next one finds everything in order.
        let mut next = writer.turn().await.unwrap();
        put(&mut next, "next", 10).unwrap();
        next.commit().await.unwrap();
        expected.push("next".to_owned());
        assert_eq!(names(&writer).await, expected);
    }

    #[tokio::test]
    async fn whose_transaction_was_taken_back_under_them_are_told() {
        let writer = small();
        let mut turn = writer.turn().await.unwrap();
        put(&mut turn, "mine", 10).unwrap();
        // What SQLite does by itself on some errors.
        turn.connection()
            .unwrap()
            .execute_batch("ROLLBACK")
            .unwrap();
        assert!(turn.connection().is_none());
        assert!(matches!(turn.commit().await, Err(Fault::NotCommitted)));
        assert!(names(&writer).await.is_empty());
    }
}
