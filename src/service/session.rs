//! One request, from the facts it rests on to the commit that lets its answer leave.
//!
//! The same request may be run several times: facts that move before its decisions are on record make
//! all of them void, and so does its own change, for the answer has to show the register as it is after
//! it. Whatever was decided in the last run is sealed, and only then is there an answer.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio::time::Instant;

use crate::audit::checkpoint::SignedCheckpoint;
use crate::audit::{Database, Log, Pending, SealError, Snapshot, prove};
use crate::authn::Claimant;
use crate::clock::Clock;
use crate::domain::Calendar;
use crate::gate::{BeginError, Gate, Operation};
use crate::store::facts::SnapshotFacts;

pub use crate::gate::RequestContext;

use super::change::Effect;
use super::error::ServiceError;
use super::follow::Heads;
use super::idempotency::Mutation;

/// How much later than the log a request is given up, so that the log is the first to know.
const SLACK: Duration = Duration::from_millis(25);

/// What every request is answered with.
#[derive(Debug)]
pub struct Desk {
    pub(in crate::service) database: Database,
    pub(in crate::service) log: Log,
    gate: Arc<Gate>,
    pub(in crate::service) clock: Arc<dyn Clock>,
    pub(in crate::service) calendar: Calendar,
    pub(in crate::service) deadline: Duration,
    /// How far the log has grown, for those who follow it.
    pub(in crate::service) heads: Heads,
}

/// One run of a request: one moment of the register, one policy set, one instant.
#[derive(Debug, Clone)]
pub struct Session {
    desk: Arc<Desk>,
    operation: Arc<Operation>,
    snapshot: Arc<Snapshot>,
    course: Arc<Course>,
}

/// What outlives a run.
#[derive(Debug)]
struct Course {
    effect: Mutex<Option<Effect>>,
    again: AtomicBool,
    /// When nobody waits any more. An effect that stands is told, so its answer has a time of its own.
    until: Mutex<Instant>,
}

/// Why a request has no answer at all.
#[derive(Debug, thiserror::Error)]
pub enum Unanswered {
    /// The caller is unknown, has ended or has not begun; that is on record.
    #[error("the caller is unknown, has ended or has not begun")]
    UnknownCaller,
    /// It could not be decided or recorded.
    #[error("it could not be decided or recorded")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// It was not decided and recorded in time.
    #[error("it was not decided and recorded in time")]
    Late,
}

/// Whether decisions are on record, or void.
enum Recorded {
    Yes,
    Stale,
}

impl Desk {
    /// A desk that answers from this database, into this log, within the deadline.
    #[must_use]
    pub fn new(
        database: Database,
        log: Log,
        gate: Arc<Gate>,
        clock: Arc<dyn Clock>,
        calendar: Calendar,
        deadline: Duration,
    ) -> Self {
        Self {
            database,
            log,
            gate,
            clock,
            calendar,
            deadline,
            heads: Heads::default(),
        }
    }

    /// Runs a request until what it decided is on record, and hands out what it answered.
    ///
    /// The desk's deadline is for everything: reading the facts, deciding, and waiting for the disk. A
    /// change that was committed starts it once more, for what the answer shows of it.
    ///
    /// # Errors
    /// When the caller may not call, or nothing could be recorded before the deadline.
    pub async fn answer<T: Send>(
        self: &Arc<Self>,
        claimant: &Claimant,
        context: &RequestContext,
        run: impl Fn(Session) -> BoxFuture<'static, T> + Send + Sync,
    ) -> Result<T, Unanswered> {
        let course = Arc::new(Course {
            effect: Mutex::default(),
            again: AtomicBool::default(),
            until: Mutex::new(Instant::now() + self.deadline),
        });
        loop {
            // The log keeps the deadline by itself, and tidies up; this is for what is read.
            let once = self.once(claimant, context, &course, &run);
            match course.in_time(once).await {
                Some(Ok(Some(answer))) => return Ok(answer),
                Some(Ok(None)) if Instant::now() >= course.until() => return Err(Unanswered::Late),
                Some(Ok(None)) => {}
                Some(Err(error)) => return Err(error),
                None => return Err(Unanswered::Late),
            }
        }
    }

