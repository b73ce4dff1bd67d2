//! What the log tells of the register, read for whoever makes a value of it.
//!
//! A personal value that is not what its event commits to is none, and what is told of its thing is broken: nobody can
//! know what it is.

use std::collections::{BTreeMap, BTreeSet};

use data_encoding::HEXLOWER;
use domain::EntityRef;
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr, Statement, Value as SqlValue};
use serde_json::{Map, Value};
use transparency::canonical;
use transparency::slot::{Salt, commitment};
use transparency::state_root::told;
use transparency::tree::Hash;

use super::super::connection::Snapshot;
use super::super::head::{number, stored};
use super::super::rows::in_list;

/// How many events are read at once.
const PAGE: usize = 2_048;

/// What an event tells of a thing.
#[derive(Debug, Clone)]
pub struct Telling {
    /// The event.
    pub seq: u64,
    /// The thing.
    pub thing: EntityRef,
    /// What may stand in clear, by field.
    pub clear: Map<String, Value>,
    /// What is personal, by field: as much of it as was wanted.
    pub personal: BTreeMap<String, String>,
    /// Whether all that was wanted is there, and is what the event commits to.
    pub is_whole: bool,
    /// What the thing is, as one hash.
    pub digest: Hash,
    /// The root of the register after it, where it is the last change of its commit.
    pub root: Option<String>,
}

/// Which changes are told.
#[derive(Debug, Clone, Copy)]
enum Which {
    /// The last about each thing.
    Latest,
    /// All from that seq on.
    From(u64),
}

impl Snapshot {
    /// Tells what each thing of the register is, by the last change about it as the database's own list has them.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub async fn tell_latest(
        &self,
        wanted: &[&str],
        each: &mut (dyn FnMut(Telling) + Send),
    ) -> Result<(), DbErr> {
        self.tell(Which::Latest, wanted, each).await
    }

    /// Tells what was changed from that seq on, in order.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub async fn tell_from(
        &self,
        seq: u64,
        wanted: &[&str],
        each: &mut (dyn FnMut(Telling) + Send),
    ) -> Result<(), DbErr> {
        self.tell(Which::From(seq), wanted, each).await
    }

    async fn tell(
        &self,
        which: Which,
        wanted: &[&str],
        each: &mut (dyn FnMut(Telling) + Send),
    ) -> Result<(), DbErr> {
        let db = self.connection();
        let (sql, mut from) = match which {
            Which::Latest => (
                "SELECT e.seq, e.envelope FROM audit_latest l JOIN audit_event e ON e.seq = l.seq \
                 WHERE e.seq >= $1 AND e.seq < $2 ORDER BY e.seq LIMIT $3",
                0,
            ),
            Which::From(seq) => (
                "SELECT seq, envelope FROM audit_event WHERE kind = 'change' \
                 AND seq >= $1 AND seq < $2 ORDER BY seq LIMIT $3",
                seq,
            ),
        };
        loop {
            let values = [from, self.log_size(), PAGE as u64].map(|value| stored(value).into());
            let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
            let rows = db.query_all_raw(statement).await?;
            let mut page = BTreeMap::new();
            for row in &rows {
                let seq = number(row, 0)?;
                from = seq + 1;
                let envelope: Vec<u8> = row.try_get_by_index(1)?;
                // What tells of nothing is found by the root.
                if let Some(read) = Original::of(&envelope, wanted) {
                    page.insert(seq, read);
                }
            }
            values_of(db, &mut page, wanted).await?;
            for (seq, read) in page {
                each(read.telling(seq));
            }
            if rows.len() < PAGE {
                return Ok(());
            }
        }
    }
}

/// What an event tells of a thing, with the personal values that are what it commits to.
#[derive(Debug)]
pub(in super::super) struct Original {
    pub(in super::super) thing: EntityRef,
    pub(in super::super) clear: Map<String, Value>,
    /// The commitments whose values are wanted, by name.
    pub(in super::super) committed: BTreeMap<String, String>,
    pub(in super::super) personal: BTreeMap<String, String>,
    pub(in super::super) digest: Hash,
    /// The decision by which it is so.
    pub(in super::super) decision: Option<String>,
    root: Option<String>,
}

