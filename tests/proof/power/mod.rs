//! A power cut, and every step of an append failing: the embedded database on a disk that loses what was
//! not synced, and that fails on order (`disk.c`, preloaded into the real binary).
//!
//! The disk can also lie, as SQLite's `synchronous=NORMAL` would have it. On that one answers are lost, and
//! the trial says so: it could not, the honest one would prove nothing.

mod disk;

use std::sync::Arc;
use std::time::{Duration, Instant};

use test_support::{Backend, Region, block_on};

use crate::support::{
    Caller, Evidence, Installation, Load, Question, Told, clinicians, reader_role, tries,
};
use disk::{Disk, When};

/// Kills the service under load and cuts the power, again and again. What was answered and is lost.
async fn lost_by_power_cuts(
    installation: &Installation,
    region: &Region,
    disk: &Disk,
    rounds: usize,
) -> (Told, Vec<String>) {
    let clinicians = Arc::new(clinicians(region));
    let mut told = Told::default();
    for round in 0..rounds {
        let load = Load::of(&clinicians, reader_role(region));
        let serving = disk.under(installation.program()).serve(&["serve"]);
        told.add(load.until_killed(serving, round).await);
        disk.cut_power();
        let missing = told.missing_in(&Evidence::of(installation).await);
        if !missing.is_empty() {
            return (told, missing);
        }
    }
    (told, Vec::new())
}

#[test]
fn no_answer_is_lost_when_the_power_is_cut() {
    block_on(async {
        let (installation, region) = Installation::of(300, Backend::Sqlite);
        let disk = Disk::honest(&installation);
        let rounds = tries(3, 200);
        let (told, lost) = lost_by_power_cuts(&installation, &region, &disk, rounds).await;
        assert!(lost.is_empty(), "answered and lost: {lost:?}");
        assert!(told.decisions.len() > rounds * 10 && !told.created.is_empty());
    });
}

#[test]
fn answers_are_lost_on_a_disk_that_does_not_sync_the_log_so_the_trial_can_fail() {
    block_on(async {
        let (installation, region) = Installation::of(300, Backend::Sqlite);
        let disk = Disk::lying(&installation);
        let (_, lost) = lost_by_power_cuts(&installation, &region, &disk, 3).await;
        assert!(!lost.is_empty(), "a disk that lost everything lost nothing");
    });
}

/// One append for each of its steps, with that step failing; then the log is whole, what was answered is
/// in it, and the service goes on. `killed`: it dies right after the failure instead.
async fn every_step_of_an_append_fails(when: When, killed: bool) {
    let (installation, region) = Installation::of(300, Backend::Sqlite);
    let disk = Disk::honest(&installation);
    let one = &clinicians(&region)[0];
    let question = Question::record(&one.person, "sys-000", &one.unit);
    let mut told = Told::default();
    let mut serving = disk.under(installation.program()).serve(&["serve"]);
    let mut steps = 0;
    loop {
        answered(&Caller::gateway(&serving), &question, &mut told).await;
        disk.fail(steps, when);
        let answer = Caller::gateway(&serving).authorize(&question).await;
        let answer = answer.expect("an answer");
        if !disk.has_failed() {
            break;
        }
        // A step may fail that nothing rests on, such as a checkpoint; then the answer stands.
        match answer.outcome() {
            Some(_) => told
                .decisions
                .extend(answer.decision_id().map(str::to_owned)),
            None => assert_eq!(answer.code(), Some("UNAVAILABLE"), "{answer:?}"),
        }
        if killed {
            serving.kill();
            disk.cut_power();
            serving = disk.under(installation.program()).serve(&["serve"]);
        }
        steps += 1;
    }
    println!("{when:?}: {steps} steps");
    assert!(steps > 2, "an append of {steps} steps");
    disk.stop_failing();
    answered(&Caller::gateway(&serving), &question, &mut told).await;
    serving.kill();
    disk.cut_power();
    let missing = told.missing_in(&Evidence::of(&installation).await);
    assert!(missing.is_empty(), "answered and lost: {missing:?}");
}

/// An allow, soon.
async fn answered(caller: &Caller, question: &Question, told: &mut Told) {
    let since = Instant::now();
    loop {
        let answer = caller.authorize(question).await.expect("an answer");
        if answer.outcome() == Some("ALLOW") {
            told.decisions
                .extend(answer.decision_id().map(str::to_owned));
            return;
        }
        assert!(since.elapsed() < Duration::from_secs(5), "{answer:?}");
    }
}

#[test]
fn a_step_that_fails_undone_loses_nothing() {
    block_on(every_step_of_an_append_fails(When::Before, false));
}

#[test]
fn a_step_that_fails_undone_before_a_power_cut_loses_nothing() {
    block_on(every_step_of_an_append_fails(When::Before, true));
}

#[test]
fn a_step_that_fails_done_loses_nothing() {
    block_on(every_step_of_an_append_fails(When::After, false));
}

#[test]
fn a_step_that_fails_done_before_a_power_cut_loses_nothing() {
    block_on(every_step_of_an_append_fails(When::After, true));
}
