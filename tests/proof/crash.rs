//! kill -9 under load: nothing that a client was told is missing afterwards, and nothing is half done.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use test_support::{Backend, both_backends};
use tokio::task::JoinSet;

use crate::support::{
    Caller, Clinician, Evidence, Installation, Question, clinicians, reader_role, tries,
};

/// What a client was told before the service died.
#[derive(Debug, Default)]
struct Told {
    decisions: BTreeSet<String>,
    created: BTreeSet<String>,
    revoked: BTreeSet<String>,
}

async fn every_answer_is_in_the_log_of_a_killed_service(backend: Backend) {
    let (installation, region) = Installation::of(300, backend);
    let clinicians = Arc::new(clinicians(&region));
    let mut told = Told::default();
    for round in 0..tries(4, 60) {
        let serving = installation.serve();
        let load = Load {
            clinicians: Arc::clone(&clinicians),
            role: reader_role(&region).to_owned(),
            stopped: Arc::default(),
            answers: Arc::default(),
        };
        let mut clients = JoinSet::new();
        for n in 0..6 {
            clients.spawn(load.clone().ask(Caller::gateway(&serving), round + n * 17));
        }
        for n in 0..2 {
            // Elsewhere in each round, so that few of them are there already.
            let offset = round * 41 + n * 23;
            clients.spawn(
                load.clone()
                    .change(Caller::service(&serving, "iam"), offset),
            );
        }
        // With the load on, and at another moment of it in each round.
        let answers = 25 + round * 7 % 20;
        while load.answers.load(Ordering::Relaxed) < answers {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        tokio::time::sleep(Duration::from_micros(1_370 * (round as u64 % 11))).await;
        serving.kill();
        load.stopped.store(true, Ordering::Relaxed);
        while let Some(client) = clients.join_next().await {
            told.add(client.expect("a client"));
        }
        told.stands_in(&Evidence::of(&installation).await);
    }
    // The log goes on where it was.
    let serving = installation.serve();
    let one = &clinicians[0];
    let question = Question::record(&one.person, "sys-000", &one.unit);
    let answer = Caller::gateway(&serving)
        .authorize(&question)
        .await
        .expect("an answer");
    assert_eq!(answer.outcome(), Some("ALLOW"), "{answer:?}");
    assert!(
        told.decisions.len() > 50,
        "too little load: {}",
        told.decisions.len()
    );
    assert!(
        !told.created.is_empty() && !told.revoked.is_empty(),
        "no change under load"
    );
}

both_backends! {
    async every_answer_is_in_the_log_of_a_killed_service;
}

/// What the clients share.
#[derive(Debug, Clone)]
struct Load {
    clinicians: Arc<Vec<Clinician>>,
    role: String,
    stopped: Arc<AtomicBool>,
    /// How many answers have come.
    answers: Arc<AtomicUsize>,
}

impl Load {
    /// Asks about clinicians in their own unit and elsewhere until stopped.
    async fn ask(self, caller: Caller, offset: usize) -> Told {
        let mut told = Told::default();
        for (n, one) in self.clinicians.iter().cycle().skip(offset).enumerate() {
            if self.stopped.load(Ordering::Relaxed) {
                break;
            }
            let unit = if n % 2 == 0 {
                &one.unit
            } else {
                &one.elsewhere
            };
            let question = Question::record(&one.person, "sys-000", unit);
            if let Some(answer) = caller.authorize(&question).await {
                self.answers.fetch_add(1, Ordering::Relaxed);
                told.decisions
                    .extend(answer.decision_id().map(str::to_owned));
            }
        }
        told
    }

    /// Makes grants and ends every other of them until stopped.
    async fn change(self, caller: Caller, offset: usize) -> Told {
        let mut told = Told::default();
        for (n, one) in self.clinicians.iter().cycle().skip(offset).enumerate() {
            if self.stopped.load(Ordering::Relaxed) {
                break;
            }
            let Some(made) = caller.create_grant(one, &self.role).await else {
                continue;
            };
            self.answers.fetch_add(1, Ordering::Relaxed);
            told.decisions.extend(made.decision_id().map(str::to_owned));
            let Some(grant) = made.payload()["grant"]["id"].as_str() else {
                continue;
            };
            told.created.insert(grant.to_owned());
            if n % 2 == 0
                && let Some(ended) = caller.revoke_grant(grant).await
            {
                told.decisions
                    .extend(ended.decision_id().map(str::to_owned));
                if ended.status == 200 && ended.errors().is_empty() {
                    told.revoked.insert(grant.to_owned());
                }
            }
        }
        told
    }
}

impl Told {
    fn add(&mut self, other: Self) {
        self.decisions.extend(other.decisions);
        self.created.extend(other.created);
        self.revoked.extend(other.revoked);
    }

    fn stands_in(&self, evidence: &Evidence) {
        for decision in &self.decisions {
            assert!(
                evidence.find(decision).is_some(),
                "{decision} was answered and is lost"
            );
        }
        let created = evidence.grants_that_were("created");
        assert!(
            self.created.is_subset(&created),
            "a grant that was answered is lost"
        );
        let revoked = evidence.grants_that_were("revoked");
        assert!(
            self.revoked.is_subset(&revoked),
            "a revocation that was answered is lost"
        );
    }
}
