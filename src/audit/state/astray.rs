//! Rows that are not what the log tells of their things: what is wrong with each.

use std::collections::{BTreeMap, BTreeSet};

use domain::speaks::{Speaks, verbatim, words};
use domain::{EntityRef, Words};
use register::Aggregate;
use sea_orm::{DatabaseTransaction, DbErr};
use transparency::event::State;

use super::told::{Erased, told};

/// A row that is not what the log tells of its thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Astray {
    /// As the row has it: any text, where somebody has made it up.
    pub(in super::super) id: String,
    pub(in super::super) table: &'static str,
    pub(in super::super) how: How,
}

/// What is wrong with a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) enum How {
    /// No event tells of it.
    Untold,
    /// It is not there, and that event told of it.
    Missing(u64),
    /// It is otherwise in those fields than that event told.
    Differs(u64, BTreeSet<String>),
}

impl Astray {
    /// The row is not there that this event told of.
    pub(in super::super) fn missing(id: String, seq: u64) -> Self {
        let kind = id.parse().ok().map(EntityRef::kind);
        Self {
            table: kind.and_then(Aggregate::of).map_or("", |of| of.table),
            id,
            how: How::Missing(seq),
        }
    }
}

impl Speaks for Astray {
    fn words(&self) -> Words {
        let Self { id, table, how } = self;
        match how {
            How::Untold => words!(
                "no event tells of the row {thing} of `{table}`",
                "Ingen händelse berättar om raden {thing} i `{table}`.",
                thing = verbatim(id),
                table = verbatim(*table)
            ),
            How::Missing(seq) => words!(
                "the row {thing} of `{table}` is missing, which event {seq} told of",
                "Raden {thing} i `{table}` saknas, som händelse {seq} berättar om.",
                thing = verbatim(id),
                table = verbatim(*table),
                seq = *seq
            ),
            How::Differs(seq, fields) => {
                let fields: Vec<&str> = fields.iter().map(String::as_str).collect();
                words!(
                    "the row {thing} of `{table}` is not what event {seq} told of it: {fields}",
                    "Raden {thing} i `{table}` är inte det som händelse {seq} berättar om den: {fields}.",
                    thing = verbatim(id),
                    table = verbatim(*table),
                    seq = *seq,
                    fields = verbatim(fields.join(", "))
                )
            }
        }
    }
}

/// Those of the things of a kind that are not what the events told that told of them last.
pub(in super::super) async fn astray(
    db: &DatabaseTransaction,
    aggregate: &Aggregate,
    things: BTreeMap<String, State>,
    latest: &BTreeMap<String, u64>,
) -> Result<Vec<Astray>, DbErr> {
    let seqs = things.keys().filter_map(|thing| latest.get(thing).copied());
    let events = told(db, &seqs.collect::<Vec<_>>()).await?;
    let mut found = Vec::new();
    for (id, state) in things {
        let how = match latest.get(&id) {
            None => Some(How::Untold),
            // An event that is not there is named where the events are looked at.
            Some(seq) => events.get(seq).and_then(|told| {
                let fields = told.differing(&state, Erased::Agrees);
                (!fields.is_empty()).then_some(How::Differs(*seq, fields))
            }),
        };
        found.extend(how.map(|how| Astray {
            id,
            table: aggregate.table,
            how,
        }));
    }
    Ok(found)
}
