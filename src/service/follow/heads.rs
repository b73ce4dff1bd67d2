//! How far the log has grown, for everybody in the process who waits for it.

use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::audit::SnapshotError;
use crate::service::session::Desk;

/// How often the log is looked at for what other processes have recorded.
pub(super) const LOOK: Duration = Duration::from_millis(500);

/// The last look at the head. Whoever waits shares it, so that the database is asked as often for a
/// hundred followers as for one.
#[derive(Debug, Default)]
pub struct Heads(Mutex<Option<(Instant, u64)>>);

impl Desk {
    /// Waits until the log has more than `size` events, but no longer than that; whether it has.
    pub(super) async fn grown_beyond(
        &self,
        size: u64,
        most: Duration,
    ) -> Result<bool, SnapshotError> {
        let until = Instant::now() + most;
        let mut committed = self.log.committed();
        loop {
            if *committed.borrow_and_update() > size || self.recent_size().await? > size {
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
    async fn recent_size(&self) -> Result<u64, SnapshotError> {
        let mut last = self.heads.0.lock().await;
        if let Some((at, size)) = *last
            && at.elapsed() < LOOK
        {
            return Ok(size);
        }
        let size = self.database.snapshot().await?.log_size();
        *last = Some((Instant::now(), size));
        Ok(size)
    }
}
