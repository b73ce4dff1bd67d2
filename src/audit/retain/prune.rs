//! Pruning: events go in whole blocks, their roots stay, and so do the few that others are judged by.

use std::collections::BTreeMap;

use futures_util::FutureExt as _;
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr, QueryResult, Statement, Value};
use serde::Deserialize;

use super::super::accounted;
use super::super::head::{number, stored};
use super::super::log::Log;
use super::super::subtree::{Hole, subtree_hash};
use super::plan::PrunePlan;
use super::{Disposal, RetainError, facts};
use domain::Instant;
use domain::Words;
use domain::speaks::words;
use transparency::account::{PRUNE, PRUNED, STAYS};
use transparency::canonical::Object;
use transparency::proof::path_within;
use transparency::tree::{BLOCK, Frontier, Hash, leaf_hash};

/// What stays when the events around it go: what others are judged by, and what told last of a thing of the register
/// among all that goes: from there the register is folded.
fn is_to_stay(kind: &str, action: Option<&str>, is_latest: bool) -> bool {
    is_latest || kind == "operation" && action.is_some_and(|action| STAYS.contains(&action))
}

/// Day, outcome, primary reason, system and level.
type Count = (String, String, String, String, i64);

impl Log {
    /// Prunes what the plan says. The seq of the event that accounts for it.
    ///
    /// # Errors
    /// When bundles do not hold all of it, the log was altered or cannot be written; what was begun can be
    /// resumed.
    pub async fn prune(&self, plan: PrunePlan, disposal: &Disposal) -> Result<u64, RetainError> {
        plan.is_held()?;
        let (id, receipt) = self.record(PRUNE, plan.details(disposal)?).await?;
        self.prune_below(plan.events().end, &id.to_string()).await?;
        Ok(receipt.seq(id).unwrap_or_default())
    }

    /// Finishes the pruning that was cut off. The seq of the event that accounts for it.
    ///
    /// # Errors
    /// As [`Log::prune`], or there is none.
    pub async fn resume_pruning(&self) -> Result<u64, RetainError> {
        let snapshot = self.shared.db.snapshot().await?;
        let account = accounted::read(snapshot.connection()).await?;
        drop(snapshot);
        let open = account.unfinished_pruning();
        let open = open.ok_or(RetainError::NothingOpen)?;
        self.prune_below(open.below, &open.id).await?;
        Ok(open.seq)
    }

    async fn prune_below(&self, below: u64, event: &str) -> Result<(), RetainError> {
        loop {
            let pruned = self.chunk(move |tx| some(tx, below).boxed()).await?;
            match pruned {
                Pruned::ToBelow => break,
                Pruned::Some => {}
                Pruned::Not(why) => return Err(RetainError::Altered(why)),
            }
        }
        let snapshot = self.shared.db.snapshot().await?;
        let month = facts::month_at(snapshot.connection(), below).await?;
        drop(snapshot);
        self.take_facts(&month).await?;
        self.shared.db.rewrite().await?;
        let done = Object::new().with("prune", event);
        self.record(PRUNED, done).await?;
        Ok(())
    }
}

/// How far it has come.
enum Pruned {
    /// There is more.
    Some,
    /// Everything is gone.
    ToBelow,
    /// A block is not the one that was recorded: nothing of it was touched.
    Not(Words),
}

/// Prunes the next block.
async fn some(tx: &DatabaseTransaction, below: u64) -> Result<Pruned, DbErr> {
    let sql = "SELECT pruned_below FROM audit_head WHERE log_id = 1";
    let row = tx.query_one_raw(statement(tx, sql, [])).await?;
    let start = row.map_or(Ok(0), |row| number(&row, 0))?;
    if start >= below {
        return Ok(Pruned::ToBelow);
    }
    let block = match Block::read(tx, start, below).await? {
        Ok(block) => block,
        Err(why) => return Ok(Pruned::Not(why)),
    };
    block.go(tx).await?;
    Ok(Pruned::Some)
}

/// A block, as far as it has to be known to take it away.
#[derive(Default)]
struct Block {
    start: u64,
    leaves: Vec<Hash>,
    stay: Vec<u64>,
    counts: BTreeMap<Count, i64>,
    listed: BTreeMap<u64, Vec<String>>,
}

#[derive(Deserialize)]
struct Listing {
    #[serde(default)]
    listed: Vec<String>,
}

impl Block {
    /// Reads the block that begins at that seq, of those that go below another; why it is not the one that was
    /// recorded.
    async fn read(
        tx: &DatabaseTransaction,
        start: u64,
        below: u64,
    ) -> Result<Result<Self, Words>, DbErr> {
        let sql = "SELECT seq, kind, action, t_us, outcome, policy, system, level, envelope, CASE WHEN kind = 'change' \
             AND NOT EXISTS (SELECT 1 FROM audit_event l WHERE l.resource_id = e.resource_id \
             AND l.kind = 'change' AND l.seq > e.seq AND l.seq < $3) THEN 1 ELSE 0 END \
             FROM audit_event e WHERE seq >= $1 AND seq < $2 ORDER BY seq";
        let bounds = [start, start + BLOCK, below].map(|seq| stored(seq).into());
        let mut block = Self {
            start,
            ..Self::default()
        };
        for row in tx.query_all_raw(statement(tx, sql, bounds)).await? {
            let envelope: Vec<u8> = row.try_get_by_index(8)?;
            block.leaves.push(leaf_hash(&envelope));
            block.event(&row, &envelope)?;
        }
        let tree: Frontier = block.leaves.iter().copied().collect();
        match subtree_hash(tx, &(start..start + BLOCK)).await {
            Ok(node) if tree.size() == BLOCK && node == tree.root() => return Ok(Ok(block)),
            Err(Hole::Database(error)) => return Err(error),
            Ok(_) | Err(Hole::Row(_) | Hole::Pruned(_)) => {}
        }
        Ok(Err(words!(
            "the events {start} to {last} are not those of their stored node",
            "Händelserna {start} till {last} stämmer inte med sin sparade nod.",
            start,
            last = start + BLOCK - 1
        )))
    }