    async fn once<T: Send>(
        self: &Arc<Self>,
        claimant: &Claimant,
        context: &RequestContext,
        course: &Arc<Course>,
        run: &(impl Fn(Session) -> BoxFuture<'static, T> + Send + Sync),
    ) -> Result<Option<T>, Unanswered> {
        let snapshot = self.database.snapshot().await.map_err(unavailable)?;
        let snapshot = Arc::new(snapshot);
        let now = self.clock.now();
        let facts = SnapshotFacts::new(Arc::clone(&snapshot), self.calendar, now);
        let begun = self
            .gate
            .begin(claimant, Arc::new(facts), context.clone())
            .await;
        let operation = match begun {
            Ok(operation) => Arc::new(operation),
            Err(BeginError::Turned(turned)) => {
                drop(snapshot);
                return match self.record(turned.docket, course).await? {
                    Recorded::Yes => Err(Unanswered::UnknownCaller),
                    Recorded::Stale => Ok(None),
                };
            }
            Err(BeginError::Undecided(error)) => return Err(unavailable(error)),
            Err(BeginError::Unrecordable(error)) => return Err(unavailable(error)),
        };
        let session = Session {
            desk: Arc::clone(self),
            operation: Arc::clone(&operation),
            snapshot,
            course: Arc::clone(course),
        };
        let answer = run(session).await;
        if course.again.swap(false, Ordering::AcqRel) {
            return Ok(None);
        }
        let docket = operation.take_docket();
        // The connection goes back before the wait for the disk.
        drop(operation);
        Ok(match self.record(docket, course).await? {
            Recorded::Yes => Some(answer),
            Recorded::Stale => None,
        })
    }

    /// The newest checkpoint, which anybody may have: it names nobody.
    ///
    /// # Errors
    /// When it could not be read in time.
    pub async fn checkpoint(&self) -> Result<Option<SignedCheckpoint>, Unanswered> {
        let read = async {
            let snapshot = self.database.snapshot().await.map_err(unavailable)?;
            let found = prove::checkpoint(snapshot.connection(), None).await;
            found.map_err(unavailable)
        };
        let read = tokio::time::timeout(self.deadline, read);
        read.await.unwrap_or(Err(Unanswered::Late))
    }

    async fn record(&self, docket: Vec<Pending>, course: &Course) -> Result<Recorded, Unanswered> {
        if docket.is_empty() {
            return Ok(Recorded::Yes);
        }
        match self.log.until(course.until()).seal(docket).await {
            Ok(_) => Ok(Recorded::Yes),
            Err(SealError::Stale) => Ok(Recorded::Stale),
            Err(error @ (SealError::Unavailable | SealError::Fatal(_) | SealError::Invalid(_))) => {
                Err(unavailable(error))
            }
        }
    }
}

impl Course {
    fn until(&self) -> Instant {
        *self.until.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What comes of it, unless nobody waits any more; for how long somebody does can change meanwhile.
    async fn in_time<T>(&self, what: impl Future<Output = T>) -> Option<T> {
        let mut what = std::pin::pin!(what);
        loop {
            let until = self.until() + SLACK;
            match tokio::time::timeout_at(until, &mut what).await {
                Ok(done) => return Some(done),
                Err(_) if self.until() + SLACK > until => {}
                Err(_) => return None,
            }
        }
    }

    fn begin_anew(&self, deadline: Duration) {
        let mut until = self.until.lock().unwrap_or_else(PoisonError::into_inner);
        *until = Instant::now() + deadline;
    }
}

fn unavailable(error: impl std::error::Error + Send + Sync + 'static) -> Unanswered {
    Unanswered::Unavailable(Box::new(error))
}

impl Session {
    /// The operation that decides.
    #[must_use]
    pub fn operation(&self) -> &Arc<Operation> {
        &self.operation
    }

    /// The moment of the register that everything is read at.
    #[must_use]
    pub fn snapshot(&self) -> &Arc<Snapshot> {
        &self.snapshot
    }

    /// How days begin and end.
    #[must_use]
    pub fn calendar(&self) -> Calendar {
        self.desk.calendar
    }

    pub(in crate::service) fn clock(&self) -> &dyn Clock {
        self.desk.clock.as_ref()
    }

    /// The log, for as long as this request waits.
    pub(in crate::service) fn log(&self) -> Log {
        self.desk.log.until(self.course.until())
    }

    /// What an earlier run of the same request has already done.
    pub(in crate::service) fn effect(&self, mutation: Mutation) -> Option<Effect> {
        let effect = self
            .course
            .effect
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        effect.clone().filter(|effect| effect.mutation == mutation)
    }

    /// Remembers an effect; the next run shows it.
    pub(in crate::service) fn remember(&self, effect: Effect) -> ServiceError {
        let mut remembered = self
            .course
            .effect
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        *remembered = Some(effect);
        self.course.begin_anew(self.desk.deadline);
        self.again()
    }

    /// Waits so long for what takes its time before anything is recorded, and as long as for any request
    /// afterwards, whatever came of it.
    pub(in crate::service) async fn taking<T>(
        &self,
        time: Duration,
        what: impl Future<Output = T>,
    ) -> T {
        self.course.begin_anew(time);
        let done = what.await;
        self.course.begin_anew(self.desk.deadline);
        done
    }

    /// Has the request run again, whatever this run answers.
    pub(in crate::service) fn again(&self) -> ServiceError {
        self.course.again.store(true, Ordering::Release);
        ServiceError::Again
    }
}
