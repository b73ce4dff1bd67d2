//! Bundles, good and bad, before two verifiers that must agree on every one.
//!
//! To add a bad one: a line in a table of [`bad`]. What a verifier must say stands in
//! `src/transparency/FORMAT.md`, section 10.

mod bad;
mod export;
mod judges;
mod keys;
mod maker;
mod said;
mod served;
mod stored;

use std::fs;

use proptest::test_runner::{RngAlgorithm, TestRng};
use rand::RngExt as _;
use serde_json::json;

use crate::support::tries;
use bad::{ALTERATIONS, Alteration, NONSENSE};
use judges::verifier;
pub(crate) use judges::{COULD_NOT, Case, GOOD, INCOMPLETE, TAMPERED};
use maker::Log;
pub(crate) use maker::ORIGIN;
pub(crate) use stored::{Stored, checkpoint};

/// Sixty events, checkpoints of 11, 20, 33, 47 and 60, a rotation at 40.
fn log() -> Log {
    let mut log = Log::begun(1);
    for (until, by) in [(11, 1), (20, 1), (33, 1), (40, 1)] {
        log.decide(until - log.size());
        if until < 40 {
            log.publish(by);
        }
    }
    log.rotate(2, Some(1));
    for until in [47, 60] {
        log.decide(until - log.size());
        log.publish(2);
    }
    log
}

#[test]
fn good_bundles_are_good_whatever_part_of_the_log_they_are() {
    let log = log();
    for (from, to) in [
        (0, 60),
        (0, 1),
        (0, 11),
        (11, 20),
        (13, 14),
        (32, 58),
        (59, 60),
        (40, 41),
    ] {
        Case::of(log.bundle(from, to).text()).must(GOOD, &["GOOD"]);
    }
    let mut without = log.bundle(0, 60);
    without.head()["values"] = false.into();
    for line in &mut without.0 {
        for beside in ["slots", "facts"] {
            line.as_object_mut().expect("an object").remove(beside);
        }
    }
    Case::of(without.text()).must(GOOD, &["stayed at home"]);
    // What was erased is not there, and the bundle is as good.
    let mut erased = log.bundle(0, 60);
    erased
        .event(3)
        .as_object_mut()
        .expect("an object")
        .remove("facts");
    let words = ["5 held against the events", "18 times one was erased"];
    Case::of(erased.text()).must(GOOD, &words);
}

#[test]
fn a_large_untouched_log_raises_no_alarm() {
    let mut log = Log::begun(1);
    let many = u64::try_from(tries(10_000, 1_000_000)).expect("a number");
    for tenth in 1..=10 {
        log.decide(many / 10);
        if tenth == 5 {
            log.rotate(2, Some(1));
        }
        log.publish(if tenth < 5 { 1 } else { 2 });
    }
    let kept = log.checkpoints.values().next().expect("a checkpoint");
    Case::of(log.bundle(0, log.size()).text())
        .keeping(kept)
        .must(GOOD, &["agrees"]);
}

fn judged(table: &[Alteration], code: i32) {
    let good = log().bundle(0, 60);
    for (name, alter, words) in table {
        let mut bundle = good.clone();
        alter(&mut bundle);
        println!("{name}");
        Case::of(bundle.text()).must(code, words);
    }
}

#[test]
fn every_alteration_is_found_and_named_by_both_verifiers() {
    judged(ALTERATIONS, TAMPERED);
}

#[test]
fn what_cannot_be_read_is_never_called_tampered() {
    judged(NONSENSE, COULD_NOT);
    let text = log().bundle(0, 60).text();
    for nonsense in [
        "hello".to_owned(),
        "hello\n".to_owned(),
        format!("{}\n{text}", "x".repeat(1 << 20)),
        text.replacen("\"seq\":7", "\"seq\":7,", 1),
    ] {
        Case::of(nonsense).must(COULD_NOT, &[]);
    }
    Case::of(
        text.into_bytes()
            .into_iter()
            .map(|b| if b == b'V' { 0xff } else { b })
            .collect::<Vec<_>>(),
    )
    .must(COULD_NOT, &[]);
}

