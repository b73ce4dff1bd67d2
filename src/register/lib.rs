//! What the register holds of each thing: its row, and the members that hang on it, as one whole.
//!
//! A change event tells the whole of the thing that was changed, in these words, whoever changed it: so the register
//! follows from the log, and a row that the log does not tell of is found. Apart from the log, which tells it, and from
//! the store, which changes it, because both have to mean the same; without SQL, async or a clock.
//!
//! To add a kind of thing to the register: its [`Aggregate`] in `kinds`. To add a column or a table of members to one:
//! its line there, or among what is derived. What is at its default is not told, so a new column changes nothing that was
//! told before it.
#![warn(missing_docs)]

mod derived;
mod kinds;

use domain::EntityKind;

pub use derived::{Derived, Follows};
pub use kinds::aggregates;

/// What a thing of one kind is: which columns of its row, and which rows of other tables.
#[derive(Debug, Clone, Copy)]
pub struct Aggregate {
    /// The kind.
    pub kind: EntityKind,
    /// The table of its rows.
    pub table: &'static str,
    /// The column that holds its id.
    pub key: &'static str,
    /// What its row says of it.
    pub fields: &'static [Field],
    /// What hangs on it.
    pub members: &'static [Members],
    /// The columns of its row that follow from the rest.
    pub derived: &'static [Derived],
    /// Whether its row counts its changes, in `version`.
    pub is_versioned: bool,
}

impl Aggregate {
    /// The names that the log has for what such things are.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        let fields = self.fields.iter().map(|field| field.name);
        fields.chain(self.members.iter().map(|members| members.name))
    }

    /// What things of that kind are; `None`: none of them is in the register.
    #[must_use]
    pub fn of(kind: EntityKind) -> Option<&'static Self> {
        aggregates().find(|one| one.kind == kind)
    }
}

/// A column of a row, and how the log tells it.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// The column.
    pub column: &'static str,
    /// The field's name in the log.
    pub name: &'static str,
    /// What the column holds.
    pub sort: Sort,
    /// How it is told.
    pub told: Told,
    /// What it holds in a row that was made without a word about it, spelled; `None`: nothing.
    pub initial: Option<&'static str>,
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    /// A text; NULL is not told.
    Text,
    /// Yes or no; no is not told.
    Flag,
    /// A whole number; NULL is not told.
    Number,
}

/// How a field is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// In clear: ids, dates, enumerations, flags, references.
    Clear,
    /// In a slot, which can be erased: what is known of a human being, and names.
    Personal,
    /// By the SHA-256 of the text, which is kept beside the register.
    Digest,
    /// As a list, of which there is one item at most today, with that member.
    Listed(&'static str),
}

/// Rows of another table that belong to a thing.
#[derive(Debug, Clone, Copy)]
pub struct Members {
    /// Their name in the log.
    pub name: &'static str,
    /// The table.
    pub table: &'static str,
    /// The column that says to what they belong.
    pub owner: &'static str,
    /// What each of them says.
    pub fields: &'static [Field],
    /// How they are told.
    pub shape: Shape,
    /// Their columns that follow from what they belong to.
    pub derived: &'static [Derived],
}

/// How members are told; where there are none, nothing is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// As the set of the texts of the one field.
    Set,
    /// As the texts of the one field in one personal value, in byte order with a space between them.
    Personal,
    /// As a list of objects, in the order of their canonical texts.
    List,
    /// As one object: there is one row at most.
    One,
}

const fn clear(column: &'static str, name: &'static str) -> Field {
    Field {
        column,
        name,
        sort: Sort::Text,
        told: Told::Clear,
        initial: None,
    }
}

const fn flag(column: &'static str, name: &'static str) -> Field {
    Field {
        sort: Sort::Flag,
        ..clear(column, name)
    }
}

const fn number(column: &'static str, name: &'static str) -> Field {
    Field {
        sort: Sort::Number,
        ..clear(column, name)
    }
}

const fn personal(column: &'static str, name: &'static str) -> Field {
    Field {
        told: Told::Personal,
        ..clear(column, name)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Kinds that are told otherwise: runs by the operations that begin and end them.
    const ELSEWHERE: &[EntityKind] = &[EntityKind::Run];

    #[test]
    fn every_kind_is_in_the_register_once_or_told_elsewhere() {
        for kind in EntityKind::ALL {
            let count = aggregates().filter(|one| one.kind == *kind).count();
            assert_eq!(count, usize::from(!ELSEWHERE.contains(kind)), "{kind:?}");
        }
    }

    #[test]
    fn no_field_is_told_twice_and_none_by_a_name_that_a_slot_cannot_have() {
        for one in aggregates() {
            let mut names = BTreeSet::new();
            for name in one.names() {
                assert!(names.insert(name), "{:?} tells `{name}` twice", one.kind);
                assert!(
                    name.bytes().all(|byte| byte.is_ascii_alphabetic()),
                    "{:?} `{name}`",
                    one.kind
                );
            }
        }
    }

    #[test]
    fn members_that_are_one_value_have_one_field() {
        for members in aggregates().flat_map(|one| one.members) {
            let one_value = matches!(members.shape, Shape::Set | Shape::Personal);
            assert!(!one_value || members.fields.len() == 1, "{}", members.name);
        }
    }
}
