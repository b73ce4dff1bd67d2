//! Retention: values and events go when a disposal decision says so, and the log accounts for it.
//!
//! Apart from appending because nothing else takes anything away. First the event that says what will go and
//! on whose decision, then the rows, chunk by chunk so that decisions go on meanwhile, then the event that
//! says it is done: whoever looks in between finds nothing missing that is not accounted for, and what was
//! cut off is resumed. The tree is not touched: `transparency/FORMAT.md`, section 11.

mod erase;
mod facts;
mod plan;
mod prune;

use std::collections::BTreeSet;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use sea_orm::DbErr;
use tokio::time::Instant;

pub use erase::classes_of_values;
pub use plan::{NotCovered, PrunePlan, Unprunable};

use super::connection::{DatabaseError, Limits, RewriteError, SnapshotError, Tx};
use super::log::Log;
use super::receipt::Receipt;
use super::transact::{Commit, TransactError};
use domain::Words;
use domain::clock::fresh;
use domain::id::{EventId, OrganisationId};
use domain::speaks::{Speaks, foreign, words};
use transparency::canonical::{Object, Value};
use transparency::event::{Change, EventError, OperationEvent};

/// A disposal decision (gallringsbeslut): who decided it, under which number, about what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disposal {
    /// The authority whose archive it is about; what is nobody's is the installation's.
    pub authority: OrganisationId,
    /// The retention class that is disposed of.
    pub class: String,
    /// Where the decision is found in the authority's own records.
    pub number: String,
}

impl Disposal {
    fn details(&self) -> Object {
        Object::new()
            .with("authority", self.authority.to_string().as_str())
            .with("class", self.class.as_str())
            .with("number", self.number.as_str())
    }
}

/// Nothing went, or not everything; what did is accounted for.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.words())]
pub enum RetainError {
    /// The log could not be written.
    #[error(transparent)]
    Transact(#[from] TransactError<DatabaseError>),
    /// The log could not be read.
    Snapshot(#[from] SnapshotError),
    /// The database failed.
    Database(#[from] DbErr),
    /// What went is still in the database's files.
    #[error(transparent)]
    Rewrite(#[from] RewriteError),
    /// There is nothing to resume.
    NothingOpen,
    /// Something else was begun and not finished.
    Open(u64),
    /// Nothing holds what would go.
    #[error(transparent)]
    NotCovered(#[from] NotCovered),
    /// What would go is not what was recorded.
    Altered(Words),
}

impl Speaks for RetainError {
    fn words(&self) -> Words {
        match self {
            Self::Transact(error) => error.words(),
            Self::Snapshot(error) => words!(
                "the log could not be read: {error}",
                "Loggen gick inte att läsa. {error}",
                error
            ),
            Self::Database(error) => words!(
                "the database failed: {error}",
                "Databasen fungerade inte. Orsak: {error}",
                error = foreign(error)
            ),
            Self::Rewrite(error) => error.words(),
            Self::NothingOpen => Words::new(
                "nothing was cut off: there is nothing to resume",
                "Inget har avbrutits. Det finns inget att slutföra.",
            ),
            Self::Open(seq) => words!(
                "event {seq} began to do the same and was cut off: finish it first, with --resume",
                "Händelse {seq} började göra samma sak och avbröts. Slutför det först, med --resume.",
                seq
            ),
            Self::NotCovered(error) => error.words(),
            Self::Altered(what) => words!(
                "{what}: nothing more is taken away from a log that was altered",
                "{what} Inget mer tas bort ur en logg som har ändrats.",
                what
            ),
        }
    }

    fn cause(&self) -> Option<Words> {
        match self {
            Self::Transact(error) => error.cause(),
            Self::Snapshot(error) => error.cause(),
            Self::Database(_)
            | Self::Rewrite(_)
            | Self::NothingOpen
            | Self::Open(_)
            | Self::NotCovered(_)
            | Self::Altered(_) => None,
        }
    }
}

impl Log {
    /// Records an operation by the authority of whoever has the host, which changes nothing in the register.
    ///
    /// # Errors
    /// As [`Log::transact`].
    pub async fn record(
        &self,
        name: &'static str,
        details: Object,
    ) -> Result<(EventId, Receipt), TransactError<DatabaseError>> {
        let operation = OperationEvent {
            id: fresh(self.shared.clock.as_ref()),
            name,
            decision: None,
            run: None,
            details,
        };
        let nothing = BTreeSet::new();
        let recorded = self
            .record_beside(&operation, nothing, |_| unchanged())
            .await?;
        Ok((operation.id, recorded.1))
    }

    /// One chunk of what an event has announced.
    async fn chunk<T, F>(&self, work: F) -> Result<T, TransactError<DatabaseError>>
    where
        F: for<'a> FnOnce(&'a Tx) -> BoxFuture<'a, Result<T, DbErr>> + Send,
        T: Send + 'static,
    {
        let commit = Commit {
            entries: Vec::new(),
            allowing: BTreeSet::new(),
            run: None,
            // It holds the head from its first row on.
            limits: Limits {
                patient: false,
                ..self.shared.run_limits()
            },
        };
        let deadline = Instant::now() + self.shared.options.run_deadline;
        let done = self
            .commit_by(deadline, commit, |tx| {
                let work = work(tx);
                async move { Ok((work.await?, Vec::new())) }.boxed()
            })
            .await;
        self.make_way().await;
        done.map(|(value, _)| value)
    }
}

fn unchanged<'a>() -> BoxFuture<'a, Result<((), Vec<Change>), DatabaseError>> {
    async { Ok(((), Vec::new())) }.boxed()
}

fn integer(count: u64) -> Result<Value, RetainError> {
    let number = Value::integer(count).map_err(EventError::from);
    Ok(number.map_err(TransactError::from)?)
}
