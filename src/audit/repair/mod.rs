//! Rows of the register, written anew as the log tells them.
//!
//! What somebody has written there by another way decides nothing, and would stop the next change of its thing: what
//! that found there is not told. So it is taken out again, under an event that says of which things. Only where the log
//! gives the register's root: a log that somebody has taken events from is no reason to take rows away.
//!
//! Apart from changes because nothing is decided here and nothing of the register becomes otherwise than it was told.

mod turns;
mod write;

use std::collections::BTreeMap;

use domain::EntityRef;
use domain::speaks::Speaks as _;
use futures_util::FutureExt as _;
use register::{Aggregate, Shape, Told};
use sea_orm::{ConnectionTrait, DbBackend, DbErr, Statement};
use tokio::sync::OwnedMutexGuard;
use transparency::canonical::{Object, Value};
use transparency::event::OperationEvent;
use transparency::state_root::{StateTree, key};

use super::connection::{DatabaseError, Tx};
use super::head::number;
use super::log::Log;
use super::rows::in_list;
use super::state::{Astray, How, Known, Original, astray, originals, states};
use super::transact::TransactError;
use domain::clock::fresh;

/// The operation's name.
const REPAIRED: &str = "registerRepaired";

/// How many rows are written in one commit.
const CHUNK: usize = 256;

/// Why rows are written anew.
#[derive(Debug, Clone, Copy)]
pub enum Because<'a> {
    /// A change of theirs could not be told.
    Change,
    /// The rows were compared with the log.
    Comparison,
    /// Whoever has the host wants it, for that reason.
    Host(&'a str),
}

/// What became of rows that were not what the log tells.
#[derive(Debug, Default)]
pub struct Repaired {
    /// The rows that are again what the log tells, as they were found.
    pub rows: Vec<Astray>,
    /// Those that are not: what they held is told by its digest alone, or was erased, or the database refuses it.
    pub left: Vec<Astray>,
}

/// Why nothing was committed of a part.
#[derive(Debug)]
enum Undone {
    /// Some of the rows can be written, and the others not.
    Partly(Vec<Astray>),
    Database(DbErr),
}

impl From<DbErr> for Undone {
    fn from(error: DbErr) -> Self {
        Self::Database(error)
    }
}

impl Log {
    /// Writes rows anew that are not what the log tells, and says so in the log. What is all right again is left as it
    /// is.
    ///
    /// # Errors
    /// When the log cannot be read or written; rows before that may have been written.
    pub async fn repair(
        &self,
        found: &[Astray],
        because: Because<'_>,
    ) -> Result<Repaired, TransactError<DatabaseError>> {
        let mut all = Repaired {
            rows: Vec::new(),
            left: found.to_vec(),
        };
        // What refers to rows of a later part is written once those are there.
        loop {
            let before = all.left.len();
            for part in std::mem::take(&mut all.left).chunks(CHUNK) {
                let written = self.repair_what_can_be(part.to_vec(), because).await?;
                let rest = part.iter().filter(|row| !written.contains(row));
                all.left.extend(rest.cloned());
                all.rows.extend(written);
            }
            if all.left.is_empty() || all.left.len() == before {
                break;
            }
        }
        for row in &all.rows {
            tracing::error!(row = %row.words(), "a row of the register was written anew as the log tells it");
        }
        Ok(all)
    }

    /// Writes the row of a thing anew if it is not what the log tells; whether it was not, and is now.
    pub(super) async fn put_back(&self, thing: EntityRef) -> bool {
        let Some(aggregate) = Aggregate::of(thing.kind()) else {
            return false;
        };
        let Ok(snapshot) = self.shared.db.snapshot().await else {
            return false;
        };
        let found = compare(snapshot.connection(), aggregate, &[thing.to_string()]).await;
        drop(snapshot);
        let Ok(found) = found else { return false };
        if found.is_empty() {
            return false;
        }
        match Box::pin(self.repair(&found, Because::Change)).await {
            Ok(repaired) => !repaired.rows.is_empty(),
            Err(error) => {
                tracing::warn!(%error, "a row that is not what the log tells could not be written anew");
                false
            }
        }
    }

