//! The log's bytes and proofs about it, for those who may read what they hold or prove.

use domain::Words;
use domain::action::Read;
use domain::id::{self, EventId};
use gate::Permit;

use audit::prove::ProveError;
pub use audit::prove::{Consistency, Inclusion};
pub use audit::tail::Page;
use store::StoreError;
pub use store::read::proofs::Published;
pub use transparency::checkpoint::SignedCheckpoint;
pub use transparency::keys::Keys;
use transparency::tree::BLOCK;

use super::error::{InputPath, ServiceError};
use super::session::Session;

/// The proof that a decision is in the log; `None`: no checkpoint covers it yet, there is no such decision,
/// or the caller may not see it.
///
/// # Errors
/// It could not be decided, read or proved, or a stronger sign-in would show it.
pub async fn inclusion(session: &Session, id: EventId) -> Result<Option<Inclusion>, ServiceError> {
    match session.leave(Read::by_id(id)).await? {
        Some(permit) => Ok(session.reader().await?.inclusion(permit).await?),
        None => Ok(None),
    }
}

/// What the log publishes of itself; `None`: the caller may not read the whole log.
///
/// # Errors
/// As [`inclusion`].
pub async fn published(session: &Session) -> Result<Option<Published>, ServiceError> {
    match whole_log(session).await? {
        Some(permit) => Ok(Some(session.reader().await?.published(permit).await?)),
        None => Ok(None),
    }
}

/// The events after that seq (`None`: from the first one on), at most so many, as they are stored.
///
/// # Errors
/// As [`inclusion`], the caller may not read the whole log, or the log does not hold what follows.
pub async fn events(
    session: &Session,
    after: Option<u64>,
    most: u64,
) -> Result<Page, ServiceError> {
    let permit = session.operation().read(Read::whole_log()).await?;
    Ok(session.reader().await?.events(permit, after, most).await?)
}

/// The proof that the log of `to` events continues the one of `from`, with the checkpoint of the later one
/// if one was published; `None`: the caller may not read the whole log.
///
/// # Errors
/// As [`inclusion`], or the log never had so many events.
pub async fn consistency(
    session: &Session,
    from: u64,
    to: u64,
) -> Result<Option<(Consistency, Option<SignedCheckpoint>)>, ServiceError> {
    let Some(permit) = whole_log(session).await? else {
        return Ok(None);
    };
    let proved = match session.reader().await?.consistency(permit, from, to).await {
        Err(StoreError::Proof(ProveError::Pruned(below))) => return Err(pruned(below, from)),
        proved => proved?,
    };
    let outside = || ServiceError::Input {
        path: InputPath::argument("to"),
        problem: Words::new(
            "expected 1 ≤ from ≤ to ≤ the log's size",
            "Ange 1 ≤ `from` ≤ `to` ≤ loggens storlek.",
        ),
    };
    proved.ok_or_else(outside).map(Some)
}

/// Of which log nothing can be proved any more.
fn pruned(below: u64, from: u64) -> ServiceError {
    let within = from < below && !from.is_multiple_of(BLOCK);
    ServiceError::Input {
        path: InputPath::argument(if within { "from" } else { "to" }),
        problem: Words::made(
            format!(
                "the events below {below} were pruned: expected a multiple of {BLOCK}, or at least {below}"
            ),
            format!(
                "Händelserna före {below} är gallrade. Ange en multipel av {BLOCK}, eller minst {below}."
            ),
        ),
    }
}

/// Leave to read the whole log; `None`: the caller may not.
pub(crate) async fn whole_log(
    session: &Session,
) -> Result<Option<Permit<Read<id::Event>>>, ServiceError> {
    session.leave(Read::whole_log()).await
}
