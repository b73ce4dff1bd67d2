//! Everything about one decision that its event leads to.
//!
//! Each part is asked of the gate by itself. What the decision brought about belongs to it. A personal
//! value is shown to those who may also read the person or service that the decision is about, and where
//! that is nobody the register knows, to those who may read the whole log. The texts of policies take
//! the permission to read policies.

use std::collections::BTreeMap;

use domain::action::{Read, Readable};
use domain::id::{self, EventId, OrganisationId};
use gate::{PastPolicies, Permit};

pub use store::policies::Released;
pub use store::read::decisions::evidence::{CausedRecord, MAX_CAUSED};

use super::decisions::DecisionRecord;
use super::error::ServiceError;
use super::replay;
use super::session::Session;

/// A personal value of a decision.
#[derive(Debug, Clone)]
pub struct Slot {
    /// Its name.
    pub name: String,
    /// How long it is kept, by the name of a class.
    pub class: String,
    /// Whose value it is.
    pub authority: Option<OrganisationId>,
    /// What the event says of it.
    pub commitment: String,
    /// Whether it has been erased.
    pub erased: bool,
    /// The value; `None`: erased, or the caller may not see it.
    pub value: Option<String>,
}

/// The policies that decided.
#[derive(Debug)]
pub struct PolicyTexts {
    /// As they were released.
    pub released: Released,
    /// The same, read; `None`: this version cannot read them.
    pub policies: Option<PastPolicies>,
}

/// What the decision brought about: the first events that name it.
///
/// # Errors
/// It could not be decided or read, or a stronger sign-in would show it.
pub async fn caused(session: &Session, id: EventId) -> Result<Vec<CausedRecord>, ServiceError> {
    match session.leave(Read::<id::Event>::by_id(id)).await? {
        Some(permit) => Ok(session.reader().await?.caused(permit).await?),
        None => Ok(Vec::new()),
    }
}

/// The personal values of the decision, each with its value only where `shown` asks for values and the
/// caller may see them.
///
/// # Errors
/// They could not be decided or read, or a stronger sign-in would show them.
pub async fn slots(
    session: &Session,
    record: &DecisionRecord,
    shown: bool,
) -> Result<Vec<Slot>, ServiceError> {
    let committed = &record.envelope.slots;
    if committed.is_empty() {
        return Ok(Vec::new());
    }
    let event = || session.leave(Read::<id::Event>::by_id(record.event_id));
    let Some(permit) = event().await? else {
        return Ok(Vec::new());
    };
    let kept = session.reader().await?.slots(permit).await?;
    let mut values = match event().await? {
        Some(permit) if shown => values(session, record, permit).await?,
        _ => BTreeMap::new(),
    };
    let slots = committed.iter().map(|(name, said)| Slot {
        name: name.clone(),
        class: said.class.clone(),
        authority: said.authority,
        commitment: said.commitment.clone(),
        erased: !kept.contains(name),
        value: values.remove(name),
    });
    Ok(slots.collect())
}

async fn values(
    session: &Session,
    record: &DecisionRecord,
    event: Permit<Read<id::Event>>,
) -> Result<BTreeMap<String, String>, ServiceError> {
    let about = record.envelope.principal.id;
    let person = about.and_then(|id| id.to_id::<id::Person>().ok());
    let service = about.and_then(|id| id.to_id::<id::Service>().ok());
    if let Some(person) = person {
        values_about(session, event, Read::by_id(person)).await
    } else if let Some(service) = service {
        values_about(session, event, Read::by_id(service)).await
    } else {
        values_about(session, event, Read::whole_log()).await
    }
}

async fn values_about<K: Readable>(
    session: &Session,
    event: Permit<Read<id::Event>>,
    about: Read<K>,
) -> Result<BTreeMap<String, String>, ServiceError> {
    match session.leave(about).await? {
        Some(about) => Ok(session.reader().await?.slot_values(event, about).await?),
        None => Ok(BTreeMap::new()),
    }
}

/// What was found when the decision was reviewed, in the reviewer's own words; `None`: nothing was said, it has
/// been erased, or the caller may not see it.
///
/// # Errors
/// It could not be decided or read, or a stronger sign-in would show it.
pub async fn finding(
    session: &Session,
    record: &DecisionRecord,
) -> Result<Option<String>, ServiceError> {
    if record.review.is_none() {
        return Ok(None);
    }
    match session
        .leave(Read::<id::Event>::by_id(record.event_id))
        .await?
    {
        Some(permit) => Ok(values(session, record, permit).await?.remove("finding")),
        None => Ok(None),
    }
}

/// The policies that made the decision; `None`: they are not kept, or the caller may not read policies.
///
/// # Errors
/// They could not be decided or read, or a stronger sign-in would show them.
pub async fn policies(
    session: &Session,
    record: &DecisionRecord,
) -> Result<Option<PolicyTexts>, ServiceError> {
    let digest = &record.envelope.policy.digest;
    let Some(permit) = session.leave(Read::released()).await? else {
        return Ok(None);
    };
    let released = session.reader().await?.policy_set(permit, digest).await?;
    Ok(released.map(|released| PolicyTexts {
        policies: replay::loaded(digest, Some(released.clone())).ok(),
        released,
    }))
}
