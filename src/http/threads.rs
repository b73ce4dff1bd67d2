//! Threads for what is looked at, besides those that answer governed systems and serve the connections.
//!
//! A page of a list or a report is worked out without a pause, and whoever shares its thread waits. On
//! threads of their own they share the processor with the answers that somebody waits for at a locked door,
//! but never their turn.

use std::future::Future;

use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinHandle;

/// The threads; none where they could not be had, and then the common ones do all.
#[derive(Debug)]
pub(super) struct Threads(Option<Runtime>);

impl Threads {
    /// So many threads.
    pub(super) fn new(count: usize) -> Self {
        let made = Builder::new_multi_thread()
            .worker_threads(count.max(1))
            .thread_name("reading")
            .enable_all()
            .build();
        let made = made.inspect_err(|error| {
            tracing::error!(%error, "there are no threads for reading; the common ones are used");
        });
        Self(made.ok())
    }

    /// Runs the work to its end, whoever waits for it.
    pub(super) fn spawn<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> JoinHandle<T> {
        match &self.0 {
            Some(threads) => threads.spawn(work),
            None => apart(work),
        }
    }
}

/// Runs the work on the common threads, to its end, whoever waits for it.
#[expect(
    clippy::disallowed_methods,
    reason = "the work must survive a client that hangs up, and its span goes with it"
)]
pub(super) fn apart<T: Send + 'static>(
    work: impl Future<Output = T> + Send + 'static,
) -> JoinHandle<T> {
    tokio::spawn(work)
}

impl Drop for Threads {
    fn drop(&mut self) {
        if let Some(threads) = self.0.take() {
            // Whatever still runs is not waited for: the last to hold the threads may be one of them.
            threads.shutdown_background();
        }
    }
}
