//! Committing what was appended, and finding out what became of a commit that nobody acknowledged.
//!
//! Apart from the log itself because the question is another one: not what may be appended, but whether it is
//! there. It is answered while holding the head, so that what is not found cannot still arrive.

use std::time::Duration;

use sea_orm::{ConnectionTrait, DbBackend, Statement};

use super::append::Appended;
use super::connection::{CommitError, Limits, Tx, is_refused};
use super::head::{Failure, Fatal};
use super::shared::Shared;
use super::unrecorded::CommitFailure;
use domain::id::EventId;

impl Shared {
    /// Commits what was appended; a commit of which nothing is known is looked for afterwards.
    pub(super) async fn commit(
        &self,
        tx: Tx,
        appended: Appended,
        first: EventId,
        limits: Limits,
    ) -> Result<Appended, CommitFailure> {
        match tx.commit(&self.db).await {
            Ok(()) if self.is_visible(&appended).await => {
                self.appended(&appended);
                Ok(appended)
            }
            Ok(()) => {
                tracing::error!("a commit was acknowledged and nobody sees it; looking for it");
                self.look_for(appended, first, limits).await
            }
            Err(CommitError::Replaced) => Err(self.fail(Fatal::Replaced.into()).await),
            Err(CommitError::Unknown(error)) => {
                tracing::warn!(%error, "a commit was not acknowledged; looking for it");
                let found = self.look_for(appended, first, limits).await;
                match found {
                    // It is not there and cannot still arrive, and this is why.
                    Err(CommitFailure::Unavailable) if is_refused(&error) => {
                        Err(CommitFailure::Refused)
                    }
                    Err(CommitFailure::Unavailable) => Err(self.fail(error.into()).await),
                    found => found,
                }
            }
        }
    }

    /// Whether what was committed is there for others. An embedded database's driver counts transactions
    /// by itself and can take for a commit what only ends a savepoint; a server says what it has done.
    async fn is_visible(&self, appended: &Appended) -> bool {
        self.db.backend() != DbBackend::Sqlite || self.db.shows(appended.head.size()).await
    }

    /// Looks for a batch by its first event while holding the head, so that it cannot still arrive.
    /// The caller's deadline ends the search.
    async fn look_for(
        &self,
        appended: Appended,
        first: EventId,
        limits: Limits,
    ) -> Result<Appended, CommitFailure> {
        loop {
            self.db.renew_writers().await;
            match self.find(first, limits).await {
                Ok(Some(seq)) if seq == appended.first_seq => return Ok(appended),
                Ok(_) => return Err(CommitFailure::Unavailable),
                Err(Failure::Fatal(fatal)) => return Err(self.fail(fatal.into()).await),
                Err(Failure::Database(error)) => {
                    tracing::warn!(%error, "cannot look for an unacknowledged commit yet");
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
                Err(Failure::Unfit(unfit)) => return Err(self.fail(unfit.into()).await),
            }
        }
    }

    async fn find(&self, id: EventId, limits: Limits) -> Result<Option<u64>, Failure> {
        let tx = self.db.begin_write(limits).await?;
        self.lock_head(&tx).await?;
        let statement = Statement::from_sql_and_values(
            self.db.backend(),
            "SELECT seq FROM audit_event WHERE event_id = $1",
            [id.to_string().into()],
        );
        let row = tx.connection().query_one_raw(statement).await?;
        let seq: Option<i64> = row.map(|row| row.try_get_by_index(0)).transpose()?;
        tx.rollback(&self.db).await;
        Ok(seq.and_then(|seq| u64::try_from(seq).ok()))
    }
}
