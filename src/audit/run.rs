//! Runs: long work that one decision allows and many short commits carry out.
//!
//! A run validates in staging tables, which are outside the register and the log, and then applies
//! chunk by chunk. The head is held for one chunk at a time, so decisions go on meanwhile.

use std::collections::BTreeSet;
use std::time::Duration;

use futures_util::future::BoxFuture;
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use tokio::time::Instant;

use super::connection::{Database, Tx};
use super::entry::{Entry, EntryError};
use super::log::Log;
use super::pending::Authorised;
use super::receipt::Receipt;
use super::transact::{Commit, Effected, TransactError, must_allow};
use domain::clock::fresh;
use domain::id::{EventId, RunId};
use transparency::canonical::{Object, Value};
use transparency::event::{EventError, OperationEvent};

/// Between chunks on SQLite, where nobody is in line and a waiting process asks again and again.
const PAUSE: Duration = Duration::from_millis(5);

/// How long those are waited for who read by what a run has written, when it has ended.
const PATIENCE: Duration = Duration::from_secs(5);

/// Leave to carry a run out, chunk by chunk, until it is finished.
#[derive(Debug)]
#[must_use = "a run that is not finished is abandoned by the next process"]
pub struct RunLease {
    run: RunId,
    decisions: BTreeSet<EventId>,
}

impl RunLease {
    /// The run.
    #[must_use]
    pub const fn run(&self) -> RunId {
        self.run
    }

    /// The committed decisions that allow it; every change names one of them.
    #[must_use]
    pub const fn decisions(&self) -> &BTreeSet<EventId> {
        &self.decisions
    }
}

