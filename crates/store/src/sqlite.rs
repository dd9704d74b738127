//! SQLite, called directly: a statement by a key takes a few microseconds, less than it takes to wake another thread for it. What may take
//! longer says so ([`at_length`]), and what waits for the disk, a commit, runs on a thread of its own (`sqlite_writer.rs`).

use crate::database::Arg;
use rusqlite::types::{Type, Value, ValueRef};
use rusqlite::{CachedStatement, Connection, Error, OpenFlags, OptionalExtension as _};
use sqlx::migrate::{MigrateError, Migrator};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// So long one waits for another process that has the file locked.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);
/// So many read at the same time, at the most.
const READERS: usize = 8;
/// Each connection keeps so many statements ready.
const STATEMENTS: usize = 64;

/// When a commit is on the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Synchronous {
    /// When it returns.
    Full,
    /// Some time later: for what goes away anyway.
    Off,
}

/// A row, read whole.
pub(crate) struct SqliteRow(Vec<Value>);

/// Connections that read, opened when they are needed.
#[derive(Clone)]
pub(crate) struct SqliteReaders(Arc<Readers>);

struct Readers {
    path: PathBuf,
    idle: Mutex<Vec<Connection>>,
    free: Arc<Semaphore>,
}

/// One of them, until it is dropped.
pub(crate) struct SqliteReader {
    /// Taken when it goes back.
    connection: Option<Connection>,
    readers: SqliteReaders,
    _one: Option<OwnedSemaphorePermit>,
}

impl SqliteRow {
    fn get(&self, at: usize) -> &Value {
        self.0.get(at).unwrap_or(&Value::Null)
    }

    fn wrong(&self, at: usize) -> Error {
        let found = self.0.get(at).map_or(Type::Null, Value::data_type);
        Error::InvalidColumnType(at, at.to_string(), found)
    }

    pub(crate) fn is_null(&self, at: usize) -> bool {
        matches!(self.get(at), Value::Null)
    }

    pub(crate) fn text(&self, at: usize) -> Result<&str, Error> {
        match self.get(at) {
            Value::Text(text) => Ok(text),
            _ => Err(self.wrong(at)),
        }
    }

    pub(crate) fn int(&self, at: usize) -> Result<i64, Error> {
        match self.get(at) {
            Value::Integer(number) => Ok(*number),
            _ => Err(self.wrong(at)),
        }
    }

    pub(crate) fn bytes(&self, at: usize) -> Result<&[u8], Error> {
        match self.get(at) {
            Value::Blob(bytes) => Ok(bytes),
            _ => Err(self.wrong(at)),
        }
    }
}

impl SqliteReaders {
    pub(crate) fn new(path: &Path) -> Self {
        Self(Arc::new(Readers {
            path: path.to_owned(),
            idle: Mutex::default(),
            free: Arc::new(Semaphore::new(READERS)),
        }))
    }

    /// A connection that nobody else uses meanwhile.
    pub(crate) async fn acquire(&self) -> Result<SqliteReader, Error> {
        // It is never closed, so everybody gets their turn.
        let one = self.0.free.clone().acquire_owned().await.ok();
        let idle = self.idle().pop();
        let connection = match idle {
            Some(connection) => connection,
            None => open_to_read(&self.0.path)?,
        };
        Ok(SqliteReader {
            connection: Some(connection),
            readers: self.clone(),
            _one: one,
        })
    }

    /// Lets the file go, as far as nobody reads at this moment.
    pub(crate) fn close(&self) {
        self.idle().clear();
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Connection>> {
        self.0.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl SqliteReader {
    pub(crate) fn connection(&mut self) -> Option<&mut Connection> {
        self.connection.as_mut()
    }
}

impl Drop for SqliteReader {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take() {
            self.readers.idle().push(connection);
        }
    }
}

/// The connection that writes, in a file that is there.
pub(crate) fn open_to_write(path: &Path, synchronous: Synchronous) -> Result<Connection, Error> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = opened(Connection::open_with_flags(path, flags)?, 4096)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    // What is needed to take a turn back would go to a file otherwise.
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    connection.pragma_update(None, "wal_autocheckpoint", 4000)?;
    let synchronous = match synchronous {
        Synchronous::Full => "FULL",
        Synchronous::Off => "OFF",
    };
    connection.pragma_update(None, "synchronous", synchronous)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    Ok(connection)
}

fn open_to_read(path: &Path) -> Result<Connection, Error> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    opened(Connection::open_with_flags(path, flags)?, 512)
}

