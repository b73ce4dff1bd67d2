//! A policy set is rolled out and back while two servers are asked all the time: every decision is made by the set
//! that is in force where it stands in the log, and comes out otherwise only where the comparison said so.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use test_support::{
    Backend, CLOSED, CLOSED_CASES, Issuer, Outcome, PolicyFolder, Region, both_backends,
};
use tokio::task::JoinSet;

use crate::support::{Caller, Evidence, Installation, Question, clinicians, tries};

fn policy(installation: &Installation, words: &[&str], by: Option<&str>) -> Outcome {
    let mut arguments = vec!["policy"];
    arguments.extend(words);
    let file = by.map(|who| {
        let file = installation.directory().join(format!("{who}.token"));
        let claims = Issuer::person(who, 3, Duration::ZERO);
        fs::write(&file, Issuer::TRUSTED.token(&claims)).expect("a token");
        file.to_string_lossy().into_owned()
    });
    if let Some(file) = &file {
        arguments.extend(["--token", file]);
    }
    installation.program().run(&arguments).succeeded()
}

/// Somebody who administers a segment of the record system, and a server there.
fn administrator(region: &Region) -> (String, String) {
    let held = region.holding("Serveradministratör");
    let found = held.iter().find_map(|held| {
        let segment = held.over("segment")?;
        let production = region.find("segment", segment)["environment"] == "production";
        let server = region.server_in(segment)?;
        production.then(|| (held.holder.to_owned(), server.to_owned()))
    });
    found.expect("an administrator of a segment")
}

async fn no_answer_changes_but_those_that_were_named(backend: Backend) {
    let (installation, region) = Installation::of(300, backend);
    let officers = region.holding("Informationssäkerhetsansvarig");
    let [first, second] = [officers[0].holder, officers[1].holder];
    let servers = [installation.serve(), installation.serve()];
    let gateways = [Caller::gateway(&servers[0]), Caller::gateway(&servers[1])];
    let (person, host) = administrator(&region);
    let one = clinicians(&region)[0].clone();
    let changing = Question::server(&person, &host);
    let standing = Question::record(&one.person, "sys-000", &one.unit);

    let stopped = Arc::new(AtomicBool::new(false));
    let mut asking = JoinSet::new();
    for lane in 0..4 {
        let (gateway, stopped) = (gateways[lane % 2].clone(), Arc::clone(&stopped));
        let questions = [changing.clone(), standing.clone()];
        asking.spawn(async move {
            let mut answered = 0_usize;
            while !stopped.load(Ordering::Relaxed) {
                for question in &questions {
                    let answer = gateway.authorize(question).await.expect("an answer");
                    assert!(answer.outcome().is_some(), "{answer:?}");
                    answered += 1;
                }
            }
            answered
        });
    }
    let folder = PolicyFolder::at(installation.directory().join("next"))
        .with(CLOSED, CLOSED_CASES)
        .word();
    // The comparison names the one and not the other.
    let asked = gateways[0].authorize(&changing).await.expect("an answer");
    assert_eq!(asked.outcome(), Some("ALLOW"), "{asked:?}");
    let told = policy(&installation, &["diff", &folder], None);
    assert!(told.stdout().contains(&person), "{}", told.stdout());
    assert!(!told.stdout().contains(&one.person), "{}", told.stdout());

    let said = policy(&installation, &["propose", &folder], Some(first));
    let generation = said.stdout().split_whitespace().nth(1).expect("a number");
    let digest = said.stdout().split("digest ").nth(1).expect("a digest");
    let digest = digest[..64].to_owned();
    for _ in 0..tries(2, 20) {
        let release = ["release", generation, "--digest", &digest];
        let _released = policy(&installation, &release, Some(second));
        // Whoever is told that it is released is answered by it, on every server.
        for gateway in &gateways {
            let after = gateway.authorize(&changing).await.expect("an answer");
            assert_eq!(after.outcome(), Some("DENY"), "{after:?}");
        }
        let _back = policy(&installation, &["rollback"], Some(first));
        for gateway in &gateways {
            let after = gateway.authorize(&changing).await.expect("an answer");
            assert_eq!(after.outcome(), Some("ALLOW"), "{after:?}");
        }
    }
    stopped.store(true, Ordering::Relaxed);
    let mut answered = 0;
    while let Some(lane) = asking.join_next().await {
        answered += lane.expect("a lane");
    }
    let evidence = Evidence::of(&installation).await;
    judge(&evidence, &person, &one.person);
    println!("{backend}: {answered} answers while rolling out and back");
}

/// Every decision is by the generation in force where it stands, and comes out as that says.
fn judge(evidence: &Evidence, changing: &str, standing: &str) {
    let mut in_force = 0;
    let (mut refused, mut allowed) = (0, 0);
    for event in &evidence.events {
        let said = &event.envelope;
        if event.is("policy") {
            in_force = said["generation"].as_i64().expect("a generation");
            continue;
        }
        if !event.is("decision") {
            continue;
        }
        assert_eq!(
            said["policy"]["generation"], in_force,
            "event {}",
            event.seq
        );
        let outcome = said["outcome"].as_str().expect("an outcome");
        let about = said["principal"]["external"].as_str().unwrap_or_default();
        match said["permission"].as_str().expect("a permission") {
            "server:administer" if about == changing => {
                let expected = if in_force == 1 { "allow" } else { "deny" };
                assert_eq!(outcome, expected, "event {}", event.seq);
                *(if in_force == 1 {
                    &mut allowed
                } else {
                    &mut refused
                }) += 1;
            }
            "record:read" if about == standing => {
                assert_eq!(outcome, "allow", "event {}", event.seq);
            }
            _ => {}
        }
    }
    assert!(
        refused > 2 && allowed > 2,
        "{refused} refused, {allowed} allowed"
    );
}

both_backends! {
    async no_answer_changes_but_those_that_were_named;
}
