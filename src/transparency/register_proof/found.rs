//! What a proof about the register says: for the report to people.

use super::super::bundle::{KeptResult, TrustedKey};
use super::super::note::VerifierKey;
use super::super::tree::Hash;
use domain::Instant;

/// What was found, as far as the proof was read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// The id of the thing.
    pub id: String,
    /// The log's name.
    pub origin: String,
    /// How many events the anchor has.
    pub size: u64,
    /// The log's keys.
    pub keys: Vec<TrustedKey>,
    /// The keys that were given and that the log has not introduced as far as the anchor reaches.
    pub beyond: Vec<VerifierKey>,
    /// The checkpoints that were kept, by their size.
    pub kept: Vec<(u64, KeptResult)>,
    /// The change after which it is said; `None`: it is said of the register before the log's first change.
    pub after: Option<Told>,
    /// The root of the register then, once it was reached.
    pub root: Option<Hash>,
    /// How many other things are in the bucket.
    pub beside: usize,
    /// What the thing was; `None`: it was not there.
    pub was: Option<Was>,
}

/// An event of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Told {
    /// Its seq.
    pub seq: u64,
    /// When it was recorded.
    pub recorded_at: Instant,
}

/// What the thing was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Was {
    /// The change that tells it.
    pub told: Told,
    /// Its digest.
    pub digest: Hash,
    /// What it was in clear, as canonical JSON.
    pub state: String,
    /// What else it was, by the names of the slots.
    pub personal: Vec<(String, Shown)>,
}

/// What is shown of a personal value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shown {
    /// The value.
    Value(String),
    /// It has been erased: only what commits to it is there.
    Erased,
    /// The proof is one without values: only what commits to it is there.
    Away,
}

impl Was {
    /// The names of the personal values that have been erased.
    pub fn erased(&self) -> impl Iterator<Item = &str> {
        let erased = self.personal.iter();
        let erased = erased.filter(|(_, shown)| *shown == Shown::Erased);
        erased.map(|(name, _)| name.as_str())
    }
}