    /// Those of the rows that were written, in one commit.
    async fn repair_what_can_be(
        &self,
        mut rows: Vec<Astray>,
        because: Because<'_>,
    ) -> Result<Vec<Astray>, TransactError<DatabaseError>> {
        while !rows.is_empty() {
            match self.repair_all(&rows, because).await {
                Ok(()) => break,
                Err(TransactError::Effect(Undone::Partly(some))) if some.len() < rows.len() => {
                    rows = some;
                }
                Err(error) => return Err(of_database(error)),
            }
        }
        Ok(rows)
    }

    /// Writes them all in one commit, or none of them.
    async fn repair_all(
        &self,
        rows: &[Astray],
        because: Because<'_>,
    ) -> Result<(), TransactError<Undone>> {
        let held = match self.shared.register().await {
            Ok(held) => held,
            Err(failure) => return Err(self.shared.fail(failure).await.into()),
        };
        let operation = OperationEvent {
            id: fresh(self.shared.clock.as_ref()),
            name: REPAIRED,
            decision: None,
            run: None,
            details: details(rows, because)?,
        };
        let rows = rows.to_vec();
        self.record_beside(&operation, [].into(), move |tx| {
            write_all(tx, held, rows).boxed()
        })
        .await?;
        Ok(())
    }
}

fn of_database(error: TransactError<Undone>) -> TransactError<DatabaseError> {
    match error {
        TransactError::Effect(Undone::Database(error)) => TransactError::Effect(error.into()),
        // Each time there are fewer of them.
        TransactError::Effect(Undone::Partly(_)) | TransactError::Unavailable => {
            TransactError::Unavailable
        }
        TransactError::Stale => TransactError::Stale,
        TransactError::Fatal(fatal) => TransactError::Fatal(fatal),
        TransactError::Invalid(error) => TransactError::Invalid(error),
    }
}

/// What the event says: an id that somebody has made up may be anything, and is counted only.
fn details(
    rows: &[Astray],
    because: Because<'_>,
) -> Result<Object, transparency::event::EventError> {
    let things = rows
        .iter()
        .filter(|row| row.id.parse::<EntityRef>().is_ok());
    let things = Value::set(things.map(|row| row.id.as_str()));
    let details = Object::new()
        .with("rows", Value::integer(rows.len() as u64)?)
        .with("things", things);
    Ok(match because {
        Because::Change => details.with("because", "change"),
        Because::Comparison => details.with("because", "comparison"),
        Because::Host(reason) => details.with("because", "host").with("reason", reason),
    })
}

/// How those things are otherwise than the log tells.
async fn compare(
    db: &sea_orm::DatabaseTransaction,
    aggregate: &Aggregate,
    ids: &[String],
) -> Result<Vec<Astray>, DbErr> {
    let latest = latest(db, ids).await?;
    let things = states(db, aggregate, ids).await?;
    let missing = latest.iter().filter(|(id, _)| !things.contains_key(*id));
    let missing = missing.map(|(id, seq)| Astray::missing(id.clone(), *seq));
    let mut found: Vec<Astray> = missing.collect();
    found.extend(astray(db, aggregate, things, &latest).await?);
    Ok(found)
}

/// Which event told last of each of those things, by the events.
async fn latest(
    db: &sea_orm::DatabaseTransaction,
    ids: &[String],
) -> Result<BTreeMap<String, u64>, DbErr> {
    let (ids, places) = in_list(0, ids.iter().map(|id| id.as_str().into()).collect());
    let sql = format!(
        "SELECT resource_id, MAX(seq) FROM audit_event WHERE kind = 'change' AND resource_id IN ({places}) \
         GROUP BY resource_id"
    );
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, ids);
    let rows = db.query_all_raw(statement).await?;
    rows.iter()
        .map(|row| Ok((row.try_get_by_index(0)?, number(row, 1)?)))
        .collect()
}

/// A row that is to be written, and what is told of its thing; nothing: the row is to go.
struct Wanted {
    found: Astray,
    aggregate: &'static Aggregate,
    original: Option<Original>,
}

