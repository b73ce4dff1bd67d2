//! What the log answers when events are recorded.

use std::collections::BTreeMap;

use domain::Instant;
use domain::id::EventId;

/// The proof that events are on disk, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    recorded_at: Instant,
    seqs: BTreeMap<EventId, u64>,
}

impl Receipt {
    pub(super) fn new(
        recorded_at: Instant,
        first_seq: u64,
        ids: impl IntoIterator<Item = EventId>,
    ) -> Self {
        Self {
            recorded_at,
            seqs: ids.into_iter().zip(first_seq..).collect(),
        }
    }

    /// The instant that stands in the events.
    #[must_use]
    pub const fn recorded_at(&self) -> Instant {
        self.recorded_at
    }

    /// The place of an event in the log.
    #[must_use]
    pub fn seq(&self, id: EventId) -> Option<u64> {
        self.seqs.get(&id).copied()
    }

    /// Every event with its place.
    #[must_use]
    pub const fn seqs(&self) -> &BTreeMap<EventId, u64> {
        &self.seqs
    }
}
