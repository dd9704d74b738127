use crate::database::Connection;
use crate::snapshots::Snapshots;
use crate::sqlite::{self, SqliteReader, SqliteReaders, Synchronous};
use crate::sqlite_writer::{SqliteWriter, Turn};
use crate::{
    Fault, OpenError, Settings, Timestamp, Traces, codes, consents, device_requests, events,
    login_failures, notices, offline_sessions, pushed_requests, realms, revocation, sessions,
    single_use, users,
};
use realm::{Realm, RealmName};
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{PgPool, Postgres, Transaction};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

/// The database, and the snapshots read from it. Cheap to clone.
#[derive(Clone)]
pub struct Store(Arc<Inner>);

pub(crate) struct Inner {
    database: Database,
    snapshots: Snapshots,
    traces: Traces,
    /// Revocation changed.
    news: tokio::sync::Notify,
    /// Clients are to be told something.
    notices: tokio::sync::Notify,
    /// A temporary database's folder.
    temporary: Option<PathBuf>,
}

enum Database {
    Sqlite {
        readers: SqliteReaders,
        writer: SqliteWriter,
    },
    Postgres(PgPool),
}

/// A look at the database; rows are reached by kind.
pub struct Reader(ReadConnection);

enum ReadConnection {
    Sqlite(SqliteReader),
    Postgres(PoolConnection<Postgres>),
}

/// A transaction. Dropped without [`Writer::commit`], it leaves nothing behind.
pub struct Writer {
    transaction: WriteConnection,
    store: Store,
    changed: Vec<RealmName>,
    revocations_changed: bool,
    notices_added: bool,
}

enum WriteConnection {
    Sqlite(Turn),
    Postgres(Transaction<'static, Postgres>),
}

/// A look at the database from within a transaction, whose own writes it sees.
pub struct Look<'a>(&'a mut Writer);

/// An error that says what should become of the writes before it.
pub trait Settles {
    /// Whether they stay: so for an answer (a counted failure, an ended session), not for a fault.
    fn keeps_writes(&self) -> bool;
}

/// Number, name and text, in order. A released one never changes.
const MIGRATIONS: &[(i64, &str, &str)] = &[
    (1, "first", include_str!("../migrations/0001_first.sql")),
    (
        2,
        "revocation",
        include_str!("../migrations/0002_revocation.sql"),
    ),
    (
        3,
        "login failures",
        include_str!("../migrations/0003_login_failures.sql"),
    ),
    (10, "grants", include_str!("../migrations/0010_grants.sql")),
    (
        11,
        "consent and sign-out",
        include_str!("../migrations/0011_consent_and_sign_out.sql"),
    ),
    (
        13,
        "pushed requests",
        include_str!("../migrations/0013_pushed_requests.sql"),
    ),
];

impl Store {
    /// Opens a database and brings its tables up to date.
    ///
    /// # Errors
    /// [`OpenError`] names the option.
    pub async fn open(settings: &Settings) -> Result<Self, OpenError> {
        let (database, temporary) = match settings {
            Settings::SqliteFile(path) => (open_sqlite(path, Synchronous::Full)?, None),
            Settings::Temporary => {
                let folder = std::env::temp_dir().join(format!("postern-{}", realm::random_key()));
                (
                    open_sqlite(&folder.join("postern.db"), Synchronous::Off)?,
                    Some(folder),
                )
            }
            Settings::Postgres { url, pool_max } => (open_postgres(url, *pool_max).await?, None),
        };
        let is_shared = matches!(database, Database::Postgres(_));
        let store = Self(Arc::new(Inner {
            database,
            snapshots: Snapshots::new(is_shared),
            traces: Traces::new(),
            news: tokio::sync::Notify::new(),
            notices: tokio::sync::Notify::new(),
            temporary,
        }));
        store.0.traces.run(Arc::downgrade(&store.0));
        if let Database::Postgres(pool) = &store.0.database {
            crate::snapshots::listen(pool.clone(), Arc::downgrade(&store.0));
        }
        Ok(store)
    }

    /// A look at the database.
    ///
    /// # Errors
    /// When there is no connection to be had.
    pub async fn read(&self) -> Result<Reader, Fault> {
        Ok(Reader(match &self.0.database {
            Database::Sqlite { readers, .. } => ReadConnection::Sqlite(readers.acquire().await?),
            Database::Postgres(pool) => ReadConnection::Postgres(pool.acquire().await?),
        }))
    }

