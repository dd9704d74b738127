use std::path::PathBuf;

/// Which database, and how to reach it.
#[derive(Clone, Debug)]
pub enum Settings {
    /// SQLite in this file; it and its folder are made when missing.
    SqliteFile(PathBuf),
    /// SQLite in a file of the temporary folder that goes away with the store.
    Temporary,
    /// PostgreSQL.
    Postgres {
        /// `postgres://user:password@host:port/database?…`
        url: String,
        /// Connections at the most.
        pool_max: u32,
    },
}

/// Why a database can't be opened. The option that mends it is named.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The folder or file can't be made.
    #[error("{path}: can't be made or opened (option data-dir)")]
    File {
        /// Which.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// The file can't be opened as a database, or its tables can't be brought up to date.
    #[error("{path}: can't be used as a database (option data-dir)")]
    Sqlite {
        /// Which.
        path: PathBuf,
        /// Why not.
        source: rusqlite::Error,
    },
    /// The address is not one.
    #[error(
        "the address of the database is not readable (options db-url, db-url-host, db-url-port, db-url-database)"
    )]
    Address(#[source] sqlx::Error),
    /// Nobody answers, or not to us.
    #[error("the database does not let us in (options db-url, db-username, db-password)")]
    Connect(#[source] sqlx::Error),
    /// The tables can't be brought up to date.
    #[error("the tables can't be brought up to date")]
    Migrate(#[source] sqlx::migrate::MigrateError),
}
