//! Decisions on their way from whoever decides to the log.

use std::collections::BTreeSet;

use domain::id::EventId;
use domain::verdict::Outcome;
use transparency::event::{DecisionEvent, EventError};

/// A decision that is made but not on disk, and the keys that its facts rest on.
///
/// Only `gate` makes one, and it leaves the process only as part of a [`super::Receipt`].
#[derive(Debug)]
#[must_use = "a decision that is not recorded must not be answered"]
pub struct Pending {
    pub(super) event: DecisionEvent,
    pub(super) depends: BTreeSet<String>,
}

impl Pending {
    /// The decision, to be told stale if anything that `depends` names changes before it is recorded.
    ///
    /// # Errors
    /// When the event cannot be recorded as it is.
    pub fn new(event: DecisionEvent, depends: BTreeSet<String>) -> Result<Self, EventError> {
        event.check()?;
        Ok(Self { event, depends })
    }

    /// Makes it stale as well when what that key stands for changes.
    pub fn rest_on(&mut self, key: &str) {
        self.depends.insert(key.to_owned());
    }

    /// Tells of another look-up of the same request that was answered as this one, and rests on what that
    /// rested on.
    ///
    /// # Errors
    /// When the name could not stand in an event of its own.
    pub fn also_looked_for(
        &mut self,
        kind: &str,
        name: &str,
        depends: BTreeSet<String>,
    ) -> Result<(), EventError> {
        self.event.add_looked_for(kind, name)?;
        self.depends.extend(depends);
        Ok(())
    }

    /// The event's id.
    #[must_use]
    pub const fn id(&self) -> EventId {
        self.event.id
    }

    /// The answer.
    #[must_use]
    pub const fn outcome(&self) -> Outcome {
        self.event.outcome
    }
}

/// Leave to have one effect: what `gate` gives out, and what the log spends.
pub trait Authorised {
    /// The decision behind it.
    fn into_pending(self) -> Pending;
}
