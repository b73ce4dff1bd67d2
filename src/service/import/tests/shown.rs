//! What a region's feed brought is listed to each caller exactly as it is shown one by one, and counted as it
//! is listed: through the real facts, for every kind.
//!
//! Everybody lists everything, and what is listed is what the facts of each row admit. One caller for each
//! shape of rights compares the rows that are not listed too, and is asked for some one by one; with
//! `BEHORIG_SOAK=1` everybody is, for all of them.

use std::collections::BTreeMap;

use super::*;
use ::store::Reader;
use ::store::facts::{Opening, Regions};
use ::store::read::{By, Order, Stored, Window};
use audit::Snapshot;
use authn::{ClientAuthentication, DemoIssuer, Subject, TokenOrder, TokenSettings, Verifier};
use domain::action::{List, Read};
use domain::facts::TargetFacts;
use domain::id::{self, Id, Kind as IdKind};
use domain::{Calendar, EntityRef};
use gate::{BeginError, Gate, Operation, Policies, Refusal, RegisterAt, RequestContext};
use policy::{Filter, PolicySet};

/// How many rows of a kind a caller is asked for one by one, of those listed and of the others.
const ASKED: usize = 6;

/// The most rows of a page: an event has room for their ids.
const PAGE: u64 = 1_000;

/// A place whose register is read at one moment, and those who may sign in.
struct Looking {
    gate: Gate,
    issuer: DemoIssuer,
    verifier: Verifier,
    register: RegisterAt,
    reader: Reader,
    now: Instant,
    _keys: tempfile::TempDir,
}

impl Looking {
    async fn at(place: &Place, services: &[String]) -> Self {
        let keys = tempfile::tempdir().unwrap();
        let issuer = DemoIssuer::open(keys.path()).unwrap();
        let mut trusted = issuer.settings();
        let strong = |name: &String| (name.clone(), ClientAuthentication::PrivateKeyJwt);
        trusted.clients = services.iter().map(strong).collect();
        let settings = TokenSettings {
            issuers: vec![trusted],
            ..TokenSettings::default()
        };
        let snapshot: Arc<Snapshot> = Arc::new(place.log.database().snapshot().await.unwrap());
        let (calendar, now) = (Calendar::default(), place.clock.now());
        let register = Regions::default();
        let register = register.register(
            Arc::new(Opening::from(Arc::clone(&snapshot))),
            calendar,
            now,
        );
        let register = register.await.unwrap();
        let policies = Policies {
            set: PolicySet::embedded().unwrap(),
            generation: 1,
        };
        Self {
            gate: Gate::new(place.clock.clone(), policies),
            issuer,
            verifier: Verifier::start(settings).await.unwrap(),
            register,
            reader: Reader::new(snapshot, calendar),
            now,
            _keys: keys,
        }
    }

    /// What somebody does; `None`: they may not call at all.
    async fn operation(&self, subject: Subject) -> Option<Operation> {
        let order = TokenOrder::new(subject);
        let token = self.issuer.issue(&order, self.now).unwrap();
        let claimant = self.verifier.authenticate(&token, self.now).await.unwrap();
        let context = RequestContext {
            request_id: "shown".to_owned(),
            trace_id: None,
            network_zone: None,
            purpose: None,
        };
        match self
            .gate
            .begin(&claimant, self.register.clone(), context)
            .await
        {
            Ok(operation) => Some(operation),
            Err(BeginError::Turned(_)) => None,
            Err(error) => panic!("{error}"),
        }
    }

    /// The facts of all rows of a kind.
    async fn rows<K: IdKind>(&self, ids: &[String]) -> BTreeMap<Id<K>, TargetFacts> {
        let ids: Vec<Id<K>> = ids.iter().map(|id| id.parse().unwrap()).collect();
        let mut facts = BTreeMap::new();
        for id in ids {
            let found = self.register.thing(id.into()).await.unwrap();
            facts.insert(id, found.unwrap());
        }
        facts
    }

    /// The whole list of a kind, with the filter that it was made by and the count that it gives itself.
    async fn list<K: Stored>(&self, operation: &Operation) -> (BTreeSet<EntityRef>, Filter) {
        let mut window = Window {
            order: Order {
                by: By::Created,
                descending: false,
            },
            after: None,
            before: None,
            size: PAGE,
            from_the_end: false,
            count: true,
        };
        let mut listed = BTreeSet::new();
        loop {
            let read = async |permit: gate::Permit<List<K>>| {
                let filter = permit.filter().cloned().unwrap();
                let selection = K::Selection::default();
                let page = self.reader.page(permit, self.now, &selection, &window);
                Ok::<_, Refusal>((page.await.unwrap(), filter))
            };
            let ids = |(page, _): &(::store::read::Page<K::Record>, Filter)| {
                page.rows.iter().map(K::id).collect()
            };
            let (page, filter) = operation
                .list(List::<K>::default(), read, ids, |_, hidden| {
                    assert!(hidden.is_empty(), "{hidden:?}");
                })
                .await
                .unwrap();
            listed.extend(page.rows.iter().map(K::id));
            if let (true, Some(last)) = (page.more_after, page.rows.last()) {
                window.after = Some(K::position(last, By::Created));
                continue;
            }
            assert_eq!(page.total, Some(listed.len() as u64), "{}", K::NAME);
            return (listed, filter);
        }
    }
}

/// How closely a caller is looked at.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Closely {
    /// What is listed is admitted.
    Listed,
    /// Every row, and so many one by one.
    Rows(usize),
}

