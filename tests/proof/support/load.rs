//! Clients that ask and change until they are stopped or the service dies, and what they were told.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use test_support::Serving;
use tokio::task::JoinSet;

use super::{Caller, Clinician, Evidence, Question};

/// What a client was told before the service died.
#[derive(Debug, Default)]
pub(crate) struct Told {
    pub(crate) decisions: BTreeSet<String>,
    pub(crate) created: BTreeSet<String>,
    pub(crate) revoked: BTreeSet<String>,
}

/// What the clients share.
#[derive(Debug, Clone)]
pub(crate) struct Load {
    clinicians: Arc<Vec<Clinician>>,
    role: String,
    stopped: Arc<AtomicBool>,
    /// How many answers have come.
    answers: Arc<AtomicUsize>,
}

impl Load {
    /// Six clients that ask and two that change, from another place in each round.
    pub(crate) fn of(clinicians: &Arc<Vec<Clinician>>, role: &str) -> Self {
        Self {
            clinicians: Arc::clone(clinicians),
            role: role.to_owned(),
            stopped: Arc::default(),
            answers: Arc::default(),
        }
    }

    /// Lets the clients at the service, kills it among their calls, and gathers what they were told.
    pub(crate) async fn until_killed(self, serving: Serving, round: usize) -> Told {
        let mut clients = JoinSet::new();
        for n in 0..6 {
            clients.spawn(self.clone().ask(Caller::gateway(&serving), round + n * 17));
        }
        for n in 0..2 {
            // Elsewhere in each round, so that few of them are there already.
            let offset = round * 41 + n * 23;
            clients.spawn(
                self.clone()
                    .change(Caller::service(&serving, "iam"), offset),
            );
        }
        // With the load on, and at another moment of it in each round.
        let answers = 25 + round * 7 % 20;
        while self.answers.load(Ordering::Relaxed) < answers {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        tokio::time::sleep(Duration::from_micros(1_370 * (round as u64 % 11))).await;
        serving.kill();
        self.stopped.store(true, Ordering::Relaxed);
        let mut told = Told::default();
        while let Some(client) = clients.join_next().await {
            told.add(client.expect("a client"));
        }
        told
    }

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
    pub(crate) fn add(&mut self, other: Self) {
        self.decisions.extend(other.decisions);
        self.created.extend(other.created);
        self.revoked.extend(other.revoked);
    }

    /// What the log does not have of it.
    pub(crate) fn missing_in(&self, evidence: &Evidence) -> Vec<String> {
        let lost = self
            .decisions
            .iter()
            .filter(|id| evidence.find(id).is_none());
        let created = evidence.grants_that_were("created");
        let revoked = evidence.grants_that_were("revoked");
        lost.chain(self.created.difference(&created))
            .chain(self.revoked.difference(&revoked))
            .cloned()
            .collect()
    }
}
