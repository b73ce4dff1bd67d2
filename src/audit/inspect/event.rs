//! One event: its bytes, its leaf, its columns and its slots; and what all of them add up to.

use std::collections::BTreeMap;

use data_encoding::HEXLOWER;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::column::{COLUMNS, derived, text};
use super::difference::Differences;
use super::facts::Facts;
use super::kept_values::{Covered, KeptValues, gone, still_there};
use super::table::{EventRow, SlotRow};
use domain::Instant;
use domain::Words;
use domain::speaks::{Speaks, verbatim, words};
use transparency::account::{Account, Erasure};
use transparency::bundle::{Wrong, is_envelope};
use transparency::fold::{Fold, Misfit};
use transparency::keys::{Keys, ROTATED};
use transparency::slot::{Salt, commitment};
use transparency::tree::{Hash, leaf_hash};

/// Day, outcome, primary reason, system and level.
pub(super) type Count = (String, String, String, String, i64);

/// The sum of hashes: the same for the same things in any order.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sum(u128);

impl Sum {
    pub(super) fn add(&mut self, seq: u64, id: &str) {
        let mut hasher = Sha256::new();
        hasher.update(seq.to_be_bytes());
        hasher.update(id.as_bytes());
        let hash: Hash = hasher.finalize().into();
        let (first, _) = hash.split_at(16);
        let number = first
            .iter()
            .fold(0_u128, |sum, byte| (sum << 8) | u128::from(*byte));
        self.0 = self.0.wrapping_add(number);
    }
}

/// What all events so far add up to.
#[derive(Debug, Default)]
pub(super) struct Events {
    pub(super) last_t: i64,
    pub(super) change_seq: u64,
    pub(super) listed: Sum,
    pub(super) counts: BTreeMap<Count, i64>,
    /// The register as the changes give it.
    pub(super) register: Fold,
    pub(super) kept: KeptValues,
    pub(super) facts: Facts,
}

/// The leaf by the bytes, and as it is said to have been.
#[derive(Debug)]
pub(super) struct Leaf {
    pub(super) bytes: Hash,
    pub(super) said: Hash,
}

impl Leaf {
    /// The leaf of an event that is not there.
    pub(super) fn missing(said: Option<Hash>) -> Self {
        Self {
            bytes: Hash::default(),
            said: said.unwrap_or_default(),
        }
    }
}

impl Events {
    /// After the last event.
    pub(super) fn finish(&mut self, found: &mut Differences) {
        self.close(found);
        self.kept.finish(found);
    }

    /// Holds the event to the register that the changes give.
    fn fold(&mut self, row: &EventRow, envelope: &Value, found: &mut Differences) {
        if envelope.get("kind").is_some_and(|kind| kind == "change") {
            for misfit in self.register.change(row.seq, &row.envelope) {
                found.event(row.seq, misfit.words());
            }
        } else {
            self.close(found);
        }
    }

    fn close(&mut self, found: &mut Differences) {
        if let Some(open) = self.register.close() {
            found.event(open, Misfit::NoRoot.words());
        }
    }

    pub(super) fn check(
        &mut self,
        row: &EventRow,
        slots: &[SlotRow],
        said: Option<Hash>,
        keys: &mut Option<Keys>,
        account: &Account,
        found: &mut Differences,
    ) -> Leaf {
        let seq = row.seq;
        let bytes = leaf_hash(&row.envelope);
        if bytes.as_slice() != row.leaf {
            found.event(seq, Wrong::Leaf.words());
        }
        if said.is_some_and(|said| said != bytes) {
            found.event(
                seq,
                Words::new(
                    "its bytes are not those that the notary has seen",
                    "Dess byte är inte de som notarien har sett.",
                ),
            );
        }
        let stored = Hash::try_from(row.leaf.as_slice()).unwrap_or(bytes);
        let leaf = Leaf {
            bytes,
            said: said.unwrap_or(stored),
        };
        let envelope = std::str::from_utf8(&row.envelope)
            .ok()
            .filter(|text| is_envelope(text))
            .and_then(|text| serde_json::from_str::<Value>(text).ok());
        let Some(envelope) = envelope else {
            found.event(seq, Wrong::Envelope.words());
            return leaf;
        };
        columns(row, &envelope, found);
        self.sums(seq, &envelope, found);
        self.facts.event(seq, &envelope, found);
        self.fold(row, &envelope, found);
        introduce(seq, row, keys, found);
        let covered = check_slots(seq, &envelope, slots, account, found);
        if let Some(thing) = envelope.get("entity").and_then(Value::as_str) {
            self.kept.told(thing, seq, found);
            self.kept.keep(thing, covered);
        }
        leaf
    }

    fn sums(&mut self, seq: u64, envelope: &Value, found: &mut Differences) {
        let at = envelope
            .get("recordedAt")
            .and_then(Value::as_i64)
            .unwrap_or_default();
        if at < self.last_t {
            found.event(seq, Wrong::Time.words());
        }
        self.last_t = self.last_t.max(at);
        match envelope.get("kind").and_then(Value::as_str) {
            Some("change" | "policy") => self.change_seq = seq + 1,
            Some("decision") => self.count(at, envelope),
            _ => {}
        }
        for id in listed(envelope) {
            self.listed.add(seq, id);
        }
    }