/// Compares what one caller sees of a kind, and says what differs.
async fn compare<K: Stored>(
    looking: &Looking,
    operation: &Operation,
    rows: &BTreeMap<Id<K>, TargetFacts>,
    closely: Closely,
) -> Vec<String> {
    let (listed, filter) = looking.list::<K>(operation).await;
    let mut differing = Vec::new();
    let (mut inside, mut outside) = (Vec::new(), Vec::new());
    for (id, facts) in rows {
        let is_listed = listed.contains(&EntityRef::from(*id));
        if (is_listed || closely != Closely::Listed) && is_listed != filter.admits(facts) {
            differing.push(format!("{id} is listed: {is_listed}, by its facts not"));
        }
        if is_listed {
            inside.push(*id);
        } else {
            outside.push(*id);
        }
    }
    assert_eq!(inside.len(), listed.len(), "{} that is no row", K::NAME);
    if let Closely::Rows(most) = closely {
        for (some, is_listed) in [(inside, true), (outside, false)] {
            let step = some.len().div_ceil(most).max(1);
            let some: Vec<Id<K>> = some.into_iter().step_by(step).collect();
            let actions = some.iter().map(|id| Read::by_id(*id)).collect();
            let answers = operation.read_each(actions).await.unwrap();
            for (id, answer) in some.iter().zip(answers) {
                if answer.is_ok() != is_listed {
                    differing.push(format!("{id} is listed: {is_listed}, one by one not"));
                }
            }
        }
    }
    let _recorded = operation.take_docket();
    differing
}

/// The permissions of the service itself that somebody's grants confer, with the kinds of their scopes.
const SHAPES: &str = "\
    SELECT COALESCE(p.hsa_id, s.external_id) AS caller, n.name, g.scope_kind \
    FROM role_grant g LEFT JOIN person p ON p.id = g.person_id \
    LEFT JOIN service s ON s.id = g.service_id JOIN role_permission m ON m.role_id = g.role_id \
    JOIN permission n ON n.id = m.permission_id WHERE n.system_key = '' AND g.revoked_at IS NULL";

async fn shapes(place: &Place) -> BTreeMap<String, BTreeSet<(String, String)>> {
    let statement = Statement::from_string(place.raw.get_database_backend(), SHAPES);
    let mut shapes: BTreeMap<String, BTreeSet<(String, String)>> = BTreeMap::new();
    for row in place.raw.query_all_raw(statement).await.unwrap() {
        let shape = shapes.entry(row.try_get_by_index(0).unwrap()).or_default();
        shape.insert((
            row.try_get_by_index(1).unwrap(),
            row.try_get_by_index(2).unwrap(),
        ));
    }
    shapes
}

macro_rules! every_kind {
    ($($kind:ident in $table:literal,)*) => {
        /// The rows of every kind with their facts.
        struct Everything { $($kind: BTreeMap<Id<id::$kind>, TargetFacts>,)* }

        impl Everything {
            async fn of(looking: &Looking, place: &Place) -> Self {
                Self { $($kind: {
                    let ids = place.texts(concat!("SELECT ", $table)).await;
                    assert!(!ids.is_empty(), "no {}", stringify!($kind));
                    looking.rows::<id::$kind>(&ids).await
                },)* }
            }

            async fn compare(
                &self,
                looking: &Looking,
                operation: &Operation,
                closely: Closely,
            ) -> Vec<String> {
                let mut differing = Vec::new();
                $(differing.extend(
                    compare::<id::$kind>(looking, operation, &self.$kind, closely).await,
                );)*
                differing
            }
        }
    };
}

#[expect(non_snake_case, reason = "a field for each kind, called as the kind")]
mod kinds {
    use super::*;

    every_kind! {
        Organisation in "id FROM organisation",
        Person in "id FROM person",
        Engagement in "id FROM engagement",
        Service in "id FROM service",
        Account in "id FROM account",
        System in "id FROM system",
        SupplierAssessment in "id FROM supplier_assessment",
        Segment in "id FROM segment",
        Server in "id FROM server",
        Database in "id FROM \"database\"",
        Role in "id FROM role",
        Grant in "id FROM role_grant",
        Event in "event_id FROM audit_event WHERE kind = 'decision'",
    }

    /// Compares for everybody of the place.
    pub(super) async fn compare_everybody(place: &Place) {
        let services = place
            .texts("SELECT external_id FROM service WHERE NOT built_in ORDER BY external_id")
            .await;
        let people = place
            .texts("SELECT hsa_id FROM person ORDER BY hsa_id")
            .await;
        let looking = Looking::at(place, &services).await;
        let everything = Everything::of(&looking, place).await;
        let shapes = shapes(place).await;
        let mut seen = BTreeSet::new();
        let mut callers = 0;
        for caller in services.into_iter().chain(people) {
            let subject = match caller.parse() {
                Ok(hsa_id) => Subject::Person(hsa_id),
                Err(_) => Subject::Service(caller.parse().unwrap()),
            };
            let Some(operation) = looking.operation(subject).await else {
                continue;
            };
            callers += 1;
            let shape = shapes.get(&caller).cloned().unwrap_or_default();
            let closely = if test_support::soaking() {
                Closely::Rows(usize::MAX)
            } else if seen.insert(shape) {
                Closely::Rows(ASKED)
            } else {
                Closely::Listed
            };
            let differing = everything.compare(&looking, &operation, closely).await;
            assert!(differing.is_empty(), "{caller}: {}", differing.join("\n"));
        }
        assert!(
            callers > 250 && seen.len() > 10,
            "{callers}, {}",
            seen.len()
        );
    }
}

#[tokio::test]
async fn what_is_listed_is_what_is_shown_one_by_one_to_everybody_of_the_region() {
    for place in places().await {
        place.import(&region(), &options()).await.unwrap();
        kinds::compare_everybody(&place).await;
        place.done().await;
    }
}
