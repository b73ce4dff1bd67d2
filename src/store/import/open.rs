//! Runs that take several calls: what has been received of them, and what came of them.
//!
//! Apart from the staging area, which belongs to whoever carries a run out at once: what is received is kept as it came
//! until the integration says that this is all, and is looked at only then, so that the order in which it came does not
//! matter.

use std::collections::BTreeSet;

use sea_orm::{ConnectionTrait, DatabaseTransaction, QueryResult, Value};

use super::ApplyError;
use super::references::{key_column, table};
use super::sql::Sql;
use crate::write::Committing;
use audit::write_exactly;
use domain::id::{EngagementId, RunId};
use domain::speaks::{verbatim, words};
use domain::{EntityRef, HsaId, Instant};
use feed::Kind;

/// How long a run may be open.
const OPEN_SECONDS: i64 = 24 * 60 * 60;
/// How long its answer is kept.
const KEPT_SECONDS: i64 = 2 * 24 * 60 * 60;
/// A run that takes several calls.
#[derive(Debug, Clone)]
pub struct OpenRun {
    /// Its id.
    pub run: RunId,
    /// Whose records they are.
    pub source: String,
    /// The service that brings them.
    pub brought_by: EntityRef,
    /// The organisation at or below which all of it lies; `None`: anywhere.
    pub place: Option<HsaId>,
    /// The kinds of record that it may have.
    pub kinds: BTreeSet<Kind>,
    /// Whether the source has nothing of those kinds there but what it brings.
    pub snapshot: bool,
    /// The instant that it tells of; `None`: that at which it is applied.
    pub as_of: Option<Instant>,
    /// How many records have been received.
    pub received: u64,
    /// Whether, and how, it is over.
    pub closed: Option<Closed>,
}

/// How a run ended.
#[derive(Debug, Clone)]
pub enum Closed {
    /// What was received has been applied, and this was the answer.
    Completed(String),
    /// Nothing has been applied.
    Abandoned,
}

/// What came of opening a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opened {
    /// It is open.
    Open,
    /// Another one of the source is.
    Beside(RunId),
    /// It tells of an earlier time than what the source completed last.
    Older,
}

/// Opens a run. Those that have been open for too long are abandoned by it.
///
/// # Errors
/// When the database fails.
pub async fn open(
    tx: &DatabaseTransaction,
    by: &impl Committing,
    run: &OpenRun,
    now: Instant,
) -> Result<Opened, ApplyError> {
    let backend = tx.get_database_backend();
    let oldest = now.plus_seconds(-OPEN_SECONDS).as_micros();
    let text =
        "SELECT run_id FROM provisioning_run WHERE closed_at IS NULL AND opened_at < :oldest";
    let late = Sql::named(backend, text, &[("oldest", oldest.into())]).done();
    for row in tx.query_all_raw(late).await? {
        let late = run_of(&row)?;
        close(tx, by, late, None, now).await?;
    }
    // An answer is kept as long as anybody may ask for it again.
    let text = "UPDATE provisioning_run SET answer = NULL WHERE answer IS NOT NULL AND closed_at < :oldest";
    let kept = now.plus_seconds(-KEPT_SECONDS).as_micros();
    tx.execute_raw(Sql::named(backend, text, &[("oldest", kept.into())]).done())
        .await?;
    let text = "SELECT run_id FROM provisioning_run WHERE closed_at IS NULL AND source = :source";
    let values = [("source", Value::from(run.source.as_str()))];
    let beside = tx
        .query_one_raw(Sql::named(backend, text, &values).done())
        .await?;
    if let Some(row) = beside {
        return Ok(Opened::Beside(run_of(&row)?));
    }
    let as_of = run.as_of.map(Instant::as_micros);
    if is_older(tx, run, as_of).await? {
        return Ok(Opened::Older);
    }
    let kinds: Vec<_> = run.kinds.iter().map(|kind| kind.name()).collect();
    let text = "INSERT INTO provisioning_run (run_id, source, brought_by, place, kinds, snapshot, as_of, opened_at) \
                VALUES (:run, :source, :by, :place, :kinds, :snapshot, :asof, :now)";
    let values = [
        ("run", Value::from(run.run.to_string())),
        ("source", Value::from(run.source.as_str())),
        ("by", Value::from(run.brought_by.to_string())),
        (
            "place",
            Value::from(run.place.as_ref().map(ToString::to_string)),
        ),
        ("kinds", Value::from(kinds.join(" "))),
        ("snapshot", Value::from(run.snapshot)),
        ("asof", Value::from(as_of)),
        ("now", Value::from(now.as_micros())),
    ];
    write_exactly(tx, Sql::named(backend, text, &values).done(), 1).await?;
    Ok(Opened::Open)
}

