//! One request, from the facts it rests on to the commit that lets its answer leave.
//!
//! The same request may be run several times: facts that move before its decisions are on record make
//! all of them void, and so does its own change, for the answer has to show the register as it is after
//! it. Whatever was decided in the last run is sealed, and only then is there an answer.

mod alone;
mod course;
mod recording;
mod tick;
mod together;
mod work;

use std::any::Any;
use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio::sync::OnceCell;
use tokio::time::Instant;

use audit::{Database, Lane, Log, Registers, Snapshot, SnapshotError, prove};
use domain::Calendar;
use domain::clock::Clock;
use domain::id::GrantId;
use gate::{BeginError, FactError, Gate, HeldGrant, Operation, RegisterAt};
use store::facts::{Opening, Regions};
use transparency::checkpoint::SignedCheckpoint;

use super::budget::{Budgets, Caller, EventRates};
use super::call::{Allowance, Call};
use super::effect::Effect;
use super::error::ServiceError;
use super::heads::Heads;
use super::idempotency::Mutation;
use super::turns::{Turn, Turns};
use alone::Completing;
use course::Course;
use recording::Recorded;
use together::Together;

/// What every request is answered with.
#[derive(Debug)]
pub struct Desk {
    /// The register as the log tells it.
    regions: Regions,
    pub(crate) database: Database,
    pub(crate) log: Log,
    gate: Arc<Gate>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) calendar: Calendar,
    pub(crate) deadline: Duration,
    /// How far the log has grown, for those who follow it.
    pub(crate) heads: Heads,
    budgets: Budgets,
    /// Turns to read: whoever asks for decisions or changes something needs none.
    reading: Turns<Caller>,
    /// Turns for what takes long to work out.
    heavy: Turns<Caller>,
    /// How many reports have been worked out.
    reports: AtomicU64,
    /// The registers of the past that have been folded.
    registers: Arc<Registers>,
    /// The runs that are being completed.
    completing: Arc<Completing>,
}

/// What was worked out.
type Report = Arc<dyn Any + Send + Sync>;

