//! Says in a change event what became of a record, and whose decisions it may alter.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr, Value};

use super::ApplyError;
use super::kind::columns;
use super::kind::system::CLASSIFICATION;
use super::row::{Cell, Row};
use super::sql::Sql;
use super::table::{Column, Told};
use super::upsert::{Applying, Upsert};
use domain::clock::fresh;
use domain::id::{self, EntityRef};
use domain::speaks::{verbatim, words};
use feed::{Key, Kind};
use transparency::canonical;
use transparency::event::ChangeEvent;
use transparency::slot::SlotValue;

/// The retention class of personal values in changes of the register.
const RETENTION: &str = "register";

/// Which systems the segments of a chunk's servers belong to.
#[derive(Debug, Default)]
pub(super) struct Touched(HashMap<String, String>);

impl Touched {
    pub(super) async fn find(
        tx: &DatabaseTransaction,
        kind: Kind,
        upserts: &[Upsert<'_>],
    ) -> Result<Self, DbErr> {
        if kind != Kind::Server {
            return Ok(Self::default());
        }
        let segments: BTreeSet<&str> = upserts
            .iter()
            .flat_map(|upsert| {
                let before = upsert.before.as_ref().map(|before| &before.row);
                [before, Some(&upsert.after)]
            })
            .flatten()
            .filter_map(|row| row.cells.first()?.text())
            .collect();
        let text = "SELECT id, system_id FROM segment WHERE system_id IS NOT NULL AND id IN ";
        let mut sql = Sql::new(tx.get_database_backend(), text);
        sql.tuple(segments.into_iter().map(Value::from));
        let rows = tx.query_all_raw(sql.done()).await?;
        let systems = rows
            .iter()
            .map(|row| Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?)));
        Ok(Self(systems.collect::<Result<_, DbErr>>()?))
    }
}

/// What changed; `None`: nothing.
pub(super) fn change(
    how: &Applying,
    kind: Kind,
    upsert: &Upsert<'_>,
    touched: &Touched,
) -> Result<Option<ChangeEvent>, ApplyError> {
    let mut told = Telling::default();
    let before = upsert.before.as_ref();
    told.cells(
        columns(kind),
        before.map(|before| before.row.cells.as_slice()),
        &upsert.after.cells,
    );
    told.cells(
        CLASSIFICATION,
        before.map(|before| before.row.classification.as_slice()),
        &upsert.after.classification,
    );
    told.members(kind, before.map(|before| &before.row), &upsert.after);
    if before.is_some_and(|before| before.source != how.source) {
        told.clear("source", canonical::Value::from(how.source.as_str()));
    }
    if before.is_some() && told.fields.is_empty() {
        return Ok(None);
    }
    if before.is_none() {
        told.clear(
            "externalId",
            canonical::Value::from(upsert.record.external_id()),
        );
    }
    Ok(Some(ChangeEvent {
        id: fresh::<id::Event>(how.clock.as_ref()),
        entity: entity(&upsert.id)?,
        change: if before.is_some() {
            "changed"
        } else {
            "created"
        },
        fields: told.fields.into_iter().collect(),
        clear: told.clear,
        slots: told.slots,
        decision: how.decision,
        run: Some(how.run),
        touches: touches(kind, upsert, touched),
    }))
}

pub(super) fn entity(id: &str) -> Result<EntityRef, ApplyError> {
    id.parse().map_err(|_| {
        ApplyError::Corrupt(words!(
            "`{id}` is not an id",
            "`{id}` är inget id.",
            id = verbatim(id)
        ))
    })
}

#[derive(Debug, Default)]
struct Telling {
    fields: BTreeSet<String>,
    clear: BTreeMap<String, canonical::Value>,
    slots: Vec<SlotValue>,
}

impl Telling {
    fn clear(&mut self, field: &str, value: canonical::Value) {
        self.fields.insert(field.to_owned());
        self.clear.insert(field.to_owned(), value);
    }

    /// Tells the cells that differ; of a new row those that are not null.
    fn cells(&mut self, columns: &[Column], before: Option<&[Cell]>, after: &[Cell]) {
        for (at, column) in columns.iter().enumerate() {
            let before = before
                .and_then(|cells| cells.get(at))
                .unwrap_or(&Cell::Null);
            let after = after.get(at).unwrap_or(&Cell::Null);
            if before == after {
                continue;
            }
            match column.told {
                Told::Derived => {}
                Told::Named(field) => {
                    self.fields.insert(field.to_owned());
                }
                Told::Clear(field) => {
                    self.fields.insert(field.to_owned());
                    if let Some(value) = canonical_value(after) {
                        self.clear.insert(field.to_owned(), value);
                    }
                }
                Told::Slot(field) => {
                    self.slot(field, personal_text(after));
                }
            }
        }
    }

    fn members(&mut self, kind: Kind, before: Option<&Row>, after: &Row) {
        let before = before.map_or(&[][..], |row| row.members.as_slice());
        if before == after.members {
            return;
        }
        if kind == Kind::Role {
            let members = canonical::Value::set(after.members.iter().cloned());
            self.clear("permissions", members);
        } else {
            // What cards somebody carries; their names hold no space.
            let cards = after.members.join(" ");
            self.slot("credentials", Some(cards).filter(|cards| !cards.is_empty()));
        }
    }

    /// Tells a personal value; `None`: that there is none any more.
    fn slot(&mut self, field: &'static str, value: Option<String>) {
        self.fields.insert(field.to_owned());
        self.slots.extend(value.map(|value| SlotValue {
            name: field,
            value,
            retention_class: RETENTION.to_owned(),
            authority: None,
        }));
    }
}

fn personal_text(cell: &Cell) -> Option<String> {
    match cell {
        Cell::Null => None,
        Cell::Text(text) => Some(text.clone()),
        Cell::Bool(value) => Some(value.to_string()),
        Cell::Int(value) => Some(value.to_string()),
    }
}

fn canonical_value(cell: &Cell) -> Option<canonical::Value> {
    match cell {
        Cell::Null => None,
        Cell::Text(text) => Some(text.as_str().into()),
        Cell::Bool(value) => Some((*value).into()),
        Cell::Int(value) => canonical::Value::integer(*value).ok(),
    }
}

/// The keys of every decision that may come out otherwise now.
fn touches(kind: Kind, upsert: &Upsert<'_>, touched: &Touched) -> BTreeSet<String> {
    let external_id = upsert.record.external_id();
    let mut keys = BTreeSet::from([upsert.id.clone()]);
    if upsert.before.is_none() {
        keys.insert(format!("ext:{kind}:{external_id}"));
    }
    match kind.key() {
        Key::Hsa => drop(keys.insert(format!("hsa:{external_id}"))),
        Key::Host => drop(keys.insert(format!("host:{external_id}"))),
        Key::Client => drop(keys.insert(format!("client:{external_id}"))),
        Key::OfSource => {}
    }
    let before = upsert.before.as_ref().map(|before| &before.row);
    for row in before.into_iter().chain([&upsert.after]) {
        for (cell, column) in row.cells.iter().zip(columns(kind)) {
            if let (true, Some(id)) = (column.touches, cell.text()) {
                keys.extend(touched.0.get(id).cloned());
                keys.insert(id.to_owned());
            }
        }
    }
    keys
}
