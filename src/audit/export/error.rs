//! Why there is no bundle.

use sea_orm::DbErr;

use crate::connection::OutOfLog;
use crate::stored_event::Unread;
use crate::subtree::Hole;
use domain::Words;
use domain::speaks::{self, Speaks, foreign, words};
use transparency::bundle::{Tampered, Wrong};

/// There is no bundle.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.words())]
pub enum ExportError {
    /// There are not so many events.
    Part(u64),
    /// There is nothing in it.
    Nothing(u64),
    /// Its first events are gone.
    Pruned(u64),
    /// No checkpoint has been made since.
    NotCovered {
        /// One more than the last event's seq.
        to: u64,
        /// How many events the newest checkpoint has.
        newest: u64,
    },
    /// A row is not what was recorded.
    Tampered(Box<Tampered>),
    /// The database failed.
    Database(#[from] DbErr),
    /// The bundle could not be written.
    Write(#[from] std::io::Error),
}

impl Speaks for ExportError {
    fn words(&self) -> Words {
        match self {
            Self::Part(size) => words!(
                "that part is not in the log, which has {events}: give a `--from` that is lower than `--to`, both within them",
                "Den delen finns inte i loggen, som har {events}. Ange `--from` lägre än `--to`, båda inom dem.",
                events = speaks::events(*size)
            ),
            Self::Nothing(newest) => words!(
                "there are no events in that part: the newest checkpoint is of {events}, and what was recorded since \
                 waits for the notary",
                "Det finns inga händelser i den delen. Den senaste kontrollpunkten gäller {events}, och det som har \
                 tillkommit sedan dess väntar på notarien.",
                events = speaks::events(*newest)
            ),
            Self::Pruned(below) => words!(
                "the events below {below} were pruned: export from there on; the bundles that were made before have the rest",
                "Händelserna före {below} är gallrade. Exportera därifrån. Resten finns i de bevisfiler som gjordes innan.",
                below
            ),
            Self::NotCovered { to, newest } => words!(
                "no checkpoint covers the events up to {to}: the newest one is of {newest}. Wait for the \
                 notary, or export less",
                "Ingen kontrollpunkt omfattar händelserna fram till {to}. Den senaste gäller {newest}. Vänta på \
                 notarien, eller exportera mindre.",
                to,
                newest = speaks::events(*newest)
            ),
            Self::Tampered(tampered) => tampered.words(),
            Self::Database(_) => Words::new("the database failed", "Databasen fungerade inte."),
            Self::Write(_) => Words::new(
                "the bundle cannot be written",
                "Bevisfilen går inte att skriva.",
            ),
        }
    }

    fn cause(&self) -> Option<Words> {
        match self {
            Self::Database(error) => Some(foreign(error)),
            Self::Write(error) => Some(error.words()),
            Self::Part(_)
            | Self::Nothing(_)
            | Self::Pruned(_)
            | Self::NotCovered { .. }
            | Self::Tampered(_) => None,
        }
    }
}

impl From<Hole> for ExportError {
    fn from(hole: Hole) -> Self {
        match hole {
            Hole::Row(place) => Self::Tampered(Box::new(Tampered {
                place,
                wrong: Wrong::Gone,
            })),
            Hole::Pruned(below) => Self::Pruned(below),
            Hole::Database(error) => Self::Database(error),
        }
    }
}

impl From<Unread> for ExportError {
    fn from(unread: Unread) -> Self {
        match unread {
            Unread::Tampered(what) => Self::Tampered(what),
            Unread::Database(error) => Self::Database(error),
        }
    }
}

impl From<OutOfLog> for ExportError {
    fn from(out: OutOfLog) -> Self {
        match out {
            OutOfLog::Pruned { below } => Self::Pruned(below),
            OutOfLog::Beyond { size } => Self::Part(size),
        }
    }
}
