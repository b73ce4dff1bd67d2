//! What a verifier says to people: by whose word, where it lies, once, and nothing of what it could not read.

use std::fs;
use std::path::Path;

use serde_json::Value;
use test_support::Program;

use super::judges::{COULD_NOT, Case, GOOD, TAMPERED, verifier};
use super::log;
use super::maker::{Bundle, public};

#[test]
fn the_page_says_what_was_checked_by_whose_word_and_what_it_does_not_prove() {
    let log = log();
    let said = Case::of(log.bundle(5, 47).text())
        .keeping(&log.checkpoints[&20])
        .trusting(&public(1))
        .must(
            GOOD,
            &[
                "5 to 46 of the 47",
                "that of 20 events agrees",
                "given by you",
            ],
        );
    for words in [
        "endorsed by a key that you gave",
        "held-permission",
        "deny",
        "does not prove",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
    assert!(said.lines().count() < 60, "{said}");
    let alone = Case::of(log.bundle(0, 11).text()).must(GOOD, &["on the log's own word"]);
    assert!(alone.contains("no checkpoint was given"));
}

#[test]
fn what_was_altered_is_placed_within_the_part_or_in_its_first_line() {
    let log = log();
    let part = log.anchored(21, 30, 60, &log.checkpoints[&60]);
    let mut edited = part.clone();
    edited.edit(25, "req-25", "req-52");
    for side in ["before", "after"] {
        let mut exchanged = part.clone();
        exchanged.head()[side][0] = "00".repeat(32).into();
        for altered in [&edited, &exchanged] {
            let said = Case::of(altered.text()).must(
                TAMPERED,
                &["between event 21 and event 29", "60 events", "first line"],
            );
            assert!(!said.contains("event 59"), "{said}");
        }
    }
    // Up to where a checkpoint has agreed, nothing differs; after it, there is nothing but hashes.
    let mut exchanged = log.anchored(21, 33, 60, &log.checkpoints[&60]);
    exchanged.head()["after"][0] = "00".repeat(32).into();
    let said = Case::of(exchanged.text()).must(TAMPERED, &["the log: ", "first line"]);
    assert!(!said.contains("event 21"), "{said}");
}

#[test]
fn nothing_of_a_line_that_cannot_be_read_is_repeated() {
    let good = log().bundle(0, 60);
    let secret = "19121212-1212";
    let places: &[fn(&mut Bundle) -> &mut Value] = &[
        |b| &mut b.head()["bundle"],
        |b| &mut b.head()["from"],
        |b| &mut b.head()["values"],
        |b| &mut b.head()["before"],
        |b| &mut b.head()["keys"][0]["proof"][0],
        |b| &mut b.event(7)["seq"],
        |b| &mut b.event(49)["slots"],
        |b| &mut b.event(49)["slots"][0]["salt"],
        |b| &mut b.end()["end"],
    ];
    for place in places {
        let mut bundle = good.clone();
        *place(&mut bundle) = secret.into();
        let said = Case::of(bundle.text()).must(COULD_NOT, &["column", "expected "]);
        assert!(!said.contains(secret), "{said}");
    }
    let mut bundle = good.clone();
    bundle.event(49)["slots"][0]["slot"] = secret.into();
    let said = Case::of(bundle.text()).must(TAMPERED, &["event 49", "no slot"]);
    assert!(!said.contains(secret), "{said}");
    let mut bundle = good.clone();
    let key = bundle.head()["keys"][0]["envelope"].clone();
    let key = key.as_str().expect("an envelope").replace('+', secret);
    bundle.head()["keys"][0]["envelope"] = key.into();
    let said = Case::of(bundle.text()).must(TAMPERED, &["event 0", "no verifier key"]);
    assert!(!said.contains(secret), "{said}");
    let text = good
        .text()
        .replacen("\"seq\":7,", "\"seq\":19121212-1212,", 1);
    let said = Case::of(text).must(COULD_NOT, &["line 9", "column", "it is no JSON"]);
    assert!(!said.contains("19121212"), "{said}");
}

#[test]
fn the_verdict_is_said_once_to_who_reads_it_on_a_terminal() {
    let mut bundle = log().bundle(0, 60);
    bundle.edit(25, "req-25", "req-52");
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("bundle.jsonl");
    fs::write(&file, bundle.text()).expect("a bundle");
    let program = env!("CARGO_BIN_EXE_behorig");
    let command = format!("'{program}' log verify '{}'", file.display());
    let terminal = Program::at(Path::new("script"));
    let seen = terminal.run(&["-qec", &command, "/dev/null"]);
    let said = seen.ended_with(TAMPERED);
    let verdicts = said.stdout().matches("do not give the root").count();
    assert_eq!(verdicts, 1, "{}", said.stdout());
    // What is kept in a file is told to who waits for it all the same.
    let kept = verifier(&file, &[]).ended_with(TAMPERED);
    assert!(kept.stderr().contains("do not give the root"), "{kept:?}");
}
