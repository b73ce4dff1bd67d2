//! Databases: opened, judged, migrated and read here, and written only by the log.
//!
//! Readers and writers have pools of their own, so that no page of a list waits for the log and no
//! reader can write; and so have the answers to governed systems, so that none of them waits for a page.
//! Everything outside `audit` sees the database through a [`Snapshot`].
//!
//! On SQLite the writers of one process take turns in the order they came; between processes the file's
//! lock decides, asked for again and again in short waits. On PostgreSQL the lock of the head's row does.

mod address;
mod file;
mod fresh;
mod pool;
mod rewrite;
mod settings;
mod snapshot;
mod trial;
mod wal;
mod write;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use futures_util::future::join_all;
use migration::{Migrator, MigratorTrait};
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DbBackend, DbErr, RuntimeErr, Statement, TransactionTrait,
};
use tokio::sync::{Notify, RwLock, Semaphore};

use file::Files;
use pool::{Pool, Use};

use domain::Words;
use domain::speaks::{Speaks, foreign, verbatim, words};

pub use address::{Address, AddressError, Unprotected};
pub use file::{FileError, readable_by_all};
pub use rewrite::RewriteError;
pub use settings::{UnsafeSetting, judge_encoding, judge_postgres, judge_sqlite};
pub use snapshot::{OutOfLog, Snapshot, SnapshotError};
pub(crate) use snapshot::{no_log, replaced};
pub use trial::{Trial, TrialError};
pub use write::Tx;
pub(super) use write::{CommitError, Limits, is_refused};

/// How long connections have to be closed in order.
const PARTING: Duration = Duration::from_secs(2);

/// How a database is opened.
#[derive(Debug, Clone)]
pub struct OpenOptions {
    /// Whether a file that is not there is made.
    pub create: bool,
    /// How many snapshots can be open at once in each lane.
    pub readers: u32,
    /// How many writing transactions can be open at once (PostgreSQL; on SQLite it is one).
    pub writers: u32,
    /// How long opening, and beginning a snapshot, may take.
    pub deadline: Duration,
    /// Whether another host is connected to without knowing for certain that it is the right one, or that
    /// nobody reads on the way.
    pub trust_the_network: bool,
}

impl Default for OpenOptions {
    fn default() -> Self {
        Self {
            create: false,
            readers: 8,
            writers: 4,
            deadline: Duration::from_secs(5),
            trust_the_network: false,
        }
    }
}

/// The database cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.words())]
pub enum OpenError {
    /// It is on another host and the way there is not protected.
    #[error(transparent)]
    Unprotected(#[from] Unprotected),
    /// Its file cannot be used as it is.
    #[error(transparent)]
    File(#[from] FileError),
    /// It cannot be reached.
    Connect {
        /// Where it should be, without user and password.
        location: String,
        /// Why not.
        source: DbErr,
    },
    /// It did not answer.
    Silent {
        /// Where it should be, without user and password.
        location: String,
        /// How long it was waited for.
        seconds: u64,
    },
    /// It could lose what it has acknowledged.
    Unsafe {
        /// Where it is, without user and password.
        location: String,
        /// Which setting.
        source: Box<UnsafeSetting>,
    },
}

impl Speaks for OpenError {
    fn words(&self) -> Words {
        match self {
            Self::Unprotected(error) => error.words(),
            Self::File(error) => error.words(),
            Self::Connect { location, .. } => words!(
                "cannot open {location}",
                "Det går inte att öppna {location}.",
                location = verbatim(location)
            ),
            Self::Silent { location, seconds } => words!(
                "{location} did not answer within {seconds} s",
                "Databasen {location} svarade inte inom {seconds} s.",
                location = verbatim(location),
                seconds
            ),
            Self::Unsafe { location, .. } => words!(
                "{location} is not safe to record decisions in",
                "Databasen {location} är inte säker att spara beslut i.",
                location = verbatim(location)
            ),
        }
    }

    fn cause(&self) -> Option<Words> {
        match self {
            Self::Unprotected(error) => error.cause(),
            Self::File(error) => error.cause(),
            Self::Connect { source, .. } => Some(foreign(source)),
            Self::Unsafe { source, .. } => Some(source.words()),
            Self::Silent { .. } => None,
        }
    }
}

/// The database did not do what it was asked to.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct DatabaseError(#[from] DbErr);

impl From<DatabaseError> for DbErr {
    fn from(error: DatabaseError) -> Self {
        error.0
    }
}

impl Speaks for DatabaseError {
    fn words(&self) -> Words {
        foreign(&self.0)
    }
}

/// How a database's shape relates to the one this build expects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MigrationState {
    /// It is the same.
    Current,
    /// These changes are yet to be made.
    Pending(Vec<String>),
    /// These changes were made by a newer build.
    Newer(Vec<String>),
    /// Nothing has been made yet.
    Empty,
}

/// An open database. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Database(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    address: Address,
    readers: Pool,
    /// What reads for answers to governed systems and for changes.
    deciders: Pool,
    writers: Pool,
    /// Turns for the single writer of a SQLite file.
    turns: Option<Arc<Semaphore>>,
    /// On SQLite: a connection that is there all the time, and the files that it has open.
    held: Option<(DatabaseConnection, Files)>,
    /// How many commits there were, and what tells who tends SQLite's write-ahead log that there were many.
    commits: AtomicU64,
    wal_has_grown: Arc<Notify>,
    /// Held by everybody who looks at something, and by who begins the write-ahead log anew.
    looking: Arc<RwLock<()>>,
    /// PostgreSQL's `synchronous_commit` as it was judged, so that it cannot be lowered afterwards.
    synchronous_commit: String,
    deadline: Duration,
}

