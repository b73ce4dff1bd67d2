//! What a run does step by step, by decisions that were committed when it began.
//!
//! Apart from permits, which one commit uses up: a run takes many. The witness is handed to a step while the log
//! commits it for whoever has the run's lease, so nothing is done by it that no decision allowed.

use futures_util::future::BoxFuture;

use audit::{Authorised, Effected, Log, Receipt, RunLease, TransactError, Tx};
use domain::id::RunId;
use transparency::canonical::Object;

/// That a step of a run is being committed.
#[derive(Debug)]
pub struct RunAuthority {
    _of_this_room: (),
}

impl RunAuthority {
    const fn new() -> Self {
        Self { _of_this_room: () }
    }

    /// Begins a run, as [`Log::begin_run`] does.
    ///
    /// # Errors
    /// As there.
    pub async fn begin<P: Authorised, E: 'static>(
        log: &Log,
        permits: Vec<P>,
        (run, details): (RunId, Object),
        effect: impl for<'a> FnOnce(&'a Tx, Self) -> BoxFuture<'a, Result<(), E>> + Send,
    ) -> Result<RunLease, TransactError<E>> {
        let begun = log.begin_run(permits, run, details, |tx| effect(tx, Self::new()));
        Box::pin(begun).await
    }

    /// Writes what is staged, as [`Log::stage`] does.
    ///
    /// # Errors
    /// As there.
    pub async fn stage<T, E>(
        log: &Log,
        lease: &RunLease,
        work: impl for<'a> FnOnce(&'a Tx, Self) -> BoxFuture<'a, Result<T, E>> + Send,
    ) -> Result<T, TransactError<E>> {
        Box::pin(log.stage(lease, |tx| work(tx, Self::new()))).await
    }

    /// Applies a chunk, as [`Log::apply`] does.
    ///
    /// # Errors
    /// As there.
    pub async fn apply<T, E>(
        log: &Log,
        lease: &mut RunLease,
        effect: impl for<'a> FnOnce(&'a Tx, Self) -> BoxFuture<'a, Effected<T, E>> + Send,
    ) -> Result<(T, Receipt), TransactError<E>> {
        Box::pin(log.apply(lease, |tx| effect(tx, Self::new()))).await
    }

    /// Ends a run, as [`Log::finish_run`] does.
    ///
    /// # Errors
    /// As there.
    pub async fn finish<E: 'static>(
        log: &Log,
        lease: RunLease,
        (name, details): (&'static str, Object),
        effect: impl for<'a> FnOnce(&'a Tx, Self) -> BoxFuture<'a, Result<(), E>> + Send,
    ) -> Result<Receipt, TransactError<E>> {
        let finished = log.finish_run(lease, name, details, |tx| effect(tx, Self::new()));
        Box::pin(finished).await
    }
}
