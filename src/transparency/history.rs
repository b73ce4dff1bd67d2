//! A log in memory that tells of a register, and proofs about it, for the tests of whoever makes proofs or reads them.
//!
//! Apart from the tests here because those of the whole program need it too: they ask for the feature `testing`.

use std::collections::BTreeMap;
use std::ops::Range;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use data_encoding::HEXLOWER;
use ed25519_dalek::SigningKey;

use crate::bundle::{Hex, ProvedEvent, SlotLine};
use crate::canonical::{Object, Value};
use crate::checkpoint::Checkpoint;
use crate::key::NoteSigner;
use crate::keys::{GENESIS, ROTATED, endorsement_text};
use crate::proof::inclusion;
use crate::register_proof::{First, Register, RegisterProof, Thing, VERSION};
use crate::slot::commitment;
use crate::state_root::{StateTree, spelled, told};
use crate::tree::{Frontier, Hash, leaf_hash};

/// The name of the logs.
pub const ORIGIN: &str = "behorig.example/log";

/// A log in memory.
#[derive(Debug, Clone, Default)]
pub struct History {
    /// The events' bytes.
    pub events: Vec<String>,
    /// The values of slots, by the seq of the event.
    pub slots: BTreeMap<u64, SlotLine>,
    /// The seqs of the events that introduce keys, and the seeds of these.
    pub keys: Vec<(u64, u8)>,
    tree: StateTree,
    latest: BTreeMap<String, u64>,
}

fn signer(seed: u8) -> Option<NoteSigner> {
    NoteSigner::new(ORIGIN, SigningKey::from_bytes(&[seed; 32])).ok()
}

fn of(kind: &'static str) -> Object {
    Object::new().with("kind", kind)
}

impl History {
    /// A log that begins with the key of that seed.
    #[must_use]
    pub fn begun(seed: u8) -> Self {
        let mut history = Self::default();
        let key = signer(seed).map_or_else(String::new, |key| key.verifier().to_string());
        let details = Object::new()
            .with("origin", ORIGIN)
            .with("policyDigest", "sha256:00")
            .with("publicKey", key);
        history.keys.push((0, seed));
        history.operation(GENESIS, details);
        history
    }

    /// How many events it has.
    #[must_use]
    pub fn size(&self) -> u64 {
        u64::try_from(self.events.len()).unwrap_or_default()
    }

    fn record(&mut self, mut event: Object) {
        let seq = self.size();
        let at = Value::integer(1_793_000_001_000_000 + seq).unwrap_or_else(|_| 0_u8.into());
        event.set("recordedAt", at);
        event.set("id", format!("evt_{seq:026}"));
        event.set("v", 2_u8);
        self.events.push(Value::from(event).to_text());
    }

    /// Something is done that is no change.
    pub fn operation(&mut self, name: &'static str, details: Object) {
        let event = of("operation").with("operation", name);
        self.record(event.with("details", details));
    }

    /// The log goes on with the key of that seed, which the one before has endorsed.
    pub fn rotate(&mut self, seed: u8) {
        let before = self.keys.last().and_then(|(_, seed)| signer(*seed));
        if let (Some(before), Some(key)) = (before, signer(seed)) {
            let signature = before.sign(endorsement_text(key.verifier()).as_bytes());
            let details = Object::new()
                .with("endorsement", STANDARD.encode(signature))
                .with("publicKey", key.verifier().to_string());
            self.keys.push((self.size(), seed));
            self.operation(ROTATED, details);
        }
    }

