//! The log as its bytes prove it, read beside the service and by other code than the service's.

use std::collections::{BTreeSet, HashMap};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sea_orm::{
    AccessMode, ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr,
    IsolationLevel, QueryResult, Statement, TransactionOptions, TransactionTrait,
};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::installation::Installation;

type Hash = [u8; 32];

/// One event.
#[derive(Debug)]
pub(crate) struct Recorded {
    pub(crate) seq: i64,
    pub(crate) envelope: Value,
}

/// A log that has been verified.
#[derive(Debug)]
pub(crate) struct Evidence {
    pub(crate) events: Vec<Recorded>,
    leaves: Vec<Hash>,
    by_id: HashMap<String, usize>,
}

/// Takes away what keeps clumsy hands off, for a test that plays a thief of the database; what puts it back.
pub(crate) async fn disarm(connection: &DatabaseConnection) -> Vec<String> {
    let sql = if connection.get_database_backend() == DbBackend::Sqlite {
        "SELECT 'DROP TRIGGER ' || name, sql FROM sqlite_master WHERE type = 'trigger'"
    } else {
        "SELECT 'ALTER TABLE ' || tablename || ' DISABLE TRIGGER ALL', \
         'ALTER TABLE ' || tablename || ' ENABLE TRIGGER ALL' FROM pg_tables \
         WHERE schemaname = current_schema()"
    };
    let statement = Statement::from_string(connection.get_database_backend(), sql);
    let mut arming = Vec::new();
    for row in connection.query_all_raw(statement).await.expect("rows") {
        let disarming: String = row.try_get_by_index(0).expect("a statement");
        connection
            .execute_unprepared(&disarming)
            .await
            .expect("disarmed");
        arming.push(row.try_get_by_index(1).expect("a statement"));
    }
    arming
}

/// Runs a statement as a thief does, who leaves everything else as it was.
pub(crate) async fn unarmed(connection: &DatabaseConnection, sql: &str) -> Result<(), DbErr> {
    let arming = disarm(connection).await;
    let done = connection.execute_unprepared(sql).await;
    for armed in arming {
        connection.execute_unprepared(&armed).await.expect("armed");
    }
    done.map(drop)
}

impl Recorded {
    pub(crate) fn id(&self) -> &str {
        self.envelope["id"].as_str().expect("an id")
    }

    pub(crate) fn is(&self, kind: &str) -> bool {
        self.envelope["kind"] == kind
    }

    /// Whether it is an allow that rests on the grant.
    pub(crate) fn allows_by(&self, grant: &str) -> bool {
        let matched = self.envelope["matched"].as_array();
        let rests = matched.is_some_and(|grants| grants.iter().any(|one| one == grant));
        self.envelope["outcome"] == "allow" && rests
    }

    fn is_change(&self, change: &str) -> bool {
        self.is("change") && self.envelope["change"] == change
    }
}

impl Evidence {
    /// Reads the whole log in one moment and proves it.
    ///
    /// Seqs have no gap, ids do not repeat, recorded time never goes back, each leaf and the root follow
    /// from the stored bytes, the frontier folds to the root, and a grant exists, or is revoked, where
    /// and only where an event says so.
    pub(crate) async fn of(installation: &Installation) -> Self {
        let connection = installation.connection().await;
        let mut moment = TransactionOptions::default();
        if connection.get_database_backend() == DbBackend::Postgres {
            moment.isolation_level = Some(IsolationLevel::RepeatableRead);
            moment.access_mode = Some(AccessMode::ReadOnly);
        }
        let reading = connection
            .begin_with_options(moment)
            .await
            .expect("a moment");
        let head = rows(&reading, "SELECT size, root, frontier FROM audit_head").await;
        let sql = "SELECT seq, event_id, envelope, leaf FROM audit_event ORDER BY seq";
        let stored = rows(&reading, sql).await;
        let grants = rows(&reading, "SELECT id, revoked_at FROM role_grant").await;
        reading.rollback().await.expect("read");
        connection.close().await.expect("closed");

        let evidence = Self::proved(&head[0], &stored);
        evidence.prove_effects(&grants);
        evidence
    }

