//! Many rows in one statement.
//!
//! A statement's text depends on how many rows it has, and databases keep a prepared statement by its
//! text. So rows go in groups of powers of two: nine texts a table serve every batch.

use std::fmt::Write;

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, Statement, Value};

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
        tx.execute_raw(Statement::from_sql_and_values(backend, sql, values))
            .await?;
        values = rest;
    }
    Ok(())
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
    let mut sql = String::with_capacity(rows * table.columns.len() * 5 + 256);
    // Writing to a string cannot fail.
    let _ = write!(
        sql,
        "INSERT INTO {} ({}) VALUES ",
        table.name,
        table.columns.join(", ")
    );
    let mut place = 0;
    for row in 0..rows {
        sql.push_str(if row == 0 { "(" } else { ", (" });
        for column in 0..table.columns.len() {
            if column > 0 {
                sql.push_str(", ");
            }
            place += 1;
            if backend == DbBackend::Sqlite {
                sql.push('?');
            } else {
                let _ = write!(sql, "${place}");
            }
        }
        sql.push(')');
    }
    sql.push_str(table.otherwise);
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
