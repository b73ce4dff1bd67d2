//! The hash of a part of the stored tree, from the roots that are stored and the leaves between them.
//!
//! Apart from the proofs, which only name subtrees, because this reads. What it returns is as good as the
//! rows it was read from: whoever hands a proof out verifies it first.

use sea_orm::{ConnectionTrait, DbErr, Statement};

use super::head::stored;
use super::proof::Subtree;
use super::tree::{Frontier, Hash, STORED_LEVELS, node_hash};

/// The root of the subtree; its first leaf must be one at which a subtree of that size can begin.
///
/// # Errors
/// When the database fails, or has not all of its rows.
pub(super) async fn subtree_hash(
    db: &impl ConnectionTrait,
    range: &Subtree,
) -> Result<Hash, DbErr> {
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
async fn complete(db: &impl ConnectionTrait, start: u64, level: u32) -> Result<Hash, DbErr> {
    let below = STORED_LEVELS.iter().rev().find(|known| **known <= level);
    let step = below.copied().unwrap_or_default();
    let (first, count) = (start >> step, 1_u64 << (level - step));
    let (sql, mut values) = if below.is_some() {
        let sql =
            "SELECT hash FROM audit_node WHERE idx >= $1 AND idx < $2 AND level = $3 ORDER BY idx";
        (sql, vec![i64::from(step).into()])
    } else {
        let sql = "SELECT leaf FROM audit_event WHERE seq >= $1 AND seq < $2 ORDER BY seq";
        (sql, Vec::new())
    };
    values.splice(0..0, [stored(first).into(), stored(first + count).into()]);
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    let rows = db.query_all_raw(statement).await?;
    let mut tree = Frontier::default();
    for row in rows {
        let hash: Vec<u8> = row.try_get_by_index(0)?;
        let hash = Hash::try_from(hash).map_err(|_| DbErr::Type("a hash".to_owned()))?;
        tree.append(hash, &mut Vec::new());
    }
    if tree.size() == count {
        Ok(tree.root())
    } else {
        let what = format!(
            "some of the hashes of the events {start} to {}",
            start + (1 << level) - 1
        );
        Err(DbErr::RecordNotFound(what))
    }
}
