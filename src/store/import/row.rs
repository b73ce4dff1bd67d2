//! What a row is made of, whatever its kind.

use crate::cell::Cell;
use domain::name::sort_key;
use domain::text::{Identifier, search_words};
use domain::{Date, HsaId};
use feed::Kind;

/// Where a row's references are looked up: first all are collected, then all are found at once.
pub(super) trait References {
    /// The register's id of the thing that the source calls so.
    fn id(&mut self, kind: Kind, external_id: &str) -> Cell;

    /// The register's id of the human being that the source calls so.
    fn individual(&mut self, key: &str) -> Cell;
}

/// A record as its row, and what hangs on it in tables of their own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) cells: Vec<Cell>,
    /// Credentials of a person, permissions of a role; sorted.
    pub(super) members: Vec<String>,
    /// Empty where there is none.
    pub(super) classification: Vec<Cell>,
}

impl Row {
    /// A row that nothing hangs on.
    pub(super) const fn of(cells: Vec<Cell>) -> Self {
        Self {
            cells,
            members: Vec::new(),
            classification: Vec::new(),
        }
    }

    pub(super) fn with_members(mut self, members: impl Iterator<Item = String>) -> Self {
        self.members.extend(members);
        self.members.sort_unstable();
        self
    }

    pub(super) fn with_classification(mut self, cells: Option<[Cell; 6]>) -> Self {
        self.classification.extend(cells.into_iter().flatten());
        self
    }
}

pub(super) fn text(value: &str) -> Cell {
    value.into()
}

pub(super) fn date(value: Date) -> Cell {
    Cell::Text(value.to_string())
}

pub(super) fn count_or_null(value: Option<u32>) -> Cell {
    value.map_or(Cell::Null, |count| Cell::Int(i64::from(count)))
}

pub(super) fn person_or_null(value: Option<&HsaId>, refs: &mut dyn References) -> Cell {
    value.map_or(Cell::Null, |id| refs.id(Kind::Person, id.as_str()))
}

pub(super) fn system_or_null(value: Option<&Identifier>, refs: &mut dyn References) -> Cell {
    value.map_or(Cell::Null, |id| refs.id(Kind::System, id))
}

pub(super) fn names(name: &str, hsa_id: Option<&HsaId>) -> [Cell; 3] {
    [
        text(name),
        Cell::Text(sort_key(name)),
        Cell::Text(search_words(&[name], hsa_id)),
    ]
}
