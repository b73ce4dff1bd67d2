//! One private PostgreSQL for all test processes of a target directory.
//!
//! The first process that needs it starts it; `tests/support/postgres` stops it and removes its
//! files when the last one is gone. Nobody has to say goodbye: a user is whoever holds the shared
//! lock, and a lock ends with its process.

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use sea_orm::{ConnectionTrait, DatabaseConnection, DbErr};

/// A running cluster, and this process's claim on it.
#[derive(Debug)]
pub(crate) struct Cluster {
    port: String,
    password: String,
    _using: File,
}

impl Cluster {
    /// The cluster that this process shares with others.
    pub(crate) fn shared() -> &'static Self {
        static SHARED: OnceLock<Cluster> = OnceLock::new();
        SHARED.get_or_init(|| Self::join(&shared_directory().join("postgres")))
    }

    /// Joins the cluster kept in `directory`, starting it if nobody has.
    pub(crate) fn join(directory: &Path) -> Self {
        std::fs::create_dir_all(directory).expect("a directory for the private PostgreSQL");
        let using = lock_file(&directory.join("users"));
        using.lock_shared().expect("a claim on the cluster");

        let starting = lock_file(&directory.join("starting"));
        starting.lock().expect("the right to start the cluster");
        if !is_alive(directory) {
            start(directory);
        }
        let server = std::fs::read_to_string(directory.join("server")).expect("how to connect");
        let mut lines = server.lines().map(str::to_owned);
        let mut next = || lines.next().expect("a port and a password");
        Self {
            port: next(),
            password: next(),
            _using: using,
        }
    }

    /// The URL of one database.
    pub(crate) fn url(&self, database: &str) -> String {
        let Self { port, password, .. } = self;
        format!("postgres://behorig:{password}@127.0.0.1:{port}/{database}")
    }

    /// Runs statements in the maintenance database, outside any transaction.
    pub(crate) fn administer(&self, statements: &[String]) -> Result<(), DbErr> {
        self.administer_in("postgres", statements)
    }

    /// The same in another database.
    pub(crate) fn administer_in(&self, database: &str, statements: &[String]) -> Result<(), DbErr> {
        self.aside(database, async |connection| {
            for statement in statements {
                connection.execute_unprepared(statement).await?;
            }
            Ok(())
        })
    }

    /// Whether there is a database of that name.
    pub(crate) fn has(&self, database: &str) -> bool {
        let query = format!("SELECT 1 FROM pg_database WHERE datname = '{database}'");
        self.aside("postgres", async |connection| {
            let statement = sea_orm::Statement::from_string(sea_orm::DbBackend::Postgres, query);
            connection.query_one_raw(statement).await
        })
        .expect("the list of databases")
        .is_some()
    }

    /// Does something in a database on a thread of its own, since the caller may be
    /// inside a runtime (and in a destructor).
    fn aside<T: Send>(
        &self,
        database: &str,
        work: impl AsyncFnOnce(&DatabaseConnection) -> Result<T, DbErr> + Send,
    ) -> Result<T, DbErr> {
        let url = self.url(database);
        let run = || {
            tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .expect("a runtime")
                .block_on(async {
                    let connection = connect(&url).await?;
                    let done = work(&connection).await;
                    connection.close().await?;
                    done
                })
        };
        std::thread::scope(|scope| scope.spawn(run).join().expect("no panic"))
    }
}

/// Opens a database beside the service.
#[expect(
    clippy::disallowed_methods,
    reason = "a test looks at the database from outside the service"
)]
pub(crate) async fn connect(url: &str) -> Result<DatabaseConnection, DbErr> {
    let mut options = sea_orm::ConnectOptions::new(url);
    options.max_connections(2).sqlx_logging(false);
    sea_orm::Database::connect(options).await
}

/// What the test processes of one target directory share.
pub(crate) fn shared_directory() -> PathBuf {
    let program = std::env::current_exe().expect("the test's own path");
    let built = program
        .ancestors()
        .nth(2)
        .expect("a target directory above the test");
    built.join("test-support")
}

/// Opens a file that is only ever locked.
pub(crate) fn lock_file(path: &Path) -> File {
    OpenOptions::new()
        .create(true)
        .append(true)
        .open(path)
        .expect("a file to lock")
}

/// Whether the script still looks after a cluster that is ready.
fn is_alive(directory: &Path) -> bool {
    let alive = lock_file(&directory.join("alive"));
    directory.join("server").exists() && alive.try_lock_shared().is_err()
}

/// Starts the script and waits until its cluster is ready.
#[expect(
    clippy::zombie_processes,
    reason = "the script outlives this process: it ends when the last user has"
)]
fn start(directory: &Path) {
    let log = File::create(directory.join("log")).expect("a log file");
    let mut script = Command::new(concat!(env!("CARGO_MANIFEST_DIR"), "/postgres"))
        .arg(directory)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(log)
        // Outlives this process and the runner's signals to it.
        .process_group(0)
        .spawn()
        .expect("tests/support/postgres runs");
    let stdout = script.stdout.take().expect("its output");
    let mut said = String::new();
    BufReader::new(stdout)
        .read_line(&mut said)
        .expect("its first line");
    assert_eq!(
        said.trim_end(),
        "ready",
        "the private PostgreSQL did not start"
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, Instant};

    #[test]
    fn a_cluster_nobody_uses_any_more_is_stopped_and_removed() {
        let directory = tempfile::tempdir().expect("a directory");
        let cluster = Cluster::join(directory.path());
        assert!(cluster.has("postgres"));
        let home = std::fs::read_to_string(directory.path().join("home")).expect("its home");
        assert!(Path::new(home.trim_end()).exists());

        drop(cluster);
        let alive = lock_file(&directory.path().join("alive"));
        let begun = Instant::now();
        alive.lock().expect("the script ends");
        assert!(begun.elapsed() < Duration::from_secs(30));
        assert!(!Path::new(home.trim_end()).exists());
        assert!(!directory.path().join("server").exists());
    }
}
