//! Appending a batch of events inside an open transaction that holds the head.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::{DatabaseTransaction, Value};

use super::entry::Entry;
use super::facts::{self, FactMemory, StoredFacts};
use super::head::{Failure, Fatal, Head, stored};
use super::rows::{Table, insert};
use super::sets::{self, Set, SetMemory};
use super::state::Known;
use domain::Instant;
use transparency::tree::{Hash, Node, leaf_hash};

/// What this process knows of what stands beside events.
#[derive(Debug, Default)]
pub(super) struct Memory {
    /// What is known of the facts that decisions were made from.
    pub(super) facts: FactMemory,
    /// The sets that are there.
    pub(super) sets: SetMemory,
}

/// What was appended; it counts once it is committed.
#[derive(Debug)]
pub(super) struct Appended {
    pub(super) first_seq: u64,
    pub(super) recorded_at: Instant,
    pub(super) head: Head,
    pub(super) facts: StoredFacts,
    pub(super) sets: Vec<Set>,
}

const EVENTS: Table = Table {
    name: "audit_event",
    columns: &[
        "seq",
        "event_id",
        "t_us",
        "kind",
        "principal",
        "principal_name",
        "individual",
        "place",
        "asker",
        "permission",
        "action",
        "resource_type",
        "resource_id",
        "system",
        "path",
        "outcome",
        "level",
        "policy",
        "reasons",
        "decision",
        "owes",
        "envelope",
        "leaf",
    ],
    otherwise: "",
};

const LISTED: Table = Table {
    name: "audit_listed",
    columns: &["resource_id", "seq"],
    otherwise: "",
};

const SLOTS: Table = Table {
    name: "audit_slot",
    columns: &[
        "seq",
        "slot",
        "salt",
        "value",
        "retention_class",
        "authority",
    ],
    otherwise: "",
};

const LATEST: Table = Table {
    name: "audit_latest",
    columns: &["entity", "seq"],
    otherwise: " ON CONFLICT (entity) DO UPDATE SET seq = excluded.seq",
};

const NODES: Table = Table {
    name: "audit_node",
    columns: &["level", "idx", "hash"],
    otherwise: "",
};

const ROLLUP: Table = Table {
    name: "audit_rollup",
    columns: &["day", "outcome", "reason", "system", "level", "count"],
    otherwise: " ON CONFLICT (day, outcome, reason, system, level) \
                DO UPDATE SET count = audit_rollup.count + excluded.count",
};

/// Appends the events in order. The caller holds `head` and has satisfied itself that it is sound. Where there are
/// changes among them, it gives the register at the head, which is that after them from then on.
pub(super) async fn append(
    tx: &DatabaseTransaction,
    head: &Head,
    entries: &[&Entry],
    now: Instant,
    memory: &Memory,
    register: Option<&mut Known>,
) -> Result<Appended, Failure> {
    let mut batch = Batch::new(head, now);
    let last = entries
        .iter()
        .rposition(|entry| entry.draft.tells().is_some());
    let root = register.map(|known| {
        let told = entries.iter().filter_map(|entry| entry.draft.tells());
        let told = told.map(|(thing, digest)| (thing.to_string(), digest));
        known.root_after(told, head.size() + entries.len() as u64)
    });
    for (at, entry) in entries.iter().enumerate() {
        batch.add(entry, root.as_ref().filter(|_| last == Some(at)))?;
    }
    let Batch {
        head: after,
        events,
        sets,
        listed,
        slots,
        latest,
        nodes,
        rollup,
    } = batch;
    insert(tx, &EVENTS, events).await?;
    let sets = sets::store(tx, sets, &memory.sets).await?;
    insert(tx, &LISTED, listed).await?;
    insert(tx, &SLOTS, slots).await?;
    let facts = entries.iter().flat_map(|entry| entry.draft.facts());
    let facts = facts::store(tx, facts, after.last_t, &memory.facts).await?;
    insert(tx, &LATEST, latest).await?;
    insert(tx, &NODES, node_rows(&nodes)).await?;
    insert(tx, &ROLLUP, rollup_rows(&rollup, after.last_t)).await?;
    after.store(tx, head).await?;
    Ok(Appended {
        first_seq: head.size(),
        recorded_at: after.last_t,
        head: after,
        facts,
        sets,
    })
}