#[test]
fn a_bundle_that_breaks_off_is_incomplete_and_not_tampered() {
    let text = log().bundle(0, 60).text();
    let first = text.find('\n').expect("a line") + 1;
    for end in [first, first + 10, text.len() / 2, text.len() - 1] {
        Case::of(&text[..end]).must(INCOMPLETE, &["INCOMPLETE"]);
    }
    Case::of(&text[..first - 1]).must(COULD_NOT, &[]);
}

#[test]
fn compression_changes_nothing_and_may_break_off_too() {
    let text = log().bundle(0, 60).text();
    let packed = zstd::encode_all(text.as_bytes(), 3).expect("compressed");
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("bundle.zst");
    for (bytes, code) in [
        (packed.clone(), GOOD),
        (packed[..packed.len() - 3].to_vec(), INCOMPLETE),
        (
            [packed[..20].to_vec(), vec![0xff; 200_000]].concat(),
            COULD_NOT,
        ),
    ] {
        fs::write(&file, bytes).expect("a bundle");
        let _said = verifier(&file, &[]).ended_with(code);
    }
}

#[test]
fn a_checkpoint_that_was_kept_narrows_and_reveals() {
    let log = log();
    let text = log.bundle(0, 60).text();
    let kept = log.checkpoint(27, 1);
    // A checkpoint that was published has to be in the bundle.
    Case::of(&text)
        .keeping(&kept)
        .must(TAMPERED, &["27 events was published and is missing"]);
    Case::of(&text)
        .keeping(&log.checkpoints[&33])
        .must(GOOD, &["agrees"]);
    Case::of(&text)
        .keeping(&log.checkpoints[&60])
        .must(GOOD, &["agrees"]);

    let mut published = log.clone();
    published.checkpoints.insert(27, kept.clone());
    let mut edited = published.bundle(0, 60);
    edited.edit(25, "req-25", "req-52");
    let at = edited.checkpoints()[2];
    edited.0.remove(at);
    Case::of(edited.text()).must(TAMPERED, &["between event 20 and event 32"]);
    let kept27 = Case::of(edited.text()).keeping(&kept);
    kept27.must(
        TAMPERED,
        &["between event 20 and event 26", "27 events that was kept"],
    );
}

#[test]
fn no_part_of_an_untouched_log_is_called_tampered_whatever_checkpoint_was_kept() {
    let log = log();
    let mut good = 0;
    for (from, to) in [
        (0, 60),
        (0, 9),
        (9, 27),
        (26, 28),
        (30, 47),
        (47, 48),
        (59, 60),
    ] {
        let mut anchors = log.checkpoints.range(to..);
        let (first, newest) = (anchors.next(), anchors.next_back());
        for (size, anchor) in first.into_iter().chain(newest) {
            let text = log.anchored(from, to, *size, anchor).text();
            for (kept, note) in &log.checkpoints {
                let said = Case::of(&text).keeping(note).judged();
                let covered = (from..=to).contains(kept) || kept == size;
                let expected = if covered { GOOD } else { INCOMPLETE };
                let what = format!("events {from} to {to} in {size}, the checkpoint of {kept}");
                assert_eq!(said.code(), Some(expected), "{what}: {}", said.stdout());
                good += u32::from(covered);
            }
        }
    }
    assert!(good > 10, "{good}");
}

#[test]
fn a_bundle_without_events_is_not_good() {
    let log = log();
    let text = log.bundle(20, 20).text();
    Case::of(&text).must(INCOMPLETE, &["no events"]);
}

