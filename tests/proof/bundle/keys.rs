//! Keys that somebody gives: those that vouch for a bundle, that nobody endorsed, that are newer, that are of
//! another log.

use ed25519_dalek::SigningKey;
use transparency::key::NoteSigner;

use super::bad::ALTERATIONS;
use super::judges::{COULD_NOT, Case, GOOD, INCOMPLETE, TAMPERED};
use super::log;
use super::maker::{Log, ORIGIN, public};

#[test]
fn a_log_that_was_rewritten_with_a_new_key_has_a_key_that_nobody_introduced() {
    let genuine = log();
    // The first event kept, so that it still introduces the old key.
    let mut forged = genuine.clone();
    let note = forged.checkpoint(60, 9);
    forged.checkpoints = [(60, note)].into();
    let text = forged.bundle(0, 60).text();
    Case::of(&text).must(TAMPERED, &["the key was not introduced"]);

    // The first event exchanged too: another log, which only an outside key or checkpoint tells apart.
    let mut other = Log::begun(9);
    other.decide(58);
    other.publish(9);
    let text = other.bundle(0, 60).text();
    Case::of(&text).must(GOOD, &["on the log's own word"]);
    for known in [1, 2] {
        Case::of(&text).trusting(&public(known)).must(
            INCOMPLETE,
            &[
                "had not introduced it",
                "another log",
                "not introduced here",
            ],
        );
    }
    Case::of(&text)
        .trusting(&public(1))
        .keeping(&genuine.checkpoints[&33])
        .must(TAMPERED, &["33 events"]);
}

#[test]
fn a_key_that_is_newer_than_a_bundle_accuses_nobody_and_excuses_nothing() {
    let log = log();
    for (size, anchor) in &log.checkpoints {
        for (from, to) in [(0, *size), (*size - 1, *size)] {
            let text = log.anchored(from, to, *size, anchor).text();
            for (key, introduced) in [(1, 0), (2, 40)] {
                let code = if introduced < *size { GOOD } else { INCOMPLETE };
                let said = Case::of(&text).trusting(&public(key)).must(code, &[]);
                let what = format!("events {from} to {to} in {size}, key {key}");
                let newer = said.contains(&format!("the log had not introduced it within {size}"));
                assert_eq!(newer, code == INCOMPLETE, "{what}: {said}");
            }
            // The key that is there vouches; of the other one nothing can be said all the same.
            let both = Case::of(&text)
                .trusting(&public(1))
                .trusting(&public(2))
                .judged();
            let code = if *size > 40 { GOOD } else { INCOMPLETE };
            assert_eq!(both.code(), Some(code), "{}", both.stdout());
        }
    }
    // With its own checkpoint, which is newer too, it is said from which size on a bundle would tell.
    Case::of(log.bundle(0, 33).text())
        .trusting(&public(2))
        .keeping(&log.checkpoints[&47])
        .must(INCOMPLETE, &["at least 47 events"]);
    let good = log.bundle(0, 60);
    for (name, alter, words) in ALTERATIONS {
        let mut bundle = good.clone();
        alter(&mut bundle);
        println!("{name}");
        Case::of(bundle.text())
            .trusting(&public(7))
            .must(TAMPERED, words);
    }
}

#[test]
fn a_key_of_another_log_cannot_be_used() {
    let elsewhere = NoteSigner::new("elsewhere.example", SigningKey::from_bytes(&[1; 32]));
    let key = elsewhere.expect("a signer").verifier().clone();
    Case::of(log().bundle(0, 60).text())
        .trusting(&key)
        .must(COULD_NOT, &["of the log `elsewhere.example`", ORIGIN]);
}

#[test]
fn a_key_that_nobody_endorsed_has_to_be_given() {
    let mut log = Log::begun(1);
    log.decide(10);
    log.rotate(5, None);
    log.decide(10);
    log.rotate(6, Some(5));
    log.decide(5);
    log.publish(6);
    let text = log.bundle(0, 28).text();
    Case::of(&text).must(COULD_NOT, &["event 12", "--key"]);
    Case::of(&text)
        .trusting(&public(1))
        .must(COULD_NOT, &["--key"]);
    Case::of(&text)
        .trusting(&public(5))
        .must(GOOD, &["endorsed by a key that you gave"]);
    Case::of(&text)
        .trusting(&public(6))
        .must(GOOD, &["given by you"]);
}
