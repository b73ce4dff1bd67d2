//! Why an import did not do what was asked.

use domain::Words;
use domain::speaks::{Speaks, counted, verbatim, words};

use super::Summary;
use audit::{EntryError, Fatal, SnapshotError, TransactError};
use feed::ReadError;
use store::import::ApplyError;

/// Why an import did not do what was asked.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.words())]
pub enum ImportError {
    /// The feed cannot be read, or is not whole. Nothing was applied.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The feed has bad records, and nobody asked for the good ones. Nothing was applied.
    Refused(Box<Summary>),
    /// Another import is running.
    Busy {
        /// The other run.
        run: String,
    },
    /// The gate does not allow it, or cannot say.
    Permit(Words),
    /// The log cannot be written in time.
    Unavailable,
    /// The log is not the one that was written.
    Fatal(Fatal),
    /// An event cannot be recorded.
    #[error(transparent)]
    Event(#[from] EntryError),
    /// Nothing can be read.
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
    /// A chunk cannot be applied.
    #[error(transparent)]
    Apply(#[from] ApplyError),
    /// Rejected lines cannot be handed back.
    Rejects(#[source] std::io::Error),
}

impl Speaks for ImportError {
    fn words(&self) -> Words {
        match self {
            Self::Read(error) => error.words(),
            Self::Refused(summary) => words!(
                "{bad} of {lines} cannot be used: nothing was applied. Put them right in the source, or apply the others \
                 with `--rejects FILE`",
                "{bad} av {lines} går inte att använda. Inget är infört. Rätta dem i källan, eller för in de andra med \
                 `--rejects FIL`.",
                bad = summary.bad_lines,
                lines = counted(summary.lines, ("line", "lines"), ("rad", "rader"))
            ),
            Self::Busy { run } => words!(
                "another import (`{run}`) is running: wait for it to end",
                "En annan import (`{run}`) pågår. Vänta tills den är klar.",
                run = verbatim(run)
            ),
            Self::Permit(why) => words!(
                "the import is not allowed: {why}",
                "Importen är inte tillåten. {why}",
                why
            ),
            Self::Unavailable => TransactError::<ApplyError>::Unavailable.words(),
            Self::Fatal(fatal) => fatal.words(),
            Self::Event(error) => error.words(),
            Self::Snapshot(error) => error.words(),
            Self::Apply(error) => error.words(),
            Self::Rejects(error) => words!(
                "the rejected lines cannot be written: {error}",
                "De rader som inte godtogs går inte att skriva. Orsak: {error}",
                error
            ),
        }
    }

    fn cause(&self) -> Option<Words> {
        match self {
            Self::Snapshot(error) => error.cause(),
            Self::Apply(error) => error.cause(),
            Self::Read(_)
            | Self::Refused(_)
            | Self::Busy { .. }
            | Self::Permit(_)
            | Self::Unavailable
            | Self::Fatal(_)
            | Self::Event(_)
            | Self::Rejects(_) => None,
        }
    }
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

impl<E: Into<ApplyError>> From<TransactError<E>> for ImportError {
    fn from(error: TransactError<E>) -> Self {
        match error {
            TransactError::Stale | TransactError::Unavailable => Self::Unavailable,
            TransactError::Effect(error) => Self::Apply(error.into()),
            TransactError::Fatal(fatal) => Self::Fatal(fatal),
            TransactError::Invalid(error) => Self::Event(error),
        }
    }
}
