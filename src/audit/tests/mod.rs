//! The log against real databases, SQLite and PostgreSQL.

mod address;
mod appending;
mod clock;
mod concurrency;
mod effects;
mod facts;
mod outage;
mod refused;
mod staleness;
mod tampering;
mod told;

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use futures_util::future::BoxFuture;
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, Statement};
use test_support::Proxy;
use uuid::Uuid;

use super::*;
use domain::clock::{Clock, FixedClock};
use domain::id::{EntityRef, EventId, GrantId, INSTALLATION, IndividualId};
use domain::verdict::Outcome;
use domain::{ChangeKind, Instant};
use register::Aggregate;
use transparency::canonical;
use transparency::event::{Change, DecisionEvent, EventError, PolicyEvent};
use transparency::fixture::{self, ANNA, GRANT, UNIT};
use transparency::slot::SlotValue;
use transparency::tree::{Frontier, STORED_LEVELS, leaf_hash};

static NEXT: AtomicU64 = AtomicU64::new(1);

/// An event id that no other has.
fn event_id() -> EventId {
    EventId::from_uuid(Uuid::from_u128(
        0x0199_0000_0000_7000_8000_0000_0000_0000
            + u128::from(NEXT.fetch_add(1, Ordering::Relaxed)),
    ))
}

/// A database that is gone with the test.
struct TestDatabase {
    url: String,
    database: Database,
    clock: Arc<FixedClock>,
    raw: DatabaseConnection,
    _directory: Option<tempfile::TempDir>,
    admin: Option<(DatabaseConnection, String)>,
}

#[expect(
    clippy::disallowed_methods,
    reason = "tests alter databases behind the log's back"
)]
async fn raw(url: &str) -> DatabaseConnection {
    sea_orm::Database::connect(url).await.unwrap()
}

/// A migrated database of each kind there is, without a log.
async fn empty_databases() -> Vec<TestDatabase> {
    let directory = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", directory.path().join("log.db").display());
    let embedded = TestDatabase::open(url, Some(directory), None).await;
    let server = test_support::postgres_url();
    let admin = raw(&server).await;
    let name = format!("behorig_test_{}", Uuid::from_u128(rand::random()).simple());
    admin
        .execute_unprepared(&format!("CREATE DATABASE {name}"))
        .await
        .unwrap();
    let (place, _) = server.rsplit_once('/').unwrap();
    let url = format!("{place}/{name}");
    vec![
        embedded,
        TestDatabase::open(url, None, Some((admin, name))).await,
    ]
}

/// A database of each kind there is, with a log that has begun.
async fn databases() -> Vec<TestDatabase> {
    let databases = empty_databases().await;
    for db in &databases {
        db.begin().await.unwrap();
    }
    databases
}

impl TestDatabase {
    async fn open(
        url: String,
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
        let raw = raw(&url).await;
        let people =
            (0..PEOPLE).map(|number| format!("('{}', 'hr', 'k{number}')", individual(number)));
        let people: Vec<String> = people.collect();
        let sql = "INSERT INTO individual (id, source, external_key) VALUES ";
        raw.execute_unprepared(&format!("{sql}{}", people.join(", ")))
            .await
            .unwrap();
        let at = "2026-11-22T09:00:00Z".parse().unwrap();
        Self {
            url,
            database,
            clock: Arc::new(FixedClock::at(at)),
            raw,
            _directory: directory,
            admin,
        }
    }

    async fn begin(&self) -> Result<Receipt, GenesisError<Infallible>> {
        let genesis = Genesis {
            id: event_id(),
            origin: "behorig.example/log".to_owned(),
            public_key: "behorig.example/log+00000000+AQ==".to_owned(),
            policy: PolicyEvent {
                id: event_id(),
                change: "release",
                generation: 1,
                digest: "sha256:00".to_owned(),
                decision: None,
            },
        };
        let begun = Log::genesis(&self.database, self.clock.as_ref(), genesis, nothing);
        begun.await.map(|((), receipt)| receipt)
    }

    async fn log(&self) -> Log {
        self.log_with(LogOptions::default()).await
    }

