//! Going on from a backup: two human beings say in the log what was lost.

use audit::leaves::Leaves;
use audit::restore::{Loss, NotRestored, NotTwo, TwoIndividuals};
use audit::{DatabaseError, SnapshotError, TransactError};
use authn::Claimant;
use domain::action::AdoptRestore;
use domain::text::Reference;

use super::host::{HostDesk, NotPermitted};

/// The log does not go on from the backup.
#[derive(Debug, thiserror::Error)]
pub enum NotAdopted {
    /// The log could not be read.
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
    /// There is nothing to adopt, or it cannot be told what.
    #[error(transparent)]
    NotRestored(#[from] NotRestored),
    /// The log accounts for it already.
    #[error("the log accounts for it with epoch {epoch}")]
    Already {
        /// The epoch that it began.
        epoch: u64,
    },
    /// One of the two has no leave.
    #[error("one of the two has no leave")]
    NotPermitted {
        /// Which of them, counted from 0.
        whose: usize,
        /// Why.
        #[source]
        why: NotPermitted,
    },
    /// They are not two human beings.
    #[error(transparent)]
    NotTwo(#[from] NotTwo),
    /// The log could not be written.
    #[error(transparent)]
    Transact(#[from] TransactError<DatabaseError>),
}

/// What was lost, and the number of the event that says so.
#[derive(Debug)]
pub struct Adopted {
    /// What was lost.
    pub loss: Loss,
    /// The event.
    pub seq: u64,
}

/// Goes on from a backup by the leave of both; `memory` is the notary's, which remembers what was lost. Every other
/// process that has the log open stops.
///
/// # Errors
/// When nothing was changed, or it is not known whether it was.
pub async fn adopt(
    desk: &HostDesk,
    memory: &mut Leaves,
    [first, second]: [&Claimant; 2],
    reason: &Reference,
) -> Result<Adopted, NotAdopted> {
    let snapshot = desk.snapshot().await?;
    let loss = Loss::find(&snapshot, memory).await?;
    drop(snapshot);
    if let Some(epoch) = loss.adopted {
        return Err(NotAdopted::Already { epoch });
    }
    let permit = async |whose, claimant| match desk.permit(claimant, AdoptRestore).await {
        Ok(permit) => Ok(permit.split().1),
        Err(why) => Err(NotAdopted::NotPermitted { whose, why }),
    };
    let permits = [permit(0, first).await?, permit(1, second).await?];
    let by = TwoIndividuals::new(permits)?;
    let adopted = desk.log().adopt_restore(by, &loss, reason);
    let (id, receipt) = Box::pin(adopted).await?;
    let seq = receipt.seq(id).unwrap_or_default();
    Ok(Adopted { loss, seq })
}
