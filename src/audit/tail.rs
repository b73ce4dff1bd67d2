//! The log as it is stored, from an event on: what those who follow the log are given.
//!
//! The lines of a page stand in `transparency/FORMAT.md`, section 12.

use serde::Serialize;

use super::Snapshot;
use super::connection::OutOfLog;
use super::prove::{self, ProveError};
use super::stored_event::bounded;
use transparency::bundle::Event;

/// About the most bytes of envelopes in a page: the event that exceeds it is its last.
pub const PAGE_BYTES: usize = 4 << 20;

/// There is no page.
#[derive(Debug, thiserror::Error)]
pub enum PageError {
    /// The log does not hold what should follow.
    #[error(transparent)]
    OutOfLog(#[from] OutOfLog),
    /// What is stored is not what was recorded, or cannot be read.
    #[error(transparent)]
    Proof(#[from] ProveError),
}

/// A part of the log as it is stored, and what shows that nothing is missing in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    events: Vec<Event>,
    end: PageEnd,
}

/// The last line of a page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct PageEnd {
    /// How many events the page has.
    end: u64,
    /// The seq that the next page comes after.
    next: u64,
    /// How many events the log has.
    size: u64,
    /// The newest published checkpoint.
    #[serde(skip_serializing_if = "Option::is_none")]
    checkpoint: Option<String>,
}

impl Page {
    /// Reads the events after that seq (`None`: from the first one on), at most so many, and the newest
    /// checkpoint, all as of one state of the log.
    ///
    /// # Errors
    /// The log does not hold what follows, a row is not what was recorded, or the database fails.
    pub async fn read(
        snapshot: &Snapshot,
        after: Option<u64>,
        most: u64,
    ) -> Result<Self, PageError> {
        let from = after.map_or(0, |after| after.saturating_add(1));
        snapshot.holds_from(from)?;
        let size = snapshot.log_size();
        let to = from.saturating_add(most).min(size);
        let events = bounded(snapshot.connection(), from..to, PAGE_BYTES)
            .await
            .map_err(ProveError::from)?;
        let checkpoint = prove::checkpoint(snapshot.connection(), None).await?;
        let next = events.last().map(|event| event.seq).or(after);
        Ok(Self {
            end: PageEnd {
                end: u64::try_from(events.len()).unwrap_or(u64::MAX),
                next: next.unwrap_or_default(),
                size,
                checkpoint: checkpoint.map(|checkpoint| checkpoint.to_string()),
            },
            events,
        })
    }

    /// The lines of the page.
    ///
    /// # Errors
    /// Never: every member has a form in JSON.
    pub fn lines(&self) -> Result<Vec<u8>, serde_json::Error> {
        let mut lines = Vec::new();
        for event in &self.events {
            serde_json::to_writer(&mut lines, event)?;
            lines.push(b'\n');
        }
        serde_json::to_writer(&mut lines, &self.end)?;
        lines.push(b'\n');
        Ok(lines)
    }
}
