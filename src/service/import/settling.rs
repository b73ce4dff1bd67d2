//! Ends the runs that other processes left behind.
//!
//! A process says with every step that it is alive; one that has been silent for [`LEASE`] is taken for
//! dead, and the first other process that asks takes its run over. Should it live after all, its next
//! step fails, for the run is no longer its own.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use super::standing::Standing;
use super::summary::details_of_standing;
use super::worker::{Outcome, Worker};
use super::{ImportError, Unwatched, applying};
use audit::Log;
use domain::Instant;
use domain::clock::Clock;
use domain::id::RunId;
use gate::RunAuthority;
use store::import::{self as staging, ApplyError, Unfinished};
use transparency::canonical::Object;

/// How long a process may be silent before its run is taken over: longer than one step may take.
pub const LEASE: Duration = Duration::from_secs(15);

/// How often it is looked whether another import has ended or fallen silent.
const LOOK_AGAIN: Duration = Duration::from_millis(250);

/// What became of a run that another process left behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settled {
    /// The run.
    pub run: RunId,
    /// Whether it was finished; if not it was abandoned, and had changed nothing.
    pub finished: bool,
}

/// Finishes or abandons every run whose process has been silent for [`LEASE`]. Runs that a live process
/// works on are left alone: ask again later.
///
/// # Errors
/// When a run could not be ended; it can be tried again.
pub async fn settle_unfinished(
    log: &Log,
    clock: &Arc<dyn Clock>,
) -> Result<Vec<Settled>, ImportError> {
    let mut settled = Vec::new();
    for run in unfinished(log).await? {
        if is_silent(&run, clock.now()) {
            match settle(log, clock, &run).await {
                Ok(finished) => settled.push(Settled {
                    run: run.id,
                    finished,
                }),
                // Another process was faster.
                Err(ImportError::Apply(ApplyError::Lost)) => {}
                Err(error) => return Err(error),
            }
        }
    }
    Ok(settled)
}

/// For how long an import waits: for as long as somebody who works on a run may be dead.
pub(super) const PATIENCE: Duration =
    LEASE.saturating_add(Duration::from_secs(LEASE.as_secs() / 5));

/// Settles what was left behind, and waits so long for who works on a run.
pub(crate) async fn wait_for_others(
    log: &Log,
    clock: &Arc<dyn Clock>,
    patience: Duration,
) -> Result<(), ImportError> {
    let until = tokio::time::Instant::now() + patience;
    loop {
        settle_unfinished(log, clock).await?;
        let Some(other) = unfinished(log).await?.into_iter().next() else {
            return Ok(());
        };
        if tokio::time::Instant::now() > until {
            return Err(ImportError::Busy {
                run: other.id.to_string(),
            });
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}

async fn unfinished(log: &Log) -> Result<Vec<Unfinished>, ImportError> {
    let snapshot = log.database().snapshot().await?;
    Ok(staging::unfinished(snapshot.connection()).await?)
}

fn is_silent(run: &Unfinished, now: Instant) -> bool {
    let lease = i64::try_from(LEASE.as_secs()).unwrap_or(i64::MAX);
    run.heard_of().plus_seconds(lease) <= now
}

/// Takes the run over and ends it; whether it was finished.
async fn settle(log: &Log, clock: &Arc<dyn Clock>, run: &Unfinished) -> Result<bool, ImportError> {
    let mut standing = Standing::parse(&run.standing)?;
    let decisions: BTreeSet<_> = standing.decisions.values().copied().collect();
    let lease = log.resume_run(run.id, decisions).await?;
    let token = clock.uuid().simple().to_string();
    let (seen, mine, now) = (run.clone(), token.clone(), clock.now());
    RunAuthority::stage(log, &lease, move |tx, by| {
        Box::pin(async move { staging::take_over(tx, &by, &seen, &mine, now).await })
    })
    .await?;
    let worker = Worker::new(log, lease, token, Arc::clone(clock));
    if run.state == "applying" && !run.dry_run {
        applying::carry_out(&worker, &run.source, &mut standing, None, &Unwatched).await?;
        let gained = worker.gained().await?;
        let details = details_of_standing(&run.source, &standing, &gained).with("resumed", true);
        worker
            .finish(Outcome::Completed, &standing, details)
            .await?;
        return Ok(true);
    }
    worker.discard().await?;
    let details = Object::new().with("reason", "interrupted");
    worker
        .finish(Outcome::Abandoned, &standing, details)
        .await?;
    Ok(false)
}
