//! What a notary can find, each with the place where it is.

use domain::Words;
use domain::speaks::{Speaks, events, words};

/// The log is not the one that was recorded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.words())]
pub enum Finding {
    /// An event has other bytes than the notary saw.
    Exchanged(u64),
    /// An event's stored hash is not that of its bytes.
    Leaf(u64),
    /// An event is not there.
    Missing(u64),
    /// The root that stays of events that were pruned is not theirs.
    Block {
        /// The first of them.
        first: u64,
        /// The last of them.
        last: u64,
    },
    /// There are events that the head does not count.
    Beyond(u64),
    /// There are fewer events than there were.
    Cut {
        /// How many there were.
        had: u64,
        /// How many there are.
        has: u64,
    },
    /// The head's root is not that of the events.
    Root {
        /// How many events the head counts.
        size: u64,
        /// How many of them were verified in an earlier step.
        known: u64,
    },
    /// The head's frontier is not that of the events.
    Frontier(u64),
    /// A published checkpoint says something else, or nobody has signed it who may.
    Checkpoint(u64),
    /// A checkpoint that was published is not there.
    Unpublished(u64),
}

impl Speaks for Finding {
    fn words(&self) -> Words {
        match *self {
            Self::Exchanged(seq) => words!(
                "event {seq} is not the one that was recorded",
                "Händelse {seq} är inte den som sparades.",
                seq
            ),
            Self::Leaf(seq) => words!(
                "event {seq} and its stored hash belong to different events",
                "Händelse {seq} och dess kontrollsumma hör till olika händelser.",
                seq
            ),
            Self::Missing(seq) => {
                words!("event {seq} is not there", "Händelse {seq} saknas.", seq)
            }
            Self::Block { first, last } => words!(
                "what stays of the events {first} to {last}, which were pruned, is not what they were",
                "Det som finns kvar av de gallrade händelserna {first} till {last} stämmer inte med dem.",
                first,
                last
            ),
            Self::Beyond(seq) => words!(
                "event {seq} is there, beyond the end of the log",
                "Händelse {seq} finns, fast loggen slutar tidigare.",
                seq
            ),
            Self::Cut { had, has } => words!(
                "the log was cut: it had {had} and has {has}",
                "Loggen har kortats av. Den hade {had} och har {has}.",
                had = events(had),
                has
            ),
            Self::Root { size, known } => words!(
                "the root of {size} is not the one in the head; {known} of them were verified before",
                "Roten för {size} är inte den som står i huvudposten. {known} av dem har verifierats tidigare.",
                size = events(size),
                known
            ),
            Self::Frontier(size) => words!(
                "the frontier of {size} is not the one in the head",
                "Kanten för {size} är inte den som står i huvudposten.",
                size = events(size)
            ),
            Self::Checkpoint(size) => words!(
                "the published checkpoint of {size} is not one of this log",
                "Den publicerade kontrollpunkten för {size} hör inte till den här loggen.",
                size = events(size)
            ),
            Self::Unpublished(size) => words!(
                "the checkpoint of {size}, which was published, is not there",
                "Kontrollpunkten för {size} har publicerats men saknas.",
                size = events(size)
            ),
        }
    }
}
