//! The register as it was: folded from the changes of the log, for whoever has it proved.
//!
//! Apart from the tree that commits are made from, which waits behind the head's lock: nobody who asks what was so
//! keeps anybody from changing what is. At most one register is folded at a time, and at most two are remembered: the
//! newest that was asked for, which only goes on from there, and one of earlier. So what is asked again costs nothing,
//! what is asked of now and then only what has changed since, and whoever gives up waiting leaves what was folded to
//! the next.

use sea_orm::DatabaseTransaction;
use tokio::sync::Mutex;
use transparency::state_root::{StateTree, spelled};

use super::root::{Known, RootError};

/// The registers that this process has folded: some four megabytes each, and 64 bytes for each thing.
#[derive(Debug, Default)]
pub struct Registers(Mutex<Remembered>);

#[derive(Debug, Default)]
struct Remembered {
    newest: Option<Known>,
    earlier: Option<Known>,
}

impl Registers {
    /// What is read of the register after the change of that seq, which has that root, in a log that was pruned below
    /// another.
    pub(in super::super) async fn after<T>(
        &self,
        db: &DatabaseTransaction,
        (seq, root): (u64, &str),
        pruned_below: u64,
        read: impl FnOnce(&StateTree) -> T,
    ) -> Result<T, RootError> {
        let below = seq + 1;
        let mut remembered = self.0.lock().await;
        let Remembered { newest, earlier } = &mut *remembered;
        let is_earlier = newest.as_ref().is_some_and(|known| known.below() > below);
        let place = if is_earlier { earlier } else { newest };
        // What was folded before a restore, or before what it stops at was pruned, does not lead here.
        let led =
            matches!(reached(place, db, below, pruned_below).await, Ok(known) if has(known, root));
        if !led {
            *place = None;
        }
        let known = reached(place, db, below, pruned_below).await;
        match known {
            Ok(known) if has(known, root) => Ok(read(known.tree())),
            Ok(_) => {
                *place = None;
                Err(RootError::Differs(seq))
            }
            Err(error) => {
                *place = None;
                Err(error)
            }
        }
    }
}

fn has(known: &Known, root: &str) -> bool {
    spelled(&known.tree().root()) == root
}

/// The register of that place, gone on to a seq, or folded anew where it is beyond.
async fn reached<'a>(
    place: &'a mut Option<Known>,
    db: &DatabaseTransaction,
    below: u64,
    pruned_below: u64,
) -> Result<&'a Known, RootError> {
    if place.as_ref().is_some_and(|known| known.below() > below) {
        *place = None;
    }
    let known = place.get_or_insert_with(|| Known::before_all(pruned_below));
    known.catch_up(db, below).await?;
    Ok(known)
}
