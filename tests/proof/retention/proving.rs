//! What the register had of a thing is proved as far as it still can be, whatever went.

use serde_json::{Value, json};
use test_support::{Backend, Outcome, Region, block_on, both_backends};

use super::erasing::{erase, rename};
use super::pruning::prune;
use super::{always, exported, notary, number, region, text};
use crate::bundle::{Case, GOOD};
use crate::support::{Caller, Installation};

const PROOF: &str = "query P($id: ID!, $at: SequenceNumber) {
    registerProof(id: $id, at: $at, values: true) { after toldBy erased text } }";

/// What an auditor is given, with the personal values that are there.
fn given(installation: &Installation, region: &Region, id: &str, at: Option<i64>) -> Value {
    let serving = installation.serve();
    let auditor = region.holding("Revisor")[0].holder;
    let answer = block_on(async {
        let auditor = Caller::person(&serving, auditor, 3);
        let asked = auditor.ask(PROOF, json!({ "id": id, "at": at })).await;
        asked.expect("an answer").body
    });
    assert_eq!(serving.stop(), Some(0));
    let proof = answer["data"]["registerProof"].clone();
    assert!(proof.is_object(), "{answer}");
    proof
}

fn on_the_host(installation: &Installation, id: &str, at: Option<i64>) -> Outcome {
    let at = at.map(|at| at.to_string());
    let options: Vec<&str> = at.iter().flat_map(|at| ["--at", at.as_str()]).collect();
    let words = [&["log", "prove", "--register", id], &options[..]].concat();
    installation.program().run(&words)
}

fn what_was_erased_or_pruned_is_proved_as_far_as_it_can_be(backend: Backend) {
    let (installation, region) = region(backend);
    rename(&installation, &region);
    let _signed = notary(&installation, &[]).succeeded();
    let person = text(
        &installation,
        "SELECT MIN(id) FROM person WHERE email LIKE 'ny.%'",
    );
    let renamed = format!("SELECT seq FROM audit_latest WHERE entity = '{person}'");
    let renamed = number(&installation, &renamed);

    let _erased = erase(&installation, "register", &always()).succeeded();
    let before = given(&installation, &region, &person, Some(renamed - 1));
    let page = Case::of_register_proof(before["text"].as_str().expect("a proof")).must(
        GOOD,
        &["GOOD: it was in the register, and personal values of it have been erased"],
    );
    assert!(page.contains("in clear     {"), "{page}");
    assert!(
        before["erased"]
            .as_array()
            .expect("names")
            .contains(&json!("email"))
    );
    assert!(before["toldBy"].as_i64() < Some(renamed));
    // What it is now stays as long as it is so.
    let now = given(&installation, &region, &person, None);
    let words = ["GOOD: it was in the register\n", "email        ny."];
    Case::of_register_proof(now["text"].as_str().expect("a proof")).must(GOOD, &words);
    assert_eq!(now["toldBy"], json!(renamed));

    let _signed = notary(&installation, &[]).succeeded();
    let whole = exported(&installation, "whole", &[]);
    let _pruned = prune(&installation, &["--below", "512", "--bundle", &whole]).succeeded();
    let said = on_the_host(&installation, &person, Some(511)).ended_with(1);
    assert!(
        said.stderr().contains("the events below 512 were pruned"),
        "{said:?}"
    );
    // Whatever is still told of, by events that stayed too.
    let kept =
        "SELECT MIN(l.entity) FROM audit_latest l WHERE l.seq < 512 AND l.entity LIKE 'org%'";
    let kept = text(&installation, kept);
    for (id, words) in [
        (person.as_str(), "GOOD: it was in the register"),
        (&kept, "GOOD: it was in the register"),
        (
            "grt_00000000000000000000000060",
            "GOOD: it was not in the register",
        ),
    ] {
        let said = on_the_host(&installation, id, None).succeeded();
        Case::of_register_proof(said.stdout()).must(GOOD, &[words]);
    }
    // Within the commit that was cut, what was so before it is gone, and is said to be.
    let cut = on_the_host(&installation, &kept, Some(512));
    let named = cut.stderr().contains("the events below 512 were pruned");
    assert!(
        cut.code() == Some(0) || cut.code() == Some(1) && named,
        "{cut:?}"
    );
}

both_backends! {
    what_was_erased_or_pruned_is_proved_as_far_as_it_can_be;
}
