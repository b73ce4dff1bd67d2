//! The database goes away in every way that it can: answers come in time, none of them allows, and the
//! service is back two seconds after the database is.

use std::process::Command;
use std::time::{Duration, Instant};

use sea_orm::{ConnectionTrait, TransactionTrait};
use test_support::{Backend, Program, Proxy, Serving, Wire, both_backends, soaking};
use tokio::task::JoinSet;

use crate::support::{Answered, Caller, Evidence, Installation, Question, clinicians};

/// The deadline that an operator gets who sets none.
const DEADLINE: Duration = Duration::from_millis(800);
/// How soon the service is back after its database.
const BACK: Duration = Duration::from_secs(2);

/// How much later than its deadline an answer may come.
fn slack() -> Duration {
    // A machine that runs many tests at once is late by itself.
    Duration::from_millis(if soaking() { 50 } else { 1_500 })
}

fn patience() -> Duration {
    Duration::from_secs(if soaking() { 60 } else { 3 })
}

/// A served region that somebody is allowed to read a record of.
struct Trial {
    installation: Installation,
    question: Question,
    told: Vec<String>,
}

impl Trial {
    fn of(backend: Backend) -> Self {
        let (installation, region) = Installation::of(300, backend);
        let one = &clinicians(&region)[0];
        Self {
            question: Question::record(&one.person, "sys-000", &one.unit),
            installation,
            told: Vec::new(),
        }
    }

    fn program(&self) -> Program {
        let deadline = DEADLINE.as_millis().to_string();
        let program = self.installation.program().clone();
        program.with("BEHORIG_DEADLINE_MILLISECONDS", &deadline)
    }

    async fn allowed(&mut self, serving: &Serving) {
        let answer = Caller::gateway(serving).authorize(&self.question).await;
        self.must_allow(&answer.expect("an answer"));
    }

    fn must_allow(&mut self, answer: &Answered) {
        assert_eq!(answer.outcome(), Some("ALLOW"), "{answer:?}");
        let decision = answer.decision_id().expect("a decision");
        self.told.push(decision.to_owned());
    }

    /// Asks from eight sides until the time is over: every answer is a timely refusal to answer.
    async fn refused_for(&self, serving: &Serving, time: Duration) {
        let mut clients = JoinSet::new();
        let over = Instant::now() + time;
        for _ in 0..8 {
            let (caller, question) = (Caller::gateway(serving), self.question.clone());
            clients.spawn(async move {
                let mut late = Vec::new();
                while Instant::now() < over {
                    let begun = Instant::now();
                    let answer = caller.authorize(&question).await.expect("an answer");
                    late.push(begun.elapsed().saturating_sub(DEADLINE));
                    assert_eq!((answer.status, answer.code()), (503, Some("UNAVAILABLE")));
                    assert!(answer.body["data"].is_null(), "{answer:?}");
                }
                late
            });
        }
        let mut late = Vec::new();
        while let Some(client) = clients.join_next().await {
            late.extend(client.expect("a client"));
        }
        late.sort_unstable();
        let worst = late[late.len() * 99 / 100];
        println!("{} refusals, 99 % at most {worst:?} late", late.len());
        assert!(late.len() >= 8, "{} refusals", late.len());
        assert!(
            worst <= slack(),
            "an answer came {worst:?} after the deadline"
        );
    }

    /// Asks until the service answers again.
    async fn back(&mut self, serving: &Serving) {
        let since = Instant::now();
        let caller = Caller::gateway(serving);
        loop {
            let answer = caller.authorize(&self.question).await.expect("an answer");
            if answer.outcome().is_some() {
                self.must_allow(&answer);
                println!("back after {:?}", since.elapsed());
                return;
            }
            let patience = BACK + slack();
            assert!(since.elapsed() < patience, "not back: {}", serving.said());
        }
    }

