//! The hash of a part of the stored tree, from the roots that are stored and the leaves between them.
//!
//! Apart from the proofs, which only name subtrees, because this reads. What it returns is as good as the
//! rows it was read from: whoever hands a proof out verifies it first.

use sea_orm::{ConnectionTrait, DbErr, Statement};

use super::bundle::Place;
use super::head::stored;
use super::proof::Subtree;
use super::tree::{Frontier, Hash, STORED_LEVELS, node_hash};

/// The hash cannot be told.
#[derive(Debug)]
pub(super) enum Hole {
    /// A row is missing, or is not a hash.
    Row(Place),
    /// The database failed.
    Database(DbErr),
}

impl From<DbErr> for Hole {
    fn from(error: DbErr) -> Self {
        Self::Database(error)
    }
}

/// The root of the subtree; its first leaf must be one at which a subtree of that size can begin.
pub(super) async fn subtree_hash(db: &impl ConnectionTrait, range: &Subtree) -> Result<Hash, Hole> {
    let (mut start, mut parts) = (range.start, Vec::new());
    while start < range.end {
        let level = (range.end - start).ilog2();
        parts.push(complete(db, start, level).await?);
        start += 1 << level;
    }
    let mut parts = parts.into_iter().rev();
    let last = parts.next().unwrap_or_else(|| Frontier::default().root());
    Ok(parts.fold(last, |right, left| node_hash(&left, &right)))
}

/// The root of the 2^`level` leaves from `start` on.
async fn complete(db: &impl ConnectionTrait, start: u64, level: u32) -> Result<Hash, Hole> {
    let below = STORED_LEVELS.iter().rev().find(|known| **known <= level);
    let step = below.copied().unwrap_or_default();
    let (first, count) = (start >> step, 1_u64 << (level - step));
    let mut values = vec![stored(first).into(), stored(first + count).into()];
    let sql = if below.is_some() {
        values.push(i64::from(step).into());
        "SELECT idx, hash FROM audit_node WHERE idx >= $1 AND idx < $2 AND level = $3 ORDER BY idx"
    } else {
        "SELECT seq, leaf FROM audit_event WHERE seq >= $1 AND seq < $2 ORDER BY seq"
    };
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    let mut rows = db.query_all_raw(statement).await?.into_iter();
    let mut tree = Frontier::default();
    for index in first..first + count {
        let hole = || Hole::Row(Place::Between(index << step, (index + 1) << step));
        let row = rows.next().ok_or_else(hole)?;
        let hash: Vec<u8> = row.try_get_by_index(1)?;
        if row.try_get_by_index::<i64>(0)? != stored(index) {
            return Err(hole());
        }
        tree.append(Hash::try_from(hash).map_err(|_| hole())?, &mut Vec::new());
    }
    Ok(tree.root())
}
