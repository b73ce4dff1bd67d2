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
mod open;
mod pool;
mod rewrite;
mod settings;
mod snapshot;
mod wal;
mod write;

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use futures_util::future::join_all;
use migration::{LOG_FORMAT, Migrator, MigratorTrait};
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DbBackend, DbErr, RuntimeErr, Statement, TransactionTrait,
};
use tokio::sync::{Notify, RwLock, Semaphore};

use file::Files;
use pool::Pool;

use domain::Words;
use domain::speaks::{Speaks, foreign};

pub use address::{Address, AddressError, Unprotected};
pub use file::{FileError, readable_by_all};
pub use open::{OpenError, OpenOptions};
pub use rewrite::RewriteError;
pub use settings::{UnsafeSetting, judge_encoding, judge_postgres, judge_sqlite};
pub use snapshot::{OutOfLog, Snapshot, SnapshotError};
pub(crate) use snapshot::{no_log, replaced};
pub use write::Tx;
pub(super) use write::{CommitError, Limits, is_refused};

/// How long connections have to be closed in order.
const PARTING: Duration = Duration::from_secs(2);

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
    /// It has a log of format 1, which does not tell the register and is not gone on from.
    OlderLog,
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
        let untold = standing.pending.iter().any(|name| name == LOG_FORMAT);
        if untold && !nothing && self.has_begun().await {
            return Ok(MigrationState::OlderLog);
        }
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

    /// Whether there is a log; a database that has no tables for one has none.
    async fn has_begun(&self) -> bool {
        let sql = "SELECT 1 FROM audit_head";
        let statement = Statement::from_string(self.backend(), sql);
        let row = self.0.readers.get().query_one_raw(statement).await;
        row.is_ok_and(|row| row.is_some())
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
