//! Events that were pruned: what the notary remembers of them against what stays of them.

use sea_orm::{ConnectionTrait, DatabaseTransaction, Statement};

use super::super::accounted;
use super::super::head::{number, stored};
use super::super::subtree::{Hole, subtree_hash};
use super::{Finding, Notary, NotaryError};
use transparency::tree::{BLOCK, Frontier, Hash, leaf_hash};

impl Notary {
    /// Below which seq events may be missing: as far as the head says, and an event accounts for that is the one
    /// that was recorded. Whoever alters events can alter the head's number too.
    pub(super) async fn gone(
        &mut self,
        tx: &DatabaseTransaction,
        said: u64,
    ) -> Result<u64, NotaryError> {
        if said == 0 {
            return Ok(0);
        }
        let account = accounted::read(tx).await?;
        let mut gone = 0;
        for pruning in &account.prunings {
            if pruning.below > gone && self.is_recorded(tx, pruning.seq).await? {
                gone = pruning.below;
            }
        }
        Ok(gone.min(said / BLOCK * BLOCK))
    }

    /// Whether an event has the bytes that were seen, if it was seen before; if not it is looked at next.
    async fn is_recorded(
        &mut self,
        tx: &DatabaseTransaction,
        seq: u64,
    ) -> Result<bool, NotaryError> {
        let Some(remembered) = self.leaves.read(seq, 1)?.pop() else {
            return Ok(true);
        };
        let statement = Statement::from_sql_and_values(
            tx.get_database_backend(),
            "SELECT envelope FROM audit_event WHERE seq = $1",
            [stored(seq).into()],
        );
        let row = tx.query_one_raw(statement).await?;
        let envelope: Option<Vec<u8>> = row.map(|row| row.try_get_by_index(0)).transpose()?;
        Ok(envelope.is_some_and(|envelope| leaf_hash(&envelope) == remembered))
    }

    /// Compares what is remembered of a block that was pruned with what stays of it.
    pub(super) async fn block(
        &mut self,
        tx: &DatabaseTransaction,
        start: u64,
    ) -> Result<(), NotaryError> {
        let remembered = self.leaves.read(start, BLOCK)?;
        let tree: Frontier = remembered.iter().copied().collect();
        match subtree_hash(tx, &(start..start + BLOCK)).await {
            Ok(stays) if stays == tree.root() => {}
            Err(Hole::Database(error)) => return Err(error.into()),
            Ok(_) | Err(Hole::Row(_) | Hole::Pruned(_)) => {
                let last = start + BLOCK - 1;
                return Err(Finding::Block { first: start, last }.into());
            }
        }
        let stays = Statement::from_sql_and_values(
            tx.get_database_backend(),
            "SELECT seq, envelope FROM audit_event WHERE seq >= $1 AND seq < $2 ORDER BY seq",
            [stored(start).into(), stored(start + BLOCK).into()],
        );
        for row in tx.query_all_raw(stays).await? {
            let seq = number(&row, 0)?;
            let envelope: Vec<u8> = row.try_get_by_index(1)?;
            if leaf_at(&remembered, seq - start) != Some(leaf_hash(&envelope)) {
                return Err(Finding::Exchanged(seq).into());
            }
        }
        Ok(())
    }
}

fn leaf_at(leaves: &[Hash], index: u64) -> Option<Hash> {
    leaves.get(usize::try_from(index).ok()?).copied()
}
