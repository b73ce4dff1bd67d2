//! No sequence of calls by one human being ends with anybody holding more than before of what takes two: through
//! two HSA-ids, a service that she owns and one that she deputises for, on whatever days.
//!
//! Eva may do everything there is to do; so nothing but that it takes two stands in her way. What everybody holds
//! is asked of the policies at the end and at each later instant where something begins or ends, and compared with
//! what they would have held then had she done nothing.

mod calls;

use std::collections::BTreeSet;
use std::sync::Arc;

use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed, TestRunner};
use sea_orm::Statement;

use super::*;
use authn::Subject;
use calls::{
    ALL_THERE_IS, Call, DAYS, EVAS, GENERAL, GUISES, OF_SYSTEM, PRINCIPALS, TARGETS, call,
};
use domain::clock::Clock;
use domain::facts::{Circumstances, PrincipalFacts, TargetFacts};
use domain::id::EntityRef;
use domain::target::TargetKey;
use domain::{Calendar, Instant};
use gate::RegisterAt;
use store::facts::{Opening, Regions};

/// What lies beside the register of the other tests.
const MORE: &str = include_str!("alone.sql");

const EDIT: &str = "mutation ($input: EditRegisterInput!) { editRegister(input: $input) {
    made proposal { id } errors { code } } }";

const ACCEPT: &str = "mutation ($input: AcceptEditInput!) { acceptEdit(input: $input) {
    proposal { id } errors { code } } }";

const TRUST: &str =
    "mutation ($input: SetTrustedToAssertInput!) { setTrustedToAssert(input: $input) {
    made proposal { id } errors { code } } }";

/// What came of a sequence, so that a test can say that something did.
#[derive(Debug, Default, Clone, Copy)]
struct Came {
    made: usize,
    proposed: usize,
    granted: usize,
}

/// Who may do what privileged to what, by which sign-in, on which day, or take it over, or is trusted.
type Held = BTreeSet<(String, String, String, usize, i64)>;

fn on(day: i64) -> Instant {
    now().plus_seconds(day * 86_400)
}

impl House {
    async fn of_eva(house: Self) -> Self {
        house.lay_down(MORE).await;
        house
    }

    async fn texts(&self, sql: &str) -> Vec<(String, String)> {
        let statement = Statement::from_string(self.raw.get_database_backend(), sql);
        let rows = self.raw.query_all_raw(statement).await.unwrap();
        let text = |row: &sea_orm::QueryResult, at| row.try_get_by_index(at).unwrap();
        rows.iter()
            .map(|row| (text(row, 0), text(row, 1)))
            .collect()
    }

    async fn call(&self, guise: usize, call: &Call, came: &mut Came) {
        let (document, input) = match call {
            Call::Edit(edit) => (EDIT, json!({ "edit": edit })),
            Call::Grant(grant) => (CREATE, grant.clone()),
            Call::Revoke(which) => {
                let sql =
                    "SELECT id, role_id FROM role_grant WHERE revoked_at IS NULL ORDER BY id DESC";
                let grants = self.texts(sql).await;
                let Some((grant, _)) = grants.get(*which) else {
                    return;
                };
                (REVOKE, json!({ "grant": grant }))
            }
            Call::Trust(service, trusted) => {
                (TRUST, json!({ "service": service, "trusted": trusted }))
            }
            Call::Accept(which) => {
                let sql = "SELECT id, gain_digest FROM edit_proposal WHERE state = 'open' ORDER BY id DESC";
                let open = self.texts(sql).await;
                let Some((proposal, digest)) = open.get(*which) else {
                    return;
                };
                (
                    ACCEPT,
                    json!({ "proposal": proposal, "gainDigest": digest }),
                )
            }
            Call::Wait(days) => {
                let later = self.clock.now().plus_seconds(days * 86_400);
                self.clock.set(later);
                return;
            }
        };
        let subject = match GUISES[guise].parse() {
            Ok(hsa_id) => Subject::Person(hsa_id),
            Err(_) => Subject::Service(GUISES[guise].parse().unwrap()),
        };
        let Ok(answer) = self.ask_as(subject, document, &input).await else {
            return;
        };
        assert!(
            answer["data"]["acceptEdit"]["proposal"].is_null(),
            "{answer}"
        );
        let payload = [
            &answer["data"]["editRegister"],
            &answer["data"]["setTrustedToAssert"],
        ];
        came.made += usize::from(payload.iter().any(|one| one["made"] == true));
        came.proposed += usize::from(payload.iter().any(|one| one["proposal"].is_object()));
        came.granted += usize::from(answer["data"]["createGrant"]["grant"].is_object());
    }

