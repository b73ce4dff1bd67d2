//! Look-ups of one request that got nothing, told in one event.

use std::collections::BTreeSet;

use super::DecisionEvent;
use super::caps::MAX_LOOKED_FOR;
use super::check::text;
use super::error::EventError;

/// Look-ups that are told together, because one request made them and got nothing by any of them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LookedFor {
    /// How many there were, equal ones once.
    pub count: u64,
    /// The kinds of what was looked for, as in the GraphQL schema.
    pub kinds: BTreeSet<String>,
    /// The ids and names that were looked for: the first of them, with at most [`MAX_LOOKED_FOR`] bytes together.
    pub names: BTreeSet<String>,
    /// The bytes of the names.
    size: usize,
}

impl LookedFor {
    fn add(&mut self, kind: &str, name: &str) {
        self.count += 1;
        if !self.kinds.contains(kind) {
            self.kinds.insert(kind.to_owned());
        }
        if self.size + name.len() <= MAX_LOOKED_FOR && self.names.insert(name.to_owned()) {
            self.size += name.len();
        }
    }
}

impl DecisionEvent {
    /// Tells of another look-up of the same request that was answered as this one.
    ///
    /// # Errors
    /// When the name could not stand in an event of its own.
    pub fn add_looked_for(&mut self, kind: &str, name: &str) -> Result<(), EventError> {
        text("target", name)?;
        let others = self.also_looked_for.get_or_insert_default();
        others.add(kind, name);
        Ok(())
    }
}
