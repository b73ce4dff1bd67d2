//! What a test has changed is told by the log, to the last column: looked at when the test ends.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use audit::{Database, Log, LogOptions, OpenOptions};
use domain::clock::{Clock, SystemClock};
use sea_orm::{ConnectionTrait, Statement};

/// The register of a service, which is compared with its log at last, if anything of it was changed by way of the
/// service and nothing by another.
#[derive(Debug)]
pub(super) struct Register {
    url: String,
    tampered: AtomicBool,
}

impl Register {
    pub(super) fn at(url: &str) -> Self {
        Self {
            url: url.to_owned(),
            tampered: AtomicBool::new(false),
        }
    }

    /// The test changes it behind the service's back.
    pub(super) fn tampered(&self) {
        self.tampered.store(true, Ordering::SeqCst);
    }
}

impl Drop for Register {
    fn drop(&mut self) {
        if thread::panicking() || self.tampered.load(Ordering::SeqCst) {
            return;
        }
        let url = self.url.clone();
        let untold = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build();
            runtime.expect("a runtime").block_on(untold(&url))
        });
        let untold = untold.join().expect("a comparison");
        assert!(untold.is_empty(), "{untold:?}");
    }
}

/// Has the log tell what the rows hold that are otherwise than it has told, after a statement: of the tables that it
/// names.
pub(super) async fn tell(url: &str, sql: &str) {
    let database = opened(url).await;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let log = Log::open(database.clone(), clock, LogOptions::default()).await;
    let log = log.expect("a log");
    let named = |table: &str| sql.contains(table.trim_matches('"'));
    log.tell_rows(named).await.expect("told");
    database.close().await;
}

/// The database, for whoever is not in a hurry.
async fn opened(url: &str) -> Database {
    let address = url.parse().expect("an address");
    // No test is about how long that takes.
    let options = OpenOptions {
        readers: 1,
        writers: 1,
        deadline: Duration::from_mins(1),
        ..OpenOptions::default()
    };
    let database = Database::open(&address, options).await;
    database.expect("a database")
}

/// The first change that was made through the service, and not by the region's import.
const CHANGED: &str = "SELECT c.seq FROM audit_event c JOIN audit_event d ON d.event_id = c.decision \
    WHERE c.kind = 'change' AND d.kind = 'decision' AND d.permission <> 'register:import' LIMIT 1";

/// What of the register no event tells.
async fn untold(url: &str) -> Vec<String> {
    let database = opened(url).await;
    let snapshot = database.snapshot().await.expect("a moment");
    let connection = snapshot.connection();
    let changed = Statement::from_string(connection.get_database_backend(), CHANGED);
    let changed = connection.query_one_raw(changed).await.expect("a row");
    let mut untold = Vec::new();
    if changed.is_some() {
        let found = audit::inspect::register_told(&snapshot).await;
        let found = found.expect("a comparison");
        untold.extend(found.named().iter().map(|one| format!("{one:?}")));
    }
    drop(snapshot);
    database.close().await;
    untold
}
