//! Whether events can be recorded, and whether the log is still the one that this process has seen.
//!
//! Apart from appending because whoever asks wants to know of the next event, not of the last. What a commit
//! met is remembered; where nothing was committed lately, or the last try failed, whoever asks has it tried:
//! the head is locked and something is written and committed. So a log that cannot be written is noticed when
//! nobody decides anything, and one that can be written again without anybody's help.

use rand::Rng as _;
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr, Statement};
use tokio::sync::watch;
use tokio::time::Instant;

use super::connection::{Snapshot, SnapshotError};
use super::head::{Failure, Fatal, Head};
use super::lane::Lane;
use super::log::Log;
use super::shared::Shared;

/// How much is written to find out whether that can be done: at rest, and after something has failed, when there
/// has to be room for the events of a whole batch: one event alone changes about forty pages of an embedded
/// database, most of them of indexes.
const LITTLE: usize = 64;
const MUCH: usize = 1_024 * 1_024;

/// Whether the log takes events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Health {
    /// It does.
    Recording,
    /// It does not for now: the database cannot be written, or a clock is wrong. It comes round by itself.
    Unable,
    /// It does not, until somebody has looked and the process is started again.
    Stopped(Fatal),
}

impl Log {
    /// Whether the log takes events, as far as is known without a try.
    #[must_use]
    pub fn health(&self) -> Health {
        match self.shared.fatal.get() {
            Some(fatal) => Health::Stopped(*fatal),
            None if self.shared.recording.trouble().is_some() => Health::Unable,
            None => Health::Recording,
        }
    }

    /// A snapshot, and whether the log takes events and is still the one that was seen before it; nothing is
    /// held.
    pub async fn look(&self) -> (Result<Snapshot, SnapshotError>, Health) {
        let seen = self.shared.seen();
        let snapshot = self.shared.db.snapshot_in(Lane::Decisions).await;
        match &snapshot {
            Ok(snapshot) => {
                let looked = match Head::find(snapshot.connection()).await {
                    Ok(Some(head)) => seen.map_or(Ok(()), |seen| seen.precedes(&head.seen())),
                    Ok(None) => Err(Fatal::Gone),
                    Err(Failure::Fatal(fatal)) => Err(fatal),
                    // Whoever asks for the database is told by other means.
                    Err(Failure::Database(_) | Failure::Unfit(_)) => Ok(()),
                };
                if let Err(fatal) = looked {
                    self.shared.fail(fatal.into()).await;
                }
            }
            Err(error) => self.shared.recording.failed(error),
        }
        if snapshot.is_ok() && self.shared.ready().is_ok() {
            self.shared.try_to_record().await;
        }
        (snapshot, self.health())
    }

    /// How many events there were after the last commit of this process; other processes commit too. A hint
    /// to look: only the newest number is there, and nobody waits for who looks at it.
    #[must_use]
    pub fn committed(&self) -> watch::Receiver<u64> {
        self.shared.committed.subscribe()
    }
}

impl Shared {
    /// Finds out whether something can be recorded, unless that is known.
    async fn try_to_record(&self) {
        let asked = Instant::now();
        if self.recording.lately() {
            return;
        }
        let _one_at_a_time = self.recording.trying.lock().await;
        // Somebody may have tried while this one waited.
        let trouble = self.recording.trouble();
        if self.recording.lately() || trouble.is_some_and(|tried| tried >= asked) {
            return;
        }
        let much = if trouble.is_some() { MUCH } else { LITTLE };
        match tokio::time::timeout(self.options.deadline, self.write_something(much)).await {
            Ok(Ok(())) => self.recording.done(),
            Ok(Err(failure)) => drop(self.fail(failure).await),
            Err(_) => drop(self.silent().await),
        }
    }

    /// Commits so many bytes that mean nothing, while holding the head.
    async fn write_something(&self, much: usize) -> Result<(), Failure> {
        let tx = self.db.begin_write(self.limits()).await?;
        self.lock_head(&tx).await?;
        fill(tx.connection(), much).await?;
        tx.commit(&self.db).await.map_err(Failure::from)
    }
}

/// No compression makes them fewer.
async fn fill(tx: &DatabaseTransaction, much: usize) -> Result<(), DbErr> {
    let mut bytes = vec![0; much];
    rand::rng().fill_bytes(&mut bytes);
    let statement = Statement::from_sql_and_values(
        tx.get_database_backend(),
        "INSERT INTO audit_probe (id, filler) VALUES (1, $1) \
         ON CONFLICT (id) DO UPDATE SET filler = excluded.filler",
        [bytes.into()],
    );
    tx.execute_raw(statement).await?;
    Ok(())
}
