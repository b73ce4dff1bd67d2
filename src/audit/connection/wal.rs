//! SQLite's write-ahead log, kept small while the service runs and empty while it rests.
//!
//! SQLite copies the log back into the file by itself and begins the log anew when nobody reads by it. Where
//! somebody always does, because readers follow each other without a gap, that moment never comes and the log
//! grows for as long as the load lasts. So whoever appends makes the moment: nobody writes for an instant, those
//! who read by the log end, and those who begin read from the file. Only a reader that stays (an export, a
//! verification) can hold it up, until it ends.

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
        let modes: &[&str] = if wal.0 > BUSY {
            &["PASSIVE", "RESTART"]
        } else if wal.0 > 0 && wal == before {
            &["TRUNCATE"]
        } else {
            &[]
        };
        let done = database.checkpoint(modes).await;
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

    /// Has what the log holds copied back, in that way; whether the last of them was done whole.
    pub(super) async fn checkpoint(&self, modes: &[&str]) -> Result<bool, DbErr> {
        let Some((connection, _)) = &self.0.held else {
            return Ok(true);
        };
        let mut done = true;
        for mode in modes {
            // What copies while others write takes no turn.
            let turn = if *mode == "PASSIVE" {
                None
            } else {
                self.turn().await
            };
            done = run(connection, mode).await?;
            drop(turn);
        }
        Ok(done)
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

    #[expect(
        clippy::disallowed_methods,
        reason = "readers of a test, which ends them"
    )]
    #[tokio::test(flavor = "multi_thread")]
    async fn readers_that_follow_each_other_do_not_make_it_grow_and_rest_makes_it_empty() {
        let directory = tempfile::tempdir().unwrap();
        let options = OpenOptions {
            create: true,
            ..OpenOptions::default()
        };
        let address = Address::of_file(directory.path().join("b.db"));
        let database = Database::open(&address, options).await.unwrap();
        let limits = Limits {
            statement: Duration::from_secs(5),
            patient: false,
        };
        let write = async |sql: &str| {
            let tx = database.begin_write(limits).await.unwrap();
            tx.connection().execute_unprepared(sql).await.unwrap();
            tx.commit(&database).await.unwrap();
        };
        write("CREATE TABLE t (id INTEGER PRIMARY KEY, filler BLOB)").await;
        let over = Arc::new(AtomicBool::new(false));
        let readers = (0..3_u64).map(|n| {
            let (database, over) = (database.clone(), Arc::clone(&over));
            tokio::spawn(async move {
                sleep(Duration::from_millis(10 * n)).await;
                while !over.load(Ordering::Relaxed) {
                    let tx = database.0.readers.get().begin().await.unwrap();
                    let count = Statement::from_string(DbBackend::Sqlite, "SELECT COUNT(*) FROM t");
                    tx.query_one_raw(count).await.unwrap();
                    sleep(Duration::from_millis(30)).await;
                    tx.rollback().await.unwrap();
                }
            })
        });
        let readers: Vec<_> = readers.collect();
        // Written to for as long as it only grows; nobody but the service begins it anew beside these readers.
        let (mut most, mut written) = (0, 0);
        while database.wal().0 >= most {
            most = database.wal().0;
            assert!(written < 1_000, "never begun anew: {most} bytes");
            write("INSERT INTO t (filler) VALUES (zeroblob(1048576))").await;
            write("DELETE FROM t WHERE id < (SELECT MAX(id) FROM t)").await;
            written += 1;
        }
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
}
