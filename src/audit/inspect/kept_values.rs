//! Values of things of the register that an erasure covers: they stay while the thing is so, and go when it is not.
//!
//! Whether a value should be there is known only when it is known which event tells of the thing next.

use std::collections::BTreeMap;

use domain::Words;
use domain::speaks::{verbatim, words};

use super::difference::Differences;

/// What an event told of a thing and an erasure that came later covers.
#[derive(Debug, Default)]
pub(super) struct Covered {
    pub(super) seq: u64,
    /// The event that accounts for the erasure.
    pub(super) by: u64,
    /// The slots whose values are there.
    pub(super) there: Vec<String>,
    /// Those whose values are not.
    pub(super) gone: Vec<String>,
}

/// The same, of each thing, as long as no other event tells of it.
#[derive(Debug, Default)]
pub(super) struct KeptValues(BTreeMap<String, Covered>);

impl KeptValues {
    /// An event tells of a thing: what was told before is not so any more. What was so when it was erased had to stay,
    /// and may still be there; what was not had to go.
    pub(super) fn told(&mut self, thing: &str, seq: u64, found: &mut Differences) {
        let Some(covered) = self.0.remove(thing) else {
            return;
        };
        if seq < covered.by {
            for slot in &covered.there {
                found.event(covered.seq, still_there(covered.by, slot));
            }
        }
    }

    pub(super) fn keep(&mut self, thing: &str, covered: Covered) {
        if !covered.there.is_empty() || !covered.gone.is_empty() {
            self.0.insert(thing.to_owned(), covered);
        }
    }

    /// After the last event: what things are has to be there.
    pub(super) fn finish(&mut self, found: &mut Differences) {
        for covered in std::mem::take(&mut self.0).into_values() {
            for slot in &covered.gone {
                found.event(covered.seq, gone(slot));
            }
        }
    }
}

pub(super) fn still_there(by: u64, slot: &str) -> Words {
    words!(
        "event {by} says that the value of its slot `{slot}` was erased, and it is there",
        "Händelse {by} säger att värdet i dess fält `{slot}` har raderats, men det finns kvar.",
        by,
        slot = verbatim(slot)
    )
}

pub(super) fn gone(slot: &str) -> Words {
    words!(
        "the value of its slot `{slot}` is gone, and no event says that it was erased",
        "Värdet i dess fält `{slot}` är borta, men ingen händelse säger att det har raderats.",
        slot = verbatim(slot)
    )
}
