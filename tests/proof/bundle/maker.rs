//! Logs in memory and bundles of them, good ones and such as a forger would make.
//!
//! What it signs and hashes with is the service's own code: whether a bundle is good is said by the second
//! verifier, which shares nothing with it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use data_encoding::HEXLOWER;
use ed25519_dalek::SigningKey;
use serde_json::{Value, json};
use transparency::canonical::{self, Spelled};
use transparency::checkpoint::Checkpoint;
use transparency::key::NoteSigner;
use transparency::keys::endorsement_text;
use transparency::note::VerifierKey;
use transparency::proof::{Subtree, after, inclusion};
use transparency::slot::commitment;
use transparency::state_root::{self, StateTree};
use transparency::tree::{Frontier, Hash, leaf_hash};

/// The name of the logs.
pub(crate) const ORIGIN: &str = "proof.behorig.example";

/// A key that signs for the log; the same number, the same key.
pub(crate) fn signer(seed: u8) -> NoteSigner {
    NoteSigner::new(ORIGIN, SigningKey::from_bytes(&[seed; 32])).expect("a signer")
}

/// A log in memory.
#[derive(Debug, Clone, Default)]
pub(crate) struct Log {
    /// The events' bytes.
    pub(crate) envelopes: Vec<String>,
    /// Values of slots, by seq.
    pub(crate) slots: BTreeMap<u64, Vec<Value>>,
    /// Facts, by seq.
    pub(crate) facts: BTreeMap<u64, Vec<Value>>,
    /// The published notes, by size.
    pub(crate) checkpoints: BTreeMap<u64, String>,
    /// The seqs of the events that introduce keys.
    pub(crate) introductions: Vec<u64>,
    /// The register, and the last change of it.
    pub(crate) register: (StateTree, Option<u64>),
}

impl Log {
    /// A log that begins with that key.
    pub(crate) fn begun(seed: u8) -> Self {
        let mut log = Self::default();
        let key = signer(seed).verifier().to_string();
        let details = json!({ "origin": ORIGIN, "policyDigest": "sha256:00", "publicKey": key });
        log.introductions.push(0);
        log.record(json!({ "kind": "operation", "operation": "genesis", "details": details }));
        log.record(json!({ "kind": "policy", "change": "release", "generation": 1, "digest": "sha256:00" }));
        log
    }

    /// How many events it has.
    pub(crate) fn size(&self) -> u64 {
        u64::try_from(self.envelopes.len()).expect("a number")
    }

    /// Records an event; what every event has is added.
    pub(crate) fn record(&mut self, mut event: Value) {
        let seq = self.size();
        event["v"] = 2.into();
        event["id"] = format!("evt_{seq:026}").into();
        event["recordedAt"] = (1_793_000_000_000_000 + seq / 3 * 1_000).into();
        let spelled = Spelled::of_json(&event, 100_000).expect("canonical");
        self.envelopes.push(spelled.as_str().to_owned());
    }

    /// Records that many decisions; every fifth is a refusal, every seventh has a value. Every eleventh is a change of
    /// the same thing instead, which has a value too.
    pub(crate) fn decide(&mut self, count: u64) {
        for _ in 0..count {
            let seq = self.size();
            if seq % 11 == 8 {
                self.change();
                continue;
            }
            let outcome = if seq.is_multiple_of(5) {
                "deny"
            } else {
                "allow"
            };
            let mut event = json!({
                "kind": "decision", "occurredAt": 1_793_000_000_000_000_u64, "outcome": outcome,
                "principal": { "id": "per_00000000000000000000000050", "external": "TSTNMT2321000001-1001" },
                "permission": "record:read", "action": "use", "factsAt": 2, "requestId": format!("req-{seq}"),
                "policy": { "digest": "sha256:00", "generation": 1 }, "purpose": "vård \"och\"\nbehandling",
                "target": { "kind": "Record", "id": "org_0000000000000000000000005g" },
                "reasons": ["held-permission"],
            });
            self.facts.insert(seq, made_from(seq, &mut event));
            if seq.is_multiple_of(7) {
                let (salt, value) = (
                    [u8::try_from(seq % 251).expect("a byte"); 32],
                    format!("Åsa {seq}"),
                );
                let hash = HEXLOWER.encode(&commitment(&salt, "justification", &value));
                event["slots"] =
                    json!({ "justification": { "class": "access", "commitment": hash } });
                let shown = json!({ "slot": "justification", "salt": HEXLOWER.encode(&salt), "value": value });
                self.slots.insert(seq, vec![shown]);
            }
            self.record(event);
        }
    }

