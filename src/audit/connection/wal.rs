//! SQLite's write-ahead log, kept small while the service runs and empty while it rests.
//!
//! SQLite begins the log anew when all of it is copied back into the file and nobody reads by it. It is copied here,
//! beside those who write, and not by whoever commits: a decision waits for its own bytes and for nobody else's.
//! Where somebody always reads, because readers follow each other without a gap, the moment never comes and the log
//! grows for as long as the load lasts. So the moment is made: nobody begins to look at anything, those who do end,
//! and then nobody writes for an instant. Only a reader that stays (an export, a verification) or another
//! process can hold it up, and where the log has grown much for that, writers wait for a part of a second.

use std::sync::{Arc, Weak};
use std::time::{Duration, SystemTime};

use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, DbErr, Statement};
use tokio::sync::Notify;
use tokio::time::{sleep, timeout};

use super::{Database, Inner};

/// How often it is looked at.
const LOOK: Duration = Duration::from_secs(1);
/// From how many bytes on the log is begun anew although the service is busy.
const BUSY: u64 = 32 * 1_024 * 1_024;
/// From how many bytes on writers wait for readers that stay.
const URGENT: u64 = 4 * BUSY;
/// For how long those wait who want to look at something, until those who do have ended.
const PATIENCE: Duration = Duration::from_secs(2);
/// How many bytes of it are kept when it is begun anew.
pub(super) const KEPT: u64 = 8 * 1_024 * 1_024;
/// After how long a log that could not be begun anew is tried again the first time.
const SOON: Duration = Duration::from_millis(100);
/// For how long readers are waited for, while nobody can write: much less than a decision's deadline.
const WAIT: &str = "PRAGMA busy_timeout = 100";

/// How long those are left alone, at most, who read by the log and stay.
const LENIENT: Duration = Duration::from_secs(32);

/// Keeps the log small for as long as the database is open; `full` tells that it has grown.
pub(super) async fn tend(database: Weak<Inner>, full: Arc<Notify>) {
    let (mut before, mut wait) = ((0, None), LOOK);
    loop {
        if wait == LOOK {
            // Whether it is full or has rested.
            let _either = timeout(LOOK, full.notified()).await;
        } else {
            sleep(wait).await;
        }
        let Some(inner) = database.upgrade() else {
            return;
        };
        let database = Database(inner);
        let wal = database.wal();
        let done = if wal.0 > BUSY {
            database.begin_anew().await
        } else if wal.0 > 0 && wal == before {
            database.checkpoint("TRUNCATE").await
        } else if wal != before {
            // Whether all could be copied is asked when it has grown.
            database.checkpoint("PASSIVE").await.map(|_| true)
        } else {
            Ok(true)
        };
        let done = done.unwrap_or_else(|error| {
            tracing::warn!(%error, "the write-ahead log could not be copied back");
            false
        });
        wait = match (done, wait == LOOK) {
            (true, _) => LOOK,
            (false, true) => SOON,
            (false, false) => LENIENT.min(wait * 3),
        };
        before = wal;
    }
}

impl Database {
    /// Has the log begun anew if it has grown.
    pub(super) fn look_at_wal(&self) {
        if self.wal().0 > BUSY {
            self.0.wal_is_full.notify_one();
        }
    }

    /// How many bytes the write-ahead log's file has, and when it was last written to.
    fn wal(&self) -> (u64, Option<SystemTime>) {
        let held = self.0.held.as_ref();
        held.map_or((0, None), |(_, files)| files.wal())
    }

    /// Copies what the log holds and has it begun anew; whether it could be.
    async fn begin_anew(&self) -> Result<bool, DbErr> {
        self.checkpoint("PASSIVE").await?;
        let nobody_looks = timeout(PATIENCE, self.0.looking.write()).await;
        if nobody_looks.is_err() && self.wal().0 < URGENT {
            return Ok(false);
        }
        // What was written meanwhile is little, and writers do not wait for its copying.
        self.checkpoint("PASSIVE").await?;
        self.checkpoint("RESTART").await
    }

    /// Has what the log holds copied back, in that way; whether it was done whole.
    pub(super) async fn checkpoint(&self, mode: &str) -> Result<bool, DbErr> {
        let Some((connection, _)) = &self.0.held else {
            return Ok(true);
        };
        // What copies while others write takes no turn.
        let _turn = if mode == "PASSIVE" {
            None
        } else {
            self.turn().await
        };
        run(connection, mode).await
    }
}

/// From now on the connection waits no longer than that.
pub(super) async fn prepare(connection: &DatabaseConnection) -> Result<(), DbErr> {
    connection.execute_unprepared(WAIT).await.map(drop)
}