    /// A commit in which each of these things becomes what the number says; the name has it too, as a personal value.
    pub fn commit(&mut self, changes: &[(&str, u8)]) {
        for (at, (thing, number)) in changes.iter().enumerate() {
            let seq = self.size();
            let (salt, value) = ([*number; 32], format!("Åsa {number}"));
            let slot = Object::new().with("class", "register");
            let hash = HEXLOWER.encode(&commitment(&salt, "name", &value));
            let slots = Object::new().with("name", slot.with("commitment", hash));
            let previous = self.latest.insert((*thing).to_owned(), seq);
            let previous = previous.and_then(|seq| Value::integer(seq).ok());
            let mut event = of("change")
                .with("change", "changed")
                .with("decision", format!("evt_{:026}", 0))
                .with("entity", *thing)
                .with("fields", Value::set(["maxHolders", "name"]))
                .with("personal", Value::set(["name"]))
                .with("state", Object::new().with("maxHolders", *number))
                .with("slots", slots)
                .with("touches", Value::set(["*"]))
                .with_some("previous", previous);
            if let Some((thing, digest)) = told(&event.clone().into()) {
                self.tree.set([(thing.as_str(), digest)]);
            }
            if at + 1 == changes.len() {
                event.set("root", spelled(&self.tree.root()));
            }
            self.record(event);
            let (slot, salt) = ("name".to_owned(), Hex(salt));
            self.slots.insert(seq, SlotLine { slot, salt, value });
        }
    }

    fn change(&self, seq: u64) -> Option<Object> {
        let text = self.events.get(usize::try_from(seq).ok()?)?;
        let value = Value::parse(text.as_bytes()).ok()?;
        value
            .as_object()
            .filter(|own| own.get("entity").is_some())
            .cloned()
    }

    fn root(&self, range: Range<u64>) -> Hash {
        let mut frontier = Frontier::default();
        let events = range.filter_map(|seq| self.events.get(usize::try_from(seq).ok()?));
        for event in events {
            frontier.append(leaf_hash(event.as_bytes()), &mut Vec::new());
        }
        frontier.root()
    }

    /// An event, with its path in the tree of so many events.
    #[must_use]
    pub fn proved(&self, seq: u64, size: u64) -> ProvedEvent {
        let path = inclusion(seq, size).unwrap_or_default();
        let event = usize::try_from(seq)
            .ok()
            .and_then(|seq| self.events.get(seq));
        ProvedEvent {
            seq,
            envelope: event.cloned().unwrap_or_default(),
            proof: path
                .into_iter()
                .map(|range| Hex(self.root(range)))
                .collect(),
        }
    }

    /// The checkpoint of so many events, signed by the key of then.
    #[must_use]
    pub fn checkpoint(&self, size: u64) -> String {
        let known = self.keys.iter().rev().find(|(seq, _)| *seq < size);
        self.checkpoint_by(size, known.map_or(0, |(_, seed)| *seed))
    }

    /// The same, signed by the key of that seed.
    #[must_use]
    pub fn checkpoint_by(&self, size: u64, seed: u8) -> String {
        let claim = Checkpoint {
            origin: ORIGIN.to_owned(),
            size,
            root: self.root(0..size),
        };
        signer(seed).map_or_else(String::new, |signer| claim.sign(&signer).to_string())
    }

    /// The proof about that thing after the last change with a root up to `at`, in the tree of so many events.
    #[must_use]
    pub fn proof(&self, id: &str, at: u64, size: u64, values: bool) -> RegisterProof {
        let roots = (0..=at).rev().filter(|seq| {
            let change = self.change(*seq);
            change.is_some_and(|change| change.get("root").is_some())
        });
        let after = roots.take(1).next();
        let mut tree = StateTree::default();
        let mut last = None;
        for seq in 0..after.map_or(0, |seq| seq + 1) {
            let Some(change) = self.change(seq) else {
                continue;
            };
            if let Some((thing, digest)) = told(&change.into()) {
                tree.set([(thing.as_str(), digest)]);
                last = if thing == id { Some(seq) } else { last };
            }
        }
        let keys = self.keys.iter().filter(|(seq, _)| *seq < size);
        let slots = |seq| self.slots.get(&seq).filter(|_| values).cloned();
        RegisterProof {
            first: First {
                register_proof: VERSION,
                id: id.to_owned(),
                origin: ORIGIN.to_owned(),
                size,
                values,
                keys: keys.map(|(seq, _)| self.proved(*seq, size)).collect(),
                restores: Vec::new(),
            },
            register: Register::of(&tree, id, after.map(|seq| self.proved(seq, size))),
            thing: last.map(|seq| Thing {
                told: self.proved(seq, size),
                slots: slots(seq).into_iter().collect(),
            }),
            checkpoint: self.checkpoint(size),
        }
    }
}