/// Whether a snapshot of a later instant has been completed of something that the run would have.
async fn is_older(
    tx: &DatabaseTransaction,
    run: &OpenRun,
    as_of: Option<i64>,
) -> Result<bool, ApplyError> {
    let text = "SELECT kinds, place FROM provisioning_run WHERE source = :source AND outcome = 'completed' \
                AND snapshot AND as_of > :asof";
    let values = [
        ("source", Value::from(run.source.as_str())),
        ("asof", Value::from(as_of)),
    ];
    let statement = Sql::named(tx.get_database_backend(), text, &values).done();
    let own = run.place.as_ref().map(ToString::to_string);
    for row in tx.query_all_raw(statement).await? {
        let (kinds, place): (String, Option<String>) =
            (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
        let mut kinds = kinds.split(' ').filter_map(Kind::named);
        let same = place.is_none() || own.is_none() || place == own;
        if same && kinds.any(|kind| run.kinds.contains(&kind)) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn run_of(row: &QueryResult) -> Result<RunId, ApplyError> {
    let text: String = row.try_get_by_index(0)?;
    text.parse().map_err(|_| unreadable())
}

pub(super) fn unreadable() -> ApplyError {
    ApplyError::Corrupt(words!(
        "what was kept in `{table}` cannot be read",
        "Det som sparats i `{table}` går inte att läsa.",
        table = verbatim("provisioning_run")
    ))
}

/// A run; `None`: there is none of that id.
///
/// # Errors
/// When the database fails, or what was kept is no run.
pub async fn open_run(db: &DatabaseTransaction, run: RunId) -> Result<Option<OpenRun>, ApplyError> {
    let text = "SELECT source, brought_by, place, kinds, snapshot, as_of, received, outcome, answer \
                FROM provisioning_run WHERE run_id = :run";
    let values = [("run", Value::from(run.to_string()))];
    let statement = Sql::named(db.get_database_backend(), text, &values).done();
    let Some(row) = db.query_one_raw(statement).await? else {
        return Ok(None);
    };
    let (by, place): (String, Option<String>) =
        (row.try_get_by_index(1)?, row.try_get_by_index(2)?);
    let kinds: String = row.try_get_by_index(3)?;
    let kinds = kinds
        .split(' ')
        .map(|kind| Kind::named(kind).ok_or_else(unreadable));
    let as_of: Option<i64> = row.try_get_by_index(5)?;
    let received: i64 = row.try_get_by_index(6)?;
    let outcome: Option<String> = row.try_get_by_index(7)?;
    let answer: Option<String> = row.try_get_by_index(8)?;
    Ok(Some(OpenRun {
        run,
        source: row.try_get_by_index(0)?,
        brought_by: by.parse().map_err(|_| unreadable())?,
        place: place
            .map(|place| place.parse())
            .transpose()
            .map_err(|_| unreadable())?,
        kinds: kinds.collect::<Result<_, _>>()?,
        snapshot: row.try_get_by_index(4)?,
        as_of: as_of.map(Instant::from_micros),
        received: u64::try_from(received).map_err(|_| unreadable())?,
        closed: match (outcome.as_deref(), answer) {
            (None, _) => None,
            (Some("completed"), Some(answer)) => Some(Closed::Completed(answer)),
            (Some(_), _) => Some(Closed::Abandoned),
        },
    }))
}

/// Closes a run, with the answer where what was received is applied, and how many records that is; `false`: it was closed
/// already, or more has been received. What was received is
/// forgotten afterwards, some at a time ([`super::forget_received`]).
///
/// # Errors
/// When the database fails.
pub async fn close(
    tx: &DatabaseTransaction,
    _: &impl Committing,
    run: RunId,
    answer: Option<(&str, u64)>,
    now: Instant,
) -> Result<bool, ApplyError> {
    let backend = tx.get_database_backend();
    let outcome = if answer.is_some() {
        "completed"
    } else {
        "abandoned"
    };
    let text = "UPDATE provisioning_run SET closed_at = :now, outcome = :outcome, answer = :answer \
                WHERE run_id = :run AND closed_at IS NULL AND received = COALESCE(:received, received)";
    let (answer, received) = answer.unzip();
    let values = [
        ("now", Value::from(now.as_micros())),
        ("outcome", Value::from(outcome)),
        ("answer", Value::from(answer)),
        ("run", Value::from(run.to_string())),
        (
            "received",
            Value::from(received.and_then(|it| i64::try_from(it).ok())),
        ),
    ];
    let statement = Sql::named(backend, text, &values).done();
    Ok(tx.execute_raw(statement).await?.rows_affected() == 1)
}

/// Changes the answer of a run that has been completed, before anybody was told.
///
/// # Errors
/// When the database fails.
pub async fn change_outcome(
    tx: &DatabaseTransaction,
    _: &impl Committing,
    run: RunId,
    answer: &str,
) -> Result<(), ApplyError> {
    let text = "UPDATE provisioning_run SET answer = :answer WHERE run_id = :run AND outcome = 'completed'";
    let values = [
        ("answer", Value::from(answer)),
        ("run", Value::from(run.to_string())),
    ];
    let statement = Sql::named(tx.get_database_backend(), text, &values).done();
    Ok(write_exactly(tx, statement, 1).await?)
}

/// What was answered to the runs that a source has completed since.
///
/// # Errors
/// When the database fails.
pub async fn answers(
    db: &DatabaseTransaction,
    source: &str,
    since: Instant,
) -> Result<Vec<String>, ApplyError> {
    let text = "SELECT answer FROM provisioning_run WHERE source = :source AND closed_at >= :since \
                AND outcome = 'completed'";
    let values = [
        ("source", Value::from(source)),
        ("since", Value::from(since.as_micros())),
    ];
    let statement = Sql::named(db.get_database_backend(), text, &values).done();
    let rows = db.query_all_raw(statement).await?;
    rows.iter()
        .map(|row| Ok(row.try_get_by_index(0)?))
        .collect()
}

/// What a source calls its things of a kind; with `since`, only those that something has been told of since.
///
/// # Errors
/// When the database fails.
pub async fn names(
    db: &DatabaseTransaction,
    kind: Kind,
    source: &str,
    since: Option<Instant>,
) -> Result<BTreeSet<String>, ApplyError> {
    let (key, table) = (key_column(kind), table(kind));
    let mut text = format!("SELECT x.{key} FROM {table} x WHERE x.source = :source");
    if since.is_some() {
        text.push_str(
            " AND EXISTS (SELECT 1 FROM audit_latest l, audit_event e \
             WHERE l.entity = x.id AND e.seq = l.seq AND e.t_us >= :since)",
        );
    }
    let values = [
        ("source", Value::from(source)),
        ("since", Value::from(since.map(Instant::as_micros))),
    ];
    let statement = Sql::named(db.get_database_backend(), &text, &values).done();
    let rows = db.query_all_raw(statement).await?;
    rows.iter()
        .map(|row| Ok(row.try_get_by_index(0)?))
        .collect()
}

/// The engagements in the units of those that have changed since.
///
/// # Errors
/// When the database fails, or a row is none.
pub async fn changed_beside(
    db: &DatabaseTransaction,
    engagements: &[EngagementId],
    since: Instant,
) -> Result<BTreeSet<EngagementId>, ApplyError> {
    if engagements.is_empty() {
        return Ok(BTreeSet::new());
    }
    let text = "SELECT x.id FROM engagement x, audit_latest l, audit_event e \
                WHERE x.version > 1 AND l.entity = x.id AND e.seq = l.seq AND e.t_us >= :since \
                AND x.unit_id IN (SELECT u.unit_id FROM engagement u WHERE u.id IN ";
    let values = [("since", Value::from(since.as_micros()))];
    let mut sql = Sql::named(db.get_database_backend(), text, &values);
    sql.tuple(engagements.iter().map(|id| Value::from(id.to_string())));
    sql.push(")");
    let rows = db.query_all_raw(sql.done()).await?;
    let read = |row: &QueryResult| {
        let id: String = row.try_get_by_index(0)?;
        id.parse().map_err(|_| unreadable())
    };
    rows.iter().map(read).collect()
}
