//! What comes with a request besides what it asks: who calls, what the answer waits among, and whether
//! somebody waits for it; and how much of all that there may be at a time.

use tokio::sync::watch;

pub use audit::Lane;
use authn::Claimant;
pub use gate::RequestContext;

pub use super::budget::EventRates;

/// How much the callers of one process may have it do at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowance {
    /// How many events a caller may cause.
    pub events: EventRates,
    /// How many requests that only read are answered at a time.
    pub reading: usize,
    /// How many of them of one caller.
    pub reading_of_one: usize,
    /// How much that takes long is worked out at a time.
    pub heavy: usize,
    /// How much of it for one caller.
    pub heavy_of_one: usize,
}

impl Default for Allowance {
    fn default() -> Self {
        Self {
            events: EventRates::default(),
            reading: 8,
            reading_of_one: 4,
            heavy: 2,
            heavy_of_one: 1,
        }
    }
}

/// Who calls, and how the call goes.
#[derive(Debug, Clone)]
pub struct Call {
    /// Who.
    pub claimant: Claimant,
    /// The request's circumstances.
    pub context: RequestContext,
    /// What the answer waits among.
    pub lane: Lane,
    /// Whether somebody waits for the answer.
    pub waiting: Waiting,
}

/// Whether somebody still waits for an answer.
#[derive(Debug, Clone)]
pub struct Waiting(Option<watch::Receiver<()>>);

/// As long as this is kept, somebody waits.
#[derive(Debug)]
pub struct StillThere(
    #[expect(dead_code, reason = "what counts is when it is dropped")] watch::Sender<()>,
);

impl Waiting {
    /// Somebody waits, until the other half is dropped.
    #[must_use]
    pub fn begin() -> (StillThere, Self) {
        let (there, waiting) = watch::channel(());
        (StillThere(there), Self(Some(waiting)))
    }

    /// Somebody waits as long as the work itself is asked for.
    #[must_use]
    pub const fn always() -> Self {
        Self(None)
    }

    /// Ready when nobody waits any more.
    pub(crate) async fn ended(&self) {
        match self.0.clone() {
            Some(mut waiting) => while waiting.changed().await.is_ok() {},
            None => std::future::pending().await,
        }
    }
}
