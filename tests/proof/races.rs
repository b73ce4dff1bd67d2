//! Revocations race decisions: no allow above a revocation's seq rests on the revoked grant.
//!
//! Decisions go through two server processes and revocations through one of them, so that what one
//! process knows is always behind what another has changed.

use std::time::{Duration, Instant};

use test_support::{Backend, both_backends};
use tokio::task::JoinSet;

use crate::support::{
    Caller, Clinician, Evidence, Installation, Question, clinicians, reader_role, tries,
};

/// How many decisions are on their way when the revocation comes.
const IN_FLIGHT: usize = 4;

async fn no_allow_above_a_revocation_rests_on_the_revoked_grant(backend: Backend) {
    let (installation, region) = Installation::of(300, backend);
    let (here, there) = (installation.serve(), installation.serve());
    let iam = Caller::service(&here, "iam");
    let gateways = [Caller::gateway(&here), Caller::gateway(&there)];
    let mut raced = Vec::new();
    let (most, time) = (
        tries(300, 3_000),
        Duration::from_secs(tries(45, 3_600) as u64),
    );
    let begun = Instant::now();
    for (n, racer) in clinicians(&region).iter().cycle().take(most).enumerate() {
        if begun.elapsed() > time {
            break;
        }
        raced.extend(race(&iam, &gateways, racer, reader_role(&region), n).await);
    }
    println!(
        "{backend}: {} races in {:.0?}",
        raced.len(),
        begun.elapsed()
    );
    assert!(raced.len() >= 20, "only {} races were run", raced.len());

    let evidence = Evidence::of(&installation).await;
    let mut ahead = 0;
    for grant in &raced {
        let revoked = evidence
            .revocation_of(grant)
            .expect("the revocation's event");
        let allowed = evidence
            .events
            .iter()
            .filter(|event| event.allows_by(grant));
        for event in allowed {
            assert!(
                event.seq < revoked,
                "{} rests on {grant}, revoked at {revoked}",
                event.seq
            );
            ahead += 1;
        }
    }
    let denied = evidence
        .events
        .iter()
        .filter(|event| event.is("decision") && event.envelope["outcome"] == "deny");
    // Else the revocations came before or after everything, and nothing was raced.
    assert!(
        ahead > raced.len() && denied.count() > raced.len(),
        "nothing was close: {ahead}"
    );
}

both_backends! {
    async no_allow_above_a_revocation_rests_on_the_revoked_grant;
}

/// One grant: made, relied on, and revoked under decisions on their way. The grant, if it came about.
async fn race(
    iam: &Caller,
    gateways: &[Caller; 2],
    racer: &Clinician,
    role: &str,
    n: usize,
) -> Option<String> {
    let made = iam.create_grant(racer, role).await?;
    let grant = made.payload()["grant"]["id"].as_str()?.to_owned();
    let question = Question::record(&racer.person, "sys-000", &racer.elsewhere);
    for gateway in gateways {
        let before = gateway.authorize(&question).await?;
        assert_eq!(before.outcome(), Some("ALLOW"), "{before:?}");
    }
    let mut asking = JoinSet::new();
    for lane in 0..IN_FLIGHT {
        let (gateway, question) = (gateways[lane % 2].clone(), question.clone());
        asking.spawn(async move {
            for _ in 0..2 {
                let _either = gateway.authorize(&question).await;
            }
        });
    }
    // Now before, now among, now behind the first of them.
    tokio::time::sleep(Duration::from_millis(n as u64 * 5 % 60)).await;
    let ended = iam.revoke_grant(&grant).await?;
    assert!(ended.errors().is_empty(), "{ended:?}");
    for gateway in gateways {
        let after = gateway.authorize(&question).await?;
        assert_ne!(
            after.outcome(),
            Some("ALLOW"),
            "allowed after the revocation was answered"
        );
    }
    while asking.join_next().await.is_some() {}
    Some(grant)
}
