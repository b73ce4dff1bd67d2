//! `behorig log prove --register` on real databases: what it prints is good to both verifiers, also of what was erased
//! or pruned, and it refuses what it cannot prove.

use test_support::{Backend, Outcome, both_backends};

use crate::bundle::{Case, GOOD, INCOMPLETE, Stored, TAMPERED};

fn prove(stored: &Stored, id: &str, options: &[&str]) -> Outcome {
    let arguments = [&["log", "prove", "--register", id], options].concat();
    stored.installation.program().run(&arguments)
}

/// Of each kind of thing the first that some event tells of, by the event.
fn things(stored: &Stored) -> Vec<(u64, String)> {
    let mut seen = std::collections::BTreeMap::new();
    for (seq, envelope) in (0..).zip(stored.read().envelopes) {
        let told: serde_json::Value = serde_json::from_str(&envelope).expect("JSON");
        if let Some(id) = told["entity"].as_str() {
            seen.entry(id[..3].to_owned())
                .or_insert((seq, id.to_owned()));
        }
    }
    seen.into_values().collect()
}

fn what_every_kind_of_thing_was_is_proved_then_and_before(backend: Backend) {
    let stored = Stored::of(backend);
    let newest = stored.checkpoint(stored.size());
    let things = things(&stored);
    assert!(things.len() > 8, "{things:?}");
    for (seq, id) in &things {
        let said = prove(&stored, id, &[]).succeeded();
        let words = ["GOOD: it was in the register", "agrees"];
        Case::of_register_proof(said.stdout())
            .keeping(&newest)
            .must(GOOD, &words);
        // Before its first event, however many things the same commit made.
        let before = (seq - 1).to_string();
        let said = prove(&stored, id, &["--at", &before]).succeeded();
        Case::of_register_proof(said.stdout()).must(GOOD, &["it was not in the register"]);
    }
    let said = prove(&stored, "grt_00000000000000000000000060", &[]).succeeded();
    Case::of_register_proof(said.stdout()).must(GOOD, &["it was not in the register"]);
    let said = prove(&stored, &things[0].1, &["--at", "0"]).succeeded();
    let words = [
        "it was not in the register",
        "before the log's first change",
    ];
    Case::of_register_proof(said.stdout()).must(GOOD, &words);
}

fn what_cannot_be_proved_is_said(backend: Backend) {
    let stored = Stored::of(backend);
    let things = things(&stored);
    let id = &things[0].1;
    let size = stored.size();
    let beyond = prove(&stored, id, &["--at", &size.to_string()]).ended_with(1);
    assert!(
        beyond.stderr().contains("there is no such event"),
        "{beyond:?}"
    );
    let _no_id = prove(&stored, "grt_1", &[]).ended_with(1);
    stored.alter(&format!("DELETE FROM audit_checkpoint WHERE size = {size}"));
    let last = (size - 1).to_string();
    let early = prove(&stored, id, &["--at", &last]).ended_with(INCOMPLETE);
    assert!(
        early.stderr().contains("no checkpoint covers that yet"),
        "{early:?}"
    );
    stored.alter("DELETE FROM audit_checkpoint");
    let _none = prove(&stored, id, &[]).ended_with(INCOMPLETE);
}

/// What a thief of the database has changed is not proved.
fn a_log_that_does_not_tell_the_register_proves_nothing(backend: Backend) {
    let stored = Stored::of(backend);
    let things = things(&stored);
    let (seq, id) = things.last().expect("a thing");
    // The bytes of one change exchanged for those of another.
    stored.alter(&format!(
        "UPDATE audit_event SET envelope = (SELECT envelope FROM audit_event WHERE seq = {}) WHERE seq = {seq}",
        things[0].0
    ));
    let said = prove(&stored, id, &[]).ended_with(TAMPERED);
    assert!(said.stderr().contains("contradicts itself"), "{said:?}");
    assert_eq!(said.stdout(), "");
}

both_backends! {
    what_every_kind_of_thing_was_is_proved_then_and_before;
    what_cannot_be_proved_is_said;
    a_log_that_does_not_tell_the_register_proves_nothing;
}
