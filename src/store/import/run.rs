//! The state of runs: how far they have come, who works on them, and what they have flagged.
//!
//! Who works on a run says so with every chunk: `process_token` holds a name of its own and when it
//! was last heard of. A run whose process has been silent for longer than a lease may be taken over,
//! by an update that succeeds for one process only; the old one finds out with its next chunk.

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr, Value};

use super::ApplyError;
use super::sql::Sql;
use audit::write_exactly;
use domain::id::RunId;
use domain::speaks::{verbatim, words};
use domain::{FlagName, Instant};
use gate::RunAuthority;

/// A run that begins.
#[derive(Debug, Clone)]
pub struct NewRun {
    /// Its id.
    pub id: RunId,
    /// The feed's source.
    pub source: String,
    /// The name of the file, for people.
    pub file_name: String,
    /// Whether it will apply nothing.
    pub dry_run: bool,
    /// Who works on it.
    pub token: String,
    /// When it begins.
    pub now: Instant,
    /// What whoever takes it over has to know, as JSON.
    pub standing: String,
}

/// Records that a run begins.
///
/// # Errors
/// When the database fails.
pub async fn begin(tx: &DatabaseTransaction, _: &RunAuthority, run: &NewRun) -> Result<(), DbErr> {
    let text = "INSERT INTO import_run \
                (id, source, file_name, state, dry_run, created_at, summary, process_token) \
                VALUES (:id, :source, :file, 'staging', :dry, :now, :standing, :token)";
    let values = [
        ("id", Value::from(run.id.to_string())),
        ("source", Value::from(run.source.as_str())),
        ("file", Value::from(run.file_name.as_str())),
        ("dry", Value::from(run.dry_run)),
        ("now", Value::from(run.now.as_micros())),
        ("standing", Value::from(run.standing.as_str())),
        ("token", Value::from(heard(&run.token, run.now))),
    ];
    let statement = Sql::named(tx.get_database_backend(), text, &values).done();
    write_exactly(tx, statement, 1).await
}

fn heard(token: &str, now: Instant) -> String {
    format!("{token} {}", now.as_micros())
}

/// Says that the run's process is alive, and makes sure that the run is still its own.
///
/// # Errors
/// When the run is somebody else's or over, or the database fails.
pub async fn keep_alive(
    tx: &DatabaseTransaction,
    _: &RunAuthority,
    run: &str,
    token: &str,
    now: Instant,
) -> Result<(), ApplyError> {
    let text = "UPDATE import_run SET process_token = :heard \
                WHERE id = :run AND finished_at IS NULL AND process_token LIKE :mine";
    let values = [
        ("heard", Value::from(heard(token, now))),
        ("run", Value::from(run)),
        ("mine", Value::from(format!("{token} %"))),
    ];
    let done = tx
        .execute_raw(Sql::named(tx.get_database_backend(), text, &values).done())
        .await?;
    match done.rows_affected() {
        1 => Ok(()),
        _ => Err(ApplyError::Lost),
    }
}

/// Whether the run has begun to apply, as a step whose outcome was not known may have had it.
///
/// # Errors
/// When the database fails.
pub async fn is_applying(tx: &DatabaseTransaction, run: &str) -> Result<bool, DbErr> {
    let text = "SELECT 1 FROM import_run WHERE id = :run AND state = 'applying'";
    let statement = Sql::named(tx.get_database_backend(), text, &[("run", run.into())]).done();
    Ok(tx.query_one_raw(statement).await?.is_some())
}

/// Takes a run over from a process that was last heard of as `seen` says.
///
/// # Errors
/// When somebody else was faster, or the database fails.
pub async fn take_over(
    tx: &DatabaseTransaction,
    _: &RunAuthority,
    run: &Unfinished,
    token: &str,
    now: Instant,
) -> Result<(), ApplyError> {
    let text = "UPDATE import_run SET process_token = :heard \
                WHERE id = :run AND finished_at IS NULL AND process_token = :seen";
    let values = [
        ("heard", Value::from(heard(token, now))),
        ("run", Value::from(run.id.to_string())),
        ("seen", Value::from(run.process.as_str())),
    ];
    let done = tx
        .execute_raw(Sql::named(tx.get_database_backend(), text, &values).done())
        .await?;
    match done.rows_affected() {
        1 => Ok(()),
        _ => Err(ApplyError::Lost),
    }
}

/// How far a run has come.
#[derive(Debug, Clone)]
pub struct Step {
    /// `staging`, `validated`, `applying`, `completed`, `abandoned` or `refused`.
    pub state: &'static str,
    /// How many records have been applied.
    pub done: u64,
    /// What whoever takes it over has to know, as JSON.
    pub standing: String,
    /// When the run ended.
    pub finished_at: Option<Instant>,
    /// The digest of what was read.
    pub digest: Option<String>,
}

/// Records how far a run has come.
///
/// # Errors
/// When the database fails.
pub async fn write_step(
    tx: &DatabaseTransaction,
    _: &RunAuthority,
    run: &str,
    step: &Step,
) -> Result<(), DbErr> {
    let text = "UPDATE import_run SET state = :state, next_line = :done, summary = :standing, \
                finished_at = :finished, digest = COALESCE(:digest, digest) WHERE id = :run";
    let values = [
        ("state", Value::from(step.state)),
        (
            "done",
            Value::from(i64::try_from(step.done).unwrap_or(i64::MAX)),
        ),
        ("standing", Value::from(step.standing.as_str())),
        (
            "finished",
            Value::from(step.finished_at.map(Instant::as_micros)),
        ),
        ("digest", Value::from(step.digest.clone())),
        ("run", Value::from(run)),
    ];
    let statement = Sql::named(tx.get_database_backend(), text, &values).done();
    write_exactly(tx, statement, 1).await
}

