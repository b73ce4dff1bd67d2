//! Why a notary signed nothing.

use std::io;

use sea_orm::DbErr;

use super::finding::Finding;
use crate::connection::SnapshotError;
use crate::leaves::LeavesError;
use crate::prove::ProveError;
use domain::Words;
use domain::speaks::{Speaks, events, foreign, verbatim, words};
use transparency::note::VerifierKey;

/// Nothing was signed.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.words())]
pub enum NotaryError {
    /// The log is not the one that was recorded.
    Finding(Finding),
    /// The key is not the one that checkpoints of so many events must be signed by.
    Key {
        /// How many events.
        size: u64,
        /// The key.
        needed: Box<VerifierKey>,
    },
    /// The log's name is not the one that the key signs under.
    Origin(String),
    /// The notary's leaves cannot be used.
    #[error(transparent)]
    Leaves(#[from] LeavesError),
    /// The notary's files cannot be read or written.
    Own(#[from] io::Error),
    /// There are events that nobody can look at any more.
    Pruned(u64),
    /// The restore that it should accept is not one that its memory bears out.
    Restore {
        /// The epoch that began with it.
        epoch: u64,
        /// Why.
        why: Words,
    },
    /// The keys of the log cannot be found out.
    #[error(transparent)]
    Prove(#[from] ProveError),
    /// The log cannot be read.
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
    /// The database failed.
    Database(#[from] DbErr),
    /// The note could not be published.
    Publish(Words),
}

impl Speaks for NotaryError {
    fn words(&self) -> Words {
        match self {
            Self::Finding(finding) => words!(
                "{finding}; nothing is signed any more",
                "{finding} Inget mer signeras.",
                finding
            ),
            Self::Key { size, needed } => words!(
                "checkpoints of {size} are signed by `{needed}`, which is not the key that was given",
                "Kontrollpunkter för {size} ska signeras med `{needed}`, som inte är den nyckel du angav.",
                size = events(*size),
                needed = verbatim(needed)
            ),
            Self::Origin(name) => words!(
                "the log is called `{name}`",
                "Loggen heter `{name}`.",
                name = verbatim(name)
            ),
            Self::Leaves(error) => error.words(),
            Self::Own(_) => Words::new(
                "the notary's own files cannot be used",
                "Notariens egna filer går inte att använda.",
            ),
            Self::Pruned(below) => words!(
                "the events below {below} were pruned before this notary saw them: give it the leaves of the one that \
                 did, or a copy",
                "Händelserna före {below} gallrades innan den här notarien såg dem. Ge den löven från den notarie som \
                 gjorde det, eller en kopia.",
                below
            ),
            Self::Restore { epoch, why } => words!(
                "the restore of epoch {epoch} is not accepted: {why}",
                "Återläsningen i epok {epoch} godtas inte. {why}",
                epoch,
                why
            ),
            Self::Prove(error) => error.words(),
            Self::Snapshot(error) => error.words(),
            Self::Database(_) => Words::new("the database failed", "Databasen fungerade inte."),
            Self::Publish(why) => words!(
                "the note could not be published: {why}",
                "Noten gick inte att publicera. {why}",
                why
            ),
        }
    }

    fn cause(&self) -> Option<Words> {
        match self {
            Self::Leaves(error) => error.cause(),
            Self::Own(error) => Some(error.words()),
            Self::Prove(error) => error.cause(),
            Self::Snapshot(error) => error.cause(),
            Self::Database(error) => Some(foreign(error)),
            Self::Finding(_)
            | Self::Key { .. }
            | Self::Origin(_)
            | Self::Pruned(_)
            | Self::Restore { .. }
            | Self::Publish(_) => None,
        }
    }
}

impl NotaryError {
    /// Whether the log is at fault, and not the way to it.
    #[must_use]
    pub fn is_finding(&self) -> bool {
        match self {
            Self::Finding(_) => true,
            Self::Prove(error) => error.is_contradiction(),
            Self::Key { .. }
            | Self::Origin(_)
            | Self::Leaves(_)
            | Self::Own(_)
            | Self::Pruned(_)
            | Self::Restore { .. }
            | Self::Snapshot(_)
            | Self::Database(_)
            | Self::Publish(_) => false,
        }
    }
}

impl From<Finding> for NotaryError {
    fn from(finding: Finding) -> Self {
        Self::Finding(finding)
    }
}