    /// A transaction. Nothing else may be awaited while it is open: on SQLite everybody who writes waits for it.
    ///
    /// # Errors
    /// When there is no connection to be had.
    pub async fn write(&self) -> Result<Writer, Fault> {
        let transaction = match &self.0.database {
            Database::Sqlite { writer, .. } => WriteConnection::Sqlite(writer.turn().await?),
            Database::Postgres(pool) => WriteConnection::Postgres(pool.begin().await?),
        };
        Ok(Writer {
            transaction,
            store: self.clone(),
            changed: Vec::new(),
            revocations_changed: false,
            notices_added: false,
        })
    }

    /// The realm of this name as it is now: from memory when it was read before.
    ///
    /// # Errors
    /// The database's, and when its documents make no realm.
    pub async fn realm(&self, name: &RealmName) -> Result<Option<Arc<Realm>>, Fault> {
        self.0.snapshots.get(self, name).await
    }

    /// The names of all realms, in order.
    ///
    /// # Errors
    /// The database's.
    pub async fn realm_names(&self) -> Result<Vec<RealmName>, Fault> {
        self.read().await?.realms().names().await
    }

    /// Where the steps of sign-in attempts go.
    pub fn traces(&self) -> &Traces {
        &self.0.traces
    }

    /// Whether the database answers.
    pub async fn is_ready(&self) -> bool {
        match self.read().await {
            Ok(mut reader) => reader
                .connection()
                .row("SELECT COUNT(*) FROM realm", &[])
                .await
                .is_ok(),
            Err(_) => false,
        }
    }

    /// Removes what expired before `now`; gives how many rows went. Others write between one piece and the next.
    ///
    /// # Errors
    /// The database's.
    pub async fn sweep(&self, now: Timestamp) -> Result<u64, Fault> {
        let mut gone = 0;
        for kind in Swept::ALL {
            loop {
                let mut writer = self.write().await?;
                let removed = kind.remove(&mut writer, now).await?;
                writer.commit().await?;
                gone += removed;
                if removed == 0 {
                    break;
                }
            }
        }
        Ok(gone)
    }

    /// Writes what is still in memory and lets the database go.
    pub async fn close(&self) {
        self.0.traces.flush(self).await;
        match &self.0.database {
            Database::Sqlite { readers, writer } => {
                readers.close();
                writer.close().await;
            }
            Database::Postgres(pool) => pool.close().await,
        }
    }

    /// Returns once this node has committed that clients are to be told something. Others' notices are found by looking.
    pub async fn notices_added(&self) {
        self.0.notices.notified().await;
    }

    pub(crate) fn news(&self) -> &tokio::sync::Notify {
        &self.0.news
    }

    pub(crate) fn snapshots(&self) -> &Snapshots {
        &self.0.snapshots
    }

    pub(crate) fn from_weak(weak: &WeakStore) -> Option<Self> {
        weak.upgrade().map(Self)
    }
}

/// A kind of row that expires.
#[derive(Clone, Copy)]
enum Swept {
    Sessions,
    OfflineSessions,
    Codes,
    DeviceRequests,
    SingleUse,
    PushedRequests,
    Events,
    Attempts,
    Revocations,
}

impl Swept {
    const ALL: [Self; 9] = [
        Self::Sessions,
        Self::OfflineSessions,
        Self::Codes,
        Self::DeviceRequests,
        Self::SingleUse,
        Self::PushedRequests,
        Self::Events,
        Self::Attempts,
        Self::Revocations,
    ];

    /// Removes what expired, or a piece of it; gives how many rows went.
    async fn remove(self, writer: &mut Writer, now: Timestamp) -> Result<u64, Fault> {
        match self {
            Self::Sessions => writer.sessions().remove_expired(now).await,
            Self::OfflineSessions => writer.offline_sessions().remove_expired(now).await,
            Self::Codes => writer.codes().remove_expired(now).await,
            Self::DeviceRequests => writer.device_requests().remove_expired(now).await,
            Self::PushedRequests => writer.pushed_requests().remove_expired(now).await,
            Self::SingleUse => writer.single_use().remove_expired(now).await,
            Self::Events => writer.events().remove_expired(now).await,
            Self::Attempts => writer.attempts().remove_old(now).await,
            Self::Revocations => writer.revocations().remove_expired(now).await,
        }
    }
}

