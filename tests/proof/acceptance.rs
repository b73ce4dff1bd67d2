//! What a region of real size has to be told, with people found in its feed.
//!
//! Ordinarily the small region, so that every run has it; the 10 000 with long trials.

use std::collections::HashSet;
use std::time::Duration;

use serde_json::{Value, json};
use test_support::{Backend, Holding, Region, Serving, both_backends, soaking};

use crate::support::{Answered, Caller, Evidence, Installation, Question, clinicians};

const SERVER_ADMINISTRATOR: &str = "Serveradministratör";

/// A served region, and everything that was answered about it.
struct Trial {
    installation: Installation,
    region: Region,
    serving: Serving,
    answered: Vec<String>,
}

impl Trial {
    fn of(backend: Backend) -> Self {
        let (installation, region) =
            Installation::of(if soaking() { 10_000 } else { 300 }, backend);
        let serving = installation.serve();
        Self {
            installation,
            region,
            serving,
            answered: Vec::new(),
        }
    }

    async fn ask(&mut self, question: Question) -> Answered {
        let answer = Caller::gateway(&self.serving).authorize(&question).await;
        self.noted(answer.expect("an answer"))
    }

    async fn allowed(&mut self, question: Question) -> Answered {
        let answer = self.ask(question).await;
        assert_eq!(answer.outcome(), Some("ALLOW"), "{answer:?}");
        answer
    }

    async fn denied(&mut self, question: Question) -> Answered {
        let answer = self.ask(question).await;
        assert_eq!(answer.outcome(), Some("DENY"), "{answer:?}");
        answer
    }

    fn noted(&mut self, answer: Answered) -> Answered {
        let decision = answer
            .decision_id()
            .expect("a decision behind every answer");
        self.answered.push(decision.to_owned());
        answer
    }

    /// Each answer has an event, and the auditor's query shows it.
    async fn audited(self) {
        let evidence = Evidence::of(&self.installation).await;
        let auditors = self.region.holding("Revisor");
        let auditor = auditors.first().expect("an auditor").holder;
        let auditor = Caller::person(&self.serving, auditor, 3);
        let shown = auditor
            .ask(
                "{ decisions(first: 200) { nodes { id recordedAt } } }",
                json!({}),
            )
            .await
            .expect("an answer");
        let nodes = shown.payload()["nodes"].as_array().expect("decisions");
        let shown: HashSet<&str> = nodes
            .iter()
            .filter_map(|node| node["id"].as_str())
            .collect();
        assert!(nodes.iter().all(|node| node["recordedAt"].is_string()));
        for decision in &self.answered {
            assert!(evidence.find(decision).is_some(), "{decision} has no event");
            assert!(shown.contains(decision.as_str()), "{decision} is not shown");
        }
    }
}

async fn server_administration_is_by_segment(backend: Backend) {
    let mut trial = Trial::of(backend);
    let (admin, own, other) = segment_administrator(&trial.region);
    trial.allowed(Question::server(&admin, &own)).await;
    let refused = trial.denied(Question::server(&admin, &other)).await;
    assert!(!refused.offers_step_up());
    trial.audited().await;
}

async fn server_administration_everywhere_counts_nowhere(backend: Backend) {
    let mut trial = Trial::of(backend);
    let everybody = trial.region.holding(SERVER_ADMINISTRATOR);
    let wide = everybody.iter().find(|held| {
        let theirs = everybody.iter().filter(|other| other.holder == held.holder);
        held.over("organisation").is_some() && theirs.count() == 1
    });
    let wide = wide.expect("a flaw that is planted").holder.to_owned();
    let servers: Vec<String> = trial
        .region
        .of("segment")
        .filter_map(|segment| trial.region.server_in(segment["externalId"].as_str()?))
        .map(str::to_owned)
        .collect();
    for server in servers.iter().take(40) {
        let refused = trial.denied(Question::server(&wide, server)).await;
        assert!(!refused.offers_step_up());
        assert_eq!(
            refused.discounted(),
            ["segment-server-admin"],
            "{refused:?}"
        );
    }
    trial.audited().await;
}

/// Every one of them, on every server there is (JK-1.4).
async fn whoever_administers_too_much_administers_nothing(backend: Backend) {
    let trial = Trial::of(backend);
    let everybody = trial.region.holding(SERVER_ADMINISTRATOR);
    let wide: HashSet<&str> = everybody
        .iter()
        .filter(|held| held.over("segment").is_none())
        .map(|held| held.holder)
        .collect();
    let planted = &trial.region.expectation()["flags"]["wideServerAdmin"];
    assert_eq!(Some(wide.len() as u64), planted.as_u64());
    let gateway = Caller::gateway(&trial.serving);
    for server in trial.region.of("server") {
        let host = server["externalId"].as_str().expect("a host name");
        for person in &wide {
            let by_segment = everybody.iter().any(|held| {
                held.holder == *person && held.over("segment") == server["segment"].as_str()
            });
            let answer = gateway.authorize(&Question::server(person, host)).await;
            let answer = answer.expect("an answer");
            let expected = if by_segment { "ALLOW" } else { "DENY" };
            assert_eq!(
                answer.outcome(),
                Some(expected),
                "{person} {host}: {answer:?}"
            );
        }
    }
}

