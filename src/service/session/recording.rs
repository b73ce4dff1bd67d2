//! What a run has decided is put on record before its answer leaves.

use tokio::time::Instant;

use audit::{Lane, Pending, SealError};

use super::course::Course;
use super::{Desk, Unanswered, unavailable};

/// Whether decisions are on record, or void.
pub(super) enum Recorded {
    Yes,
    Stale,
}

impl Desk {
    pub(super) async fn record(
        &self,
        docket: Vec<Pending>,
        course: &Course,
    ) -> Result<Recorded, Unanswered> {
        if docket.is_empty() {
            return Ok(Recorded::Yes);
        }
        let events = docket.len();
        let log = self.log.until(course.until());
        let given = course.until().saturating_duration_since(Instant::now());
        let sealed = match course.lane {
            Lane::Decisions => log.seal(docket).await.map(drop),
            Lane::Reading => log.seal_reading(docket).await,
        };
        match sealed {
            Ok(()) => {
                self.charge(course, events);
                Ok(Recorded::Yes)
            }
            Err(SealError::Stale) => Ok(Recorded::Stale),
            // The log had no time left to be to blame.
            Err(SealError::Unavailable) if given < self.log.patience() / 2 => Err(Unanswered::Late),
            Err(error @ (SealError::Unavailable | SealError::Fatal(_) | SealError::Invalid(_))) => {
                Err(unavailable(error))
            }
        }
    }

    pub(super) fn charge(&self, course: &Course, events: usize) {
        self.budgets.charge(&course.caller, events, Instant::now());
    }
}
