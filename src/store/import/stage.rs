//! Lines on their way: staged, rejected, read back in the order in which they are applied.

use std::collections::HashMap;

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, QueryResult, Value};

use super::ApplyError;
use super::check::TREE;
use super::sql::Sql;
use domain::speaks::{Speaks, verbatim, words};
use domain::{Language, Words};
use feed::{Content, Kind, Problem, Record, Told, parse, said};
use gate::RunAuthority;

/// A line to stage.
#[derive(Debug, Clone)]
pub struct Staged {
    /// Its number.
    pub line: u64,
    /// The record's kind.
    pub kind: Kind,
    /// The id that the source gave it.
    pub external_id: String,
    /// The record's JSON; an empty object when it is rejected already.
    pub body: String,
    /// The line as it was, when rejected lines are to be handed back.
    pub text: Option<String>,
    /// Whether its form is bad.
    pub rejected: bool,
    /// The version of the thing that the record was completed from, 0 where there was none; `None`: it came whole.
    pub seen: Option<i64>,
}

/// A staged record that is to be applied.
#[derive(Debug, Clone)]
pub struct ToApply {
    /// The record.
    pub record: Record,
    /// As [`Staged::seen`]: of a thing that has another version by then it is not applied.
    pub seen: Option<i64>,
}

/// Stages lines; a line that is staged already is left as it is.
///
/// # Errors
/// When the database fails.
pub async fn stage_lines(
    tx: &DatabaseTransaction,
    _: &RunAuthority,
    run: &str,
    lines: &[Staged],
) -> Result<(), DbErr> {
    if lines.is_empty() {
        return Ok(());
    }
    let text = "INSERT INTO staged_record \
                (run_id, line, kind, external_id, body, line_text, rejected, seen_version) VALUES ";
    let mut sql = Sql::new(tx.get_database_backend(), text);
    for (index, line) in lines.iter().enumerate() {
        sql.push(if index == 0 { "(" } else { ", (" });
        sql.bind(run).push(", ").bind(stored(line.line)).push(", ");
        sql.bind(line.kind.name())
            .push(", ")
            .bind(line.external_id.as_str());
        sql.push(", CAST(")
            .bind(line.body.as_str())
            .push(" AS json_text), ");
        sql.bind(line.text.clone())
            .push(", ")
            .bind(line.rejected)
            .push(", ")
            .bind(line.seen)
            .push(")");
    }
    sql.push(" ON CONFLICT (run_id, line) DO NOTHING");
    tx.execute_raw(sql.done()).await?;
    Ok(())
}

fn stored(line: u64) -> i64 {
    i64::try_from(line).unwrap_or(i64::MAX)
}

/// Records what is wrong with lines.
///
/// # Errors
/// When the database fails.
pub async fn stage_problems(
    tx: &DatabaseTransaction,
    _: &RunAuthority,
    run: &str,
    problems: &[Problem],
) -> Result<(), DbErr> {
    if problems.is_empty() {
        return Ok(());
    }
    let text = "INSERT INTO import_problem \
                (run_id, line, field, value_shape, problem, hint) VALUES ";
    let mut sql = Sql::new(tx.get_database_backend(), text);
    sql.tuples(problems.iter().map(|problem| {
        [
            Value::from(run),
            Value::from(stored(problem.line)),
            Value::from(problem.field.as_str()),
            Value::from(problem.given.as_deref().unwrap_or_default()),
            Value::from(written(&problem.wrong)),
            Value::from(written(&problem.right)),
        ]
    }));
    sql.push(" ON CONFLICT DO NOTHING");
    tx.execute_raw(sql.done()).await?;
    Ok(())
}

/// Lets PostgreSQL know how much was staged: a plan made for an empty table takes minutes for a full
/// one. SQLite plans by the indexes alone.
///
/// # Errors
/// When the database fails.
pub async fn know_sizes(tx: &DatabaseTransaction, _: &RunAuthority) -> Result<(), DbErr> {
    if tx.get_database_backend() == DbBackend::Postgres {
        tx.execute_unprepared("ANALYZE staged_record").await?;
    }
    Ok(())
}

/// Rejects the lines from `from` up to and without `to` that have a problem; how many there were.
///
/// # Errors
/// When the database fails.
pub async fn reject(
    tx: &DatabaseTransaction,
    _: &RunAuthority,
    run: &str,
    from: u64,
    to: u64,
) -> Result<u64, DbErr> {
    let text = "UPDATE staged_record SET rejected = TRUE \
                WHERE run_id = :run AND NOT rejected AND line >= :from AND line < :to \
                AND line IN (SELECT p.line FROM import_problem p WHERE p.run_id = :run \
                    AND p.line >= :from AND p.line < :to)";
    let values = [
        ("run", Value::from(run)),
        ("from", Value::from(stored(from))),
        ("to", Value::from(stored(to))),
    ];
    let statement = Sql::named(tx.get_database_backend(), text, &values).done();
    Ok(tx.execute_raw(statement).await?.rows_affected())
}

