//! Who answers for somebody: a manager or sponsor is one only while they are the region's own staff.
//!
//! Apart from the engagements because it takes those of another person, which only what rests on an engagement
//! has to know.

use sea_orm::{DatabaseTransaction, Value};

use crate::rows::{Row, rows};
use domain::facts::{Answerable, EngagementFacts};
use domain::id::{EngagementId, PersonId};
use domain::{Calendar, Date};
use gate::FactError;

use super::place::care_provider_of;
use super::principal::engagement;

/// What an engagement `e` and who is responsible for it are read by, as columns that begin with `e_`. `TODAY`
/// stands for the day, `PROVIDER` for the unit's care provider.
const COLUMNS: &str = "\
    e.id AS e_id, e.kind AS e_kind, e.employer_id AS e_employer_id, e.unit_id AS e_unit_id, \
    e.responsible_id AS e_responsible_id, e.from_date AS e_from_date, e.until_date AS e_until_date, \
    e.absent_from AS e_absent_from, e.absent_until AS e_absent_until, \
    PROVIDER AS e_care_provider, \
    rp.individual_id AS e_responsible, ri.suspended_at AS e_responsible_suspended, \
    (SELECT MAX(COALESCE(w.until_date, 'open')) FROM engagement w \
    WHERE w.person_id = e.responsible_id AND w.kind IN ('employee', 'hourly') \
    AND w.from_date <= 'TODAY') AS e_responsible_until";

/// The joins that they take.
pub(super) const JOINS: &str = "\
    LEFT JOIN person rp ON rp.id = e.responsible_id \
    LEFT JOIN individual ri ON ri.id = rp.individual_id";

/// What the last day is of what has no end: it sorts after every date.
const OPEN: &str = "open";

pub(super) fn columns(today: Date) -> String {
    let columns = COLUMNS.replace("PROVIDER", care_provider_of!("e.unit_id"));
    columns.replace("TODAY", &today.to_string())
}

/// The engagement in a row with [`columns`].
pub(super) fn answered(row: Row<'_>, calendar: Calendar) -> Result<EngagementFacts, FactError> {
    let mut facts = engagement(row, calendar, "e_")?;
    let Some(individual) = row.id_if("e_responsible")? else {
        return Ok(facts);
    };
    let last: Option<String> = row.get("e_responsible_until")?;
    let Some(last) = last else { return Ok(facts) };
    let ends = match last.as_str() {
        OPEN => None,
        day => {
            let day = day
                .parse()
                .map_err(|_| row.corrupt("until_date", "not a date"))?;
            Some(calendar.ends_with_grace(day))
        }
    };
    let suspended = row.instant_if("e_responsible_suspended")?;
    facts.responsible = Some(Answerable {
        person: row.id("e_responsible_id")?,
        individual,
        ends: [ends, suspended].into_iter().flatten().min(),
    });
    Ok(facts)
}

/// One engagement of a person.
pub(super) async fn engagement_of(
    connection: &DatabaseTransaction,
    calendar: Calendar,
    today: Date,
    person: PersonId,
    id: EngagementId,
) -> Result<Option<EngagementFacts>, FactError> {
    let columns = columns(today);
    let sql =
        format!("SELECT {columns} FROM engagement e {JOINS} WHERE e.id = $1 AND e.person_id = $2");
    let values = [Value::from(id.to_string()), person.to_string().into()];
    let found = rows(connection, &sql, values).await?;
    let table = "engagement";
    let found = found.first();
    found
        .map(|row| answered(Row::of(table, row), calendar))
        .transpose()
}
