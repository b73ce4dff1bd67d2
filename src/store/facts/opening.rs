//! A moment of the database that is opened when something is first read of it.

use std::sync::Arc;

use tokio::sync::OnceCell;

use audit::{Database, Lane, Snapshot, SnapshotError};

/// A snapshot, or how to come by one.
#[derive(Debug)]
pub struct Opening {
    how: Option<(Database, Lane)>,
    opened: OnceCell<Arc<Snapshot>>,
}

impl Opening {
    /// What is opened there once it is needed.
    #[must_use]
    pub fn of(database: Database, lane: Lane) -> Self {
        Self {
            how: Some((database, lane)),
            opened: OnceCell::new(),
        }
    }

    /// The snapshot, which is opened now where it is not yet.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn snapshot(&self) -> Result<&Arc<Snapshot>, SnapshotError> {
        let open = || async {
            let (database, lane) = self.how.as_ref().ok_or(SnapshotError::Silent)?;
            Ok(Arc::new(database.snapshot_in(*lane).await?))
        };
        self.opened.get_or_try_init(open).await
    }

    /// The snapshot, if something has been read of it.
    pub(super) fn opened(&self) -> Option<&Arc<Snapshot>> {
        self.opened.get()
    }
}

impl From<Arc<Snapshot>> for Opening {
    fn from(snapshot: Arc<Snapshot>) -> Self {
        Self {
            how: None,
            opened: OnceCell::new_with(Some(snapshot)),
        }
    }
}
