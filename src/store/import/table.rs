//! What can be said of a column that a feed fills. How the log tells it stands in [`register`].

use crate::cell::Sort;

/// A column that a feed fills.
#[derive(Debug, Clone, Copy)]
pub(super) struct Column {
    pub(super) name: &'static str,
    pub(super) sort: Sort,
    /// Whether it follows from the others, so that it alone is no difference.
    pub(super) derived: bool,
    /// Whether decisions about what it refers to rest on this row: the old and the new value are
    /// named as touched.
    pub(super) touches: bool,
}

pub(super) const fn plain(name: &'static str) -> Column {
    Column {
        name,
        sort: Sort::Text,
        derived: false,
        touches: false,
    }
}

pub(super) const fn touching(name: &'static str) -> Column {
    Column {
        touches: true,
        ..plain(name)
    }
}

pub(super) const fn flag(name: &'static str) -> Column {
    Column {
        sort: Sort::Bool,
        ..plain(name)
    }
}

pub(super) const fn number(name: &'static str) -> Column {
    Column {
        sort: Sort::Int,
        ..plain(name)
    }
}

pub(super) const fn derived(name: &'static str) -> Column {
    Column {
        derived: true,
        ..plain(name)
    }
}

pub(super) const NAME: Column = plain("name");
pub(super) const NAME_SORT: Column = derived("name_sort");
pub(super) const NAME_SEARCH: Column = derived("name_search");