    fn count(&mut self, at: i64, envelope: &Value) {
        let get = |pointer: &str| envelope.pointer(pointer).and_then(text).unwrap_or_default();
        let level = envelope.pointer("/assurance/level").and_then(Value::as_i64);
        let key = (
            Instant::from_micros(at).date().to_string(),
            get("/outcome"),
            get("/reasons/0"),
            get("/target/system"),
            level.unwrap_or_default(),
        );
        *self.counts.entry(key).or_default() += 1;
    }
}

fn columns(row: &EventRow, envelope: &Value, found: &mut Differences) {
    for ((name, should), is) in COLUMNS.iter().zip(derived(envelope)).zip(&row.columns) {
        if should != *is {
            let what = words!(
                "its column `{name}` holds {is} instead of {should}",
                "Dess kolumn `{name}` innehåller {is} i stället för {should}.",
                name = verbatim(name),
                is = or_nothing(is.as_ref()),
                should = or_nothing(should.as_ref())
            );
            found.event(row.seq, what);
        }
    }
}

fn or_nothing(value: Option<&String>) -> Words {
    value.map_or(Words::part("nothing", "ingenting"), verbatim)
}

/// The ids that a list returned.
pub(super) fn listed(envelope: &Value) -> impl Iterator<Item = &str> {
    let ids = envelope.get("listed").and_then(Value::as_array);
    ids.into_iter().flatten().filter_map(Value::as_str)
}

fn introduce(seq: u64, row: &EventRow, keys: &mut Option<Keys>, found: &mut Differences) {
    let text = std::str::from_utf8(&row.envelope).unwrap_or_default();
    let introduced = if seq == 0 {
        Keys::begin(text.as_bytes()).map(|begun| *keys = Some(begun))
    } else if text.contains(&format!("\"operation\":\"{ROTATED}\"")) {
        match keys {
            Some(keys) => keys.rotate(seq, text.as_bytes()),
            None => Ok(()),
        }
    } else {
        Ok(())
    };
    if let Err(error) = introduced {
        found.event(seq, error.words());
    }
}

fn check_slots(
    seq: u64,
    envelope: &Value,
    rows: &[SlotRow],
    account: &Account,
    found: &mut Differences,
) -> Covered {
    let mut covered = Covered {
        seq,
        ..Covered::default()
    };
    let committed = envelope.get("slots").and_then(Value::as_object);
    for row in rows {
        let own = committed.and_then(|slots| slots.get(&row.slot));
        let Some(own) = own else {
            let what = words!(
                "it has no slot `{slot}`, and there is a value for one",
                "Den har inget fält `{slot}`, men det finns ett värde för ett.",
                slot = verbatim(&row.slot)
            );
            found.event(seq, what);
            continue;
        };
        let member = |name: &str| own.get(name).and_then(Value::as_str);
        let hash = Salt::try_from(row.salt.as_slice())
            .map(|salt| HEXLOWER.encode(&commitment(&salt, &row.slot, &row.value)));
        let right = hash.is_ok_and(|hash| member("commitment") == Some(hash.as_str()));
        if !right {
            found.event(seq, Wrong::Slot(Some(row.slot.clone())).words());
        }
        if member("class") != Some(&row.class) || member("authority") != row.authority.as_deref() {
            let what = words!(
                "its slot `{slot}` is of another class or authority",
                "Dess fält `{slot}` har en annan klass eller myndighet.",
                slot = verbatim(&row.slot)
            );
            found.event(seq, what);
        }
        if let Some(erasure) = erasure(seq, own, account).filter(|erasure| erasure.completed) {
            if is_personal(envelope, &row.slot) {
                covered.by = covered.by.max(erasure.seq);
                covered.there.push(row.slot.clone());
            } else {
                found.event(seq, still_there(erasure.seq, &row.slot));
            }
        }
    }
    for (name, own) in committed.into_iter().flatten() {
        if rows.iter().any(|row| row.slot == *name) {
            continue;
        }
        match erasure(seq, own, account) {
            Some(_) if is_personal(envelope, name) => covered.gone.push(name.clone()),
            Some(_) => {}
            None => found.event(seq, gone(name)),
        }
    }
    covered
}

/// Whether a slot holds what a thing of the register is.
fn is_personal(envelope: &Value, slot: &str) -> bool {
    let names = envelope.get("personal").and_then(Value::as_array);
    names.is_some_and(|names| names.iter().any(|name| name == slot))
}

/// The last erasure that accounts for the value of a slot.
fn erasure<'a>(seq: u64, slot: &Value, account: &'a Account) -> Option<&'a Erasure> {
    let member = |name: &str| slot.get(name).and_then(Value::as_str);
    account.erasure(seq, member("class")?, member("authority"))
}