/// What those events tell; of those that are not there, or tell of nothing, there is nothing.
pub(in super::super) async fn originals(
    db: &DatabaseTransaction,
    seqs: &[u64],
    wanted: &[&str],
) -> Result<BTreeMap<u64, Original>, DbErr> {
    let mut all = BTreeMap::new();
    for seqs in seqs.chunks(PAGE) {
        let values = seqs.iter().map(|seq| stored(*seq).into()).collect();
        let (values, places) = in_list(0, values);
        let sql = format!("SELECT seq, envelope FROM audit_event WHERE seq IN ({places})");
        let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
        let mut page = BTreeMap::new();
        for row in db.query_all_raw(statement).await? {
            let envelope: Vec<u8> = row.try_get_by_index(1)?;
            if let Some(read) = Original::of(&envelope, wanted) {
                page.insert(number(&row, 0)?, read);
            }
        }
        values_of(db, &mut page, wanted).await?;
        all.append(&mut page);
    }
    Ok(all)
}

impl Original {
    fn of(envelope: &[u8], wanted: &[&str]) -> Option<Self> {
        let canonical = canonical::Value::parse(envelope).ok()?;
        let (thing, digest) = told(&canonical)?;
        let mut whole: Value = serde_json::from_slice(envelope).ok()?;
        let Value::Object(clear) = whole.get_mut("state")?.take() else {
            return None;
        };
        let names = whole.get("personal").and_then(Value::as_array);
        let names = names.into_iter().flatten().filter_map(Value::as_str);
        let names: BTreeSet<&str> = names.filter(|name| wanted.contains(name)).collect();
        let slots = whole.get("slots");
        let committed = names.into_iter().map(|name| {
            let commitment = slots.and_then(|slots| slots.get(name)?.get("commitment")?.as_str());
            let commitment = commitment.unwrap_or_default();
            (name.to_owned(), commitment.to_owned())
        });
        Some(Self {
            thing: thing.parse().ok()?,
            clear,
            committed: committed.collect(),
            personal: BTreeMap::new(),
            digest,
            decision: whole
                .get("decision")
                .and_then(Value::as_str)
                .map(str::to_owned),
            root: whole.get("root").and_then(Value::as_str).map(str::to_owned),
        })
    }

    fn telling(self, seq: u64) -> Telling {
        Telling {
            seq,
            thing: self.thing,
            clear: self.clear,
            is_whole: self.committed.len() == self.personal.len(),
            personal: self.personal,
            digest: self.digest,
            root: self.root,
        }
    }
}

/// Reads the values that are wanted of the events of a page.
async fn values_of(
    db: &DatabaseTransaction,
    page: &mut BTreeMap<u64, Original>,
    wanted: &[&str],
) -> Result<(), DbErr> {
    let seqs = page.iter().filter(|(_, read)| !read.committed.is_empty());
    let seqs: Vec<SqlValue> = seqs.map(|(seq, _)| stored(*seq).into()).collect();
    if seqs.is_empty() {
        return Ok(());
    }
    let (seqs, places) = in_list(0, seqs);
    let names: Vec<String> = wanted.iter().map(|name| format!("'{name}'")).collect();
    let sql = format!(
        "SELECT seq, slot, salt, value FROM audit_slot WHERE seq IN ({places}) AND slot IN ({})",
        names.join(", ")
    );
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, seqs);
    for row in db.query_all_raw(statement).await? {
        let (slot, salt, value): (String, Vec<u8>, String) = (
            row.try_get_by_index(1)?,
            row.try_get_by_index(2)?,
            row.try_get_by_index(3)?,
        );
        let Some(read) = page.get_mut(&number(&row, 0)?) else {
            continue;
        };
        let hash = Salt::try_from(salt).map(|salt| commitment(&salt, &slot, &value));
        let hash = hash.map(|hash| HEXLOWER.encode(&hash));
        if hash.is_ok_and(|hash| read.committed.get(&slot) == Some(&hash)) {
            read.personal.insert(slot, value);
        }
    }
    Ok(())
}
