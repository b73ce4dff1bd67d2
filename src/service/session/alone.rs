//! Runs that are being completed, so that whoever asks again does not have the same worked out beside it.
//!
//! Of this process alone: what two processes work out at once is applied once all the same.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use domain::id::RunId;

use super::Session;

/// The runs that this process is completing.
#[derive(Debug, Default)]
pub(crate) struct Completing(Mutex<HashSet<RunId>>);

/// That nobody else completes the run, for as long as it is kept.
#[derive(Debug)]
pub(crate) struct Alone {
    with: Arc<Completing>,
    run: RunId,
}

impl Session {
    /// Leave to complete the run alone; `None`: somebody is about to.
    pub(crate) fn alone_with(&self, run: RunId) -> Option<Alone> {
        let with = Arc::clone(&self.desk.completing);
        let mut runs = with.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_first = runs.insert(run);
        drop(runs);
        is_first.then_some(Alone { with, run })
    }
}

impl Drop for Alone {
    fn drop(&mut self) {
        let runs = self.with.0.lock();
        runs.unwrap_or_else(PoisonError::into_inner)
            .remove(&self.run);
    }
}
