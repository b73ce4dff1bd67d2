//! The register's rows, compared with what the last event told of each thing.
//!
//! A row that nothing tells of, one that is otherwise than it was told, and one that is not there are each named: whoever
//! has the database's password can write what he likes, and cannot have it told. Which columns count stands in
//! [`register`].

use std::collections::BTreeMap;

use register::aggregates;
use sea_orm::{DatabaseTransaction, DbErr};

use super::super::head::number;
use super::super::state::{Astray, astray, page};
use super::difference::Differences;
use super::table;
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
            let seqs: BTreeMap<String, u64> = things
                .keys()
                .filter_map(|thing| latest.remove_entry(thing))
                .collect();
            for row in astray(db, aggregate, things, &seqs).await? {
                found.row(row);
            }
        }
    }
    for (thing, seq) in latest {
        found.row(Astray::missing(thing, seq));
    }
    Ok(compared)
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
