//! What the two sides of a connection tell each other: the bytes, and the requests in them.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

use super::head::Flaw;

/// What is known of a connection while it is open.
#[derive(Debug)]
pub(crate) struct Signs {
    began: Instant,
    /// Which head is refused, counted from one, and why.
    refused: OnceLock<(u64, Flaw)>,
    requests: AtomicU64,
    answering: AtomicUsize,
    /// When the last answer ended, in microseconds after the beginning.
    quiet_since: AtomicU64,
    leave: Notify,
}

impl Signs {
    pub(super) fn new() -> Self {
        Self {
            began: Instant::now(),
            refused: OnceLock::new(),
            requests: AtomicU64::new(0),
            answering: AtomicUsize::new(0),
            quiet_since: AtomicU64::new(0),
            leave: Notify::new(),
        }
    }

    pub(super) fn refuse(&self, head: u64, flaw: Flaw) {
        // The first one stands: nothing is read after it.
        let _ = self.refused.set((head, flaw));
    }

    /// One more request has come: why it is refused, if it is.
    pub(super) fn asked(&self) -> Option<Flaw> {
        let request = self.requests.fetch_add(1, Ordering::SeqCst) + 1;
        self.answering.fetch_add(1, Ordering::SeqCst);
        let refused = self.refused.get().filter(|(head, _)| *head == request);
        refused.map(|(_, flaw)| *flaw)
    }

    /// It has been answered.
    pub(super) fn answered(&self) {
        let micros = u64::try_from(self.began.elapsed().as_micros()).unwrap_or(u64::MAX);
        self.quiet_since.store(micros, Ordering::SeqCst);
        self.answering.fetch_sub(1, Ordering::SeqCst);
    }

    /// Whether any request has come.
    pub(super) fn has_been_asked(&self) -> bool {
        self.requests.load(Ordering::SeqCst) > 0
    }

    /// Whether a request is being answered.
    pub(super) fn is_busy(&self) -> bool {
        self.answering.load(Ordering::SeqCst) > 0
    }

    /// Since when none is.
    pub(super) fn quiet_since(&self) -> Instant {
        self.began + Duration::from_micros(self.quiet_since.load(Ordering::SeqCst))
    }

    /// Asks the connection to end, unless a request is being answered.
    pub(super) fn send_away(&self) {
        self.leave.notify_one();
    }

    /// Ready when it has been asked to.
    pub(super) async fn sent_away(&self) {
        self.leave.notified().await;
    }
}
