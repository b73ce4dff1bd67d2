//! The writer: takes what waits, commits it together, and tells everybody.
//!
//! There is no timer. While one batch is being synced the next one grows, so a busy log commits many
//! events at a time and an idle one answers at once.
//!
//! What was read on screens takes a small part of each batch, so that a flood of it keeps nobody waiting at
//! a locked door.
//!
//! Those who share a batch share no fate: where the database refuses one, its halves are tried by
//! themselves, until only what cannot be stored is refused.

use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

use super::append::Appended;
use super::connection::Tx;
use super::entry::Entry;
use super::head::Failure;
use super::receipt::Receipt;
use super::shared::Shared;
use super::unrecorded::{CommitFailure, SealError};
use domain::id::EventId;

/// The most events of one batch.
const EVENTS: usize = 256;
/// About the most bytes of one batch.
const BYTES: usize = 512 * 1_024;
/// Which part of a batch is at most of what was read: the answers to governed systems wait for all of it, and for
/// what is being written when they come.
const SHARE: usize = 16;

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
        let bytes = entries.iter().map(|entry| entry.bytes).sum();
        let job = Self {
            entries,
            bytes,
            deadline,
            reply,
        };
        (job, verdict)
    }

    fn ids(&self) -> impl Iterator<Item = EventId> {
        self.entries.iter().map(|entry| entry.draft.id())
    }

    fn is_waited_for(&self) -> bool {
        !self.reply.is_closed()
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
pub(super) fn start(
    shared: Arc<Shared>,
    decisions: mpsc::Receiver<Job>,
    reading: mpsc::Receiver<Job>,
) {
    let mut lanes = Lanes {
        decisions: Waiting::of(decisions),
        reading: Waiting::of(reading),
    };
    drop(tokio::spawn(async move {
        while let Some(batch) = lanes.batch().await {
            record(&shared, batch).await;
        }
    }));
}

/// What waits to be recorded.
struct Lanes {
    decisions: Waiting,
    reading: Waiting,
}

/// Jobs in their order.
struct Waiting {
    jobs: mpsc::Receiver<Job>,
    /// The first of them, which no longer fitted into a batch.
    next: Option<Job>,
}

/// How much a batch still takes.
#[derive(Clone, Copy)]
struct Room {
    events: usize,
    bytes: usize,
}

impl Room {
    fn takes(&self, job: &Job) -> bool {
        job.entries.len() <= self.events && job.bytes <= self.bytes
    }

    fn without(self, job: &Job) -> Self {
        Self {
            events: self.events.saturating_sub(job.entries.len()),
            bytes: self.bytes.saturating_sub(job.bytes),
        }
    }
}

impl Waiting {
    const fn of(jobs: mpsc::Receiver<Job>) -> Self {
        Self { jobs, next: None }
    }

    async fn first(&mut self) -> Option<Job> {
        match self.next.take() {
            Some(job) => Some(job),
            None => self.jobs.recv().await,
        }
    }

    /// Takes what waits and fits; what is left of the room.
    fn fill(&mut self, batch: &mut Vec<Job>, mut room: Room) -> Room {
        while room.events > 0 && room.bytes > 0 {
            let waiting = self.next.take().or_else(|| self.jobs.try_recv().ok());
            let Some(job) = waiting else { break };
            if !job.is_waited_for() {
                continue;
            }
            if !room.takes(&job) {
                self.next = Some(job);
                break;
            }
            room = room.without(&job);
            batch.push(job);
        }
        room
    }
}

impl Lanes {
    /// The next batch: of decisions what waits, of what is read a share; `None`: nobody can ask any more.
    async fn batch(&mut self) -> Option<Vec<Job>> {
        loop {
            let (first, read) = tokio::select! {
                biased;
                job = self.decisions.first() => (job?, false),
                job = self.reading.first() => (job?, true),
            };
            if !first.is_waited_for() {
                continue;
            }
            let whole = Room {
                events: EVENTS,
                bytes: BYTES,
            };
            let share = Room {
                events: EVENTS / SHARE,
                bytes: BYTES / SHARE,
            };
            let (room, share) = if read {
                (whole.without(&first), share.without(&first))
            } else {
                (whole.without(&first), share)
            };
            let mut batch = vec![first];
            let left = self.decisions.fill(&mut batch, room);
            let share = Room {
                events: share.events.min(left.events),
                bytes: share.bytes.min(left.bytes),
            };
            self.reading.fill(&mut batch, share);
            return Some(batch);
        }
    }
}

/// How many of the entries go into the log at a time, where they were caused by reading: at least one.
pub(super) fn share(entries: &[Entry]) -> usize {
    let mut bytes = 0;
    let fitting = entries.iter().take(EVENTS / SHARE).take_while(|entry| {
        bytes += entry.bytes;
        bytes <= BYTES / SHARE
    });
    fitting.count().max(1)
}

/// Records the jobs together; those that cannot be are tried in halves, in their order.
async fn record(shared: &Shared, batch: Vec<Job>) {
    let mut waiting = vec![batch];
    while let Some(mut part) = waiting.pop() {
        match in_time(shared, &mut part).await {
            Ok((recorded_at, mut seq)) => {
                for job in part {
                    let receipt = Receipt::new(recorded_at, seq, job.ids());
                    seq += u64::try_from(job.entries.len()).unwrap_or(0);
                    job.answer(Ok(receipt));
                }
            }
            Err(CommitFailure::Refused) if part.len() > 1 => {
                let second = part.split_off(part.len() / 2);
                for half in [second, part] {
                    let half: Vec<Job> = half.into_iter().filter(Job::is_waited_for).collect();
                    waiting.extend((!half.is_empty()).then_some(half));
                }
            }
            Err(verdict @ (CommitFailure::Refused | CommitFailure::Stale)) => refuse(part, verdict),
            Err(verdict @ (CommitFailure::Unavailable | CommitFailure::Fatal(_))) => {
                refuse(part, verdict);
                // The rest would wait for the same.
                return waiting.into_iter().for_each(|part| refuse(part, verdict));
            }
        }
    }
}

fn refuse(part: Vec<Job>, verdict: CommitFailure) {
    for job in part {
        job.answer(Err(verdict.into()));
    }
}

async fn in_time(
    shared: &Shared,
    batch: &mut Vec<Job>,
) -> Result<(domain::Instant, u64), CommitFailure> {
    shared.ready().map_err(CommitFailure::Fatal)?;
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
) -> Result<(domain::Instant, u64), CommitFailure> {
    let limits = shared.limits();
    let tx = match shared.db.begin_write(limits).await {
        Ok(tx) => tx,
        Err(error) => return Err(shared.fail(error.into()).await),
    };
    match append(shared, &tx, batch).await {
        Ok(Some((appended, first))) => {
            let appended = shared.commit(tx, appended, first, limits).await?;
            Ok((appended.recorded_at, appended.first_seq))
        }
        Ok(None) => {
            tx.rollback(&shared.db).await;
            Ok((shared.clock.now(), 0))
        }
        Err(failure) => Err(shared.give_up(tx, failure).await),
    }
}

/// Appends the jobs of the batch and names the first event; `None`: all were stale.
async fn append(
    shared: &Shared,
    tx: &Tx,
    batch: &mut Vec<Job>,
) -> Result<Option<(Appended, EventId)>, Failure> {
    let head = shared.lock_head(tx).await?;
    let groups: Vec<&[Entry]> = batch.iter().map(|job| job.entries.as_slice()).collect();
    let stale = shared.stale(tx, &head, &groups).await?;
    answer_stale(batch, &stale);
    let entries: Vec<&Entry> = batch.iter().flat_map(|job| &job.entries).collect();
    let Some(first) = entries.first() else {
        return Ok(None);
    };
    let appended = shared.append(tx, &head, &entries).await?;
    Ok(Some((appended, first.draft.id())))
}

fn answer_stale(batch: &mut Vec<Job>, stale: &[bool]) {
    let mut stale = stale.iter();
    let (outdated, current) = std::mem::take(batch)
        .into_iter()
        .partition(|_| stale.next() == Some(&true));
    *batch = current;
    let outdated: Vec<Job> = outdated;
    for job in outdated {
        job.answer(Err(CommitFailure::Stale.into()));
    }
}
