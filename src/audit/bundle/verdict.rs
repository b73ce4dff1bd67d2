//! What a verifier can answer.

use std::fmt;

use super::super::keys::KeysError;
use super::super::note::VerifierKey;

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Everything holds.
    Good,
    /// The log was altered, or the bundle was.
    Tampered(Box<Tampered>),
    /// What is there holds, and something is missing.
    Incomplete(String),
    /// Nothing can be said: the bundle, a note or a key cannot be read, or nobody vouches for the key.
    CouldNotRun(String),
}

/// What does not hold, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tampered {
    /// Where.
    pub place: Place,
    /// What.
    pub wrong: Wrong,
}

impl fmt::Display for Tampered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.wrong)
    }
}

/// A part of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// One event.
    Event(u64),
    /// The events from one seq to before another.
    Between(u64, u64),
    /// The log as a whole.
    Log,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Event(seq) => write!(f, "event {seq}"),
            Self::Between(from, to) if to == from + 1 => write!(f, "event {from}"),
            Self::Between(from, to) if to > from => {
                write!(f, "between event {from} and event {}", to - 1)
            }
            Self::Between(from, _) => write!(f, "before event {from}"),
            Self::Log => f.write_str("the log"),
        }
    }
}

/// What does not hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Wrong {
    /// Another seq stands where this one should.
    #[error("event {found} stands where event {expected} should")]
    Seq {
        /// Which should be there.
        expected: u64,
        /// Which is.
        found: u64,
    },
    /// There are fewer or more events than there should be.
    #[error("there are {found} events where there should be {expected}")]
    Count {
        /// How many there should be.
        expected: u64,
        /// How many there are.
        found: u64,
    },
    /// It is not there.
    #[error("it is missing")]
    Gone,
    /// The bytes do not give the leaf that was stored with them.
    #[error("its bytes do not give its leaf")]
    Leaf,
    /// The bytes are none that the log writes.
    #[error("its bytes are not an envelope of version 1")]
    Envelope,
    /// Recorded time goes back.
    #[error("it says it was recorded before the event before it")]
    Time,
    /// It introduces a key that the bundle does not list.
    #[error("it introduces a key that the bundle's first line does not list")]
    UnlistedKey,
    /// It accounts for a restore that the bundle does not list.
    #[error("it accounts for a restore from backup that the bundle's first line does not list")]
    UnlistedRestore,
    /// It is listed as one that accounts for a restore, and is another.
    #[error("it accounts for no restore from backup")]
    NoRestore,
    /// The event does not commit to the value of the slot.
    #[error("it does not commit to the value of its slot `{0}`")]
    Slot(String),
    /// A published checkpoint has another root than the events.
    #[error("the events do not give the root of the checkpoint of {0} events")]
    Root(u64),
    /// A checkpoint is not signed by the log's key.
    #[error(
        "the checkpoint of {0} events is not signed by the log's key: the key was not introduced"
    )]
    Signature(u64),
    /// A checkpoint stands in another place than its own.
    #[error("the checkpoint of {found} events stands after {expected} events")]
    Checkpoint {
        /// After how many events it stands.
        expected: u64,
        /// How many it says there are.
        found: u64,
    },
    /// An event that introduces a key is not what it should be.
    #[error(transparent)]
    Key(#[from] KeysError),
    /// An event of the first line is not in the log.
    #[error("the event in the bundle's first line is not in the tree of the checkpoint")]
    NotThere,
    /// A key that was given is none of the log's.
    #[error("the key {0} was not introduced in the log")]
    NotIntroduced(VerifierKey),
    /// A checkpoint that was kept has another root.
    #[error("the events do not give the root of the checkpoint of {0} events that was kept")]
    Kept(u64),
    /// A checkpoint that was kept was published and is missing.
    #[error("the checkpoint of {0} events was published and is missing")]
    Unpublished(u64),
}
