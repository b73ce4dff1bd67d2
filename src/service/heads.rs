//! What those who follow share: how far the log has grown, and turns at the database; these also with whoever is
//! given a bundle.

use std::time::Duration;

use tokio::sync::{Mutex, Semaphore, SemaphorePermit};
use tokio::time::Instant;

use audit::{Log, SnapshotError};

/// How often the log is looked at for what other processes have recorded.
pub(crate) const LOOK: Duration = Duration::from_millis(500);

/// How many of them read at once, so that whoever asks for a decision finds a connection.
const READERS: usize = 2;

/// The last look at the head, and who may read. The database is asked as often for a hundred followers who
/// wait as for one.
#[derive(Debug)]
pub(crate) struct Heads {
    last: Mutex<Option<(Instant, u64)>>,
    turns: Semaphore,
}

impl Default for Heads {
    fn default() -> Self {
        Self {
            last: Mutex::default(),
            turns: Semaphore::new(READERS),
        }
    }
}

impl Heads {
    /// A turn to read, kept until it is dropped; `None`: there are no turns, which does not happen.
    pub(crate) async fn turn(&self) -> Option<SemaphorePermit<'_>> {
        self.turns.acquire().await.ok()
    }

    /// Waits until the log has more than `size` events, but no longer than that; whether it has.
    pub(crate) async fn grown_beyond(
        &self,
        log: &Log,
        size: u64,
        most: Duration,
    ) -> Result<bool, SnapshotError> {
        let until = Instant::now() + most;
        let mut committed = log.committed();
        loop {
            if *committed.borrow_and_update() > size || self.recent_size(log).await? > size {
                return Ok(true);
            }
            let look = until.min(Instant::now() + LOOK);
            tokio::select! {
                changed = committed.changed() => {
                    // Nobody commits any more; others may.
                    if changed.is_err() {
                        tokio::time::sleep_until(look).await;
                    }
                }
                () = tokio::time::sleep_until(look) => {}
            }
            if Instant::now() >= until {
                return Ok(false);
            }
        }
    }

    /// How many events there were a moment ago.
    async fn recent_size(&self, log: &Log) -> Result<u64, SnapshotError> {
        let mut last = self.last.lock().await;
        if let Some((at, size)) = *last
            && at.elapsed() < LOOK
        {
            return Ok(size);
        }
        let size = log.database().snapshot().await?.log_size();
        *last = Some((Instant::now(), size));
        Ok(size)
    }
}