    /// What everybody holds on that day, as the register is now.
    async fn held(&self, regions: &Regions, day: i64) -> Held {
        let snapshot = Arc::new(self.database.snapshot().await.unwrap());
        let opening = Arc::new(Opening::from(snapshot));
        let register = regions.register(opening, Calendar::default(), on(day));
        let register = register.await.unwrap();
        let at = register.looked_into();
        let ids = PRINCIPALS
            .iter()
            .filter_map(|id| id.parse::<EntityRef>().ok());
        let holders = at.holdings(&ids.collect(), None);
        let keys = TARGETS.iter().filter_map(|id| id.parse::<EntityRef>().ok());
        let found = keys.map(|id| at.target(&TargetKey::Entity(id)).unwrap().0);
        let targets: Vec<TargetFacts> = found.map(|target| target.unwrap().facts).collect();
        assert_eq!(
            (holders.len(), targets.len()),
            (PRINCIPALS.len(), TARGETS.len())
        );
        let land = at.landscape();
        let mut held = Held::new();
        for holder in &holders {
            for permission in GENERAL.iter().chain(&OF_SYSTEM) {
                let from_the_beginning = EVAS.contains(&holder.id.to_string().as_str())
                    && ALL_THERE_IS.contains(permission);
                if from_the_beginning || !confers(holder, permission) {
                    continue;
                }
                for target in &targets {
                    for by in self.allowed(&register, holder, permission, target, day) {
                        let id = |id: &EntityRef| id.to_string();
                        held.insert((
                            id(&holder.id),
                            (*permission).to_owned(),
                            id(&target.id),
                            by,
                            day,
                        ));
                    }
                }
            }
            let of = holder.id.to_string();
            let administered = held.iter().filter_map(|(id, permission, over, ..)| {
                (*id == of && permission == "server:administer").then(|| over.parse().ok())?
            });
            let ways = land.taken_over(&administered.collect());
            let taken = ways.keys().map(|segment| {
                (
                    of.clone(),
                    "takeOver".to_owned(),
                    segment.to_string(),
                    0,
                    day,
                )
            });
            let taken: Vec<_> = taken.collect();
            held.extend(taken);
        }
        let trusted = "SELECT id, external_id FROM service WHERE trusted_to_assert";
        let trusted = self.texts(trusted).await.into_iter();
        held.extend(trusted.map(|(id, name)| (id, "trusted".to_owned(), name, 0, day)));
        held
    }

    fn allowed(
        &self,
        register: &RegisterAt,
        holder: &PrincipalFacts,
        permission: &str,
        target: &TargetFacts,
        day: i64,
    ) -> Vec<usize> {
        let at = target.staged_at();
        let told = register.looked_into();
        let (Some(asked), _) = told.asked(permission.parse().unwrap(), at.system) else {
            return Vec::new();
        };
        let stages = told.stages(at);
        let under = [(2, true), (4, true)]
            .map(|(level, factors)| Circumstances::signed_in(on(day), level, factors, on(day)));
        let now = under[0].now;
        let prepared = self
            .policies
            .prepared(holder, &asked.permission, now, &stages);
        let answers = prepared.decide_each(&asked, target, &under);
        let answers = answers.iter().enumerate();
        answers
            .filter_map(|(by, answer)| answer.is_allowed().then_some(by))
            .collect()
    }

    /// What somebody holds after the calls that nobody would have held without them.
    async fn more_than_before(&self, calls: &[(usize, Call)]) -> (Held, Came) {
        let regions = Regions::default();
        let mut before = Held::new();
        for day in DAYS {
            before.extend(self.held(&regions, day).await);
        }
        let mut came = Came::default();
        for (guise, call) in calls {
            self.call(*guise, call, &mut came).await;
        }
        let mut more = Held::new();
        for day in DAYS.into_iter().filter(|day| on(*day) >= self.clock.now()) {
            let after = self.held(&regions, day).await;
            more.extend(after.difference(&before).cloned());
        }
        (more, came)
    }
}

fn confers(holder: &PrincipalFacts, permission: &str) -> bool {
    let roles = holder.grants.iter().map(|grant| &grant.role);
    let mut held = roles.flat_map(|role| &role.permissions);
    held.any(|held| held.name.as_str() == permission)
}

/// Tries so many sequences, each in houses of its own.
fn try_sequences(cases: u32, seed: u64, houses: impl AsyncFn() -> House) -> Came {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let config = Config {
        cases,
        rng_seed: RngSeed::Fixed(seed),
        failure_persistence: None,
        max_shrink_iters: 60,
        ..Config::default()
    };
    let sequences = prop::collection::vec((0..GUISES.len(), call()), 8..16);
    let all = std::cell::Cell::new(Came::default());
    let tried = TestRunner::new(config).run(&sequences, |calls| {
        let (more, came) = runtime.block_on(async {
            let house = House::of_eva(houses().await).await;
            house.more_than_before(&calls).await
        });
        let so_far = all.get();
        all.set(Came {
            made: so_far.made + came.made,
            proposed: so_far.proposed + came.proposed,
            granted: so_far.granted + came.granted,
        });
        prop_assert!(more.is_empty(), "{more:#?}");
        Ok(())
    });
    if let Err(failed) = tried {
        panic!("{failed}");
    }
    all.get()
}

#[test]
fn nobody_holds_more_of_what_takes_two_by_what_one_human_being_does() {
    let cases = if test_support::soaking() { 3_000 } else { 8 };
    let came = try_sequences(cases, 7, House::new);
    let something = came.made > 0 && came.proposed > 0 && came.granted > 0;
    assert!(something, "{came:?}");
}

#[test]
fn nor_on_the_other_database() {
    let came = try_sequences(2, 11, async || House::everywhere().await.remove(1));
    assert!(came.made > 0 && came.proposed > 0, "{came:?}");
}
