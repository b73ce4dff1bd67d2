//! An invented region: its feed, and who in it is what.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// A feed of an invented region whose day 0 is today, and its records.
#[derive(Debug)]
pub struct Region {
    path: PathBuf,
    today: String,
    records: HashMap<String, Vec<Value>>,
}

/// A grant with what it says, for those who look for somebody.
#[derive(Debug, Clone, Copy)]
pub struct Holding<'a> {
    /// The grant's record.
    pub grant: &'a Value,
    /// The HSA-id or client id of the holder.
    pub holder: &'a str,
    /// The role's record.
    pub role: &'a Value,
    /// The engagement's record; none for services.
    pub engagement: Option<&'a Value>,
}

impl Holding<'_> {
    /// The external id of the scope, if it is of that kind.
    #[must_use]
    pub fn over(&self, kind: &str) -> Option<&str> {
        let scope = &self.grant["scope"];
        (scope["kind"] == kind).then(|| scope["externalId"].as_str())?
    }

    /// The role's name.
    #[must_use]
    pub fn role_name(&self) -> &str {
        self.role["name"].as_str().unwrap_or_default()
    }
}

impl Region {
    /// Writes the feed of a region with that many employees as `region.jsonl` in `directory`.
    #[must_use]
    pub fn write(employees: u32, directory: &Path) -> Self {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../data/make_region.py");
        let today = today();
        let made = Command::new("python3")
            .args([
                script,
                "--employees",
                &employees.to_string(),
                "--today",
                &today,
            ])
            .output()
            .expect("python3 runs");
        assert!(
            made.status.success(),
            "{}",
            String::from_utf8_lossy(&made.stderr)
        );
        fs::write(directory.join("region.jsonl"), made.stdout).expect("the feed written");
        Self::read(directory)
    }

    /// Reads the feed that was written into `directory`.
    #[must_use]
    pub fn read(directory: &Path) -> Self {
        let path = directory.join("region.jsonl");
        let feed = fs::read_to_string(&path).expect("a feed");
        let mut records: HashMap<String, Vec<Value>> = HashMap::new();
        for line in feed.lines() {
            let record: Value = serde_json::from_str(line).expect("a record");
            let kind = record["kind"].as_str().expect("a kind").to_owned();
            records.entry(kind).or_default().push(record);
        }
        let last = &records["expectation"][0];
        let today = last["today"].as_str().expect("a day").to_owned();
        Self {
            path,
            today,
            records,
        }
    }

    /// The feed's file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What the last line says is true of the feed.
    #[must_use]
    pub fn expectation(&self) -> &Value {
        &self.records["expectation"][0]
    }

    /// Every record of a kind.
    pub fn of(&self, kind: &str) -> impl Iterator<Item = &Value> {
        self.records.get(kind).into_iter().flatten()
    }

    /// The record of a kind with that external id.
    #[must_use]
    #[track_caller]
    pub fn find(&self, kind: &str, external_id: &str) -> &Value {
        let mut all = self.of(kind);
        let found = all.find(|record| record["externalId"] == external_id);
        found.expect("the feed has it")
    }

    /// The care provider that an organisation lies in.
    #[must_use]
    pub fn care_provider_of<'a>(&'a self, organisation: &'a str) -> Option<&'a str> {
        let organisations = self.by_id("organisation");
        let mut here = organisation;
        loop {
            let record = organisations.get(here)?;
            if record["careProvider"] == true {
                return record["externalId"].as_str();
            }
            here = record["parent"].as_str()?;
        }
    }

    /// A server of that segment.
    #[must_use]
    pub fn server_in(&self, segment: &str) -> Option<&str> {
        let mut servers = self.of("server");
        let server = servers.find(|server| server["segment"] == segment)?;
        server["externalId"].as_str()
    }

    /// Every grant that is in force today, by its own dates and its engagement's.
    #[must_use]
    pub fn holdings(&self) -> Vec<Holding<'_>> {
        self.all_holdings()
            .into_iter()
            .filter(|held| {
                held.engagement
                    .is_none_or(|engagement| self.is_live(engagement))
                    && self.holds(&held.grant["from"], &held.grant["until"])
            })
            .collect()
    }

    /// Every grant.
    #[must_use]
    pub fn all_holdings(&self) -> Vec<Holding<'_>> {
        let roles = self.by_id("role");
        let engagements = self.by_id("engagement");
        self.of("grant")
            .filter_map(|grant| {
                Some(Holding {
                    grant,
                    holder: grant["principal"]["externalId"].as_str()?,
                    role: roles.get(grant["role"].as_str()?)?,
                    engagement: grant["engagement"]
                        .as_str()
                        .and_then(|id| engagements.get(id).copied()),
                })
            })
            .collect()
    }

    /// Grants in force of the role of that name.
    #[must_use]
    pub fn holding(&self, role: &str) -> Vec<Holding<'_>> {
        let mut held = self.holdings();
        held.retain(|held| held.role_name() == role);
        held
    }

    /// People all of whose engagements ended two days ago or earlier, so that no grace holds.
    #[must_use]
    pub fn leavers(&self) -> Vec<&str> {
        let staying: HashSet<&str> = self
            .of("engagement")
            .filter(|one| {
                one["until"]
                    .as_str()
                    .is_none_or(|until| !self.is_long_past(until))
            })
            .filter_map(|one| one["person"].as_str())
            .collect();
        let people = self
            .of("person")
            .filter_map(|one| one["externalId"].as_str());
        people.filter(|person| !staying.contains(person)).collect()
    }

    /// People at work who hold nothing.
    #[must_use]
    pub fn without_grants(&self) -> Vec<&str> {
        let held = self.all_holdings();
        let holders: HashSet<&str> = held.iter().map(|held| held.holder).collect();
        let working = self.of("engagement").filter(|one| self.is_live(one));
        let mut people: Vec<&str> = working
            .filter_map(|one| one["person"].as_str())
            .filter(|person| !holders.contains(person))
            .collect();
        people.sort_unstable();
        people.dedup();
        people
    }

    fn is_long_past(&self, day: &str) -> bool {
        // The last day may hold until noon of the next.
        let today = self.today.parse::<jiff::civil::Date>().expect("a day");
        day < today.yesterday().expect("a day").to_string().as_str()
    }

    fn by_id(&self, kind: &str) -> HashMap<&str, &Value> {
        let known = self.of(kind);
        known
            .filter_map(|record| Some((record["externalId"].as_str()?, record)))
            .collect()
    }

    fn is_live(&self, engagement: &Value) -> bool {
        let absent = engagement["absentFrom"]
            .as_str()
            .is_some_and(|from| from <= &*self.today);
        self.holds(&engagement["from"], &engagement["until"]) && !absent
    }

    /// Whether both dates leave today inside; the dates of a feed order as text.
    fn holds(&self, from: &Value, until: &Value) -> bool {
        from.as_str().is_some_and(|from| from <= &*self.today)
            && until.as_str().is_none_or(|until| until >= &*self.today)
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the service under test goes by the machine's clock"
)]
fn today() -> String {
    let now = jiff::Timestamp::now()
        .in_tz("Europe/Stockholm")
        .expect("the zone");
    now.date().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_knows_who_holds_what() {
        let directory = tempfile::tempdir().expect("a directory");
        let region = Region::write(300, directory.path());
        let count = |kind: &str| region.of(kind).count();
        assert_eq!(count("person"), region.expectation()["counts"]["person"]);
        let admins = region.holding("Serveradministratör");
        assert!(admins.iter().any(|held| held.over("segment").is_some()));
        assert!(!region.leavers().is_empty());
    }
}
