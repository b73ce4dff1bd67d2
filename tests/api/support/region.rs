//! The region of the tests, moved in time so that its first day is today, and who is who in it.
//!
//! People are found by what the feed says of them, so that another feed of the same shape would do.

use std::collections::{BTreeMap, BTreeSet};

use domain::Date;
use domain::clock::{Clock, SystemClock};
use serde_json::Value;

/// The log's name.
pub(crate) const ORIGIN: &str = "behorig.test/log";

/// The record system.
pub(crate) const COSMIC: &str = "sys-000";

/// The feed, and who is who in it.
#[derive(Debug)]
pub(crate) struct Region {
    feed: Vec<u8>,
    records: Vec<Value>,
}

/// A unit, the person who has a role in it, and what the role is of.
#[derive(Debug, Clone)]
pub(crate) struct Clinician {
    pub(crate) person: String,
    pub(crate) unit: String,
    pub(crate) other_unit: String,
    pub(crate) grant: String,
}

/// An administrator of exactly one segment of the record system.
#[derive(Debug, Clone)]
pub(crate) struct SegmentAdministrator {
    pub(crate) person: String,
    pub(crate) segment: String,
    pub(crate) server: String,
    pub(crate) other_segment: String,
    pub(crate) other_server: String,
    pub(crate) grant: String,
}

impl Region {
    /// The region as of today.
    pub(crate) fn today() -> Self {
        let region = behorig::demo::Region::on(today()).expect("a region");
        let feed = region.feed();
        let records = feed
            .split(|byte| *byte == b'\n')
            .filter(|line| !line.is_empty())
            .map(|line| serde_json::from_slice(line).expect("a record"))
            .collect();
        Self { feed, records }
    }

    /// The feed as a file would hold it.
    pub(crate) fn feed(&self) -> &[u8] {
        &self.feed
    }

    /// What the feed's last line says was planted.
    pub(crate) fn flags(&self) -> &Value {
        &self.records.last().expect("a last line")["flags"]
    }

    /// The records of one kind.
    pub(crate) fn of<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Value> {
        self.records
            .iter()
            .filter(move |record| record["kind"] == kind)
    }

    fn is_role(&self, id: &Value, name: &str) -> bool {
        self.of("role")
            .any(|role| role["externalId"] == *id && role["name"] == name)
    }

    /// The external id of the general role of that name.
    pub(crate) fn role(&self, name: &str) -> String {
        let mut roles = self.of("role");
        let found = roles.find(|role| role["name"] == name && role["system"].is_null());
        text(&found.expect("a role of that name")["externalId"])
    }

    /// The external id of a system's role of that name.
    pub(crate) fn role_in(&self, system: &str, name: &str) -> String {
        let mut roles = self.of("role");
        let found = roles.find(|role| role["name"] == name && role["system"] == system);
        text(&found.expect("a role of that name")["externalId"])
    }

    /// The grants of somebody.
    pub(crate) fn grants_of<'a>(&'a self, holder: &'a str) -> impl Iterator<Item = &'a Value> {
        self.of("grant")
            .filter(move |grant| grant["principal"]["externalId"] == holder)
    }

    fn engagements_of<'a>(&'a self, person: &'a str) -> impl Iterator<Item = &'a Value> {
        self.of("engagement")
            .filter(move |engagement| engagement["person"] == person)
    }

    fn is_ended(&self, person: &str) -> bool {
        let today = today();
        let ended = |engagement: &Value| {
            let until = engagement["until"]
                .as_str()
                .and_then(|day| day.parse::<Date>().ok());
            until.is_some_and(|until| until.days_until(today) > 1)
        };
        self.engagements_of(person).all(ended)
    }

    /// Somebody who holds the role of that name and nothing else.
    pub(crate) fn only(&self, role: &str) -> String {
        let holders = self
            .of("grant")
            .filter(|grant| self.is_role(&grant["role"], role));
        let mut holders = holders.map(|grant| text(&grant["principal"]["externalId"]));
        holders
            .find(|holder| self.grants_of(holder).count() == 1 && !self.is_ended(holder))
            .expect("somebody with that role only")
    }

