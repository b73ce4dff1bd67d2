//! The head of the log: the one row whose lock orders everything that is recorded.
//!
//! Whoever holds it first satisfies itself that the log is the one it has seen before. A log that is
//! not is never repaired by what comes next: this process stops deciding, and says so.

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, QueryResult, Statement};

use super::connection::{CommitError, replaced};
use super::fit::{Server, Unfit};
use domain::Instant;
use domain::Words;
use domain::speaks::{Speaks, words};
use transparency::tree::{Frontier, Hash};

/// The log is not the one that was written: nothing more is decided on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.words())]
pub enum Fatal {
    /// There is no head.
    Gone,
    /// The head cannot be read as what it should be.
    Malformed,
    /// The frontier does not have the root.
    Root,
    /// There are fewer events than this process has seen.
    Shorter,
    /// There are as many events as this process has seen, but others.
    Exchanged,
    /// The log was restored from a backup.
    Epoch,
    /// The head moved although it was locked.
    Moved,
    /// A file of the database is another one than the one that was opened.
    Replaced,
    /// The clock shows a time that no event can hold.
    Clock,
    /// Its changes up to that event do not give the register that they say.
    Register(u64),
}

impl Speaks for Fatal {
    fn words(&self) -> Words {
        match self {
            Self::Gone => Words::new("the log's head is gone", "Loggens huvudpost är borta."),
            Self::Malformed => Words::new(
                "the log's head is malformed",
                "Loggens huvudpost har fel form.",
            ),
            Self::Root => Words::new(
                "the log's frontier and root belong to different trees",
                "Loggens kant och rot hör till olika träd.",
            ),
            Self::Shorter => Words::new("the log has become shorter", "Loggen har blivit kortare."),
            Self::Exchanged => Words::new(
                "the log's events have been exchanged",
                "Loggens händelser har bytts ut.",
            ),
            Self::Epoch => Words::new("the log has another epoch", "Loggen har en annan epok."),
            Self::Register(seq) => words!(
                "the log's changes up to event {seq} do not give the root of the register that it has",
                "Loggens ändringar till och med händelse {seq} ger inte den registerrot som den har.",
                seq = *seq
            ),
            Self::Moved => Words::new(
                "the log's head moved under its lock",
                "Loggens huvudpost ändrades trots att den var låst.",
            ),
            Self::Replaced => replaced(),
            Self::Clock => Words::new(
                "the clock shows a time that cannot be recorded",
                "Klockan visar en tid som inte går att spara.",
            ),
        }
    }
}

/// What appending can fail with.
#[derive(Debug)]
pub(super) enum Failure {
    Fatal(Fatal),
    Database(DbErr),
    Unfit(Unfit),
}

impl From<Unfit> for Failure {
    fn from(unfit: Unfit) -> Self {
        Self::Unfit(unfit)
    }
}

impl From<CommitError> for Failure {
    fn from(error: CommitError) -> Self {
        match error {
            CommitError::Replaced => Fatal::Replaced.into(),
            CommitError::Unknown(error) => error.into(),
        }
    }
}

impl From<Fatal> for Failure {
    fn from(fatal: Fatal) -> Self {
        Self::Fatal(fatal)
    }
}

impl From<DbErr> for Failure {
    fn from(error: DbErr) -> Self {
        Self::Database(error)
    }
}

#[derive(Debug, Clone)]
pub(super) struct Head {
    pub(super) frontier: Frontier,
    pub(super) last_t: Instant,
    /// One more than the seq of the last event that alters facts; 0: there is none.
    pub(super) change_seq: u64,
    pub(super) epoch: i64,
}

/// What a process remembers of a head it has held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Seen {
    size: u64,
    root: Hash,
    epoch: i64,
}

const COLUMNS: &str = "size, root, frontier, last_t, change_seq, epoch";
/// What a server says of itself with the head that it has locked.
const SERVER: &str = "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS BIGINT), \
     current_setting('fsync'), current_setting('full_page_writes')";
const HEAD: &str = "FROM audit_head WHERE log_id = 1";

impl Head {
    pub(super) const fn size(&self) -> u64 {
        self.frontier.size()
    }

