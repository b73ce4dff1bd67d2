//! The register's rows as records, by which drafts are completed.
//!
//! Apart from what is staged of them for the flags, which holds no more than the flags ask for: this is the whole record,
//! for whoever may manage what it is of, and is kept nowhere.

use std::collections::BTreeSet;

use sea_orm::{ConnectionTrait, DatabaseTransaction, QueryResult, Value};

use super::ApplyError;
use super::kind::told as fields;
use super::references::{is_global, key_column, table};
use super::sql::Sql;
use domain::speaks::{verbatim, words};
use feed::Kind;
use gate::RunAuthority;
use serde_json::{Map, Value as Json};

/// A thing as a record would tell it.
#[derive(Debug, Clone, PartialEq)]
pub struct Told {
    /// What the source calls it.
    pub external_id: String,
    /// The register's id.
    pub id: String,
    /// Whose record it is.
    pub source: String,
    /// Which version of it this is.
    pub version: i64,
    /// The fields, as a feed has them.
    pub fields: Map<String, Json>,
}

/// The things of a kind that a source calls so, as the register has them.
///
/// # Errors
/// When the database fails, or a row is no record.
pub async fn told(
    db: &DatabaseTransaction,
    kind: Kind,
    source: &str,
    wanted: &[&str],
) -> Result<Vec<Told>, ApplyError> {
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let members: Vec<String> = (fields(kind).iter())
        .map(|(name, sql)| format!("'{name}', {sql}"))
        .collect();
    let text = format!(
        "SELECT x.{key}, x.id, x.source, x.version, CAST(OBJECT({members}) AS TEXT) \
         FROM {table} x WHERE x.{key} IN ",
        key = key_column(kind),
        members = members.join(", "),
        table = table(kind),
    );
    let mut sql = Sql::named(db.get_database_backend(), &text, &[]);
    sql.tuple(wanted.iter().map(|id| Value::from(*id)));
    if !is_global(kind) {
        sql.push(" AND x.source = ").bind(source);
    }
    let rows = db.query_all_raw(sql.done()).await?;
    let read = |row: &QueryResult| {
        let body: String = row.try_get_by_index(4)?;
        Ok(Told {
            external_id: row.try_get_by_index(0)?,
            id: row.try_get_by_index(1)?,
            source: row.try_get_by_index(2)?,
            version: row.try_get_by_index(3)?,
            fields: serde_json::from_str(&body).map_err(|_| no_record(kind))?,
        })
    };
    rows.iter().map(read).collect()
}

fn no_record(kind: Kind) -> ApplyError {
    ApplyError::Corrupt(words!(
        "a {kind} of the register is no record",
        "En post av slaget `{kind}` i registret går inte att läsa.",
        kind = verbatim(kind)
    ))
}

/// Which of those keys are human beings' whom another source has told of, by any of their HSA-ids.
///
/// # Errors
/// When the database fails.
pub async fn others_individuals(
    db: &DatabaseTransaction,
    source: &str,
    keys: &[&str],
) -> Result<BTreeSet<String>, ApplyError> {
    if keys.is_empty() {
        return Ok(BTreeSet::new());
    }
    let text = "SELECT i.external_key FROM individual i WHERE (i.source <> :source OR EXISTS (\
        SELECT 1 FROM person p WHERE p.individual_id = i.id AND p.source <> :source)) AND i.external_key IN ";
    let values = [("source", Value::from(source))];
    let mut sql = Sql::named(db.get_database_backend(), text, &values);
    sql.tuple(keys.iter().map(|key| Value::from(*key)));
    let rows = db.query_all_raw(sql.done()).await?;
    rows.iter()
        .map(|row| Ok(row.try_get_by_index(0)?))
        .collect()
}

/// Forgets what was wrong with the records of a run that has been answered.
///
/// # Errors
/// When the database fails.
pub async fn forget_problems(
    tx: &DatabaseTransaction,
    _: &RunAuthority,
    run: &str,
) -> Result<(), ApplyError> {
    let text = "DELETE FROM import_problem WHERE run_id = :run";
    let statement = Sql::named(tx.get_database_backend(), text, &[("run", run.into())]).done();
    tx.execute_raw(statement).await?;
    Ok(())
}