/// With a cache of at most so many KiB.
fn opened(connection: Connection, cache: i32) -> Result<Connection, Error> {
    connection.busy_timeout(PATIENCE)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    connection.pragma_update(None, "cache_size", -cache)?;
    Ok(connection)
}

/// Brings the tables up to date, each step in a transaction of its own, and notes it as `sqlx` does on PostgreSQL.
pub(crate) fn migrate(
    connection: &mut Connection,
    migrator: &Migrator,
) -> Result<(), MigrateError> {
    apply(connection, migrator).map_err(|error| match error {
        Step::Refused(error) => error,
        Step::Failed(error) => MigrateError::Source(Box::new(error)),
    })
}

enum Step {
    Refused(MigrateError),
    Failed(Error),
}

impl From<Error> for Step {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

fn apply(connection: &mut Connection, migrator: &Migrator) -> Result<(), Step> {
    connection.execute_batch(
        "CREATE TABLE IF NOT EXISTS _sqlx_migrations (version BIGINT PRIMARY KEY, description TEXT NOT NULL, \
         installed_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP, success BOOLEAN NOT NULL, checksum BLOB NOT NULL, execution_time BIGINT NOT NULL)",
    )?;
    let sql = "SELECT version FROM _sqlx_migrations ORDER BY version";
    let known: Vec<i64> = connection
        .prepare(sql)?
        .query_map([], |row| row.get(0))?
        .collect::<Result<_, Error>>()?;
    let missing = known.iter().find(|known| !migrator.version_exists(**known));
    if let Some(version) = missing {
        return Err(Step::Refused(MigrateError::VersionMissing(*version)));
    }
    for migration in migrator.iter() {
        // Another process may be at the same: who has the transaction looks.
        let transaction =
            rusqlite::Transaction::new(connection, rusqlite::TransactionBehavior::Immediate)?;
        let sql = "SELECT checksum FROM _sqlx_migrations WHERE version = ?1";
        let checksum: Option<Vec<u8>> = transaction
            .query_row(sql, [migration.version], |row| row.get(0))
            .optional()?;
        match checksum {
            Some(checksum) if *checksum == *migration.checksum => continue,
            Some(_) => {
                return Err(Step::Refused(MigrateError::VersionMismatch(
                    migration.version,
                )));
            }
            None => {}
        }
        transaction.execute_batch(migration.sql.as_str())?;
        let sql = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) VALUES (?1, ?2, TRUE, ?3, 0)";
        transaction.execute(
            sql,
            (
                migration.version,
                &*migration.description,
                &*migration.checksum,
            ),
        )?;
        transaction.commit()?;
    }
    Ok(())
}

/// Runs what may take its time; the tasks that wait for this thread go on elsewhere meanwhile.
pub(crate) fn at_length<T>(work: impl FnOnce() -> T) -> T {
    match Handle::try_current().map(|runtime| runtime.runtime_flavor()) {
        Ok(RuntimeFlavor::MultiThread) => tokio::task::block_in_place(work),
        _ => work(),
    }
}

