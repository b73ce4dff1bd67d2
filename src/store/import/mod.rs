//! The staging area of imports, and what is done with it: checked, flagged, applied.
//!
//! Apart from the rest of the store because it works set by set over a feed that is not in the
//! register yet, and because it writes only inside the log's `stage` and `apply`, by the witness that a step of
//! the run is being committed. Nothing here opens a transaction.
//!
//! To add a kind of record: a row of columns in `table`, its cells in `row`, its references in
//! `references`; what hangs on it in a table of its own in `members`.

mod alike;
mod attach;
mod change;
mod check;
mod controls;
mod flag;
mod flagged;
mod flags;
mod gain;
mod halted;
mod kind;
mod known;
mod lookup;
mod members;
mod open;
mod received;
mod references;
mod refusal;
mod row;
mod run;
mod sql;
mod stage;
mod table;
mod told;
mod upsert;

use sea_orm::DbErr;

use domain::Words;
use domain::speaks::{Speaks, foreign, verbatim, words};
use feed::Kind;

pub use alike::stage_look_alikes;
pub use check::{Check, Scope, checks};
pub use controls::{apply_controls, differing_controls};
pub use flag::{Flag, Flagged, Over};
pub use flagged::{FlaggedRow, flagged};
pub use flags::FLAGS;
pub use halted::{Halted, HaltedCall, confirm, halt, halted, moot};
pub use known::{KNOWN, Known};
pub(crate) use members::write_parents;
pub use open::{
    Closed, OpenRun, Opened, answers, change_outcome, changed_beside, close, names, open, open_run,
};
pub use received::{Received, Reception, forget_received, receive, received};
pub use refusal::Refusal;
pub use run::{
    NewRun, Raised, Step, Unfinished, begin, drop_earlier_flags, is_applying, keep_alive, raise,
    raised, take_over, unfinished, unsettled, write_step,
};
pub use stage::{
    Rejected, Staged, StagedProblem, ToApply, discard, know_sizes, order_of_organisations,
    problems, records, records_of_lines, reject, rejected_counts, rejected_texts, stage_lines,
    stage_problems, staged_line,
};
pub use told::{Told, forget_problems, others_individuals, told};
pub use upsert::{Applied, Applying, apply_records, compare_records};

/// The staging area cannot be used, or a chunk not be applied.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.words())]
pub enum ApplyError {
    /// The database failed.
    Database(#[from] DbErr),
    /// What a record refers to has gone since it was checked.
    Vanished {
        /// Its kind.
        kind: Kind,
        /// The source's id.
        external_id: String,
    },
    /// Something was changed beside the run after it was read; nothing was written over it. The same chunk
    /// sees it when it is applied again.
    Overtaken {
        /// What was changed.
        kind: Kind,
    },
    /// What a record was completed from has been changed since, or made, so that it says what nobody meant.
    Changed {
        /// What was changed.
        kind: Kind,
    },
    /// A record that another source has brought, and that is not taken over.
    Foreign {
        /// What it is.
        kind: Kind,
    },
    /// Another process has taken the run over, or ended it.
    Lost,
    /// What was staged or stored is not what this build writes.
    Corrupt(Words),
}

impl From<std::convert::Infallible> for ApplyError {
    fn from(never: std::convert::Infallible) -> Self {
        match never {}
    }
}

impl Speaks for ApplyError {
    fn words(&self) -> Words {
        match self {
            Self::Database(_) => Words::new("the database failed", "Databasen fungerade inte."),
            Self::Vanished { kind, external_id } => words!(
                "{kind} `{external_id}` is not there any more",
                "Posten `{kind}` `{external_id}` finns inte längre.",
                kind = verbatim(kind),
                external_id = verbatim(external_id)
            ),
            Self::Overtaken { kind } => words!(
                "a {kind} was changed beside the run",
                "En post av slaget `{kind}` ändrades vid sidan av körningen.",
                kind = verbatim(kind)
            ),
            Self::Changed { kind } => words!(
                "a {kind} was changed after its record was completed",
                "En post av slaget `{kind}` ändrades efter att uppgifterna om den hade fyllts i.",
                kind = verbatim(kind)
            ),
            Self::Foreign { kind } => words!(
                "a {kind} belongs to another source",
                "En post av slaget `{kind}` hör till en annan källa.",
                kind = verbatim(kind)
            ),
            Self::Lost => Words::new(
                "another process has taken the run over",
                "En annan process har tagit över körningen.",
            ),
            Self::Corrupt(what) => words!(
                "what was stored is damaged: {what}",
                "Det som var sparat är skadat. {what}",
                what
            ),
        }
    }

    fn cause(&self) -> Option<Words> {
        match self {
            Self::Database(error) => Some(foreign(error)),
            Self::Vanished { .. }
            | Self::Overtaken { .. }
            | Self::Changed { .. }
            | Self::Foreign { .. }
            | Self::Lost
            | Self::Corrupt(_) => None,
        }
    }
}