    /// Waits until `/readyz` says so; nobody asks for a decision meanwhile.
    async fn says(&self, serving: &Serving, status: u16) {
        let since = Instant::now();
        loop {
            let ready = reqwest::get(format!("http://{}/readyz", serving.address())).await;
            if ready.expect("an answer").status().as_u16() == status {
                return;
            }
            let patience = 2 * BACK + slack();
            assert!(
                since.elapsed() < patience,
                "not {status}: {}",
                serving.said()
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    async fn proved(&self) {
        let evidence = Evidence::of(&self.installation).await;
        for decision in &self.told {
            assert!(evidence.find(decision).is_some(), "{decision} is lost");
        }
    }
}

async fn a_wire_that(wire: Wire) {
    let mut trial = Trial::of(Backend::Postgres);
    let (proxy, url) = Proxy::to(trial.installation.url()).await;
    let serving = trial
        .program()
        .with("BEHORIG_DATABASE_URL", &url)
        .serve(&["serve"]);
    trial.allowed(&serving).await;
    proxy.set(wire);
    trial.refused_for(&serving, patience()).await;
    proxy.set(Wire::Sound);
    trial.back(&serving).await;
    assert_eq!(serving.stop(), Some(0));
    trial.proved().await;
}

#[test]
fn a_database_in_a_black_hole_means_timely_refusals() {
    test_support::block_on(a_wire_that(Wire::Silent));
}

#[test]
fn a_database_that_is_gone_means_timely_refusals() {
    test_support::block_on(a_wire_that(Wire::Broken));
}

async fn a_head_that_somebody_holds_means_timely_refusals(backend: Backend) {
    let mut trial = Trial::of(backend);
    let serving = trial.program().serve(&["serve"]);
    trial.allowed(&serving).await;
    let connection = trial.installation.connection().await;
    let keeper = connection.begin().await.expect("a transaction");
    keeper
        .execute_unprepared("UPDATE audit_head SET origin = origin")
        .await
        .expect("the head");
    // Before anybody has been refused.
    trial.says(&serving, 503).await;
    trial.refused_for(&serving, patience()).await;
    trial.says(&serving, 503).await;
    keeper.rollback().await.expect("let go");
    connection.close().await.expect("closed");
    trial.says(&serving, 200).await;
    trial.back(&serving).await;
    assert_eq!(serving.stop(), Some(0));
    trial.proved().await;
}

both_backends! {
    async a_head_that_somebody_holds_means_timely_refusals;
}

/// Lets a process write files of at most that size; the signal that usually comes with it is ignored, as
/// the shell that starts it does.
fn limit_files(serving: &Serving, bytes: &str) {
    let pid = serving.pid().to_string();
    let limit = format!("--fsize={bytes}:unlimited");
    let set = Command::new("prlimit")
        .args(["--pid", &pid, &limit])
        .status();
    assert!(set.expect("prlimit runs").success(), "no limit on {pid}");
}

#[test]
fn a_full_disk_means_timely_refusals() {
    test_support::block_on(async {
        let mut trial = Trial::of(Backend::Sqlite);
        let service = trial.program();
        let script = format!("trap '' XFSZ; exec '{}' serve", service.path().display());
        let serving = service.under("/bin/sh").serve(&["-c", &script]);
        trial.allowed(&serving).await;
        // Not even over what is there already: the next commit has no room wherever it begins.
        limit_files(&serving, "1");
        trial.refused_for(&serving, patience()).await;
        trial.says(&serving, 503).await;
        limit_files(&serving, "unlimited");
        trial.says(&serving, 200).await;
        trial.back(&serving).await;
        assert_eq!(serving.stop(), Some(0));
        trial.proved().await;
    });
}

#[test]
fn a_deleted_database_means_timely_refusals_until_it_is_put_back() {
    test_support::block_on(async {
        let mut trial = Trial::of(Backend::Sqlite);
        let database = trial.installation.file();
        let serving = trial.program().serve(&["serve"]);
        trial.allowed(&serving).await;
        let aside = database.with_extension("aside");
        std::fs::rename(&database, &aside).expect("taken away");
        trial.refused_for(&serving, patience()).await;
        std::fs::rename(&aside, &database).expect("put back");
        trial.back(&serving).await;
        assert_eq!(serving.stop(), Some(0));
        trial.proved().await;
    });
}

#[test]
fn a_write_ahead_log_that_was_deleted_decides_nothing_and_loses_nothing() {
    test_support::block_on(async {
        let mut trial = Trial::of(Backend::Sqlite);
        let mut log = trial.installation.file().into_os_string();
        log.push("-wal");
        let serving = trial.program().serve(&["serve"]);
        trial.allowed(&serving).await;
        std::fs::remove_file(&log).expect("taken away");
        trial.refused_for(&serving, patience()).await;
        trial.says(&serving, 503).await;
        // Whoever ends in an orderly way copies back what it still has open.
        assert_eq!(serving.stop(), Some(0));
        let serving = trial.program().serve(&["serve"]);
        trial.back(&serving).await;
        trial.says(&serving, 200).await;
        assert_eq!(serving.stop(), Some(0));
        let left = std::fs::metadata(&log).map_or(0, |about| about.len());
        assert_eq!(left, 0, "the write-ahead log is empty after an orderly end");
        trial.proved().await;
    });
}

#[test]
fn a_database_that_somebody_has_exchanged_decides_nothing_until_somebody_looks() {
    test_support::block_on(async {
        let mut trial = Trial::of(Backend::Sqlite);
        let database = trial.installation.file();
        let backup = database.with_extension("backup");
        std::fs::copy(&database, &backup).expect("a backup");
        let serving = trial.program().serve(&["serve"]);
        trial.allowed(&serving).await;
        std::fs::rename(&backup, &database).expect("an old backup in its place");
        trial.refused_for(&serving, patience()).await;
        let ready = reqwest::get(format!("http://{}/readyz", serving.address())).await;
        assert_eq!(ready.expect("an answer").status().as_u16(), 503);
        assert_eq!(serving.stop(), Some(0));
    });
}
