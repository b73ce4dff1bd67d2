//! What an event can be wrong in.

use super::caps::MAX_ITEMS;
use crate::canonical::CanonicalError;
use domain::Words;
use domain::speaks::{Speaks, verbatim, words};

/// The event cannot be recorded as it is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.words())]
pub enum EventError {
    /// A text is longer than the format admits.
    TooLong {
        /// The envelope's field.
        field: &'static str,
        /// Its bytes.
        size: usize,
        /// How many there may be.
        most: usize,
    },
    /// A list is longer than the format admits.
    TooMany {
        /// The envelope's field.
        field: &'static str,
        /// Its items.
        count: usize,
    },
    /// A slot is named twice, or by something that is not a word.
    Slot(String),
    /// A value has no canonical form.
    Canonical(#[from] CanonicalError),
}

impl Speaks for EventError {
    fn words(&self) -> Words {
        match self {
            Self::TooLong { field, size, most } => words!(
                "`{field}` has {size} bytes where at most {most} are recorded",
                "`{field}` är {size} byte, men högst {most} sparas.",
                field = verbatim(field),
                size,
                most
            ),
            Self::TooMany { field, count } => words!(
                "`{field}` has {count} items where at most {most} are recorded",
                "`{field}` har {count} delar, men högst {most} sparas.",
                field = verbatim(field),
                count,
                most = MAX_ITEMS
            ),
            Self::Slot(name) => words!(
                "`{name}` is not the name of one slot of the event",
                "`{name}` är inte namnet på precis ett fält i händelsen.",
                name = verbatim(name)
            ),
            Self::Canonical(error) => words!(
                "a value cannot be recorded: {error}",
                "Ett värde går inte att spara. {error}",
                error
            ),
        }
    }
}
