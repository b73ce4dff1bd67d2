//! Events on their way into the log, and what a decision among them rests on.

use std::collections::BTreeSet;

use super::envelope::Draft;
use super::event::{EventError, Pending};
use domain::Words;
use domain::id::EventId;
use domain::speaks::{Speaks, words};

/// An event on its way into the log.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) draft: Draft,
    /// What a decision rests on; `None`: the event is no decision.
    pub(super) rests_on: Option<RestsOn>,
}

#[derive(Debug, Clone)]
pub(super) struct RestsOn {
    pub(super) facts_at: u64,
    pub(super) depends: BTreeSet<String>,
}

impl Entry {
    pub(super) fn of_decision(pending: Pending) -> Result<Self, EventError> {
        Ok(Self {
            draft: Draft::of_decision(&pending.event)?,
            rests_on: Some(RestsOn {
                facts_at: pending.event.facts_at,
                depends: pending.depends,
            }),
        })
    }

    pub(super) const fn of(draft: Draft) -> Self {
        Self {
            draft,
            rests_on: None,
        }
    }
}

/// Something is not to be recorded, or cannot be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.words())]
pub enum EntryError {
    /// A change names a decision that does not allow it.
    ForeignDecision(EventId),
    /// A permit whose decision is not an allow.
    NotAllowed(EventId),
    /// An event cannot be recorded as it is.
    #[error(transparent)]
    Event(#[from] EventError),
}

impl Speaks for EntryError {
    fn words(&self) -> Words {
        match self {
            Self::ForeignDecision(id) => words!(
                "`{id}` is not a decision of this transaction",
                "`{id}` är inget beslut i den här transaktionen.",
                id
            ),
            Self::NotAllowed(id) => words!(
                "`{id}` did not allow anything",
                "`{id}` tillät ingenting.",
                id
            ),
            Self::Event(error) => error.words(),
        }
    }
}
