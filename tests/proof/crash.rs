//! kill -9 under load: nothing that a client was told is missing afterwards, and nothing is half done.

use std::ops::Range;
use std::sync::Arc;

use test_support::{Backend, both_backends};

use crate::support::{
    Caller, Evidence, Installation, Load, Question, Told, clinicians, reader_role, tries,
};

/// How often one service is killed over one log: all of it is proved each time, so that a longer one would
/// be slower to prove than to write.
const KILLS: usize = 50;

async fn every_answer_is_in_the_log_of_a_killed_service(backend: Backend) {
    let rounds = tries(4, 1_000);
    for first in (0..rounds).step_by(KILLS) {
        killed(backend, first..rounds.min(first + KILLS)).await;
        println!("{} rounds of {rounds}", rounds.min(first + KILLS));
    }
}

/// Kills a service once a round, with another load each time.
async fn killed(backend: Backend, rounds: Range<usize>) {
    let (installation, region) = Installation::of(300, backend);
    let clinicians = Arc::new(clinicians(&region));
    let mut told = Told::default();
    for round in rounds {
        let load = Load::of(&clinicians, reader_role(&region));
        told.add(load.until_killed(installation.serve(), round).await);
        let missing = told.missing_in(&Evidence::of(&installation).await);
        assert!(missing.is_empty(), "answered and lost: {missing:?}");
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
