//! How far a run has come: all that whoever takes it over has to know.
//!
//! Stored with every chunk, in the chunk's own transaction, so that it is true whenever the process
//! dies.

use std::collections::BTreeMap;
use std::iter;

use serde::{Deserialize, Serialize};

use domain::id::EventId;
use domain::speaks::{foreign, words};
use feed::Kind;
use store::import::{Applied, ApplyError};

/// One thing to carry out after everything has been checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Applies the records of a kind.
    Records(Kind),
    /// Applies which segments can be taken over from which.
    Controls,
    /// Records what is flagged.
    Flags,
    /// Discards what was staged.
    Discard,
}

/// Everything that is carried out, in order; a kind comes after those it refers to.
pub(crate) fn phases() -> impl Iterator<Item = Phase> {
    let records = Kind::ALL.iter().flat_map(|kind| {
        // Servers lie in segments, so what segments control is known before them.
        let controls = (*kind == Kind::Segment).then_some(Phase::Controls);
        iter::once(Phase::Records(*kind)).chain(controls)
    });
    records.chain([Phase::Flags, Phase::Discard])
}

/// The place of [`Phase::Discard`]: all that a dry run carries out.
pub(crate) fn discarding() -> usize {
    phases().count().saturating_sub(1)
}

/// What became of the records of a kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Counts {
    pub(crate) created: u64,
    pub(crate) changed: u64,
    pub(crate) unchanged: u64,
}

/// How far a run has come.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Standing {
    /// The decision that allows changes of each kind.
    pub(crate) decisions: BTreeMap<String, EventId>,
    /// The day that the feed describes.
    pub(crate) today: String,
    /// How many lines the feed has.
    pub(crate) lines: u64,
    /// The digest of the lines.
    pub(crate) digest: Option<String>,
    /// Whether bad records are left out, and with them those that refer to them.
    pub(crate) cascade: bool,
    /// The place in [`phases`].
    pub(crate) phase: usize,
    /// The last thing that has been carried out of it.
    pub(crate) after: String,
    /// How many records have been applied.
    pub(crate) done: u64,
    /// The source whose records are taken over, and how many have been.
    #[serde(default)]
    pub(crate) take_over: Option<String>,
    #[serde(default)]
    pub(crate) taken_over: u64,
    pub(crate) kinds: BTreeMap<String, Counts>,
    pub(crate) rejected: BTreeMap<String, u64>,
    /// How many records the register did not take when they were applied.
    #[serde(default)]
    pub(crate) refused: u64,
    pub(crate) flags: BTreeMap<String, u64>,
    /// The same by the feed's own word alone, as its sender counts.
    #[serde(default)]
    pub(crate) told: BTreeMap<String, u64>,
    pub(crate) gains: u64,
    pub(crate) unknown_permissions: u64,
    /// Whether it is what an integration provisions, which tells a part of its source and so flags nothing anew.
    #[serde(default)]
    pub(crate) provisioned: bool,
}

impl Standing {
    pub(crate) fn new(decisions: BTreeMap<String, EventId>, take_over: Option<String>) -> Self {
        Self {
            decisions,
            today: String::new(),
            lines: 0,
            digest: None,
            cascade: false,
            phase: 0,
            after: String::new(),
            done: 0,
            take_over,
            taken_over: 0,
            kinds: BTreeMap::new(),
            rejected: BTreeMap::new(),
            refused: 0,
            flags: BTreeMap::new(),
            told: BTreeMap::new(),
            gains: 0,
            unknown_permissions: 0,
            provisioned: false,
        }
    }

    pub(crate) fn to_text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    pub(crate) fn parse(text: &str) -> Result<Self, ApplyError> {
        serde_json::from_str(text).map_err(|error| {
            ApplyError::Corrupt(words!(
                "the run's standing: {error}",
                "Körningens läge går inte att läsa. Orsak: {error}",
                error = foreign(&error)
            ))
        })
    }

    /// Counts the records of a chunk and remembers the last of them.
    pub(crate) fn passed(&mut self, kind: Kind, applied: &Applied, after: String) {
        let counts = self.kinds.entry(kind.name().to_owned()).or_default();
        counts.created += applied.created;
        counts.changed += applied.changed;
        counts.unchanged += applied.unchanged;
        self.taken_over += applied.taken_over;
        self.gains += applied.gains;
        self.unknown_permissions += applied.unknown_permissions;
        self.done += applied.created + applied.changed + applied.unchanged;
        self.after = after;
    }

    /// Counts a record that the register did not take (`whole`) or not all of, and goes on behind it.
    pub(crate) fn set_aside(&mut self, kind: Kind, whole: bool, after: String) {
        if whole {
            *self.rejected.entry(kind.name().to_owned()).or_default() += 1;
            self.done += 1;
        }
        self.refused += 1;
        self.after = after;
    }

    /// Counts segments that changed only in what they control.
    pub(crate) fn controls_changed(&mut self, segments: u64) {
        let counts = self
            .kinds
            .entry(Kind::Segment.name().to_owned())
            .or_default();
        let moved = segments.min(counts.unchanged);
        counts.unchanged -= moved;
        counts.changed += moved;
    }

    pub(crate) fn next_phase(&mut self) {
        self.phase += 1;
        self.after.clear();
    }
}
