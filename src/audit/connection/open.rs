//! Opening a database: reached, judged, and refused where it could lose what it has acknowledged.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, DbErr, Statement};
use tokio::sync::Semaphore;

use super::address::{Address, Unprotected};
use super::file::{self, FileError, Files};
use super::pool::{self, Pool, Use};
use super::settings::{UnsafeSetting, judge_encoding, judge_postgres, judge_sqlite};
use super::{Database, Inner, wal, write};
use domain::Words;
use domain::speaks::{Speaks, foreign, verbatim, words};

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
