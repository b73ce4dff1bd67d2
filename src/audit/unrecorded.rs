//! Why events were not recorded: what the log answers, and what it knows itself.

use super::head::Fatal;
use domain::Words;
use domain::speaks::Speaks;
use transparency::event::EventError;

/// Nothing may be answered, for the decisions are not on disk.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.words())]
pub enum SealError {
    /// Something that a decision rests on has changed: run the operation again.
    Stale,
    /// The log cannot be written in time; whether the events are in it is not known.
    Unavailable,
    /// The log is not the one that was written.
    #[error(transparent)]
    Fatal(#[from] Fatal),
    /// An event cannot be recorded as it is.
    #[error(transparent)]
    Invalid(#[from] EventError),
}

impl Speaks for SealError {
    fn words(&self) -> Words {
        match self {
            Self::Stale => stale(),
            Self::Unavailable => unavailable(),
            Self::Fatal(error) => error.words(),
            Self::Invalid(error) => error.words(),
        }
    }
}

/// What is said when the decision was made on what is not so any more.
pub(crate) const fn stale() -> Words {
    Words::new(
        "what the decision rests on has changed",
        "Det som beslutet vilar på har ändrats.",
    )
}

/// What is said when the log cannot be written by its deadline.
pub(crate) const fn unavailable() -> Words {
    Words::new(
        "the log cannot be written in time",
        "Loggen går inte att skriva i tid.",
    )
}

/// Why nothing was recorded.
#[derive(Debug, Clone, Copy)]
pub(super) enum CommitFailure {
    Stale,
    /// The database is there and will not have it: something of it cannot be stored.
    Refused,
    Unavailable,
    Fatal(Fatal),
}

impl From<CommitFailure> for SealError {
    fn from(failure: CommitFailure) -> Self {
        match failure {
            CommitFailure::Stale => Self::Stale,
            CommitFailure::Refused | CommitFailure::Unavailable => Self::Unavailable,
            CommitFailure::Fatal(fatal) => Self::Fatal(fatal),
        }
    }
}