    fn event(&mut self, row: &QueryResult, envelope: &[u8]) -> Result<(), DbErr> {
        let seq = number(row, 0)?;
        let kind: String = row.try_get_by_index(1)?;
        let action: Option<String> = row.try_get_by_index(2)?;
        let is_latest = row.try_get_by_index::<i32>(9)? == 1;
        if is_to_stay(&kind, action.as_deref(), is_latest) {
            self.stay.push(seq);
        }
        if let Some(outcome) = row.try_get_by_index::<Option<String>>(4)? {
            let at = Instant::from_micros(row.try_get_by_index(3)?);
            let policy: Option<String> = row.try_get_by_index(5)?;
            let system: Option<String> = row.try_get_by_index(6)?;
            let level: Option<i64> = row.try_get_by_index(7)?;
            let count = (
                at.date().to_string(),
                outcome,
                policy.unwrap_or_default(),
                system.unwrap_or_default(),
                level.unwrap_or_default(),
            );
            *self.counts.entry(count).or_default() += 1;
        }
        let listing = serde_json::from_slice::<Listing>(envelope);
        if let Ok(Listing { listed }) = listing
            && !listed.is_empty()
        {
            self.listed.insert(seq, listed);
        }
        Ok(())
    }

    /// Takes it away. The head first: whoever appends waits for it, and for nothing after it.
    async fn go(&self, tx: &DatabaseTransaction) -> Result<(), DbErr> {
        let Self { start, .. } = *self;
        let end = start + BLOCK;
        let sql = "UPDATE audit_head SET pruned_below = $1 WHERE log_id = 1 AND pruned_below = $2";
        let moved = run(tx, sql, [stored(end).into(), stored(start).into()]).await?;
        if moved != 1 {
            return Err(DbErr::Custom("the head has moved meanwhile".to_owned()));
        }
        for seq in &self.stay {
            let at = usize::try_from(seq - start).unwrap_or(usize::MAX);
            let path = path_within(&self.leaves, at).unwrap_or_default().concat();
            let sql = "INSERT INTO audit_kept (seq, path) VALUES ($1, $2)";
            run(tx, sql, [stored(*seq).into(), path.into()]).await?;
        }
        let bounds = || [stored(start).into(), stored(end).into()];
        let stay: Vec<String> = self.stay.iter().map(u64::to_string).collect();
        let stay = if stay.is_empty() {
            String::new()
        } else {
            format!(" AND seq NOT IN ({})", stay.join(", "))
        };
        let sql = format!("DELETE FROM audit_slot WHERE seq >= $1 AND seq < $2{stay}");
        run(tx, &sql, bounds()).await?;
        for (seq, listed) in &self.listed {
            let mut values: Vec<Value> = vec![stored(*seq).into()];
            values.extend(listed.iter().map(|id| id.as_str().into()));
            let ids: Vec<String> = (2..=values.len()).map(|n| format!("${n}")).collect();
            let sql = format!(
                "DELETE FROM audit_listed WHERE seq = $1 AND resource_id IN ({})",
                ids.join(", ")
            );
            run(tx, &sql, values).await?;
        }
        self.uncount(tx).await?;
        let sql = format!("DELETE FROM audit_event WHERE seq >= $1 AND seq < $2{stay}");
        run(tx, &sql, bounds()).await?;
        Ok(())
    }

    /// The counts are of what is there.
    async fn uncount(&self, tx: &DatabaseTransaction) -> Result<(), DbErr> {
        let of = "day = $1 AND outcome = $2 AND reason = $3 AND system = $4 AND level = $5";
        for ((day, outcome, reason, system, level), count) in &self.counts {
            let key: Vec<Value> = vec![
                day.as_str().into(),
                outcome.as_str().into(),
                reason.as_str().into(),
                system.as_str().into(),
                (*level).into(),
                (*count).into(),
            ];
            let fewer = format!("UPDATE audit_rollup SET count = count - $6 WHERE {of}");
            run(tx, &fewer, key.clone()).await?;
            let none = format!("DELETE FROM audit_rollup WHERE {of} AND count = 0");
            run(tx, &none, key.into_iter().take(5)).await?;
        }
        Ok(())
    }
}

fn statement(
    tx: &DatabaseTransaction,
    sql: &str,
    values: impl IntoIterator<Item = Value>,
) -> Statement {
    Statement::from_sql_and_values(tx.get_database_backend(), sql, values)
}

async fn run(
    tx: &DatabaseTransaction,
    sql: &str,
    values: impl IntoIterator<Item = Value>,
) -> Result<u64, DbErr> {
    let done = tx.execute_raw(statement(tx, sql, values)).await?;
    Ok(done.rows_affected())
}
