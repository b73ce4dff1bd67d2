//! Making and revoking grants.

use std::collections::BTreeSet;

use sea_orm::DatabaseTransaction;

use crate::cell::{Cell, Written, expecting};
use crate::new_row::NewRow;
use domain::ChangeKind;
use domain::action::{CreateGrant, RevokeGrant};
use domain::id::{EntityKind, EventId, IndividualId};
use domain::problem::{GrantProblem, RevokeProblem};
use domain::target::{GrantDraft, Holder};
use gate::Leave;
use region::cap_keys;

use super::fit::{conflicts, lock_holder};
use super::{Made, Making, Seen, Unmade, WriteError, locked};

/// The source of grants that were made here, beside those of the feeds.
const SOURCE: &str = "behorig";

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
        let row = row(draft, making, leave.decision());
        row.insert(tx).await.map_err(WriteError::from)?;
        let change = making.change(leave, draft.id.into(), ChangeKind::Created);
        let reason = making.reason_slot("justification");
        let change = row.told(change).with(reason);
        Ok(vec![change.touching(touched(draft, individual))])
    })
}

/// The row of a new grant: whose it is, what it gives, where and how long, on whose word and by whom.
fn row(draft: &GrantDraft, making: &Making, decision: EventId) -> NewRow {
    let (person, service) = match draft.holder {
        Holder::Person(id) => (Some(id), None),
        Holder::Service(id) => (None, Some(id)),
    };
    let by = |kind: EntityKind| Cell::text_or_null((making.by.kind() == kind).then_some(making.by));
    let scope = |kind: &str| {
        let is_it = draft.scope.kind() == kind;
        Cell::text_or_null(is_it.then(|| draft.scope.entity()))
    };
    let analysis = draft.needs_and_risk_analysis.clone().map(String::from);
    let columns = [
        ("source", SOURCE.into()),
        ("external_id", draft.id.to_string().into()),
        ("person_id", Cell::text_or_null(person)),
        ("service_id", Cell::text_or_null(service)),
        ("engagement_id", Cell::text_or_null(draft.engagement)),
        ("role_id", draft.role.to_string().into()),
        ("scope_kind", draft.scope.kind().into()),
        ("organisation_id", scope("organisation")),
        ("system_id", scope("system")),
        ("segment_id", scope("segment")),
        ("database_id", scope("database")),
        ("from_date", draft.from.to_string().into()),
        ("until_date", Cell::text_or_null(draft.until)),
        ("needs_and_risk_analysis", Cell::text_or_null(analysis)),
        (
            "analysis_review_by",
            Cell::text_or_null(draft.analysis_review_by),
        ),
        ("ordered_by_id", Cell::text_or_null(draft.ordered_by)),
        ("approved_by_id", Cell::text_or_null(draft.approved_by)),
        ("executed_by_id", by(EntityKind::Person)),
        ("executed_by_service_id", by(EntityKind::Service)),
        ("origin", "order".into()),
        ("decision_id", decision.to_string().into()),
    ];
    NewRow::new("role_grant", draft.id, columns)
}

/// Whose decisions a new grant may alter: its holder's, and those that count what is held.
fn touched(draft: &GrantDraft, individual: Option<IndividualId>) -> BTreeSet<String> {
    let holder = draft.holder.entity();
    let mut touches = BTreeSet::from([holder.to_string()]);
    touches.extend(cap_keys(draft.role, individual, holder));
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
        let columns: [Written; 2] = [
            ("revoked_at", making.now.as_micros().into()),
            ("revoked_by", making.by.to_string().into()),
        ];
        let seen = Seen::of("role_grant", &grant.to_string(), &row)?;
        seen.change(tx, &columns).await?;
        let change = making.change(leave, grant.into(), ChangeKind::Revoked);
        let change = expecting(change, &columns);
        let reason = making.reason_slot("reason");
        Ok(vec![change.with(reason).touching([holder])])
    })
}
