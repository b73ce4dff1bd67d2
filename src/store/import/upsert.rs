//! Applies a chunk of records: what is new is made, what differs is changed, the rest is left alone.
//!
//! A chunk costs a fixed number of statements whatever its size, because the head of the log waits for
//! them. Every record that is made or changed gives one change event; one that already stands as the
//! feed says gives none, so that the same feed twice changes nothing.
//!
//! Rows are read without a lock. So each is written only if it still has the version that was read, or the
//! chunk is applied again: what somebody else has changed meanwhile is seen before it is changed again.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr, Value};

use super::attach::{system_key, write_members};
use super::change::{Touched, change};
use super::kind::{columns, row};
use super::lookup::{Found, Wanted, fresh_id};
use super::members::{Permissions, cells, classifications, members, permissions};
use super::references::{is_global, key_column, table};
use super::row::Row;
use super::sql::Sql;
use super::stage::ToApply;
use super::{ApplyError, gain};
use domain::clock::{Clock, fresh};
use domain::id::{EventId, RunId};
use domain::{ChangeKind, Date, EntityRef};
use feed::{Kind, Record};
use gate::RunAuthority;
use transparency::event::Change;

/// On whose behalf records are applied.
#[derive(Debug, Clone)]
pub struct Applying {
    /// The run.
    pub run: RunId,
    /// The feed's source.
    pub source: String,
    /// The source whose records it takes over; `None`: nobody's.
    pub take_over: Option<String>,
    /// The decision that allows changes of this kind.
    pub decision: EventId,
    /// The day that the feed describes.
    pub today: Date,
    /// Where fresh ids come from.
    pub clock: Arc<dyn Clock>,
}

impl Applying {
    /// That this became of a thing by the run.
    pub(super) fn change(&self, thing: EntityRef, kind: ChangeKind) -> Change {
        Change {
            run: Some(self.run),
            ..Change::new(fresh(self.clock.as_ref()), thing, kind, self.decision)
        }
    }
}

/// What became of the records of a chunk.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Applied {
    /// Made.
    pub created: u64,
    /// Changed.
    pub changed: u64,
    /// Left as they were.
    pub unchanged: u64,
    /// Among the changed, those that belonged to another source.
    pub taken_over: u64,
    /// Grants and roles through which somebody gained something privileged.
    pub gains: u64,
    /// Permissions that nobody has said how to treat.
    pub unknown_permissions: u64,
}

impl Applied {
    /// Counts what became of a record that another source may have brought.
    fn count(&mut self, before: Option<&Existing>, changed: bool, source: &str) {
        match before {
            None => self.created += 1,
            Some(_) if !changed => self.unchanged += 1,
            Some(before) => {
                self.changed += 1;
                self.taken_over += u64::from(before.source != source);
            }
        }
    }
}

/// A row as the register has it.
#[derive(Debug, Clone)]
pub(super) struct Existing {
    pub(super) id: String,
    pub(super) source: String,
    pub(super) version: i64,
    pub(super) row: Row,
}

/// A record with its row, before and after.
#[derive(Debug)]
pub(super) struct Upsert<'a> {
    pub(super) record: &'a Record,
    pub(super) id: String,
    pub(super) before: Option<Existing>,
    pub(super) after: Row,
}

/// Applies records of one kind.
///
/// # Errors
/// When the database fails, or what a record refers to is not there any more.
pub async fn apply_records(
    tx: &DatabaseTransaction,
    by: &RunAuthority,
    how: &Applying,
    kind: Kind,
    records: &[ToApply],
) -> Result<(Applied, Vec<Change>), ApplyError> {
    let (mut upserts, individuals) = prepare(tx, how, kind, records, false).await?;
    let permissions = find_permissions(tx, how, kind, &upserts).await?;
    let mut events = gain::events_of_permissions(how, &permissions)?;
    events.extend(individuals);
    let mut applied = Applied {
        unknown_permissions: gain::flag_unknown(tx, by, how, &permissions).await?,
        ..Applied::default()
    };
    let touched = Touched::find(tx, kind, &upserts).await?;
    let mut written = Vec::new();
    for upsert in upserts.drain(..) {
        let event = change(how, kind, &upsert, &touched)?;
        applied.count(upsert.before.as_ref(), event.is_some(), &how.source);
        if let Some(event) = event {
            events.push(event);
            written.push(upsert);
        }
    }
    write(tx, how, kind, &written).await?;
    write_members(tx, how, kind, &written, &permissions).await?;
    applied.gains = gain::flag_gains(tx, by, how, kind, &written, &permissions).await?;
    Ok((applied, events))
}

/// What applying the records would come to; nothing is written, so gains are not known.
///
/// # Errors
/// When the database fails.
pub async fn compare_records(
    db: &DatabaseTransaction,
    how: &Applying,
    kind: Kind,
    records: &[ToApply],
) -> Result<Applied, ApplyError> {
    let mut applied = Applied::default();
    let (upserts, _) = prepare(db, how, kind, records, true).await?;
    for upsert in upserts {
        let event = change(how, kind, &upsert, &Touched::default())?;
        applied.count(upsert.before.as_ref(), event.is_some(), &how.source);
    }
    Ok(applied)
}

