//! The region as one value: everything of the register that decisions are made from.
//!
//! A value never changes: what the log tells next makes another, which shares with the one before all that is the same.
//! So whoever reads has one moment for as long as they like, and what would be if something were otherwise is another
//! value, with nothing open and nothing to take back. Pure: no SQL, no async, no clock. Apart from the log, which tells
//! it, and from whoever decides by it.
//!
//! What stands above each kind of thing, and so through which scopes it can be reached:
//!
//! | kind | direct parents |
//! |---|---|
//! | organisation | its parent |
//! | person, engagement | the units of the person's live engagements, else of the last ended one |
//! | service | its organisation |
//! | account | its system, else the installation |
//! | system | its organisation |
//! | supplier assessment | its system |
//! | segment | its system, if any, and its organisation |
//! | server | its segment |
//! | database | its system and its server |
//! | role | its system, else the installation |
//! | grant | its scope |
//! | record | the organisation that owns it |
//!
//! To add a kind of thing: its struct in `things`, with what it refers to and what it is called; then, if policies may
//! ask about it, its row in this table and its arm in `target`.
#![warn(missing_docs)]

mod above;
mod caps;
mod draft;
mod edited;
mod edits;
mod grants;
mod holders;
mod index;
mod losses;
mod manned;
mod order;
mod people;
mod permissions;
mod place;
mod policies;
mod stages;
mod systems;
mod target;
mod territory;
mod things;

use std::collections::BTreeMap;

use domain::{Calendar, Date, EntityRef, Instant};
use serde_json::{Map, Value};

pub use caps::cap_keys;
pub use holders::RolesOf;
pub use losses::Loss;
pub use people::PrincipalRecord;
pub use target::TargetRecord;
pub use things::Untellable;

use index::Index;
use things::Thing;

/// The names of personal fields that decisions ask about.
pub const PERSONAL: &[&str] = &[
    "absentFrom",
    "absentUntil",
    "credentials",
    "protectedIdentity",
    "trainingCompletedOn",
];

/// The register, as the log tells it up to an event.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Region {
    things: imbl::HashMap<EntityRef, Thing>,
    index: Index,
}

/// What an event tells of a thing.
#[derive(Debug, Clone, Default)]
pub struct Told {
    /// What may stand in clear, by field.
    pub clear: Map<String, Value>,
    /// What is personal, by field.
    pub personal: BTreeMap<String, String>,
}

/// A name that stands for more than one thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the external id of a {kind} is used by more than one source")]
pub struct Ambiguous {
    /// The kind of thing.
    pub kind: &'static str,
}

impl Region {
    /// The thing is that from now on.
    ///
    /// # Errors
    /// What is told of it is nothing that a thing of its kind can be; the region stays as it was.
    pub fn tell(&mut self, thing: EntityRef, told: Told) -> Result<(), Untellable> {
        self.put(thing, Thing::of(thing, told)?);
        Ok(())
    }

    fn put(&mut self, id: EntityRef, thing: Thing) {
        if let Some(known) = self.things.get(&id) {
            self.index.forget(id, known);
        }
        self.index.add(id, &thing);
        self.things.insert(id, thing);
    }

    /// Nobody can know what the thing is: it counts as one that is not there.
    pub fn lose(&mut self, thing: EntityRef) {
        if let Some(known) = self.things.remove(&thing) {
            self.index.forget(thing, &known);
        }
    }

    /// How many things there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.things.len()
    }

    /// Whether there is nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.things.is_empty()
    }

    /// The region as it is at an instant.
    #[must_use]
    pub fn at(&self, calendar: Calendar, now: Instant) -> At<'_> {
        At {
            region: self,
            calendar,
            now,
            today: now.date(),
        }
    }
}

/// The region at an instant: what of it holds then.
#[derive(Debug, Clone, Copy)]
pub struct At<'a> {
    region: &'a Region,
    calendar: Calendar,
    now: Instant,
    today: Date,
}
