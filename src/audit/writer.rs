//! The writer: takes what waits, commits it together, and tells everybody.
//!
//! There is no timer. While one batch is being synced the next one grows, so a busy log commits many
//! events at a time and an idle one answers at once.

use std::collections::BTreeSet;
use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

use super::envelope::Draft;
use super::event::{EventError, Pending};
use super::head::{Failure, Fatal};
use super::log::{Receipt, SealError, Shared};
use crate::domain::id::EventId;

/// The most events of one batch.
const EVENTS: usize = 256;
/// About the most bytes of one batch.
const BYTES: usize = 512 * 1_024;

/// An event on its way into the log.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) draft: Draft,
    /// What a decision rests on; `None`: the event is no decision.
    pub(super) rests_on: Option<RestsOn>,
}

#[derive(Debug, Clone)]
pub(super) struct RestsOn {
    pub(super) facts_at: u64,
    pub(super) depends: BTreeSet<String>,
}

impl Entry {
    pub(super) fn of_decision(pending: Pending) -> Result<Self, EventError> {
        Ok(Self {
            draft: Draft::of_decision(&pending.event)?,
            rests_on: Some(RestsOn {
                facts_at: pending.event.facts_at,
                depends: pending.depends,
            }),
        })
    }

    pub(super) const fn of(draft: Draft) -> Self {
        Self {
            draft,
            rests_on: None,
        }
    }
}

/// Why nothing was recorded.
#[derive(Debug, Clone, Copy)]
pub(super) enum Verdict {
    Stale,
    Unavailable,
    Fatal(Fatal),
}

impl From<Verdict> for SealError {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Stale => Self::Stale,
            Verdict::Unavailable => Self::Unavailable,
            Verdict::Fatal(fatal) => Self::Fatal(fatal),
        }
    }
}

/// Events that are recorded together or not at all, and who waits for them.
#[derive(Debug)]
pub(super) struct Job {
    entries: Vec<Entry>,
    bytes: usize,
    deadline: Instant,
    reply: oneshot::Sender<Result<Receipt, SealError>>,
}

impl Job {
    pub(super) fn new(
        entries: Vec<Entry>,
        deadline: Instant,
    ) -> (Self, oneshot::Receiver<Result<Receipt, SealError>>) {
        let (reply, verdict) = oneshot::channel();
        let bytes = entries.iter().map(|entry| entry.draft.size()).sum();
        let job = Self {
            entries,
            bytes,
            deadline,
            reply,
        };
        (job, verdict)
    }

    fn ids(&self) -> impl Iterator<Item = EventId> {
        self.entries.iter().map(|entry| entry.draft.id)
    }

    fn answer(self, verdict: Result<Receipt, SealError>) {
        // Whoever gave up waiting has been told so.
        let _ = self.reply.send(verdict);
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the writer outlives every request; what it takes is answered through the job"
)]
pub(super) fn start(shared: Arc<Shared>, jobs: mpsc::Receiver<Job>) {
    drop(tokio::spawn(run(shared, jobs)));
}

async fn run(shared: Arc<Shared>, mut jobs: mpsc::Receiver<Job>) {
    let mut next = None;
    loop {
        let first = match next.take() {
            Some(job) => job,
            None => match jobs.recv().await {
                Some(job) => job,
                None => return,
            },
        };
        let mut batch = vec![first];
        next = fill(&mut batch, &mut jobs);
        batch.retain(|job| !job.reply.is_closed());
        if !batch.is_empty() {
            record(&shared, batch).await;
        }
    }
}

/// Takes what waits; gives back the job that no longer fitted.
fn fill(batch: &mut Vec<Job>, jobs: &mut mpsc::Receiver<Job>) -> Option<Job> {
    let (mut events, mut bytes) = (0, 0);
    for job in batch.iter() {
        events += job.entries.len();
        bytes += job.bytes;
    }
    while events < EVENTS && bytes < BYTES {
        let job = jobs.try_recv().ok()?;
        events += job.entries.len();
        bytes += job.bytes;
        if events > EVENTS || bytes > BYTES {
            return Some(job);
        }
        batch.push(job);
    }
    None
}

async fn record(shared: &Shared, mut batch: Vec<Job>) {
    let verdict = in_time(shared, &mut batch).await;
    match verdict {
        Ok((recorded_at, mut seq)) => {
            for job in batch {
                let receipt = Receipt::new(recorded_at, seq, job.ids());
                seq += u64::try_from(job.entries.len()).unwrap_or(0);
                job.answer(Ok(receipt));
            }
        }
        Err(verdict) => {
            for job in batch {
                job.answer(Err(verdict.into()));
            }
        }
    }
}

async fn in_time(
    shared: &Shared,
    batch: &mut Vec<Job>,
) -> Result<(crate::domain::Instant, u64), Verdict> {
    shared.ready().map_err(Verdict::Fatal)?;
    // Those who came first stop waiting by themselves.
    let deadline = batch.iter().map(|job| job.deadline).max();
    let deadline = deadline.unwrap_or_else(Instant::now);
    match tokio::time::timeout_at(deadline, commit(shared, batch)).await {
        Ok(verdict) => verdict,
        Err(_) => Err(shared.silent().await),
    }
}

/// Commits the jobs of the batch and leaves those in it that were committed; stale ones are answered.
async fn commit(
    shared: &Shared,
    batch: &mut Vec<Job>,
) -> Result<(crate::domain::Instant, u64), Verdict> {
    let limits = shared.limits();
    let attempt = async {
        let tx = shared.db.begin_write(limits).await?;
        let head = shared.lock_head(&tx).await?;
        let groups: Vec<&[Entry]> = batch.iter().map(|job| job.entries.as_slice()).collect();
        let stale = shared.stale(&tx, &head, &groups).await?;
        answer_stale(batch, &stale);
        let entries = batch.iter().flat_map(|job| &job.entries);
        let drafts: Vec<&Draft> = entries.map(|entry| &entry.draft).collect();
        let Some(first) = drafts.first() else {
            tx.rollback(&shared.db).await;
            return Ok(None);
        };
        let appended = shared.append(&tx, &head, &drafts).await?;
        Ok::<_, Failure>(Some((tx, appended, first.id)))
    };
    match attempt.await {
        Ok(Some((tx, appended, first))) => {
            let appended = shared.commit(tx, appended, first, limits).await?;
            Ok((appended.recorded_at, appended.first_seq))
        }
        Ok(None) => Ok((shared.clock.now(), 0)),
        Err(failure) => Err(shared.fail(failure).await),
    }
}

fn answer_stale(batch: &mut Vec<Job>, stale: &[bool]) {
    let mut stale = stale.iter();
    let (outdated, current) = std::mem::take(batch)
        .into_iter()
        .partition(|_| stale.next() == Some(&true));
    *batch = current;
    let outdated: Vec<Job> = outdated;
    for job in outdated {
        job.answer(Err(Verdict::Stale.into()));
    }
}
