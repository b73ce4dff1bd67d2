//! The log as the rest of the service holds it.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use sea_orm::DbErr;
use tokio::sync::mpsc;

use super::connection::{Database, no_log};
use super::entry::Entry;
use super::fit::Unfit;
use super::head::{Failure, Fatal, Head};
use super::pending::Pending;
use super::receipt::Receipt;
use super::shared::{LogOptions, Shared};
use super::unrecorded::SealError;
use super::writer::{self, Job};
use domain::Words;
use domain::clock::Clock;
use domain::speaks::{Speaks, foreign};
use transparency::event::EventError;

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

impl From<Failure> for LogError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Fatal(fatal) => fatal.into(),
            Failure::Database(error) => error.into(),
            Failure::Unfit(unfit) => unfit.into(),
        }
    }
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

/// The decision log, open for appending. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Log {
    pub(super) shared: Arc<Shared>,
    decisions: mpsc::Sender<Job>,
    pub(super) reading: mpsc::Sender<Job>,
    /// When whoever asks stops waiting, if that is sooner than the log's own deadline.
    until: Option<tokio::time::Instant>,
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
        let shared = Arc::new(Shared::new(db, clock, options));
        let tx = shared.db.begin_write(shared.limits()).await?;
        let found = match Head::find(tx.connection()).await {
            Ok(found) => found.ok_or(LogError::NoLog),
            Err(failure) => Err(failure.into()),
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

    /// Folds the register from the log, so that no change waits for it.
    ///
    /// # Errors
    /// When the changes of the log do not give the roots that they have, or it cannot be read.
    pub async fn read_register(&self) -> Result<(), LogError> {
        self.shared.register().await?;
        Ok(())
    }

    /// Commits decisions; only then may what rests on them leave the process.
    ///
    /// # Errors
    /// When one of them is stale or cannot be recorded: none of them is then to be relied on.
    pub async fn seal(&self, docket: Vec<Pending>) -> Result<Receipt, SealError> {
        let entries = self.entries(docket)?;
        self.submit(entries, self.deadline()).await
    }

    /// Commits decisions by which something was read, a few at a time, so that no screen keeps the answers
    /// to governed systems waiting. What is recorded of an answer that never leaves does no harm.
    ///
    /// # Errors
    /// As [`Log::seal`]; some may then be recorded.
    pub async fn seal_reading(&self, docket: Vec<Pending>) -> Result<(), SealError> {
        let mut entries = self.entries(docket)?;
        let deadline = self.deadline();
        let mut waiting = Vec::new();
        while !entries.is_empty() {
            let rest = entries.split_off(writer::share(&entries));
            waiting.push(self.submit_to(&self.reading, entries, deadline));
            entries = rest;
        }
        for done in join_all(waiting).await {
            done?;
        }
        Ok(())
    }

    /// Decisions with their bytes.
    pub(super) fn entries(&self, docket: Vec<Pending>) -> Result<Vec<Entry>, EventError> {
        let memory = &self.shared.memory.facts;
        let entries = docket.into_iter();
        entries
            .map(|pending| Entry::of_decision(pending, memory))
            .collect()
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
