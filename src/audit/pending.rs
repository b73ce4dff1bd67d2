//! Decisions on their way from whoever decides to the log.

use std::collections::BTreeSet;
use std::sync::Arc;

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
    pub(super) depends: Depends,
}

/// The keys that the facts of a decision rest on. Cheap to clone and to put together: what rests on somebody's facts
/// shares the keys of these.
#[derive(Debug, Clone, Default)]
pub struct Depends(Vec<Arc<BTreeSet<String>>>);

impl Depends {
    /// Rests on what the other rests on as well.
    pub fn extend(&mut self, other: &Self) {
        self.0.extend(other.0.iter().cloned());
    }

    /// Rests on that key as well.
    pub fn insert(&mut self, key: impl Into<String>) {
        self.0.push(Arc::new(BTreeSet::from([key.into()])));
    }

    /// Whether one of those keys is among them.
    pub(super) fn meets(&self, keys: &BTreeSet<String>) -> bool {
        let mut parts = self.0.iter();
        parts.any(|part| !part.is_disjoint(keys))
    }

    /// Whether that key is among them.
    pub(super) fn contains(&self, key: &str) -> bool {
        self.0.iter().any(|part| part.contains(key))
    }
}

impl From<BTreeSet<String>> for Depends {
    fn from(keys: BTreeSet<String>) -> Self {
        Self(vec![Arc::new(keys)])
    }
}

impl Pending {
    /// The decision, to be told stale if anything that `depends` names changes before it is recorded.
    ///
    /// # Errors
    /// When the event cannot be recorded as it is.
    pub fn new(event: DecisionEvent, depends: impl Into<Depends>) -> Result<Self, EventError> {
        event.check()?;
        Ok(Self {
            event,
            depends: depends.into(),
        })
    }

    /// Makes it stale as well when what that key stands for changes.
    pub fn rest_on(&mut self, key: &str) {
        self.depends.insert(key);
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
        depends: &Depends,
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
