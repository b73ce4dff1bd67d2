//! Proofs of what the register had of one thing, for those who may read the whole log.
//!
//! Not for whoever may read the thing alone: what shows it to have been there tells of others too, the change after
//! which it is said for one, and that something was not there is nobody's thing. Each asking stands in the log with
//! what was asked about. The personal values take leave to read the thing besides.

use audit::register_proof::NotProved;
pub use audit::register_proof::Proved;
use domain::Speaks as _;
use domain::action::{Read, Readable};
use domain::id::{self, EntityKind, EntityRef, Kind};
use gate::{Permit, Refusal};
use store::StoreError;

use super::error::{InputPath, OutOfLog, ServiceError};
use super::session::Session;

/// What is to be proved.
#[derive(Debug, Clone, Copy)]
pub struct Asked {
    /// Of what.
    pub id: EntityRef,
    /// After which event; `None`: the last one that the newest checkpoint covers.
    pub at: Option<u64>,
    /// Whether the personal values are wanted, as far as the caller may see them.
    pub values: bool,
}

/// The proof of what the register had of a thing; `None`: the caller may not read the whole log.
///
/// # Errors
/// It could not be decided, read or proved, a stronger sign-in would show it, there is no such event, no checkpoint
/// covers it yet, or it was pruned.
pub async fn register_proof(
    session: &Session,
    asked: Asked,
) -> Result<Option<Proved>, ServiceError> {
    let at = asked.at.map_or_else(String::new, |at| format!(" at {at}"));
    let purpose = format!("register proof of {}{at}", asked.id);
    let log = match session.operation().read_log_for(purpose).await {
        Ok(permit) => permit,
        Err(Refusal::NotFound { .. }) => return Ok(None),
        Err(refusal) => return Err(refusal.into()),
    };
    let proof = match asked.id.kind() {
        EntityKind::Organisation => with_values::<id::Organisation>(session, log, asked).await,
        EntityKind::Person => with_values::<id::Person>(session, log, asked).await,
        EntityKind::Engagement => with_values::<id::Engagement>(session, log, asked).await,
        EntityKind::Service => with_values::<id::Service>(session, log, asked).await,
        EntityKind::Account => with_values::<id::Account>(session, log, asked).await,
        EntityKind::System => with_values::<id::System>(session, log, asked).await,
        EntityKind::Segment => with_values::<id::Segment>(session, log, asked).await,
        EntityKind::Database => with_values::<id::Database>(session, log, asked).await,
        EntityKind::Role => with_values::<id::Role>(session, log, asked).await,
        // Nothing of these is personal, or nobody reads them by themselves.
        EntityKind::Individual
        | EntityKind::Commission
        | EntityKind::SupplierAssessment
        | EntityKind::Server
        | EntityKind::Permission
        | EntityKind::Grant
        | EntityKind::Delegation
        | EntityKind::EditProposal
        | EntityKind::Event
        | EntityKind::Run
        | EntityKind::Stage
        | EntityKind::PolicySet => proved::<id::Event>(session, log, None, asked).await,
    };
    proof.map(Some)
}

async fn with_values<K: Readable + Kind>(
    session: &Session,
    log: Permit<Read<id::Event>>,
    asked: Asked,
) -> Result<Proved, ServiceError> {
    let about = match asked.id.to_id::<K>() {
        Ok(id) if asked.values => session.leave(Read::by_id(id)).await?,
        _ => None,
    };
    proved(session, log, about, asked).await
}

async fn proved<K: Readable>(
    session: &Session,
    log: Permit<Read<id::Event>>,
    about: Option<Permit<Read<K>>>,
    Asked { id, at, .. }: Asked,
) -> Result<Proved, ServiceError> {
    let registers = session.registers();
    let work = async {
        let reader = session.reader().await?;
        let proof = reader
            .register_proof(log, about, &registers, (id, at))
            .await;
        proof.map_err(refused)
    };
    session.heavy(work).await
}

/// Why there is no proof.
fn refused(error: StoreError) -> ServiceError {
    let StoreError::NotProved(error) = error else {
        return error.into();
    };
    match error {
        NotProved::Beyond(_) => ServiceError::Input {
            path: InputPath::argument("at"),
            problem: error.words(),
        },
        NotProved::NotCovered { newest } => ServiceError::NotCovered { newest },
        NotProved::Pruned(below) => OutOfLog::Pruned { below }.into(),
        NotProved::Log(error) => StoreError::Proof(error).into(),
    }
}
