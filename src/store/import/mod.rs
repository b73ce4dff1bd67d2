//! The staging area of imports, and what is done with it: checked, flagged, applied.
//!
//! Apart from the rest of the store because it works set by set over a feed that is not in the
//! register yet, and because it writes only inside the log's `stage` and `apply`. Nothing here opens a
//! transaction.
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
mod known;
mod lookup;
mod members;
mod references;
mod refusal;
mod row;
mod run;
mod sql;
mod stage;
mod table;
mod upsert;

use sea_orm::DbErr;

use crate::feed::Kind;

pub use alike::stage_look_alikes;
pub use check::{Check, Scope, checks};
pub use controls::{apply_controls, differing_controls};
pub use flag::{Flag, Flagged, Over};
pub use flagged::{FlaggedRow, flagged};
pub use flags::FLAGS;
pub use gain::{GAIN, UNKNOWN};
pub use known::{KNOWN, Known};
pub(in crate::store) use members::write_parents;
pub use refusal::Refusal;
pub use run::{
    NewRun, Raised, Step, Unfinished, begin, drop_earlier_flags, keep_alive, raise, raised,
    take_over, unfinished, unsettled, write_step,
};
pub use stage::{
    Rejected, Staged, StagedProblem, discard, know_sizes, order_of_organisations, problems,
    records, records_of_lines, reject, rejected_counts, rejected_texts, stage_lines,
    stage_problems, staged_line,
};
pub use upsert::{Applied, Applying, apply_records, compare_records};

/// The staging area cannot be used, or a chunk not be applied.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// The database failed.
    #[error("the database failed")]
    Database(#[from] DbErr),
    /// What a record refers to has gone since it was checked.
    #[error("{kind} `{external_id}` is not there any more")]
    Vanished {
        /// Its kind.
        kind: Kind,
        /// The source's id.
        external_id: String,
    },
    /// Something was changed beside the run after it was read; nothing was written over it. The same chunk
    /// sees it when it is applied again.
    #[error("a {kind} was changed beside the run")]
    Overtaken {
        /// What was changed.
        kind: Kind,
    },
    /// A record that another source has brought, and that is not taken over.
    #[error("a {kind} belongs to another source")]
    Foreign {
        /// What it is.
        kind: Kind,
    },
    /// Another process has taken the run over, or ended it.
    #[error("another process has taken the run over")]
    Lost,
    /// What was staged or stored is not what this build writes.
    #[error("what was stored is damaged: {0}")]
    Corrupt(String),
}