/// The lines of the organisations that are to be applied, those above before those below.
///
/// # Errors
/// When the database fails.
pub async fn order_of_organisations(
    db: &DatabaseTransaction,
    run: &str,
) -> Result<Vec<i64>, ApplyError> {
    let text = format!(
        "{TREE} SELECT s.line FROM staged_record s JOIN reach ON reach.node = s.external_id \
         WHERE s.run_id = :run AND s.kind = 'organisation' AND NOT s.rejected \
         ORDER BY reach.depth, s.line"
    );
    let values = [("run", Value::from(run))];
    let statement = Sql::named(db.get_database_backend(), &text, &values).done();
    let rows = db.query_all_raw(statement).await?;
    rows.iter()
        .map(|row| Ok(row.try_get_by_index(0)?))
        .collect()
}

/// The records of those lines, in their order.
///
/// # Errors
/// When the database fails, or what was staged is not a record.
pub async fn records_of_lines(
    db: &DatabaseTransaction,
    run: &str,
    lines: &[i64],
) -> Result<Vec<ToApply>, ApplyError> {
    let text = "SELECT line, CAST(body AS TEXT), seen_version FROM staged_record WHERE run_id = ";
    let mut sql = Sql::new(db.get_database_backend(), text);
    sql.bind(run).push(" AND line IN ");
    sql.tuple(lines.iter().map(|line| Value::from(*line)));
    let mut found = HashMap::new();
    for row in db.query_all_raw(sql.done()).await? {
        found.insert(row.try_get_by_index::<i64>(0)?, to_apply(&row)?);
    }
    Ok(lines.iter().filter_map(|line| found.remove(line)).collect())
}

/// The next records of a kind by external id after `after`.
///
/// # Errors
/// When the database fails, or what was staged is not a record.
pub async fn records(
    db: &DatabaseTransaction,
    run: &str,
    kind: Kind,
    after: &str,
    most: u64,
) -> Result<Vec<ToApply>, ApplyError> {
    let text = "SELECT line, CAST(body AS TEXT), seen_version FROM staged_record \
                WHERE run_id = :run AND kind = :kind AND external_id > :after AND NOT rejected \
                ORDER BY external_id LIMIT :most";
    let values = [
        ("run", Value::from(run)),
        ("kind", Value::from(kind.name())),
        ("after", Value::from(after)),
        ("most", Value::from(stored(most))),
    ];
    let statement = Sql::named(db.get_database_backend(), text, &values).done();
    let rows = db.query_all_raw(statement).await?;
    rows.iter().map(to_apply).collect()
}

/// The record of a row of line, body and version.
fn to_apply(row: &QueryResult) -> Result<ToApply, ApplyError> {
    let (line, body): (i64, String) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
    let seen = row.try_get_by_index(2)?;
    match parse(u64::try_from(line).unwrap_or_default(), &body) {
        Ok(Content::Record(record)) => Ok(ToApply {
            record: *record,
            seen,
        }),
        Ok(Content::Trailer(_)) | Err(_) => Err(ApplyError::Corrupt(words!(
            "staged line {line} is no record",
            "Den mellanlagrade raden {line} är ingen post.",
            line
        ))),
    }
}

/// How many lines of each kind are rejected.
///
/// # Errors
/// When the database fails.
pub async fn rejected_counts(
    db: &DatabaseTransaction,
    run: &str,
) -> Result<Vec<(Kind, u64)>, ApplyError> {
    let text = "SELECT kind, COUNT(*) FROM staged_record WHERE run_id = :run AND rejected \
                GROUP BY kind";
    let statement = Sql::named(db.get_database_backend(), text, &[("run", run.into())]).done();
    let mut counts = Vec::new();
    for row in db.query_all_raw(statement).await? {
        let kind: String = row.try_get_by_index(0)?;
        let count: i64 = row.try_get_by_index(1)?;
        let count = u64::try_from(count).unwrap_or_default();
        counts.extend(Kind::named(&kind).map(|kind| (kind, count)));
    }
    Ok(counts)
}

/// A line that was of good form and is rejected all the same.
#[derive(Debug, Clone)]
pub struct Rejected {
    /// Its number.
    pub line: u64,
    /// The line as it was.
    pub text: String,
}

/// A page of the lines after `after` that are rejected and were of good form.
///
/// # Errors
/// When the database fails.
pub async fn rejected_texts(
    db: &DatabaseTransaction,
    run: &str,
    after: u64,
) -> Result<Vec<Rejected>, ApplyError> {
    let text = "SELECT line, line_text FROM staged_record WHERE run_id = :run AND rejected \
                AND line_text IS NOT NULL AND line > :after ORDER BY line LIMIT 500";
    let values = [
        ("run", Value::from(run)),
        ("after", Value::from(stored(after))),
    ];
    let statement = Sql::named(db.get_database_backend(), text, &values).done();
    let rows = db.query_all_raw(statement).await?;
    let rows = rows.iter().map(|row| {
        let line: i64 = row.try_get_by_index(0)?;
        Ok(Rejected {
            line: u64::try_from(line).unwrap_or_default(),
            text: row.try_get_by_index(1)?,
        })
    });
    rows.collect()
}

