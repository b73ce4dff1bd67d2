//! What every way into the log shares: the database, the clock, the head that was last seen, and why it has stopped.
//!
//! Apart from the [`Log`](super::Log) because the writer has it too, which lives on when those who asked are gone.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use sea_orm::DbErr;
use tokio::sync::{OwnedMutexGuard, watch};
use tokio::task::{JoinError, JoinHandle};

use super::accepted::is_accepted;
use super::append::{Appended, Memory};
use super::connection::{Database, Limits, SnapshotError, Tx};
use super::entry::Entry;
use super::fit::{Asked, Server, Unfit};
use super::head::{Failure, Fatal, Head, Seen};
use super::recording::Recording;
use super::stale::Changes;
use super::state::Known;
use domain::Instant;
use domain::clock::Clock;

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
    /// What is known of what stands beside events.
    pub(super) memory: Memory,
    /// The register at the head of this process's last change; nothing: it is not known, or not any more.
    register: Arc<tokio::sync::Mutex<Option<Known>>>,
}

impl Shared {
    pub(super) fn new(db: Database, clock: Arc<dyn Clock>, options: LogOptions) -> Self {
        Self {
            db,
            clock,
            options,
            seen: Mutex::new(None),
            committed: watch::Sender::default(),
            fatal: OnceLock::new(),
            recording: Recording::default(),
            accepted: Mutex::new(None),
            memory: Memory::default(),
            register: Arc::default(),
        }
    }

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

    /// What was appended is committed.
    pub(super) fn appended(&self, appended: &Appended) {
        self.memory.facts.remember(&appended.facts);
        self.memory.sets.remember(&appended.sets);
        self.remember(&appended.head);
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

    /// Appends what changes nothing of the register.
    pub(super) async fn append(
        &self,
        tx: &Tx,
        head: &Head,
        entries: &[&Entry],
    ) -> Result<Appended, Failure> {
        let memory = &self.memory;
        super::append::append(
            tx.connection(),
            head,
            entries,
            self.clock.now(),
            memory,
            None,
        )
        .await
    }

    /// Appends what changes the register, which `known` is told; if it was not known, or others have changed it, it
    /// is read first.
    pub(super) async fn append_changes(
        &self,
        tx: &Tx,
        head: &Head,
        entries: &[&Entry],
        known: &mut Option<Known>,
    ) -> Result<Appended, Failure> {
        let db = tx.connection();
        let mut register = match known.take() {
            Some(register) => register,
            None => Known::load(db, head.size()).await?,
        };
        register.catch_up(db, head.size()).await?;
        let now = self.clock.now();
        let appended =
            super::append::append(db, head, entries, now, &self.memory, Some(&mut register))
                .await?;
        *known = Some(register);
        Ok(appended)
    }

    /// The register as this process knows it, for one change at a time. Whoever waits for it too long comes back to
    /// what was read for it meanwhile.
    pub(super) async fn register(&self) -> Result<OwnedMutexGuard<Option<Known>>, Failure> {
        let held = Arc::clone(&self.register).lock_owned().await;
        if held.is_some() {
            return Ok(held);
        }
        let failed = |error: JoinError| DbErr::Custom(error.to_string());
        reading(self.db.clone(), held).await.map_err(failed)?
    }
}

/// Reads the register, for whoever comes next if nobody waits any more.
#[expect(
    clippy::disallowed_methods,
    reason = "it is no request's work, and whoever waits for it may have to give up"
)]
fn reading(
    db: Database,
    mut held: OwnedMutexGuard<Option<Known>>,
) -> JoinHandle<Result<OwnedMutexGuard<Option<Known>>, Failure>> {
    tokio::spawn(async move {
        let snapshot = db.snapshot().await.map_err(unread)?;
        let known = Known::load(snapshot.connection(), snapshot.log_size()).await?;
        *held = Some(known);
        Ok(held)
    })
}

fn unread(error: SnapshotError) -> Failure {
    match error {
        SnapshotError::Database(error) => error.into(),
        SnapshotError::NoLog => Fatal::Gone.into(),
        SnapshotError::Replaced => Fatal::Replaced.into(),
        error @ SnapshotError::Silent => DbErr::Custom(error.to_string()).into(),
    }
}
