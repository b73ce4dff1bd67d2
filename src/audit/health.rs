//! Whether the log is still the one that this process has seen.
//!
//! Apart from appending because whoever asks holds nothing and waits for nobody.

use tokio::sync::watch;

use super::connection::{Snapshot, SnapshotError};
use super::head::{Failure, Fatal, Head};
use super::log::Log;

/// Whether the log takes events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Health {
    /// It does.
    Recording,
    /// It does not, until somebody has looked and the process is started again.
    Stopped(Fatal),
}

impl Log {
    /// Whether the log takes events.
    #[must_use]
    pub fn health(&self) -> Health {
        match self.shared.fatal.get() {
            Some(fatal) => Health::Stopped(*fatal),
            None => Health::Recording,
        }
    }

    /// A snapshot, and whether the log takes events and is still the one that was seen before it; nothing is
    /// held.
    pub async fn look(&self) -> (Result<Snapshot, SnapshotError>, Health) {
        let seen = self.shared.seen();
        let snapshot = self.shared.db.snapshot().await;
        if let Ok(snapshot) = &snapshot {
            let looked = match Head::find(snapshot.connection()).await {
                Ok(Some(head)) => seen.map_or(Ok(()), |seen| seen.precedes(&head.seen())),
                Ok(None) => Err(Fatal::Gone),
                Err(Failure::Fatal(fatal)) => Err(fatal),
                // Whoever asks for the database is told by other means.
                Err(Failure::Database(_)) => Ok(()),
            };
            if let Err(fatal) = looked {
                self.shared.fail(fatal.into()).await;
            }
        }
        (snapshot, self.health())
    }

    /// How many events there were after the last commit of this process; other processes commit too. A hint
    /// to look: only the newest number is there, and nobody waits for who looks at it.
    #[must_use]
    pub fn committed(&self) -> watch::Receiver<u64> {
        self.shared.committed.subscribe()
    }
}
