//! Proofs of random histories against an oracle, and that nothing in one can be altered.

use std::collections::BTreeMap;
use std::io::Cursor;

use proptest::prelude::*;

use super::super::bundle::{Question, Source, Verdict, Wrong};
use super::super::history::History;
use super::super::state_root::{is_beside, key};
use super::*;

fn verified(text: &str) -> (Verdict, Found) {
    let bytes = Cursor::new(text.as_bytes().to_vec());
    let mut source = Source::new(bytes).unwrap();
    verify(&mut source, &Question::default())
}

/// The id of a thing; so many of them that some lie in the same bucket.
fn thing(number: u32) -> String {
    format!("grt_{number:026}")
}

/// Two things of one bucket.
fn neighbours() -> [String; 2] {
    let mut seen = BTreeMap::new();
    for number in 0.. {
        let id = thing(number);
        let [first, second, ..] = key(&id);
        if let Some(other) = seen.insert((first, second), id.clone()) {
            assert!(is_beside(&key(&id), &key(&other)));
            return [id, other];
        }
    }
    unreachable!("there are more things than buckets")
}

/// A log of three commits with other events between, and a further key.
fn history() -> History {
    let [one, other] = neighbours();
    let mut history = History::begun(1);
    history.commit(&[(&one, 1), (&other, 2), (&thing(7), 3)]);
    history.operation("recover", crate::canonical::Object::new());
    history.commit(&[(&one, 4)]);
    history.rotate(2);
    history.commit(&[(&thing(8), 5), (&other, 6)]);
    history
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn a_proof_says_of_every_thing_what_the_changes_up_to_then_have_told(
        commits in proptest::collection::vec(
            proptest::collection::btree_map(0_u32..6, any::<u8>(), 1..4), 0..6),
        at in any::<prop::sample::Index>(), values in any::<bool>(),
    ) {
        let mut history = History::begun(1);
        // What each thing was after each event with a root.
        let mut known: BTreeMap<u32, (u64, u8)> = BTreeMap::new();
        let mut then = vec![(0, None, known.clone())];
        for commit in &commits {
            let named: Vec<(String, u8)> = commit.iter().map(|(n, to)| (thing(*n), *to)).collect();
            let changes: Vec<(&str, u8)> = named.iter().map(|(id, to)| (id.as_str(), *to)).collect();
            for ((n, to), seq) in commit.iter().zip(history.size()..) {
                known.insert(*n, (seq, *to));
            }
            history.commit(&changes);
            let last = history.size() - 1;
            then.push((last, Some(last), known.clone()));
            history.operation("recover", crate::canonical::Object::new());
        }
        let size = history.size();
        let at = at.index(usize::try_from(size).unwrap());
        let at = u64::try_from(at).unwrap();
        let (_, after, was) = then.iter().rev().find(|(from, ..)| *from <= at).unwrap();
        for n in 0..7 {
            let (verdict, found) = verified(&history.proof(&thing(n), at, size, values).text());
            prop_assert_eq!(verdict, Verdict::Good);
            prop_assert_eq!(found.after.map(|told| told.seq), *after);
            let told = found.was.as_ref().map(|was| was.told.seq);
            prop_assert_eq!(told, was.get(&n).map(|(seq, _)| *seq));
            if let (Some(found), Some((_, to))) = (found.was, was.get(&n)) {
                prop_assert_eq!(found.state, format!("{{\"maxHolders\":{to}}}"));
                let shown = if values { Shown::Value(format!("Åsa {to}")) } else { Shown::Away };
                prop_assert_eq!(found.personal, vec![("name".to_owned(), shown)]);
            }
        }
    }
}

#[test]
fn a_value_that_is_not_there_was_erased_or_stayed_at_home() {
    let [one, _] = neighbours();
    let mut history = history();
    let size = history.size();
    for (values, shown) in [(true, Shown::Erased), (false, Shown::Away)] {
        history.slots.clear();
        let (verdict, found) = verified(&history.proof(&one, size - 1, size, values).text());
        assert_eq!(verdict, Verdict::Good);
        let was = found.was.unwrap();
        assert_eq!(was.erased().count(), usize::from(values));
        assert_eq!(was.personal, [("name".to_owned(), shown)]);
        assert_eq!(found.beside, 1);
    }
}

/// What a proof says besides values, of which a missing one is said to be erased.
fn without_values(mut found: Found) -> Found {
    if let Some(was) = &mut found.was {
        was.personal.clear();
    }
    found
}

