//! Finds the register's ids of everything that a chunk of records refers to, a query a kind.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr, Value};

use super::ApplyError;
use super::change::entity;
use super::references::{is_global, key_column, table};
use super::row::References;
use super::sql::Sql;
use super::upsert::Applying;
use crate::cell::Cell;
use audit::write_exactly;
use domain::ChangeKind;
use domain::clock::{Clock, fresh};
use domain::id::{self, EntityRef};
use feed::Kind;
use transparency::event::Change;

/// What a chunk refers to.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    ids: BTreeMap<Kind, BTreeSet<String>>,
    individuals: BTreeSet<String>,
}

impl References for Wanted {
    fn id(&mut self, kind: Kind, external_id: &str) -> Cell {
        self.ids
            .entry(kind)
            .or_default()
            .insert(external_id.to_owned());
        Cell::Null
    }

    fn individual(&mut self, key: &str) -> Cell {
        self.individuals.insert(key.to_owned());
        Cell::Null
    }
}

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Found {
    ids: BTreeMap<Kind, HashMap<String, String>>,
    individuals: HashMap<String, String>,
    missing: Option<(Kind, String)>,
    /// Whether what is not there yet is taken for granted, and nothing made.
    comparing: bool,
}

/// Stands for the id of what is not there yet.
const YET_TO_COME: &str = "";

impl References for Found {
    fn id(&mut self, kind: Kind, external_id: &str) -> Cell {
        let found = self.ids.get(&kind).and_then(|ids| ids.get(external_id));
        match found {
            Some(id) => Cell::Text(id.clone()),
            None if self.comparing => Cell::Text(YET_TO_COME.to_owned()),
            None => {
                self.missing = Some((kind, external_id.to_owned()));
                Cell::Null
            }
        }
    }

    fn individual(&mut self, key: &str) -> Cell {
        let found = self.individuals.get(key).map(String::as_str);
        Cell::Text(found.unwrap_or(YET_TO_COME).to_owned())
    }
}

impl Found {
    pub(super) fn new(comparing: bool) -> Self {
        Self {
            comparing,
            ..Self::default()
        }
    }

    /// That nothing was asked for that is not there.
    pub(super) fn complete(self) -> Result<(), ApplyError> {
        match self.missing {
            None => Ok(()),
            Some((kind, external_id)) => Err(ApplyError::Vanished { kind, external_id }),
        }
    }

    /// Knows the records of the chunk itself, the new ones too.
    pub(super) fn know(&mut self, kind: Kind, external_id: &str, id: &str) {
        self.ids
            .entry(kind)
            .or_default()
            .insert(external_id.to_owned(), id.to_owned());
    }

    /// Looks everything that is wanted up; individuals that are not there are made, and told of.
    pub(super) async fn look_up(
        &mut self,
        tx: &DatabaseTransaction,
        wanted: &Wanted,
        how: &Applying,
    ) -> Result<Vec<Change>, ApplyError> {
        let source = how.source.as_str();
        for (kind, external_ids) in &wanted.ids {
            let known = self.ids.entry(*kind).or_default();
            let unknown = external_ids.iter().filter(|id| !known.contains_key(*id));
            let unknown: Vec<&str> = unknown.map(String::as_str).collect();
            let (table, key) = (table(*kind), key_column(*kind));
            // What the source itself calls so, else what the one does whose records it takes over.
            let named = how.take_over.as_deref().into_iter().chain([source]);
            let sources: Vec<Option<&str>> = if is_global(*kind) {
                vec![None]
            } else {
                named.map(Some).collect()
            };
            let mut found = HashMap::new();
            for source in sources {
                found.extend(ids(tx, &table, key, source, &unknown).await?);
            }
            known.extend(found);
        }
        let keys: Vec<&str> = wanted.individuals.iter().map(String::as_str).collect();
        // A human being is one whatever feed names it: first as its own source knows it, then as any does.
        let key = "external_key";
        self.individuals = ids(tx, "individual", key, None, &keys).await?;
        let own = ids(tx, "individual", key, Some(source), &keys).await?;
        self.individuals.extend(own);
        if self.comparing {
            return Ok(Vec::new());
        }
        let fresh_ones: Vec<_> = keys
            .into_iter()
            .filter(|key| !self.individuals.contains_key(*key))
            .map(|key| {
                (
                    key.to_owned(),
                    fresh::<id::Individual>(how.clock.as_ref()).to_string(),
                )
            })
            .collect();
        if !fresh_ones.is_empty() {
            let text = "INSERT INTO individual (id, source, external_key) VALUES ";
            let mut sql = Sql::new(tx.get_database_backend(), text);
            let rows = fresh_ones.iter();
            sql.tuples(rows.map(|(key, id)| [id.as_str(), source, key].map(Value::from)));
            write_exactly(tx, sql.done(), fresh_ones.len()).await?;
        }
        let made = fresh_ones.iter();
        let made = made.map(|(key, id)| {
            let change = how.change(entity(id)?, ChangeKind::Created);
            let change = change.expecting("source", Some(source.to_owned()));
            Ok(change.expecting("external_key", Some(key.clone())))
        });
        let made = made.collect::<Result<_, ApplyError>>()?;
        self.individuals.extend(fresh_ones);
        Ok(made)
    }
}

/// The ids of the rows with those keys.
pub(super) async fn ids(
    tx: &DatabaseTransaction,
    table: &str,
    key: &str,
    source: Option<&str>,
    wanted: &[&str],
) -> Result<HashMap<String, String>, DbErr> {
    if wanted.is_empty() {
        return Ok(HashMap::new());
    }
    let text = format!("SELECT {key}, id FROM {table} WHERE {key} IN ");
    let mut sql = Sql::new(tx.get_database_backend(), &text);
    sql.tuple(wanted.iter().map(|key| Value::from(*key)));
    if let Some(source) = source {
        sql.push(" AND source = ").bind(source);
    }
    let rows = tx.query_all_raw(sql.done()).await?;
    rows.iter()
        .map(|row| Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?)))
        .collect()
}

/// A fresh id for a row of that kind.
pub(super) fn fresh_id(kind: Kind, clock: &dyn Clock) -> String {
    EntityRef::new(kind.entity(), clock.uuid()).to_string()
}
