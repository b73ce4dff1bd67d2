//! A row's cells, as the log tells them.

use data_encoding::HEXLOWER;
use register::{Field, Sort, Told};
use sea_orm::{DbErr, QueryResult};
use sha2::{Digest as _, Sha256};
use transparency::canonical::{Object, Value};
use transparency::event::State;

/// A row that was read: first what it belongs to, then the columns of fields.
pub(super) struct Cells<'a>(pub(super) &'a QueryResult);

/// A cell that is not at its default.
pub(super) enum Cell {
    Text(String),
    Flag,
    Number(i64),
}

impl Cells<'_> {
    /// The cell at that index; `None`: it is at its default.
    pub(super) fn told(&self, at: usize, field: &Field) -> Result<Option<Cell>, DbErr> {
        let row = self.0;
        Ok(match field.sort {
            Sort::Text => row.try_get_by_index::<Option<String>>(at)?.map(Cell::Text),
            Sort::Flag => row
                .try_get_by_index::<Option<bool>>(at)?
                .filter(|said| *said)
                .map(|_| Cell::Flag),
            Sort::Number => row.try_get_by_index::<Option<i64>>(at)?.map(Cell::Number),
        })
    }
}

/// The columns of fields, as a statement names them.
pub(super) fn columns(fields: &[Field]) -> String {
    let names: Vec<&str> = fields.iter().map(|field| field.column).collect();
    names.join(", ")
}

/// Adds a field to what a thing is.
pub(super) fn put(state: &mut State, field: &Field, cell: Option<Cell>) {
    let Some(cell) = cell else {
        return;
    };
    match field.told {
        Told::Clear => state.clear.set(field.name, clear(cell)),
        Told::Personal => {
            state.personal.insert(field.name, text(cell));
        }
        Told::Digest => {
            state.clear.set(field.name, digest(&text(cell)));
        }
        Told::Listed(member) => {
            let item = Object::new().with(member, clear(cell));
            state.clear.set(field.name, Value::array([item.into()]));
        }
    }
}

/// A text as it is told by its digest.
pub(super) fn digest(text: &str) -> String {
    HEXLOWER.encode(&Sha256::digest(text))
}

fn clear(cell: Cell) -> Value {
    match cell {
        Cell::Text(text) => text.into(),
        Cell::Flag => true.into(),
        // What no event can hold is told by its digits, and differs from every number that one can.
        Cell::Number(number) => {
            Value::integer(number).unwrap_or_else(|_| number.to_string().into())
        }
    }
}

fn text(cell: Cell) -> String {
    match cell {
        Cell::Text(text) => text,
        Cell::Flag => true.to_string(),
        Cell::Number(number) => number.to_string(),
    }
}

/// What a thing has in a field, spelled; `None`: its default.
pub(super) fn spelled(state: &State, field: &Field) -> Option<String> {
    if field.told == Told::Personal {
        return state.personal.get(field.name).cloned();
    }
    let value = state.clear.get(field.name)?;
    let value = match field.told {
        Told::Listed(member) => value.as_array()?.first()?.as_object()?.get(member)?,
        Told::Clear | Told::Personal | Told::Digest => value,
    };
    let text = value.as_text().map(str::to_owned);
    let number = value.as_integer().map(|number| number.to_string());
    let flag = value.as_bool().map(|flag| flag.to_string());
    text.or(number).or(flag)
}
