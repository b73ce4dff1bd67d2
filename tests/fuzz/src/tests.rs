//! A bounded run of every target: its seeds, and seeds that were altered by chance.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use crate::{TARGETS, Target};

/// What readers stumble over.
const BITS: &[&[u8]] = &[
    b"\"",
    b"\\",
    b"{",
    b"}",
    b"[",
    b"]",
    b",",
    b":",
    b"\n",
    b"\0",
    b"\xff",
    b"null",
    b"-0",
    b"1e9",
    b"9007199254740992",
    b"18446744073709551616",
    b"\\u0000",
    b"\\ud800",
    "\u{202e}".as_bytes(),
    "\u{feff}".as_bytes(),
    b"19121212-1212",
    b"9999-12-31",
    b"...",
    b"$a",
    b"@skip(if: true)",
    b"__typename",
];

/// One alteration; places are taken modulo what is there.
#[derive(Debug, Clone)]
enum Alteration {
    Flip(Index, u8),
    Insert(Index, Vec<u8>),
    Remove(Index, usize),
    Copy(Index, usize, Index),
    Replace(Index, usize, Index, Index),
}

fn alteration() -> impl Strategy<Value = Alteration> {
    let place = any::<Index>;
    let inserted = prop_oneof![
        proptest::sample::select(BITS).prop_map(<[u8]>::to_vec),
        vec(any::<u8>(), 1..8),
    ];
    prop_oneof![
        (place(), 0..8_u8).prop_map(|(at, bit)| Alteration::Flip(at, bit)),
        (place(), inserted).prop_map(|(at, bytes)| Alteration::Insert(at, bytes)),
        (place(), 1..64_usize).prop_map(|(at, many)| Alteration::Remove(at, many)),
        (place(), 1..256_usize, place())
            .prop_map(|(from, many, to)| Alteration::Copy(from, many, to)),
        (place(), 1..64_usize, place(), place())
            .prop_map(|(at, many, seed, from)| Alteration::Replace(at, many, seed, from)),
    ]
}

impl Alteration {
    fn alter(&self, bytes: &mut Vec<u8>, seeds: &[Vec<u8>]) {
        // One place more than there are bytes: the end.
        let place = |at: &Index, bytes: &[u8]| at.index(bytes.len() + 1);
        let part = |from: &Index, many: usize, of: &[u8]| {
            let start = place(from, of);
            of[start..(start + many).min(of.len())].to_vec()
        };
        match self {
            Self::Flip(at, bit) => {
                if !bytes.is_empty() {
                    let at = at.index(bytes.len());
                    bytes[at] ^= 1 << bit;
                }
            }
            Self::Insert(at, inserted) => {
                let at = place(at, bytes);
                bytes.splice(at..at, inserted.iter().copied());
            }
            Self::Remove(at, many) => {
                let at = place(at, bytes);
                bytes.drain(at..(at + many).min(bytes.len()));
            }
            Self::Copy(from, many, to) => {
                let (copied, to) = (part(from, *many, bytes), place(to, bytes));
                bytes.splice(to..to, copied);
            }
            Self::Replace(at, many, seed, from) => {
                let (new, at) = (
                    part(from, *many, &seeds[seed.index(seeds.len())]),
                    place(at, bytes),
                );
                bytes.splice(at..(at + many).min(bytes.len()), new);
            }
        }
    }
}

fn bounded(target: &str, cases: u32) {
    let target = TARGETS
        .iter()
        .find(|known| known.name == target)
        .expect("a target");
    let seeds = (target.seeds)();
    for seed in &seeds {
        let said = String::from_utf8_lossy(seed);
        let read = (target.read)(seed);
        assert_eq!(read, Ok(()), "{}: a seed is not taken: {said}", target.name);
    }
    let config = Config {
        cases: if test_support::soaking() {
            cases * 1_000
        } else {
            cases
        },
        failure_persistence: None,
        ..Config::default()
    };
    let chance = TestRng::from_seed(RngAlgorithm::ChaCha, &[12; 32]);
    let strategy = (any::<Index>(), vec(alteration(), 1..6));
    let tried = TestRunner::new_with_rng(config, chance).run(&strategy, |(seed, alterations)| {
        let mut bytes = seeds[seed.index(seeds.len())].clone();
        for one in &alterations {
            one.alter(&mut bytes, &seeds);
        }
        // Taken or not: it did not panic.
        let _ = (target.read)(&bytes);
        Ok(())
    });
    if let Err(failed) = tried {
        panic!("{}: {failed}", target.name);
    }
}

#[test]
fn canonical_bytes_are_read_in_one_way_only() {
    bounded("canonical", 4_000);
}

#[test]
fn no_altered_bundle_is_good() {
    bounded("bundle", 2_000);
}

#[test]
fn a_proof_about_the_register_says_what_was_told() {
    bounded("register_proof", 4_000);
}

#[test]
fn every_line_of_a_feed_is_a_record_or_has_a_reason() {
    bounded("feed", 2_000);
}

#[test]
fn only_what_the_issuer_signed_is_taken() {
    bounded("token", 2_000);
}

#[test]
fn what_is_prepared_is_within_the_limits() {
    bounded("document", 2_000);
}

#[test]
fn every_target_is_run_and_built() {
    let manifest = include_str!("../Cargo.toml");
    let here = include_str!("tests.rs");
    for Target { name, .. } in TARGETS {
        assert!(
            here.contains(&format!("bounded(\"{name}\", ")),
            "{name} is not run"
        );
        assert!(
            manifest.contains(&format!("path = \"fuzz_targets/{name}.rs\"")),
            "{name} is not built"
        );
    }
}
