//! Sets aside what the register does not take although it passed every check.
//!
//! Something made beside the run can contradict a record that was right when it was checked. The chunk
//! with it is applied again in halves until the record stands alone; then it is named as a problem and
//! the run goes on behind it, so that a run always ends. What refers to it is refused in its turn.

use super::reading::write_line;
use super::standing::Standing;
use super::worker::Worker;
use super::{ImportError, RejectSink};
use audit::EntryError;
use domain::Words;
use feed::Kind;
use store::import::{self as staging, ApplyError, Refusal};
use transparency::event::EventError;

/// What applying carries along from chunk to chunk.
pub(super) struct Underway<'r> {
    /// How many records the next chunk has.
    pub(super) size: usize,
    /// Where the lines go that are not applied.
    pub(super) rejects: Option<&'r mut RejectSink>,
}

/// What was to be applied and was refused.
pub(super) struct Chunk<'c> {
    pub(super) kind: Kind,
    /// What of its records was to be applied; empty: the records themselves.
    pub(super) field: &'static str,
    /// How many records it has.
    pub(super) count: usize,
    /// The external id of the first of them.
    pub(super) first: &'c str,
    /// Where the run stands behind it.
    pub(super) after: String,
}

/// Halves the chunk, or sets its only record aside.
pub(super) async fn refused(
    worker: &Worker<'_>,
    standing: &mut Standing,
    underway: &mut Underway<'_>,
    chunk: Chunk<'_>,
    error: ImportError,
) -> Result<(), ImportError> {
    if let ImportError::Apply(ApplyError::Overtaken { .. }) = error {
        tracing::info!(run.id = %worker.run(), %error, "a chunk is applied again");
        underway.size = (chunk.count / 2).max(1);
        return Ok(());
    }
    let Some(refusal) = refusal(&error) else {
        return Err(error);
    };
    if chunk.count > 1 {
        underway.size = chunk.count / 2;
        return Ok(());
    }
    let run = worker.run().to_string();
    let snapshot = worker.snapshot().await?;
    let staged = staging::staged_line(snapshot.connection(), &run, chunk.kind, chunk.first).await?;
    drop(snapshot);
    let staged = staged.ok_or_else(|| {
        ApplyError::Corrupt(Words::new(
            "a staged line is gone",
            "En mellanlagrad rad är borta.",
        ))
    })?;
    let problem = refusal.problem(staged.line, chunk.kind, chunk.field);
    tracing::warn!(run.id = %run, %problem, "a record was refused by the register");
    let mut next = standing.clone();
    next.set_aside(chunk.kind, chunk.field.is_empty(), chunk.after);
    worker.set_aside(problem, &next).await?;
    *standing = next;
    match (underway.rejects.as_deref_mut(), staged.text) {
        (Some(rejects), Some(text)) => write_line(rejects, text.as_bytes()),
        (Some(_) | None, _) => Ok(()),
    }
}

/// Why the register does not take something; `None`: the same may work later.
fn refusal(error: &ImportError) -> Option<Refusal> {
    match error {
        ImportError::Apply(error) => error.refusal(),
        ImportError::Event(EntryError::Event(
            error @ (EventError::TooLong { .. }
            | EventError::TooMany { .. }
            | EventError::Canonical(_)),
        )) => Some(Refusal::unrecordable(error)),
        ImportError::Event(
            EntryError::Event(EventError::Slot(_))
            | EntryError::ForeignDecision(_)
            | EntryError::NotThere(_)
            | EntryError::ToldTwice(_)
            | EntryError::Rewritten(..)
            | EntryError::Untold(..)
            | EntryError::Lost(..)
            | EntryError::NotAllowed(_),
        )
        | ImportError::Read(_)
        | ImportError::Refused(_)
        | ImportError::Busy { .. }
        | ImportError::Permit(_)
        | ImportError::Unavailable
        | ImportError::Fatal(_)
        | ImportError::Snapshot(_)
        | ImportError::Rejects(_) => None,
    }
}