    fn proved(head: &QueryResult, stored: &[QueryResult]) -> Self {
        let mut events = Vec::with_capacity(stored.len());
        let mut by_id = HashMap::new();
        let mut leaves: Vec<Hash> = Vec::with_capacity(stored.len());
        let mut last = 0;
        for (n, row) in stored.iter().enumerate() {
            let seq: i64 = row.try_get("", "seq").expect("a seq");
            assert_eq!(seq, i64::try_from(n).expect("a number"), "a gap in the log");
            let bytes: Vec<u8> = row.try_get("", "envelope").expect("an envelope");
            let leaf: Vec<u8> = row.try_get("", "leaf").expect("a leaf");
            let computed = hash(0, &[&bytes]);
            assert_eq!(leaf, computed, "the leaf of {seq}");
            leaves.push(computed);
            let envelope: Value = serde_json::from_slice(&bytes).expect("an envelope is JSON");
            let at = envelope["recordedAt"].as_i64().expect("an instant");
            assert!(at >= last, "time goes back at {seq}");
            last = at;
            let id: String = row.try_get("", "event_id").expect("an id");
            assert_eq!(envelope["id"], id.as_str());
            assert!(by_id.insert(id, n).is_none(), "{seq} repeats an event's id");
            events.push(Recorded { seq, envelope });
        }
        let size: i64 = head.try_get("", "size").expect("a size");
        assert_eq!(
            size,
            i64::try_from(events.len()).expect("a number"),
            "the head's size"
        );
        let root: Vec<u8> = head.try_get("", "root").expect("a root");
        assert_eq!(root, tree(&leaves), "the root of the stored bytes");
        let frontier: Vec<u8> = head.try_get("", "frontier").expect("a frontier");
        assert_eq!(frontier, roots_of(&leaves).concat(), "the frontier");
        Self {
            events,
            leaves,
            by_id,
        }
    }

    fn prove_effects(&self, grants: &[QueryResult]) {
        let id = |row: &QueryResult| row.try_get::<String>("", "id").expect("an id");
        let revoked = |row: &&QueryResult| {
            row.try_get::<Option<i64>>("", "revoked_at")
                .expect("an instant")
                .is_some()
        };
        let stored: BTreeSet<String> = grants.iter().map(id).collect();
        assert_eq!(
            stored,
            self.grants_that_were("created"),
            "grants and their events"
        );
        let stored: BTreeSet<String> = grants.iter().filter(revoked).map(id).collect();
        assert_eq!(
            stored,
            self.grants_that_were("revoked"),
            "revocations and their events"
        );

        let mut fulfilled = BTreeSet::new();
        let effects = self.events.iter().filter(|event| {
            // A set that the host puts in force has no decision behind it.
            event.is("change") || (event.is("policy") && !event.envelope["decision"].is_null())
        });
        for change in effects {
            let decision = change.envelope["decision"].as_str().expect("a decision");
            let behind = self.find(decision).expect("the decision behind a change");
            assert!(
                behind.seq < change.seq,
                "{} was decided afterwards",
                change.seq
            );
            assert_ne!(behind.envelope["outcome"], "deny");
            fulfilled.insert(decision);
        }
        for decision in self
            .events
            .iter()
            .filter(|event| event.envelope["effect"] == "done")
        {
            let is_new = fulfilled.contains(decision.id());
            assert!(is_new, "{} says it had an effect", decision.seq);
        }
    }

    /// The grants that events say were created, or revoked.
    pub(crate) fn grants_that_were(&self, change: &str) -> BTreeSet<String> {
        let changes = self.events.iter().filter(|event| event.is_change(change));
        let entities = changes.filter_map(|event| event.envelope["entity"].as_str());
        entities
            .filter(|id| id.starts_with("grt_"))
            .map(str::to_owned)
            .collect()
    }

    /// The root of the first so many events, in base64.
    pub(crate) fn root_of(&self, size: usize) -> String {
        STANDARD.encode(tree(&self.leaves[..size]))
    }

    /// The event of that id.
    pub(crate) fn find(&self, id: &str) -> Option<&Recorded> {
        self.by_id.get(id).map(|index| &self.events[*index])
    }

    /// The seq at which the grant was revoked.
    pub(crate) fn revocation_of(&self, grant: &str) -> Option<i64> {
        let mut revoked = self
            .events
            .iter()
            .filter(|event| event.is_change("revoked"));
        revoked
            .find(|event| event.envelope["entity"] == grant)
            .map(|event| event.seq)
    }

    /// Events of operations of that name.
    pub(crate) fn operations(&self, name: &str) -> usize {
        self.events
            .iter()
            .filter(|event| event.envelope["operation"] == name)
            .count()
    }
}

async fn rows(reading: &DatabaseTransaction, sql: &str) -> Vec<QueryResult> {
    let statement = Statement::from_string(reading.get_database_backend(), sql);
    reading.query_all_raw(statement).await.expect("rows")
}

fn hash(prefix: u8, parts: &[&[u8]]) -> Hash {
    let mut hash = Sha256::new_with_prefix([prefix]);
    for part in parts {
        hash.update(part);
    }
    hash.finalize().into()
}

/// RFC 6962 section 2.1, by its recursive definition.
fn tree(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => Sha256::digest([]).into(),
        [leaf] => *leaf,
        _ => {
            let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
            hash(1, &[&tree(left), &tree(right)])
        }
    }
}

/// The roots of the complete subtrees that the digits of the size name, the largest first.
fn roots_of(mut leaves: &[Hash]) -> Vec<Hash> {
    let mut roots = Vec::new();
    while let Some(digit) = leaves.len().checked_ilog2() {
        let (complete, rest) = leaves.split_at(1 << digit);
        roots.push(tree(complete));
        leaves = rest;
    }
    roots
}
