//! Whether a grant that is about to be made fits what the register holds at that moment.

use sea_orm::{DatabaseTransaction, Value};

use domain::facts::Scope;
use domain::id::IndividualId;
use domain::problem::GrantProblem;
use domain::target::{GrantDraft, Holder};
use domain::{Date, EntityRef};

use super::{WriteError, found, locked, rows};

/// Everything that stands in the way of a grant that `by` makes.
pub(super) async fn conflicts(
    tx: &DatabaseTransaction,
    draft: &GrantDraft,
    by: &EntityRef,
) -> Result<Vec<GrantProblem>, WriteError> {
    let themselves = (*by == draft.holder.entity()).then_some(GrantProblem::ExecutorIsHolder);
    let all = [
        themselves,
        of_engagement(tx, draft).await?,
        of_scope(tx, draft).await?,
        of_others(tx, draft).await?,
    ];
    Ok(all.into_iter().flatten().collect())
}

/// Makes two who grant something to the same holder at once wait for each other. Returns the human being who
/// holds it, unless it is a machine.
pub(super) async fn lock_holder(
    tx: &DatabaseTransaction,
    holder: Holder,
) -> Result<Option<IndividualId>, WriteError> {
    let (table, column, id) = match holder {
        Holder::Person(id) => ("person", "individual_id", id.to_string()),
        Holder::Service(id) => ("service", "NULL", id.to_string()),
    };
    let row = locked(tx, table, &format!("{column} AS individual"), &id).await?;
    let individual: Option<String> = row.try_get("", "individual")?;
    let human = individual.map(|human| human.parse());
    let corrupt = |_| WriteError::Corrupt { table, id };
    human.transpose().map_err(corrupt)
}

async fn of_engagement(
    tx: &DatabaseTransaction,
    draft: &GrantDraft,
) -> Result<Option<GrantProblem>, WriteError> {
    let Some(engagement) = draft.engagement else {
        return Ok(None);
    };
    let sql = "SELECT id FROM engagement WHERE id = $1 AND person_id = $2";
    let values: [Value; 2] = [
        engagement.to_string().into(),
        draft.holder.entity().to_string().into(),
    ];
    let is_of_another = rows(tx, sql, values).await?.is_empty();
    Ok(is_of_another.then_some(GrantProblem::EngagementOfAnother))
}

/// A role of a system reaches no further than that system, whatever the scope; a scope that lies inside
/// another system is a mistake in the form.
async fn of_scope(
    tx: &DatabaseTransaction,
    draft: &GrantDraft,
) -> Result<Option<GrantProblem>, WriteError> {
    let role = system_of(tx, "role", "system_id", draft.role.to_string()).await?;
    let Some(system) = role else { return Ok(None) };
    let inside = match draft.scope {
        Scope::Installation | Scope::Organisation(_) => return Ok(None),
        Scope::System(id) => Some(id.to_string()),
        Scope::Segment(id) => system_of(tx, "segment", "system_id", id.to_string()).await?,
        Scope::Database(id) => system_of(tx, "\"database\"", "system_id", id.to_string()).await?,
    };
    let fits = inside.as_ref() == Some(&system);
    Ok((!fits).then_some(GrantProblem::ScopeDoesNotFit))
}

async fn system_of(
    tx: &DatabaseTransaction,
    table: &'static str,
    column: &str,
    id: String,
) -> Result<Option<String>, WriteError> {
    let sql = format!("SELECT {column} FROM {table} WHERE id = $1");
    Ok(found(tx, table, &sql, id).await?.try_get("", column)?)
}

async fn of_others(
    tx: &DatabaseTransaction,
    draft: &GrantDraft,
) -> Result<Option<GrantProblem>, WriteError> {
    let sql = "SELECT id, from_date, until_date FROM role_grant \
        WHERE COALESCE(person_id, service_id) = $1 AND role_id = $2 AND scope_kind = $3 \
        AND COALESCE(organisation_id, system_id, segment_id, database_id, '') = $4 \
        AND COALESCE(engagement_id, '') = $5 AND revoked_at IS NULL";
    let scope = match draft.scope {
        Scope::Installation => String::new(),
        Scope::Organisation(_) | Scope::System(_) | Scope::Segment(_) | Scope::Database(_) => {
            draft.scope.entity().to_string()
        }
    };
    let values: [Value; 5] = [
        draft.holder.entity().to_string().into(),
        draft.role.to_string().into(),
        draft.scope.kind().into(),
        scope.into(),
        draft
            .engagement
            .map(|id| id.to_string())
            .unwrap_or_default()
            .into(),
    ];
    let mut worst = None;
    for row in rows(tx, sql, values).await? {
        let from: String = row.try_get("", "from_date")?;
        let until: Option<String> = row.try_get("", "until_date")?;
        let corrupt = || WriteError::Corrupt {
            table: "role_grant",
            id: row.try_get("", "id").unwrap_or_default(),
        };
        let from: Date = from.parse().map_err(|_| corrupt())?;
        let until: Option<Date> = until
            .map(|day| day.parse())
            .transpose()
            .map_err(|_| corrupt())?;
        match compare((from, until), (draft.from, draft.until)) {
            same @ Some(GrantProblem::AlreadyGranted) => return Ok(same),
            other => worst = worst.or(other),
        }
    }
    Ok(worst)
}

/// What a grant that is there means for one that is wanted, by their days.
fn compare(there: (Date, Option<Date>), wanted: (Date, Option<Date>)) -> Option<GrantProblem> {
    let ends_by = |end: Option<Date>, other: Option<Date>| match (end, other) {
        (_, None) => true,
        (None, Some(_)) => false,
        (Some(end), Some(other)) => end <= other,
    };
    let begins_after = |from: Date, until: Option<Date>| until.is_some_and(|until| until < from);
    if begins_after(wanted.0, there.1) || begins_after(there.0, wanted.1) {
        None
    } else if there.0 <= wanted.0 && ends_by(wanted.1, there.1) {
        Some(GrantProblem::AlreadyGranted)
    } else {
        Some(GrantProblem::Overlapping)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn days(from: &str, until: Option<&str>) -> (Date, Option<Date>) {
        (from.parse().unwrap(), until.map(|day| day.parse().unwrap()))
    }

    #[test]
    fn a_grant_that_covers_the_days_is_the_same_and_one_that_shares_a_day_overlaps() {
        let year = days("2026-01-01", Some("2026-12-31"));
        let open = days("2026-06-01", None);
        let march = days("2026-03-01", Some("2026-03-31"));
        let eve = days("2026-12-31", Some("2027-01-31"));
        let after = days("2027-01-01", None);
        assert_eq!(compare(year, march), Some(GrantProblem::AlreadyGranted));
        assert_eq!(compare(year, year), Some(GrantProblem::AlreadyGranted));
        assert_eq!(compare(march, year), Some(GrantProblem::Overlapping));
        assert_eq!(compare(year, open), Some(GrantProblem::Overlapping));
        assert_eq!(compare(year, eve), Some(GrantProblem::Overlapping));
        assert_eq!(compare(open, after), Some(GrantProblem::AlreadyGranted));
        assert_eq!(compare(year, after), None);
        assert_eq!(compare(march, open), None);
    }
}
