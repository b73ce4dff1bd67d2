//! Making and revoking grants.

use std::collections::BTreeSet;

use sea_orm::{DatabaseTransaction, QueryResult, Value};

use crate::facts::cap_keys;
use audit::Snapshot;
use domain::action::{CreateGrant, Read, RevokeGrant};
use domain::id::{EngagementId, EntityKind, IndividualId, Person};
use domain::problem::{GrantProblem, RevokeProblem};
use domain::target::{GrantDraft, Holder};
use domain::{ChangeKind, Date};
use gate::{Leave, Permit};
use transparency::event::Change;

use super::fit::{conflicts, lock_holder};
use super::{Made, Making, Seen, Unmade, WriteError, execute, locked, rows};

/// The source of grants that were made here, beside those of the feeds.
const SOURCE: &str = "behorig";

/// An engagement that a grant can rest on, by its days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Held {
    /// The engagement.
    pub id: EngagementId,
    /// The first day.
    pub from: Date,
    /// The last day.
    pub until: Option<Date>,
}

/// The engagements of a person whom the caller may read, by first day.
///
/// # Errors
/// When the register cannot be read.
pub async fn engagements_to_rest_on(
    snapshot: &Snapshot,
    permit: &Permit<Read<Person>>,
) -> Result<Vec<Held>, WriteError> {
    let sql = "SELECT id, from_date, until_date FROM engagement WHERE person_id = $1 \
        ORDER BY from_date, id";
    let found = rows(
        snapshot.connection(),
        sql,
        [permit.target().to_string().into()],
    )
    .await?;
    found.iter().map(held).collect()
}

fn held(row: &QueryResult) -> Result<Held, WriteError> {
    let id: String = row.try_get("", "id")?;
    let corrupt = || WriteError::Corrupt {
        table: "engagement",
        id: id.clone(),
    };
    let from: String = row.try_get("", "from_date")?;
    let until: Option<String> = row.try_get("", "until_date")?;
    Ok(Held {
        id: id.parse().map_err(|_| corrupt())?,
        from: from.parse().map_err(|_| corrupt())?,
        until: until
            .map(|day| day.parse())
            .transpose()
            .map_err(|_| corrupt())?,
    })
}

/// Makes the grant that the leave is for.
///
/// # Errors
/// [`Unmade::Conflict`], with everything that conflicts, where the register as it is now does not admit it.
#[must_use]
pub fn create_grant<'a>(
    tx: &'a DatabaseTransaction,
    leave: &'a Leave<CreateGrant>,
    making: &'a Making,
) -> Made<'a, Vec<GrantProblem>> {
    Box::pin(async move {
        let draft = &leave.action().draft;
        let individual = lock_holder(tx, draft.holder).await?;
        let conflicts = conflicts(tx, draft, &making.by).await?;
        if !conflicts.is_empty() {
            return Err(Unmade::Conflict(conflicts));
        }
        insert(tx, draft, making, leave.decision().to_string()).await?;
        let change = making.change(leave, draft.id.into(), ChangeKind::Created);
        let change = expecting(change, draft);
        let reason = making.reason_slot("justification");
        Ok(vec![
            change.with(reason).touching(touched(draft, individual)),
        ])
    })
}

/// With what was decided: whose it is, what it gives, where and how long, and on whose word.
fn expecting(change: Change, draft: &GrantDraft) -> Change {
    let (person, service) = match draft.holder {
        Holder::Person(id) => (Some(id.to_string()), None),
        Holder::Service(id) => (None, Some(id.to_string())),
    };
    let place = draft.scope.kind();
    let scope = |kind: &str| (place == kind).then(|| draft.scope.entity().to_string());
    change
        .expecting("person_id", person)
        .expecting("service_id", service)
        .expecting("role_id", Some(draft.role.to_string()))
        .expecting("scope_kind", Some(place.to_owned()))
        .expecting("organisation_id", scope("organisation"))
        .expecting("system_id", scope("system"))
        .expecting("segment_id", scope("segment"))
        .expecting("database_id", scope("database"))
        .expecting("from_date", Some(draft.from.to_string()))
        .expecting("until_date", draft.until.map(|day| day.to_string()))
        .expecting("ordered_by_id", draft.ordered_by.map(|id| id.to_string()))
        .expecting("approved_by_id", draft.approved_by.map(|id| id.to_string()))
        .expecting("revoked_at", None)
}

