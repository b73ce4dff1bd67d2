//! A person or a service, without grants.

use std::collections::BTreeSet;

use sea_orm::{DatabaseTransaction, Value};

use crate::domain::facts::{EngagementFacts, EngagementKind, PrincipalFacts, PrincipalKind};
use crate::domain::id::{OrganisationId, PersonId};
use crate::domain::target::PrincipalKey;
use crate::domain::{Calendar, HsaId, Instant};
use crate::gate::{FactError, Facts, PrincipalRecord};
use crate::store::rows::{Row, rows};

use super::place::lineage;

/// For how long a completed security training counts, in days.
const TRAINING_DAYS: i32 = 365;

const PERSON: &str = "\
    SELECT p.id, p.hsa_id, p.individual_id, p.training_completed_on, i.suspended_at \
    FROM person p JOIN individual i ON i.id = p.individual_id WHERE p.hsa_id = $1";

pub(super) const ENGAGEMENTS: &str = "\
    SELECT id, kind, employer_id, unit_id, responsible_id, from_date, until_date, absent_from, \
    absent_until FROM engagement WHERE person_id = $1 ORDER BY from_date, id";

const SERVICE: &str = "\
    SELECT id, external_id, organisation_id, from_date, until_date, trusted_to_assert, \
    declared_scope_id \
    FROM service WHERE external_id = $1";

pub(super) async fn principal(
    connection: &DatabaseTransaction,
    calendar: Calendar,
    now: Instant,
    key: PrincipalKey,
) -> Result<Facts<PrincipalRecord>, FactError> {
    let dependency = key.dependency();
    let found = match key {
        PrincipalKey::Person(hsa_id) => person(connection, calendar, now, hsa_id).await?,
        PrincipalKey::Service(client_id) => service(connection, calendar, &client_id).await?,
    };
    let mut depends = BTreeSet::from([dependency]);
    Ok(match found {
        Some(record) => {
            depends.insert(record.facts.id.to_string());
            Facts::found(record, depends)
        }
        None => Facts::missing(depends),
    })
}

async fn person(
    connection: &DatabaseTransaction,
    calendar: Calendar,
    now: Instant,
    hsa_id: HsaId,
) -> Result<Option<PrincipalRecord>, FactError> {
    let found = rows(connection, PERSON, [Value::from(hsa_id.as_str())]).await?;
    let Some(row) = found.first() else {
        return Ok(None);
    };
    let row = Row {
        table: "person",
        row,
    };
    let id: PersonId = row.id("id")?;
    let engagements = engagements(connection, calendar, id).await?;
    let suspended = row.instant_if("suspended_at")?;
    let trained = row.date_if("training_completed_on")?;
    let training_valid_until = trained
        .and_then(|day| day.plus_days(TRAINING_DAYS))
        .map(|day| calendar.ends(day));
    let starts = engagements.iter().map(|e| e.starts).min();
    let units = units_of(&engagements, now);
    let place = lineage(connection, &units).await?.place;
    let facts = PrincipalFacts {
        id: id.into(),
        starts: starts.unwrap_or(Instant::from_micros(i64::MAX)),
        ends: earliest(last_end(&engagements), suspended),
        kind: PrincipalKind::Person {
            person: id,
            hsa_id: hsa_id.clone(),
            individual: row.id("individual_id")?,
            training_valid_until,
            engagements,
        },
        grants: Vec::new(),
    };
    Ok(Some(PrincipalRecord {
        facts,
        external: hsa_id.to_string(),
        place,
    }))
}

/// Every engagement of a person, by first day.
pub(super) async fn engagements(
    connection: &DatabaseTransaction,
    calendar: Calendar,
    person: PersonId,
) -> Result<Vec<EngagementFacts>, FactError> {
    let found = rows(connection, ENGAGEMENTS, [Value::from(person.to_string())]).await?;
    found
        .iter()
        .map(|row| {
            engagement(
                Row {
                    table: "engagement",
                    row,
                },
                calendar,
                "",
            )
        })
        .collect()
}

/// The engagement in a row whose columns carry a prefix.
pub(super) fn engagement(
    row: Row<'_>,
    calendar: Calendar,
    prefix: &str,
) -> Result<EngagementFacts, FactError> {
    let column = |name: &str| format!("{prefix}{name}");
    let kind: String = row.get(&column("kind"))?;
    Ok(EngagementFacts {
        id: row.id(&column("id"))?,
        kind: EngagementKind::named(&kind)
            .ok_or_else(|| row.corrupt("kind", "not a kind of engagement"))?,
        employer: row.id(&column("employer_id"))?,
        unit: row.id(&column("unit_id"))?,
        starts: calendar.starts(row.date(&column("from_date"))?),
        ends: row
            .date_if(&column("until_date"))?
            .map(|day| calendar.ends_with_grace(day)),
        absent_from: row
            .date_if(&column("absent_from"))?
            .map(|day| calendar.starts(day)),
        absent_until: row
            .date_if(&column("absent_until"))?
            .map(|day| calendar.ends(day)),
        has_responsible: row
            .get::<Option<String>>(&column("responsible_id"))?
            .is_some(),
    })
}

/// The units of the live engagements, else the unit of the one that ended last, else of the one that
/// begins first.
pub(super) fn units_of(engagements: &[EngagementFacts], now: Instant) -> Vec<OrganisationId> {
    let mut units: Vec<OrganisationId> = Vec::new();
    for engagement in engagements
        .iter()
        .filter(|engagement| engagement.is_live(now))
    {
        if !units.contains(&engagement.unit) {
            units.push(engagement.unit);
        }
    }
    if units.is_empty() {
        let ended = engagements
            .iter()
            .filter(|e| e.ends.is_some_and(|ends| ends <= now));
        let last = ended.max_by_key(|e| e.ends).or_else(|| engagements.first());
        units.extend(last.map(|engagement| engagement.unit));
    }
    units
}

/// When the last engagement ends; `None` while one has no end.
fn last_end(engagements: &[EngagementFacts]) -> Option<Instant> {
    let ends: Option<Vec<Instant>> = engagements
        .iter()
        .map(|engagement| engagement.ends)
        .collect();
    ends.map(|ends| ends.into_iter().max().unwrap_or(Instant::from_micros(0)))
}

fn earliest(one: Option<Instant>, other: Option<Instant>) -> Option<Instant> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

async fn service(
    connection: &DatabaseTransaction,
    calendar: Calendar,
    client_id: &str,
) -> Result<Option<PrincipalRecord>, FactError> {
    let found = rows(connection, SERVICE, [Value::from(client_id)]).await?;
    let Some(row) = found.first() else {
        return Ok(None);
    };
    let row = Row {
        table: "service",
        row,
    };
    let organisation: OrganisationId = row.id("organisation_id")?;
    let place = lineage(connection, &[organisation]).await?.place;
    let facts = PrincipalFacts {
        id: row.entity("id")?,
        starts: calendar.starts(row.date("from_date")?),
        ends: row.date_if("until_date")?.map(|day| calendar.ends(day)),
        kind: PrincipalKind::Service {
            service: row.id("id")?,
            client_id: client_id.to_owned(),
            organisation,
            trusted_to_assert: row.get("trusted_to_assert")?,
            declared_scope: row.id_if("declared_scope_id")?,
        },
        grants: Vec::new(),
    };
    Ok(Some(PrincipalRecord {
        facts,
        external: client_id.to_owned(),
        place,
    }))
}
