//! What would be if: a change that is made to be looked at, and taken back.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use sea_orm::DbErr;
use tokio::sync::OwnedSemaphorePermit;

use super::{Database, Limits, Snapshot, SnapshotError, Tx};

/// A writing transaction that nothing can commit: what it reads shows the change, and nobody else sees it.
///
/// Nobody else can write to a SQLite file while there is one, so it is read from and ended at once.
#[derive(Debug)]
pub struct Trial {
    snapshot: Arc<Snapshot>,
    _turn: Option<OwnedSemaphorePermit>,
}

/// A change could not be tried.
#[derive(Debug, thiserror::Error)]
pub enum TrialError<E> {
    /// It was refused.
    #[error("it cannot be done")]
    Effect(E),
    /// The database did not answer in time, or failed.
    #[error(transparent)]
    Database(#[from] SnapshotError),
}

impl Trial {
    /// The register with the change.
    #[must_use]
    pub const fn snapshot(&self) -> &Arc<Snapshot> {
        &self.snapshot
    }

    /// Takes the change back.
    pub async fn end(self, database: &Database) {
        let Some(snapshot) = Arc::into_inner(self.snapshot) else {
            return;
        };
        if let Err(error) = snapshot.end().await {
            tracing::warn!(%error, "a trial could not be taken back; its session is given up");
            database.renew_writers().await;
        }
    }
}

impl Database {
    pub(crate) async fn begin_trial<E, F>(
        &self,
        limits: Limits,
        change: F,
    ) -> Result<Trial, TrialError<E>>
    where
        F: for<'a> FnOnce(&'a Tx) -> BoxFuture<'a, Result<(), E>> + Send,
    {
        let failed = |error: DbErr| TrialError::Database(error.into());
        let tx = self.begin_write(limits).await.map_err(failed)?;
        if let Err(error) = change(&tx).await {
            tx.rollback(self).await;
            return Err(TrialError::Effect(error));
        }
        let (transaction, turn) = tx.into_parts();
        Ok(Trial {
            snapshot: Arc::new(Snapshot::of(transaction).await?),
            _turn: turn,
        })
    }
}
