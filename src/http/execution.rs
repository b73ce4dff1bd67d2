//! An operation runs in a task of its own: it survives a client that hangs up, and its panic is an
//! answer instead of a dropped connection.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::future::BoxFuture;
use tokio::sync::Notify;
use tracing::Instrument as _;

use super::Edge;
use super::refusal::Refusal;
use super::threads::apart;
use graphql::errors::ErrorCode;
use graphql::execute::{ExecuteError, StillThere};

/// Counts the operations that are running.
#[derive(Debug, Default, Clone)]
pub(super) struct Running(Arc<Count>);

#[derive(Debug, Default)]
struct Count {
    running: AtomicUsize,
    none: Notify,
}

struct One(Arc<Count>);

impl Running {
    fn count(&self) -> One {
        self.0.running.fetch_add(1, Ordering::SeqCst);
        One(Arc::clone(&self.0))
    }

    /// Waits until nothing is running.
    pub(super) async fn ended(&self) {
        loop {
            let none = self.0.none.notified();
            if self.0.running.load(Ordering::SeqCst) == 0 {
                return;
            }
            none.await;
        }
    }
}

impl Drop for One {
    fn drop(&mut self) {
        if self.0.running.fetch_sub(1, Ordering::SeqCst) == 1 {
            self.0.none.notify_waiters();
        }
    }
}

/// What giving up on a piece of work would mean, and who waits for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Work {
    /// Nothing: it only reads.
    Reads,
    /// Its effect may already stand, so it goes on.
    Changes,
    /// Somebody stands at a locked door, and it is a matter of a moment.
    Asks,
}

impl Edge {
    /// Runs the work and waits for it at most as long as a caller does.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        answer: BoxFuture<'static, Result<T, ExecuteError>>,
        work: Work,
        client: Option<IpAddr>,
        // Kept until there is an answer: whoever hangs up drops it.
        _still_there: StillThere,
    ) -> Result<T, Refusal> {
        let timeout = self.settings.timeout;
        let one = self.running.count();
        let running = async move {
            let _one = one;
            match work {
                Work::Changes | Work::Asks => answer.await,
                Work::Reads => match tokio::time::timeout(timeout, answer).await {
                    Ok(answer) => answer,
                    Err(_) => Err(ExecuteError::Timeout),
                },
            }
        };
        let running = running.instrument(tracing::Span::current());
        let task = match work {
            Work::Reads => self.reading.spawn(running),
            Work::Changes => self.changing.spawn(running),
            Work::Asks => apart(running),
        };
        match tokio::time::timeout(timeout, task).await {
            Ok(Ok(Ok(answer))) => Ok(answer),
            Ok(Ok(Err(error))) => {
                let refusal = refusal(&error);
                if refusal.is_stranger() {
                    self.admission.stranger(client)?;
                }
                Err(refusal)
            }
            Ok(Err(_)) => {
                tracing::error!("an operation panicked");
                Err(Refusal::new(
                    ErrorCode::InternalServerError,
                    ErrorCode::InternalServerError.words(),
                ))
            }
            Err(_) => Err(refusal(&ExecuteError::Timeout)),
        }
    }
}

pub(super) fn refusal(error: &ExecuteError) -> Refusal {
    match error {
        ExecuteError::Unavailable => Refusal::unavailable(error.words()),
        ExecuteError::UnknownCaller => Refusal::invalid_token(error.words()),
        ExecuteError::Timeout => Refusal::new(ErrorCode::Timeout, error.words()),
        ExecuteError::RateLimited { seconds } => Refusal::too_many_events(error.words(), *seconds),
    }
}
