//! SQLite's write-ahead log, kept small while the service runs and empty while it rests.
//!
//! SQLite begins the log anew when all of it is copied back into the file and nobody reads by it. It is copied here,
//! beside those who write, and not by whoever commits: a decision waits for its own bytes and for nobody else's.
//! Where somebody always reads, because readers follow each other without a gap, the moment never comes and the log
//! grows for as long as the load lasts. So the moment is made: nobody begins to look at anything, those who do end,
//! and nobody writes while the last of it is copied. Whoever writes next begins anew, unless somebody still reads
//! by it; then it is tried again. Only a reader that stays (an export, a verification), another process or a load
//! without any gap can hold it up for long, and where the log has grown much for that, writers wait for readers.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Weak};
use std::time::{Duration, SystemTime};

use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, DbErr, Statement};
use tokio::sync::Notify;
use tokio::time::{sleep, timeout};

use super::{Database, Inner};

/// How often it is looked at, and after how many commits.
const LOOK: Duration = Duration::from_secs(1);
const COMMITS: u64 = 32;
/// Up to how many bytes nothing is copied while it is written to, as SQLite does by itself: a log that is begun anew
/// all the time would hide for a while that the disk is full.
const LITTLE: u64 = 4 * 1_024 * 1_024;
/// From how many bytes on the log is begun anew although the service is busy.
const BUSY: u64 = 32 * 1_024 * 1_024;
/// From how many bytes on writers wait for readers.
const URGENT: u64 = 4 * BUSY;
/// How many bytes of the file are kept for the next log: cutting it costs whoever commits then.
pub(super) const KEPT: u64 = 2 * BUSY;
/// The bytes of one page in the log, with what stands before it.
const FRAME: u64 = 4_096 + 24;
/// For how long those wait who want to look at something, until those who do have ended: less than a deadline.
const PATIENCE: Duration = Duration::from_millis(500);
/// After how long a log that could not be begun anew is tried again the first time.
const SOON: Duration = Duration::from_millis(100);
/// For how long readers are waited for, while nobody can write: much less than a decision's deadline.
const WAIT: &str = "PRAGMA busy_timeout = 100";

/// How long those are left alone, at most, who read by the log and stay.
const LENIENT: Duration = Duration::from_secs(32);

/// How SQLite copies the log back.
#[derive(Debug, Clone, Copy)]
enum How {
    /// What can be, while others read and write.
    Passive,
    /// All of it, and waits for those who read by it.
    Restart,
    /// The same, and makes the file empty.
    Truncate,
}

/// What was copied.
#[derive(Debug, Clone, Copy)]
struct Copied {
    /// Nobody was in the way.
    whole: bool,
    /// The bytes of the log, those of which nothing is left to copy included.
    log: u64,
}

/// Keeps the log small for as long as the database is open; `written` tells that it has grown.
pub(super) async fn tend(database: Weak<Inner>, written: Arc<Notify>) {
    let (mut before, mut wait) = ((0, None), LOOK);
    loop {
        if wait == LOOK {
            // Whether it has grown or rested.
            let _either = timeout(LOOK, written.notified()).await;
        } else {
            sleep(wait).await;
        }
        let Some(inner) = database.upgrade() else {
            return;
        };
        let database = Database(inner);
        let wal = database.wal();
        let done = if wal.0 == 0 {
            Ok(true)
        } else if wal == before {
            // Also where it was to be begun anew, and nobody has written since.
            database.truncate_wal().await
        } else if wal.0 <= LITTLE {
            Ok(true)
        } else {
            database.keep_small().await
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
    /// Tells of a commit.
    pub(super) fn look_at_wal(&self) {
        let commits = self.0.commits.fetch_add(1, Ordering::Relaxed);
        if commits.is_multiple_of(COMMITS) {
            self.0.wal_has_grown.notify_one();
        }
    }

    /// How many bytes the write-ahead log's file has, and when it was last written to.
    fn wal(&self) -> (u64, Option<SystemTime>) {
        let held = self.0.held.as_ref();
        held.map_or((0, None), |(_, files)| files.wal())
    }

    /// Copies what the log holds, and has it begun anew where it is long; whether it is short or has been.
    async fn keep_small(&self) -> Result<bool, DbErr> {
        let Copied { log, .. } = self.copy(How::Passive).await?;
        if log <= BUSY {
            return Ok(true);
        }
        let urgent = log > URGENT;
        let nobody_looks = timeout(PATIENCE, self.0.looking.write()).await;
        if nobody_looks.is_err() && !urgent {
            return Ok(false);
        }
        // What was written meanwhile is little; of that, writers wait only for what was written after it.
        self.copy(How::Passive).await?;
        let _turn = self.turn().await;
        let how = if urgent { How::Restart } else { How::Passive };
        let copied = self.copy(how).await?;
        // Whoever writes next begins it anew if it can be; whether it was is seen then.
        Ok(urgent && copied.whole)
    }

    /// Has what the log holds copied back and the file made empty, while nobody writes; whether it could be.
    pub(super) async fn truncate_wal(&self) -> Result<bool, DbErr> {
        let _turn = self.turn().await;
        Ok(self.copy(How::Truncate).await?.whole)
    }

    async fn copy(&self, how: How) -> Result<Copied, DbErr> {
        let Some((connection, _)) = &self.0.held else {
            return Ok(Copied {
                whole: true,
                log: 0,
            });
        };
        let sql = match how {
            How::Passive => "PRAGMA wal_checkpoint(PASSIVE)",
            How::Restart => "PRAGMA wal_checkpoint(RESTART)",
            How::Truncate => "PRAGMA wal_checkpoint(TRUNCATE)",
        };
        let statement = Statement::from_string(DbBackend::Sqlite, sql);
        let row = connection.query_one_raw(statement).await?;
        let row = row.ok_or_else(|| DbErr::RecordNotFound("a checkpoint".to_owned()))?;
        let number = |index| row.try_get_by_index::<i64>(index);
        Ok(Copied {
            whole: number(0)? == 0,
            log: u64::try_from(number(1)?).unwrap_or(0) * FRAME,
        })
    }
}

/// From now on the connection waits no longer than that.
pub(super) async fn prepare(connection: &DatabaseConnection) -> Result<(), DbErr> {
    connection.execute_unprepared(WAIT).await.map(drop)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicBool;

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
        loop {
            let Copied { log, .. } = database.copy(How::Passive).await.unwrap();
            if log < most {
                return most;
            }
            most = log;
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
        let readers = readers(&database, &over, Duration::from_millis(250), false);
        let most = grown(&database).await;
        assert!(most > BUSY, "{most} bytes");
        over.store(true, Ordering::Relaxed);
        for reader in readers {
            reader.await.unwrap();
        }
    }
}