/// One run of a request: one moment of the register, one policy set, one instant.
#[derive(Debug, Clone)]
pub struct Session {
    desk: Arc<Desk>,
    operation: Arc<Operation>,
    opening: Arc<Opening>,
    register: RegisterAt,
    course: Arc<Course>,
    reports: Arc<Mutex<HashMap<String, Arc<OnceCell<Report>>>>>,
    together: Arc<Together>,
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
    /// It was not decided in time.
    #[error("it was not decided in time")]
    Late,
    /// The caller has caused too many events; nothing was decided.
    #[error("the caller has caused too many events")]
    Overdrawn {
        /// For how long it can cause none.
        wait: Duration,
    },
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
            regions: Regions::default(),
            heads: Heads::default(),
            budgets: Budgets::new(EventRates::default()),
            reading: Turns::new(1, 1),
            heavy: Turns::new(1, 1),
            reports: AtomicU64::default(),
            registers: Arc::default(),
            completing: Arc::default(),
        }
        .allowing(Allowance::default())
    }

    /// The same desk, with so much for each caller and for all.
    #[must_use]
    pub fn allowing(self, allowance: Allowance) -> Self {
        Self {
            budgets: Budgets::new(allowance.events),
            reading: Turns::new(allowance.reading, allowance.reading_of_one),
            heavy: Turns::new(allowance.heavy, allowance.heavy_of_one),
            ..self
        }
    }

    /// Reads the register from the log, so that nobody's question waits for it.
    ///
    /// # Errors
    /// When the log cannot be read, or what it tells is not what it says that it has told.
    pub async fn read_register(&self) -> Result<(), FactError> {
        let snapshot = self.database.snapshot().await;
        let snapshot = snapshot.map_err(|error| FactError::Unavailable(error.into()))?;
        let opening = Arc::new(Opening::from(Arc::new(snapshot)));
        let now = self.clock.now();
        self.regions.register(opening, self.calendar, now).await?;
        Ok(())
    }

    /// Runs a request until what it decided is on record, and hands out what it answered.
    ///
    /// The desk's deadline is for everything: reading the facts, deciding, and waiting for the disk. A
    /// change that was committed starts it once more, for what the answer shows of it.
    ///
    /// # Errors
    /// When the caller may not call, has caused too many events, or nothing could be recorded before the
    /// deadline.
    pub async fn answer<T: Send>(
        self: &Arc<Self>,
        call: &Call,
        run: impl Fn(Session) -> BoxFuture<'static, T> + Send + Sync,
    ) -> Result<T, Unanswered> {
        let asked = Instant::now();
        let caller = Caller::of(&call.claimant);
        let left = self.budgets.admit(&caller, Instant::now());
        left.map_err(|wait| Unanswered::Overdrawn { wait })?;
        let course = Arc::new(Course::new(caller, call, self.deadline));
        let turn = match call.lane {
            Lane::Decisions => None,
            Lane::Reading => Some(self.turn_to_read(&course).await?),
        };
        // What was decided by the register at hand and has turned out to be of yesterday is decided by the newest.
        let mut by_newest = call.lane == Lane::Reading;
        loop {
            // The log keeps the deadline by itself, and tidies up; this is for what is read.
            let once = self.once(call, &course, &run, by_newest);
            let done = course.in_time(once).await;
            by_newest = true;
            match done {
                Some(Ok(Some(answer))) => {
                    drop(turn);
                    if course.in_vain.load(Ordering::Acquire) {
                        tick::wait(asked).await;
                    }
                    return Ok(answer);
                }
                Some(Ok(None)) if Instant::now() >= course.until() => return Err(Unanswered::Late),
                Some(Ok(None)) => {}
                Some(Err(error)) => return Err(error),
                None if course.is_unheard() => return Err(unavailable(SnapshotError::Silent)),
                None => return Err(Unanswered::Late),
            }
        }
    }

    /// Waits for a turn as long as somebody waits for the answer: nothing has been decided yet.
    async fn turn_to_read(&self, course: &Course) -> Result<Turn, Unanswered> {
        let turn = self.reading.take(course.caller.clone());
        tokio::select! {
            biased;
            turn = course.in_time(turn) => turn.ok_or(Unanswered::Late),
            () = course.waiting.ended() => Err(Unanswered::Late),
        }
    }

    async fn once<T: Send>(
        self: &Arc<Self>,
        call: &Call,
        course: &Arc<Course>,
        run: &(impl Fn(Session) -> BoxFuture<'static, T> + Send + Sync),
        by_newest: bool,
    ) -> Result<Option<T>, Unanswered> {
        let opening = Arc::new(Opening::of(self.database.clone(), course.lane));
        if by_newest {
            opening.snapshot().await.map_err(unavailable)?;
        } else {
            self.database.in_place().map_err(unavailable)?;
        }
        let (moment, now) = (Arc::clone(&opening), self.clock.now());
        let register = self.regions.register(moment, self.calendar, now).await;
        let register = register.map_err(unavailable)?;
        course.begun.store(true, Ordering::Release);
        let begun = self
            .gate
            .begin(&call.claimant, register.clone(), call.context.clone())
            .await;
        let operation = match begun {
            Ok(operation) => Arc::new(operation),
            Err(BeginError::Turned(turned)) => {
                drop(opening);
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
            opening,
            register,
            course: Arc::clone(course),
            reports: Arc::default(),
            together: Arc::default(),
        };
        let answer = tokio::select! {
            biased;
            () = course.rerun.notified() => return Ok(None),
            answer = run(session) => answer,
        };
        let in_vain = operation.sought_in_vain();
        course.in_vain.store(in_vain, Ordering::Release);
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

    /// The moment that rows are read at, which is that of the register. Where the register has gone on since this run
    /// began, the run ends here and shows nothing.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn snapshot(&self) -> Result<&Arc<Snapshot>, ServiceError> {
        let opened = self.opening.snapshot().await;
        let opened = opened.map_err(|error| ServiceError::Unavailable(error.into()))?;
        if opened.facts_at() != self.register.facts_at() {
            match self.rerun().await {}
        }
        Ok(opened)
    }

    /// The register at the moment that everything is read at.
    pub(crate) const fn register(&self) -> &RegisterAt {
        &self.register
    }

    /// How days begin and end.
    #[must_use]
    pub fn calendar(&self) -> Calendar {
        self.desk.calendar
    }

    pub(crate) fn shared_clock(&self) -> Arc<dyn Clock> {
        Arc::clone(&self.desk.clock)
    }

    pub(crate) fn clock(&self) -> &dyn Clock {
        self.desk.clock.as_ref()
    }

    /// The registers of the past that have been folded.
    pub(crate) fn registers(&self) -> Arc<Registers> {
        Arc::clone(&self.desk.registers)
    }

    /// The log, for as long as this request waits.
    pub(crate) fn log(&self) -> Log {
        self.desk.log.until(self.course.until())
    }

    /// The log for what goes on when nobody waits any more.
    pub(crate) fn running_log(&self) -> Log {
        self.desk.log.clone()
    }

    /// A grant, judged for its holder, with all that are asked about at the same moment; `None`: it is not there, or
    /// the caller may not see it.
    ///
    /// # Errors
    /// It could not be decided or read: the same failure for all that asked.
    pub async fn judged(&self, grant: GrantId) -> Result<Option<HeldGrant>, Arc<ServiceError>> {
        let judge = async |grants| Ok(self.operation.held_each(grants).await?);
        self.together.judged(grant, judge).await
    }

    /// Books the events of a change besides those that are recorded with the answer.
    pub(crate) fn charge(&self, events: usize) {
        self.desk.charge(&self.course, events);
    }

    /// What an earlier run of the same request has already done.
    pub(crate) fn effect(&self, mutation: Mutation) -> Option<Effect> {
        let effect = self
            .course
            .effect
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        effect.clone().filter(|effect| effect.mutation == mutation)
    }

    /// Remembers an effect and ends this run; the next one shows it.
    pub(crate) async fn rerun_to_show(&self, effect: Effect) -> Infallible {
        {
            let remembered = self.course.effect.lock();
            *remembered.unwrap_or_else(PoisonError::into_inner) = Some(effect);
        }
        self.course.begin_anew(self.desk.deadline);
        self.rerun().await
    }

    /// Waits so long for what takes its time before anything is recorded, and as long as for any request
    /// afterwards, whatever came of it.
    pub(crate) async fn taking<T>(&self, time: Duration, what: impl Future<Output = T>) -> T {
        self.course.begin_anew(time);
        let done = what.await;
        self.course.begin_anew(self.desk.deadline);
        done
    }

    /// Ends this run, which answers nothing, and has the request run once more.
    pub(crate) async fn rerun(&self) -> Infallible {
        self.course.rerun.notify_one();
        std::future::pending().await
    }
}
