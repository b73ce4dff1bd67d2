//! What an answer waits among: governed systems wait for no screen.

/// What an answer waits among: at the database, and on its way into the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lane {
    /// What somebody waits for at a locked door: answers to governed systems, and changes.
    Decisions,
    /// What is looked at on screens and in reports, by as many as like.
    Reading,
}
