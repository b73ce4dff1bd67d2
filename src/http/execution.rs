//! An operation runs in a task of its own: it survives a client that hangs up, and its panic is an
//! answer instead of a dropped connection.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_graphql::Request;
use async_graphql::parser::types::OperationType;
use tokio::sync::Notify;
use tracing::Instrument as _;

use super::refusal::Refusal;
use crate::authn::Claimant;
use crate::graphql::errors::ErrorCode;
use crate::graphql::execute::{Execute, ExecuteError, RequestMeta, Sealed};

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

/// Runs the operation and waits for it at most that long.
///
/// A query that takes longer is given up; a mutation goes on, because its effect may already stand.
pub(super) async fn run(
    execute: &dyn Execute,
    request: Request,
    operation: Option<OperationType>,
    caller: Claimant,
    meta: RequestMeta,
    running: &Running,
    timeout: Duration,
) -> Result<Sealed, Refusal> {
    let one = running.count();
    let answer = execute.execute(request, caller, meta);
    let work = async move {
        let _one = one;
        if operation == Some(OperationType::Mutation) {
            answer.await
        } else {
            match tokio::time::timeout(timeout, answer).await {
                Ok(answer) => answer,
                Err(_) => Err(ExecuteError::Timeout),
            }
        }
    };
    #[expect(
        clippy::disallowed_methods,
        reason = "the work must survive a client that hangs up, and its span goes with it"
    )]
    let task = tokio::spawn(work.instrument(tracing::Span::current()));
    match tokio::time::timeout(timeout, task).await {
        Ok(Ok(Ok(sealed))) => Ok(sealed),
        Ok(Ok(Err(error))) => Err(refusal(&error)),
        Ok(Err(_)) => {
            tracing::error!("an operation panicked");
            Err(Refusal::new(
                ErrorCode::InternalServerError,
                "the service failed to answer",
            ))
        }
        Err(_) => Err(refusal(&ExecuteError::Timeout)),
    }
}

pub(super) fn refusal(error: &ExecuteError) -> Refusal {
    match error {
        ExecuteError::Unavailable => Refusal::unavailable(&error.to_string()),
        ExecuteError::UnknownCaller => Refusal::invalid_token(&error.to_string()),
        ExecuteError::Timeout => Refusal::new(ErrorCode::Timeout, error.to_string()),
    }
}
