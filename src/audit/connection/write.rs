//! Writing transactions: the only ones there are.

use std::ops::Deref;
use std::time::Duration;

use sea_orm::sqlx::error::DatabaseError;
use sea_orm::sqlx::sqlite::SqliteError;
use sea_orm::{
    ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, RuntimeErr, SqliteTransactionMode,
    TransactionOptions, TransactionTrait,
};
use tokio::sync::OwnedSemaphorePermit;

use super::Database;
use super::snapshot::replaced;
use crate::lane::Lane;
use domain::Words;
use domain::speaks::{Speaks, foreign};

/// How long somebody else who holds a SQLite file is left alone before it is asked for again.
pub(super) const AGAIN: Duration = Duration::from_millis(2);

/// How long the database itself waits before it gives a statement up (PostgreSQL).
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) statement: Duration,
    /// Whether it may pause for as long, until it holds the head: work in many steps on a busy machine.
    pub(crate) patient: bool,
}

/// How long a session may pause inside a transaction: one that was stopped must not hold the head.
const IDLE: Duration = Duration::from_millis(500);

/// A writing transaction; dropped, it leaves nothing behind.
///
/// What makes a change in one is lent it, and can neither commit it nor take it back; what it can be asked is said by
/// the SQL library's traits, which only rooms with a door to that library can name.
#[derive(Debug)]
pub struct Tx {
    transaction: DatabaseTransaction,
    patient: bool,
    _turn: Option<OwnedSemaphorePermit>,
}

/// A commit that did not succeed.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.words())]
pub(crate) enum CommitError {
    /// A file of the database is another one than the one that was opened.
    Replaced,
    /// Whether it is committed is not known.
    Unknown(#[source] DbErr),
}

impl Speaks for CommitError {
    fn words(&self) -> Words {
        match self {
            Self::Replaced => replaced(),
            Self::Unknown(_) => Words::new(
                "the commit was not acknowledged",
                "Databasen bekräftade inte att det sparades.",
            ),
        }
    }

    fn cause(&self) -> Option<Words> {
        match self {
            Self::Replaced => None,
            Self::Unknown(error) => Some(foreign(error)),
        }
    }
}

impl Deref for Tx {
    type Target = DatabaseTransaction;

    fn deref(&self) -> &DatabaseTransaction {
        &self.transaction
    }
}

impl Tx {
    pub(crate) fn connection(&self) -> &DatabaseTransaction {
        &self.transaction
    }

    /// Whether nobody else could append from its beginning on; otherwise only from when it appends.
    #[must_use]
    pub fn held_the_head_when_it_began(&self) -> bool {
        self.transaction.get_database_backend() == DbBackend::Sqlite
    }

    /// Before the head is held: from here on nobody else can wait for long.
    pub(crate) async fn hurry(&self) -> Result<(), DbErr> {
        if self.patient && self.transaction.get_database_backend() == DbBackend::Postgres {
            let idle = format!(
                "SET LOCAL idle_in_transaction_session_timeout = {}",
                IDLE.as_millis()
            );
            self.transaction.execute_unprepared(&idle).await?;
        }
        Ok(())
    }

    pub(crate) async fn commit(self, db: &Database) -> Result<(), CommitError> {
        if !db.is_in_place() {
            return Err(CommitError::Replaced);
        }
        let committed = self.transaction.commit().await;
        committed.map_err(CommitError::Unknown)?;
        // It may have been written to a file that has lost its place meanwhile, and is gone with the process.
        db.look_at_wal();
        if db.is_in_place() {
            Ok(())
        } else {
            Err(CommitError::Replaced)
        }
    }

    /// Takes everything back. A session in which that fails is not used again: the next transaction
    /// would begin inside this one, and its commit would commit nothing.
    pub(crate) async fn rollback(self, db: &Database) {
        if let Err(error) = self.transaction.rollback().await {
            tracing::warn!(%error, "a transaction could not be rolled back; its session is given up");
            db.renew_writers().await;
        }
    }
}

impl Database {
    pub(crate) async fn begin_write(&self, limits: Limits) -> Result<Tx, DbErr> {
        let turn = self.turn().await;
        let transaction = if self.backend() == DbBackend::Sqlite {
            self.begin_immediate().await?
        } else {
            self.begin_bounded(limits).await?
        };
        Ok(Tx {
            transaction,
            patient: limits.patient,
            _turn: turn,
        })
    }

