//! Imports into real databases, SQLite and PostgreSQL.

mod bad_feeds;
mod facts;
mod interrupted;
mod overtaken;
mod partial;
mod providers;
mod refused;
mod regions;
mod shown;
mod sources;
mod told;

use std::collections::BTreeSet;
use std::io::Cursor;
use std::sync::Arc;

use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, Statement};
use uuid::Uuid;

use super::*;
use ::store::founding::{ByHost, built_in};
use audit::{Database, EntryError, Genesis, LogOptions, OpenOptions, Pending};
use domain::clock::FixedClock;
use domain::id::{BOOTSTRAP, INSTALLATION};
use domain::{FlagName, Language, Speaks as _};
use gate::HostAuthority;
use transparency::event::{DecisionEvent, Party, PolicyEvent, Principal, TargetRecord};
use transparency::fixture;

/// The service that imports run as is always allowed to.
#[derive(Debug)]
struct Bootstrap {
    log: Log,
    clock: Arc<FixedClock>,
}

/// What the gate gives out.
#[derive(Debug)]
struct Permit(Pending);

impl Authorised for Permit {
    fn into_pending(self) -> Pending {
        self.0
    }
}

impl Permits for Bootstrap {
    type Permit = Permit;

    async fn permits(&self, kinds: &[Kind]) -> Result<Vec<KindPermit<Permit>>, ImportError> {
        let facts_at = self.log.database().snapshot().await?.facts_at();
        let permit = |kind: &Kind| {
            let event = decision(fresh(self.clock.as_ref()), *kind, facts_at);
            let decision = event.id;
            let pending = Pending::new(event, BTreeSet::from([BOOTSTRAP.to_string()]));
            let pending = pending.map_err(EntryError::from)?;
            Ok(KindPermit {
                kind: *kind,
                decision,
                permit: Permit(pending),
            })
        };
        kinds.iter().map(permit).collect()
    }
}

fn decision(id: EventId, kind: Kind, facts_at: u64) -> DecisionEvent {
    DecisionEvent {
        principal: Principal::Known(Box::new(Party {
            id: BOOTSTRAP.into(),
            external: "behorig-bootstrap".to_owned(),
            individual: None,
            engagements: Vec::new(),
            commission: None,
            units: vec![INSTALLATION],
            authority: None,
            path: Vec::new(),
        })),
        permission: "register:import".to_owned(),
        action: "importRegister".to_owned(),
        target: TargetRecord {
            kind: "Organisation".to_owned(),
            id: INSTALLATION.into(),
            external: Some(kind.name().to_owned()),
            record_kind: None,
            system: None,
            authority: None,
            care_provider: None,
            path: Vec::new(),
            asserted: Vec::new(),
            unknown: false,
        },
        reasons: vec!["host".to_owned()],
        matched: Vec::new(),
        request_id: "import".to_owned(),
        ..fixture::decision(id, facts_at)
    }
}

/// A database with a log that has begun; gone with the test.
struct Place {
    log: Log,
    clock: Arc<FixedClock>,
    raw: DatabaseConnection,
    _directory: Option<tempfile::TempDir>,
    admin: Option<(DatabaseConnection, String)>,
}

#[expect(
    clippy::disallowed_methods,
    reason = "tests look behind the log's back"
)]
async fn raw(url: &str) -> DatabaseConnection {
    sea_orm::Database::connect(url).await.unwrap()
}

/// A place on each kind of database there is.
async fn places() -> Vec<Place> {
    let directory = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", directory.path().join("behorig.db").display());
    let embedded = Place::begin(&url, Some(directory), None).await;
    let server = test_support::postgres_url();
    let admin = raw(&server).await;
    let name = format!(
        "behorig_import_{}",
        Uuid::from_u128(rand::random()).simple()
    );
    admin
        .execute_unprepared(&format!("CREATE DATABASE {name}"))
        .await
        .unwrap();
    let (place, _) = server.rsplit_once('/').unwrap();
    let url = format!("{place}/{name}");
    vec![
        embedded,
        Place::begin(&url, None, Some((admin, name))).await,
    ]
}

impl Place {
    async fn begin(
        url: &str,
        directory: Option<tempfile::TempDir>,
        admin: Option<(DatabaseConnection, String)>,
    ) -> Self {
        let options = OpenOptions {
            create: true,
            ..OpenOptions::default()
        };
        let database = Database::open(&url.parse().unwrap(), options)
            .await
            .unwrap();
        database.migrate().await.unwrap();
        let clock = Arc::new(FixedClock::at("2026-11-01T09:00:00Z".parse().unwrap()));
        let genesis = Genesis {
            id: fresh(clock.as_ref()),
            origin: "behorig.example/log".to_owned(),
            public_key: "behorig.example/log+00000000+AQ==".to_owned(),
            policy: PolicyEvent {
                id: fresh(clock.as_ref()),
                change: "release",
                generation: 1,
                digest: "sha256:00".to_owned(),
                decision: None,
            },
        };
        let shared: Arc<dyn Clock> = clock.clone();
        let (operation, of) = (genesis.id, shared.clone());
        HostAuthority::found(&database, &shared, genesis, |tx, host| {
            Box::pin(async move {
                let by = ByHost {
                    operation,
                    today: of.now().date(),
                    clock: of.as_ref(),
                };
                Ok(built_in(tx, &host, by).await?)
            })
        })
        .await
        .unwrap();
        let log = Log::open(database, shared, LogOptions::default())
            .await
            .unwrap();
        Self {
            log,
            clock,
            raw: raw(url).await,
            _directory: directory,
            admin,
        }
    }

