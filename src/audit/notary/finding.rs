//! What a notary can find, each with the place where it is.

/// The log is not the one that was recorded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Finding {
    /// An event has other bytes than the notary saw.
    #[error("event {0} is not the one that was recorded")]
    Exchanged(u64),
    /// An event's stored hash is not that of its bytes.
    #[error("event {0} and its stored hash belong to different events")]
    Leaf(u64),
    /// An event is not there.
    #[error("event {0} is not there")]
    Missing(u64),
    /// The root that stays of events that were pruned is not theirs.
    #[error("what stays of the events {first} to {last}, which were pruned, is not what they were")]
    Block {
        /// The first of them.
        first: u64,
        /// The last of them.
        last: u64,
    },
    /// There are events that the head does not count.
    #[error("event {0} is there, beyond the end of the log")]
    Beyond(u64),
    /// There are fewer events than there were.
    #[error("the log was cut: it had {had} events and has {has}")]
    Cut {
        /// How many there were.
        had: u64,
        /// How many there are.
        has: u64,
    },
    /// The head's root is not that of the events.
    #[error(
        "the root of {size} events is not the one in the head; {known} of them were verified before"
    )]
    Root {
        /// How many events the head counts.
        size: u64,
        /// How many of them were verified in an earlier step.
        known: u64,
    },
    /// The head's frontier is not that of the events.
    #[error("the frontier of {0} events is not the one in the head")]
    Frontier(u64),
    /// A published checkpoint says something else, or nobody has signed it who may.
    #[error("the published checkpoint of {0} events is not one of this log")]
    Checkpoint(u64),
    /// A checkpoint that was published is not there.
    #[error("the checkpoint of {0} events, which was published, is not there")]
    Unpublished(u64),
}
