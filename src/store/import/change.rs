//! Says what became of a record, and whose decisions it may alter.

use std::collections::{BTreeSet, HashMap};

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr, Value};

use super::ApplyError;
use super::kind::columns;
use super::references::key_column;
use super::row::Row;
use super::sql::Sql;
use super::upsert::{Applying, Existing, Upsert};
use domain::speaks::{verbatim, words};
use domain::{ChangeKind, EntityRef};
use feed::{Key, Kind};
use transparency::event::Change;

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

/// What a feed sets of a thing besides columns of its row: what hangs on it. It leaves nothing there that the feed does
/// not say.
const BESIDES: [&str; 5] = [
    "classification",
    "credentials",
    "obligations",
    "parents",
    "permissions",
];

/// What changed; `None`: nothing.
pub(super) fn change(
    how: &Applying,
    kind: Kind,
    upsert: &Upsert<'_>,
    touched: &Touched,
) -> Result<Option<Change>, ApplyError> {
    let becomes = match &upsert.before {
        None => ChangeKind::Created,
        Some(before) if differs(how, kind, before, &upsert.after) => ChangeKind::Changed,
        Some(_) => return Ok(None),
    };
    let change = how.change(entity(&upsert.id)?, becomes);
    let cells = columns(kind).iter().zip(&upsert.after.cells);
    let written = cells.filter(|(column, _)| !column.derived);
    let change = written.fold(change, |change, (column, cell)| {
        change.expecting(column.name, cell.spelled())
    });
    let key = upsert.record.external_id().to_owned();
    let change = change
        .expecting("source", Some(how.source.clone()))
        .expecting(key_column(kind), Some(key))
        .setting(BESIDES);
    let change = if kind == Kind::Grant && upsert.before.is_none() {
        change.expecting("decision_id", Some(how.decision.to_string()))
    } else {
        change
    };
    Ok(Some(change.touching(touches(kind, upsert, touched))))
}

/// Whether a record says anything else than the register has.
fn differs(how: &Applying, kind: Kind, before: &Existing, after: &Row) -> bool {
    let compared = columns(kind).iter().enumerate();
    let mut compared = compared.filter(|(_, column)| !column.derived);
    let row = &before.row;
    compared.any(|(at, _)| row.cells.get(at) != after.cells.get(at))
        || row.classification != after.classification
        || row.members != after.members
        || before.source != how.source
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
