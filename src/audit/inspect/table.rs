//! The rows of the log's tables, as an inspection reads them.

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr, QueryResult, Statement};

use super::super::head::{number, stored};
use super::column::{COLUMNS, Cells};
use transparency::proof::Subtree;

/// A row of `audit_event`.
#[derive(Debug)]
pub(super) struct EventRow {
    pub(super) seq: u64,
    pub(super) envelope: Vec<u8>,
    pub(super) leaf: Vec<u8>,
    pub(super) columns: Cells,
}

/// A row of `audit_slot`.
#[derive(Debug)]
pub(super) struct SlotRow {
    pub(super) seq: u64,
    pub(super) slot: String,
    pub(super) salt: Vec<u8>,
    pub(super) value: String,
    pub(super) class: String,
    pub(super) authority: Option<String>,
}

/// The row of `audit_head`.
#[derive(Debug)]
pub(super) struct HeadRow {
    pub(super) origin: String,
    pub(super) root: Vec<u8>,
    pub(super) frontier: Vec<u8>,
    /// `size`, `last_t`, `change_seq`, `epoch`, `pruned_below`.
    pub(super) numbers: [i64; 5],
}

/// Below which seq the head says that events are gone.
pub(super) async fn pruned_below(db: &DatabaseTransaction) -> Result<u64, DbErr> {
    let heads = heads(db).await?;
    let said = heads.first().map_or(0, |head| head.numbers[4]);
    Ok(u64::try_from(said).unwrap_or_default())
}

/// The paths of the events that stay of what was pruned.
pub(super) async fn kept(
    db: &DatabaseTransaction,
    page: &Subtree,
) -> Result<Vec<(u64, Vec<u8>)>, DbErr> {
    let sql = "SELECT seq, path FROM audit_kept WHERE seq >= $1 AND seq < $2 ORDER BY seq";
    let rows = between(db, sql, page).await?;
    rows.iter()
        .map(|row| Ok((number(row, 0)?, row.try_get_by_index(1)?)))
        .collect()
}

/// One more than the last seq there is.
pub(super) async fn end(db: &DatabaseTransaction) -> Result<u64, DbErr> {
    let rows = all(db, "SELECT COALESCE(MAX(seq), -1) + 1 FROM audit_event").await?;
    rows.first().map_or(Ok(0), |row| number(row, 0))
}

pub(super) async fn events(
    db: &DatabaseTransaction,
    page: &Subtree,
) -> Result<Vec<EventRow>, DbErr> {
    // Numbers as text, so that one type serves every column.
    let columns = COLUMNS.map(|column| match column {
        "t_us" | "level" => format!("CAST({column} AS TEXT)"),
        _ => column.to_owned(),
    });
    let sql = format!(
        "SELECT seq, envelope, leaf, {} FROM audit_event WHERE seq >= $1 AND seq < $2 ORDER BY seq",
        columns.join(", ")
    );
    let rows = between(db, &sql, page).await?;
    rows.iter().map(event).collect()
}

fn event(row: &QueryResult) -> Result<EventRow, DbErr> {
    let mut columns = Cells::default();
    for (index, cell) in columns.iter_mut().enumerate() {
        *cell = row.try_get_by_index(index + 3)?;
    }
    Ok(EventRow {
        seq: number(row, 0)?,
        envelope: row.try_get_by_index(1)?,
        leaf: row.try_get_by_index(2)?,
        columns,
    })
}

pub(super) async fn slots(db: &DatabaseTransaction, page: &Subtree) -> Result<Vec<SlotRow>, DbErr> {
    let sql = "SELECT seq, slot, salt, value, retention_class, authority FROM audit_slot \
         WHERE seq >= $1 AND seq < $2 ORDER BY seq, slot";
    let rows = between(db, sql, page).await?;
    rows.iter()
        .map(|row| {
            Ok(SlotRow {
                seq: number(row, 0)?,
                slot: row.try_get_by_index(1)?,
                salt: row.try_get_by_index(2)?,
                value: row.try_get_by_index(3)?,
                class: row.try_get_by_index(4)?,
                authority: row.try_get_by_index(5)?,
            })
        })
        .collect()
}

/// The next ids that lists returned, with their seqs, in the order of the table's key.
pub(super) async fn listed_after(
    db: &DatabaseTransaction,
    after: &(String, i64),
) -> Result<Vec<(String, i64)>, DbErr> {
    let sql = "SELECT resource_id, seq FROM audit_listed WHERE (resource_id, seq) > ($1, $2) \
         ORDER BY resource_id, seq LIMIT 4096";
    let values = [after.0.as_str().into(), after.1.into()];
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    let rows = db.query_all_raw(statement).await?;
    rows.iter()
        .map(|row| Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?)))
        .collect()
}

/// Ids that lists returned, with their seqs. There is no index for this: it is asked for when the sums
/// differ.
pub(super) async fn listed(
    db: &DatabaseTransaction,
    page: &Subtree,
) -> Result<Vec<(u64, String)>, DbErr> {
    let sql = "SELECT seq, resource_id FROM audit_listed WHERE seq >= $1 AND seq < $2";
    let rows = between(db, sql, page).await?;
    rows.iter()
        .map(|row| Ok((number(row, 0)?, row.try_get_by_index(1)?)))
        .collect()
}

/// Published checkpoints of more than `page.start` and at most `page.end` events.
pub(super) async fn checkpoints(
    db: &DatabaseTransaction,
    page: &Subtree,
) -> Result<Vec<(u64, String)>, DbErr> {
    let sql =
        "SELECT size, note FROM audit_checkpoint WHERE size > $1 AND size <= $2 ORDER BY size";
    let rows = between(db, sql, page).await?;
    rows.iter()
        .map(|row| Ok((number(row, 0)?, row.try_get_by_index(1)?)))
        .collect()
}

/// The stored root of a subtree.
pub(super) async fn node(
    db: &DatabaseTransaction,
    level: u32,
    index: u64,
) -> Result<Option<Vec<u8>>, DbErr> {
    let sql = "SELECT hash FROM audit_node WHERE level = $1 AND idx = $2";
    let values = [i64::from(level).into(), stored(index).into()];
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    let row = db.query_one_raw(statement).await?;
    row.map(|row| row.try_get_by_index(0)).transpose()
}

pub(super) async fn heads(db: &DatabaseTransaction) -> Result<Vec<HeadRow>, DbErr> {
    let sql = "SELECT origin, root, frontier, size, last_t, change_seq, epoch, pruned_below FROM audit_head";
    let rows = all(db, sql).await?;
    rows.iter()
        .map(|row| {
            let mut numbers = [0; 5];
            for (index, number) in numbers.iter_mut().enumerate() {
                *number = row.try_get_by_index(index + 3)?;
            }
            Ok(HeadRow {
                origin: row.try_get_by_index(0)?,
                root: row.try_get_by_index(1)?,
                frontier: row.try_get_by_index(2)?,
                numbers,
            })
        })
        .collect()
}

/// All rows of a statement without parameters.
pub(super) async fn all(db: &DatabaseTransaction, sql: &str) -> Result<Vec<QueryResult>, DbErr> {
    db.query_all_raw(Statement::from_string(db.get_database_backend(), sql))
        .await
}

async fn between(
    db: &DatabaseTransaction,
    sql: &str,
    range: &Subtree,
) -> Result<Vec<QueryResult>, DbErr> {
    let values = [stored(range.start).into(), stored(range.end).into()];
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    db.query_all_raw(statement).await
}
