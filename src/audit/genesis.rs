//! The first event of a log.

use std::collections::BTreeSet;

use futures_util::future::BoxFuture;
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr, Statement};

use super::append::{Memory, append};
use super::connection::{CommitError, Database, Limits, Tx};
use super::entry::{Entry, EntryError};
use super::fit::Unfit;
use super::head::{Failure, Fatal, Head};
use super::log::Log;
use super::receipt::Receipt;
use super::rows::write_exactly;
use super::state::{Known, TellError, tell};
use super::transact::{Effected, with_changes};
use domain::Instant;
use domain::Words;
use domain::clock::Clock;
use domain::id::EventId;
use domain::speaks::{Speaks, foreign};
use transparency::canonical::Object;
use transparency::event::{EventError, OperationEvent, PolicyEvent};
use transparency::tree::Frontier;

/// What a log begins with.
#[derive(Debug, Clone)]
pub struct Genesis {
    /// The id of event 0; the first changes name it as what allowed them.
    pub id: EventId,
    /// The log's name in checkpoints.
    pub origin: String,
    /// The first public key, as checkpoints name it.
    pub public_key: String,
    /// The policy set in force from the start.
    pub policy: PolicyEvent,
}

/// The log was not begun.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.words())]
pub enum GenesisError<E> {
    /// There is a log already.
    AlreadyThere,
    /// The first effect failed.
    Effect(E),
    /// Something is not to be recorded, or cannot be.
    #[error(transparent)]
    Invalid(#[from] EntryError),
    /// The log is not what it should be.
    #[error(transparent)]
    Fatal(#[from] Fatal),
    /// Nothing can be recorded for now.
    #[error(transparent)]
    Unfit(#[from] Unfit),
    /// The database failed.
    Database(#[from] DbErr),
}

impl<E> Speaks for GenesisError<E> {
    fn words(&self) -> Words {
        match self {
            Self::AlreadyThere => Words::new(
                "the database has a log already",
                "Databasen har redan en logg.",
            ),
            Self::Effect(_) => Words::new(
                "the first changes failed",
                "De första ändringarna gick inte att göra.",
            ),
            Self::Invalid(error) => error.words(),
            Self::Fatal(error) => error.words(),
            Self::Unfit(error) => error.words(),
            Self::Database(_) => Words::new("the database failed", "Databasen fungerade inte."),
        }
    }

    fn cause(&self) -> Option<Words> {
        match self {
            Self::Database(error) => Some(foreign(error)),
            Self::AlreadyThere
            | Self::Effect(_)
            | Self::Invalid(_)
            | Self::Fatal(_)
            | Self::Unfit(_) => None,
        }
    }
}

impl<E> From<EventError> for GenesisError<E> {
    fn from(error: EventError) -> Self {
        Self::Invalid(error.into())
    }
}

impl<E> From<Failure> for GenesisError<E> {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Fatal(fatal) => Self::Fatal(fatal),
            Failure::Database(error) => Self::Database(error),
            Failure::Unfit(unfit) => Self::Unfit(unfit),
        }
    }
}

impl Log {
    /// Begins the log: event 0, the policy set, and what `effect` changes (the first administrator),
    /// in one commit.
    ///
    /// # Errors
    /// When there is a log already, or nothing could be committed.
    pub async fn genesis<T, E, F>(
        db: &Database,
        clock: &dyn Clock,
        genesis: Genesis,
        effect: F,
    ) -> Result<(T, Receipt), GenesisError<E>>
    where
        F: for<'a> FnOnce(&'a Tx) -> BoxFuture<'a, Effected<T, E>> + Send,
    {
        let limits = Limits {
            statement: std::time::Duration::from_secs(10),
            patient: true,
        };
        let tx = db.begin_write(limits).await?;
        if Head::find(tx.connection()).await?.is_some() {
            tx.rollback(db).await;
            return Err(GenesisError::AlreadyThere);
        }
        let head = lay(tx.connection(), &genesis.origin).await?;
        let (value, changes) = match effect(&tx).await {
            Ok(effected) => effected,
            Err(error) => {
                tx.rollback(db).await;
                return Err(GenesisError::Effect(error));
            }
        };
        let told = tell(tx.connection(), changes)
            .await
            .map_err(|error| match error {
                TellError::Database(error) => GenesisError::Database(error),
                TellError::Entry(error) => error.into(),
            })?;
        let first = first_entries(&genesis)?;
        let allowing = BTreeSet::from([genesis.id]);
        let entries = with_changes(first, &allowing, None, told)?;
        let entries: Vec<&Entry> = entries.iter().collect();
        let appended = append(
            tx.connection(),
            &head,
            &entries,
            clock.now(),
            &Memory::default(),
            Some(&mut Known::nothing()),
        )
        .await?;
        let ids = entries.iter().map(|entry| entry.draft.id());
        let receipt = Receipt::new(appended.recorded_at, appended.first_seq, ids);
        match tx.commit(db).await {
            Ok(()) => Ok((value, receipt)),
            Err(CommitError::Replaced) => Err(Fatal::Replaced.into()),
            Err(CommitError::Unknown(error)) => Err(error.into()),
        }
    }
}

/// Lays down the head of an empty log.
async fn lay(tx: &DatabaseTransaction, origin: &str) -> Result<Head, DbErr> {
    let head = Head {
        frontier: Frontier::default(),
        last_t: Instant::from_micros(0),
        change_seq: 0,
        epoch: 0,
    };
    let statement = Statement::from_sql_and_values(
        tx.get_database_backend(),
        "INSERT INTO audit_head \
         (log_id, origin, size, root, frontier, last_t, change_seq, epoch, pruned_below) \
         VALUES (1, $1, 0, $2, $3, 0, 0, 0, 0)",
        [
            origin.into(),
            head.frontier.root().to_vec().into(),
            head.frontier.encode().into(),
        ],
    );
    write_exactly(tx, statement, 1).await?;
    Ok(head)
}

fn first_entries(genesis: &Genesis) -> Result<Vec<Entry>, EventError> {
    let event = OperationEvent {
        id: genesis.id,
        name: "genesis",
        decision: None,
        run: None,
        details: Object::new()
            .with("origin", genesis.origin.as_str())
            .with("policyDigest", genesis.policy.digest.as_str())
            .with("publicKey", genesis.public_key.as_str()),
    };
    Ok(vec![
        Entry::of_operation(&event)?,
        Entry::of_policy(&genesis.policy)?,
    ])
}
