//! Reading: everything that one operation reads is as of one state of the log.

use std::fmt;

use std::sync::Arc;

use sea_orm::{
    AccessMode, ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, IsolationLevel, Statement,
    TransactionOptions, TransactionTrait,
};

use tokio::sync::OwnedRwLockReadGuard;

use super::Database;
use super::pool::Pool;
use crate::lane::Lane;
use domain::Words;
use domain::speaks::{Speaks, events, foreign, words};

/// A reading transaction whose first read was the head of the log.
#[derive(Debug)]
pub struct Snapshot {
    transaction: DatabaseTransaction,
    size: u64,
    facts_at: u64,
    pruned_below: u64,
    /// Where it may keep the write-ahead log from being begun anew.
    _looking: Option<OwnedRwLockReadGuard<()>>,
}

/// Nothing can be read.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.words())]
pub enum SnapshotError {
    /// The log has no first event.
    NoLog,
    /// A file of the database is another one than the one that was opened.
    Replaced,
    /// The database did not answer in time.
    Silent,
    /// The database failed.
    Database(#[from] DbErr),
}

impl Speaks for SnapshotError {
    fn words(&self) -> Words {
        match self {
            Self::NoLog => no_log(),
            Self::Replaced => replaced(),
            Self::Silent => Words::new(
                "the database did not answer in time",
                "Databasen svarade inte i tid.",
            ),
            Self::Database(_) => Words::new("the database failed", "Databasen fungerade inte."),
        }
    }

    fn cause(&self) -> Option<Words> {
        match self {
            Self::Database(error) => Some(foreign(error)),
            Self::NoLog | Self::Replaced | Self::Silent => None,
        }
    }
}

/// What is said when nothing was begun.
pub(crate) const fn no_log() -> Words {
    Words::new(
        "the log has no first event: run `behorig init`",
        "Loggen har ingen första händelse. Kör `behorig init`.",
    )
}

/// What is said when the files are not those that were opened.
pub(crate) const fn replaced() -> Words {
    Words::new(
        "a file of the database was deleted or replaced under the service",
        "En av databasens filer togs bort eller byttes ut medan tjänsten använde den.",
    )
}

/// The log does not hold what is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutOfLog {
    /// It was pruned.
    Pruned {
        /// The first event that is there.
        below: u64,
    },
    /// There is not so much, so whoever has read so far has read another log.
    Beyond {
        /// How many events there are.
        size: u64,
    },
}

/// What the log does hold.
impl Speaks for OutOfLog {
    fn words(&self) -> Words {
        match self {
            Self::Pruned { below } => words!(
                "the events below {below} were pruned: the first that can be had follows {last}",
                "Händelserna före {below} är gallrade. Den första som finns kvar kommer efter {last}.",
                below,
                last = below.saturating_sub(1)
            ),
            Self::Beyond { size } => words!(
                "the log has only {size}: it was cut, or is not the one that was read before",
                "Loggen har bara {size}. Den har kortats av, eller är inte den som lästes förut.",
                size = events(*size)
            ),
        }
    }
}

impl fmt::Display for OutOfLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.words().fmt(f)
    }
}

impl std::error::Error for OutOfLog {}

impl Snapshot {
    /// The connection to read on.
    #[must_use]
    pub const fn connection(&self) -> &DatabaseTransaction {
        &self.transaction
    }

    /// How many events must have been taken into account in facts that are read here: they reflect
    /// every change with a lower seq, and no change with this seq or a higher one had been made.
    #[must_use]
    pub const fn facts_at(&self) -> u64 {
        self.facts_at
    }

    /// How many events the log has.
    #[must_use]
    pub const fn log_size(&self) -> u64 {
        self.size
    }

    /// Below which seq events may be gone.
    #[must_use]
    pub const fn pruned_below(&self) -> u64 {
        self.pruned_below
    }

    /// Whether every event from that seq on is there; there need not be any yet.
    ///
    /// # Errors
    /// Some were pruned, or the log is shorter than that.
    pub const fn holds_from(&self, seq: u64) -> Result<(), OutOfLog> {
        if seq < self.pruned_below {
            Err(OutOfLog::Pruned {
                below: self.pruned_below,
            })
        } else if seq > self.size {
            Err(OutOfLog::Beyond { size: self.size })
        } else {
            Ok(())
        }
    }
}

impl Database {
    /// Begins to read what somebody looks at.
    ///
    /// # Errors
    /// When the database does not answer in time, fails, or has no log.
    pub async fn snapshot(&self) -> Result<Snapshot, SnapshotError> {
        self.snapshot_in(Lane::Reading).await
    }

    /// Begins to read, on a connection of that lane.
    ///
    /// # Errors
    /// As [`Database::snapshot`].
    pub async fn snapshot_in(&self, lane: Lane) -> Result<Snapshot, SnapshotError> {
        self.in_place()?;
        let (pool, looking) = match lane {
            Lane::Decisions => (&self.0.deciders, None),
            Lane::Reading => (&self.0.readers, self.looking().await),
        };
        let reading = self.begin_read(pool, looking);
        let begun = tokio::time::timeout(self.0.deadline, reading).await;
        let begun = begun.unwrap_or(Err(SnapshotError::Silent));
        let unanswered = matches!(
            begun,
            Err(SnapshotError::Silent | SnapshotError::Database(_))
        );
        if unanswered {
            pool.renew().await;
        }
        begun
    }

    /// That its files are still those that were opened.
    ///
    /// # Errors
    /// [`SnapshotError::Replaced`] where they are not.
    pub fn in_place(&self) -> Result<(), SnapshotError> {
        if self.is_in_place() {
            Ok(())
        } else {
            Err(SnapshotError::Replaced)
        }
    }

    /// Waits while nobody is to begin to look at anything.
    async fn looking(&self) -> Option<OwnedRwLockReadGuard<()>> {
        let sqlite = self.backend() == DbBackend::Sqlite;
        let looking = sqlite.then(|| Arc::clone(&self.0.looking))?;
        Some(looking.read_owned().await)
    }

    async fn begin_read(
        &self,
        pool: &Pool,
        looking: Option<OwnedRwLockReadGuard<()>>,
    ) -> Result<Snapshot, SnapshotError> {
        // On SQLite a deferred transaction sees one state from its first read on.
        let mut options = TransactionOptions::default();
        if self.backend() != DbBackend::Sqlite {
            options.isolation_level = Some(IsolationLevel::RepeatableRead);
            options.access_mode = Some(AccessMode::ReadOnly);
        }
        let begun = pool.get().begin_with_options(options).await?;
        Ok(Snapshot {
            _looking: looking,
            ..Snapshot::of(begun).await?
        })
    }
}

impl Snapshot {
    /// What the transaction sees.
    async fn of(transaction: DatabaseTransaction) -> Result<Self, SnapshotError> {
        let head = Statement::from_string(
            transaction.get_database_backend(),
            "SELECT size, change_seq, pruned_below FROM audit_head WHERE log_id = 1",
        );
        let row = transaction.query_one_raw(head).await?;
        let row = row.ok_or(SnapshotError::NoLog)?;
        let number = |index| -> Result<u64, DbErr> {
            let number: i64 = row.try_get_by_index(index)?;
            u64::try_from(number).map_err(|_| DbErr::Type("a negative size".to_owned()))
        };
        Ok(Self {
            size: number(0)?,
            facts_at: number(1)?,
            pruned_below: number(2)?,
            transaction,
            _looking: None,
        })
    }

    /// Ends what it reads in, and waits for that.
    #[cfg(test)]
    pub(super) async fn end(self) -> Result<(), DbErr> {
        self.transaction.rollback().await
    }
}
