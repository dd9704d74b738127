//! One way to run a statement on either database.

use crate::sqlite::{self, SqliteRow};
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::query::Query;
use sqlx::{PgConnection, Postgres, Row as _};

/// What went wrong that no caller caused: the database's own trouble.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// A statement failed.
    #[error("the database failed")]
    Database(#[from] sqlx::Error),
    /// A statement failed.
    #[error("the database failed")]
    Sqlite(#[from] rusqlite::Error),
    /// A row holds what this release can't read.
    #[error("a stored {what} is not readable")]
    Unreadable {
        /// Which kind of row.
        what: &'static str,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// Stored documents make no realm.
    #[error("the realm {realm} can't be built from its documents")]
    Realm {
        /// Which realm.
        realm: String,
        /// Why not.
        source: realm::BuildError,
    },
    /// The group of writes that this one was in was not committed.
    #[error("the group of writes was not committed")]
    NotCommitted,
}

/// A parameter of a statement.
#[derive(Clone, Copy)]
pub(crate) enum Arg<'a> {
    Text(&'a str),
    MaybeText(Option<&'a str>),
    Int(i64),
    MaybeInt(Option<i64>),
    Bytes(&'a [u8]),
}

/// A connection to either database. Statements on SQLite run at once, on the thread that asks.
pub(crate) enum Connection<'a> {
    Sqlite(&'a mut rusqlite::Connection),
    Postgres(&'a mut PgConnection),
    /// A turn that is over: every statement fails.
    Ended,
}

/// A row of either.
pub(crate) enum Row {
    Sqlite(SqliteRow),
    Postgres(PgRow),
}

impl Row {
    pub(crate) fn text(&self, at: usize) -> Result<String, Fault> {
        Ok(match self {
            Self::Sqlite(row) => row.text(at)?.to_owned(),
            Self::Postgres(row) => row.try_get(at)?,
        })
    }

    pub(crate) fn int(&self, at: usize) -> Result<i64, Fault> {
        Ok(match self {
            Self::Sqlite(row) => row.int(at)?,
            Self::Postgres(row) => row.try_get(at)?,
        })
    }

    pub(crate) fn maybe_text(&self, at: usize) -> Result<Option<String>, Fault> {
        Ok(match self {
            Self::Sqlite(row) if row.is_null(at) => None,
            Self::Sqlite(row) => Some(row.text(at)?.to_owned()),
            Self::Postgres(row) => row.try_get(at)?,
        })
    }

    pub(crate) fn maybe_int(&self, at: usize) -> Result<Option<i64>, Fault> {
        Ok(match self {
            Self::Sqlite(row) if row.is_null(at) => None,
            Self::Sqlite(row) => Some(row.int(at)?),
            Self::Postgres(row) => row.try_get(at)?,
        })
    }

    pub(crate) fn bytes(&self, at: usize) -> Result<Vec<u8>, Fault> {
        Ok(match self {
            Self::Sqlite(row) => row.bytes(at)?.to_vec(),
            Self::Postgres(row) => row.try_get(at)?,
        })
    }

    /// A JSON body as its type.
    pub(crate) fn body<T: serde::de::DeserializeOwned>(
        &self,
        at: usize,
        what: &'static str,
    ) -> Result<T, Fault> {
        let text = match self {
            Self::Sqlite(row) => row.text(at)?,
            Self::Postgres(row) => row.try_get(at)?,
        };
        serde_json::from_str(text).map_err(|source| Fault::Unreadable { what, source })
    }
}

pub(crate) fn body(what: &'static str, value: &impl serde::Serialize) -> Result<String, Fault> {
    serde_json::to_string(value).map_err(|source| Fault::Unreadable { what, source })
}

impl Connection<'_> {
    /// Runs a statement that touches few rows; gives how many.
    pub(crate) async fn execute(
        &mut self,
        sql: &'static str,
        args: &[Arg<'_>],
    ) -> Result<u64, Fault> {
        Ok(match self {
            Self::Sqlite(connection) => sqlite::execute(connection, sql, args)?,
            Self::Postgres(connection) => bind_postgres(sqlx::query(sql), args)
                .execute(&mut **connection)
                .await?
                .rows_affected(),
            Self::Ended => return Err(Fault::NotCommitted),
        })
    }

    /// The same for a statement that may touch any number of rows: on SQLite this thread's other work goes on elsewhere meanwhile.
    pub(crate) async fn execute_many(
        &mut self,
        sql: &'static str,
        args: &[Arg<'_>],
    ) -> Result<u64, Fault> {
        match self {
            Self::Sqlite(connection) => Ok(sqlite::at_length(|| {
                sqlite::execute(connection, sql, args)
            })?),
            Self::Postgres(_) | Self::Ended => self.execute(sql, args).await,
        }
    }

    /// Any number of rows: on SQLite this thread's other work goes on elsewhere meanwhile.
    pub(crate) async fn rows(
        &mut self,
        sql: &'static str,
        args: &[Arg<'_>],
    ) -> Result<Vec<Row>, Fault> {
        match self {
            Self::Sqlite(connection) => {
                let rows = sqlite::at_length(|| sqlite::rows(connection, sql, args))?;
                Ok(rows.into_iter().map(Row::Sqlite).collect())
            }
            Self::Postgres(_) | Self::Ended => self.few_rows(sql, args).await,
        }
    }

    /// Rows that are few and found by a key.
    pub(crate) async fn few_rows(
        &mut self,
        sql: &'static str,
        args: &[Arg<'_>],
    ) -> Result<Vec<Row>, Fault> {
        Ok(match self {
            Self::Sqlite(connection) => sqlite::rows(connection, sql, args)?
                .into_iter()
                .map(Row::Sqlite)
                .collect(),
            Self::Postgres(connection) => bind_postgres(sqlx::query(sql), args)
                .fetch_all(&mut **connection)
                .await?
                .into_iter()
                .map(Row::Postgres)
                .collect(),
            Self::Ended => return Err(Fault::NotCommitted),
        })
    }

    /// One row, found by a key.
    pub(crate) async fn row(
        &mut self,
        sql: &'static str,
        args: &[Arg<'_>],
    ) -> Result<Option<Row>, Fault> {
        Ok(match self {
            Self::Sqlite(connection) => sqlite::row(connection, sql, args)?.map(Row::Sqlite),
            Self::Postgres(connection) => bind_postgres(sqlx::query(sql), args)
                .fetch_optional(&mut **connection)
                .await?
                .map(Row::Postgres),
            Self::Ended => return Err(Fault::NotCommitted),
        })
    }
}

fn bind_postgres<'q>(
    mut query: Query<'q, Postgres, PgArguments>,
    args: &[Arg<'_>],
) -> Query<'q, Postgres, PgArguments> {
    for arg in args {
        query = match *arg {
            Arg::Text(text) => query.bind(text.to_owned()),
            Arg::MaybeText(text) => query.bind(text.map(str::to_owned)),
            Arg::Int(number) => query.bind(number),
            Arg::MaybeInt(number) => query.bind(number),
            Arg::Bytes(bytes) => query.bind(bytes.to_vec()),
        };
    }
    query
}