#[test]
fn a_kept_checkpoint_tells_a_log_that_was_cut_or_rewritten() {
    let log = log();
    let newest = &log.checkpoints[&60];
    // The tail cut, and cut and filled again; a backup that was restored looks like the first.
    let mut cut = log.clone();
    cut.envelopes.truncate(50);
    cut.checkpoints.split_off(&48);
    let shorter = cut.bundle(0, 47).text();
    Case::of(&shorter).must(GOOD, &[]);
    Case::of(&shorter)
        .keeping(newest)
        .must(INCOMPLETE, &["the log was cut"]);
    cut.decide(20);
    cut.record(json!({ "kind": "operation", "operation": "recover", "details": {} }));
    cut.publish(2);
    let filled = cut.bundle(0, 71).text();
    Case::of(&filled).must(GOOD, &[]);
    let said = Case::of(&filled).keeping(newest);
    said.must(TAMPERED, &["published and is missing"]);

    // Everything written anew with the stolen key.
    let mut forged = log.clone();
    forged.envelopes[25] = forged.envelopes[25].replace("deny", "allow");
    for (size, note) in &mut forged.checkpoints {
        let by = if *size > 40 { 2 } else { 1 };
        *note = Log {
            checkpoints: std::collections::BTreeMap::default(),
            ..log.clone()
        }
        .checkpoint(*size, by);
    }
    let sizes: Vec<u64> = forged.checkpoints.keys().copied().collect();
    for size in sizes {
        let note = forged.checkpoint(size, if size > 40 { 2 } else { 1 });
        forged.checkpoints.insert(size, note);
    }
    let rewritten = forged.bundle(0, 60).text();
    Case::of(&rewritten).must(GOOD, &[]);
    Case::of(&rewritten)
        .keeping(newest)
        .must(TAMPERED, &["60 events that was kept"]);
    let early = Case::of(&rewritten).keeping(&log.checkpoints[&33]);
    early.must(TAMPERED, &["between event 20 and event 32"]);
}

#[test]
fn checkpoints_and_keys_that_cannot_be_used_could_not_be_run() {
    let log = log();
    let text = log.bundle(11, 47).text();
    let kept = &log.checkpoints[&20];
    for bad in [
        "",
        "nothing",
        &kept.replace("\n20\n", "\nx\n"),
        &kept.replace("\n20\n", "\n21\n"),
    ] {
        Case::of(&text).keeping(bad).must(COULD_NOT, &[]);
    }
    let elsewhere = kept.replace(ORIGIN, "elsewhere");
    Case::of(&text)
        .keeping(&elsewhere)
        .must(COULD_NOT, &["elsewhere"]);
    let before = Case::of(&text).keeping(&log.checkpoint(5, 1));
    before.must(INCOMPLETE, &["says nothing of the tree of 5 events"]);
    Case::of(&text)
        .keeping(&log.checkpoint(11, 1))
        .must(GOOD, &["agrees"]);
    let by_a_witness = log.checkpoint(47, 8);
    Case::of(&text)
        .keeping(&by_a_witness)
        .must(GOOD, &["not signed by a key of the log"]);
    for bad in ["", "nothing", "a+b+c"] {
        Case::of(&text).trusting(&bad).must(COULD_NOT, &[]);
    }
    let missing = ["--checkpoint".to_owned(), "/no/such/file".to_owned()];
    let directory = tempfile::tempdir().expect("a directory");
    let _said = verifier(&directory.path().join("none"), &[]).ended_with(COULD_NOT);
    let bundle = directory.path().join("bundle");
    fs::write(&bundle, &text).expect("a bundle");
    let _said = verifier(&bundle, &missing).ended_with(COULD_NOT);
    let _said = verifier(&bundle, &["--no-such-option".to_owned()]).ended_with(COULD_NOT);
}

#[test]
fn any_single_bit_is_noticed_and_both_verifiers_say_the_same() {
    let text = log().bundle(3, 57).text();
    let seed = [7; 32];
    let mut random = TestRng::from_seed(RngAlgorithm::ChaCha, &seed);
    for _ in 0..tries(60, 5_000) {
        let mut bytes = text.clone().into_bytes();
        let (at, bit) = (
            random.random_range(0..bytes.len()),
            random.random_range(0..8_u32),
        );
        bytes[at] ^= 1 << bit;
        let said = Case::of(&bytes).judged();
        assert_ne!(
            said.code(),
            Some(GOOD),
            "bit {bit} of byte {at} was not noticed"
        );
    }
}
