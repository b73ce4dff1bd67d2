//! What outlives a run of a request: who waits and until when, and what was done for them.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

use crate::budget::Caller;
use crate::call::{Call, Waiting};
use crate::effect::Effect;
use audit::Lane;

/// How much later than the log a request is given up, so that the log is the first to know.
const SLACK: Duration = Duration::from_millis(25);

/// What outlives a run.
#[derive(Debug)]
pub(super) struct Course {
    pub(super) caller: Caller,
    pub(super) lane: Lane,
    pub(super) waiting: Waiting,
    pub(super) effect: Mutex<Option<Effect>>,
    /// That this run shows nothing: the facts have moved, or the register has just been changed.
    pub(super) rerun: Notify,
    /// Whether the database has answered: what is late then was too much to do.
    pub(super) begun: AtomicBool,
    /// Whether something was looked for that is not there, or not for the caller to see.
    pub(super) in_vain: AtomicBool,
    /// When nobody waits any more. An effect that stands is told, so its answer has a time of its own.
    pub(super) until: Mutex<Instant>,
}

impl Course {
    pub(super) fn new(caller: Caller, call: &Call, deadline: Duration) -> Self {
        Self {
            caller,
            lane: call.lane,
            waiting: call.waiting.clone(),
            effect: Mutex::default(),
            rerun: Notify::new(),
            begun: AtomicBool::default(),
            in_vain: AtomicBool::default(),
            until: Mutex::new(Instant::now() + deadline),
        }
    }

    /// Whether the database is silent; what is late otherwise was too much to do.
    pub(super) fn is_unheard(&self) -> bool {
        self.lane == Lane::Decisions && !self.begun.load(Ordering::Acquire)
    }

    pub(super) fn until(&self) -> Instant {
        *self.until.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What comes of it, unless nobody waits any more; for how long somebody does can change meanwhile.
    pub(super) async fn in_time<T>(&self, what: impl Future<Output = T>) -> Option<T> {
        let mut what = std::pin::pin!(what);
        loop {
            let until = self.until() + SLACK;
            match tokio::time::timeout_at(until, &mut what).await {
                Ok(done) => return Some(done),
                Err(_) if self.until() + SLACK > until => {}
                Err(_) => return None,
            }
        }
    }

    pub(super) fn begin_anew(&self, deadline: Duration) {
        let mut until = self.until.lock().unwrap_or_else(PoisonError::into_inner);
        *until = Instant::now() + deadline;
    }
}