    /// Reads the head and keeps it from everybody else until the transaction ends; and what a server says of
    /// itself then.
    pub(super) async fn lock(tx: &DatabaseTransaction) -> Result<(Self, Option<Server>), Failure> {
        // On SQLite the transaction holds the whole file already.
        let sqlite = tx.get_database_backend() == DbBackend::Sqlite;
        let sql = if sqlite {
            format!("SELECT {COLUMNS} {HEAD}")
        } else {
            format!("SELECT {COLUMNS}, {SERVER} {HEAD} FOR UPDATE")
        };
        let row = one(tx, sql).await?.ok_or(Fatal::Gone)?;
        let server = if sqlite {
            None
        } else {
            Some(Server {
                now: Instant::from_micros(row.try_get_by_index(6)?),
                fsync: row.try_get_by_index(7)?,
                full_page_writes: row.try_get_by_index(8)?,
            })
        };
        Ok((Self::from_row(&row)?, server))
    }

    /// Reads the head, if there is one, without holding it.
    pub(super) async fn find(tx: &DatabaseTransaction) -> Result<Option<Self>, Failure> {
        let row = one(tx, format!("SELECT {COLUMNS} {HEAD}")).await?;
        row.map(|row| Self::from_row(&row)).transpose()
    }

    fn from_row(row: &QueryResult) -> Result<Self, Failure> {
        let number = |index| -> Result<u64, Failure> {
            let number: i64 = row.try_get_by_index(index)?;
            u64::try_from(number).map_err(|_| Fatal::Malformed.into())
        };
        let root: Vec<u8> = row.try_get_by_index(1)?;
        let frontier: Vec<u8> = row.try_get_by_index(2)?;
        let frontier = Frontier::decode(number(0)?, &frontier).map_err(|_| Fatal::Malformed)?;
        if frontier.root().as_slice() != root {
            return Err(Fatal::Root.into());
        }
        let head = Self {
            frontier,
            last_t: Instant::from_micros(row.try_get_by_index(3)?),
            change_seq: number(4)?,
            epoch: row.try_get_by_index(5)?,
        };
        if head.change_seq > head.size() {
            return Err(Fatal::Malformed.into());
        }
        Ok(head)
    }

    pub(super) fn seen(&self) -> Seen {
        Seen {
            size: self.size(),
            root: self.frontier.root(),
            epoch: self.epoch,
        }
    }

    /// Stores the head that follows `before`.
    pub(super) async fn store(
        &self,
        tx: &DatabaseTransaction,
        before: &Self,
    ) -> Result<(), Failure> {
        let statement = Statement::from_sql_and_values(
            tx.get_database_backend(),
            "UPDATE audit_head SET size = $1, root = $2, frontier = $3, last_t = $4, \
             change_seq = $5 WHERE log_id = 1 AND size = $6",
            [
                stored(self.size()).into(),
                self.frontier.root().to_vec().into(),
                self.frontier.encode().into(),
                self.last_t.as_micros().into(),
                stored(self.change_seq).into(),
                stored(before.size()).into(),
            ],
        );
        let updated = tx.execute_raw(statement).await?.rows_affected();
        if updated == 1 {
            Ok(())
        } else {
            Err(Fatal::Moved.into())
        }
    }
}

impl Seen {
    /// Whether a head that is now locked can have followed from this one.
    pub(super) fn precedes(&self, later: &Self) -> Result<(), Fatal> {
        if later.epoch != self.epoch {
            Err(Fatal::Epoch)
        } else if later.size < self.size {
            Err(Fatal::Shorter)
        } else if later.size == self.size && later.root != self.root {
            Err(Fatal::Exchanged)
        } else {
            Ok(())
        }
    }
}

/// How many events the head says that there are, without keeping it from anybody.
pub(super) async fn size(db: &DatabaseTransaction) -> Result<u64, DbErr> {
    let row = one(db, format!("SELECT size {HEAD}")).await?;
    row.map_or(Ok(0), |row| number(&row, 0))
}

async fn one(tx: &DatabaseTransaction, sql: String) -> Result<Option<QueryResult>, DbErr> {
    let statement = Statement::from_string(tx.get_database_backend(), sql);
    tx.query_one_raw(statement).await
}

/// A count as the database holds it. No log reaches 2^63 events.
pub(super) fn stored(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// A count that the database holds.
pub(super) fn number(row: &QueryResult, index: usize) -> Result<u64, DbErr> {
    let number: i64 = row.try_get_by_index(index)?;
    u64::try_from(number).map_err(|_| DbErr::Type("a negative number".to_owned()))
}