    /// With a deadline that a busy machine does not miss.
    async fn patient_log(&self) -> Log {
        self.log_with(LogOptions {
            deadline: std::time::Duration::from_secs(30),
            ..LogOptions::default()
        })
        .await
    }

    async fn log_with(&self, options: LogOptions) -> Log {
        let clock: Arc<dyn Clock> = self.clock.clone();
        Log::open(self.database.clone(), clock, options)
            .await
            .unwrap()
    }

    /// The log as another process has it.
    async fn another_log(&self, options: LogOptions) -> Log {
        let database = Database::open(&self.url.parse().unwrap(), OpenOptions::default())
            .await
            .unwrap();
        let clock: Arc<dyn Clock> = self.clock.clone();
        Log::open(database, clock, options).await.unwrap()
    }

    /// The log through a wire that can be cut; `None`: this database has none.
    async fn log_by_wire(&self, options: LogOptions) -> Option<(Log, Proxy)> {
        self.url.strip_prefix("postgres://")?;
        let (proxy, url) = Proxy::to(&self.url).await;
        let open = OpenOptions {
            deadline: options.deadline,
            ..OpenOptions::default()
        };
        let database = Database::open(&url.parse().unwrap(), open).await.unwrap();
        let clock: Arc<dyn Clock> = self.clock.clone();
        let log = Log::open(database, clock, options).await.unwrap();
        Some((log, proxy))
    }

    /// What the head says of facts that are read now.
    async fn facts_at(&self) -> u64 {
        self.database.snapshot().await.unwrap().facts_at()
    }

    async fn run(&self, sql: &str) -> Result<u64, sea_orm::DbErr> {
        let done = self.raw.execute_unprepared(sql).await?;
        Ok(done.rows_affected())
    }

    async fn number(&self, sql: &str) -> i64 {
        let statement = Statement::from_string(self.raw.get_database_backend(), sql);
        let row = self.raw.query_one_raw(statement).await.unwrap().unwrap();
        row.try_get_by_index(0).unwrap()
    }

    /// Takes the triggers away, as a thief of the database would.
    async fn disarm(&self) {
        if self.database.backend() == DbBackend::Sqlite {
            for trigger in ["head_goes_forward", "event_is_not_changed", "head_stays"] {
                self.run(&format!("DROP TRIGGER audit_{trigger}"))
                    .await
                    .unwrap();
            }
        } else {
            for table in ["audit_head", "audit_event"] {
                self.run(&format!("ALTER TABLE {table} DISABLE TRIGGER ALL"))
                    .await
                    .unwrap();
            }
        }
    }

