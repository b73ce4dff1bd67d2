//! The rows that a notary looks at, each compared with what stands beside it.

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr, Statement};

use super::super::connection::SnapshotError;
use super::super::head::{number, stored};
use super::super::leaves::count;
use super::{Finding, NotaryError};
use transparency::checkpoint::SignedCheckpoint;
use transparency::keys::Keys;
use transparency::tree::{Frontier, Hash, leaf_hash};

/// The head of the log as the database has it.
pub(super) struct Head {
    pub(super) size: u64,
    pub(super) root: Vec<u8>,
    pub(super) frontier: Vec<u8>,
    pub(super) pruned_below: u64,
}

/// Reads the head.
pub(super) async fn head(tx: &DatabaseTransaction) -> Result<Head, NotaryError> {
    let sql = "SELECT size, root, frontier, pruned_below FROM audit_head WHERE log_id = 1";
    let row = tx
        .query_one_raw(Statement::from_string(tx.get_database_backend(), sql))
        .await?
        .ok_or(SnapshotError::NoLog)?;
    Ok(Head {
        size: number(&row, 0)?,
        root: row.try_get_by_index(1)?,
        frontier: row.try_get_by_index(2)?,
        pruned_below: number(&row, 3)?,
    })
}

/// The leaves of so many events, hashed from their bytes and compared with what is stored beside them.
pub(super) async fn page(
    tx: &DatabaseTransaction,
    from: u64,
    events: u64,
) -> Result<Vec<Hash>, NotaryError> {
    let statement = Statement::from_sql_and_values(
        tx.get_database_backend(),
        "SELECT seq, envelope, leaf FROM audit_event WHERE seq >= $1 AND seq < $2 ORDER BY seq",
        [stored(from).into(), stored(from + events).into()],
    );
    let rows = tx.query_all_raw(statement).await?;
    let mut leaves = Vec::with_capacity(rows.len());
    for (expected, row) in (from..).zip(&rows) {
        if number(row, 0)? != expected {
            return Err(Finding::Missing(expected).into());
        }
        let envelope: Vec<u8> = row.try_get_by_index(1)?;
        let stored: Vec<u8> = row.try_get_by_index(2)?;
        let leaf = leaf_hash(&envelope);
        if leaf.as_slice() != stored {
            return Err(Finding::Leaf(expected).into());
        }
        leaves.push(leaf);
    }
    let found = count(&leaves);
    if found < events {
        return Err(Finding::Missing(from + found).into());
    }
    Ok(leaves)
}

/// The greatest number in a column that is not below a bound.
pub(super) async fn greatest(
    tx: &DatabaseTransaction,
    column: &str,
    table: &str,
    bound: u64,
) -> Result<Option<u64>, DbErr> {
    let statement = Statement::from_sql_and_values(
        tx.get_database_backend(),
        format!("SELECT {column} FROM {table} WHERE {column} >= $1 ORDER BY {column} DESC LIMIT 1"),
        [stored(bound).into()],
    );
    let row = tx.query_one_raw(statement).await?;
    row.map(|row| number(&row, 0)).transpose()
}

/// Grows the tree by leaves and compares the checkpoints on the way.
pub(super) async fn grow(
    tx: &DatabaseTransaction,
    keys: &Keys,
    tree: &mut Frontier,
    leaves: &[Hash],
) -> Result<(), NotaryError> {
    let from = tree.size();
    let statement = Statement::from_sql_and_values(
        tx.get_database_backend(),
        "SELECT size, note FROM audit_checkpoint WHERE size > $1 AND size <= $2 ORDER BY size",
        [stored(from).into(), stored(from + count(leaves)).into()],
    );
    let mut notes = tx.query_all_raw(statement).await?.into_iter().peekable();
    for leaf in leaves {
        tree.append(*leaf, &mut Vec::new());
        let size = tree.size();
        while let Some(row) = notes.next_if(|row| number(row, 0).is_ok_and(|at| at == size)) {
            let note: String = row.try_get_by_index(1)?;
            let good = note.parse::<SignedCheckpoint>().is_ok_and(|note| {
                let claim = note.claim();
                claim.size == size && claim.root == tree.root() && keys.vouch_for(&note)
            });
            if !good {
                return Err(Finding::Checkpoint(size).into());
            }
        }
    }
    Ok(())
}
