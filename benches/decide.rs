//! Does a decision get slower with the region? Facts, policy and event, without the commit, for a
//! region of 300 people and one of 10 000, in turn, in one process.
//!
//! `cargo bench --bench decide` prints a table for `RESULTS.md`. Each round asks the same kinds of
//! question of both regions, one of the small and one of the large at a time, so that whatever else the
//! machine does falls on both. The goal is a ratio of medians of at most 1.2 in every round. The regions
//! are imported once and kept in the target directory for the next time.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a program for people at a terminal, which stops at the first thing that is wrong"
)]

mod support;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use audit::Lane;
use audit::connection::{Database, OpenError, OpenOptions};
use authn::{ClientAuthentication, DemoIssuer, Subject, TokenOrder, TokenSettings, Verifier};
use domain::clock::{Clock, SystemClock};
use domain::target::{ExternalKey, PrincipalKey, RecordDescription, TargetKey};
use domain::text::{ClientId, HostName, Identifier, RecordId, Reference};
use domain::verdict::Outcome;
use domain::{Calendar, HsaId};
use gate::{Ask, AskAssurance, Gate, Inquiry, Policies, RequestContext};
use policy::PolicySet;
use store::facts::{Opening, Regions};
use test_support::{Holding, Region};

const ROUNDS: usize = 5;
const QUESTIONS_A_ROUND: usize = 400;
const GOAL: f64 = 1.2;

/// A governed system of the feed that may ask.
const ASKER: &str = "journal-gateway";

fn main() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let small = Bench::of(300).await;
        let large = Bench::of(10_000).await;
        for n in 0..QUESTIONS_A_ROUND {
            small.ask(n).await;
            large.ask(n).await;
        }
        println!("| round | 300 people | 10 000 people | ratio |\n|---|---|---|---|");
        let mut ratios = Vec::new();
        for round in 1..=ROUNDS {
            let (mut quick, mut slow) = (Vec::new(), Vec::new());
            for n in 0..QUESTIONS_A_ROUND {
                quick.push(small.ask(n).await);
                slow.push(large.ask(n).await);
            }
            let (quick, slow) = (median(quick), median(slow));
            let ratio = slow.as_secs_f64() / quick.as_secs_f64();
            println!("| {round} | {quick:.1?} | {slow:.1?} | {ratio:.2} |");
            ratios.push(ratio);
        }
        ratios.sort_by(f64::total_cmp);
        let (least, most) = (ratios[0], ratios[ratios.len() - 1]);
        let middle = ratios[ratios.len() / 2];
        println!(
            "\nratio of medians {middle:.2} ({least:.2}–{most:.2}); goal at most {GOAL}: {}",
            if most <= GOAL { "met" } else { "missed" }
        );
    });
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

/// An imported region, and questions about it.
struct Bench {
    database: Database,
    regions: Regions,
    gate: Gate,
    asker: authn::Claimant,
    questions: Vec<Ask>,
}

impl Bench {
    async fn of(employees: u32) -> Self {
        let directory = support::imported(employees);
        let region = Region::read(&directory);
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let database = open(&directory).await.expect("open");
        let set = PolicySet::embedded().expect("policies");
        let gate = Gate::new(Arc::clone(&clock), Policies { set, generation: 1 });

        let issuer = DemoIssuer::open(&directory).expect("an issuer");
        let mut trusted = issuer.settings();
        trusted.clients = BTreeMap::from([(ASKER.to_owned(), ClientAuthentication::PrivateKeyJwt)]);
        let tokens = TokenSettings {
            issuers: vec![trusted],
            ..TokenSettings::default()
        };
        let verifier = Verifier::start(tokens).await.expect("a verifier");
        let claimant = |subject| {
            let token = issuer
                .issue(&TokenOrder::new(subject), clock.now())
                .expect("a token");
            verifier.verify(&token, clock.now()).expect("a claimant")
        };
        let questions = questions(&region)
            .into_iter()
            .map(|(person, permission, target)| Ask {
                confirmation: None,
                assurance: AskAssurance::Verified(Box::new(claimant(Subject::Person(
                    person.clone(),
                )))),
                inquiry: Inquiry {
                    principal: PrincipalKey::Person(person),
                    permission: permission.parse().expect("a permission"),
                    target,
                    purpose: None,
                    justification: None,
                    case_reference: None,
                    device: None,
                    network_zone: None,
                    commission: None,
                    occurred_at: None,
                    emergency: None,
                    dry_run: false,
                },
            })
            .collect();
        Self {
            asker: claimant(Subject::Service(ClientId::recorded(ASKER.to_owned()))),
            database,
            regions: Regions::default(),
            gate,
            questions,
        }
    }

    /// The time that one decision takes up to the point where it would be committed.
    async fn ask(&self, n: usize) -> Duration {
        let ask = self.questions[n % self.questions.len()].clone();
        let begun = Instant::now();
        let opening = Arc::new(Opening::of(self.database.clone(), Lane::Decisions));
        let calendar = Calendar { grace_hours: 12 };
        let register = self.regions.register(opening, calendar, SystemClock.now());
        let register = register.await.expect("the register");
        let operation = self
            .gate
            .begin(&self.asker, register, RequestContext::default());
        let operation = operation.await.expect("an operation");
        let answer = operation.ask(ask).await.expect("an answer");
        let took = begun.elapsed();
        assert_eq!(
            answer.verdict.outcome,
            Outcome::Allow,
            "{:?}",
            answer.verdict
        );
        took
    }
}

async fn open(directory: &Path) -> Result<Database, OpenError> {
    Database::open(
        &support::url(directory).parse().expect("an address"),
        OpenOptions::default(),
    )
    .await
}

/// Questions that are allowed: clinicians at records of their unit, administrators at servers of
/// their segment, alternately, so that both regions are asked the same mix.
fn questions(region: &Region) -> Vec<(HsaId, &'static str, TargetKey)> {
    let hsa_id = |text: &str| text.parse::<HsaId>().expect("an HSA-id");
    let by_employee = |held: &Holding| held.engagement.is_some_and(|one| one["type"] == "employee");
    let mut held = region.holdings();
    held.retain(by_employee);
    let clinical = held.iter().filter(|held| held.role["system"] == "sys-000");
    let clinical = clinical
        .filter(|held| held.role["privileged"] == false)
        .filter_map(|held| {
            let record = RecordDescription {
                consent: false,
                system: Identifier::recorded("sys-000".to_owned()),
                organisation: hsa_id(held.over("organisation")?),
                kind: Reference::recorded("note".to_owned()),
                id: RecordId::recorded("ref-1".to_owned()),
                blocked: false,
                active_choice: None,
            };
            Some((
                hsa_id(held.holder),
                "record:read",
                TargetKey::Record(Box::new(record)),
            ))
        });
    let administering = held
        .iter()
        .filter(|held| held.role_name() == "Serveradministratör")
        .filter_map(|held| {
            let server = region.server_in(held.over("segment")?)?;
            let target =
                TargetKey::External(ExternalKey::Server(HostName::recorded(server.to_owned())));
            Some((hsa_id(held.holder), "server:administer", target))
        });
    let pairs = clinical.zip(administering.collect::<Vec<_>>().into_iter().cycle());
    pairs
        .take(100)
        .flat_map(|(one, other)| [one, other])
        .collect()
}
