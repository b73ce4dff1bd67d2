//! What was deleted leaves the database's files too, as far as this service reaches.
//!
//! A deleted row is not gone yet. SQLite keeps it in its write-ahead log, and copies of it where a page was
//! rearranged; PostgreSQL keeps it in the table's file until the space is used anew, and an update writes
//! beside the old values, never over them. So what held the values is written once more without them: the
//! whole file on SQLite, the tables on PostgreSQL. What others keep (archived write-ahead logs, replicas,
//! backups) is out of reach.

use std::time::Duration;

use sea_orm::sqlx::error::DatabaseError;
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, DbErr, Statement};
use tokio::time::{Instant, sleep};

use super::Database;
use super::pool::{self, Use};
use super::write::{cause, is_busy};
use domain::Words;
use domain::speaks::{Speaks, foreign, words};

/// How long others who use the database are waited for.
const PATIENCE: Duration = Duration::from_mins(1);
/// How long others are left alone between two tries.
const PAUSE: Duration = Duration::from_millis(50);
/// How long one try may keep those waiting who come after it: less than a decision's deadline.
const TURN: &str = "SET lock_timeout = 300; SET statement_timeout = 0";
/// PostgreSQL's code for a lock that was not to be had in time.
const LOCKED: &str = "55P03";

/// Where PostgreSQL keeps what can be erased: tables, and the column that holds it.
const HOLDERS: [(&str, &str); 5] = [
    ("audit_slot", "value"),
    ("audit_fact", "value"),
    ("staged_record", "line_text"),
    ("halted_record", "given"),
    ("received_record", "given"),
];

/// What was deleted is still in the database's files.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.words())]
pub enum RewriteError {
    /// Others used the database all the time.
    Busy,
    /// The database failed.
    Database(#[from] DbErr),
}

impl Speaks for RewriteError {
    fn words(&self) -> Words {
        match self {
            Self::Busy => words!(
                "what was deleted is still in the database's files: others have used them for {seconds} s without a \
                 pause; finish it with --resume when there is less to do",
                "Det som togs bort finns kvar i databasens filer, för andra har använt dem i {seconds} s utan uppehåll. \
                 Slutför med --resume när det är lugnare.",
                seconds = PATIENCE.as_secs()
            ),
            Self::Database(error) => words!(
                "what was deleted is still in the database's files, finish it with --resume: {error}",
                "Det som togs bort finns kvar i databasens filer. Slutför med --resume. Orsak: {error}",
                error = foreign(error)
            ),
        }
    }
}

impl Database {
    /// Writes once more what held deleted values, so that no file of the database holds them any longer.
    /// Nobody else can write meanwhile: on SQLite to the database, on PostgreSQL to the tables concerned.
    ///
    /// # Errors
    /// When others use the database all the time, or it fails: then nothing was rewritten, or not all of it.
    pub(crate) async fn rewrite(&self) -> Result<(), RewriteError> {
        let until = Instant::now() + PATIENCE;
        let alone = self.alone().await?;
        let rewritten = if self.backend() == DbBackend::Sqlite {
            self.rewrite_file(&alone, until).await
        } else {
            rewrite_tables(&alone, until).await
        };
        alone.close().await?;
        rewritten
    }

    /// Empties SQLite's write-ahead log, unless somebody reads by it all the time; whether it is empty.
    ///
    /// # Errors
    /// When the database fails.
    pub(crate) async fn empty_wal(&self, patience: Duration) -> Result<bool, DbErr> {
        if self.backend() != DbBackend::Sqlite {
            return Ok(true);
        }
        let alone = self.alone().await?;
        let emptied = self.empty(&alone, Instant::now() + patience).await;
        alone.close().await?;
        emptied
    }

    /// One session, for what no transaction can do.
    async fn alone(&self) -> Result<DatabaseConnection, DbErr> {
        pool::connect(&pool::options(&self.0.address, Use::Write, 1)).await
    }

    async fn rewrite_file(
        &self,
        alone: &DatabaseConnection,
        until: Instant,
    ) -> Result<(), RewriteError> {
        let turn = self.turn().await;
        again(until, || alone.execute_unprepared("VACUUM")).await?;
        drop(turn);
        if self.empty(alone, until).await? {
            Ok(())
        } else {
            Err(RewriteError::Busy)
        }
    }

    async fn empty(&self, alone: &DatabaseConnection, until: Instant) -> Result<bool, DbErr> {
        let checkpoint =
            Statement::from_string(DbBackend::Sqlite, "PRAGMA wal_checkpoint(TRUNCATE)");
        loop {
            let turn = self.turn().await;
            let row = alone.query_one_raw(checkpoint.clone()).await?;
            drop(turn);
            let busy: i64 = row.map_or(Ok(1), |row| row.try_get_by_index(0))?;
            if busy == 0 {
                return Ok(true);
            }
            if Instant::now() >= until {
                return Ok(false);
            }
            sleep(PAUSE).await;
        }
    }
}

/// A table is written anew by a change of a column's type to the type it has, which takes what is there now
/// and nothing else. (`VACUUM FULL` would keep what was deleted for as long as any session could still see it.)
async fn rewrite_tables(alone: &DatabaseConnection, until: Instant) -> Result<(), RewriteError> {
    alone.execute_unprepared(TURN).await?;
    for (table, column) in HOLDERS {
        let anew = format!(
            "ALTER TABLE {table} ALTER COLUMN {column} TYPE TEXT COLLATE \"C\" USING {column} || ''"
        );
        again(until, || alone.execute_unprepared(&anew)).await?;
    }
    Ok(())
}

/// Does it as soon as others let it be done.
async fn again<T, F>(until: Instant, mut work: impl FnMut() -> F) -> Result<T, RewriteError>
where
    F: Future<Output = Result<T, DbErr>>,
{
    loop {
        match work().await {
            Err(error) if is_busy(&error) || is_locked(&error) => {
                if Instant::now() >= until {
                    return Err(RewriteError::Busy);
                }
                sleep(PAUSE).await;
            }
            done => return Ok(done?),
        }
    }
}

fn is_locked(error: &DbErr) -> bool {
    let code = cause(error).and_then(DatabaseError::code);
    code.as_deref() == Some(LOCKED)
}
