//! The hash of a part of the stored tree, from the roots that are stored and the leaves between them.
//!
//! Apart from the proofs, which only name subtrees, because this reads. What it returns is as good as the
//! rows it was read from: whoever hands a proof out verifies it first.

use sea_orm::{ConnectionTrait, DbErr, QueryResult, Statement};

use super::head::{number, stored};
use transparency::bundle::Place;
use transparency::proof::{Subtree, inclusion};
use transparency::tree::{BLOCK_LEVEL, Frontier, Hash, STORED_LEVELS, node_hash};

/// The hash cannot be told.
#[derive(Debug)]
pub(super) enum Hole {
    /// A row is missing, or is not a hash.
    Row(Place),
    /// It takes events below that seq, which were pruned.
    Pruned(u64),
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

/// The hashes that prove an event to be in a tree of `size`, the lowest first; `None`: there is no such event.
pub(super) async fn inclusion_path(
    db: &impl ConnectionTrait,
    seq: u64,
    size: u64,
) -> Result<Option<Vec<Hash>>, Hole> {
    let Some(subtrees) = inclusion(seq, size) else {
        return Ok(None);
    };
    // What stays of a pruned block stays with its own path up to the block's root.
    let mut path = kept_path(db, seq).await?;
    for subtree in subtrees.iter().skip(path.len()) {
        path.push(subtree_hash(db, subtree).await?);
    }
    Ok(Some(path))
}

/// The path within its block that is kept of an event, if one is.
async fn kept_path(db: &impl ConnectionTrait, seq: u64) -> Result<Vec<Hash>, Hole> {
    let sql = "SELECT path FROM audit_kept WHERE seq = $1";
    let values = [stored(seq).into()];
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    let Some(row) = db.query_one_raw(statement).await? else {
        return Ok(Vec::new());
    };
    let path: Vec<u8> = row.try_get_by_index(0)?;
    match path.as_chunks::<32>() {
        (hashes, []) if u32::try_from(hashes.len()) == Ok(BLOCK_LEVEL) => Ok(hashes.to_vec()),
        _ => Err(Hole::Row(Place::Event(seq))),
    }
}

/// Why a part of the tree is not there.
async fn hole(db: &impl ConnectionTrait, place: Subtree) -> Hole {
    let sql = "SELECT pruned_below FROM audit_head WHERE log_id = 1";
    let statement = Statement::from_string(db.get_database_backend(), sql);
    let below = db
        .query_one_raw(statement)
        .await
        .and_then(|row| row.map_or(Ok(0), |row| number(&row, 0)));
    match below {
        Ok(below) if place.start < below => Hole::Pruned(below),
        Ok(_) => Hole::Row(Place::Between(place.start, place.end)),
        Err(error) => Hole::Database(error),
    }
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
        let place = (index << step)..((index + 1) << step);
        let Some(hash) = hash(rows.next(), index)? else {
            return Err(hole(db, place).await);
        };
        tree.append(hash, &mut Vec::new());
    }
    Ok(tree.root())
}

/// The hash of the row, if it is the one of that number.
fn hash(row: Option<QueryResult>, index: u64) -> Result<Option<Hash>, DbErr> {
    let Some(row) = row else { return Ok(None) };
    let hash: Vec<u8> = row.try_get_by_index(1)?;
    let is_next = row.try_get_by_index::<i64>(0)? == stored(index);
    Ok(Hash::try_from(hash).ok().filter(|_| is_next))
}
