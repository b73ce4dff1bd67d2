//! The register's rows, compared with what the last event told of each thing.
//!
//! A row that nothing tells of, one that is otherwise than it was told, and one that is not there are each named: whoever
//! has the database's password can write what he likes, and cannot have it told. Which columns count stands in
//! [`register`].

use std::collections::BTreeMap;

use register::{Aggregate, aggregates};
use sea_orm::{DatabaseTransaction, DbErr};
use transparency::event::State;

use super::super::head::number;
use super::super::state::{Erased, page, told};
use super::difference::Differences;
use super::table;
use domain::EntityRef;
use domain::speaks::{verbatim, words};

/// Which event told last of each thing.
type Latest = BTreeMap<String, u64>;

/// Which event told last of each thing, by the columns of the events.
pub(super) async fn latest(db: &DatabaseTransaction) -> Result<Latest, DbErr> {
    let sql =
        "SELECT resource_id, MAX(seq) FROM audit_event WHERE kind = 'change' GROUP BY resource_id";
    let rows = table::all(db, sql).await?;
    rows.iter()
        .map(|row| Ok((row.try_get_by_index(0)?, number(row, 1)?)))
        .collect()
}

/// Compares everything; how many things.
pub(super) async fn register(
    db: &DatabaseTransaction,
    mut latest: Latest,
    found: &mut Differences,
) -> Result<u64, DbErr> {
    index(db, &latest, found).await?;
    let mut compared = 0;
    for aggregate in aggregates() {
        let mut after: Option<String> = None;
        loop {
            let things = page(db, aggregate, after.as_deref()).await?;
            let Some((last, _)) = things.last_key_value() else {
                break;
            };
            after = Some(last.clone());
            compared += things.len() as u64;
            compare(db, aggregate, things, &mut latest, found).await?;
        }
    }
    for (thing, seq) in latest {
        let kind = thing.parse().ok().map(EntityRef::kind);
        let table = kind.and_then(Aggregate::of).map_or("", |of| of.table);
        found.log(words!(
            "the row {thing} of `{table}` is missing, which event {seq} told of",
            "Raden {thing} i `{table}` saknas, som händelse {seq} berättar om.",
            thing = verbatim(thing),
            table = verbatim(table),
            seq
        ));
    }
    Ok(compared)
}

async fn compare(
    db: &DatabaseTransaction,
    aggregate: &Aggregate,
    things: BTreeMap<String, State>,
    latest: &mut Latest,
    found: &mut Differences,
) -> Result<(), DbErr> {
    let table = verbatim(aggregate.table);
    let seqs: BTreeMap<String, u64> = things
        .keys()
        .filter_map(|thing| latest.remove_entry(thing))
        .collect();
    let events: Vec<u64> = seqs.values().copied().collect();
    let events = told(db, &events).await?;
    for (thing, state) in things {
        let Some(seq) = seqs.get(&thing) else {
            found.log(words!(
                "no event tells of the row {thing} of `{table}`",
                "Ingen händelse berättar om raden {thing} i `{table}`.",
                thing = verbatim(thing),
                table = table.clone()
            ));
            continue;
        };
        // An event that is not there is named where the events are looked at.
        let Some(told) = events.get(seq) else {
            continue;
        };
        let fields = told.differing(&state, Erased::Agrees);
        if !fields.is_empty() {
            let fields: Vec<String> = fields.into_iter().collect();
            found.log(words!(
                "the row {thing} of `{table}` is not what event {seq} told of it: {fields}",
                "Raden {thing} i `{table}` är inte det som händelse {seq} berättar om den: {fields}.",
                thing = verbatim(thing),
                table = table.clone(),
                seq = *seq,
                fields = verbatim(fields.join(", "))
            ));
        }
    }
    Ok(())
}

/// The index by which changes find what was told before them.
async fn index(
    db: &DatabaseTransaction,
    latest: &Latest,
    found: &mut Differences,
) -> Result<(), DbErr> {
    let mut rest = latest.clone();
    for row in table::all(db, "SELECT entity, seq FROM audit_latest ORDER BY entity").await? {
        let (thing, seq): (String, u64) = (row.try_get_by_index(0)?, number(&row, 1)?);
        if rest.remove(&thing) != Some(seq) {
            found.log(words!(
                "`audit_latest` has event {seq} as the last that told of {thing}, and it is not",
                "`audit_latest` anger händelse {seq} som den senaste om {thing}, men det är den inte.",
                seq,
                thing = verbatim(thing)
            ));
        }
    }
    for thing in rest.into_keys() {
        found.log(words!(
            "`audit_latest` lacks {thing}, which an event tells of",
            "`audit_latest` saknar {thing}, som en händelse berättar om.",
            thing = verbatim(thing)
        ));
    }
    Ok(())
}
