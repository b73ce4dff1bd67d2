//! What is received of a run that takes several calls, until it is closed.
//!
//! Apart from the run itself because it is large and personal: it is forgotten with the step that closes the run.

use std::collections::{BTreeSet, HashMap};

use sea_orm::{ConnectionTrait, DatabaseTransaction, QueryResult, Value};

use super::ApplyError;
use super::open::unreadable;
use super::sql::Sql;
use crate::write::Committing;
use audit::write_exactly;
use domain::id::RunId;
use feed::Kind;
use feed::draft::Draft;
use sha2::{Digest as _, Sha256};

/// How many records are read or written by one statement.
const AT_ONCE: usize = 1_000;

/// A record that has been received.
#[derive(Debug, Clone)]
pub struct Received {
    /// Its kind.
    pub kind: Kind,
    /// What the source calls the thing.
    pub external_id: String,
    /// The record as it came; `None`: it could not be read.
    pub draft: Option<Draft>,
}

/// How the name of a record begins that does not say what it is about: no source's word begins so.
const UNNAMED: &str = "\u{1}";

impl Received {
    /// A record that does not say what it is about, told from others like it by a digest alone.
    #[must_use]
    pub fn unnamed(draft: &Draft) -> Self {
        let digest = Sha256::digest(given(draft));
        Self {
            kind: draft.kind,
            external_id: format!("{UNNAMED}{}", data_encoding::HEXLOWER.encode(&digest)),
            draft: None,
        }
    }

    /// Whether the record does not say what it is about.
    #[must_use]
    pub fn is_unnamed(&self) -> bool {
        self.external_id.starts_with(UNNAMED)
    }
}

/// What came of receiving records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reception {
    /// They are kept, but for those at these places: the run has another record of the thing.
    Kept(BTreeSet<usize>),
    /// The run is over.
    Closed,
    /// They would be more than a run may have.
    TooMany,
}