/// Whose decisions a new grant may alter: its holder's, and those that count what is held.
fn touched(draft: &GrantDraft, individual: Option<IndividualId>) -> BTreeSet<String> {
    let holder = draft.holder.entity();
    let mut touches = BTreeSet::from([holder.to_string()]);
    touches.extend(cap_keys(draft.role, individual, &holder));
    touches
}

/// Revokes the grant that the leave is for.
///
/// # Errors
/// [`Unmade::Conflict`] where it is revoked already or not as the caller saw it.
#[must_use]
pub fn revoke_grant<'a>(
    tx: &'a DatabaseTransaction,
    leave: &'a Leave<RevokeGrant>,
    making: &'a Making,
) -> Made<'a, RevokeProblem> {
    Box::pin(async move {
        let grant = leave.action().grant;
        let columns = "person_id, service_id, revoked_at, version";
        let row = locked(tx, "role_grant", columns, grant).await?;
        if row.try_get::<Option<i64>>("", "revoked_at")?.is_some() {
            return Err(Unmade::Conflict(RevokeProblem::AlreadyRevoked));
        }
        let version: i64 = row.try_get("", "version")?;
        if making
            .expected_version
            .is_some_and(|expected| expected != version)
        {
            return Err(Unmade::Conflict(RevokeProblem::VersionConflict));
        }
        let person: Option<String> = row.try_get("", "person_id")?;
        let service: Option<String> = row.try_get("", "service_id")?;
        let holder = person.or(service).ok_or_else(|| WriteError::Corrupt {
            table: "role_grant",
            id: grant.to_string(),
        })?;
        let values: [Value; 2] = [making.now.as_micros().into(), making.by.to_string().into()];
        Seen::of("role_grant", &grant.to_string(), &row)?
            .change(tx, "revoked_at = $3, revoked_by = $4,", values)
            .await?;
        let change = making
            .change(leave, grant.into(), ChangeKind::Revoked)
            .expecting("revoked_at", Some(making.now.as_micros().to_string()))
            .expecting("revoked_by", Some(making.by.to_string()));
        let reason = making.reason_slot("reason");
        Ok(vec![change.with(reason).touching([holder])])
    })
}

const INSERT: &str = "\
    INSERT INTO role_grant (id, source, external_id, person_id, service_id, engagement_id, \
    role_id, scope_kind, organisation_id, system_id, segment_id, database_id, from_date, \
    until_date, needs_and_risk_analysis, ordered_by_id, approved_by_id, executed_by_id, \
    executed_by_service_id, origin, decision_id, analysis_review_by) VALUES ($1, $2, $1, $3, $4, \
    $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, 'order', $19, $20)";

async fn insert(
    tx: &DatabaseTransaction,
    draft: &GrantDraft,
    making: &Making,
    decision: String,
) -> Result<(), WriteError> {
    let (person, service) = match draft.holder {
        Holder::Person(id) => (Some(id.to_string()), None),
        Holder::Service(id) => (None, Some(id.to_string())),
    };
    let by = |kind: EntityKind| (making.by.kind() == kind).then(|| making.by.to_string());
    let scope = |kind: &str| (draft.scope.kind() == kind).then(|| draft.scope.entity().to_string());
    let values: [Value; 20] = [
        draft.id.to_string().into(),
        SOURCE.into(),
        person.into(),
        service.into(),
        draft.engagement.map(|id| id.to_string()).into(),
        draft.role.to_string().into(),
        draft.scope.kind().into(),
        scope("organisation").into(),
        scope("system").into(),
        scope("segment").into(),
        scope("database").into(),
        draft.from.to_string().into(),
        draft.until.map(|day| day.to_string()).into(),
        draft.needs_and_risk_analysis.as_deref().into(),
        draft.ordered_by.map(|id| id.to_string()).into(),
        draft.approved_by.map(|id| id.to_string()).into(),
        by(EntityKind::Person).into(),
        by(EntityKind::Service).into(),
        decision.into(),
        draft.analysis_review_by.map(|day| day.to_string()).into(),
    ];
    execute(tx, INSERT, values).await?;
    Ok(())
}
