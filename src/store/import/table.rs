//! What can be said of a column that a feed fills, and how it is told in a change event.

/// How a column's value is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Told {
    /// By the field's name and the value: ids, dates, enumerations, flags.
    Clear(&'static str),
    /// By the field's name, the value in a slot that can be erased: what is known of a person besides who it
    /// is and for whom they work.
    Slot(&'static str),
    /// By the field's name alone: free text.
    Named(&'static str),
    /// Not at all: it follows from the others.
    Derived,
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sort {
    Text,
    Bool,
    Int,
}

/// A column that a feed fills.
#[derive(Debug, Clone, Copy)]
pub(super) struct Column {
    pub(super) name: &'static str,
    pub(super) sort: Sort,
    pub(super) told: Told,
    /// Whether decisions about what it refers to rest on this row: the old and the new value are
    /// named as touched.
    pub(super) touches: bool,
}

pub(super) const fn clear(name: &'static str, field: &'static str) -> Column {
    Column {
        name,
        sort: Sort::Text,
        told: Told::Clear(field),
        touches: false,
    }
}

pub(super) const fn touching(name: &'static str, field: &'static str) -> Column {
    Column {
        touches: true,
        ..clear(name, field)
    }
}

pub(super) const fn flag(name: &'static str, field: &'static str) -> Column {
    Column {
        sort: Sort::Bool,
        ..clear(name, field)
    }
}

pub(super) const fn number(name: &'static str, field: &'static str) -> Column {
    Column {
        sort: Sort::Int,
        ..clear(name, field)
    }
}

pub(super) const fn slot(name: &'static str, field: &'static str) -> Column {
    Column {
        told: Told::Slot(field),
        ..clear(name, field)
    }
}

pub(super) const fn named(name: &'static str, field: &'static str) -> Column {
    Column {
        told: Told::Named(field),
        ..clear(name, field)
    }
}

pub(super) const fn derived(name: &'static str) -> Column {
    Column {
        told: Told::Derived,
        ..clear(name, name)
    }
}

pub(super) const NAME: Column = named("name", "name");
pub(super) const NAME_SORT: Column = derived("name_sort");
pub(super) const NAME_SEARCH: Column = derived("name_search");
