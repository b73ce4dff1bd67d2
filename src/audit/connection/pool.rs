//! Pools of connections that can be thrown away and made anew.
//!
//! A server that stops answering without closing its connections would keep a pool's places taken for
//! minutes after it is back. So whoever gave up waiting renews the pool: the next attempt begins with
//! a new connection.

use std::path::{Path, PathBuf};
use std::sync::{PoisonError, RwLock};
use std::time::Duration;

use sea_orm::sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
use sea_orm::{ConnectOptions, DatabaseConnection, DbErr};

use super::address::Address;
use super::wal::KEPT;

/// How long a writer waits inside SQLite before it asks again from outside, in milliseconds: short, so
/// that a deadline can end the wait and nobody sleeps past a free moment.
const BUSY: Duration = Duration::from_millis(5);
/// How long a reader waits for a database that another process is opening or recovering.
const PATIENT: Duration = Duration::from_secs(5);

#[derive(Debug)]
pub(super) struct Pool {
    options: ConnectOptions,
    current: RwLock<DatabaseConnection>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    /// Makes the file ready: write-ahead log, and the file itself if it may be made.
    Prepare {
        create: bool,
    },
    Read,
    Write,
}

impl Pool {
    pub(super) async fn open(options: ConnectOptions) -> Result<Self, DbErr> {
        let current = RwLock::new(connect(&options).await?);
        Ok(Self { options, current })
    }

    pub(super) fn get(&self) -> DatabaseConnection {
        let current = self.current.read();
        current.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Leaves the connections there are to their fate.
    pub(super) async fn renew(&self) {
        // Nothing is connected here (the pool is lazy), so only a broken URL could fail, and that
        // was found when the pool was opened.
        if let Ok(fresh) = connect(&self.options).await {
            let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
            *current = fresh;
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the one place that opens databases"
)]
pub(super) async fn connect(options: &ConnectOptions) -> Result<DatabaseConnection, DbErr> {
    sea_orm::Database::connect(options.clone()).await
}

pub(super) fn options(address: &Address, usage: Use, connections: u32) -> ConnectOptions {
    let mut options = if let Some(path) = address.file() {
        sqlite(path.to_owned(), usage)
    } else {
        let mut options = ConnectOptions::new(address.for_driver());
        options
            .set_application_name("behorig")
            .test_before_acquire_if_idle_for(Duration::from_secs(1));
        options
    };
    options
        .max_connections(connections)
        .connect_lazy(true)
        .sqlx_logging(false)
        .record_stmt_in_spans(false);
    options
}

fn sqlite(path: PathBuf, usage: Use) -> ConnectOptions {
    let mut options = ConnectOptions::new("sqlite:behorig");
    options
        .test_before_acquire(false)
        .idle_timeout(None)
        .max_lifetime(None)
        .map_sqlx_sqlite_opts(move |opts| {
            let opts = opts
                .filename(&path as &Path)
                .create_if_missing(usage == Use::Prepare { create: true })
                .synchronous(SqliteSynchronous::Full)
                // What is deleted is overwritten, not only forgotten.
                .pragma("secure_delete", "ON")
                .pragma("journal_size_limit", KEPT.to_string())
                .foreign_keys(true);
            match usage {
                Use::Prepare { .. } => opts
                    .journal_mode(SqliteJournalMode::Wal)
                    .busy_timeout(PATIENT),
                Use::Read => opts.pragma("query_only", "ON").busy_timeout(PATIENT),
                // Copied back by who tends the log, and by nobody who commits.
                Use::Write => opts.pragma("wal_autocheckpoint", "0").busy_timeout(BUSY),
            }
        });
    options
}
