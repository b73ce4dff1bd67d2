//! Going on from a backup: what was lost is said in the log, by two human beings, and a new epoch begins.
//!
//! Apart from the notary because each of the two must consent by itself: the log accounts for the loss here,
//! and a notary signs again only once it is told to accept it. What was lost stays provable by the notary's
//! memory of it, which is kept aside.

use std::collections::BTreeSet;

use data_encoding::HEXLOWER;
use futures_util::FutureExt as _;
use sea_orm::{ConnectionTrait, DbErr, Statement};
use tokio::time::Instant;

use super::accounted;
use super::connection::{DatabaseError, Snapshot};
use super::entry::Entry;
use super::head::stored;
use super::leaves::{Leaves, count};
use super::log::Log;
use super::pending::{Authorised, Pending};
use super::receipt::Receipt;
use super::transact::{Commit, TransactError, must_allow};
use domain::Words;
use domain::clock::fresh;
use domain::id::EventId;
use domain::speaks::{Speaks, foreign, words};
use transparency::account::RESTORED;
use transparency::canonical::{Object, Value};
use transparency::event::{EventError, OperationEvent, Principal};
use transparency::tree::{BLOCK, Frontier, Hash, leaf_hash};

/// How many leaves are compared at once.
const PAGE: u64 = 1_024;

/// There is nothing to adopt, or it cannot be told what.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.words())]
pub enum NotRestored {
    /// The log has everything that the notary has seen.
    NothingLost,
    /// They have nothing in common.
    AnotherLog,
    /// They part below what was pruned.
    Pruned(u64),
    /// The notary's memory cannot be read.
    Memory(#[from] std::io::Error),
    /// The database failed.
    Database(#[from] DbErr),
}

impl Speaks for NotRestored {
    fn words(&self) -> Words {
        match self {
            Self::NothingLost => Words::new(
                "the log has every event that the notary has seen: nothing was lost",
                "Loggen har varje händelse som notarien har sett. Inget har gått förlorat.",
            ),
            Self::AnotherLog => Words::new(
                "the log and the notary's memory differ from the first event on: they are of two logs",
                "Loggen och notariens minne skiljer sig redan från första händelsen. De hör till två olika loggar.",
            ),
            Self::Pruned(below) => words!(
                "the log and the notary's memory part below event {below}, where events were pruned",
                "Loggen och notariens minne skiljs åt före händelse {below}, där händelser är gallrade.",
                below
            ),
            Self::Memory(error) => words!(
                "the notary's memory cannot be read: {error}",
                "Notariens minne går inte att läsa. Orsak: {error}",
                error
            ),
            Self::Database(error) => words!(
                "the database failed: {error}",
                "Databasen fungerade inte. Orsak: {error}",
                error = foreign(error)
            ),
        }
    }
}

/// What a restore from a backup has lost, by the notary's memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loss {
    /// The epoch that begins when it is adopted.
    pub epoch: u64,
    /// How many events the log and what was lost have in common.
    pub common: u64,
    /// How many events there were.
    pub lost: u64,
    /// The root of so many events.
    pub root: Hash,
    /// The epoch that has begun with it, if the log accounts for it already.
    pub adopted: Option<u64>,
}

impl Loss {
    /// Compares the log with the notary's memory.
    ///
    /// # Errors
    /// When nothing was lost, it cannot be told what, or one of the two cannot be read.
    pub async fn find(snapshot: &Snapshot, memory: &mut Leaves) -> Result<Self, NotRestored> {
        let db = snapshot.connection();
        let account = accounted::read(db).await?;
        let lost = memory.count();
        let mut root = Frontier::default();
        let mut common = None;
        let mut at = 0;
        while at < lost {
            let remembered = memory.read(at, PAGE.min(lost - at))?;
            if common.is_none() {
                let same = in_common(db, at, &remembered, account.pruned_below()).await?;
                common = (same < count(&remembered)).then_some(at + same);
            }
            at += count(&remembered);
            root.extend(remembered);
        }
        match common {
            None => Err(NotRestored::NothingLost),
            Some(0) => Err(NotRestored::AnotherLog),
            Some(common) if common < account.pruned_below() => {
                Err(NotRestored::Pruned(account.pruned_below()))
            }
            Some(common) => {
                let root = root.root();
                let digits = HEXLOWER.encode(&root);
                let mut said = account.restorations.iter();
                let said = said
                    .find(|said| (said.common, said.lost, &said.root) == (common, lost, &digits));
                Ok(Self {
                    epoch: account.epoch() + 1,
                    common,
                    lost,
                    root,
                    adopted: said.map(|said| said.epoch),
                })
            }
        }
    }