impl Database {
    /// Opens a database and refuses what could lose a commit.
    ///
    /// # Errors
    /// When the way there is not protected, the database cannot be reached in time, or a setting is unsafe.
    pub async fn open(address: &Address, options: OpenOptions) -> Result<Self, OpenError> {
        if !options.trust_the_network {
            address.protected()?;
        }
        let opened = tokio::time::timeout(options.deadline, Self::reach(address, &options));
        match opened.await {
            Ok(opened) => opened,
            Err(_) => Err(OpenError::Silent {
                location: address.to_string(),
                seconds: options.deadline.as_secs(),
            }),
        }
    }

    /// Connects; another process that opens or closes a SQLite file at that moment is waited for.
    async fn reach(address: &Address, options: &OpenOptions) -> Result<Self, OpenError> {
        loop {
            match Self::connect(address, options).await {
                Err(OpenError::Connect { source, .. }) if write::is_busy(&source) => {
                    tokio::time::sleep(write::AGAIN).await;
                }
                reached => return reached,
            }
        }
    }

    async fn connect(address: &Address, options: &OpenOptions) -> Result<Self, OpenError> {
        let failed = |source| OpenError::Connect {
            location: address.to_string(),
            source,
        };
        let sqlite = address.file().is_some();
        if let Some(path) = address.file() {
            file::prepare(path, options.create)?;
            let usage = Use::Prepare {
                create: options.create,
            };
            let once = pool::connect(&pool::options(address, usage, 1)).await;
            let once = once.map_err(failed)?;
            once.execute_unprepared("SELECT 1").await.map_err(failed)?;
            once.close().await.map_err(failed)?;
        }
        let writers = if sqlite { 1 } else { options.writers.max(1) };
        let writers = pool::options(address, Use::Write, writers);
        let writers = Pool::open(writers).await.map_err(failed)?;
        let reading = pool::options(address, Use::Read, options.readers.max(1));
        let readers = Pool::open(reading.clone()).await.map_err(failed)?;
        let deciders = Pool::open(reading).await.map_err(failed)?;
        let judged = judge(&writers.get()).await.map_err(failed)?;
        let synchronous_commit = judged.map_err(|source| OpenError::Unsafe {
            location: address.to_string(),
            source: Box::new(source),
        })?;
        let held = match address.file() {
            Some(path) => Some(hold(address, path).await.map_err(failed)?),
            None => None,
        };
        let database = Self(Arc::new(Inner {
            address: address.clone(),
            readers,
            deciders,
            writers,
            turns: sqlite.then(|| Arc::new(Semaphore::new(1))),
            held,
            commits: AtomicU64::default(),
            wal_has_grown: Arc::default(),
            looking: Arc::default(),
            synchronous_commit,
            deadline: options.deadline,
        }));
        if sqlite {
            tend(&database);
        }
        Ok(database)
    }

    /// Makes every change that this build knows and the database lacks.
    ///
    /// # Errors
    /// When a change fails; it then left nothing behind, and those before it stand.
    pub async fn migrate(&self) -> Result<(), DatabaseError> {
        let _turn = self.turn().await;
        let writers = self.0.writers.get();
        if self.backend() == DbBackend::Sqlite {
            return Ok(Migrator::up(&writers, None).await?);
        }
        // Two processes that start at once would both begin with the first change.
        let lock = writers.begin().await?;
        lock.execute_unprepared("SELECT pg_advisory_xact_lock(7306942)")
            .await?;
        let readers = self.0.readers.get();
        let migrated = Migrator::up(&readers, None).await;
        lock.rollback().await?;
        Ok(migrated?)
    }