/// A handle that does not keep the store open.
pub(crate) type WeakStore = std::sync::Weak<Inner>;

impl Drop for Inner {
    fn drop(&mut self) {
        if let Some(folder) = &self.temporary {
            let _ = std::fs::remove_dir_all(folder);
        }
    }
}

impl Reader {
    pub(crate) fn connection(&mut self) -> Connection<'_> {
        match &mut self.0 {
            ReadConnection::Sqlite(reader) => reader
                .connection()
                .map_or(Connection::Ended, Connection::Sqlite),
            ReadConnection::Postgres(connection) => Connection::Postgres(connection),
        }
    }

    /// Realms and their documents.
    pub fn realms(&mut self) -> realms::Read<'_> {
        realms::Read(self.connection())
    }

    /// People.
    pub fn users(&mut self) -> users::Read<'_> {
        users::Read(self.connection())
    }

    /// Sessions.
    pub fn sessions(&mut self) -> sessions::Read<'_> {
        sessions::Read(self.connection())
    }

    /// What people allowed clients.
    pub fn consents(&mut self) -> consents::Read<'_> {
        consents::Read(self.connection())
    }

    /// What clients are still to be told.
    pub fn notices(&mut self) -> notices::Read<'_> {
        notices::Read(self.connection())
    }

    /// Sessions that outlive signing in.
    pub fn offline_sessions(&mut self) -> offline_sessions::Read<'_> {
        offline_sessions::Read(self.connection())
    }

    /// Requests of devices.
    pub fn device_requests(&mut self) -> device_requests::Read<'_> {
        device_requests::Read(self.connection())
    }

    /// Failures to sign in.
    pub fn login_failures(&mut self) -> login_failures::Read<'_> {
        login_failures::Read(self.connection())
    }

    /// What may happen only once.
    pub fn single_use(&mut self) -> single_use::Read<'_> {
        single_use::Read(self.connection())
    }

    /// Authorization requests that clients sent ahead.
    pub fn pushed_requests(&mut self) -> pushed_requests::Read<'_> {
        pushed_requests::Read(self.connection())
    }

    /// Revocation lists and OCSP answers.
    pub fn revocations(&mut self) -> revocation::Read<'_> {
        revocation::Read(self.connection())
    }

    /// Login events.
    pub fn events(&mut self) -> events::Read<'_> {
        events::Read(self.connection())
    }

    pub(crate) fn attempts(&mut self) -> crate::traces::Rows<'_> {
        crate::traces::Rows(self.connection())
    }
}

impl Look<'_> {
    /// People.
    pub fn users(&mut self) -> users::Read<'_> {
        users::Read(self.0.connection())
    }

    /// Sessions.
    pub fn sessions(&mut self) -> sessions::Read<'_> {
        sessions::Read(self.0.connection())
    }
}