/// A run that has not ended.
#[derive(Debug, Clone)]
pub struct Unfinished {
    /// Its id.
    pub id: RunId,
    /// The feed's source.
    pub source: String,
    /// `staging`, `validated` or `applying`.
    pub state: String,
    /// Whether it applies nothing.
    pub dry_run: bool,
    /// What whoever takes it over has to know, as JSON.
    pub standing: String,
    /// Who works on it and when it was last heard of.
    pub process: String,
}

impl Unfinished {
    /// When its process was last heard of.
    #[must_use]
    pub fn heard_of(&self) -> Instant {
        let micros = self.process.rsplit_once(' ');
        let micros = micros.and_then(|(_, micros)| micros.parse().ok());
        Instant::from_micros(micros.unwrap_or(0))
    }
}

/// The runs that have not ended, oldest first.
///
/// # Errors
/// When the database fails.
pub async fn unfinished(db: &DatabaseTransaction) -> Result<Vec<Unfinished>, ApplyError> {
    let text = "SELECT id, source, state, dry_run, COALESCE(summary, ''), \
                COALESCE(process_token, '') FROM import_run \
                WHERE state IN ('staging', 'validated', 'applying') ORDER BY id";
    let rows = db
        .query_all_raw(Sql::named(db.get_database_backend(), text, &[]).done())
        .await?;
    let rows = rows.iter().map(|row| {
        let id: String = row.try_get_by_index(0)?;
        let parsed = id.parse();
        Ok(Unfinished {
            id: parsed.map_err(|_| {
                ApplyError::Corrupt(words!(
                    "`{id}` is not a run",
                    "`{id}` är ingen körning.",
                    id = verbatim(&id)
                ))
            })?,
            source: row.try_get_by_index(1)?,
            state: row.try_get_by_index(2)?,
            dry_run: row.try_get_by_index(3)?,
            standing: row.try_get_by_index(4)?,
            process: row.try_get_by_index(5)?,
        })
    });
    rows.collect()
}

/// The state of one run, if it has not ended.
///
/// # Errors
/// When the database fails.
pub async fn unsettled(
    db: &DatabaseTransaction,
    run: RunId,
) -> Result<Option<Unfinished>, ApplyError> {
    Ok(unfinished(db)
        .await?
        .into_iter()
        .find(|found| found.id == run))
}

/// Something to flag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Raised {
    /// The register's id.
    pub entity_id: String,
    /// A detail without personal data.
    pub detail: Option<String>,
}

/// Flags things; how many. What is flagged so already is now flagged by this run.
///
/// # Errors
/// When the database fails.
pub async fn raise(
    tx: &DatabaseTransaction,
    _: &RunAuthority,
    run: &str,
    flag: FlagName,
    things: &[Raised],
) -> Result<u64, DbErr> {
    if things.is_empty() {
        return Ok(0);
    }
    let text = "INSERT INTO import_flag (flag, entity_id, run_id, detail) VALUES ";
    let mut sql = Sql::new(tx.get_database_backend(), text);
    sql.tuples(things.iter().map(|thing| {
        [
            Value::from(flag.as_str()),
            Value::from(thing.entity_id.as_str()),
            Value::from(run),
            Value::from(thing.detail.clone()),
        ]
    }));
    sql.push(
        " ON CONFLICT (flag, entity_id) DO UPDATE SET run_id = excluded.run_id, \
         detail = excluded.detail",
    );
    write_exactly(tx, sql.done(), things.len()).await?;
    Ok(things.len() as u64)
}

/// The things that a run has flagged so, the first of them.
///
/// # Errors
/// When the database fails.
pub async fn raised(
    db: &DatabaseTransaction,
    run: &str,
    flag: FlagName,
    most: u64,
) -> Result<Vec<String>, ApplyError> {
    let text = "SELECT entity_id FROM import_flag WHERE run_id = :run AND flag = :flag \
                ORDER BY entity_id LIMIT :most";
    let values = [
        ("run", Value::from(run)),
        ("flag", Value::from(flag.as_str())),
        ("most", Value::from(i64::try_from(most).unwrap_or(i64::MAX))),
    ];
    let rows = db
        .query_all_raw(Sql::named(db.get_database_backend(), text, &values).done())
        .await?;
    rows.iter()
        .map(|row| Ok(row.try_get_by_index(0)?))
        .collect()
}

/// Takes away what earlier runs of the source flagged, except gains of privilege and permissions that
/// nobody has said how to treat: those stand until somebody has looked.
///
/// # Errors
/// When the database fails.
pub async fn drop_earlier_flags(
    tx: &DatabaseTransaction,
    _: &RunAuthority,
    run: &str,
    source: &str,
) -> Result<(), DbErr> {
    let text = "DELETE FROM import_flag WHERE flag NOT IN (:gain, :unknown) AND run_id <> :run \
                AND run_id IN (SELECT id FROM import_run WHERE source = :source)";
    let values = [
        ("gain", Value::from(FlagName::GainOfPrivilege.as_str())),
        ("unknown", Value::from(FlagName::UnknownPermission.as_str())),
        ("run", Value::from(run)),
        ("source", Value::from(source)),
    ];
    tx.execute_raw(Sql::named(tx.get_database_backend(), text, &values).done())
        .await?;
    Ok(())
}