    /// Records that something of the register has changed.
    fn change(&mut self) {
        let seq = self.size();
        let (salt, value) = ([9; 32], format!("Läkare {seq}"));
        let hash = HEXLOWER.encode(&commitment(&salt, "name", &value));
        let mut event = json!({
            "kind": "change", "change": "changed", "entity": "rol_00000000000000000000000004",
            "decision": "evt_00000000000000000000000002", "fields": ["name"], "touches": [],
            "state": { "from": "2026-01-01", "maxHolders": seq }, "personal": ["name"],
            "slots": { "name": { "class": "register", "commitment": hash } },
        });
        if self.register.1.is_some_and(|last| last >= seq) {
            // The log was cut.
            self.register = (StateTree::default(), None);
            for at in 0..self.envelopes.len() {
                let text = self.envelopes[at].clone();
                self.fold(&text, u64::try_from(at).expect("a seq"));
            }
        }
        if let Some(last) = self.register.1 {
            event["previous"] = last.into();
        }
        let spelled = Spelled::of_json(&event, 100_000).expect("canonical");
        self.fold(spelled.as_str(), seq);
        event["root"] = state_root::spelled(&self.register.0.root()).into();
        let shown = json!({ "slot": "name", "salt": HEXLOWER.encode(&salt), "value": value });
        self.slots.insert(seq, vec![shown]);
        self.record(event);
    }

    /// The register after an event, if it is a change.
    fn fold(&mut self, envelope: &str, seq: u64) {
        let told = canonical::Value::parse(envelope.as_bytes()).expect("canonical");
        if let Some((thing, digest)) = state_root::told(&told) {
            self.register.0.set([(thing.as_str(), digest)]);
            self.register.1 = Some(seq);
        }
    }

    /// Introduces another key, endorsed by one or by none.
    pub(crate) fn rotate(&mut self, to: u8, by: Option<u8>) {
        let key = signer(to).verifier().clone();
        let mut details = json!({ "publicKey": key.to_string() });
        match by {
            Some(by) => {
                let signature = signer(by).sign(endorsement_text(&key).as_bytes());
                details["endorsement"] = STANDARD.encode(signature).into();
            }
            None => details["reason"] = "the key before it was lost".into(),
        }
        self.introductions.push(self.size());
        self.record(json!({ "kind": "operation", "operation": "keyRotated", "details": details }));
    }

    /// The checkpoint of the first so many events, signed by that key.
    pub(crate) fn checkpoint(&self, size: u64, by: u8) -> String {
        let claim = Checkpoint {
            origin: ORIGIN.to_owned(),
            size,
            root: self.hash(&(0..size)),
        };
        claim.sign(&signer(by)).to_string()
    }

    /// Publishes a checkpoint of what there is.
    pub(crate) fn publish(&mut self, by: u8) -> String {
        let note = self.checkpoint(self.size(), by);
        self.checkpoints.insert(self.size(), note.clone());
        note
    }

    /// A bundle that is anchored by the first published checkpoint of `to` events or more.
    pub(crate) fn bundle(&self, from: u64, to: u64) -> Bundle {
        let (size, anchor) = self.checkpoints.range(to..).next().expect("a checkpoint");
        self.anchored(from, to, *size, anchor)
    }

    /// A bundle with that anchor.
    pub(crate) fn anchored(&self, from: u64, to: u64, size: u64, anchor: &str) -> Bundle {
        let introductions = self.introductions.iter().filter(|seq| **seq < size);
        let keys: Vec<Value> = introductions
            .map(|seq| {
                let proof = self.hexes(&inclusion(*seq, size).expect("a path"));
                json!({ "seq": seq, "envelope": self.envelope(*seq), "proof": proof })
            })
            .collect();
        let peaks = self.frontier(&(0..from));
        let before: Vec<String> = peaks
            .peaks()
            .iter()
            .map(|hash| HEXLOWER.encode(hash))
            .collect();
        let mut lines = vec![json!({
            "bundle": 1, "origin": ORIGIN, "from": from, "to": to, "size": size, "before": before,
            "after": self.hexes(&after(to, size)), "values": true, "keys": keys,
        })];
        let mut carried = BTreeSet::new();
        for seq in from..to {
            let mut line = json!({ "seq": seq, "envelope": self.envelope(seq) });
            if let Some(slots) = self.slots.get(&seq) {
                line["slots"] = slots.clone().into();
            }
            let mut facts = self.facts.get(&seq).cloned().unwrap_or_default();
            facts.retain(|fact| carried.insert(fact.to_string()));
            if !facts.is_empty() {
                line["facts"] = facts.into();
            }
            lines.push(line);
            if let Some(note) = self.checkpoints.get(&(seq + 1)) {
                lines.push(json!({ "checkpoint": note }));
            }
        }
        lines.push(json!({ "end": to - from, "checkpoint": anchor }));
        Bundle(lines)
    }

