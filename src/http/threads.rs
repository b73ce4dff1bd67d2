//! Threads for what is looked at and for what is changed, besides those that answer governed systems and serve the
//! connections.
//!
//! A page of a list or a report is worked out without a pause, and whoever shares its thread waits. On
//! threads of their own they share the processor with the answers that somebody waits for at a locked door,
//! but never their turn. The threads of what is looked at, with the ones that they begin (SQLite's own of each
//! connection), get the processor after the others, where both want it (Linux). Not so changes: who holds the
//! writer must not wait behind those who wait for it.

use std::future::Future;

use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinHandle;

/// How much later they get it: the highest is 19.
#[cfg(target_os = "linux")]
const NICE: i32 = 10;

/// The threads; none where they could not be had, and then the common ones do all.
#[derive(Debug)]
pub(super) struct Threads(Option<Runtime>);

impl Threads {
    /// So many for what is looked at.
    pub(super) fn reading(count: usize) -> Self {
        let mut builder = Builder::new_multi_thread();
        builder.thread_name("reading").on_thread_start(step_back);
        Self::of(builder, count)
    }

    /// So many for what changes something.
    pub(super) fn changing(count: usize) -> Self {
        let mut builder = Builder::new_multi_thread();
        builder.thread_name("changing");
        Self::of(builder, count)
    }

    fn of(mut builder: Builder, count: usize) -> Self {
        let made = builder.worker_threads(count.max(1)).enable_all().build();
        let made = made.inspect_err(|error| {
            tracing::error!(%error, "there are no threads of their own; the common ones are used");
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

/// Lets others have the processor first, from this thread on and from those that it begins.
#[cfg(target_os = "linux")]
fn step_back() {
    if let Err(error) = rustix::process::setpriority_process(None, NICE) {
        tracing::warn!(%error, "what is looked at takes the processor like decisions do");
    }
}

/// Elsewhere it would be said of the whole process.
#[cfg(not(target_os = "linux"))]
const fn step_back() {}

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
