//! What callers are told when the log could not be written, and what is done about it.

use super::connection::{CommitError, Tx, is_refused};
use super::head::{Failure, Fatal};
use super::shared::Shared;
use super::unrecorded::CommitFailure;

impl Shared {
    /// What callers are told about a commit without events that was not acknowledged.
    pub(super) async fn uncommitted(&self, error: CommitError) -> CommitFailure {
        match error {
            CommitError::Replaced => self.fail(Fatal::Replaced.into()).await,
            CommitError::Unknown(error) => self.fail(error.into()).await,
        }
    }

    /// Ends a transaction in which something failed.
    pub(super) async fn give_up(&self, tx: Tx, failure: Failure) -> CommitFailure {
        match failure {
            Failure::Database(error) if is_refused(&error) => {
                tracing::warn!(%error, "the database refuses what was to be recorded");
                tx.rollback(&self.db).await;
                CommitFailure::Refused
            }
            failure @ (Failure::Database(_) | Failure::Fatal(_) | Failure::Unfit(_)) => {
                drop(tx);
                self.fail(failure).await
            }
        }
    }

    /// What callers are told about a failure. After a fatal one nothing is decided any more.
    pub(super) async fn fail(&self, failure: Failure) -> CommitFailure {
        match failure {
            Failure::Fatal(fatal) => {
                let first = *self.fatal.get_or_init(|| fatal);
                tracing::error!(cause = %first, "the log is not to be relied on; nothing more is decided");
                CommitFailure::Fatal(first)
            }
            Failure::Database(error) => {
                tracing::warn!(%error, "the log cannot be written");
                self.recording.failed(&error);
                self.db.renew_writers().await;
                CommitFailure::Unavailable
            }
            Failure::Unfit(unfit) => {
                self.recording.failed(&unfit);
                CommitFailure::Unavailable
            }
        }
    }

    /// What callers are told when the database did not answer.
    pub(super) async fn silent(&self) -> CommitFailure {
        tracing::warn!("the log was not written in time");
        self.recording.failed(&"the log was not written in time");
        self.db.renew_writers().await;
        CommitFailure::Unavailable
    }
}