/// Keeps records of a run that is open, which may have so many at most. The same record again changes nothing.
///
/// # Errors
/// When the database fails.
pub async fn receive(
    tx: &DatabaseTransaction,
    _: &impl Committing,
    run: RunId,
    records: &[(usize, Received)],
    most: u64,
) -> Result<Reception, ApplyError> {
    let backend = tx.get_database_backend();
    // Whoever receives, completes or abandons at the same time waits here.
    let text =
        "UPDATE provisioning_run SET received = received WHERE run_id = :run AND closed_at IS NULL";
    let values = [("run", Value::from(run.to_string()))];
    let locked = Sql::named(backend, text, &values).done();
    if tx.execute_raw(locked).await?.rows_affected() != 1 {
        return Ok(Reception::Closed);
    }
    let mut has = there(tx, run, records).await?;
    let (mut other, mut new, mut right) = (BTreeSet::new(), Vec::new(), Vec::new());
    for (place, record) in records {
        let key = (record.kind, record.external_id.clone());
        let given = record.draft.as_ref().map(given);
        match has.get(&key) {
            None => {
                new.push([
                    Value::from(run.to_string()),
                    Value::from(record.kind.name()),
                    Value::from(record.external_id.as_str()),
                    Value::from(given.clone()),
                ]);
                has.insert(key, given);
            }
            Some(before) if *before == given => {}
            // What could not be read has been put right.
            Some(None) => right.push((record, given)),
            Some(_) => {
                other.insert(*place);
            }
        }
    }
    let added = new.len() as u64;
    let text = "UPDATE provisioning_run SET received = received + :added WHERE run_id = :run AND received + :added <= :most";
    let values = [
        ("added", Value::from(signed(added))),
        ("run", Value::from(run.to_string())),
        ("most", Value::from(signed(most))),
    ];
    let counted = Sql::named(backend, text, &values).done();
    if tx.execute_raw(counted).await?.rows_affected() != 1 {
        return Ok(Reception::TooMany);
    }
    for (record, given) in right {
        let text = "UPDATE received_record SET given = :given \
                    WHERE run_id = :run AND kind = :kind AND external_id = :id AND given IS NULL";
        let values = [
            ("given", Value::from(given)),
            ("run", Value::from(run.to_string())),
            ("kind", Value::from(record.kind.name())),
            ("id", Value::from(record.external_id.as_str())),
        ];
        tx.execute_raw(Sql::named(backend, text, &values).done())
            .await?;
    }
    for some in new.chunks(AT_ONCE) {
        let text = "INSERT INTO received_record (run_id, kind, external_id, given) VALUES ";
        let mut sql = Sql::new(backend, text);
        sql.tuples(some.iter().cloned());
        write_exactly(tx, sql.done(), some.len()).await?;
    }
    Ok(Reception::Kept(other))
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn given(draft: &Draft) -> String {
    serde_json::Value::Object(draft.given.clone()).to_string()
}

type Has = HashMap<(Kind, String), Option<String>>;

/// What the run has of the things that the records are about.
async fn there(
    tx: &DatabaseTransaction,
    run: RunId,
    records: &[(usize, Received)],
) -> Result<Has, ApplyError> {
    let mut has = Has::new();
    for some in records.chunks(AT_ONCE) {
        let text = "SELECT kind, external_id, given FROM received_record WHERE run_id = :run AND external_id IN ";
        let values = [("run", Value::from(run.to_string()))];
        let mut sql = Sql::named(tx.get_database_backend(), text, &values);
        sql.tuple(
            some.iter()
                .map(|(_, one)| Value::from(one.external_id.as_str())),
        );
        for row in tx.query_all_raw(sql.done()).await? {
            let kind: String = row.try_get_by_index(0)?;
            let kind = Kind::named(&kind).ok_or_else(unreadable)?;
            has.insert((kind, row.try_get_by_index(1)?), row.try_get_by_index(2)?);
        }
    }
    Ok(has)
}

/// Forgets some of what was received of runs that are closed, so much as keeps nobody waiting; whether there is more.
///
/// # Errors
/// When the database fails.
pub async fn forget_received(
    tx: &DatabaseTransaction,
    _: &impl Committing,
) -> Result<bool, ApplyError> {
    let backend = tx.get_database_backend();
    let text =
        "SELECT run_id FROM provisioning_run WHERE closed_at IS NOT NULL AND received > 0 LIMIT 1";
    let closed = tx
        .query_one_raw(Sql::named(backend, text, &[]).done())
        .await?;
    let Some(row) = closed else {
        return Ok(false);
    };
    let run: String = row.try_get_by_index(0)?;
    let values = [
        ("run", Value::from(run)),
        ("some", Value::from(signed(AT_ONCE as u64))),
    ];
    let text = "DELETE FROM received_record WHERE run_id = :run AND (kind, external_id) IN (\
                SELECT kind, external_id FROM received_record WHERE run_id = :run LIMIT :some)";
    let forgotten = Sql::named(backend, text, &values).done();
    let forgotten = tx.execute_raw(forgotten).await?.rows_affected();
    if forgotten < AT_ONCE as u64 {
        let text = "UPDATE provisioning_run SET received = 0 WHERE run_id = :run";
        tx.execute_raw(Sql::named(backend, text, &values).done())
            .await?;
    }
    Ok(true)
}

/// What has been received of a run.
///
/// # Errors
/// When the database fails, or what was kept is no record.
pub async fn received(db: &DatabaseTransaction, run: RunId) -> Result<Vec<Received>, ApplyError> {
    let text = "SELECT kind, external_id, given FROM received_record WHERE run_id = :run ORDER BY kind, external_id";
    let values = [("run", Value::from(run.to_string()))];
    let statement = Sql::named(db.get_database_backend(), text, &values).done();
    let rows = db.query_all_raw(statement).await?;
    let read = |row: &QueryResult| {
        let kind: String = row.try_get_by_index(0)?;
        let kind = Kind::named(&kind).ok_or_else(unreadable)?;
        let given: Option<String> = row.try_get_by_index(2)?;
        let draft = given.map(|given| {
            let given = serde_json::from_str(&given).map_err(|_| unreadable())?;
            Ok::<_, ApplyError>(Draft { kind, given })
        });
        Ok(Received {
            kind,
            external_id: row.try_get_by_index(1)?,
            draft: draft.transpose()?,
        })
    };
    rows.iter().map(read).collect()
}
