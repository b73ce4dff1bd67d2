//! What is written in a column, as SQL binds it and as the log is to find it there.

use sea_orm::Value;

use transparency::event::Change;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sort {
    Text,
    Bool,
    Int,
}

/// The value of a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Cell {
    Null,
    Text(String),
    Bool(bool),
    Int(i64),
}

/// A column, and what is written there.
pub(crate) type Written = (&'static str, Cell);

impl Cell {
    /// What there may be none of, as a text.
    pub(crate) fn text_or_null(value: Option<impl ToString>) -> Self {
        value.map_or(Self::Null, |value| Self::Text(value.to_string()))
    }

    /// As bound in SQL; a null is bound with the column's type.
    pub(crate) fn bound(&self, sort: Sort) -> Value {
        match (self, sort) {
            (Self::Text(text), _) => text.clone().into(),
            (Self::Bool(value), _) => (*value).into(),
            (Self::Int(value), _) => (*value).into(),
            (Self::Null, Sort::Text) => Value::String(None),
            (Self::Null, Sort::Bool) => Value::Bool(None),
            (Self::Null, Sort::Int) => Value::BigInt(None),
        }
    }

    /// As the log compares it with what the database holds; `None`: the default.
    pub(crate) fn spelled(&self) -> Option<String> {
        match self {
            Self::Null | Self::Bool(false) => None,
            Self::Text(text) => Some(text.clone()),
            Self::Bool(true) => Some(true.to_string()),
            Self::Int(number) => Some(number.to_string()),
        }
    }

    pub(crate) fn text(&self) -> Option<&str> {
        if let Self::Text(text) = self {
            Some(text)
        } else {
            None
        }
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<i64> for Cell {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl From<bool> for Cell {
    fn from(flag: bool) -> Self {
        Self::Bool(flag)
    }
}

/// The change with what columns hold by it.
pub(crate) fn expecting(change: Change, columns: &[Written]) -> Change {
    let columns = columns.iter();
    columns.fold(change, |change, (column, cell)| {
        change.expecting(column, cell.spelled())
    })
}
