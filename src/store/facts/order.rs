//! What entitles somebody to order a grant.
//!
//! One of four things does: being of the staff of the scope's organisation or of one above it; holding
//! `grant:request` over the scope; being responsible for the engagement that the grant rests on; owning the
//! system. The first three are found here, for the policies to weigh; a system's owner stands in its facts.
//!
//! Over the whole installation nobody stands; there it is the staff of an authority that is a root.

use std::collections::BTreeSet;

use sea_orm::Value;

use crate::rows::{Row, rows};
use domain::ServicePermission;
use domain::facts::{GrantFacts, OrderFacts, Scope};
use domain::id::{EntityRef, IndividualId, PersonId};
use gate::FactError;

use super::SnapshotFacts;
use super::grants::{held, individual_of};
use super::principal::engagements;

/// The order of a grant that is about to be made, over what lies at and above its scope.
pub(super) async fn order(
    source: &SnapshotFacts,
    person: PersonId,
    grant: &GrantFacts,
    over: &BTreeSet<EntityRef>,
) -> Result<OrderFacts, FactError> {
    let connection = source.snapshot.connection();
    let now = source.now;
    let Some(individual) = individual_of(connection, &person.into()).await? else {
        return Ok(OrderFacts::default());
    };
    let suspended = is_suspended(source, individual).await?;
    let mut engaged = engagements(connection, source.calendar, person).await?;
    engaged.retain(|engagement| !suspended && engagement.is_live(now));
    let mut above_scope = false;
    for own in engaged.iter().filter(|one| !one.kind.is_external()) {
        above_scope |= match grant.scope {
            Scope::Installation => is_root_authority(source, own.unit.into()).await?,
            Scope::Organisation(_) | Scope::System(_) | Scope::Segment(_) | Scope::Database(_) => {
                over.contains(&EntityRef::from(own.unit))
            }
        };
    }
    let responsible = grant
        .engagement
        .as_ref()
        .and_then(|one| one.responsible.as_ref());
    Ok(OrderFacts {
        person: Some(person),
        individual: Some(individual),
        asserted: true,
        engaged: !engaged.is_empty(),
        above_scope,
        may_request: may_request(source, person, grant, over).await?,
        responsible: responsible.is_some_and(|one| one.individual == individual),
    })
}

/// Whether a grant in force lets the person request grants over what this one is over.
async fn may_request(
    source: &SnapshotFacts,
    person: PersonId,
    grant: &GrantFacts,
    over: &BTreeSet<EntityRef>,
) -> Result<bool, FactError> {
    let connection = source.snapshot.connection();
    let request = [ServicePermission::GrantRequest.into()];
    let (calendar, today) = (source.calendar, source.today());
    let held = held(
        connection,
        calendar,
        today,
        &[person.into()],
        Some(&request),
    )
    .await?;
    let system = grant.scope_system.as_ref().map(|system| system.id);
    let reaches = |scope: Scope| match scope {
        Scope::Installation => true,
        Scope::System(id) => system == Some(id),
        Scope::Organisation(_) | Scope::Segment(_) | Scope::Database(_) => {
            scope == grant.scope || over.contains(&scope.entity())
        }
    };
    let rests = |one: &GrantFacts| one.engagement.is_some() && one.is_in_force(source.now);
    Ok(held.iter().any(|one| reaches(one.scope) && rests(one)))
}

async fn is_suspended(source: &SnapshotFacts, human: IndividualId) -> Result<bool, FactError> {
    let sql = "SELECT id, suspended_at FROM individual WHERE id = $1";
    let values = [Value::from(human.to_string())];
    let found = rows(source.snapshot.connection(), sql, values).await?;
    let table = "individual";
    let Some(row) = found.first() else {
        return Ok(true);
    };
    let at = Row::of(table, row).instant_if("suspended_at")?;
    Ok(at.is_some_and(|at| at <= source.now))
}

async fn is_root_authority(source: &SnapshotFacts, unit: EntityRef) -> Result<bool, FactError> {
    let sql = "SELECT id FROM organisation WHERE id = $1 AND authority AND parent_id = $2";
    let root = domain::id::INSTALLATION.to_string();
    let values = [Value::from(unit.to_string()), root.into()];
    let found = rows(source.snapshot.connection(), sql, values).await?;
    Ok(!found.is_empty())
}
