//! The demo's region: 300 people, moved in time so that its day 0 is today.

use std::collections::BTreeMap;

use serde_json::Value;

use domain::Date;
use domain::Words;
use domain::speaks::{Speaks, verbatim, words};

/// The feed as it was written; every person in it is invented.
const FEED: &str = include_str!("../../tests/data/region-300.jsonl");

/// The embedded feed cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.words())]
pub struct RegionError(&'static str);

impl Speaks for RegionError {
    fn words(&self) -> Words {
        words!(
            "the embedded region is damaged: {what}",
            "Den inbyggda regionen är skadad (`{what}`).",
            what = verbatim(self.0)
        )
    }
}

/// The record system.
const RECORD_SYSTEM: &str = "sys-000";

/// The demo's region.
#[derive(Debug)]
pub struct Region {
    records: Vec<Value>,
}

impl Region {
    /// The region as it is on `today`.
    ///
    /// # Errors
    /// When the embedded feed is damaged.
    pub fn on(today: Date) -> Result<Self, RegionError> {
        let mut records = Vec::new();
        for line in FEED.lines() {
            records.push(serde_json::from_str(line).map_err(|_| RegionError("not JSON"))?);
        }
        let day_zero = records
            .last()
            .and_then(|last: &Value| text(last, "today"))
            .and_then(|day| day.parse::<Date>().ok())
            .ok_or(RegionError("no day"))?;
        let days = day_zero.days_until(today);
        for record in &mut records {
            shift(record, days);
        }
        Ok(Self { records })
    }

    /// The feed, one record a line.
    #[must_use]
    pub fn feed(&self) -> Vec<u8> {
        let mut feed = Vec::with_capacity(FEED.len());
        for record in &self.records {
            feed.extend_from_slice(record.to_string().as_bytes());
            feed.push(b'\n');
        }
        feed
    }

    /// The people and machines that the demo's commands speak of.
    ///
    /// # Errors
    /// When the region has nobody of a kind.
    pub fn cast(&self) -> Result<Cast, RegionError> {
        let admin = self
            .segment_administrator()
            .ok_or(RegionError("no administrator"))?;
        let server = |segment: &str| {
            let host = self
                .of("server")
                .find(|s| text(s, "segment") == Some(segment));
            host.and_then(|s| text(s, "externalId")).map(str::to_owned)
        };
        let other = self
            .of("segment")
            .filter_map(|segment| text(segment, "externalId"))
            .find(|id| self.is_in_care(id) && !admin.segments.iter().any(|own| own == id))
            .ok_or(RegionError("no other segment"))?;
        let own = admin.segments.first().ok_or(RegionError("no segment"))?;
        Ok(Cast {
            own_server: server(own).ok_or(RegionError("no server"))?,
            other_server: server(other).ok_or(RegionError("no server"))?,
            administrator: admin.person,
            auditor: self.holder_of("Revisor").ok_or(RegionError("no auditor"))?,
            manager: self
                .holder_of("Verksamhetschef")
                .ok_or(RegionError("no manager"))?,
            it_lead: self
                .holder_of("Förvaltningsledare IT")
                .ok_or(RegionError("no IT lead"))?,
            vendor: self.vendor().ok_or(RegionError("no vendor"))?,
            officer: self
                .holder_of("Informationssäkerhetsansvarig")
                .ok_or(RegionError("no officer"))?,
            clinician: self.clinician().ok_or(RegionError("no clinician"))?,
        })
    }

    fn of<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Value> {
        self.records
            .iter()
            .filter(move |record| text(record, "kind") == Some(kind))
    }

    fn roles_named(&self, name: &str) -> Vec<&str> {
        let named = self
            .of("role")
            .filter(|role| text(role, "name") == Some(name));
        named.filter_map(|role| text(role, "externalId")).collect()
    }

    fn holder_of(&self, role: &str) -> Option<String> {
        let roles = self.roles_named(role);
        self.of("grant")
            .filter(|grant| text(grant, "role").is_some_and(|id| roles.contains(&id)))
            .find_map(holder)
            .map(str::to_owned)
    }

    /// Whether patients depend on a segment of the record system: neither for tests nor for training.
    fn is_in_care(&self, segment: &str) -> bool {
        let found = self
            .of("segment")
            .find(|known| text(known, "externalId") == Some(segment));
        let production = found.and_then(|known| text(known, "environment")) == Some("production");
        segment.starts_with("seg-000-") && production
    }

    /// Somebody who administers segments of the record system and nothing wider.
    fn segment_administrator(&self) -> Option<Administrator> {
        let roles = self.roles_named("Serveradministratör");
        let mut held: BTreeMap<&str, Vec<(&str, &str)>> = BTreeMap::new();
        for grant in self.of("grant") {
            if text(grant, "role").is_some_and(|id| roles.contains(&id)) {
                let scope = (
                    at(grant, "scope", "kind")?,
                    at(grant, "scope", "externalId")?,
                );
                held.entry(holder(grant)?).or_default().push(scope);
            }
        }
        held.into_iter()
            .find(|(_, scopes)| {
                scopes
                    .iter()
                    .all(|(kind, id)| *kind == "segment" && self.is_in_care(id))
            })
            .map(|(person, scopes)| Administrator {
                person: person.to_owned(),
                segments: scopes.into_iter().map(|(_, id)| id.to_owned()).collect(),
            })
    }

    /// Somebody who reads records of the record system in the own unit, and a unit that is neither theirs.
    fn clinician(&self) -> Option<Clinician> {
        let readers = self.roles_named("Läkare");
        let readers: Vec<&str> = (self.of("role"))
            .filter(|role| text(role, "system") == Some(RECORD_SYSTEM))
            .filter_map(|role| text(role, "externalId"))
            .filter(|role| readers.contains(role))
            .collect();
        let here = |grant: &&Value| at(grant, "scope", "kind") == Some("organisation");
        let reads = |grant: &&Value| text(grant, "role").is_some_and(|id| readers.contains(&id));
        let at_work = |grant: &&Value| {
            let named = text(grant, "engagement");
            let mut engagements = self.of("engagement");
            let engagement = engagements.find(|one| named == text(one, "externalId"));
            engagement.is_some_and(|one| {
                text(one, "type") == Some("employee")
                    && text(one, "until").is_none()
                    && text(one, "absentFrom").is_none()
            })
        };
        let counts = |grant: &&Value| text(grant, "until").is_none() && at_work(grant);
        let grant = self.of("grant").filter(here).filter(reads).find(counts)?;
        let (person, unit) = (holder(grant)?, at(grant, "scope", "externalId")?);
        let theirs: Vec<&str> = (self.of("grant"))
            .filter(|grant| holder(grant) == Some(person))
            .filter_map(|grant| at(grant, "scope", "externalId"))
            .collect();
        let other = self
            .of("organisation")
            .filter(|organisation| text(organisation, "type") == Some("unit"))
            .filter_map(|organisation| text(organisation, "externalId"))
            .find(|unit| !theirs.contains(unit))?;
        Some(Clinician {
            person: person.to_owned(),
            unit: unit.to_owned(),
            other_unit: other.to_owned(),
        })
    }

    fn vendor(&self) -> Option<String> {
        let engaged = self
            .of("engagement")
            .find(|e| text(e, "type") == Some("vendor"));
        engaged.and_then(|e| text(e, "person")).map(str::to_owned)
    }
}

struct Administrator {
    person: String,
    segments: Vec<String>,
}

/// Who and what the demo's commands speak of, by HSA-id and host name.
#[derive(Debug, Clone)]
pub struct Cast {
    /// Administers one segment of the record system.
    pub administrator: String,
    /// A server in that segment.
    pub own_server: String,
    /// A server in another segment of the record system.
    pub other_server: String,
    /// Reads the log.
    pub auditor: String,
    /// Leads a unit.
    pub manager: String,
    /// Leads the IT maintenance of a system.
    pub it_lead: String,
    /// Works for a vendor.
    pub vendor: String,
    /// Answers for information security, and may ask what somebody may do and why.
    pub officer: String,
    /// Reads patients' records.
    pub clinician: Clinician,
}

/// Somebody who reads patients' records in one unit.
#[derive(Debug, Clone)]
pub struct Clinician {
    /// Who.
    pub person: String,
    /// Where the role is held.
    pub unit: String,
    /// A unit of the same care provider where nothing is held.
    pub other_unit: String,
}

fn text<'a>(record: &'a Value, key: &str) -> Option<&'a str> {
    record.get(key).and_then(Value::as_str)
}

fn at<'a>(record: &'a Value, key: &str, inner: &str) -> Option<&'a str> {
    record.get(key).and_then(|nested| text(nested, inner))
}

fn holder(grant: &Value) -> Option<&str> {
    let person = at(grant, "principal", "kind") == Some("person");
    person
        .then(|| at(grant, "principal", "externalId"))
        .flatten()
}

/// Moves every date in a record by that many days.
fn shift(value: &mut Value, days: i32) {
    match value {
        Value::String(text) => {
            let moved = text
                .parse::<Date>()
                .ok()
                .and_then(|day| day.plus_days(days));
            if let Some(day) = moved {
                *text = day.to_string();
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| shift(item, days)),
        Value::Object(members) => members.values_mut().for_each(|member| shift(member, days)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_region_moves_in_time_and_keeps_its_cast() {
        let day: Date = "2027-02-03".parse().unwrap();
        let region = Region::on(day).unwrap();
        let last = region.records.last().unwrap();
        assert_eq!(text(last, "today"), Some("2027-02-03"));
        let cast = region.cast().unwrap();
        assert_ne!(cast.own_server, cast.other_server);
        assert!(cast.own_server.starts_with("000-"), "{}", cast.own_server);
    }
}