    /// Every envelope in order, after everything derived from them was compared with them.
    async fn verified(&self) -> Vec<canonical::Value> {
        let all = async |sql: &str| {
            let statement = Statement::from_string(self.raw.get_database_backend(), sql);
            self.raw.query_all_raw(statement).await.unwrap()
        };
        let rows = all("SELECT seq, event_id, t_us, kind, envelope, leaf, outcome \
                        FROM audit_event ORDER BY seq")
        .await;
        let mut frontier = Frontier::default();
        let mut nodes = Vec::new();
        let mut events = Vec::new();
        let (mut last, mut decisions, mut change_seq) = (0, 0, 0);
        for (index, row) in rows.iter().enumerate() {
            let seq: i64 = row.try_get_by_index(0).unwrap();
            assert_eq!(usize::try_from(seq).unwrap(), index, "the log has a gap");
            let bytes: Vec<u8> = row.try_get_by_index(4).unwrap();
            let value = canonical::Value::parse(&bytes).unwrap();
            let members = value.as_object().unwrap();
            let text = |key| members.get(key).and_then(canonical::Value::as_text);
            let id: String = row.try_get_by_index(1).unwrap();
            assert_eq!(text("id"), Some(id.as_str()));
            let kind: String = row.try_get_by_index(3).unwrap();
            assert_eq!(text("kind"), Some(kind.as_str()));
            if kind == "change" || kind == "policy" {
                change_seq = seq + 1;
            }
            let outcome: Option<String> = row.try_get_by_index(6).unwrap();
            assert_eq!(text("outcome"), outcome.as_deref());
            decisions += i64::from(outcome.is_some());
            let at: i64 = row.try_get_by_index(2).unwrap();
            assert_eq!(members.get("recordedAt").unwrap().as_integer(), Some(at));
            assert!(at >= last, "time went back");
            last = at;
            let leaf: Vec<u8> = row.try_get_by_index(5).unwrap();
            assert_eq!(leaf, leaf_hash(&bytes));
            frontier.append(leaf_hash(&bytes), &mut nodes);
            events.push(value);
        }
        let head = &all("SELECT size, root, frontier, last_t, change_seq FROM audit_head").await[0];
        let number = |index| head.try_get_by_index::<i64>(index).unwrap();
        let bytes = |index| head.try_get_by_index::<Vec<u8>>(index).unwrap();
        assert_eq!(usize::try_from(number(0)).unwrap(), events.len());
        assert_eq!(bytes(1), frontier.root());
        assert_eq!(bytes(2), frontier.encode());
        assert_eq!((number(3), number(4)), (last, change_seq));
        let stored = all("SELECT level, idx, hash FROM audit_node ORDER BY level, idx").await;
        nodes.sort_by_key(|node| (node.level, node.index));
        assert_eq!(stored.len(), nodes.len());
        for (row, node) in stored.iter().zip(&nodes) {
            assert!(STORED_LEVELS.contains(&node.level));
            assert_eq!(
                row.try_get_by_index::<i64>(0).unwrap(),
                i64::from(node.level)
            );
            assert_eq!(row.try_get_by_index::<Vec<u8>>(2).unwrap(), node.hash);
        }
        let counted = self
            .number("SELECT CAST(COALESCE(SUM(count), 0) AS BIGINT) FROM audit_rollup")
            .await;
        assert_eq!(counted, decisions, "the counts by day do not add up");
        events
    }

    async fn done(self) {
        self.database.close().await;
        self.raw.close().await.unwrap();
        if let Some((admin, name)) = self.admin {
            let drop = format!("DROP DATABASE {name} WITH (FORCE)");
            admin.execute_unprepared(&drop).await.unwrap();
        }
    }
}

/// An effect that changes nothing.
fn nothing(_: &Tx) -> BoxFuture<'_, Effected<(), Infallible>> {
    Box::pin(async { Ok(((), Vec::new())) })
}

/// The fixture's decision under a number of its own.
fn decision(facts_at: u64) -> DecisionEvent {
    fixture::decision(event_id(), facts_at)
}

/// The decision rests on Anna, her unit and her grant.
fn pending(event: DecisionEvent) -> Pending {
    let keys = [ANNA.to_string(), UNIT.to_string(), GRANT.to_string()];
    Pending::new(event, BTreeSet::from(keys)).unwrap()
}

/// What `gate` gives out.
struct Permit(Pending);

impl Authorised for Permit {
    fn into_pending(self) -> Pending {
        self.0
    }
}

/// How many human beings the register of a test has.
const PEOPLE: u64 = 4_096;

/// The human being of that number.
fn individual(number: u64) -> IndividualId {
    IndividualId::from_uuid(Uuid::from_u128(u128::from(number % PEOPLE) + 1))
}

/// A change of somebody in the register, who is another than those of the last changes, which may alter the facts of
/// that thing.
fn change(decision: EventId, touched: impl Into<EntityRef>, kind: ChangeKind) -> Change {
    let somebody = individual(NEXT.fetch_add(1, Ordering::Relaxed)).into();
    Change {
        touches: BTreeSet::from([touched.into().to_string()]),
        ..whatever(Change::new(event_id(), somebody, kind, decision))
    }
}

/// The change, whatever is written in the rows by it.
fn whatever(change: Change) -> Change {
    let of = Aggregate::of(change.entity.kind()).unwrap();
    change.setting(of.names())
}

/// Changes one thing of the register, as far as the log can see.
async fn touch(log: &Log, db: &TestDatabase, entity: EntityRef) -> Receipt {
    let event = decision(db.facts_at().await);
    let id = event.id;
    let changed = log
        .transact(Permit(pending(event)), Vec::new(), |_| {
            Box::pin(async move {
                Ok::<_, Infallible>(((), vec![change(id, entity, ChangeKind::Changed)]))
            })
        })
        .await;
    changed.unwrap().1
}
