//! kill -9 under load: nothing that a client was told is missing afterwards, and nothing is half done.

use std::sync::Arc;

use test_support::{Backend, both_backends};

use crate::support::{
    Caller, Evidence, Installation, Load, Question, Told, clinicians, reader_role, tries,
};

async fn every_answer_is_in_the_log_of_a_killed_service(backend: Backend) {
    let (installation, region) = Installation::of(300, backend);
    let clinicians = Arc::new(clinicians(&region));
    let mut told = Told::default();
    for round in 0..tries(4, 1_000) {
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
