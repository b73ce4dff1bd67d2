//! Readiness, looked at now and then however often it is asked for.
//!
//! Anybody may ask, so asking must not be work: whoever comes while somebody looks, or shortly afterwards,
//! is told what was found.

use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::Instant;

use graphql::execute::{Execute, Readiness};

/// How old what is told may be.
const AGE: Duration = Duration::from_millis(100);

/// What was found last.
#[derive(Debug, Default)]
pub(super) struct Looks(Mutex<Option<(Instant, Readiness)>>);

impl Looks {
    /// What is found now, or was a moment ago.
    pub(super) async fn look(&self, execute: &dyn Execute) -> Readiness {
        let mut last = self.0.lock().await;
        if let Some((looked, found)) = last.as_ref()
            && looked.elapsed() < AGE
        {
            return found.clone();
        }
        let looked = Instant::now();
        let found = execute.readiness().await;
        *last = Some((looked, found.clone()));
        found
    }
}
