//! The log as the rest of the service holds it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use sea_orm::DbErr;
use tokio::sync::{mpsc, watch};

use super::accept::is_accepted;
use super::append::Appended;
use super::connection::{Database, Limits, Tx, no_log};
use super::envelope::Draft;
use super::event::{EventError, Pending};
use super::fit::{Asked, Server, Unfit};
use super::head::{Failure, Fatal, Head, Seen};
use super::health::Recording;
use super::stale::Changes;
use super::writer::{self, Entry, Job};
use domain::Instant;
use domain::Words;
use domain::clock::Clock;
use domain::id::EventId;
use domain::speaks::{Speaks, foreign};

/// How the log works.
#[derive(Debug, Clone)]
pub struct LogOptions {
    /// How long a caller waits for its events to be on disk.
    pub deadline: Duration,
    /// How long one chunk of a run may take.
    pub run_deadline: Duration,
    /// How many callers can wait; the next one is refused at once.
    pub queue: usize,
    /// How far this host's clock may be from the database's, and behind the log's newest recorded time. Clocks
    /// that are set by the network differ by milliseconds; a leap second or a paused machine makes it a second
    /// or two; no rule turns on less than a minute.
    pub clock_tolerance: Duration,
}

impl Default for LogOptions {
    fn default() -> Self {
        Self {
            deadline: Duration::from_millis(800),
            run_deadline: Duration::from_secs(10),
            queue: 1_024,
            clock_tolerance: Duration::from_secs(5),
        }
    }
}

