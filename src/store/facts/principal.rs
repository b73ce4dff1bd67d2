//! A person or a service, without grants.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::{DatabaseTransaction, Value};

use crate::rows::{Row, places, rows};
use domain::Named;
use domain::facts::{EngagementFacts, EngagementKind, PrincipalFacts, PrincipalKind};
use domain::id::{IndividualId, OrganisationId, PersonId};
use domain::target::PrincipalKey;
use domain::{Calendar, EntityKind, EntityRef, HsaId, Instant};
use gate::{FactError, Facts, PrincipalRecord};

use super::place::{care_provider_of, lineage};

/// For how long a completed security training counts, in days.
const TRAINING_DAYS: i32 = 365;

const PEOPLE: &str = "\
    SELECT p.id, p.hsa_id, p.individual_id, p.training_completed_on, i.suspended_at \
    FROM person p JOIN individual i ON i.id = p.individual_id WHERE ";

const ENGAGEMENTS: &str = concat!(
    "SELECT id, person_id, kind, employer_id, unit_id, responsible_id, from_date, until_date, \
     absent_from, absent_until, ",
    care_provider_of!("engagement.unit_id"),
    " AS care_provider FROM engagement WHERE person_id IN (PEOPLE) ORDER BY from_date, id"
);

const SERVICES: &str = "\
    SELECT s.id, s.external_id, s.organisation_id, s.from_date, s.until_date, s.trusted_to_assert, \
    s.declared_scope_id, o.id AS owner_id, o.individual_id AS owner_individual_id, \
    d.id AS deputy_id, d.individual_id AS deputy_individual_id FROM service s \
    LEFT JOIN person o ON o.id = s.owner_id LEFT JOIN person d ON d.id = s.deputy_id WHERE ";

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
            // Which care provider somebody works for is said by what is above their units.
            depends.extend(record.place.path.iter().map(ToString::to_string));
            if let PrincipalKind::Service { stewards, .. } = &record.facts.kind {
                depends.extend(stewards.keys().map(ToString::to_string));
            }
            Facts::found(record, depends)
        }
        None => Facts::missing(depends),
    })
}

/// People and services by id, in the order of the ids.
pub(super) async fn by_id(
    connection: &DatabaseTransaction,
    calendar: Calendar,
    ids: &[EntityRef],
) -> Result<Vec<PrincipalFacts>, FactError> {
    let (services, people): (Vec<&EntityRef>, Vec<&EntityRef>) =
        ids.iter().partition(|id| id.kind() == EntityKind::Service);
    let values = |of: &[&EntityRef]| -> Vec<Value> {
        of.iter().map(|id| Value::from(id.to_string())).collect()
    };
    let mut found = Vec::with_capacity(ids.len());
    if !people.is_empty() {
        let mut engaged = engagements_of(connection, calendar, values(&people)).await?;
        let sql = format!("{PEOPLE}p.id IN ({})", places(1, people.len()));
        for row in &rows(connection, &sql, values(&people)).await? {
            let table = "person";
            let row = Row::of(table, row);
            let own = engaged.remove(&row.id("id")?).unwrap_or_default();
            found.push(person_facts(row, calendar, own)?);
        }
    }
    if !services.is_empty() {
        let sql = format!("{SERVICES}s.id IN ({})", places(1, services.len()));
        for row in &rows(connection, &sql, values(&services)).await? {
            let table = "service";
            found.push(service_facts(Row::of(table, row), calendar)?);
        }
    }
    found.sort_by_key(|one| one.id);
    Ok(found)
}

async fn person(
    connection: &DatabaseTransaction,
    calendar: Calendar,
    now: Instant,
    hsa_id: HsaId,
) -> Result<Option<PrincipalRecord>, FactError> {
    let sql = format!("{PEOPLE}p.hsa_id = $1");
    let found = rows(connection, &sql, [Value::from(hsa_id.as_str())]).await?;
    let Some(row) = found.first() else {
        return Ok(None);
    };
    let row = Row::of("person", row);
    let engagements = engagements(connection, calendar, row.id("id")?).await?;
    let units = units_of(&engagements, now);
    let place = lineage(connection, &units).await?.place;
    Ok(Some(PrincipalRecord {
        facts: person_facts(row, calendar, engagements)?,
        external: hsa_id.to_string(),
        place,
    }))
}

