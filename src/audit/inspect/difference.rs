//! What an inspection finds.

use domain::Words;
use domain::speaks::Speaks;
use transparency::bundle::Place;

use super::super::state::Astray;

/// How many differences are named one by one.
const NAMED: usize = 10_000;

/// Something in the database that is not what it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Which events it is about.
    pub place: Place,
    /// What differs.
    pub what: Words,
}

impl Speaks for Difference {
    fn words(&self) -> Words {
        self.place.says(&self.what)
    }
}

/// Everything that was found; bounded, however much differs.
#[derive(Debug, Default)]
pub struct Differences {
    named: Vec<Difference>,
    astray: Vec<Astray>,
    more: u64,
}

impl Differences {
    pub(super) fn add(&mut self, place: Place, what: Words) {
        if self.named.len() < NAMED {
            self.named.push(Difference { place, what });
        } else {
            self.more += 1;
        }
    }

    pub(super) fn event(&mut self, seq: u64, what: Words) {
        self.add(Place::Event(seq), what);
    }

    pub(super) fn row(&mut self, row: Astray) {
        self.log(row.words());
        if self.astray.len() < NAMED {
            self.astray.push(row);
        }
    }

    pub(super) fn log(&mut self, what: Words) {
        self.add(Place::Log, what);
    }

    /// The differences, in the order in which they were found.
    #[must_use]
    pub fn named(&self) -> &[Difference] {
        &self.named
    }

    /// Those of them that are rows of the register.
    #[must_use]
    pub fn rows(&self) -> &[Astray] {
        &self.astray
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.named.len() as u64 + self.more
    }

    /// How many there are besides those.
    #[must_use]
    pub const fn more(&self) -> u64 {
        self.more
    }

    /// Whether nothing differs.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.named.is_empty()
    }
}
