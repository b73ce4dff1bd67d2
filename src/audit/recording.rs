//! What came of the last tries to record something: whoever commits says it, and whoever asks for the log's health
//! is told it.

use std::fmt::Display;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// For how long a commit shows that the next one is possible.
const LATELY: Duration = Duration::from_secs(2);

/// What came of the last tries to record something.
#[derive(Debug, Default)]
pub(super) struct Recording {
    last: Mutex<Last>,
    /// Held while it is tried, so that one try tells all who ask.
    pub(super) trying: tokio::sync::Mutex<()>,
}

#[derive(Debug, Default)]
struct Last {
    tried: Option<Instant>,
    /// Why it failed.
    trouble: Option<String>,
}

impl Recording {
    /// Something was committed.
    pub(super) fn done(&self) {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        last.tried = Some(Instant::now());
        if last.trouble.take().is_some() {
            tracing::info!("events can be recorded again");
        }
    }

    /// Something could not be committed.
    pub(super) fn failed(&self, why: &dyn Display) {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        last.tried = Some(Instant::now());
        let why = why.to_string();
        if last.trouble.as_ref() != Some(&why) {
            tracing::error!(cause = why, "no event can be recorded");
            last.trouble = Some(why);
        }
    }

    /// Whether a commit has shown lately that it can be done.
    pub(super) fn lately(&self) -> bool {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        last.trouble.is_none() && last.tried.is_some_and(|tried| tried.elapsed() < LATELY)
    }

    /// Whether the last try failed, and when it was.
    pub(super) fn trouble(&self) -> Option<Instant> {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        last.trouble.as_ref().and(last.tried)
    }
}
