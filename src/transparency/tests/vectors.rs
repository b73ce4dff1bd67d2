//! The vectors of what is signed and proved: checkpoints, a rotation, paths, a bundle.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use data_encoding::HEXLOWER;
use ed25519_dalek::SigningKey;
use serde_json::{Value, json};

use super::*;
use crate::bundle::{End, VERSION};
use crate::bundle::{Event, Header, Hex, Note, ProvedEvent, Question, Source, Verdict, verify};
use crate::canonical;
use crate::checkpoint::Checkpoint;
use crate::envelope::Draft;
use crate::history::History;
use crate::key::NoteSigner;
use crate::keys::{ROTATED, endorsement_text};
use crate::proof::{Subtree, consistency, inclusion};
use crate::register_proof;

const ORIGIN: &str = "behorig.example/log";

fn signer(seed: u8) -> NoteSigner {
    NoteSigner::new(ORIGIN, SigningKey::from_bytes(&[seed; 32])).unwrap()
}

fn operation(id: u128, name: &'static str, details: canonical::Object) -> String {
    let event = OperationEvent {
        id: EventId::from_uuid(Uuid::from_u128(id)),
        name,
        decision: None,
        run: None,
        details,
    };
    let at = Instant::from_seconds(1_793_000_001);
    let bytes = Draft::of_operation(&event)
        .unwrap()
        .envelope(at, None)
        .unwrap();
    String::from_utf8(bytes).unwrap()
}

/// A log of three events: its beginning, something, and another key.
fn events() -> [String; 3] {
    let (old, new) = (signer(1), signer(2));
    let begun = canonical::Object::new()
        .with("origin", ORIGIN)
        .with("policyDigest", "sha256:00")
        .with("publicKey", old.verifier().to_string());
    let endorsement = old.sign(endorsement_text(new.verifier()).as_bytes());
    let rotated = canonical::Object::new()
        .with("endorsement", STANDARD.encode(endorsement))
        .with("publicKey", new.verifier().to_string());
    [
        operation(1, "genesis", begun),
        operation(2, "recover", canonical::Object::new()),
        operation(3, ROTATED, rotated),
    ]
}

fn root(leaves: &[Hash], range: &Subtree) -> Hash {
    let mut frontier = Frontier::default();
    for seq in range.clone() {
        frontier.append(leaves[usize::try_from(seq).unwrap()], &mut Vec::new());
    }
    frontier.root()
}

fn path(leaves: &[Hash], subtrees: &[Subtree]) -> Vec<Hex> {
    subtrees
        .iter()
        .map(|range| Hex(root(leaves, range)))
        .collect()
}

fn checkpoint(leaves: &[Hash], size: u64, by: u8) -> String {
    let claim = Checkpoint {
        origin: ORIGIN.to_owned(),
        size,
        root: root(leaves, &(0..size)),
    };
    claim.sign(&signer(by)).to_string()
}

/// A bundle of the whole log, line by line.
fn bundle() -> Vec<String> {
    let events = events();
    let leaves = events.each_ref().map(|text| leaf_hash(text.as_bytes()));
    let keys = [0, 2].map(|seq| ProvedEvent {
        seq,
        envelope: events[usize::try_from(seq).unwrap()].clone(),
        proof: path(&leaves, &inclusion(seq, 3).unwrap()),
    });
    let header = Header {
        bundle: VERSION,
        origin: ORIGIN.to_owned(),
        from: 0,
        to: 3,
        size: 3,
        before: Vec::new(),
        after: Vec::new(),
        values: false,
        restores: Vec::new(),
        keys: keys.into(),
    };
    let note = Note {
        checkpoint: checkpoint(&leaves, 2, 1),
    };
    let end = End {
        end: 3,
        checkpoint: checkpoint(&leaves, 3, 2),
    };
    let mut lines = vec![serde_json::to_string(&header).unwrap()];
    for (seq, envelope) in (0..).zip(events) {
        let event = Event {
            seq,
            envelope,
            slots: Vec::new(),
            facts: Vec::new(),
        };
        lines.push(serde_json::to_string(&event).unwrap());
        if seq == 1 {
            lines.push(serde_json::to_string(&note).unwrap());
        }
    }
    lines.push(serde_json::to_string(&end).unwrap());
    lines
}

