//! Whoever carries a run out: it alone may, and says with every step that it is alive.

use std::sync::Arc;
use std::time::Duration;

use audit::Tx;
use futures_util::future::BoxFuture;

use super::ImportError;
use super::standing::Standing;
use audit::{Log, RunLease, Snapshot, TransactError};
use domain::FlagName;
use domain::clock::Clock;
use domain::id::RunId;
use feed::Problem;
use gate::RunAuthority;
use store::import::{self as staging, ApplyError};
use transparency::canonical::Object;
use transparency::event::Change;

/// How often a step is tried again while the log cannot be written, and how long it waits between.
const TRIES: u32 = 20;
const AGAIN: Duration = Duration::from_millis(250);
/// How many privileged grants the run's event names.
const GAINED: u64 = 1_000;

/// How a run ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    Completed,
    Abandoned,
    Refused,
}

impl Outcome {
    const fn state(self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::Abandoned => "abandoned",
            Self::Refused => "refused",
        }
    }

    const fn event(self) -> &'static str {
        match self {
            Self::Completed => "runCompleted",
            Self::Abandoned => "runAbandoned",
            Self::Refused => "runRefused",
        }
    }
}

/// A run and the leave to carry it out.
#[derive(Debug)]
pub(crate) struct Worker<'a> {
    log: &'a Log,
    lease: tokio::sync::Mutex<RunLease>,
    run: RunId,
    token: String,
    pub(crate) clock: Arc<dyn Clock>,
}

impl<'a> Worker<'a> {
    pub(crate) fn new(log: &'a Log, lease: RunLease, token: String, clock: Arc<dyn Clock>) -> Self {
        Self {
            log,
            run: lease.run(),
            lease: tokio::sync::Mutex::new(lease),
            token,
            clock,
        }
    }

    pub(crate) const fn run(&self) -> RunId {
        self.run
    }

    pub(crate) async fn snapshot(&self) -> Result<Snapshot, ImportError> {
        Ok(self.log.database().snapshot().await?)
    }