#[test]
fn a_proof_with_another_byte_or_a_part_of_one_says_nothing_else() {
    let [one, other] = neighbours();
    let history = history();
    let size = history.size();
    for id in [&one, &other, &thing(9)] {
        let text = history.proof(id, size - 1, size, true).text();
        let (verdict, good) = verified(&text);
        assert_eq!(verdict, Verdict::Good);
        for at in 0..text.len() {
            let mut bytes = text.clone().into_bytes();
            bytes[at] ^= 1;
            let mut source = Source::new(Cursor::new(bytes)).unwrap();
            let (verdict, found) = verify(&mut source, &Question::default());
            if verdict == Verdict::Good {
                let values = found.was.iter().flat_map(|was| &was.personal);
                let erased = values.into_iter().all(|(_, shown)| *shown == Shown::Erased);
                assert!(erased, "byte {at} of {text}");
                // Of another id it is said that it was not there only where that is so.
                let other = [&one, &other, &thing(7), &thing(8)].contains(&&found.id);
                assert!(found.id == good.id || !other && found.was.is_none());
                let id = good.id.clone();
                let found = Found {
                    id,
                    ..without_values(found)
                };
                assert_eq!(found, without_values(good.clone()));
            }
        }
        for at in 0..text.len() {
            let Some(part) = text.get(..at) else { continue };
            assert_ne!(verified(part).0, Verdict::Good, "the first {at} bytes");
        }
    }
}

/// What is done to a proof, which is told the id of another thing of the bucket.
type Alteration = fn(&mut RegisterProof, &str);

#[test]
fn every_hash_and_every_entry_that_is_another_is_named() {
    let [one, other] = neighbours();
    let history = history();
    let size = history.size();
    let good = history.proof(&one, size - 1, size, false);
    let cases: [(Alteration, Unproved); 11] = [
        (|proof, _| proof.register.bucket.truncate(1), Unproved::Root),
        (|proof, _| proof.register.bucket.swap(0, 1), Unproved::Order),
        (
            |proof, _| proof.register.bucket[1] = proof.register.bucket[0],
            Unproved::Order,
        ),
        (
            |proof, _| proof.register.bucket[1].0.0[0] ^= 0x80,
            Unproved::Elsewhere,
        ),
        (
            |proof, _| proof.register.bucket[1].1.0[31] ^= 1,
            Unproved::Root,
        ),
        (|proof, _| proof.register.path[15].0[0] ^= 1, Unproved::Root),
        (|proof, _| proof.register.after = None, Unproved::Root),
        (|proof, _| proof.thing = None, Unproved::Untold),
        (
            |proof, other| proof.first.id = other.to_owned(),
            Unproved::Other,
        ),
        (
            |proof, _| {
                let after = proof.register.after.as_mut().unwrap();
                after.proof[0].0[0] ^= 1;
            },
            Unproved::NotInLog,
        ),
        (
            |proof, _| {
                let told = &mut proof.thing.as_mut().unwrap().told;
                told.envelope = told
                    .envelope
                    .replace("\"maxHolders\":4", "\"maxHolders\":5");
            },
            Unproved::Digest,
        ),
    ];
    for (number, (alter, expected)) in cases.into_iter().enumerate() {
        let mut proof = good.clone();
        alter(&mut proof, &other);
        let (verdict, _) = verified(&proof.text());
        assert_eq!(wrong(verdict), Wrong::Register(expected), "{number}");
    }
}

#[test]
fn what_was_told_of_later_or_before_is_not_what_it_was() {
    let [one, _] = neighbours();
    let history = history();
    let size = history.size();
    // Of the first commit, with what the second told.
    let mut proof = history.proof(&one, 4, size, false);
    proof.thing = history.proof(&one, size - 1, size, false).thing;
    let (verdict, _) = verified(&proof.text());
    assert_eq!(wrong(verdict), Wrong::Register(Unproved::Later));
    // Of the last commit, with what the first told.
    let mut proof = history.proof(&one, size - 1, size, false);
    proof.thing = history.proof(&one, 4, size, false).thing;
    let (verdict, _) = verified(&proof.text());
    assert_eq!(wrong(verdict), Wrong::Register(Unproved::Digest));
    // Of a thing that is not there.
    let mut proof = history.proof(&thing(9), size - 1, size, false);
    proof.thing = history.proof(&one, 4, size, false).thing;
    let (verdict, _) = verified(&proof.text());
    assert_eq!(wrong(verdict), Wrong::Register(Unproved::NotThere));
}

fn wrong(verdict: Verdict) -> Wrong {
    let Verdict::Tampered(tampered) = verdict else {
        panic!("{verdict:?}");
    };
    tampered.wrong
}

#[test]
fn only_a_proof_is_taken_for_one() {
    let text = history().proof(&thing(7), 4, 5, false).text();
    assert!(is_one(text.lines().next().unwrap().as_bytes()));
    assert!(!is_one(b"{\"bundle\":1}"));
    assert!(!is_one(b"[1]"));
    assert!(!is_one(b""));
}
