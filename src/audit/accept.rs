//! Going on although the log's newest recorded time has not come yet.
//!
//! Apart from appending because a human being says so: an instance with a wrong clock has recorded something, and
//! whoever has the host knows that the clocks are right now. The event that says so has that very time, as have
//! all that follow until it has come: so it is found by it, and accepts no other.

use super::accepted::ACCEPTED;
use super::connection::{DatabaseError, SnapshotError};
use super::head::Head;
use super::log::Log;
use super::receipt::Receipt;
use super::transact::TransactError;
use domain::Words;
use domain::id::EventId;
use domain::speaks::{Speaks, words};
use transparency::canonical::{Object, Value};
use transparency::event::EventError;

/// A recorded time was not accepted.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.words())]
pub enum AcceptError {
    /// It has come.
    NotAhead,
    /// The log could not be read.
    Snapshot(#[from] SnapshotError),
    /// The log could not be written.
    #[error(transparent)]
    Transact(#[from] TransactError<DatabaseError>),
}

impl Speaks for AcceptError {
    fn words(&self) -> Words {
        match self {
            Self::NotAhead => Words::new(
                "the log's newest recorded time has come: there is nothing to accept",
                "Loggens senaste tidpunkt har passerat. Det finns inget att godta.",
            ),
            Self::Snapshot(error) => words!(
                "the log could not be read: {error}",
                "Loggen gick inte att läsa. {error}",
                error
            ),
            Self::Transact(error) => error.words(),
        }
    }

    fn cause(&self) -> Option<Words> {
        match self {
            Self::NotAhead => None,
            Self::Snapshot(error) => error.cause(),
            Self::Transact(error) => error.cause(),
        }
    }
}

impl Log {
    /// Goes on at the log's newest recorded time, which then stands still until it has come. How many seconds
    /// ahead it is, and the event that says so.
    ///
    /// # Errors
    /// When it has come, or the log cannot be written: also where this host's clock is not the database's.
    pub async fn accept_time(&self, reason: &str) -> Result<(i64, EventId, Receipt), AcceptError> {
        let snapshot = self.shared.db.snapshot().await?;
        let newest = match Head::find(snapshot.connection()).await {
            Ok(Some(head)) => head.last_t,
            Ok(None) => return Err(SnapshotError::NoLog.into()),
            Err(failure) => return Err(TransactError::from(self.shared.fail(failure).await).into()),
        };
        drop(snapshot);
        let ahead = newest.as_micros() - self.shared.clock.now().as_micros();
        if ahead <= 0 {
            return Err(AcceptError::NotAhead);
        }
        self.shared.accept(newest);
        let seconds = ahead / 1_000_000;
        let number = Value::integer(seconds.unsigned_abs());
        let number = number
            .map_err(EventError::from)
            .map_err(TransactError::from)?;
        let details = Object::new()
            .with("aheadSeconds", number)
            .with("reason", reason);
        let (id, receipt) = self.record(ACCEPTED, details).await?;
        Ok((seconds, id, receipt))
    }
}