async fn step_up_is_offered_only_where_it_would_help(backend: Backend) {
    let mut trial = Trial::of(backend);
    let (admin, own, _) = segment_administrator(&trial.region);
    let weak = |person: &str| Question::server(person, &own).signed_in(2, Duration::ZERO);
    let refused = trial.denied(weak(&admin)).await;
    assert!(refused.offers_step_up(), "{refused:?}");
    let stale = Question::server(&admin, &own).signed_in(3, Duration::from_hours(1));
    let refused = trial.denied(stale).await;
    assert!(refused.offers_step_up(), "{refused:?}");
    let stranger = clinicians(&trial.region)[0].person.clone();
    let refused = trial.denied(weak(&stranger)).await;
    assert!(!refused.offers_step_up(), "{refused:?}");
    trial.audited().await;
}

async fn a_clinician_reads_in_the_own_unit_and_system(backend: Backend) {
    let mut trial = Trial::of(backend);
    let known = clinicians(&trial.region);
    let everything = trial.region.all_holdings();
    let only_here = known.iter().find(|one| {
        let mut theirs = everything.iter().filter(|held| held.holder == one.person);
        theirs.all(|held| held.role["system"] == "sys-000")
    });
    let one = only_here.expect("somebody with one role").clone();
    trial
        .allowed(Question::record(&one.person, "sys-000", &one.unit))
        .await;
    trial
        .denied(Question::record(&one.person, "sys-000", &one.elsewhere))
        .await;
    let systems: Vec<String> = trial
        .region
        .of("system")
        .filter_map(|system| system["externalId"].as_str())
        .filter(|system| *system != "sys-000")
        .map(str::to_owned)
        .collect();
    for system in systems.iter().take(40) {
        trial
            .denied(Question::record(&one.person, system, &one.unit))
            .await;
    }
    trial.audited().await;
}

async fn somebody_who_has_left_may_nothing(backend: Backend) {
    let mut trial = Trial::of(backend);
    let leaver = trial
        .region
        .leavers()
        .first()
        .expect("a leaver")
        .to_string();
    let unit = clinicians(&trial.region)[0].unit.clone();
    trial
        .denied(Question::record(&leaver, "sys-000", &unit))
        .await;
    // With a grant by its own dates, where the feed has planted one.
    let held = trial.region.all_holdings();
    let leavers = trial.region.leavers();
    let theirs = held.iter().find(|held| {
        leavers.contains(&held.holder)
            && held.role["system"] == "sys-000"
            && held.over("organisation").is_some()
    });
    let theirs = theirs.and_then(|held| {
        Some(Question::record(
            held.holder,
            "sys-000",
            held.over("organisation")?,
        ))
    });
    if let Some(question) = theirs {
        trial.denied(question).await;
    }
    let caller = Caller::person(&trial.serving, &leaver, 3);
    let refused = caller
        .ask("{ viewer { __typename } }", json!({}))
        .await
        .expect("an answer");
    assert_eq!(refused.status, 401, "{refused:?}");
    trial.audited().await;
}

async fn an_integration_grants_no_right_over_the_register(backend: Backend) {
    let mut trial = Trial::of(backend);
    let one = clinicians(&trial.region)[0].clone();
    let role = governance_role(&trial.region, "Registeransvarig");
    let input = json!({ "input": {
        "principal": { "hsaId": one.person }, "engagement": one.engagement, "role": role,
        "scope": { "installation": true },
    } });
    let document = "mutation C($input: CreateGrantInput!) { createGrant(input: $input) { \
        grant { id } decision { id outcome } errors { code message } } }";
    let iam = Caller::service(&trial.serving, "iam");
    let refused = iam.ask(document, input).await.expect("an answer");
    let refused = trial.noted(refused);
    assert_eq!(refused.code(), Some("FORBIDDEN"), "{refused:?}");
    let reasons = &refused.body["errors"][0]["extensions"]["reasons"];
    assert!(reasons.to_string().contains("no-escalation"), "{refused:?}");
    trial.audited().await;
}

both_backends! {
    async server_administration_is_by_segment;
    async server_administration_everywhere_counts_nowhere;
    async whoever_administers_too_much_administers_nothing;
    async step_up_is_offered_only_where_it_would_help;
    async a_clinician_reads_in_the_own_unit_and_system;
    async somebody_who_has_left_may_nothing;
    async an_integration_grants_no_right_over_the_register;
}

/// Somebody who administers one segment of the record system and nothing wider, a server there, and
/// a server of another of its segments.
fn segment_administrator(region: &Region) -> (String, String, String) {
    let everybody = region.holding(SERVER_ADMINISTRATOR);
    let in_cosmic = |held: &&Holding| held.over("segment").is_some_and(is_cosmic);
    let found = everybody.iter().filter(in_cosmic).find_map(|held| {
        let theirs: Vec<Option<&str>> = everybody
            .iter()
            .filter(|other| other.holder == held.holder)
            .map(|other| other.over("segment"))
            .collect();
        let elsewhere = region
            .of("segment")
            .filter_map(|segment| segment["externalId"].as_str())
            .find(|id| is_cosmic(id) && !theirs.contains(&Some(*id)))?;
        let own = region.server_in(held.over("segment")?)?;
        let wider = theirs.contains(&None);
        let other = region.server_in(elsewhere)?;
        (!wider).then(|| (held.holder.to_owned(), own.to_owned(), other.to_owned()))
    });
    found.expect("an administrator of a segment")
}

fn is_cosmic(segment: &str) -> bool {
    segment.starts_with("seg-000-")
}

fn governance_role<'a>(region: &'a Region, name: &str) -> &'a Value {
    let mut roles = region.of("role");
    let role = roles.find(|role| role["name"] == name && role["system"].is_null());
    &role.expect("the role")["externalId"]
}