    /// Lets the next attempt begin with new connections, after one that failed or was not answered.
    ///
    /// On both databases: SQLite ends a transaction by itself when the disk fails, and the driver, which
    /// still counts it, would open the next one as a savepoint inside nothing.
    pub(crate) async fn renew_writers(&self) {
        self.0.writers.renew().await;
    }

    /// Whether a log of so many events is what others see now; a commit that nobody sees is none.
    pub(crate) async fn shows(&self, size: u64) -> bool {
        let seen = self.snapshot_in(Lane::Decisions).await;
        seen.is_ok_and(|snapshot| snapshot.log_size() >= size)
    }

    /// Whether the files that were opened are still those at their places.
    pub(crate) fn is_in_place(&self) -> bool {
        let held = self.0.held.as_ref();
        held.is_none_or(|(_, files)| files.are_in_place())
    }

    pub(super) async fn turn(&self) -> Option<OwnedSemaphorePermit> {
        let turns = self.0.turns.clone()?;
        // Nobody closes the semaphore.
        turns.acquire_owned().await.ok()
    }

    async fn begin_immediate(&self) -> Result<DatabaseTransaction, DbErr> {
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        loop {
            match self.0.writers.get().begin_with_options(options).await {
                Err(error) if is_busy(&error) => tokio::time::sleep(AGAIN).await,
                begun => return begun,
            }
        }
    }

    async fn begin_bounded(&self, limits: Limits) -> Result<DatabaseTransaction, DbErr> {
        let transaction = self.0.writers.get().begin().await?;
        let wait = limits.statement.as_millis();
        let idle = if limits.patient {
            wait
        } else {
            IDLE.as_millis()
        };
        transaction
            .execute_unprepared(&format!(
                "SET TRANSACTION ISOLATION LEVEL READ COMMITTED READ WRITE; \
                 SET LOCAL lock_timeout = {wait}; \
                 SET LOCAL statement_timeout = {wait}; \
                 SET LOCAL idle_in_transaction_session_timeout = {idle}; \
                 SET LOCAL synchronous_commit = {commit}",
                commit = self.0.synchronous_commit,
            ))
            .await?;
        Ok(transaction)
    }
}

/// Whether somebody else holds a SQLite file.
pub(super) fn is_busy(error: &DbErr) -> bool {
    let error = cause(error).and_then(|error| error.try_downcast_ref::<SqliteError>());
    let code = error.and_then(DatabaseError::code);
    // SQLITE_BUSY and its kin: 5, with the finer cause in the higher bits.
    code.and_then(|code| code.parse::<u32>().ok())
        .is_some_and(|code| code & 0xff == 5)
}

/// What the database itself says went wrong.
pub(super) fn cause(error: &DbErr) -> Option<&dyn DatabaseError> {
    let (DbErr::Exec(cause) | DbErr::Query(cause) | DbErr::Conn(cause)) = error else {
        return None;
    };
    let RuntimeErr::SqlxError(cause) = cause else {
        return None;
    };
    cause.as_database_error()
}

/// Whether the database is there and well and refuses what it was given: something else may be taken.
pub(crate) fn is_refused(error: &DbErr) -> bool {
    if matches!(error, DbErr::Custom(_)) {
        // What counts rows says so by itself.
        return true;
    }
    let (DbErr::Exec(cause) | DbErr::Query(cause)) = error else {
        return false;
    };
    let RuntimeErr::SqlxError(cause) = cause else {
        return false;
    };
    let code = cause.as_database_error().and_then(DatabaseError::code);
    matches!(cause.as_ref(), sea_orm::sqlx::Error::Encode(_))
        || code.is_some_and(|code| is_of_content(&code))
}

/// Whether a database's code speaks of what it was given, and not of itself or of who else is there.
fn is_of_content(code: &str) -> bool {
    if code.len() < 5 {
        // SQLite, with the finer cause in the higher bits: an error of the statement, too big, a constraint
        // or a trigger, a value of the wrong kind.
        let primary = code.parse::<u32>().map(|code| code & 0xff);
        return matches!(primary, Ok(1 | 18 | 19 | 20));
    }
    // PostgreSQL's other classes: the connection, the transaction, resources, locks, the operator, the system.
    let of_itself = ["08", "25", "40", "53", "55", "57", "58"];
    !of_itself.iter().any(|class| code.starts_with(class))
}