    fn details(&self, by: &BTreeSet<String>, reason: &str) -> Result<Object, EventError> {
        let number = |count: u64| Value::integer(count).map_err(EventError::from);
        Ok(Object::new()
            .with("by", Value::set(by.iter().map(String::as_str)))
            .with("common", number(self.common)?)
            .with("epoch", number(self.epoch)?)
            .with("lost", number(self.lost)?)
            .with("reason", reason)
            .with("root", HEXLOWER.encode(&self.root).as_str()))
    }
}

/// How many of the leaves the log has too, from the first on.
async fn in_common(
    db: &impl ConnectionTrait,
    from: u64,
    remembered: &[Hash],
    pruned: u64,
) -> Result<u64, DbErr> {
    let to = from + count(remembered);
    let statement = |sql: &str, from: u64, to: u64| {
        let values = [stored(from).into(), stored(to).into()];
        Statement::from_sql_and_values(db.get_database_backend(), sql, values)
    };
    let mut same = 0;
    let gone = pruned.clamp(from, to);
    let sql = "SELECT hash FROM audit_node WHERE level = 8 AND idx >= $1 AND idx < $2 ORDER BY idx";
    let blocks = statement(sql, from / BLOCK, gone.div_ceil(BLOCK));
    let blocks = db.query_all_raw(blocks).await?;
    let (whole, _) = remembered.as_chunks::<256>();
    for (row, leaves) in blocks.iter().zip(whole) {
        let hash: Vec<u8> = row.try_get_by_index(0)?;
        let tree: Frontier = leaves.iter().copied().collect();
        if from + same >= gone || tree.root().as_slice() != hash {
            break;
        }
        same += BLOCK;
    }
    if from + same < gone {
        return Ok(same);
    }
    let sql = "SELECT envelope FROM audit_event WHERE seq >= $1 AND seq < $2 ORDER BY seq";
    let rows = db.query_all_raw(statement(sql, from + same, to)).await?;
    let rest = remembered
        .iter()
        .skip(usize::try_from(same).unwrap_or(usize::MAX));
    for (row, leaf) in rows.iter().zip(rest) {
        let envelope: Vec<u8> = row.try_get_by_index(0)?;
        if leaf_hash(&envelope) != *leaf {
            break;
        }
        same += 1;
    }
    Ok(same)
}

/// The leave of two different human beings to do the same thing.
#[derive(Debug)]
#[must_use = "decisions that are dropped were never recorded"]
pub struct TwoIndividuals {
    decisions: [Pending; 2],
    individuals: BTreeSet<String>,
}

/// They are not two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.words())]
pub struct NotTwo;

impl Speaks for NotTwo {
    fn words(&self) -> Words {
        Words::new(
            "two individuals are needed, and both times it is the same one, or no human being",
            "Det behövs två personer, och båda gångerna är det samma person eller ingen människa.",
        )
    }
}

impl TwoIndividuals {
    /// Takes two permits.
    ///
    /// # Errors
    /// When they are one human being's, or a service's.
    pub fn new<P: Authorised>(permits: [P; 2]) -> Result<Self, NotTwo> {
        let decisions = permits.map(Authorised::into_pending);
        let individual = |pending: &Pending| match &pending.event.principal {
            Principal::Known(party) => party.individual.map(|id| id.to_string()),
            Principal::Unknown(_) => None,
        };
        let individuals: BTreeSet<String> = decisions.iter().filter_map(individual).collect();
        if individuals.len() == 2 {
            Ok(Self {
                decisions,
                individuals,
            })
        } else {
            Err(NotTwo)
        }
    }
}

impl Log {
    /// Goes on from a backup: both decisions, the event that says what was lost and the new epoch are committed
    /// together. Every other process that has the log open stops, for it has seen more. The event.
    ///
    /// # Errors
    /// As [`Log::transact`].
    pub async fn adopt_restore(
        &self,
        by: TwoIndividuals,
        loss: &Loss,
        reason: &str,
    ) -> Result<(EventId, Receipt), TransactError<DatabaseError>> {
        let [first, second] = by.decisions;
        must_allow(&first)?;
        must_allow(&second)?;
        let operation = OperationEvent {
            id: fresh(self.shared.clock.as_ref()),
            name: RESTORED,
            decision: Some(first.id()),
            run: None,
            details: loss.details(&by.individuals, reason)?,
        };
        let id = operation.id;
        let entries = vec![
            Entry::of_decision(first, &self.shared.memory.facts)?,
            Entry::of_decision(second, &self.shared.memory.facts)?,
            Entry::of_operation(&operation)?,
        ];
        let commit = Commit {
            entries,
            allowing: BTreeSet::new(),
            run: None,
            limits: self.shared.run_limits(),
        };
        // What this process has seen is of the epoch that ends.
        self.shared.forget();
        let epoch = stored(loss.epoch);
        let deadline = Instant::now() + self.shared.options.run_deadline;
        let begun = self.commit_by(deadline, commit, move |tx| {
            async move {
                let sql = "UPDATE audit_head SET epoch = $1 WHERE log_id = 1 AND epoch = $1 - 1";
                let backend = tx.get_database_backend();
                let next = Statement::from_sql_and_values(backend, sql, [epoch.into()]);
                match tx.execute_raw(next).await?.rows_affected() {
                    1 => Ok(((), Vec::new())),
                    _ => Err(
                        DbErr::Custom("the log's epoch has changed meanwhile".to_owned()).into(),
                    ),
                }
            }
            .boxed()
        });
        Ok((id, begun.await?.1))
    }
}
