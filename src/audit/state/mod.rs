//! What things of the register are, read from their rows as the log tells it.
//!
//! Apart from what changes them, and from what decides by them: every change is told from here, so that no two ways of
//! making one tell it differently, and whoever inspects the database compares by the same reading. Which columns and
//! members count stands in [`register`].

mod astray;
mod cells;
mod past;
mod root;
mod tell;
mod tellings;
mod told;

use std::collections::BTreeMap;

use domain::EntityRef;
use register::{Aggregate, Members, Shape};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr, Statement, Value as SqlValue};
use transparency::canonical::{Object, Value};
use transparency::event::State;

use super::rows::in_list;
use cells::{Cells, columns, put};

pub use astray::Astray;
pub(super) use astray::{How, astray};
pub use past::Registers;
pub(super) use root::{Known, RootError};
#[cfg(feature = "testing")]
pub(super) use tell::latest;
pub(super) use tell::{TellError, tell};
pub use tellings::Telling;
pub(super) use tellings::{Original, originals};
#[cfg(feature = "testing")]
pub(super) use told::{Erased, told};

/// How many things are read at once.
pub(super) const PAGE: usize = 512;

/// What those things are, by their ids; of what has no row there is nothing.
pub(super) async fn states(
    db: &DatabaseTransaction,
    aggregate: &Aggregate,
    ids: &[String],
) -> Result<BTreeMap<String, State>, DbErr> {
    let mut states = BTreeMap::new();
    for ids in ids.chunks(PAGE) {
        let rows = select(
            db,
            (aggregate.table, aggregate.key),
            &columns(aggregate.fields),
            texts(ids),
        )
        .await?;
        let mut read = Reading::of(aggregate, &rows)?;
        read.members(db, aggregate).await?;
        states.extend(read.states);
    }
    Ok(states)
}

/// What the things of a kind are whose ids come after that one, or from the first on, in the order of their ids: one
/// page of them.
pub(super) async fn page(
    db: &DatabaseTransaction,
    aggregate: &Aggregate,
    after: Option<&str>,
) -> Result<BTreeMap<String, State>, DbErr> {
    let Aggregate { table, key, .. } = aggregate;
    // An id may be any text that somebody has written, nothing among them.
    let beyond = if after.is_some() { ">" } else { ">=" };
    let sql = format!(
        "SELECT {key}, {columns} FROM {table} WHERE {key} {beyond} $1 ORDER BY {key} LIMIT {PAGE}",
        columns = columns(aggregate.fields)
    );
    let rows = db
        .query_all_raw(Statement::from_sql_and_values(
            db.get_database_backend(),
            sql,
            [after.unwrap_or_default().into()],
        ))
        .await?;
    let mut read = Reading::of(aggregate, &rows)?;
    read.members(db, aggregate).await?;
    Ok(read.states)
}

/// Things whose rows were read, before and after what hangs on them was.
struct Reading {
    states: BTreeMap<String, State>,
}

impl Reading {
    fn of(aggregate: &Aggregate, rows: &[sea_orm::QueryResult]) -> Result<Self, DbErr> {
        let mut states = BTreeMap::new();
        for row in rows {
            let mut state = State::default();
            for (at, field) in aggregate.fields.iter().enumerate() {
                put(&mut state, field, Cells(row).told(at + 1, field)?);
            }
            states.insert(row.try_get_by_index(0)?, state);
        }
        Ok(Self { states })
    }

    async fn members(
        &mut self,
        db: &DatabaseTransaction,
        aggregate: &Aggregate,
    ) -> Result<(), DbErr> {
        let ids: Vec<String> = self.states.keys().cloned().collect();
        if ids.is_empty() {
            return Ok(());
        }
        for members in aggregate.members {
            let Members {
                table,
                owner,
                fields,
                ..
            } = members;
            let mut found: BTreeMap<String, Vec<Object>> = BTreeMap::new();
            for row in select(db, (table, owner), &columns(fields), texts(&ids)).await? {
                let mut member = State::default();
                for (at, field) in fields.iter().enumerate() {
                    put(&mut member, field, Cells(&row).told(at + 1, field)?);
                }
                let owner = row.try_get_by_index(0)?;
                found.entry(owner).or_default().push(member.clear);
            }
            for (owner, found) in found {
                if let Some(state) = self.states.get_mut(&owner) {
                    hang(state, members, found);
                }
            }
        }
        Ok(())
    }
}

/// Adds to a thing what hangs on it.
fn hang(state: &mut State, members: &Members, found: Vec<Object>) {
    let texts = |found: Vec<Object>| {
        let texts = found.into_iter().filter_map(|member| {
            let (_, text) = member.iter().next()?;
            text.as_text().map(str::to_owned)
        });
        let mut texts: Vec<String> = texts.collect();
        texts.sort_unstable();
        texts
    };
    let told: Value = match members.shape {
        Shape::Set => Value::set(texts(found)),
        Shape::Personal => {
            state.personal.insert(members.name, texts(found).join(" "));
            return;
        }
        Shape::List => {
            let mut all: Vec<Value> = found.into_iter().map(Value::from).collect();
            all.sort_by_cached_key(Value::to_text);
            Value::array(all)
        }
        Shape::One => {
            // Of what there may be one of, there is one by the table's own key.
            let Some(one) = found.into_iter().next() else {
                return;
            };
            one.into()
        }
    };
    state.clear.set(members.name, told);
}

/// The rows of a table whose column is one of those values: that column, and the others.
async fn select(
    db: &DatabaseTransaction,
    (table, key): (&str, &str),
    columns: &str,
    wanted: Vec<SqlValue>,
) -> Result<Vec<sea_orm::QueryResult>, DbErr> {
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let (values, places) = in_list(0, wanted);
    let sql = format!("SELECT {key}, {columns} FROM {table} WHERE {key} IN ({places})");
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    db.query_all_raw(statement).await
}

fn texts(ids: &[String]) -> Vec<SqlValue> {
    ids.iter().map(|id| id.as_str().into()).collect()
}

/// The kind of a thing as the register knows it, with those of its ids.
pub(super) fn by_kind<'a>(
    things: impl IntoIterator<Item = &'a EntityRef>,
) -> Vec<(&'static Aggregate, Vec<String>)> {
    let mut kinds: Vec<(&'static Aggregate, Vec<String>)> = Vec::new();
    for thing in things {
        let Some(aggregate) = Aggregate::of(thing.kind()) else {
            continue;
        };
        let known = kinds.iter_mut().find(|(one, _)| one.kind == aggregate.kind);
        match known {
            Some((_, ids)) => ids.push(thing.to_string()),
            None => kinds.push((aggregate, vec![thing.to_string()])),
        }
    }
    kinds
}
