//! The register as the log tells it gives the facts that its rows give: of every person, service and thing of a region,
//! after it was imported and after another day's feed.

use super::*;
use ::store::facts::{Regions, SnapshotFacts, ToldFacts};
use audit::Snapshot;
use domain::target::{ExternalKey, PrincipalKey, TargetKey};
use domain::verdict::StagedAt;
use domain::{Calendar, EntityRef, PermissionName};
use gate::{FactSource, RolesOf};

/// The tables of what can be a target.
const TARGETS: [&str; 13] = [
    "organisation",
    "person",
    "engagement",
    "service",
    "account",
    "system",
    "supplier_assessment",
    "segment",
    "server",
    "\"database\"",
    "role",
    "role_grant",
    "individual",
];

/// The same moment, by rows and by the log.
struct Both {
    rows: SnapshotFacts,
    told: ToldFacts,
}

impl Both {
    async fn of(place: &Place, regions: &Regions) -> Self {
        let snapshot: Arc<Snapshot> = Arc::new(place.log.database().snapshot().await.unwrap());
        let (calendar, now) = (Calendar::default(), place.clock.now());
        let told = regions.facts(Arc::clone(&snapshot), calendar, now).await;
        Self {
            rows: SnapshotFacts::new(snapshot, calendar, now),
            told: told.unwrap(),
        }
    }

    /// Holds what one question gives by both ways against each other.
    async fn same<T: std::fmt::Debug>(
        &self,
        what: &str,
        ask: impl AsyncFn(&dyn FactSource) -> Result<T, gate::FactError>,
    ) {
        let (rows, told) = (ask(&self.rows).await, ask(&self.told).await);
        assert_eq!(format!("{told:?}"), format!("{rows:?}"), "{what}");
    }

    async fn principals(&self, place: &Place, permissions: &[PermissionName]) {
        let mut holders = Vec::new();
        for (table, name) in [("person", "hsa_id"), ("service", "external_id")] {
            for pair in place
                .texts(&format!("SELECT {name} || ' ' || id FROM {table}"))
                .await
            {
                let (name, id) = pair.split_once(' ').unwrap();
                let key = match table {
                    "person" => PrincipalKey::Person(name.parse().unwrap()),
                    _ => PrincipalKey::Service(name.parse().unwrap()),
                };
                self.same(name, async |facts| facts.principal(key.clone()).await)
                    .await;
                holders.push(id.parse::<EntityRef>().unwrap());
            }
        }
        for holder in &holders {
            for permission in permissions.iter().step_by(5) {
                let wanted = vec![permission.clone(), permissions[0].clone()];
                let what = format!("{holder} {permission}");
                self.same(&what, async |facts| {
                    facts.grants(*holder, wanted.clone()).await
                })
                .await;
            }
        }
        for of in [RolesOf::Everything, RolesOf::System(None)] {
            for permission in permissions {
                let (name, after) = (permission.clone(), holders[3].to_string());
                let ask = async |facts: &dyn FactSource| {
                    facts
                        .holders(name.clone(), of, Some(after.clone()), 7)
                        .await
                };
                self.same(permission.as_str(), ask).await;
            }
        }
        let ask = async |facts: &dyn FactSource| facts.holdings(holders.clone(), None).await;
        self.same("holdings", ask).await;
        let asked: Vec<_> = permissions
            .iter()
            .map(|name| (name.clone(), None))
            .collect();
        self.same("asked", async |facts| facts.asked(asked.clone()).await)
            .await;
    }

    async fn targets(&self, place: &Place) {
        for table in TARGETS {
            let ids = place.texts(&format!("SELECT id FROM {table}")).await;
            let ids: Vec<EntityRef> = ids.iter().map(|id| id.parse().unwrap()).collect();
            for id in ids {
                let keys = vec![TargetKey::Entity(id)];
                self.same(&id.to_string(), async |facts| {
                    facts.targets(keys.clone()).await
                })
                .await;
            }
        }
        for (table, named) in [
            (
                "system",
                ExternalKey::System as fn(domain::text::Identifier) -> ExternalKey,
            ),
            ("segment", ExternalKey::Segment),
            ("\"database\"", ExternalKey::Database),
            ("role", ExternalKey::Role),
        ] {
            let names = place
                .texts(&format!("SELECT external_id FROM {table}"))
                .await;
            for name in names {
                let keys = vec![TargetKey::External(named(name.parse().unwrap()))];
                self.same(&name, async |facts| facts.targets(keys.clone()).await)
                    .await;
            }
        }
    }

    async fn reports(&self, place: &Place) {
        let sorted = |mut kept: Vec<EntityRef>| {
            kept.sort_unstable();
            kept
        };
        for table in ["organisation", "system", "server"] {
            for id in place.texts(&format!("SELECT id FROM {table}")).await {
                let thing: EntityRef = id.parse().unwrap();
                let ask = async |facts: &dyn FactSource| Ok(sorted(facts.kept_in(thing).await?));
                self.same(&id, ask).await;
            }
        }
        for id in place.texts("SELECT id FROM organisation").await {
            let organisation = id.parse().unwrap();
            self.same(&id, async |facts| facts.keepers(Some(organisation)).await)
                .await;
            let ask = async |facts: &dyn FactSource| facts.authorities_within(organisation).await;
            self.same(&id, ask).await;
        }
        for id in place.texts("SELECT id FROM individual").await {
            let human = BTreeSet::from([id.parse().unwrap()]);
            self.same(&id, async |facts| facts.guises(human.clone()).await)
                .await;
        }
        self.same("keepers", async |facts| facts.keepers(None).await)
            .await;
        self.same("landscape", async |facts| facts.landscape().await)
            .await;
        self.same("generation", async |facts| facts.generation().await)
            .await;
        self.same("stages", async |facts| {
            facts.stages(StagedAt::default()).await
        })
        .await;
        let systems = async |facts: &dyn FactSource| {
            let mut systems = facts.systems().await?;
            systems.sort_by_key(|system| system.id);
            Ok(systems)
        };
        self.same("systems", systems).await;
    }
}

#[tokio::test]
async fn what_the_log_tells_gives_the_facts_that_the_rows_give() {
    for place in places().await {
        let regions = Regions::default();
        place.import(&region(), &options()).await.unwrap();
        let names = place
            .texts("SELECT DISTINCT name FROM permission ORDER BY name")
            .await;
        let permissions: Vec<PermissionName> =
            names.iter().map(|name| name.parse().unwrap()).collect();
        let before = Both::of(&place, &regions).await;
        // Another day: somebody has moved, somebody is absent, somebody has left.
        let line = region()
            .lines()
            .find(|line| {
                line.contains("\"kind\":\"engagement\"") && line.contains("\"until\":null")
            })
            .unwrap()
            .to_owned();
        let left = line.replace("\"until\":null", "\"until\":\"2026-01-01\"");
        place
            .import(&edited(&line, &left), &options())
            .await
            .unwrap();
        // Whoever began to read before it has the region from before it.
        before.principals(&place, &permissions).await;
        drop(before);
        let after = Both::of(&place, &regions).await;
        after.principals(&place, &permissions).await;
        after.targets(&place).await;
        after.reports(&place).await;
        drop(after);
        // A process that reads the whole has the same as one that went on.
        let anew = Both::of(&place, &Regions::default()).await;
        anew.principals(&place, &permissions).await;
        drop(anew);
        place.done().await;
    }
}