    fn permits(&self) -> Bootstrap {
        Bootstrap {
            log: self.log.clone(),
            clock: Arc::clone(&self.clock),
        }
    }

    fn context<'a>(&'a self, permits: &'a Bootstrap) -> ImportContext<'a, Bootstrap> {
        ImportContext {
            log: &self.log,
            clock: self.clock.clone(),
            permits,
        }
    }

    async fn import(&self, feed: &str, options: &ImportOptions) -> Result<Summary, ImportError> {
        self.import_with(feed, options, None).await
    }

    async fn import_with(
        &self,
        feed: &str,
        options: &ImportOptions,
        rejects: Option<&mut RejectSink>,
    ) -> Result<Summary, ImportError> {
        let permits = self.permits();
        let context = self.context(&permits);
        let source = Cursor::new(feed.as_bytes().to_vec());
        import(&context, source, options, rejects, &Unwatched).await
    }

    async fn number(&self, sql: &str) -> i64 {
        let statement = Statement::from_string(self.raw.get_database_backend(), sql);
        let row = self.raw.query_one_raw(statement).await.unwrap().unwrap();
        row.try_get_by_index(0).unwrap()
    }

    async fn texts(&self, sql: &str) -> Vec<String> {
        let statement = Statement::from_string(self.raw.get_database_backend(), sql);
        let rows = self.raw.query_all_raw(statement).await.unwrap();
        rows.iter()
            .map(|row| row.try_get_by_index(0).unwrap())
            .collect()
    }

    /// The envelopes of one kind of event, but for what the log began with.
    async fn events(&self, kind: &str) -> Vec<serde_json::Value> {
        let sql = format!(
            "SELECT envelope FROM audit_event WHERE kind = '{kind}' AND COALESCE(decision, '') <> \
             (SELECT event_id FROM audit_event WHERE seq = 0) ORDER BY seq"
        );
        let statement = Statement::from_string(self.raw.get_database_backend(), sql);
        let rows = self.raw.query_all_raw(statement).await.unwrap();
        rows.iter()
            .map(|row| {
                let bytes: Vec<u8> = row.try_get_by_index(0).unwrap();
                serde_json::from_slice(&bytes).unwrap()
            })
            .collect()
    }

    /// What of the register no event tells.
    async fn untold(&self) -> Vec<String> {
        let moment = self.log.database().snapshot().await.unwrap();
        let found = audit::inspect::register_told(&moment).await.unwrap();
        let named = found.named().iter();
        named
            .map(|one| one.words().spoken(Language::English).to_owned())
            .collect()
    }

    /// Everything that the test has changed is told, to the last column.
    async fn done(self) {
        assert_eq!(self.untold().await, [""; 0]);
        self.put_away().await;
    }

    /// Where the test has changed the register by itself.
    async fn put_away(self) {
        self.log.database().close().await;
        self.raw.close().await.unwrap();
        if let Some((admin, name)) = self.admin {
            let drop = format!("DROP DATABASE {name} WITH (FORCE)");
            admin.execute_unprepared(&drop).await.unwrap();
        }
    }
}

/// A run whose feed has been staged and checked, and of which nothing has been applied.
async fn checked<'a>(context: &ImportContext<'a, Bootstrap>, feed: &str) -> (Worker<'a>, Standing) {
    let options = options();
    let (worker, mut standing) = begin(context, &options).await.unwrap();
    let source = Cursor::new(feed.as_bytes().to_vec());
    let read = reading::read(&worker, source, &options, None, &Unwatched)
        .await
        .unwrap();
    standing.today = read.ending.trailer.unwrap().today.to_string();
    standing.lines = read.ending.lines;
    checking::check(&worker, &options, &mut standing, &Unwatched)
        .await
        .unwrap();
    (worker, standing)
}

fn region() -> String {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../tests/data/region-300.jsonl"
    );
    std::fs::read_to_string(path).unwrap()
}

/// The table of a kind of record.
fn table(kind: &str) -> &str {
    match kind {
        "supplierAssessment" => "supplier_assessment",
        "grant" => "role_grant",
        "database" => "\"database\"",
        other => other,
    }
}

fn options() -> ImportOptions {
    ImportOptions::default()
}

/// The region's feed after one line has been changed.
fn edited(from: &str, to: &str) -> String {
    let region = region();
    assert_eq!(region.matches(from).count(), 1, "{from}");
    region.replace(from, to)
}

fn is_sqlite(place: &Place) -> bool {
    place.raw.get_database_backend() == DbBackend::Sqlite
}
