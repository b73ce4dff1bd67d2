//! Proofs about the register, good and bad, before two verifiers that must agree on every one.
//!
//! To add a bad one: a line in a table of [`bad`]. What a verifier must say stands in
//! `src/transparency/FORMAT.md`, section 9.2.

mod bad;
mod stored;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use ed25519_dalek::SigningKey;
use proptest::test_runner::{RngAlgorithm, TestRng};
use rand::RngExt as _;
use serde_json::Value;
use transparency::canonical::Object;
use transparency::history::{History, ORIGIN};
use transparency::key::NoteSigner;
use transparency::state_root::key;

use crate::bundle::{COULD_NOT, Case, GOOD, INCOMPLETE, TAMPERED};
use crate::support::tries;
use bad::{ALTERATIONS, Alteration, NONSENSE};

/// The lines of the proof.
const FIRST: usize = 0;
const REGISTER: usize = 1;
const THING: usize = 2;
const LAST: usize = 3;

fn grant(number: u32) -> String {
    format!("grt_{number:026}")
}

/// Two grants of one bucket, in the order of their keys.
static NEIGHBOURS: LazyLock<[String; 2]> = LazyLock::new(|| {
    let mut seen = BTreeMap::new();
    let mut numbers = (0..).map(grant);
    let found = numbers.find_map(|id| {
        let [first, second, ..] = key(&id);
        let other = seen.insert([first, second], id.clone());
        other.map(|other| [id, other])
    });
    let mut found = found.expect("there are more grants than buckets");
    found.sort_by_key(|id| key(id));
    found
});
static OTHER: LazyLock<&str> = LazyLock::new(|| &NEIGHBOURS[0]);
static ONE: LazyLock<&str> = LazyLock::new(|| &NEIGHBOURS[1]);

/// Nine events: three commits, of three things, one and two; a rotation at 6.
fn log() -> History {
    let mut log = History::begun(1);
    log.commit(&[(&ONE, 1), (&OTHER, 2), (&grant(7), 3)]);
    log.operation("recover", Object::new());
    log.commit(&[(&ONE, 4)]);
    log.rotate(2);
    log.commit(&[(&grant(8), 5), (&OTHER, 6)]);
    log
}

/// The proof of what one of the two was at the end.
fn good() -> Vec<Value> {
    let text = log().proof(&ONE, 8, 9, true).text();
    let lines = text.lines();
    lines
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect()
}

fn joined(lines: &[Value]) -> String {
    lines.iter().map(|line| line.to_string() + "\n").collect()
}

fn judged(table: &[Alteration], code: i32) {
    let good = good();
    for (name, alter, words) in table {
        let mut proof = good.clone();
        alter(&mut proof);
        println!("{name}");
        Case::of_register_proof(joined(&proof)).must(code, words);
    }
}

#[test]
fn good_proofs_are_good_and_say_what_was_so() {
    let log = log();
    let was = Case::of_register_proof(log.proof(&ONE, 8, 9, true).text());
    let page = was.must(
        GOOD,
        &["GOOD: it was in the register\n", "after          event 8"],
    );
    for words in [
        "told by      event 5",
        "{\"maxHolders\":4}",
        "name         Åsa 4",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    let earlier = Case::of_register_proof(log.proof(&ONE, 4, 9, true).text());
    earlier.must(GOOD, &["after          event 3", "{\"maxHolders\":1}"]);
    let at_home = Case::of_register_proof(log.proof(&ONE, 8, 9, false).text());
    at_home.must(GOOD, &["GOOD: it was in the register\n", "stayed at home"]);
    let not = Case::of_register_proof(log.proof(&grant(8), 6, 9, true).text());
    not.must(
        GOOD,
        &["GOOD: it was not in the register", "after          event 5"],
    );
    let before = Case::of_register_proof(log.proof(&ONE, 0, 9, true).text());
    before.must(
        GOOD,
        &["was not in the register", "before the log's first change"],
    );
    let mut erased = log.clone();
    erased.slots.clear();
    let erased = Case::of_register_proof(erased.proof(&ONE, 8, 9, true).text());
    erased.must(
        GOOD,
        &[
            "personal values of it have been erased",
            "name         erased",
        ],
    );
}

#[test]
fn every_alteration_is_found_and_named_by_both_verifiers() {
    judged(ALTERATIONS, TAMPERED);
    // Of a thing that was not there.
    let log = log();
    let mut proof = log.proof(&grant(9), 8, 9, true);
    proof.thing = log.proof(&ONE, 8, 9, true).thing;
    Case::of_register_proof(proof.text()).must(TAMPERED, &["was not in the register"]);
    // Of what was so before, by what was told later.
    let mut proof = log.proof(&ONE, 4, 9, true);
    proof.thing = log.proof(&ONE, 8, 9, true).thing;
    Case::of_register_proof(proof.text()).must(TAMPERED, &["event 5", "later than the event"]);
}

#[test]
fn what_cannot_be_read_is_never_called_tampered() {
    judged(NONSENSE, COULD_NOT);
}

#[test]
fn a_proof_that_breaks_off_is_incomplete() {
    let text = joined(&good());
    let first = text.find('\n').expect("a line") + 1;
    for end in [first, first + 10, text.len() / 2, text.len() - 1] {
        Case::of_register_proof(&text.as_bytes()[..end]).must(INCOMPLETE, &["INCOMPLETE"]);
    }
}

#[test]
fn kept_checkpoints_and_given_keys_are_held_against_it() {
    let log = log();
    let text = joined(&good());
    let case = || Case::of_register_proof(&text);
    case().keeping(&log.checkpoint(9)).must(GOOD, &["agrees"]);
    case()
        .keeping(&log.checkpoint(5))
        .must(INCOMPLETE, &["says nothing of another"]);
    let mut other = History::begun(1);
    for _ in 0..8 {
        other.operation("recover", Object::new());
    }
    case()
        .keeping(&other.checkpoint(9))
        .must(TAMPERED, &["9 events that was kept"]);
    let public = |seed: u8, origin: &str| {
        let signer = NoteSigner::new(origin, SigningKey::from_bytes(&[seed; 32]));
        signer.expect("a signer").verifier().to_string()
    };
    case()
        .trusting(&public(1, ORIGIN))
        .must(GOOD, &["given by you"]);
    case()
        .trusting(&public(2, ORIGIN))
        .must(GOOD, &["given by you"]);
    case()
        .trusting(&public(7, ORIGIN))
        .must(INCOMPLETE, &["had not introduced it"]);
    let elsewhere = public(1, "elsewhere.example");
    case()
        .trusting(&elsewhere)
        .must(COULD_NOT, &["elsewhere.example"]);
}

#[test]
fn any_single_bit_is_noticed_or_says_nothing_else_and_both_verifiers_say_the_same() {
    let text = joined(&good());
    let whole = Case::of_register_proof(&text).must(GOOD, &[]);
    let what = |page: &str| {
        let lines = page
            .lines()
            .skip(1)
            .filter(|line| !line.contains("  name "));
        lines.collect::<Vec<_>>().join("\n")
    };
    let mut random = TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]);
    for _ in 0..tries(60, 5_000) {
        let mut bytes = text.clone().into_bytes();
        let (at, bit) = (
            random.random_range(0..bytes.len()),
            random.random_range(0..8_u32),
        );
        bytes[at] ^= 1 << bit;
        let said = Case::of_register_proof(&bytes).judged();
        // A value that has lost its name is one that is not there.
        let same = said.code() != Some(GOOD) || what(said.stdout()) == what(&whole);
        assert!(same, "bit {bit} of byte {at}: {}", said.stdout());
    }
}
