//! A row that is written whole, so that what is written and what the log is to find there are said once.

use sea_orm::{DatabaseTransaction, DbErr, Value};

use crate::cell::{Sort, Written, expecting};
use crate::rows::{execute, places};
use domain::EntityRef;
use transparency::event::Change;

/// A row of a thing that there has not been.
pub(crate) struct NewRow {
    table: &'static str,
    id: String,
    columns: Vec<Written>,
    derived: Vec<Written>,
}

impl NewRow {
    /// Of that id, with those columns; every other column has its default.
    pub(crate) fn new<const N: usize>(
        table: &'static str,
        id: impl Into<EntityRef>,
        columns: [Written; N],
    ) -> Self {
        Self {
            table,
            id: id.into().to_string(),
            columns: columns.into(),
            derived: Vec::new(),
        }
    }

    /// With columns that the log does not tell: what they hold follows from the others, or decides nothing.
    pub(crate) fn beside<const N: usize>(mut self, columns: [Written; N]) -> Self {
        self.derived.extend(columns);
        self
    }

    /// Writes it.
    pub(crate) async fn insert(&self, tx: &DatabaseTransaction) -> Result<(), DbErr> {
        let columns = || self.columns.iter().chain(&self.derived);
        let names: Vec<&str> = columns().map(|(name, _)| *name).collect();
        let sql = format!(
            "INSERT INTO {} (id, {}) VALUES ({})",
            self.table,
            names.join(", "),
            places(1, names.len() + 1)
        );
        let id = Value::from(self.id.as_str());
        // Only texts are null where a thing begins.
        let values = columns().map(|(_, cell)| cell.bound(Sort::Text));
        execute(tx, &sql, std::iter::once(id).chain(values)).await
    }

    /// The change that tells of it, with what the row is to hold.
    pub(crate) fn told(&self, change: Change) -> Change {
        expecting(change, &self.columns)
    }
}