    /// How the database's shape relates to the one this build expects.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn migration_state(&self) -> Result<MigrationState, DatabaseError> {
        let standing = migration::standing(&self.0.readers.get()).await?;
        let nothing = standing.pending.len() == Migrator::migrations().len();
        Ok(if !standing.unknown.is_empty() {
            MigrationState::Newer(standing.unknown)
        } else if standing.is_current() {
            MigrationState::Current
        } else if nothing {
            MigrationState::Empty
        } else {
            MigrationState::Pending(standing.pending)
        })
    }

    /// The changes that a newer build has made and beside which this one cannot go on.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn breaking_changes(&self) -> Result<Vec<String>, DbErr> {
        let readers = self.0.readers.get();
        let standing = tokio::time::timeout(self.0.deadline, migration::standing(&readers)).await;
        let silent = |_| DbErr::Conn(RuntimeErr::Internal("no answer in time".to_owned()));
        let unknown = standing.map_err(silent)??.unknown.into_iter();
        Ok(unknown
            .filter(|name| name.ends_with(migration::BREAKING))
            .collect())
    }

    /// Where the database is, without user and password.
    #[must_use]
    pub fn location(&self) -> String {
        self.0.address.to_string()
    }

    /// Whether it is a file on this host.
    #[must_use]
    pub fn is_sqlite(&self) -> bool {
        self.backend() == DbBackend::Sqlite
    }

    /// Which database it is.
    #[must_use]
    pub fn backend(&self) -> DbBackend {
        match self.0.address.file() {
            Some(_) => DbBackend::Sqlite,
            None => DbBackend::Postgres,
        }
    }

    /// Closes every connection, with the write-ahead log empty unless others still read by it. A server that
    /// says nothing is not waited for: what it holds open ends with the process.
    pub async fn close(&self) {
        let pools = [&self.0.readers, &self.0.deciders, &self.0.writers].map(Pool::get);
        let closing = pools.map(DatabaseConnection::close);
        // Whatever was wrong with a connection, it is gone now.
        let _ = tokio::time::timeout(PARTING, join_all(closing)).await;
        if let Some((held, _)) = &self.0.held {
            // What cannot be copied back now is when the database is opened next.
            let _ = self.truncate_wal().await;
            let _ = held.clone().close().await;
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "it ends by itself with the last who has the database open, and records nothing"
)]
fn tend(database: &Database) {
    let grown = Arc::clone(&database.0.wal_has_grown);
    drop(tokio::spawn(wal::tend(Arc::downgrade(&database.0), grown)));
}

/// Opens a connection that is kept, and has it open the files by reading.
async fn hold(address: &Address, path: &Path) -> Result<(DatabaseConnection, Files), DbErr> {
    let options = pool::options(address, Use::Read, 1);
    let connection = pool::connect(&options).await?;
    let read = Statement::from_string(DbBackend::Sqlite, "SELECT COUNT(*) FROM sqlite_schema");
    connection.query_one_raw(read).await?;
    wal::prepare(&connection).await?;
    Ok((connection, Files::of(path)))
}

/// Reads the settings of a writing session back and judges them.
async fn judge(db: &DatabaseConnection) -> Result<Result<String, UnsafeSetting>, DbErr> {
    let read = async |sql: &str| {
        let row = db
            .query_one_raw(Statement::from_string(db.get_database_backend(), sql))
            .await?;
        row.ok_or_else(|| DbErr::RecordNotFound("a setting".to_owned()))
    };
    if db.get_database_backend() == DbBackend::Sqlite {
        let journal: String = read("PRAGMA journal_mode").await?.try_get_by_index(0)?;
        let synchronous: i64 = read("PRAGMA synchronous").await?.try_get_by_index(0)?;
        return Ok(judge_sqlite(&journal, synchronous).map(|()| String::new()));
    }
    let row = read(
        "SELECT current_setting('fsync'), current_setting('full_page_writes'), \
         current_setting('synchronous_commit'), current_setting('server_encoding')",
    )
    .await?;
    let encoding: String = row.try_get_by_index(3)?;
    if let Err(unsafe_setting) = judge_encoding(&encoding) {
        return Ok(Err(unsafe_setting));
    }
    let (fsync, pages): (String, String) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
    let commit: String = row.try_get_by_index(2)?;
    Ok(judge_postgres(&fsync, &pages, &commit).map(|()| commit))
}