impl Writer {
    /// What is there. On SQLite this costs less than a [`Reader`], which has to read anew what was written since it looked last.
    pub fn look(&mut self) -> Look<'_> {
        Look(self)
    }

    pub(crate) fn connection(&mut self) -> Connection<'_> {
        match &mut self.transaction {
            WriteConnection::Sqlite(turn) => turn
                .connection()
                .map_or(Connection::Ended, Connection::Sqlite),
            WriteConnection::Postgres(transaction) => Connection::Postgres(transaction),
        }
    }

    pub(crate) fn realm_changed(&mut self, name: RealmName) {
        self.changed.push(name);
    }

    pub(crate) fn notices_added(&mut self) {
        self.notices_added = true;
    }

    pub(crate) fn revocations_changed(&mut self) {
        self.revocations_changed = true;
    }

    /// Realms and their documents.
    pub fn realms(&mut self) -> realms::Write<'_> {
        realms::Write(self)
    }

    /// People.
    pub fn users(&mut self) -> users::Write<'_> {
        users::Write(self.connection())
    }

    /// Sessions.
    pub fn sessions(&mut self) -> sessions::Write<'_> {
        sessions::Write(self.connection())
    }

    /// What people allowed clients.
    pub fn consents(&mut self) -> consents::Write<'_> {
        consents::Write(self.connection())
    }

    /// What clients are still to be told.
    pub fn notices(&mut self) -> notices::Write<'_> {
        notices::Write(self)
    }

    /// Sessions that outlive signing in.
    pub fn offline_sessions(&mut self) -> offline_sessions::Write<'_> {
        offline_sessions::Write(self.connection())
    }

    /// Requests of devices.
    pub fn device_requests(&mut self) -> device_requests::Write<'_> {
        device_requests::Write(self.connection())
    }

    /// Authorization codes.
    pub fn codes(&mut self) -> codes::Write<'_> {
        codes::Write(self.connection())
    }

    /// Failures to sign in.
    pub fn login_failures(&mut self) -> login_failures::Write<'_> {
        login_failures::Write(self.connection())
    }

    /// What may happen only once.
    pub fn single_use(&mut self) -> single_use::Write<'_> {
        single_use::Write(self.connection())
    }

    /// Authorization requests that clients sent ahead.
    pub fn pushed_requests(&mut self) -> pushed_requests::Write<'_> {
        pushed_requests::Write(self.connection())
    }

    /// Revocation lists and OCSP answers.
    pub fn revocations(&mut self) -> revocation::Write<'_> {
        revocation::Write(self)
    }

    /// Login events.
    pub fn events(&mut self) -> events::Write<'_> {
        events::Write(self.connection())
    }

    pub(crate) fn attempts(&mut self) -> crate::traces::Rows<'_> {
        crate::traces::Rows(self.connection())
    }

    /// Keeps what was written. When this returns it survives a crash of the machine.
    ///
    /// # Errors
    /// The database's; nothing was kept then.
    pub async fn commit(self) -> Result<(), Fault> {
        match self.transaction {
            WriteConnection::Sqlite(turn) => turn.commit().await?,
            WriteConnection::Postgres(transaction) => transaction.commit().await?,
        }
        for name in &self.changed {
            self.store.snapshots().forget(name);
        }
        if self.revocations_changed {
            self.store.news().notify_one();
        }
        if self.notices_added {
            self.store.0.notices.notify_one();
        }
        Ok(())
    }

    /// Keeps the writes of a success or an answer, and takes back those of a fault.
    ///
    /// # Errors
    /// The outcome's own, or the commit's.
    pub async fn settle<T, E: Settles + From<Fault>>(self, outcome: Result<T, E>) -> Result<T, E> {
        if outcome.as_ref().err().is_none_or(Settles::keeps_writes) {
            self.commit().await?;
        }
        outcome
    }
}

fn open_sqlite(path: &Path, synchronous: Synchronous) -> Result<Database, OpenError> {
    let fail = |source| OpenError::File {
        path: path.to_owned(),
        source,
    };
    if let Some(folder) = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
    {
        std::fs::create_dir_all(folder).map_err(fail)?;
    }
    private_file(path).map_err(fail)?;
    let unusable = |source| OpenError::Sqlite {
        path: path.to_owned(),
        source,
    };
    let mut connection = sqlite::open_to_write(path, synchronous).map_err(unusable)?;
    sqlite::migrate(&mut connection, &migrator()).map_err(OpenError::Migrate)?;
    Ok(Database::Sqlite {
        readers: SqliteReaders::new(path),
        writer: SqliteWriter::new(connection),
    })
}

/// Makes the file readable by its owner alone, since it holds keys.
fn private_file(path: &Path) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}

async fn open_postgres(url: &str, pool_max: u32) -> Result<Database, OpenError> {
    let options = PgConnectOptions::from_str(url).map_err(OpenError::Address)?;
    let pool = PgPoolOptions::new()
        .min_connections(0)
        .max_connections(pool_max)
        .acquire_timeout(Duration::from_secs(10));
    let pool = pool
        .connect_with(options)
        .await
        .map_err(OpenError::Connect)?;
    migrator().run(&pool).await.map_err(OpenError::Migrate)?;
    Ok(Database::Postgres(pool))
}

fn migrator() -> sqlx::migrate::Migrator {
    use sqlx::migrate::{Migration, MigrationType, Migrator};
    let migrations = MIGRATIONS.iter().map(|&(number, name, text)| {
        Migration::new(
            number,
            name.into(),
            MigrationType::Simple,
            sqlx::SqlStr::from_static(text),
            false,
        )
    });
    Migrator::with_migrations(migrations.collect())
}