/// The log cannot be opened.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.words())]
pub enum LogError {
    /// It has no first event.
    NoLog,
    /// It is not the one that was written.
    #[error(transparent)]
    Fatal(#[from] Fatal),
    /// Nothing can be recorded for now.
    #[error(transparent)]
    Unfit(#[from] Unfit),
    /// The database failed.
    Database(#[from] DbErr),
}

impl Speaks for LogError {
    fn words(&self) -> Words {
        match self {
            Self::NoLog => no_log(),
            Self::Fatal(error) => error.words(),
            Self::Unfit(error) => error.words(),
            Self::Database(_) => Words::new("the database failed", "Databasen fungerade inte."),
        }
    }

    fn cause(&self) -> Option<Words> {
        match self {
            Self::Database(error) => Some(foreign(error)),
            Self::NoLog | Self::Fatal(_) | Self::Unfit(_) => None,
        }
    }
}

/// Nothing may be answered, for the decisions are not on disk.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.words())]
pub enum SealError {
    /// Something that a decision rests on has changed: run the operation again.
    Stale,
    /// The log cannot be written in time; whether the events are in it is not known.
    Unavailable,
    /// The log is not the one that was written.
    #[error(transparent)]
    Fatal(#[from] Fatal),
    /// An event cannot be recorded as it is.
    #[error(transparent)]
    Invalid(#[from] EventError),
}

impl Speaks for SealError {
    fn words(&self) -> Words {
        match self {
            Self::Stale => stale(),
            Self::Unavailable => unavailable(),
            Self::Fatal(error) => error.words(),
            Self::Invalid(error) => error.words(),
        }
    }
}

/// What is said when the decision was made on what is not so any more.
pub(crate) const fn stale() -> Words {
    Words::new(
        "what the decision rests on has changed",
        "Det som beslutet vilar på har ändrats.",
    )
}

/// What is said when the log cannot be written by its deadline.
pub(crate) const fn unavailable() -> Words {
    Words::new(
        "the log cannot be written in time",
        "Loggen går inte att skriva i tid.",
    )
}

/// The proof that events are on disk, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    recorded_at: Instant,
    seqs: BTreeMap<EventId, u64>,
}

impl Receipt {
    pub(super) fn new(
        recorded_at: Instant,
        first_seq: u64,
        ids: impl IntoIterator<Item = EventId>,
    ) -> Self {
        Self {
            recorded_at,
            seqs: ids.into_iter().zip(first_seq..).collect(),
        }
    }

    /// The instant that stands in the events.
    #[must_use]
    pub const fn recorded_at(&self) -> Instant {
        self.recorded_at
    }

    /// The place of an event in the log.
    #[must_use]
    pub fn seq(&self, id: EventId) -> Option<u64> {
        self.seqs.get(&id).copied()
    }

    /// Every event with its place.
    #[must_use]
    pub const fn seqs(&self) -> &BTreeMap<EventId, u64> {
        &self.seqs
    }
}

/// The decision log, open for appending. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Log {
    pub(super) shared: Arc<Shared>,
    decisions: mpsc::Sender<Job>,
    pub(super) reading: mpsc::Sender<Job>,
    /// When whoever asks stops waiting, if that is sooner than the log's own deadline.
    until: Option<tokio::time::Instant>,
}

#[derive(Debug)]
pub(super) struct Shared {
    pub(super) db: Database,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) options: LogOptions,
    seen: Mutex<Option<Seen>>,
    /// How many events there were after the last commit of this process.
    pub(super) committed: watch::Sender<u64>,
    pub(super) fatal: OnceLock<Fatal>,
    pub(super) recording: Recording,
    /// The recorded time, not yet come, that somebody has accepted.
    accepted: Mutex<Option<Instant>>,
}

impl Log {
    /// Opens the log for appending and starts its writer.
    ///
    /// # Errors
    /// When there is no log, it is not sound, or the database fails.
    pub async fn open(
        db: Database,
        clock: Arc<dyn Clock>,
        options: LogOptions,
    ) -> Result<Self, LogError> {
        let (decisions, asked) = mpsc::channel(options.queue.max(1));
        let (reading, read) = mpsc::channel(options.queue.max(1));
        let shared = Arc::new(Shared {
            db,
            clock,
            options,
            seen: Mutex::new(None),
            committed: watch::Sender::default(),
            fatal: OnceLock::new(),
            recording: Recording::default(),
            accepted: Mutex::new(None),
        });
        let tx = shared.db.begin_write(shared.limits()).await?;
        let found = match Head::find(tx.connection()).await {
            Ok(found) => found.ok_or(LogError::NoLog),
            Err(Failure::Fatal(fatal)) => Err(fatal.into()),
            Err(Failure::Database(error)) => Err(error.into()),
            Err(Failure::Unfit(unfit)) => Err(unfit.into()),
        };
        tx.rollback(&shared.db).await;
        shared.remember(&found?);
        writer::start(Arc::clone(&shared), asked, read);
        Ok(Self {
            shared,
            decisions,
            reading,
            until: None,
        })
    }

    /// Whether something could be recorded now as far as clocks and the server's settings go. That the database
    /// cannot be written just now is told by whoever writes.
    ///
    /// # Errors
    /// Why nothing can be recorded.
    pub async fn is_fit(&self) -> Result<(), Unfit> {
        let Ok(tx) = self.shared.db.begin_write(self.shared.limits()).await else {
            return Ok(());
        };
        let locked = self.shared.lock_head(&tx).await;
        tx.rollback(&self.shared.db).await;
        match locked {
            Err(Failure::Unfit(unfit)) => Err(unfit),
            Ok(_) | Err(Failure::Fatal(_) | Failure::Database(_)) => Ok(()),
        }
    }

    /// Commits decisions; only then may what rests on them leave the process.
    ///
    /// # Errors
    /// When one of them is stale or cannot be recorded: none of them is then to be relied on.
    pub async fn seal(&self, docket: Vec<Pending>) -> Result<Receipt, SealError> {
        let entries: Vec<Entry> = docket
            .into_iter()
            .map(Entry::of_decision)
            .collect::<Result<_, _>>()?;
        self.submit(entries, self.deadline()).await
    }

    /// How long it takes at most, before it is said that the log cannot be written.
    #[must_use]
    pub fn patience(&self) -> Duration {
        self.shared.options.deadline
    }

    /// The same log for somebody who waits no longer than that, whatever the log's own deadline.
    #[must_use]
    pub fn until(&self, instant: tokio::time::Instant) -> Self {
        Self {
            until: Some(instant),
            ..self.clone()
        }
    }

    /// When events that are handed in now must be on disk.
    pub(super) fn deadline(&self) -> tokio::time::Instant {
        let own = tokio::time::Instant::now() + self.shared.options.deadline;
        self.until.map_or(own, |until| own.min(until))
    }

    pub(super) async fn submit(
        &self,
        entries: Vec<Entry>,
        deadline: tokio::time::Instant,
    ) -> Result<Receipt, SealError> {
        self.submit_to(&self.decisions, entries, deadline).await
    }

    pub(super) async fn submit_to(
        &self,
        queue: &mpsc::Sender<Job>,
        entries: Vec<Entry>,
        deadline: tokio::time::Instant,
    ) -> Result<Receipt, SealError> {
        self.shared.ready()?;
        if entries.is_empty() {
            return Ok(Receipt::new(self.shared.clock.now(), 0, []));
        }
        let (job, verdict) = Job::new(entries, deadline);
        // A full queue will not be empty in time, and a closed one has no writer.
        queue.try_send(job).map_err(|_| SealError::Unavailable)?;
        match tokio::time::timeout_at(deadline, verdict).await {
            Ok(Ok(verdict)) => verdict,
            Ok(Err(_)) | Err(_) => Err(SealError::Unavailable),
        }
    }

    /// The database that the log is in.
    #[must_use]
    pub fn database(&self) -> &Database {
        &self.shared.db
    }
}

impl Shared {
    pub(super) fn ready(&self) -> Result<(), Fatal> {
        self.fatal.get().map_or(Ok(()), |fatal| Err(*fatal))
    }

    /// How long the database may keep a statement waiting: a little less than the caller waits.
    pub(super) fn limits(&self) -> Limits {
        Limits {
            statement: self.options.deadline * 7 / 8,
            patient: false,
        }
    }

    pub(super) fn run_limits(&self) -> Limits {
        Limits {
            statement: self.options.run_deadline * 7 / 8,
            patient: true,
        }
    }

    pub(super) fn remember(&self, head: &Head) {
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = Some(head.seen());
        self.committed.send_replace(head.size());
        self.recording.done();
    }

    pub(super) fn seen(&self) -> Option<Seen> {
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the next head as it is: it was just made to be another one than was seen.
    pub(super) fn forget(&self) {
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Locks the head and satisfies itself that it follows from what was seen before.
    pub(super) async fn lock_head(&self, tx: &Tx) -> Result<Head, Failure> {
        tx.hurry().await?;
        let from = self.clock.now();
        let (head, server) = Head::lock(tx.connection()).await?;
        self.precedes(&head)?;
        let to = self.clock.now();
        self.judge(tx, Asked { from, to }, server, head.last_t)
            .await?;
        Ok(head)
    }

    /// Satisfies itself that the head follows from what was seen before, and remembers it.
    fn precedes(&self, head: &Head) -> Result<(), Fatal> {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let now = head.seen();
        if let Some(before) = seen.as_ref() {
            before.precedes(&now)?;
        }
        *seen = Some(now);
        Ok(())
    }

    /// Whether something can be recorded now.
    async fn judge(
        &self,
        tx: &Tx,
        asked: Asked,
        server: Option<Server>,
        newest: Instant,
    ) -> Result<(), Failure> {
        if let Some(server) = &server {
            server.is_safe().map_err(Unfit::from)?;
        }
        if !self.clock.is_wall_clock() {
            return Ok(());
        }
        let tolerance = self.options.clock_tolerance;
        if let Some(server) = server {
            asked.agrees(server.now, tolerance)?;
        }
        let Err(ahead) = asked.has_reached(newest, tolerance) else {
            return Ok(());
        };
        if !self.has_accepted(newest) {
            if !is_accepted(tx.connection(), newest).await? {
                return Err(ahead.into());
            }
            self.accept(newest);
        }
        Ok(())
    }

    /// Goes on at a recorded time that has not come yet.
    pub(super) fn accept(&self, newest: Instant) {
        *self.accepted.lock().unwrap_or_else(PoisonError::into_inner) = Some(newest);
    }

    fn has_accepted(&self, newest: Instant) -> bool {
        *self.accepted.lock().unwrap_or_else(PoisonError::into_inner) == Some(newest)
    }

    /// Which of the groups of entries rest on what has changed since.
    pub(super) async fn stale(
        &self,
        tx: &Tx,
        head: &Head,
        groups: &[&[Entry]],
    ) -> Result<Vec<bool>, Failure> {
        let unseen = Changes::unseen(head, groups.iter().copied().flatten());
        let changes = match unseen {
            Some(from) => Changes::load(tx.connection(), from).await?,
            None => Changes::none(),
        };
        Ok(groups
            .iter()
            .map(|group| group.iter().any(|entry| changes.outdate(entry, head)))
            .collect())
    }

    pub(super) async fn append(
        &self,
        tx: &Tx,
        head: &Head,
        drafts: &[&Draft],
    ) -> Result<Appended, Failure> {
        super::append::append(tx.connection(), head, drafts, self.clock.now()).await
    }
}
