//! Whether SQLite holds each value of the log and of the register in the type of its column: there a column takes any, and bytes that
//! are stored as a text are found by nobody who looks for bytes.

use std::collections::BTreeMap;

use register::aggregates;
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, DbErr};

use super::difference::Differences;
use super::table;
use domain::Words;
use domain::speaks::{joined, verbatim, words};

/// How many values of a column are named.
const NAMED: u32 = 100;

const COLUMNS: &str = "SELECT t.name, c.name, c.type FROM sqlite_schema t JOIN pragma_table_info(t.name) c \
    WHERE t.type = 'table' AND (t.name LIKE 'audit\\_%' ESCAPE '\\' OR t.name LIKE 'policy\\_%' ESCAPE '\\' \
    OR t.name IN (";

/// Names what is stored as another type than its column's. A server's columns take no other.
pub(super) async fn types(db: &DatabaseTransaction, found: &mut Differences) -> Result<(), DbErr> {
    if db.get_database_backend() != DbBackend::Sqlite {
        return Ok(());
    }
    let mut tables: BTreeMap<String, Vec<(String, &str)>> = BTreeMap::new();
    let of_things = aggregates().map(|of| of.table);
    let of_members = aggregates().flat_map(|of| of.members);
    let names = of_things.chain(of_members.map(|members| members.table));
    let names: Vec<String> = names.map(|name| format!("'{name}'")).collect();
    let columns = format!("{COLUMNS}{})) ORDER BY 1, 2", names.join(", "));
    for row in table::all(db, &columns).await? {
        let (table, column, declared): (String, String, String) = (
            row.try_get_by_index(0)?,
            row.try_get_by_index(1)?,
            row.try_get_by_index(2)?,
        );
        let stored = match declared.as_str() {
            "BLOB" => "blob",
            "TEXT" => "text",
            _ => "integer",
        };
        tables.entry(table).or_default().push((column, stored));
    }
    for (name, columns) in tables {
        let wrong = columns
            .iter()
            .map(|(column, stored)| format!("typeof({column}) NOT IN ('{stored}', 'null')"));
        let told = columns.iter().map(|(column, stored)| {
            format!(
                "CASE WHEN typeof({column}) NOT IN ('{stored}', 'null') \
                THEN '{column} ' || typeof({column}) || ' ' ELSE '' END"
            )
        });
        let key = if columns.iter().any(|(column, _)| column == "seq") {
            "seq"
        } else {
            "rowid"
        };
        let sql = format!(
            "SELECT CAST({key} AS TEXT), {} FROM {name} WHERE {} LIMIT {NAMED}",
            told.collect::<Vec<_>>().join(" || "),
            wrong.collect::<Vec<_>>().join(" OR ")
        );
        for row in table::all(db, &sql).await? {
            let (at, what): (String, String) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
            match at.parse() {
                Ok(seq) if name == "audit_event" => {
                    let what = words!(
                        "it is stored with {what}, which is another type",
                        "Den är sparad med {what}, som är en annan typ.",
                        what = spelled(&what)
                    );
                    found.event(seq, what);
                }
                _ => found.log(words!(
                    "`{name}` has in its row {at} {what}, which is another type",
                    "`{name}` har på rad {at} {what}, som är en annan typ.",
                    name = verbatim(&name),
                    at = verbatim(at),
                    what = spelled(&what)
                )),
            }
        }
    }
    Ok(())
}

/// The columns, each with the type that its value is stored as: what SQL told as words in turn.
fn spelled(told: &str) -> Words {
    let told: Vec<&str> = told.split_whitespace().collect();
    let (pairs, _) = told.as_chunks::<2>();
    let parts = pairs.iter().map(|[column, stored]| {
        words!(
            "`{column}` as {stored}",
            "`{column}` som `{stored}`",
            column = verbatim(column),
            stored = verbatim(stored)
        )
    });
    joined(parts, " ")
}
