//! The service's binary on a database of its own.

use std::fs;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use audit::{Database, Log, LogOptions, OpenOptions};
use domain::clock::{Clock, SystemClock};
use sea_orm::DatabaseConnection;
use service::founding::trust;
use test_support::{
    Backend, Issuer, Outcome, Program, Region, Serving, TestDatabase, block_on, soaking,
};

use super::caller::GATEWAY;

/// A founded database of a test's own.
#[derive(Debug)]
pub(crate) struct Installation {
    site: Site,
    database: TestDatabase,
}

/// The binary with the settings for one database.
#[derive(Debug)]
pub(crate) struct Site {
    program: Program,
    directory: PathBuf,
}

impl Deref for Installation {
    type Target = Site;

    fn deref(&self) -> &Site {
        &self.site
    }
}

impl Installation {
    /// An installation without people.
    pub(crate) fn empty(backend: Backend) -> Self {
        Self::copy_of("founded", backend, |_, _| ())
    }

    /// An installation with a region of that many employees, whose gateway is trusted.
    pub(crate) fn of(employees: u32, backend: Backend) -> (Self, Region) {
        Self::after(&format!("region{employees}"), employees, backend, |_, _| ())
    }

    /// The same after some work, which is done once for all tests that name it so.
    pub(crate) fn after(
        template: &str,
        employees: u32,
        backend: Backend,
        work: impl FnOnce(&Site, &Region) + Send,
    ) -> (Self, Region) {
        let made = Self::copy_of(template, backend, |site, database| {
            let region = Region::write(employees, &site.directory);
            let _imported = site.import(region.path(), &[]).succeeded();
            block_on(site.trust_the_gateway(database));
            work(site, &region);
        });
        let region = Region::read(&made.directory);
        (made, region)
    }

    /// A copy of what `fill` has made once.
    pub(crate) fn copy_of(
        template: &str,
        backend: Backend,
        fill: impl FnOnce(&Site, &TestDatabase) + Send,
    ) -> Self {
        let database = TestDatabase::copy_of(template, backend, |database| {
            let site = Site::over(database);
            site.found();
            fill(&site, database);
        });
        Self {
            site: Site::over(&database),
            database,
        }
    }

    /// Where the database is.
    pub(crate) fn url(&self) -> &str {
        self.database.url()
    }

    /// The embedded database's file.
    pub(crate) fn file(&self) -> PathBuf {
        let path = self.url().strip_prefix("sqlite://");
        PathBuf::from(path.expect("an embedded database"))
    }

    /// Which kind its database is.
    pub(crate) fn backend(&self) -> Backend {
        self.database.backend()
    }

    /// A connection beside the service.
    pub(crate) async fn connection(&self) -> DatabaseConnection {
        self.database.connection().await
    }
}

impl Site {
    fn over(database: &TestDatabase) -> Self {
        let directory = database.directory().to_owned();
        let keys = directory.join("issuer-keys.json");
        fs::write(&keys, Issuer::TRUSTED.key_set().to_string()).expect("a key set");
        let clients = ["hr-feed", "iam", GATEWAY, "server-login"];
        let clients = clients
            .map(|client| format!("{client}=private_key_jwt"))
            .join(",");
        // A machine busy with many tests is slower than any that serves.
        let deadline = if soaking() { "800" } else { "5000" };
        let program = Program::at(env!("CARGO_BIN_EXE_behorig"))
            .with("BEHORIG_DATABASE_URL", database.url())
            .with("BEHORIG_LISTEN", "127.0.0.1:0")
            .with("BEHORIG_ISSUER", Issuer::URL)
            .with("BEHORIG_AUDIENCE", Issuer::AUDIENCE)
            .with("BEHORIG_JWKS", &keys.to_string_lossy())
            .with("BEHORIG_CLIENTS", &clients)
            .with("BEHORIG_DEADLINE_MILLISECONDS", deadline)
            .with("BEHORIG_HTTP_NOTICE_MILLISECONDS", "0")
            .with("BEHORIG_HTTP_SERVICE_REQUESTS_PER_SECOND", "1000000")
            .with("BEHORIG_HTTP_PERSON_REQUESTS_PER_SECOND", "1000000");
        Self { program, directory }
    }

    fn found(&self) {
        let key = self.directory.join("log-key.pem");
        let origin = "proof.behorig.example";
        let init = ["init", "--origin", origin, "--key", &key.to_string_lossy()];
        let _founded = self.program.run(&init).succeeded();
    }

    /// That it takes two human beings to trust a service is no matter here.
    async fn trust_the_gateway(&self, database: &TestDatabase) {
        let address = database.url().parse().expect("an address");
        // No test is about how long that takes.
        let deadline = Duration::from_mins(1);
        let options = OpenOptions {
            deadline,
            ..OpenOptions::default()
        };
        let opened = Database::open(&address, options).await;
        let opened = opened.expect("a database");
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let options = LogOptions {
            deadline,
            run_deadline: deadline,
            ..LogOptions::default()
        };
        let log = Log::open(opened.clone(), Arc::clone(&clock), options).await;
        let log = log.expect("a log");
        trust(&log, &clock, GATEWAY).await.expect("trusted");
        opened.close().await;
    }

    /// The files beside the database.
    pub(crate) fn directory(&self) -> &Path {
        &self.directory
    }

    /// The binary.
    pub(crate) fn program(&self) -> &Program {
        &self.program
    }

    /// A server process.
    #[track_caller]
    pub(crate) fn serve(&self) -> Serving {
        self.program.serve(&["serve"])
    }

    /// `behorig import`, to its end.
    pub(crate) fn import(&self, feed: &Path, options: &[&str]) -> Outcome {
        let feed = feed.to_string_lossy();
        let arguments: Vec<&str> = ["import", &*feed].iter().chain(options).copied().collect();
        self.program.run(&arguments)
    }
}