/// What the program makes.
pub(super) fn made() -> Value {
    let leaves: Vec<Hash> = ["", "a", "b", "c", "d", "e", "f"]
        .map(|leaf| leaf_hash(leaf.as_bytes()))
        .into();
    let inclusions = [(0, 7), (3, 7), (6, 7), (0, 1)].map(|(index, size)| {
        let path = path(&leaves, &inclusion(index, size).unwrap());
        json!({ "index": index, "size": size, "path": path })
    });
    let consistencies = [(3, 7), (4, 7), (6, 7), (7, 7)].map(|(earlier, later)| {
        let path = path(&leaves, &consistency(earlier, later).unwrap());
        json!({ "earlier": earlier, "later": later, "path": path })
    });
    let seed = |byte: u8| HEXLOWER.encode(&[byte; 32]);
    let endorsement = endorsement_text(signer(2).verifier());
    json!({
        "checkpoint": { "seed": seed(1), "publicKey": signer(1).verifier().to_string(),
            "note": checkpoint(&leaves, 7, 1) },
        "inclusion": inclusions,
        "consistency": consistencies,
        "rotation": { "seed": seed(1), "text": endorsement,
            "endorsement": STANDARD.encode(signer(1).sign(endorsement.as_bytes())) },
        "bundle": bundle(),
        "registerProof": register_proofs(),
    })
}

/// Proofs about the register by their answers, line by line.
fn register_proofs() -> Vec<Value> {
    let (held, lost) = (
        "rol_00000000000000000000000004",
        "rol_0000000000000000000000000c",
    );
    let mut history = History::begun(1);
    history.commit(&[(held, 1), (lost, 2)]);
    history.rotate(2);
    history.commit(&[(held, 3)]);
    let size = history.size();
    let mut erased = history.clone();
    erased.slots.clear();
    let proofs = [
        ("was", history.proof(held, size - 1, size, true)),
        (
            "was, values stayed at home",
            history.proof(lost, size - 1, size, false),
        ),
        ("was, values are erased", erased.proof(held, 2, size, true)),
        (
            "was not",
            history.proof("grt_00000000000000000000000060", size - 1, size, true),
        ),
        (
            "was not, before the first change",
            history.proof(held, 0, size, true),
        ),
    ];
    let lines = proofs.map(|(answer, proof)| {
        let text = proof.text();
        json!({ "answer": answer, "lines": text.lines().collect::<Vec<_>>() })
    });
    lines.into()
}

#[test]
fn the_proofs_among_the_vectors_are_good() {
    for proof in register_proofs() {
        let lines = proof["lines"].as_array().unwrap().iter();
        let text: String = lines
            .map(|line| line.as_str().unwrap().to_owned() + "\n")
            .collect();
        let mut source = Source::new(std::io::Cursor::new(text.into_bytes())).unwrap();
        let (verdict, found) = register_proof::verify(&mut source, &Question::default());
        assert_eq!(verdict, Verdict::Good, "{proof}");
        let answer = proof["answer"].as_str().unwrap();
        assert_eq!(
            found.was.is_none(),
            answer.starts_with("was not"),
            "{answer}"
        );
        let is_erased = found.was.is_some_and(|was| was.erased().next().is_some());
        assert_eq!(is_erased, answer.ends_with("are erased"), "{answer}");
    }
}

#[test]
fn the_bundle_among_the_vectors_is_good() {
    let text = bundle().join("\n") + "\n";
    let mut source = Source::new(std::io::Cursor::new(text.into_bytes())).unwrap();
    let (verdict, checked) = verify(&mut source, &Question::default(), &mut |_| ());
    assert_eq!(verdict, Verdict::Good);
    assert_eq!((checked.events, checked.checkpoints), (3, 1));
}
