//! The register's root as this process knows it: folded from the changes of the log, and onwards with each.
//!
//! A change commits under the root of the whole register after it, so it takes the tree at the head. What is not known
//! yet is read once, by the last event of each thing; what others have changed meanwhile, by their events. What was
//! folded for a commit of which nothing is known is thrown away.

use std::collections::BTreeMap;

use domain::Words;
use domain::speaks::{Speaks, words};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr, Statement};
use transparency::canonical::Value;
use transparency::state_root::{StateTree, spelled, told};
use transparency::tree::Hash;

use super::super::head::{Failure, Fatal, number, stored};

/// How many events are read at once.
const PAGE: u64 = 4_096;

/// The changes that some seqs lie between; the first condition is the one of the index.
const CHANGES: &str = "SELECT seq, envelope FROM audit_event WHERE kind IN ('change', 'policy') \
    AND kind = 'change' AND seq >= $1 AND seq < $2 ORDER BY seq";

/// The register's tree after the changes below a seq.
#[derive(Debug)]
pub(in super::super) struct Known {
    tree: StateTree,
    below: u64,
    /// Below which seq only those changes are there that told last of their things.
    pruned_below: u64,
}

/// Why the register's tree is not known.
#[derive(Debug, thiserror::Error)]
pub(in super::super) enum RootError {
    /// The log cannot be read.
    #[error(transparent)]
    Database(#[from] DbErr),
    /// The changes do not give the root that one of them has.
    #[error("the changes up to event {0} do not give its root")]
    Differs(u64),
    /// An event that is called a change tells of nothing.
    #[error("event {0} is no change")]
    NoChange(u64),
}

impl Speaks for RootError {
    fn words(&self) -> Words {
        match self {
            Self::Database(_) => {
                Words::new("the log could not be read", "Loggen gick inte att läsa.")
            }
            Self::Differs(seq) => words!(
                "the changes up to event {seq} do not give the root of the register that it has",
                "Ändringarna till och med händelse {seq} ger inte den registerrot som den har.",
                seq = *seq
            ),
            Self::NoChange(seq) => words!(
                "event {seq} is called a change and tells of nothing",
                "Händelse {seq} kallas en ändring men berättar inte om något.",
                seq = *seq
            ),
        }
    }
}

impl From<RootError> for Failure {
    fn from(error: RootError) -> Self {
        match error {
            RootError::Database(error) => error.into(),
            RootError::Differs(seq) | RootError::NoChange(seq) => {
                tracing::error!(seq, %error, "the log does not tell the register");
                Fatal::Register(seq).into()
            }
        }
    }
}

impl Known {
    /// Of a log that has not begun.
    pub(in super::super) fn nothing() -> Self {
        Self {
            tree: StateTree::default(),
            below: 0,
            pruned_below: 0,
        }
    }

    /// After all changes below that seq: those that each thing was told of last, if they give the root; else all of
    /// them, one after the other.
    pub(in super::super) async fn load(
        db: &DatabaseTransaction,
        below: u64,
    ) -> Result<Self, RootError> {
        let mut known = Self {
            below,
            ..Self::nothing()
        };
        let sql = "SELECT e.seq, e.envelope FROM audit_latest l JOIN audit_event e ON e.seq = l.seq \
            WHERE e.seq >= $1 AND e.seq < $2 ORDER BY e.seq LIMIT 4096";
        let mut from = 0;
        loop {
            let rows = query(db, sql, from, below).await?;
            let Some((last, _)) = rows.last() else { break };
            from = last + 1;
            // Whatever else it may name is found by the root.
            let read = rows
                .iter()
                .filter_map(|(seq, envelope)| read(*seq, envelope).ok());
            known.set(read.map(|(thing, digest, _)| (thing, digest)));
        }
        let last = last_root(db, below).await?;
        if last.is_none_or(|last| last == spelled(&known.tree.root())) {
            return Ok(known);
        }
        tracing::warn!("`audit_latest` does not give the register's root: every change is read");
        let mut known = Self::before_all(pruned_below(db).await?);
        known.catch_up(db, below).await?;
        Ok(known)
    }

