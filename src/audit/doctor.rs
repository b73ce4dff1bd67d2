//! What is wrong with a log, what it can mean, and what a human being can do about it.
//!
//! Apart from the inspection, which looks at everything and names it: this looks at what stops a service or a
//! notary, in seconds, and explains. It repairs nothing, and neither does anything else: whoever repairs a log
//! by a program has a program that forges logs. To explain one more thing: a [`Finding`] with its words.

use sea_orm::{ConnectionTrait, DbErr, Statement};

use super::account::Account;
use super::connection::Snapshot;
use super::head::{number, stored};
use super::leaves::Leaves;
use super::prove::{self, ProveError};
use super::restore::{Loss, NotRestored};
use super::subtree::{Hole, subtree_hash};
use super::tree::{BLOCK, Frontier};

/// Something that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What differs.
    pub what: String,
    /// What it can mean.
    pub means: &'static str,
    /// What a human being can do.
    pub remedy: &'static str,
    /// Whether the log was altered, as far as this can tell; else something was only cut off.
    pub is_alteration: bool,
}

/// The log could not be looked at.
#[derive(Debug, thiserror::Error)]
pub enum DoctorError {
    /// The database failed.
    #[error("the database failed: {0}")]
    Database(#[from] DbErr),
    /// The notary's memory cannot be read.
    #[error("the notary's memory cannot be read: {0}")]
    Memory(#[from] std::io::Error),
}

const HEAD: &str = "The head is written in one commit with the events. A row of it, or of the events, was \
    changed by another hand than the service's, or the disk has lost something.";
const HEAD_REMEDY: &str = "Stop every server and keep a copy of the database as it is. Run `behorig log verify \
    --database` with the notary's file: it names what was altered. Then restore the last good backup and run \
    `behorig log adopt-restore`.";
const CUT: &str = "An older state of the database has taken the place of the one that was recorded: a restore \
    from backup, or somebody who cut the log's tail off.";
const CUT_REMEDY: &str = "If it was your restore: run `behorig log adopt-restore` with the notary's file and the \
    tokens of two human beings, start every server again, and the notary with --accept-restore. If it was not: \
    stop every server, keep a copy of the database, and call whoever handles incidents.";
const UNACCOUNTED: &str = "The head claims something that no event of the log accounts for: it was changed by \
    another hand than the service's.";
const CUT_OFF: &str = "The process that did it has ended before it was done. Nothing is lost, and everything \
    that is gone is accounted for.";

/// Looks at what stops a service or a notary.
///
/// # Errors
/// When the database fails or the notary's memory cannot be read.
pub async fn examine(
    snapshot: &Snapshot,
    memory: Option<&mut Leaves>,
) -> Result<Vec<Finding>, DoctorError> {
    let db = snapshot.connection();
    let account = Account::read(db).await?;
    let mut found = Vec::new();
    if let Some(finding) = head(db, &account).await? {
        found.push(finding);
    }
    found.extend(newest(db, snapshot.log_size()).await?);
    found.extend(tail(db, snapshot.log_size()).await?);
    if let Some(memory) = memory {
        found.extend(remembered(snapshot, memory).await?);
    }
    found.extend(cut_off(&account));
    Ok(found)
}

fn alteration(what: impl Into<String>, means: &'static str, remedy: &'static str) -> Finding {
    Finding {
        what: what.into(),
        means,
        remedy,
        is_alteration: true,
    }
}

/// Whether the head is one, and the tree's.
async fn head(
    db: &impl ConnectionTrait,
    account: &Account,
) -> Result<Option<Finding>, DoctorError> {
    let sql = "SELECT size, root, frontier, epoch, pruned_below FROM audit_head WHERE log_id = 1";
    let statement = Statement::from_string(db.get_database_backend(), sql);
    let Some(row) = db.query_one_raw(statement).await? else {
        let what = "the log has no head";
        return Ok(Some(alteration(what, HEAD, HEAD_REMEDY)));
    };
    let size = number(&row, 0)?;
    let root: Vec<u8> = row.try_get_by_index(1)?;
    let frontier: Vec<u8> = row.try_get_by_index(2)?;
    let frontier = Frontier::decode(size, &frontier);
    if !frontier.is_ok_and(|frontier| frontier.root().as_slice() == root) {
        let what = format!("the head's frontier does not give its root of {size} events");
        return Ok(Some(alteration(what, HEAD, HEAD_REMEDY)));
    }
    match subtree_hash(db, &(0..size)).await {
        Ok(hash) if hash.as_slice() == root => {}
        Err(Hole::Database(error)) => return Err(error.into()),
        Ok(_) | Err(Hole::Row(_) | Hole::Pruned(_)) => {
            let what = format!("the stored tree does not give the head's root of {size} events");
            return Ok(Some(alteration(what, HEAD, HEAD_REMEDY)));
        }
    }
    let (epoch, below): (i64, i64) = (row.try_get_by_index(3)?, row.try_get_by_index(4)?);
    if epoch != stored(account.epoch()) {
        let what = format!(
            "the head is of epoch {epoch}, and the log accounts for {}",
            account.epoch()
        );
        return Ok(Some(alteration(what, UNACCOUNTED, HEAD_REMEDY)));
    }
    if below > stored(account.pruned_below()) || below % stored(BLOCK) != 0 {
        let what = format!(
            "the head says that the events below {below} were pruned, and the log accounts for those below {}",
            account.pruned_below()
        );
        return Ok(Some(alteration(what, UNACCOUNTED, HEAD_REMEDY)));
    }
    Ok(None)
}

/// Whether the newest checkpoint is of this log.
async fn newest(db: &impl ConnectionTrait, size: u64) -> Result<Option<Finding>, DoctorError> {
    let unreadable = |what: String| Ok(Some(alteration(what, HEAD, HEAD_REMEDY)));
    let checkpoint = match prove::checkpoint(db, None).await {
        Ok(Some(checkpoint)) => checkpoint,
        Ok(None) => return Ok(None),
        Err(ProveError::Database(error)) => return Err(error.into()),
        Err(error) => return unreadable(error.to_string()),
    };
    let claim = checkpoint.claim();
    if claim.size > size {
        let what = format!(
            "the newest checkpoint is of {} events, and there are {size}",
            claim.size
        );
        return Ok(Some(alteration(what, CUT, CUT_REMEDY)));
    }
    match prove::keys(db).await {
        Ok(keys) if keys.vouch_for(&checkpoint) => {}
        Err(ProveError::Database(error)) => return Err(error.into()),
        Ok(_) => {
            return unreadable("the log's key has not signed the newest checkpoint".to_owned());
        }
        Err(error) => return unreadable(error.to_string()),
    }
    match subtree_hash(db, &(0..claim.size)).await {
        Ok(hash) if hash == claim.root => Ok(None),
        // It ended within what was pruned: the notary's file would tell.
        Err(Hole::Pruned(_)) => Ok(None),
        Err(Hole::Database(error)) => Err(error.into()),
        Ok(_) | Err(Hole::Row(_)) => {
            let what = format!(
                "the events do not give the root of the newest checkpoint, of {} events",
                claim.size
            );
            Ok(Some(alteration(what, CUT, CUT_REMEDY)))
        }
    }
}

/// Whether the events end where the head says.
async fn tail(db: &impl ConnectionTrait, size: u64) -> Result<Option<Finding>, DoctorError> {
    let sql = "SELECT MAX(seq) FROM audit_event";
    let statement = Statement::from_string(db.get_database_backend(), sql);
    let row = db.query_one_raw(statement).await?;
    let last: Option<i64> = row.map_or(Ok(None), |row| row.try_get_by_index(0))?;
    let there = last.and_then(|last| u64::try_from(last + 1).ok());
    Ok(there.filter(|there| *there != size).map(|there| {
        let what = format!("the events end before {there}, and the head counts {size}");
        alteration(what, HEAD, HEAD_REMEDY)
    }))
}

/// Whether the log goes on from what the notary remembers.
async fn remembered(
    snapshot: &Snapshot,
    memory: &mut Leaves,
) -> Result<Option<Finding>, DoctorError> {
    match Loss::find(snapshot, memory).await {
        Err(NotRestored::NothingLost) => Ok(None),
        Err(NotRestored::Memory(error)) => Err(error.into()),
        Err(NotRestored::Database(error)) => Err(error.into()),
        Err(error @ (NotRestored::AnotherLog | NotRestored::Pruned(_))) => {
            Ok(Some(alteration(error.to_string(), CUT, CUT_REMEDY)))
        }
        Ok(loss) => {
            let what = format!(
                "the notary remembers {} events, and the log has the first {} of them",
                loss.lost, loss.common
            );
            Ok(Some(if loss.adopted.is_some() {
                Finding {
                    what,
                    means: "The log accounts for it: a restore from backup was adopted, and the notary has \
                        not been told.",
                    remedy: "Start the notary with --accept-restore and the epoch, if you know of the restore.",
                    is_alteration: false,
                }
            } else {
                alteration(what, CUT, CUT_REMEDY)
            }))
        }
    }
}

fn cut_off(account: &Account) -> Vec<Finding> {
    let mut found = Vec::new();
    if let Some(open) = account.unfinished_pruning() {
        found.push(Finding {
            what: format!(
                "event {} began to prune the events below {}, and no event says that it is done",
                open.seq, open.below
            ),
            means: CUT_OFF,
            remedy: "Run `behorig log prune --resume`.",
            is_alteration: false,
        });
    }
    if let Some(open) = account.unfinished_erasure() {
        found.push(Finding {
            what: format!(
                "event {} began to erase values of the class `{}`, and no event says that it is done",
                open.seq, open.class
            ),
            means: CUT_OFF,
            remedy: "Run `behorig log erase --resume`.",
            is_alteration: false,
        });
    }
    found
}
