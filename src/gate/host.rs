//! What is done by the authority of whoever runs the host, when no decision can stand behind it.
//!
//! Nobody holds anything yet when an installation begins, and nobody can sign in when one is recovered. Apart from
//! permits, which a decision stands behind: here it is an event of the log that is committed with the effect, or
//! neither is. The witness is handed to the effect alone, so nothing is done by it that no event says.

use std::sync::Arc;

use futures_util::future::BoxFuture;

use audit::{Database, DatabaseError, Effected, Genesis, GenesisError, Log, TransactError, Tx};
use domain::clock::Clock;
use transparency::event::{Change, OperationEvent};

/// That an event is being recorded of what is done by the host.
#[derive(Debug)]
pub struct HostAuthority {
    _of_this_room: (),
}

/// What an effect gives back: the events of what it changed.
pub type ByHost<'a> = BoxFuture<'a, Result<Vec<Change>, DatabaseError>>;

impl HostAuthority {
    /// Begins an installation's log, with what it begins with.
    ///
    /// # Errors
    /// When there is a log already, or nothing could be committed.
    pub async fn found(
        database: &Database,
        clock: &Arc<dyn Clock>,
        genesis: Genesis,
        effect: impl for<'a> FnOnce(&'a Tx, Self) -> ByHost<'a> + Send,
    ) -> Result<(), GenesisError<DatabaseError>> {
        Log::genesis(database, clock.as_ref(), genesis, witnessed(effect)).await?;
        Ok(())
    }

    /// Changes the register, and says so by an operation.
    ///
    /// # Errors
    /// When nothing was changed, or it is not known whether it was.
    pub async fn change(
        log: &Log,
        operation: &OperationEvent,
        effect: impl for<'a> FnOnce(&'a Tx, Self) -> ByHost<'a> + Send,
    ) -> Result<(), TransactError<DatabaseError>> {
        log.by_host(operation, witnessed(effect)).await?;
        Ok(())
    }
}

/// The effect as the log takes it: with the witness, and a value beside its events.
fn witnessed<F>(
    effect: F,
) -> impl for<'a> FnOnce(&'a Tx) -> BoxFuture<'a, Effected<(), DatabaseError>> + Send
where
    F: for<'a> FnOnce(&'a Tx, HostAuthority) -> ByHost<'a> + Send,
{
    move |tx| {
        let changed = effect(tx, HostAuthority { _of_this_room: () });
        Box::pin(async move { Ok(((), changed.await?)) })
    }
}