/// Runs a statement; gives how many rows it touched.
pub(crate) fn execute(
    connection: &Connection,
    sql: &'static str,
    args: &[Arg<'_>],
) -> Result<u64, Error> {
    Ok(bound(connection, sql, args)?.raw_execute()? as u64)
}

/// The rows of a statement.
pub(crate) fn rows(
    connection: &Connection,
    sql: &'static str,
    args: &[Arg<'_>],
) -> Result<Vec<SqliteRow>, Error> {
    let mut statement = bound(connection, sql, args)?;
    let columns = statement.column_count();
    let mut rows = statement.raw_query();
    let mut read = Vec::new();
    while let Some(row) = rows.next()? {
        let values = (0..columns).map(|at| owned(row.get_ref(at)?));
        read.push(SqliteRow(values.collect::<Result<_, Error>>()?));
    }
    Ok(read)
}

/// The first row of a statement, which runs to its end.
pub(crate) fn row(
    connection: &Connection,
    sql: &'static str,
    args: &[Arg<'_>],
) -> Result<Option<SqliteRow>, Error> {
    let mut rows = rows(connection, sql, args)?;
    rows.truncate(1);
    Ok(rows.pop())
}

fn owned(value: ValueRef<'_>) -> Result<Value, Error> {
    Ok(match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => Value::Integer(number),
        ValueRef::Real(number) => Value::Real(number),
        ValueRef::Text(_) => Value::Text(value.as_str()?.to_owned()),
        ValueRef::Blob(bytes) => Value::Blob(bytes.to_vec()),
    })
}

/// A statement with its parameters. `$3` is the third of them wherever it stands; SQLite would count them as they come.
fn bound<'c>(
    connection: &'c Connection,
    sql: &'static str,
    args: &[Arg<'_>],
) -> Result<CachedStatement<'c>, Error> {
    let mut statement = connection.prepare_cached(sql)?;
    for at in 1..=statement.parameter_count() {
        let name = statement.parameter_name(at).unwrap_or_default();
        let number = name.strip_prefix('$').and_then(|name| name.parse().ok());
        let arg = number.and_then(|number: usize| args.get(number.checked_sub(1)?));
        let Some(arg) = arg else {
            return Err(Error::InvalidParameterName(name.to_owned()));
        };
        match *arg {
            Arg::Text(text) => statement.raw_bind_parameter(at, text)?,
            Arg::MaybeText(text) => statement.raw_bind_parameter(at, text)?,
            Arg::Int(number) => statement.raw_bind_parameter(at, number)?,
            Arg::MaybeInt(number) => statement.raw_bind_parameter(at, number)?,
            Arg::Bytes(bytes) => statement.raw_bind_parameter(at, bytes)?,
        }
    }
    Ok(statement)
}

#[cfg(test)]
mod tests {
    use super::*;
    use sqlx::SqlStr;
    use sqlx::migrate::{Migration, MigrationType};

    fn migrator(texts: &[(i64, &'static str)]) -> Migrator {
        let migrations = texts.iter().map(|&(number, text)| {
            let kind = MigrationType::Simple;
            Migration::new(
                number,
                "test".into(),
                kind,
                SqlStr::from_static(text),
                false,
            )
        });
        Migrator::with_migrations(migrations.collect())
    }

    #[test]
    fn migrations_are_applied_once_and_never_change() {
        let mut connection = Connection::open_in_memory().unwrap();
        let first = (1, "CREATE TABLE a (x TEXT)");
        let third = (3, "CREATE TABLE c (x TEXT); INSERT INTO a VALUES ('c')");
        migrate(&mut connection, &migrator(&[first, third])).unwrap();
        // One with a smaller number that comes later is applied as well.
        let second = (2, "INSERT INTO a VALUES ('b')");
        for _ in 0..2 {
            migrate(&mut connection, &migrator(&[first, second, third])).unwrap();
        }
        let rows = rows(&connection, "SELECT x FROM a ORDER BY x", &[]).unwrap();
        let found: Vec<&str> = rows.iter().map(|row| row.text(0).unwrap()).collect();
        assert_eq!(found, ["b", "c"]);

        let changed = (2, "INSERT INTO a VALUES ('d')");
        let refused = migrate(&mut connection, &migrator(&[first, changed, third]));
        assert!(
            matches!(refused, Err(MigrateError::VersionMismatch(2))),
            "{refused:?}"
        );
        let refused = migrate(&mut connection, &migrator(&[first, second]));
        assert!(
            matches!(refused, Err(MigrateError::VersionMissing(3))),
            "{refused:?}"
        );
        let broken = (4, "CREATE TABLE d (x TEXT); CREATE TABLE a (x TEXT)");
        let refused = migrate(&mut connection, &migrator(&[first, second, third, broken]));
        assert!(
            matches!(refused, Err(MigrateError::Source(_))),
            "{refused:?}"
        );
        assert!(super::rows(&connection, "SELECT x FROM d", &[]).is_err());
    }

    #[test]
    fn parameters_are_numbered_and_rows_keep_their_types() {
        let connection = Connection::open_in_memory().unwrap();
        let sql = "SELECT $3, $1, $2, $1, $4, $5";
        let args = [
            Arg::Text("a"),
            Arg::Int(7),
            Arg::Bytes(&[0, 255]),
            Arg::MaybeText(None),
            Arg::MaybeInt(Some(-1)),
        ];
        let found = row(&connection, sql, &args).unwrap().unwrap();
        assert_eq!(found.bytes(0).unwrap(), [0, 255]);
        assert_eq!((found.text(1).unwrap(), found.text(3).unwrap()), ("a", "a"));
        assert_eq!((found.int(2).unwrap(), found.int(5).unwrap()), (7, -1));
        assert!(found.is_null(4) && !found.is_null(5));
        assert!(found.int(1).is_err() && found.text(4).is_err() && found.int(9).is_err());
        assert!(execute(&connection, sql, &args[..4]).is_err());
    }
}