    /// The bytes of an event.
    pub(crate) fn envelope(&self, seq: u64) -> &String {
        &self.envelopes[usize::try_from(seq).expect("an index")]
    }

    fn frontier(&self, range: &Subtree) -> Frontier {
        let mut frontier = Frontier::default();
        for seq in range.clone() {
            frontier.append(leaf_hash(self.envelope(seq).as_bytes()), &mut Vec::new());
        }
        frontier
    }

    fn hash(&self, range: &Subtree) -> Hash {
        self.frontier(range).root()
    }

    fn hexes(&self, ranges: &[Subtree]) -> Vec<String> {
        ranges
            .iter()
            .map(|range| HEXLOWER.encode(&self.hash(range)))
            .collect()
    }
}

/// Gives a decision what it was made from: a caller that all have, a target that every third has, and now and then the
/// condition of a list. The facts.
fn made_from(seq: u64, event: &mut Value) -> Vec<Value> {
    let (mut member, mut facts) = (json!({ "circumstances": { "now": 1_793_000_000 } }), vec![]);
    let mut commit = |name: &str, salt: u64, value: String| {
        let salt = [u8::try_from(salt).expect("a byte"); 32];
        let hash = HEXLOWER.encode(&commitment(&salt, name, &value));
        facts.push(json!({ "fact": name, "salt": HEXLOWER.encode(&salt), "value": value }));
        hash
    };
    member["principal"] = commit("principal", 200, "{\"id\":\"Åsa\"}".to_owned()).into();
    let target = format!("{{\"kind\":\"{}\"}}", seq % 3);
    member["target"] = commit("target", seq % 3, target).into();
    if seq.is_multiple_of(13) {
        event["filter"] = commit("filter", 201, "\"all\"".to_owned()).into();
        event["askerFacts"] = json!({ "principal": commit("principal", 202, "{}".to_owned()) });
    }
    event["facts"] = member;
    facts
}

/// The lines of a bundle.
#[derive(Debug, Clone)]
pub(crate) struct Bundle(pub(crate) Vec<Value>);

impl Bundle {
    /// As it is written.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        for line in &self.0 {
            writeln!(text, "{line}").expect("a line");
        }
        text
    }

    /// The first line.
    pub(crate) fn head(&mut self) -> &mut Value {
        &mut self.0[0]
    }

    /// The last line.
    pub(crate) fn end(&mut self) -> &mut Value {
        self.0.last_mut().expect("a line")
    }

    /// Where the line of an event is.
    pub(crate) fn place(&self, seq: u64) -> usize {
        let is = |line: &Value| line["seq"] == seq;
        self.0.iter().position(is).expect("an event")
    }

    /// The line of an event.
    pub(crate) fn event(&mut self, seq: u64) -> &mut Value {
        let place = self.place(seq);
        &mut self.0[place]
    }

    /// Where the lines of checkpoints are.
    pub(crate) fn checkpoints(&self) -> Vec<usize> {
        let is = |line: &Value| line.get("checkpoint").is_some() && line.get("end").is_none();
        let lines = self.0.iter().enumerate();
        lines
            .filter(|(_, line)| is(line))
            .map(|(at, _)| at)
            .collect()
    }

    /// Changes one part of the bytes of an event.
    pub(crate) fn edit(&mut self, seq: u64, from: &str, to: &str) {
        let event = self.event(seq);
        let text = event["envelope"].as_str().expect("an envelope");
        assert!(text.contains(from), "nothing of {from} in {text}");
        event["envelope"] = text.replacen(from, to, 1).into();
    }
}

/// A key as it is given on the command line.
pub(crate) fn public(seed: u8) -> VerifierKey {
    signer(seed).verifier().clone()
}