/// Writes what of those rows is still astray, all of it or nothing.
async fn write_all(
    tx: &Tx,
    mut held: OwnedMutexGuard<Option<Known>>,
    rows: Vec<Astray>,
) -> Result<((), Vec<transparency::event::Change>), Undone> {
    let db = tx.connection();
    let mut wanted = Vec::new();
    for (aggregate, ids) in by_table(&rows) {
        lock(db, aggregate, &ids).await?;
        let found = compare(db, aggregate, &ids).await?;
        wanted.extend(told_of(db, aggregate, found).await?);
    }
    let size = super::head::size(db).await?;
    let known = held.as_mut().ok_or_else(unknown)?;
    let caught_up = known.catch_up(db, size).await;
    caught_up.map_err(|error| DbErr::Custom(error.to_string()))?;
    wanted.retain(|row| row.is_told_by(known.tree()));
    let done = turns::write_in_turn(db, wanted).await?;
    if done.len() == rows.len() {
        return Ok(((), Vec::new()));
    }
    Err(Undone::Partly(done))
}

fn unknown() -> DbErr {
    DbErr::Custom("the register's root is not known".to_owned())
}

/// The rows by the kind of what they tell of.
fn by_table(rows: &[Astray]) -> Vec<(&'static Aggregate, Vec<String>)> {
    let kinds = register::aggregates().map(|aggregate| {
        let ids = rows.iter().filter(|row| row.table == aggregate.table);
        (aggregate, ids.map(|row| row.id.clone()).collect())
    });
    kinds
        .filter(|(_, ids): &(_, Vec<String>)| !ids.is_empty())
        .collect()
}

/// Keeps the rows from changes that are being made: what they are and what is told of them is then of one moment.
async fn lock(
    db: &sea_orm::DatabaseTransaction,
    aggregate: &Aggregate,
    ids: &[String],
) -> Result<(), DbErr> {
    if db.get_database_backend() == DbBackend::Sqlite {
        return Ok(());
    }
    let Aggregate { table, key, .. } = aggregate;
    let (ids, places) = in_list(0, ids.iter().map(|id| id.as_str().into()).collect());
    let sql =
        format!("SELECT {key} FROM {table} WHERE {key} IN ({places}) ORDER BY {key} FOR UPDATE");
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, ids);
    db.query_all_raw(statement).await?;
    Ok(())
}

/// What is told of rows that are astray.
async fn told_of(
    db: &sea_orm::DatabaseTransaction,
    aggregate: &'static Aggregate,
    found: Vec<Astray>,
) -> Result<Vec<Wanted>, DbErr> {
    let fields = aggregate.fields.iter();
    let personal = fields.filter(|field| field.told == Told::Personal);
    let members = aggregate.members.iter();
    let members = members.filter(|members| members.shape == Shape::Personal);
    let names: Vec<&str> = personal
        .map(|field| field.name)
        .chain(members.map(|members| members.name))
        .collect();
    let seqs: Vec<u64> = found.iter().filter_map(Astray::seq).collect();
    let mut told = originals(db, &seqs, &names).await?;
    let wanted = found.into_iter().map(|found| Wanted {
        original: found.seq().and_then(|seq| told.remove(&seq)),
        aggregate,
        found,
    });
    Ok(wanted.collect())
}

impl Astray {
    /// The event that told last of it.
    const fn seq(&self) -> Option<u64> {
        match &self.how {
            How::Untold => None,
            How::Missing(seq) | How::Differs(seq, _) => Some(*seq),
        }
    }
}

impl Wanted {
    /// Whether the register that the log gives has the thing as it is to be written, or has none to be taken away.
    fn is_told_by(&self, tree: &StateTree) -> bool {
        let key = key(&self.found.id);
        let bucket = tree.bucket_of(&self.found.id);
        let there = bucket.iter().find(|(one, _)| *one == key);
        match (&self.found.how, &self.original) {
            (How::Untold, _) => there.is_none(),
            (How::Missing(_) | How::Differs(..), Some(original)) => {
                let is_it = original.thing.to_string() == self.found.id;
                is_it && there.is_some_and(|(_, digest)| *digest == original.digest)
            }
            (How::Missing(_) | How::Differs(..), None) => false,
        }
    }
}