    /// Writes the staging tables. `work` may be carried out twice.
    pub(crate) async fn stage<T, F>(&self, work: F) -> Result<T, ImportError>
    where
        T: Send + 'static,
        F: for<'t> FnOnce(&'t Tx, RunAuthority) -> BoxFuture<'t, Result<T, ApplyError>>
            + Clone
            + Send
            + 'static,
    {
        let mut tries = 0;
        loop {
            let staged = {
                let lease = self.lease.lock().await;
                RunAuthority::stage(self.log, &lease, self.alive(work.clone())).await
            };
            tries += 1;
            match staged {
                Err(TransactError::Unavailable) if tries < TRIES => {
                    tokio::time::sleep(AGAIN).await;
                }
                staged => return Ok(staged?),
            }
        }
    }

    /// Says that the run is alive without doing anything else.
    pub(crate) async fn say_alive(&self) -> Result<(), ImportError> {
        self.stage(|_, _| Box::pin(async { Ok(()) })).await
    }

    /// Applies a chunk and records how far the run has come, in one commit.
    pub(crate) async fn apply<T, F>(&self, effect: F) -> Result<T, ImportError>
    where
        T: Send + 'static,
        F: for<'t> FnOnce(
                &'t Tx,
                &'t RunAuthority,
            )
                -> BoxFuture<'t, Result<(T, Standing, Vec<Change>), ApplyError>>
            + Send
            + 'static,
    {
        let run = self.run.to_string();
        let effect = self.alive(|tx, by| {
            Box::pin(async move {
                let (value, standing, events) = effect(tx, &by).await?;
                staging::write_step(tx, &by, &run, &step("applying", &standing)).await?;
                Ok((value, events))
            })
        });
        let mut lease = self.lease.lock().await;
        let applied = RunAuthority::apply(self.log, &mut lease, effect);
        Ok(applied.await?.0)
    }

    /// The same work, after making sure that the run is still this process's own.
    fn alive<T, F>(
        &self,
        work: F,
    ) -> impl for<'t> FnOnce(&'t Tx, RunAuthority) -> BoxFuture<'t, Result<T, ApplyError>>
    + Send
    + 'static
    + use<T, F>
    where
        T: Send + 'static,
        F: for<'t> FnOnce(&'t Tx, RunAuthority) -> BoxFuture<'t, Result<T, ApplyError>>
            + Send
            + 'static,
    {
        let (run, token, now) = (self.run.to_string(), self.token.clone(), self.clock.now());
        move |tx, by| {
            Box::pin(async move {
                staging::keep_alive(tx, &by, &run, &token, now).await?;
                work(tx, by).await
            })
        }
    }

    /// How far the run has come as the database knows it, after a commit whose outcome is unknown.
    pub(crate) async fn stored_standing(&self) -> Result<Standing, ImportError> {
        for _ in 0..TRIES {
            tokio::time::sleep(AGAIN).await;
            let Ok(snapshot) = self.snapshot().await else {
                continue;
            };
            let stored = staging::unsettled(snapshot.connection(), self.run).await?;
            let stored = stored.ok_or(ApplyError::Lost)?;
            return Ok(Standing::parse(&stored.standing)?);
        }
        Err(ImportError::Unavailable)
    }

    /// Records that the run has come to another state.
    pub(crate) async fn reach(
        &self,
        state: &'static str,
        standing: &Standing,
    ) -> Result<(), ImportError> {
        let (run, step) = (self.run.to_string(), step(state, standing));
        self.stage(move |tx, by| {
            Box::pin(async move { Ok(staging::write_step(tx, &by, &run, &step).await?) })
        })
        .await
    }

    /// Records a problem of a record that is left out, and how far the run has come behind it.
    pub(crate) async fn set_aside(
        &self,
        problem: Problem,
        standing: &Standing,
    ) -> Result<(), ImportError> {
        let (run, step) = (self.run.to_string(), step("applying", standing));
        self.stage(move |tx, by| {
            Box::pin(async move {
                staging::stage_problems(tx, &by, &run, &[problem]).await?;
                Ok(staging::write_step(tx, &by, &run, &step).await?)
            })
        })
        .await
    }

    /// Discards what was staged, some at a time.
    pub(crate) async fn discard(&self) -> Result<(), ImportError> {
        loop {
            let run = self.run.to_string();
            let discarded = self.stage(move |tx, by| {
                Box::pin(async move { Ok(staging::discard(tx, &by, &run).await?) })
            });
            if discarded.await? == 0 {
                return Ok(());
            }
        }
    }

    /// What gave somebody something privileged in this run, the first of it.
    pub(crate) async fn gained(&self) -> Result<Vec<String>, ImportError> {
        let snapshot = self.snapshot().await?;
        let run = self.run.to_string();
        Ok(staging::raised(
            snapshot.connection(),
            &run,
            FlagName::GainOfPrivilege,
            GAINED,
        )
        .await?)
    }

    /// Ends the run.
    pub(crate) async fn finish(
        self,
        outcome: Outcome,
        standing: &Standing,
        details: Object,
    ) -> Result<(), ImportError> {
        let run = self.run.to_string();
        let mut step = step(outcome.state(), standing);
        step.finished_at = Some(self.clock.now());
        let alive = self.alive(move |tx, by| {
            Box::pin(async move { Ok(staging::write_step(tx, &by, &run, &step).await?) })
        });
        let lease = self.lease.into_inner();
        RunAuthority::finish(self.log, lease, (outcome.event(), details), alive).await?;
        if !standing.provisioned {
            self.log.forget_staged().await;
        }
        Ok(())
    }
}

fn step(state: &'static str, standing: &Standing) -> staging::Step {
    staging::Step {
        state,
        done: standing.done,
        standing: standing.to_text(),
        finished_at: None,
        digest: standing.digest.clone(),
    }
}
