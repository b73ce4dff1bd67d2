//! What of a call waits for a human being, because it would take from many at once.
//!
//! Apart from the records that are held for what they change: those are sent again in another way, and these are right or
//! wrong as they are. They are kept as they came, and looked at anew when somebody confirms them.

use std::collections::BTreeSet;

use sea_orm::{ConnectionTrait, DatabaseTransaction, QueryResult, Value};

use super::ApplyError;
use super::sql::Sql;
use audit::write_exactly;
use domain::id::RunId;
use domain::speaks::{verbatim, words};
use domain::{EntityRef, HsaId, Instant};
use feed::Kind;
use feed::draft::Draft;
use gate::RunAuthority;

/// How many records are written by one statement.
const AT_ONCE: usize = 1_000;

/// A call of which something waits, or has waited.
#[derive(Debug, Clone)]
pub struct HaltedCall {
    /// The run that applied the rest of it.
    pub run: RunId,
    /// Whose records they are.
    pub source: String,
    /// The service that brought them.
    pub brought_by: EntityRef,
    /// The organisation at or below which all of it lies; `None`: anywhere.
    pub place: Option<HsaId>,
    /// The digest of what waits.
    pub digest: String,
    /// Whether somebody has confirmed it.
    pub is_confirmed: bool,
    /// What waits; none where it is confirmed.
    pub records: Vec<Halted>,
}

/// A record that waits.
#[derive(Debug, Clone)]
pub struct Halted {
    /// The record as it came.
    pub draft: Draft,
    /// Which version of the thing it was looked at with.
    pub seen: i64,
}

/// Keeps what waits.
///
/// # Errors
/// When the database fails.
pub async fn halt(
    tx: &DatabaseTransaction,
    _: &RunAuthority,
    call: &HaltedCall,
    now: Instant,
) -> Result<(), ApplyError> {
    let run = call.run.to_string();
    let text = "INSERT INTO halted_call (run_id, source, brought_by, place, plan_digest, created_at) \
                VALUES (:run, :source, :by, :place, :digest, :now)";
    let place = call.place.as_ref().map(ToString::to_string);
    let values = [
        ("run", Value::from(run.as_str())),
        ("source", Value::from(call.source.as_str())),
        ("by", Value::from(call.brought_by.to_string())),
        ("place", Value::from(place)),
        ("digest", Value::from(call.digest.as_str())),
        ("now", Value::from(now.as_micros())),
    ];
    let statement = Sql::named(tx.get_database_backend(), text, &values).done();
    write_exactly(tx, statement, 1).await?;
    insert(tx, &run, &call.records).await
}

async fn insert(tx: &DatabaseTransaction, run: &str, records: &[Halted]) -> Result<(), ApplyError> {
    for (some, first) in records.chunks(AT_ONCE).zip((0_i64..).step_by(AT_ONCE)) {
        insert_some(tx, run, some, first).await?;
    }
    Ok(())
}

async fn insert_some(
    tx: &DatabaseTransaction,
    run: &str,
    records: &[Halted],
    first: i64,
) -> Result<(), ApplyError> {
    let text = "INSERT INTO halted_record (run_id, position, kind, given, external_id, seen_version) VALUES ";
    let mut sql = Sql::new(tx.get_database_backend(), text);
    sql.tuples(records.iter().zip(first..).map(|(halted, position)| {
        let given = serde_json::Value::Object(halted.draft.given.clone()).to_string();
        [
            Value::from(run),
            Value::from(position),
            Value::from(halted.draft.kind.name()),
            Value::from(given),
            Value::from(halted.draft.external_id()),
            Value::from(halted.seen),
        ]
    }));
    Ok(write_exactly(tx, sql.done(), records.len()).await?)
}