    /// Somebody with a role of that name, and the scope of the grant.
    pub(crate) fn holder(&self, role: &str) -> (String, String) {
        let mut grants = self
            .of("grant")
            .filter(|grant| self.is_role(&grant["role"], role));
        let grant = grants.next().expect("somebody with that role");
        let scope = grant["scope"]["externalId"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        (text(&grant["principal"]["externalId"]), scope)
    }

    /// Somebody who provisions grants for others, and reads the whole register for it.
    pub(crate) fn provisioner(&self) -> String {
        let (wide, _) = self.wide_administrator();
        self.of("grant")
            .filter(|grant| self.is_role(&grant["role"], "Kundcenter"))
            .map(|grant| text(&grant["principal"]["externalId"]))
            .find(|holder| *holder != wide)
            .expect("somebody who provisions")
    }

    /// Somebody who administers one segment of the record system and no other server.
    pub(crate) fn segment_administrator(&self) -> SegmentAdministrator {
        let mut grants = self
            .of("grant")
            .filter(|grant| self.is_role(&grant["role"], "Serveradministratör"));
        let of_one = |grant: &&Value| {
            let holder = text(&grant["principal"]["externalId"]);
            let held = |name: &str| {
                self.grants_of(&holder)
                    .filter(|grant| self.is_role(&grant["role"], name))
                    .count()
            };
            let segment = text(&grant["scope"]["externalId"]);
            grant["scope"]["kind"] == "segment"
                && self.is_in_care(&segment)
                && held("Serveradministratör") == 1
                && held("Registeransvarig") == 0
        };
        let grant = grants
            .find(of_one)
            .expect("an administrator of one segment");
        let segment = text(&grant["scope"]["externalId"]);
        let mut segments = self
            .of("segment")
            .map(|segment| text(&segment["externalId"]));
        let other_segment = segments
            .find(|other| self.is_in_care(other) && *other != segment)
            .expect("another segment");
        SegmentAdministrator {
            person: text(&grant["principal"]["externalId"]),
            server: self.server_in(&segment),
            other_server: self.server_in(&other_segment),
            grant: text(&grant["externalId"]),
            segment,
            other_segment,
        }
    }

    /// Whether patients depend on a segment of the record system: neither for tests nor for training.
    fn is_in_care(&self, segment: &str) -> bool {
        let mut segments = self.of("segment");
        segment.starts_with("seg-000-")
            && segments
                .any(|known| known["externalId"] == segment && known["environment"] == "production")
    }

    /// A host of a segment.
    pub(crate) fn server_in(&self, segment: &str) -> String {
        let mut servers = self.of("server");
        let found = servers.find(|server| server["segment"] == segment);
        text(&found.expect("a server of the segment")["externalId"])
    }

    /// Somebody with server administration over a whole organisation, and that grant.
    pub(crate) fn wide_administrator(&self) -> (String, String) {
        let grant = self
            .of("grant")
            .find(|grant| {
                self.is_role(&grant["role"], "Serveradministratör")
                    && grant["scope"]["kind"] == "organisation"
            })
            .expect("a grant that reaches too far");
        (
            text(&grant["principal"]["externalId"]),
            text(&grant["externalId"]),
        )
    }

    /// Somebody who reads records in one unit of the record system, and in nothing else.
    pub(crate) fn clinician(&self) -> Clinician {
        let role = self.role_in(COSMIC, "Läkare");
        let grant = self
            .of("grant")
            .find(|grant| {
                let holder = text(&grant["principal"]["externalId"]);
                grant["role"] == role
                    && !grant["needsAndRiskAnalysis"].is_null()
                    && self.grants_of(&holder).count() == 1
                    && self.engagements_of(&holder).count() == 1
                    && self.is_at_work(&holder)
            })
            .expect("a clinician of one unit");
        let unit = text(&grant["scope"]["externalId"]);
        let authority = |unit: &str| self.authority_of(unit);
        let other_unit = self
            .of("organisation")
            .filter(|organisation| organisation["type"] == "unit")
            .map(|organisation| text(&organisation["externalId"]))
            .find(|other| *other != unit && authority(other) == authority(&unit))
            .expect("another unit of the same authority");
        Clinician {
            person: text(&grant["principal"]["externalId"]),
            grant: text(&grant["externalId"]),
            unit,
            other_unit,
        }
    }

    fn is_at_work(&self, person: &str) -> bool {
        let mut engagements = self.engagements_of(person);
        engagements.all(|engagement| {
            engagement["absentFrom"].is_null()
                && engagement["until"].is_null()
                && engagement["type"] == "employee"
        })
    }

    fn authority_of(&self, organisation: &str) -> Option<String> {
        self.nearest("authority", organisation)
    }

    fn care_provider_of(&self, organisation: &str) -> Option<String> {
        self.nearest("careProvider", organisation)
    }

    fn nearest(&self, what: &str, organisation: &str) -> Option<String> {
        let mut here = organisation.to_owned();
        loop {
            let record = self
                .of("organisation")
                .find(|record| record["externalId"] == here)?;
            if record[what] == true {
                return Some(here);
            }
            record["parent"].as_str()?.clone_into(&mut here);
        }
    }

    /// A unit of every authority and care provider that has one.
    pub(crate) fn one_of_each_authority(&self) -> Vec<String> {
        let units = self
            .of("organisation")
            .filter(|organisation| organisation["type"] == "unit");
        let of_each: BTreeMap<_, String> = units
            .map(|unit| text(&unit["externalId"]))
            .map(|unit| {
                let at = (self.authority_of(&unit), self.care_provider_of(&unit));
                (at, unit)
            })
            .collect();
        of_each.into_values().collect()
    }

    /// The record of a kind with that external id.
    pub(crate) fn find<'a>(&'a self, kind: &'a str, external_id: &str) -> &'a Value {
        let found = self.of(kind).find(|one| one["externalId"] == external_id);
        found.expect("the feed has it")
    }

    /// A place that lies in another care provider than the clinician's.
    pub(crate) fn place_of_another_care_provider(&self) -> String {
        let own = self.care_provider_of(&self.clinician().unit);
        self.of("organisation")
            .map(|organisation| text(&organisation["externalId"]))
            .find(|place| {
                let provider = self.care_provider_of(place);
                provider.is_some() && provider != own
            })
            .expect("a place of another care provider")
    }

    /// A unit of another committee than the clinician's, in the same region.
    pub(crate) fn unit_of_another_authority(&self) -> String {
        let own = self.authority_of(&self.clinician().unit);
        self.of("organisation")
            .filter(|organisation| organisation["type"] == "unit")
            .map(|organisation| text(&organisation["externalId"]))
            .find(|unit| self.authority_of(unit) != own)
            .expect("a unit of another authority")
    }

    /// Somebody who has left but whose grant has not ended, and that grant.
    pub(crate) fn leaver(&self) -> (String, Value) {
        let grant = self
            .of("grant")
            .find(|grant| {
                let holder = text(&grant["principal"]["externalId"]);
                self.engagements_of(&holder).count() > 0 && self.is_ended(&holder)
            })
            .expect("a grant of somebody who has left");
        (text(&grant["principal"]["externalId"]), grant.clone())
    }

    /// Somebody at work who holds nothing.
    pub(crate) fn without_grants(&self) -> String {
        self.of("person")
            .map(|person| text(&person["externalId"]))
            .find(|person| self.grants_of(person).count() == 0 && self.is_at_work(person))
            .expect("somebody without grants")
    }

    /// Whoever is responsible for the person's engagement, and so may order for them.
    pub(crate) fn responsible_for(&self, person: &str) -> String {
        let mut engagements = self.engagements_of(person);
        text(&engagements.next().expect("an engagement")["responsible"])
    }

    /// Somebody whose identity is protected.
    pub(crate) fn protected(&self) -> String {
        let mut people = self.of("person");
        let found = people.find(|person| person["protectedIdentity"] == true);
        text(&found.expect("somebody protected")["externalId"])
    }

    /// Somebody who works for a vendor.
    pub(crate) fn vendor(&self) -> String {
        let mut engagements = self.of("engagement");
        let found = engagements.find(|engagement| {
            engagement["type"] == "vendor" && !self.is_ended(&text(&engagement["person"]))
        });
        text(&found.expect("a vendor's engagement")["person"])
    }

    /// Somebody who leads one unit, and the unit.
    pub(crate) fn manager(&self) -> (String, String) {
        let protected = self.protected();
        let grant = self
            .of("grant")
            .find(|grant| {
                let holder = text(&grant["principal"]["externalId"]);
                self.is_role(&grant["role"], "Verksamhetschef")
                    && holder != protected
                    && self.grants_of(&holder).count() == 1
                    && self.members_of(&text(&grant["scope"]["externalId"])).len() > 2
            })
            .expect("a manager of one unit");
        (
            text(&grant["principal"]["externalId"]),
            text(&grant["scope"]["externalId"]),
        )
    }

    /// Whoever leads a unit.
    pub(crate) fn manager_of(&self, unit: &str) -> String {
        let mut grants = self.of("grant");
        let leading = grants.find(|grant| {
            grant["scope"]["externalId"] == unit && self.is_role(&grant["role"], "Verksamhetschef")
        });
        text(&leading.expect("a manager of the unit")["principal"]["externalId"])
    }

    /// Everybody with a live engagement at an organisation.
    pub(crate) fn members_of(&self, unit: &str) -> BTreeSet<String> {
        self.of("engagement")
            .filter(|engagement| engagement["unit"] == unit)
            .map(|engagement| text(&engagement["person"]))
            .filter(|person| !self.is_ended(person))
            .collect()
    }
}

/// Today in the region.
pub(crate) fn today() -> Date {
    SystemClock.now().date()
}

/// The text of a value that is text.
pub(crate) fn text(value: &Value) -> String {
    value.as_str().expect("text").to_owned()
}
