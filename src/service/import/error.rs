//! Why an import did not do what was asked.

use std::error::Error;

use crate::audit::DbErr;

use super::Summary;
use crate::audit::{EventError, SnapshotError, TransactError};
use crate::feed::ReadError;
use crate::store::import::ApplyError;

/// Why an import did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The feed cannot be read, or is not whole. Nothing was applied.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The feed has bad records, and nobody asked for the good ones. Nothing was applied.
    #[error("{} of {} lines are bad: nothing was applied", .0.bad_lines, .0.lines)]
    Refused(Box<Summary>),
    /// Another import is running.
    #[error("another import (`{run}`) is running: wait for it to end")]
    Busy {
        /// The other run.
        run: String,
    },
    /// The gate does not allow it, or cannot say.
    #[error("the import is not allowed: {0}")]
    Permit(#[source] Box<dyn Error + Send + Sync>),
    /// The log cannot be written in time.
    #[error("the log cannot be written in time")]
    Unavailable,
    /// The log is not the one that was written.
    #[error("{0}")]
    Fatal(String),
    /// An event cannot be recorded as it is.
    #[error(transparent)]
    Event(#[from] EventError),
    /// Nothing can be read.
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
    /// A chunk cannot be applied.
    #[error(transparent)]
    Apply(#[from] ApplyError),
    /// Rejected lines cannot be handed back.
    #[error("the rejected lines cannot be written: {0}")]
    Rejects(#[source] std::io::Error),
}

impl ImportError {
    /// How the command line ends: 1 could not, 2 the input is invalid, 3 the input is incomplete.
    #[must_use]
    pub const fn exit_code(&self) -> u8 {
        match self {
            Self::Read(error) if error.is_truncated() => 3,
            Self::Read(error) if error.is_malformed() => 2,
            Self::Refused(_) => 2,
            Self::Read(_)
            | Self::Busy { .. }
            | Self::Permit(_)
            | Self::Unavailable
            | Self::Fatal(_)
            | Self::Event(_)
            | Self::Snapshot(_)
            | Self::Apply(_)
            | Self::Rejects(_) => 1,
        }
    }

    /// The reason in one word, for the run's event.
    pub(super) const fn word(&self) -> &'static str {
        match self {
            Self::Read(error) if error.is_truncated() => "incomplete",
            Self::Read(_) => "unreadable",
            Self::Refused(_) => "badRecords",
            Self::Busy { .. }
            | Self::Permit(_)
            | Self::Unavailable
            | Self::Fatal(_)
            | Self::Event(_)
            | Self::Snapshot(_)
            | Self::Apply(_)
            | Self::Rejects(_) => "failed",
        }
    }
}

impl From<DbErr> for ImportError {
    fn from(error: DbErr) -> Self {
        Self::Apply(error.into())
    }
}

impl<E: Into<ApplyError>> From<TransactError<E>> for ImportError {
    fn from(error: TransactError<E>) -> Self {
        match error {
            TransactError::Stale | TransactError::Unavailable => Self::Unavailable,
            TransactError::Effect(error) => Self::Apply(error.into()),
            TransactError::Fatal(fatal) => Self::Fatal(fatal.to_string()),
            TransactError::Invalid(error) => Self::Event(error),
        }
    }
}

impl From<std::convert::Infallible> for ApplyError {
    fn from(never: std::convert::Infallible) -> Self {
        match never {}
    }
}
