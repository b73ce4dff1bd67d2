//! Making and revoking grants.

use std::collections::BTreeSet;

use sea_orm::{DatabaseTransaction, QueryResult, Value};

use crate::facts::cap_keys;
use crate::rows::places;
use audit::Snapshot;
use domain::action::{CreateGrant, Read, RevokeGrant};
use domain::id::{EngagementId, EntityKind, EventId, GrantId, IndividualId, Person};
use domain::problem::{GrantProblem, RevokeProblem};
use domain::target::{GrantDraft, Holder};
use domain::{ChangeKind, Date};
use gate::{Leave, Permit};

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
        let written = written(draft, making, leave.decision());
        insert(tx, draft.id, &written).await?;
        let change = making
            .change(leave, draft.id.into(), ChangeKind::Created)
            .expecting("revoked_at", None);
        let change = written.into_iter().fold(change, |change, (column, value)| {
            change.expecting(column, value)
        });
        let reason = making.reason_slot("justification");
        Ok(vec![
            change.with(reason).touching(touched(draft, individual)),
        ])
    })
}

/// A column of a grant's row, and what it holds.
type Written = (&'static str, Option<String>);

/// The row of a new grant: whose it is, what it gives, where and how long, on whose word and by whom.
fn written(draft: &GrantDraft, making: &Making, decision: EventId) -> Vec<Written> {
    let (person, service) = match draft.holder {
        Holder::Person(id) => (Some(id.to_string()), None),
        Holder::Service(id) => (None, Some(id.to_string())),
    };
    let by = |kind: EntityKind| (making.by.kind() == kind).then(|| making.by.to_string());
    let scope = |kind: &str| (draft.scope.kind() == kind).then(|| draft.scope.entity().to_string());
    let analysis = draft.needs_and_risk_analysis.clone().map(String::from);
    let review = draft.analysis_review_by.map(|day| day.to_string());
    vec![
        ("source", Some(SOURCE.to_owned())),
        ("external_id", Some(draft.id.to_string())),
        ("person_id", person),
        ("service_id", service),
        ("engagement_id", draft.engagement.map(|id| id.to_string())),
        ("role_id", Some(draft.role.to_string())),
        ("scope_kind", Some(draft.scope.kind().to_owned())),
        ("organisation_id", scope("organisation")),
        ("system_id", scope("system")),
        ("segment_id", scope("segment")),
        ("database_id", scope("database")),
        ("from_date", Some(draft.from.to_string())),
        ("until_date", draft.until.map(|day| day.to_string())),
        ("needs_and_risk_analysis", analysis),
        ("analysis_review_by", review),
        ("ordered_by_id", draft.ordered_by.map(|id| id.to_string())),
        ("approved_by_id", draft.approved_by.map(|id| id.to_string())),
        ("executed_by_id", by(EntityKind::Person)),
        ("executed_by_service_id", by(EntityKind::Service)),
        ("origin", Some("order".to_owned())),
        ("decision_id", Some(decision.to_string())),
    ]
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

async fn insert(
    tx: &DatabaseTransaction,
    grant: GrantId,
    written: &[Written],
) -> Result<(), WriteError> {
    let columns: Vec<&str> = written.iter().map(|(column, _)| *column).collect();
    let sql = format!(
        "INSERT INTO role_grant (id, {}) VALUES ({})",
        columns.join(", "),
        places(1, written.len() + 1)
    );
    let values = written.iter().map(|(_, value)| Value::from(value.clone()));
    execute(
        tx,
        &sql,
        [Value::from(grant.to_string())].into_iter().chain(values),
    )
    .await?;
    Ok(())
}