/// The records with their rows, and the human beings that are named for the first time.
async fn prepare<'a>(
    tx: &DatabaseTransaction,
    how: &Applying,
    kind: Kind,
    records: &'a [ToApply],
    comparing: bool,
) -> Result<(Vec<Upsert<'a>>, Vec<Change>), ApplyError> {
    let mut existing = existing(tx, how, kind, records).await?;
    let mut wanted = Wanted::default();
    let mut found = Found::new(comparing);
    let mut upserts = Vec::with_capacity(records.len());
    for ToApply { record, seen } in records {
        row(record, &mut wanted);
        let before = existing.remove(record.external_id());
        let version = before.as_ref().map_or(0, |before| before.version);
        if seen.is_some_and(|seen| seen != version) {
            return Err(ApplyError::Changed { kind });
        }
        let id = before.as_ref().map_or_else(
            || fresh_id(kind, how.clock.as_ref()),
            |before| before.id.clone(),
        );
        found.know(kind, record.external_id(), &id);
        upserts.push((record, id, before));
    }
    let individuals = found.look_up(tx, &wanted, how).await?;
    let upserts = upserts
        .into_iter()
        .map(|(record, id, before)| Upsert {
            after: row(record, &mut found),
            record,
            id,
            before,
        })
        .collect();
    found.complete()?;
    Ok((upserts, individuals))
}

async fn existing(
    tx: &DatabaseTransaction,
    how: &Applying,
    kind: Kind,
    records: &[ToApply],
) -> Result<HashMap<String, Existing>, ApplyError> {
    let names: Vec<_> = columns(kind).iter().map(|column| column.name).collect();
    let text = format!(
        "SELECT {key}, id, source, version, {names} FROM {table} WHERE {key} IN ",
        key = key_column(kind),
        names = names.join(", "),
        table = table(kind),
    );
    let mut sql = Sql::new(tx.get_database_backend(), &text);
    sql.tuple(
        records
            .iter()
            .map(|one| Value::from(one.record.external_id())),
    );
    if !is_global(kind) {
        let taken = how.take_over.as_ref().unwrap_or(&how.source);
        sql.push(" AND source IN ");
        sql.tuple([&how.source, taken].map(|source| Value::from(source.as_str())));
    }
    let mut existing: HashMap<String, Existing> = HashMap::new();
    for found in tx.query_all_raw(sql.done()).await? {
        let row = Row {
            cells: cells(&found, columns(kind), 4)?,
            members: Vec::new(),
            classification: Vec::new(),
        };
        let known = Existing {
            id: found.try_get_by_index(1)?,
            source: found.try_get_by_index(2)?,
            version: found.try_get_by_index(3)?,
            row,
        };
        if known.source != how.source && how.take_over.as_ref() != Some(&known.source) {
            return Err(ApplyError::Foreign { kind });
        }
        // Of two of one name the source's own is meant.
        let name: String = found.try_get_by_index(0)?;
        if known.source == how.source || !existing.contains_key(&name) {
            existing.insert(name, known);
        }
    }
    let ids: Vec<String> = existing
        .values()
        .map(|known: &Existing| known.id.clone())
        .collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let mut members = members(tx, kind, &ids).await?;
    let mut classified = if kind == Kind::System {
        classifications(tx, &ids).await?
    } else {
        HashMap::new()
    };
    for known in existing.values_mut() {
        known.row.members = members.remove(&known.id).unwrap_or_default();
        known.row.classification = classified.remove(&known.id).unwrap_or_default();
    }
    Ok(existing)
}

async fn find_permissions(
    tx: &DatabaseTransaction,
    how: &Applying,
    kind: Kind,
    upserts: &[Upsert<'_>],
) -> Result<Permissions, DbErr> {
    let mut wanted = BTreeSet::new();
    if kind == Kind::Role {
        for upsert in upserts {
            let before = upsert.before.iter().flat_map(|before| &before.row.members);
            for name in upsert.after.members.iter().chain(before) {
                wanted.insert((system_key(&upsert.after).to_owned(), name.clone()));
            }
        }
    }
    permissions(tx, &wanted, how.clock.as_ref()).await
}

/// Makes the new rows with one statement and changes the others with another, those that are as they were
/// read; if one is not, nothing of it stays.
async fn write(
    tx: &DatabaseTransaction,
    how: &Applying,
    kind: Kind,
    written: &[Upsert<'_>],
) -> Result<(), ApplyError> {
    let (changed, created): (Vec<_>, Vec<_>) =
        written.iter().partition(|upsert| upsert.before.is_some());
    let names: Vec<_> = columns(kind).iter().map(|column| column.name).collect();
    let decided = kind == Kind::Grant;
    for (upserts, is_new) in [(created, true), (changed, false)] {
        if upserts.is_empty() {
            continue;
        }
        let text = format!(
            "INSERT INTO {table} AS x (id, source, {key}, version, {names}{decision}) VALUES ",
            table = table(kind),
            key = key_column(kind),
            names = names.join(", "),
            decision = if decided { ", decision_id" } else { "" },
        );
        let mut sql = Sql::new(tx.get_database_backend(), &text);
        sql.tuples(upserts.iter().map(|upsert| {
            let mut values = vec![
                Value::from(upsert.id.as_str()),
                Value::from(how.source.as_str()),
                Value::from(upsert.record.external_id()),
                Value::from(upsert.before.as_ref().map_or(1, |before| before.version)),
            ];
            let cells = upsert.after.cells.iter().zip(columns(kind));
            values.extend(cells.map(|(cell, column)| cell.bound(column.sort)));
            if decided {
                values.push(how.decision.to_string().into());
            }
            values
        }));
        if !is_new {
            let set: Vec<_> = names
                .iter()
                .map(|name| format!("{name} = excluded.{name}"))
                .collect();
            sql.push(" ON CONFLICT (id) DO UPDATE SET source = excluded.source, ")
                .push(&set.join(", "))
                .push(", version = x.version + 1 WHERE x.version = excluded.version");
        }
        let done = tx.execute_raw(sql.done()).await?.rows_affected();
        if usize::try_from(done) != Ok(upserts.len()) {
            return Err(ApplyError::Overtaken { kind });
        }
    }
    Ok(())
}
