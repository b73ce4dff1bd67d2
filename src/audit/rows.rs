//! Many rows in one statement, and every one of them written.
//!
//! A statement's text depends on how many rows it has, and databases keep a prepared statement by its
//! text. So rows go in groups of powers of two: nine texts a table serve every batch.
//!
//! A trigger can take a row away without an error, so what was written is counted before anything is
//! committed that rests on it.

use std::collections::{BTreeSet, HashSet};
use std::fmt::Write;

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, Statement, Value};

/// What stands in no text of the log's columns.
const APART: &str = "\u{1f}";
/// The most rows of one statement.
const GROUP: usize = 256;

/// Where rows go.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) name: &'static str,
    pub(super) columns: &'static [&'static str],
    /// What happens to a row that is there already.
    pub(super) otherwise: &'static str,
}

/// Runs a statement that has to write exactly so many rows.
///
/// # Errors
/// When the database refuses, or writes another number of rows.
pub async fn write_exactly(
    tx: &DatabaseTransaction,
    statement: Statement,
    rows: usize,
) -> Result<(), DbErr> {
    let written = tx.execute_raw(statement).await?.rows_affected();
    if usize::try_from(written) == Ok(rows) {
        return Ok(());
    }
    Err(DbErr::Custom(format!(
        "{written} of {rows} rows were written: a trigger or a rule of the database takes rows away, \
         or they are no longer there"
    )))
}

/// Inserts rows that stand one after the other in `values`.
pub(super) async fn insert(
    tx: &DatabaseTransaction,
    table: &Table,
    mut values: Vec<Value>,
) -> Result<(), DbErr> {
    let width = table.columns.len();
    while !values.is_empty() {
        let rows = group(values.len() / width);
        let rest = values.split_off((rows * width).min(values.len()));
        let backend = tx.get_database_backend();
        let sql = statement(table, rows, backend);
        let statement = Statement::from_sql_and_values(backend, sql, values);
        write_exactly(tx, statement, rows).await?;
        values = rest;
    }
    Ok(())
}

/// Inserts those of the rows, whose columns are all text, that are not there yet. The caller keeps everybody
/// else from inserting.
pub(super) async fn insert_missing<const N: usize>(
    tx: &DatabaseTransaction,
    table: &Table,
    mut rows: BTreeSet<[&str; N]>,
) -> Result<(), DbErr> {
    let values = |rows: &BTreeSet<[&str; N]>| -> Vec<Value> {
        rows.iter()
            .flatten()
            .map(|text| Value::from(*text))
            .collect()
    };
    let mut wanted = values(&rows);
    let mut there = Vec::new();
    while !wanted.is_empty() {
        let count = group(wanted.len() / N);
        let rest = wanted.split_off((count * N).min(wanted.len()));
        let backend = tx.get_database_backend();
        let sql = lookup(table, count, backend);
        let statement = Statement::from_sql_and_values(backend, sql, wanted);
        there.extend(tx.query_all_raw(statement).await?);
        wanted = rest;
    }
    let mut known = HashSet::with_capacity(there.len());
    for row in there {
        let mut found = Vec::with_capacity(N);
        for column in 0..N {
            found.push(row.try_get_by_index::<String>(column)?);
        }
        known.insert(found.join(APART));
    }
    rows.retain(|row| !known.contains(&row.join(APART)));
    insert(tx, table, values(&rows)).await
}

/// Values for a list of a statement that has `before` others, and their places in its text. Databases keep a prepared
/// statement by its text, so lists come in few lengths: the last value is said again.
pub(super) fn in_list(before: usize, mut wanted: Vec<Value>) -> (Vec<Value>, String) {
    if let Some(last) = wanted.last().cloned() {
        wanted.resize(wanted.len().next_power_of_two(), last);
    }
    let places: Vec<String> = (1..=wanted.len())
        .map(|place| format!("${}", before + place))
        .collect();
    (wanted, places.join(", "))
}

/// The largest power of two that is not more than `rows`.
const fn group(rows: usize) -> usize {
    if rows >= GROUP {
        return GROUP;
    }
    match rows.checked_ilog2() {
        Some(power) => 1 << power,
        None => 1,
    }
}

fn statement(table: &Table, rows: usize, backend: DbBackend) -> String {
    let (name, columns) = (table.name, table.columns.join(", "));
    let values = tuples(rows, table.columns.len(), backend);
    let otherwise = table.otherwise;
    format!("INSERT INTO {name} ({columns}) VALUES {values}{otherwise}")
}

fn lookup(table: &Table, rows: usize, backend: DbBackend) -> String {
    let (name, columns) = (table.name, table.columns.join(", "));
    let values = tuples(rows, table.columns.len(), backend);
    format!("SELECT {columns} FROM {name} WHERE ({columns}) IN (VALUES {values})")
}

/// `(…), (…)`: the places of so many rows.
fn tuples(rows: usize, width: usize, backend: DbBackend) -> String {
    let mut sql = String::with_capacity(rows * width * 5);
    let mut place = 0;
    for row in 0..rows {
        sql.push_str(if row == 0 { "(" } else { ", (" });
        for column in 0..width {
            if column > 0 {
                sql.push_str(", ");
            }
            place += 1;
            if backend == DbBackend::Sqlite {
                sql.push('?');
            } else {
                // Writing to a string cannot fail.
                let _ = write!(sql, "${place}");
            }
        }
        sql.push(')');
    }
    sql
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_of_any_size_is_cut_into_few_different_statements() {
        let mut sizes = std::collections::BTreeSet::new();
        for mut rows in 1..=600 {
            while rows > 0 {
                let group = group(rows);
                assert!(group <= rows && group <= GROUP);
                sizes.insert(group);
                rows -= group;
            }
        }
        assert_eq!(sizes.len(), 9);
    }

    #[test]
    fn each_database_gets_its_own_placeholders() {
        let table = Table {
            name: "t",
            columns: &["a", "b"],
            otherwise: " ON CONFLICT DO NOTHING",
        };
        assert_eq!(
            statement(&table, 2, DbBackend::Postgres),
            "INSERT INTO t (a, b) VALUES ($1, $2), ($3, $4) ON CONFLICT DO NOTHING"
        );
        assert!(statement(&table, 1, DbBackend::Sqlite).contains("(?, ?)"));
    }
}