/// Where a record that is to be applied was staged.
#[derive(Debug, Clone)]
pub struct StagedLine {
    /// Its number.
    pub line: u64,
    /// The line as it was, when rejected lines are to be handed back.
    pub text: Option<String>,
}

/// The line of a record that is to be applied.
///
/// # Errors
/// When the database fails.
pub async fn staged_line(
    db: &DatabaseTransaction,
    run: &str,
    kind: Kind,
    external_id: &str,
) -> Result<Option<StagedLine>, ApplyError> {
    let text = "SELECT line, line_text FROM staged_record WHERE run_id = :run AND kind = :kind \
                AND external_id = :external AND NOT rejected";
    let values = [
        ("run", Value::from(run)),
        ("kind", Value::from(kind.name())),
        ("external", Value::from(external_id)),
    ];
    let statement = Sql::named(db.get_database_backend(), text, &values).done();
    let row = db.query_one_raw(statement).await?;
    row.map(|row| {
        let line: i64 = row.try_get_by_index(0)?;
        Ok(StagedLine {
            line: u64::try_from(line).unwrap_or_default(),
            text: row.try_get_by_index(1)?,
        })
    })
    .transpose()
}

/// A text as it is kept until somebody reads it, whose language is not known before.
fn written(words: &Words) -> String {
    let spoken = [Language::English, Language::Swedish].map(|language| words.spoken(language));
    serde_json::json!(spoken).to_string()
}

/// The text that was kept; one of a run that an older version began has one language.
fn read(kept: &str) -> Words {
    match serde_json::from_str::<[String; 2]>(kept) {
        Ok([english, swedish]) => Words::made(english, swedish),
        Err(_) => verbatim(kept),
    }
}

/// A recorded problem, as it can be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StagedProblem {
    /// The line.
    pub line: u64,
    /// The field; empty: the line as a whole.
    pub field: String,
    /// The value as far as it may be repeated; empty: none.
    pub given: String,
    /// What is wrong.
    pub wrong: Words,
    /// What would be right.
    pub right: Words,
}

impl Speaks for StagedProblem {
    fn words(&self) -> Words {
        said(&Told {
            line: self.line,
            kind: None,
            field: &self.field,
            given: Some(self.given.as_str()).filter(|given| !given.is_empty()),
            wrong: &self.wrong,
            right: &self.right,
        })
    }
}

/// The first problems of a run, how many there are, and on how many lines.
///
/// # Errors
/// When the database fails.
pub async fn problems(
    db: &DatabaseTransaction,
    run: &str,
    most: u64,
) -> Result<(Vec<StagedProblem>, u64, u64), ApplyError> {
    let backend = db.get_database_backend();
    let values = [
        ("run", Value::from(run)),
        ("most", Value::from(stored(most))),
    ];
    let text = "SELECT line, field, value_shape, problem, hint FROM import_problem \
                WHERE run_id = :run ORDER BY line, field, problem LIMIT :most";
    let rows = db
        .query_all_raw(Sql::named(backend, text, &values).done())
        .await?;
    let rows = rows.iter().map(|row| {
        let line: i64 = row.try_get_by_index(0)?;
        Ok(StagedProblem {
            line: u64::try_from(line).unwrap_or_default(),
            field: row.try_get_by_index(1)?,
            given: row.try_get_by_index(2)?,
            wrong: read(&row.try_get_by_index::<String>(3)?),
            right: read(&row.try_get_by_index::<String>(4)?),
        })
    });
    let problems = rows.collect::<Result<_, DbErr>>()?;
    let text = "SELECT COUNT(*), COUNT(DISTINCT line) FROM import_problem WHERE run_id = :run";
    let row = db
        .query_one_raw(Sql::named(backend, text, &values).done())
        .await?;
    let count = |index| -> Result<u64, DbErr> {
        let count: i64 = row
            .as_ref()
            .map_or(Ok(0), |row| row.try_get_by_index(index))?;
        Ok(u64::try_from(count).unwrap_or_default())
    };
    Ok((problems, count(0)?, count(1)?))
}

/// Discards some of what is staged; how much was.
///
/// # Errors
/// When the database fails.
pub async fn discard(tx: &DatabaseTransaction, _: &RunAuthority, run: &str) -> Result<u64, DbErr> {
    let text = "DELETE FROM staged_look_alike WHERE run_id = :run";
    let statement = Sql::named(tx.get_database_backend(), text, &[("run", run.into())]).done();
    tx.execute_raw(statement).await?;
    let text = "DELETE FROM staged_record WHERE run_id = :run AND line IN \
                (SELECT line FROM staged_record WHERE run_id = :run ORDER BY line LIMIT 2000)";
    let statement = Sql::named(tx.get_database_backend(), text, &[("run", run.into())]).done();
    Ok(tx.execute_raw(statement).await?.rows_affected())
}
