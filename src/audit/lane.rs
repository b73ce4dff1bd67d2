//! What an answer waits among: governed systems wait for no screen.

use futures_util::future::join_all;

use super::event::Pending;
use super::log::{Log, SealError};
use super::writer::{self, Entry};

/// What an answer waits among: at the database, and on its way into the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lane {
    /// What somebody waits for at a locked door: answers to governed systems, and changes.
    Decisions,
    /// What is looked at on screens and in reports, by as many as like.
    Reading,
}

impl Log {
    /// Commits decisions by which something was read, a few at a time, so that no screen keeps the answers
    /// to governed systems waiting. What is recorded of an answer that never leaves does no harm.
    ///
    /// # Errors
    /// As [`Log::seal`]; some may then be recorded.
    pub async fn seal_reading(&self, docket: Vec<Pending>) -> Result<(), SealError> {
        let mut entries: Vec<Entry> = docket
            .into_iter()
            .map(Entry::of_decision)
            .collect::<Result<_, _>>()?;
        let deadline = self.deadline();
        let mut waiting = Vec::new();
        while !entries.is_empty() {
            let rest = entries.split_off(writer::share(&entries));
            waiting.push(self.submit_to(&self.reading, entries, deadline));
            entries = rest;
        }
        for done in join_all(waiting).await {
            done?;
        }
        Ok(())
    }
}