/// Outcome, primary reason, system and level.
type Count<'a> = (&'a str, &'a str, &'a str, i64);

struct Batch<'a> {
    head: Head,
    events: Vec<Value>,
    sets: BTreeSet<(&'static str, &'a str)>,
    listed: Vec<Value>,
    slots: Vec<Value>,
    latest: Vec<Value>,
    nodes: Vec<Node>,
    rollup: BTreeMap<Count<'a>, i64>,
}

impl<'a> Batch<'a> {
    fn new(head: &Head, now: Instant) -> Self {
        let mut head = head.clone();
        head.last_t = head.last_t.max(now);
        Self {
            head,
            events: Vec::new(),
            sets: BTreeSet::new(),
            listed: Vec::new(),
            slots: Vec::new(),
            latest: Vec::new(),
            nodes: Vec::new(),
            rollup: BTreeMap::new(),
        }
    }

    fn add(&mut self, entry: &'a Entry, root: Option<&Hash>) -> Result<(), Fatal> {
        let Entry { draft, columns, .. } = entry;
        let seq = self.head.size();
        let at = self.head.last_t;
        let envelope = draft.envelope(at, root).map_err(|_| Fatal::Clock)?;
        let leaf = leaf_hash(&envelope);
        self.head.frontier.append(leaf, &mut self.nodes);
        if columns.alters_facts() {
            self.head.change_seq = seq + 1;
        }
        self.events.extend([
            stored(seq).into(),
            draft.id().to_string().into(),
            at.as_micros().into(),
            columns.kind.into(),
            columns.principal.clone().into(),
            columns.principal_name.clone().into(),
            columns.individual.clone().into(),
            columns.place.clone().into(),
            columns.asker.clone().into(),
            columns.permission.clone().into(),
            columns.action.clone().into(),
            columns.resource_type.clone().into(),
            columns.resource_id.clone().into(),
            columns.system.clone().into(),
            columns.path.clone().into(),
            columns.outcome.map(str::to_owned).into(),
            columns.level.into(),
            columns.policy.clone().into(),
            columns.reasons.clone().into(),
            columns.decision.clone().into(),
            columns.owes.map(str::to_owned).into(),
            envelope.into(),
            leaf.to_vec().into(),
        ]);
        self.sets.extend(columns.sets());
        for id in &entry.listed {
            self.listed
                .extend([id.to_string().into(), stored(seq).into()]);
        }
        for salted in draft.slots() {
            let slot = &salted.slot;
            self.slots.extend([
                stored(seq).into(),
                slot.name.into(),
                salted.salt.to_vec().into(),
                slot.value.as_str().into(),
                slot.retention_class.as_str().into(),
                slot.authority.map(|id| id.to_string()).into(),
            ]);
        }
        if let Some((thing, _)) = draft.tells() {
            self.latest
                .extend([thing.to_string().into(), stored(seq).into()]);
        }
        if let Some(outcome) = columns.outcome {
            let key = (
                outcome,
                columns.policy.as_deref().unwrap_or_default(),
                columns.system.as_deref().unwrap_or_default(),
                columns.level.unwrap_or_default(),
            );
            *self.rollup.entry(key).or_default() += 1;
        }
        Ok(())
    }
}

fn node_rows(nodes: &[Node]) -> Vec<Value> {
    nodes
        .iter()
        .flat_map(|node| {
            [
                i64::from(node.level).into(),
                stored(node.index).into(),
                node.hash.to_vec().into(),
            ]
        })
        .collect()
}

fn rollup_rows(rollup: &BTreeMap<Count<'_>, i64>, at: Instant) -> Vec<Value> {
    let day = at.date().to_string();
    rollup
        .iter()
        .flat_map(|((outcome, reason, system, level), count)| {
            [
                day.as_str().into(),
                (*outcome).into(),
                (*reason).into(),
                (*system).into(),
                (*level).into(),
                (*count).into(),
            ]
        })
        .collect()
}