/// Forgets what waits of those things, of which the source has said something else since. What is left of a call gets the
/// digest that `digest` makes of it.
///
/// # Errors
/// When the database fails, or what was kept is no record.
pub async fn moot(
    tx: &DatabaseTransaction,
    _: &RunAuthority,
    source: &str,
    said: &BTreeSet<(Kind, String)>,
    digest: fn(&[Halted]) -> String,
) -> Result<(), ApplyError> {
    let backend = tx.get_database_backend();
    let text = "SELECT run_id FROM halted_call WHERE source = :source AND confirmed_at IS NULL";
    let waiting = Sql::named(backend, text, &[("source", source.into())]).done();
    for row in tx.query_all_raw(waiting).await? {
        let run: String = row.try_get_by_index(0)?;
        let mut left = records(tx, &run).await?;
        let all = left.len();
        left.retain(|one| {
            let id = one.draft.external_id().unwrap_or_default().to_owned();
            !said.contains(&(one.draft.kind, id))
        });
        if left.len() == all {
            continue;
        }
        let values = [
            ("run", Value::from(run.as_str())),
            ("digest", Value::from(digest(&left))),
        ];
        forget(tx, &run).await?;
        let then = if left.is_empty() {
            "DELETE FROM halted_call WHERE run_id = :run"
        } else {
            "UPDATE halted_call SET plan_digest = :digest WHERE run_id = :run"
        };
        tx.execute_raw(Sql::named(backend, then, &values).done())
            .await?;
        insert(tx, &run, &left).await?;
    }
    Ok(())
}

async fn forget(tx: &DatabaseTransaction, run: &str) -> Result<(), ApplyError> {
    let text = "DELETE FROM halted_record WHERE run_id = :run";
    let statement = Sql::named(tx.get_database_backend(), text, &[("run", run.into())]).done();
    tx.execute_raw(statement).await?;
    Ok(())
}

async fn records(db: &DatabaseTransaction, run: &str) -> Result<Vec<Halted>, ApplyError> {
    let text =
        "SELECT kind, given, seen_version FROM halted_record WHERE run_id = :run ORDER BY position";
    let statement = Sql::named(db.get_database_backend(), text, &[("run", run.into())]).done();
    let rows = db.query_all_raw(statement).await?;
    let read = |row: &QueryResult| {
        let (kind, given): (String, String) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
        let seen: Option<i64> = row.try_get_by_index(2)?;
        let draft = Kind::named(&kind).zip(serde_json::from_str(&given).ok());
        let draft = draft.map(|(kind, given)| Halted {
            draft: Draft { kind, given },
            seen: seen.unwrap_or_default(),
        });
        draft.ok_or_else(|| unreadable(run))
    };
    rows.iter().map(read).collect()
}

fn unreadable(run: impl std::fmt::Display) -> ApplyError {
    ApplyError::Corrupt(words!(
        "what was halted of `{run}` cannot be read",
        "Det som stannade i `{run}` går inte att läsa.",
        run = verbatim(run)
    ))
}

/// A call of which something was halted; `None`: there is none of that run.
///
/// # Errors
/// When the database fails, or what was kept is no record.
pub async fn halted(
    db: &DatabaseTransaction,
    run: RunId,
) -> Result<Option<HaltedCall>, ApplyError> {
    let backend = db.get_database_backend();
    let values = [("run", Value::from(run.to_string()))];
    let text = "SELECT source, brought_by, place, plan_digest, confirmed_at FROM halted_call WHERE run_id = :run";
    let row = db
        .query_one_raw(Sql::named(backend, text, &values).done())
        .await?;
    let Some(row) = row else {
        return Ok(None);
    };
    let unreadable = || unreadable(run);
    let (by, place): (String, Option<String>) =
        (row.try_get_by_index(1)?, row.try_get_by_index(2)?);
    Ok(Some(HaltedCall {
        run,
        source: row.try_get_by_index(0)?,
        brought_by: by.parse().map_err(|_| unreadable())?,
        place: place
            .map(|place| place.parse())
            .transpose()
            .map_err(|_| unreadable())?,
        digest: row.try_get_by_index(3)?,
        is_confirmed: row.try_get_by_index::<Option<i64>>(4)?.is_some(),
        records: records(db, &run.to_string()).await?,
    }))
}

/// That somebody confirms what waits; `false`: somebody has.
///
/// # Errors
/// When the database fails.
pub async fn confirm(
    tx: &DatabaseTransaction,
    _: &RunAuthority,
    run: RunId,
    by: &EntityRef,
    now: Instant,
) -> Result<bool, ApplyError> {
    let backend = tx.get_database_backend();
    let text = "UPDATE halted_call SET confirmed_at = :now, confirmed_by = :by \
                WHERE run_id = :run AND confirmed_at IS NULL";
    let values = [
        ("now", Value::from(now.as_micros())),
        ("by", Value::from(by.to_string())),
        ("run", Value::from(run.to_string())),
    ];
    let statement = Sql::named(backend, text, &values).done();
    if tx.execute_raw(statement).await?.rows_affected() != 1 {
        return Ok(false);
    }
    forget(tx, &run.to_string()).await?;
    Ok(true)
}