async fn run(connection: &DatabaseConnection, mode: &str) -> Result<bool, DbErr> {
    let sql = format!("PRAGMA wal_checkpoint({mode})");
    let row = connection
        .query_one_raw(Statement::from_string(DbBackend::Sqlite, sql))
        .await?;
    let busy: i64 = row.map_or(Ok(1), |row| row.try_get_by_index(0))?;
    Ok(busy == 0)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use sea_orm::TransactionTrait;

    use super::super::{Address, Limits, OpenOptions};
    use super::*;

    const LIMITS: Limits = Limits {
        statement: Duration::from_secs(5),
        patient: false,
    };

    async fn database(directory: &tempfile::TempDir) -> Database {
        let options = OpenOptions {
            create: true,
            ..OpenOptions::default()
        };
        let address = Address::of_file(directory.path().join("b.db"));
        let database = Database::open(&address, options).await.unwrap();
        for sql in [
            "CREATE TABLE t (id INTEGER PRIMARY KEY, filler BLOB)",
            "CREATE TABLE audit_head (log_id INTEGER PRIMARY KEY, size INTEGER, change_seq INTEGER, \
             pruned_below INTEGER)",
            "INSERT INTO audit_head VALUES (1, 0, 0, 0)",
        ] {
            write(&database, sql).await;
        }
        database
    }

    async fn write(database: &Database, sql: &str) {
        let tx = database.begin_write(LIMITS).await.unwrap();
        tx.connection().execute_unprepared(sql).await.unwrap();
        tx.commit(database).await.unwrap();
    }

    /// Readers that follow each other without a gap, each for so long, until it is over.
    #[expect(
        clippy::disallowed_methods,
        reason = "readers of a test, which ends them"
    )]
    fn readers(
        database: &Database,
        over: &Arc<AtomicBool>,
        lasting: Duration,
        by_themselves: bool,
    ) -> Vec<tokio::task::JoinHandle<()>> {
        let each = (0..3_u32).map(|n| {
            let (database, over) = (database.clone(), Arc::clone(over));
            tokio::spawn(async move {
                sleep(lasting / 3 * n).await;
                while !over.load(Ordering::Relaxed) {
                    if by_themselves {
                        let tx = database.0.readers.get().begin().await.unwrap();
                        let count = "SELECT COUNT(*) FROM t".to_owned();
                        let count = Statement::from_string(DbBackend::Sqlite, count);
                        tx.query_one_raw(count).await.unwrap();
                        sleep(lasting).await;
                        tx.rollback().await.unwrap();
                    } else {
                        let snapshot = database.snapshot().await.unwrap();
                        sleep(lasting).await;
                        snapshot.end().await.unwrap();
                    }
                }
            })
        });
        each.collect()
    }

    /// Writes for as long as the log only grows; how many bytes it had at most.
    async fn grown(database: &Database) -> u64 {
        let (mut most, mut written) = (0, 0);
        while database.wal().0 >= most {
            most = database.wal().0;
            assert!(written < 1_000, "never begun anew: {most} bytes");
            write(
                database,
                "INSERT INTO t (filler) VALUES (zeroblob(1048576))",
            )
            .await;
            let old = "DELETE FROM t WHERE id < (SELECT MAX(id) FROM t)";
            write(database, old).await;
            written += 1;
        }
        most
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn readers_that_follow_each_other_do_not_make_it_grow_and_rest_makes_it_empty() {
        let directory = tempfile::tempdir().unwrap();
        let database = database(&directory).await;
        let over = Arc::new(AtomicBool::new(false));
        let readers = readers(&database, &over, Duration::from_millis(30), true);
        let most = grown(&database).await;
        assert!(most > BUSY, "{most} bytes");
        over.store(true, Ordering::Relaxed);
        for reader in readers {
            reader.await.unwrap();
        }
        for _ in 0..600 {
            if database.wal().0 == 0 {
                return;
            }
            sleep(Duration::from_millis(100)).await;
        }
        panic!("{} bytes are left", database.wal().0);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn nobody_who_looks_for_longer_than_writers_would_wait_makes_it_grow() {
        let directory = tempfile::tempdir().unwrap();
        let database = database(&directory).await;
        let over = Arc::new(AtomicBool::new(false));
        let readers = readers(&database, &over, Duration::from_millis(450), false);
        let most = grown(&database).await;
        assert!(most > BUSY, "{most} bytes");
        over.store(true, Ordering::Relaxed);
        for reader in readers {
            reader.await.unwrap();
        }
    }
}
