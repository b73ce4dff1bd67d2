//! Tells of changes: what each thing is now, which event told of it before, and in what the two differ.
//!
//! Everything is read in the transaction that made the changes, so what is told is what is committed.

use std::collections::{BTreeMap, BTreeSet};

use domain::EntityRef;
use register::{Aggregate, Told as How};
use sea_orm::{DatabaseTransaction, DbErr};
use transparency::canonical::{Object, Value};
use transparency::event::{Change, ChangeEvent, State};

use super::super::entry::EntryError;
use super::super::head::number;
use super::cells::{digest, spelled};
use super::told::{Erased, told};
use super::{PAGE, by_kind, select, states, texts};

/// Why changes cannot be told.
#[derive(Debug)]
pub(in super::super) enum TellError {
    /// The register cannot be read.
    Database(DbErr),
    /// They are not to be recorded as they are.
    Entry(EntryError),
}

impl From<DbErr> for TellError {
    fn from(error: DbErr) -> Self {
        Self::Database(error)
    }
}

/// Tells of the changes that the transaction has made.
///
/// # Errors
/// When a thing is not there, is told of twice, or cannot be read.
pub(in super::super) async fn tell(
    tx: &DatabaseTransaction,
    changes: Vec<Change>,
) -> Result<Vec<ChangeEvent>, TellError> {
    let mut things = BTreeSet::new();
    for change in &changes {
        if !things.insert(change.entity) {
            return Err(TellError::Entry(EntryError::ToldTwice(change.entity)));
        }
    }
    let mut now = BTreeMap::new();
    for (aggregate, ids) in by_kind(&things) {
        now.extend(states(tx, aggregate, &ids).await?);
    }
    let ids: Vec<String> = things.iter().map(EntityRef::to_string).collect();
    let latest = latest(tx, &ids).await?;
    let seqs: Vec<u64> = latest.values().copied().collect();
    let before = told(tx, &seqs).await?;
    changes
        .into_iter()
        .map(|change| {
            let id = change.entity.to_string();
            let state = now.remove(&id);
            let absent = || TellError::Entry(EntryError::NotThere(change.entity));
            let state = state.ok_or_else(absent)?;
            as_written(&change, &state)?;
            let previous = latest.get(&id).copied();
            let before = previous.and_then(|seq| before.get(&seq));
            match (before, previous) {
                (Some(before), _) => {
                    as_changed(&change, &state, members(before.clear()))?;
                    as_told(&change, &before.differing(&state, Erased::Agrees))?;
                }
                (None, None) => {
                    as_changed(&change, &state, |_| BTreeSet::new())?;
                    as_told(&change, &said(change.entity, &state))?;
                }
                // It stays when others are pruned: somebody has taken it away.
                (None, Some(seq)) => {
                    return Err(TellError::Entry(EntryError::Lost(change.entity, seq)));
                }
            }
            let fields = before.map_or_else(
                || state.names().map(str::to_owned).collect(),
                |before| before.differing(&state, Erased::Differs),
            );
            Ok(ChangeEvent {
                fields,
                change,
                state,
                previous,
            })
        })
        .collect()
}

/// Whether the database holds what whoever makes the change has written.
fn as_written(change: &Change, state: &State) -> Result<(), TellError> {
    let fields = Aggregate::of(change.entity.kind()).map_or(&[][..], |of| of.fields);
    for (column, expected) in &change.expects {
        let field = fields.iter().find(|field| field.column == *column);
        let expected = match field.map(|field| field.told) {
            Some(How::Digest) => expected.as_deref().map(digest),
            Some(How::Clear | How::Personal | How::Listed(_)) | None => expected.clone(),
        };
        if field.and_then(|field| spelled(state, field)) != expected {
            return Err(TellError::Entry(EntryError::Rewritten(
                change.entity,
                column,
            )));
        }
    }
    Ok(())
}

/// The members of a name that a thing has, by what is told of it.
fn members(clear: &Object) -> impl Fn(&str) -> BTreeSet<String> {
    |name| {
        let listed = clear.get(name).and_then(Value::as_array);
        let texts = listed.into_iter().flatten().filter_map(Value::as_text);
        texts.map(str::to_owned).collect()
    }
}

/// Whether the members are those that whoever makes the change leaves there.
fn as_changed(
    change: &Change,
    state: &State,
    were: impl Fn(&str) -> BTreeSet<String>,
) -> Result<(), TellError> {
    let are = members(&state.clear);
    let mut changed = change.members.iter();
    match changed.find(|(name, members)| are(name) != members.of(were(name))) {
        None => Ok(()),
        Some((name, _)) => Err(TellError::Entry(EntryError::Rewritten(change.entity, name))),
    }
}

/// The fields of a new thing that somebody has said something of.
fn said(thing: EntityRef, state: &State) -> BTreeSet<String> {
    let fields = Aggregate::of(thing.kind()).map_or(&[][..], |of| of.fields);
    let is_initial = |name: &&str| {
        let mut by_itself = fields.iter().filter(|field| field.initial.is_some());
        by_itself
            .any(|field| field.name == *name && spelled(state, field).as_deref() == field.initial)
    };
    let names = state.names().filter(|name| !is_initial(name));
    names.map(str::to_owned).collect()
}

/// Whether the thing is otherwise than it was told, or new, only in what whoever makes the change has set: what somebody
/// has written there by another way is not to be told under their decision.
fn as_told(change: &Change, differing: &BTreeSet<String>) -> Result<(), TellError> {
    let fields = Aggregate::of(change.entity.kind()).map_or(&[][..], |of| of.fields);
    let written = |name: &str| {
        let field = fields.iter().find(|field| field.name == name);
        let expected = field.is_some_and(|field| change.expects.contains_key(field.column));
        expected || change.sets.contains(name) || change.members.contains_key(name)
    };
    match differing.iter().find(|name| !written(name)) {
        None => Ok(()),
        Some(name) => Err(TellError::Entry(EntryError::Untold(
            change.entity,
            name.clone(),
        ))),
    }
}

/// Which event told last of each of those things.
pub(in super::super) async fn latest(
    db: &DatabaseTransaction,
    ids: &[String],
) -> Result<BTreeMap<String, u64>, DbErr> {
    let mut latest = BTreeMap::new();
    for ids in ids.chunks(PAGE) {
        for row in select(db, ("audit_latest", "entity"), "seq", texts(ids)).await? {
            latest.insert(row.try_get_by_index(0)?, number(&row, 1)?);
        }
    }
    Ok(latest)
}