fn person_facts(
    row: Row<'_>,
    calendar: Calendar,
    engagements: Vec<EngagementFacts>,
) -> Result<PrincipalFacts, FactError> {
    let id: PersonId = row.id("id")?;
    let hsa_id: String = row.get("hsa_id")?;
    let suspended = row.instant_if("suspended_at")?;
    let trained = row.date_if("training_completed_on")?;
    let training_valid_until = trained
        .and_then(|day| day.plus_days(TRAINING_DAYS))
        .map(|day| calendar.ends(day));
    let starts = engagements.iter().map(|e| e.starts).min();
    Ok(PrincipalFacts {
        id: id.into(),
        starts: starts.unwrap_or(Instant::NEVER),
        ends: earliest(last_end(&engagements), suspended),
        kind: PrincipalKind::Person {
            person: id,
            hsa_id: hsa_id
                .parse()
                .map_err(|_| row.corrupt("hsa_id", "not an HSA-id"))?,
            individual: row.id("individual_id")?,
            training_valid_until,
            engagements,
        },
        grants: Vec::new(),
    })
}

/// Every engagement of a person, by first day.
pub(super) async fn engagements(
    connection: &DatabaseTransaction,
    calendar: Calendar,
    person: PersonId,
) -> Result<Vec<EngagementFacts>, FactError> {
    let people = vec![Value::from(person.to_string())];
    let mut engaged = engagements_of(connection, calendar, people).await?;
    Ok(engaged.remove(&person).unwrap_or_default())
}

/// Every engagement of several people, each one's by first day.
async fn engagements_of(
    connection: &DatabaseTransaction,
    calendar: Calendar,
    people: Vec<Value>,
) -> Result<BTreeMap<PersonId, Vec<EngagementFacts>>, FactError> {
    let sql = ENGAGEMENTS.replace("PEOPLE", &places(1, people.len()));
    let mut engaged: BTreeMap<PersonId, Vec<EngagementFacts>> = BTreeMap::new();
    for row in &rows(connection, &sql, people).await? {
        let table = "engagement";
        let row = Row::of(table, row);
        let own = engaged.entry(row.id("person_id")?).or_default();
        own.push(engagement(row, calendar, "")?);
    }
    Ok(engaged)
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
        care_provider: row.id_if(&column("care_provider"))?,
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
        responsible: None,
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
    let sql = format!("{SERVICES}s.external_id = $1");
    let found = rows(connection, &sql, [Value::from(client_id)]).await?;
    let Some(row) = found.first() else {
        return Ok(None);
    };
    let row = Row::of("service", row);
    let place = lineage(connection, &[row.id("organisation_id")?])
        .await?
        .place;
    Ok(Some(PrincipalRecord {
        facts: service_facts(row, calendar)?,
        external: client_id.to_owned(),
        place,
    }))
}

fn service_facts(row: Row<'_>, calendar: Calendar) -> Result<PrincipalFacts, FactError> {
    Ok(PrincipalFacts {
        id: row.entity("id")?,
        starts: calendar.starts(row.date("from_date")?),
        ends: row.date_if("until_date")?.map(|day| calendar.ends(day)),
        kind: PrincipalKind::Service {
            service: row.id("id")?,
            client_id: row.get("external_id")?,
            organisation: row.id("organisation_id")?,
            trusted_to_assert: row.get("trusted_to_assert")?,
            declared_scope: row.id_if("declared_scope_id")?,
            stewards: [
                steward(row, "owner_id", "owner_individual_id")?,
                steward(row, "deputy_id", "deputy_individual_id")?,
            ]
            .into_iter()
            .flatten()
            .collect(),
        },
        grants: Vec::new(),
    })
}

fn steward(
    row: Row<'_>,
    person: &str,
    individual: &str,
) -> Result<Option<(PersonId, IndividualId)>, FactError> {
    Ok(row.id_if(person)?.zip(row.id_if(individual)?))
}