    /// Before the first change of a log that was pruned below that seq.
    pub(in super::super) fn before_all(pruned_below: u64) -> Self {
        Self {
            pruned_below,
            ..Self::nothing()
        }
    }

    /// The tree.
    pub(in super::super) const fn tree(&self) -> &StateTree {
        &self.tree
    }

    /// Below which seq every change is in it, and none from there on.
    pub(in super::super) const fn below(&self) -> u64 {
        self.below
    }

    /// Goes on to that seq.
    pub(in super::super) async fn catch_up(
        &mut self,
        db: &DatabaseTransaction,
        below: u64,
    ) -> Result<(), RootError> {
        let sql = format!("{CHANGES} LIMIT {PAGE}");
        while self.below < below {
            let rows = query(db, &sql, self.below, below).await?;
            let more = rows.len() as u64 == PAGE;
            let next = rows.last().map_or(below, |(seq, _)| seq + 1);
            let mut things = BTreeMap::new();
            for (seq, envelope) in rows {
                let (thing, digest, root) = read(seq, &envelope)?;
                things.insert(thing, digest);
                if let Some(root) = root
                    && seq >= self.pruned_below
                {
                    self.set(std::mem::take(&mut things));
                    if root != spelled(&self.tree.root()) {
                        return Err(RootError::Differs(seq));
                    }
                }
            }
            self.set(things);
            self.below = if more { next } else { below };
        }
        Ok(())
    }

    fn set(&mut self, things: impl IntoIterator<Item = (String, Hash)>) {
        let things: Vec<(String, Hash)> = things.into_iter().collect();
        let things = things.iter();
        self.tree
            .set(things.map(|(thing, digest)| (thing.as_str(), *digest)));
    }

    /// The root after those changes, which are committed up to that seq.
    pub(in super::super) fn root_after(
        &mut self,
        things: impl IntoIterator<Item = (String, Hash)>,
        below: u64,
    ) -> Hash {
        self.set(things);
        self.below = below;
        self.tree.root()
    }
}

async fn pruned_below(db: &DatabaseTransaction) -> Result<u64, DbErr> {
    let sql = "SELECT pruned_below FROM audit_head WHERE log_id = 1";
    let statement = Statement::from_string(db.get_database_backend(), sql);
    let row = db.query_one_raw(statement).await?;
    row.map_or(Ok(0), |row| number(&row, 0))
}

/// A thing, what it is, and the root that its change has, if it has one.
fn read(seq: u64, envelope: &[u8]) -> Result<(String, Hash, Option<String>), RootError> {
    let no_change = || RootError::NoChange(seq);
    let envelope = Value::parse(envelope).map_err(|_| no_change())?;
    let (thing, digest) = told(&envelope).ok_or_else(no_change)?;
    let root = envelope.as_object().and_then(|own| own.get("root"));
    let root = root.and_then(Value::as_text).map(str::to_owned);
    Ok((thing, digest, root))
}

/// The last root that a change has.
async fn last_root(db: &DatabaseTransaction, below: u64) -> Result<Option<String>, RootError> {
    let sql = format!("{CHANGES} DESC LIMIT 1");
    let last = query(db, &sql, 0, below).await?.pop();
    let Some((seq, envelope)) = last else {
        return Ok(None);
    };
    let (.., root) = read(seq, &envelope)?;
    root.map(Some).ok_or(RootError::Differs(seq))
}

async fn query(
    db: &DatabaseTransaction,
    sql: &str,
    from: u64,
    below: u64,
) -> Result<Vec<(u64, Vec<u8>)>, DbErr> {
    let values = [stored(from).into(), stored(below).into()];
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    let rows = db.query_all_raw(statement).await?;
    rows.iter()
        .map(|row| Ok((number(row, 0)?, row.try_get_by_index(1)?)))
        .collect()
}