impl Log {
    /// Begins a run: its decisions, `runStarted` and what `effect` writes to the staging tables are
    /// committed together.
    ///
    /// # Errors
    /// As [`Log::transact`]; a failed effect leaves no decision in the log.
    pub async fn begin_run<P, E, F>(
        &self,
        permits: Vec<P>,
        run: RunId,
        details: Object,
        effect: F,
    ) -> Result<RunLease, TransactError<E>>
    where
        P: Authorised,
        E: 'static,
        F: for<'a> FnOnce(&'a Tx) -> BoxFuture<'a, Result<(), E>> + Send,
    {
        let mut entries = Vec::with_capacity(permits.len() + 1);
        let mut decisions = BTreeSet::new();
        for permit in permits {
            let mut pending = permit.into_pending();
            must_allow(&pending)?;
            pending.event.run = Some(run);
            decisions.insert(pending.id());
            entries.push(Entry::of_decision(pending, &self.shared.memory.facts)?);
        }
        entries.push(self.operation("runStarted", run, details)?);
        let commit = Commit {
            entries,
            allowing: BTreeSet::new(),
            run: Some(run),
            limits: self.shared.run_limits(),
        };
        let deadline = Instant::now() + self.shared.options.run_deadline;
        self.commit_by(deadline, commit, unchanging(effect)).await?;
        Ok(RunLease { run, decisions })
    }

    /// Takes over the run of a process that is gone, under the decisions it had.
    ///
    /// # Errors
    /// When a decision is not in the log as one that allowed this run.
    pub async fn resume_run(
        &self,
        run: RunId,
        decisions: BTreeSet<EventId>,
    ) -> Result<RunLease, TransactError<std::convert::Infallible>> {
        self.shared.ready()?;
        for decision in &decisions {
            match allowed_run(&self.shared.db, *decision).await {
                Some(allowed) if allowed == run.to_string() => {}
                _ => return Err(EntryError::ForeignDecision(*decision).into()),
            }
        }
        Ok(RunLease { run, decisions })
    }

    /// Writes the staging tables, which are outside the register and the log.
    ///
    /// # Errors
    /// When nothing was written, or (`Unavailable`) it is not known whether it was.
    pub async fn stage<T, E, F>(&self, _lease: &RunLease, work: F) -> Result<T, TransactError<E>>
    where
        F: for<'a> FnOnce(&'a Tx) -> BoxFuture<'a, Result<T, E>> + Send,
    {
        self.shared.ready()?;
        let staged = async {
            let tx = match self.shared.db.begin_write(self.shared.run_limits()).await {
                Ok(tx) => tx,
                Err(error) => return Err(self.shared.fail(error.into()).await.into()),
            };
            match work(&tx).await {
                Err(error) => {
                    tx.rollback(&self.shared.db).await;
                    Err(TransactError::Effect(error))
                }
                Ok(value) => match tx.commit(&self.shared.db).await {
                    Ok(()) => Ok(value),
                    Err(error) => Err(self.shared.uncommitted(error).await.into()),
                },
            }
        };
        let staged = tokio::time::timeout(self.shared.options.run_deadline, staged).await;
        self.make_way().await;
        match staged {
            Ok(staged) => staged,
            Err(_) => Err(self.shared.silent().await.into()),
        }
    }

    /// Applies one chunk: its effect, its changes and how far the run has come are committed
    /// together. A chunk should take no more than about 100 ms and a few hundred changes.
    ///
    /// # Errors
    /// As [`Log::transact`], without an event for a failed effect.
    pub async fn apply<T, E, F>(
        &self,
        lease: &mut RunLease,
        effect: F,
    ) -> Result<(T, Receipt), TransactError<E>>
    where
        F: for<'a> FnOnce(&'a Tx) -> BoxFuture<'a, Effected<T, E>> + Send,
    {
        let commit = Commit {
            entries: Vec::new(),
            allowing: lease.decisions.clone(),
            run: Some(lease.run),
            limits: self.shared.run_limits(),
        };
        let deadline = Instant::now() + self.shared.options.run_deadline;
        let applied = self.commit_by(deadline, commit, effect).await;
        self.make_way().await;
        applied
    }

    /// Ends a run with `runCompleted`, `runAbandoned` or `runRefused`, together with what `effect`
    /// writes to the staging tables.
    ///
    /// # Errors
    /// As [`Log::transact`]; the lease is spent, the run can be resumed.
    pub async fn finish_run<E, F>(
        &self,
        lease: RunLease,
        name: &'static str,
        details: Object,
        effect: F,
    ) -> Result<Receipt, TransactError<E>>
    where
        E: 'static,
        F: for<'a> FnOnce(&'a Tx) -> BoxFuture<'a, Result<(), E>> + Send,
    {
        let commit = Commit {
            entries: vec![self.operation(name, lease.run, details)?],
            allowing: BTreeSet::new(),
            run: Some(lease.run),
            limits: self.shared.run_limits(),
        };
        let deadline = Instant::now() + self.shared.options.run_deadline;
        let finished = self.commit_by(deadline, commit, unchanging(effect)).await;
        finished.map(|((), receipt)| receipt)
    }

    /// What was staged is overwritten where it stood, and leaves the write-ahead log as well: for whoever stages much and
    /// seldom, for it waits for all who read. What is not forgotten so leaves it when nothing else is written.
    pub async fn forget_staged(&self) {
        match self.shared.db.empty_wal(PATIENCE).await {
            Ok(true) => {}
            Ok(false) => tracing::warn!(
                "the write-ahead log still holds what was staged: somebody reads by it all the time"
            ),
            Err(error) => tracing::warn!(%error, "the write-ahead log could not be emptied"),
        }
    }

    fn operation(
        &self,
        name: &'static str,
        run: RunId,
        details: Object,
    ) -> Result<Entry, EventError> {
        let event = OperationEvent {
            id: fresh(self.shared.clock.as_ref()),
            name,
            decision: None,
            run: Some(run),
            details,
        };
        Entry::of_operation(&event)
    }

    /// Lets others write between two chunks.
    pub(super) async fn make_way(&self) {
        if self.shared.db.backend() == DbBackend::Sqlite {
            tokio::time::sleep(PAUSE).await;
        }
    }
}

/// An effect outside the register changes nothing that an event would describe.
fn unchanging<E, F>(
    effect: F,
) -> impl for<'a> FnOnce(&'a Tx) -> BoxFuture<'a, Effected<(), E>> + Send
where
    F: for<'a> FnOnce(&'a Tx) -> BoxFuture<'a, Result<(), E>> + Send,
    E: 'static,
{
    move |tx| {
        let effect = effect(tx);
        Box::pin(async move { effect.await.map(|()| ((), Vec::new())) })
    }
}

/// The run that a recorded decision allowed.
async fn allowed_run(db: &Database, decision: EventId) -> Option<String> {
    let snapshot = db.snapshot().await.ok()?;
    let statement = Statement::from_sql_and_values(
        db.backend(),
        "SELECT envelope FROM audit_event \
         WHERE event_id = $1 AND kind = 'decision' AND outcome = 'allow'",
        [decision.to_string().into()],
    );
    let row = snapshot
        .connection()
        .query_one_raw(statement)
        .await
        .ok()??;
    let envelope: Vec<u8> = row.try_get_by_index(0).ok()?;
    let envelope = Value::parse(&envelope).ok()?;
    let run = envelope.as_object()?.get("run")?.as_text()?;
    Some(run.to_owned())
}
