//! Verifying a proof about the register: its lines in their order.
//!
//! The first thing that does not hold decides; `FORMAT.md`, section 9.2, says the same, so that two verifiers answer
//! alike.

use data_encoding::HEXLOWER;

use super::super::account::Account;
use super::super::bundle::first::introduced;
use super::super::bundle::{End, Source, SourceError, Verdict, Wrong, kept, trust};
use super::super::bundle::{Envelope, Hex, KeptResult, Place, ProvedEvent, Question, SlotLine};
use super::super::canonical::{Object, Value};
use super::super::checkpoint::SignedCheckpoint;
use super::super::keys::Keys;
use super::super::note::NoteError;
use super::super::proof::{inclusion, root_of_inclusion};
use super::super::slot::commitment;
use super::super::state_root::{LEVELS, StateTree, is_beside, key, root_of_bucket, spelled, told};
use super::super::tree::{Hash, leaf_hash};
use super::super::unproved::Unproved;
use super::found::{Found, Shown, Told, Was};
use super::line::{First, Line, Register, Thing};
use domain::speaks::{Speaks, events, verbatim, words};
use domain::{Instant, Words};

/// Verifies a proof about the register.
pub fn verify(source: &mut Source, question: &Question) -> (Verdict, Found) {
    let mut found = Found::default();
    let verdict = match run(source, question, &mut found) {
        Ok(()) => Verdict::Good,
        Err(verdict) => verdict,
    };
    (verdict, found)
}

fn run(source: &mut Source, question: &Question, found: &mut Found) -> Result<(), Verdict> {
    let Some(line) = source.read().map_err(|error| broken(&error))? else {
        return Err(Verdict::CouldNotRun(Words::new(
            "the file is empty",
            "Filen är tom.",
        )));
    };
    let first = First::parse(line).map_err(|what| malformed(1, &what))?;
    let mut proof = Proof::begin(&first, question, found)?;
    let Line::Register(register) = next(source)? else {
        return Err(unexpected(source.count()));
    };
    let has = proof.register(&register, found)?;
    let mut line = next(source)?;
    if let Line::Thing(thing) = line {
        proof.thing(source.count(), &thing, has, found)?;
        line = next(source)?;
    } else if matches!(line, Line::End(_)) && has.is_some() {
        return Err(Verdict::tampered(Place::Log, Unproved::Untold.into()));
    }
    let Line::End(end) = line else {
        return Err(unexpected(source.count()));
    };
    proof.end(source.count(), &end, found)?;
    match source.read() {
        Ok(None) => {}
        Err(SourceError::Read(_, error)) => return Err(Verdict::CouldNotRun(error.words())),
        Ok(Some(_)) | Err(_) => {
            return Err(Verdict::CouldNotRun(Words::new(
                "something follows the proof's last line",
                "Något följer efter bevisets sista rad.",
            )));
        }
    }
    trust::vouched(&proof.keys, first.size, &found.keys)?;
    covered(found)
}

/// The next line of a proof.
fn next(source: &mut Source) -> Result<Line, Verdict> {
    let line = match source.read().map_err(|error| broken(&error))? {
        Some(line) => Line::parse(line),
        None => {
            return Err(Verdict::Incomplete(Words::new(
                "its last line is missing",
                "Den sista raden saknas.",
            )));
        }
    };
    line.map_err(|what| malformed(source.count(), &what))
}

fn broken(error: &SourceError) -> Verdict {
    match error {
        // Of what breaks off in its first line nobody knows what it is.
        SourceError::BreaksOff(1) | SourceError::TooLong(_) | SourceError::Read(..) => {
            Verdict::CouldNotRun(error.words())
        }
        SourceError::BreaksOff(_) | SourceError::CutShort(_) => Verdict::Incomplete(error.words()),
    }
}

fn malformed(line: u64, what: &impl Speaks) -> Verdict {
    Verdict::CouldNotRun(words!(
        "line {line} cannot be read: {what}",
        "Rad {line} går inte att läsa. {what}",
        line,
        what
    ))
}

fn unexpected(line: u64) -> Verdict {
    malformed(
        line,
        &Words::new("it stands in the wrong place", "Den står på fel plats."),
    )
}

fn hashes(hexes: &[Hex]) -> Vec<Hash> {
    hexes.iter().map(|hex| hex.0).collect()
}

/// A change, read.
struct Change {
    told: Told,
    own: Object,
    /// The thing that it tells of, and what that is then.
    thing: Option<(String, Hash)>,
}

struct Proof<'a> {
    first: &'a First,
    question: &'a Question,
    keys: Keys,
    account: Account,
    /// The events whose paths have to lead to the anchor's root.
    hanging: Vec<ProvedEvent>,
}

impl<'a> Proof<'a> {
    fn begin(first: &'a First, question: &'a Question, found: &mut Found) -> Result<Self, Verdict> {
        let wrong = |what: Words| malformed(1, &what);
        let (keys, account) = introduced(first.of_log(), &wrong)?;
        found.id.clone_from(&first.id);
        found.origin.clone_from(&first.origin);
        found.size = first.size;
        found.keys = trust::judged(&keys, &question.keys);
        found.beyond = trust::beyond(&keys, first.size, &question.keys)?;
        for one in &question.kept {
            let log = (&keys, &account);
            let result = kept::admit(one, first.of_log(), first.size..=first.size, log)?;
            found.kept.push((one.claim().size, result));
        }
        let hanging = first.keys.iter().chain(&first.restores).cloned().collect();
        Ok(Self {
            first,
            question,
            keys,
            account,
            hanging,
        })
    }

    /// Holds the bucket against the root; the digest of the thing, if it is there.
    fn register(
        &mut self,
        register: &Register,
        found: &mut Found,
    ) -> Result<Option<Hash>, Verdict> {
        if u32::try_from(register.path.len()) != Ok(LEVELS) {
            let what = "`path` has not 16 hashes";
            let swedish = "`path` har inte 16 kontrollsummor.";
            return Err(malformed(2, &Words::new(what, swedish)));
        }
        if let Some(event) = &register.after {
            self.fits(2, event)?;
        }
        let place = match &register.after {
            Some(event) => Place::Event(event.seq),
            None => Place::Log,
        };
        let bad = |what: Unproved| Verdict::tampered(place, what.into());
        let root = match &register.after {
            None => spelled(&StateTree::default().root()),
            Some(event) => {
                let change = self.change(event, Unproved::NoRoot)?;
                let root = change.own.get("root").and_then(Value::as_text);
                let root = root.ok_or_else(|| bad(Unproved::NoRoot))?.to_owned();
                found.after = Some(change.told);
                root
            }
        };
        let own = key(&self.first.id);
        let things: Vec<(Hash, Hash)> = register
            .bucket
            .iter()
            .map(|(key, digest)| (key.0, digest.0))
            .collect();
        if !things.is_sorted_by(|(one, _), (other, _)| one < other) {
            return Err(bad(Unproved::Order));
        }
        if things.iter().any(|(key, _)| !is_beside(key, &own)) {
            return Err(bad(Unproved::Elsewhere));
        }
        let reached = root_of_bucket(&own, &things, &hashes(&register.path));
        let reached = reached.filter(|reached| spelled(reached) == root);
        found.root = Some(reached.ok_or_else(|| bad(Unproved::Root))?);
        let has = things.iter().find(|(key, _)| *key == own);
        found.beside = things.len() - usize::from(has.is_some());
        Ok(has.map(|(_, digest)| *digest))
    }

    /// Holds the change that tells of the thing against its digest, and the values against the change.
    fn thing(
        &mut self,
        line: u64,
        thing: &Thing,
        has: Option<Hash>,
        found: &mut Found,
    ) -> Result<(), Verdict> {
        self.fits(line, &thing.told)?;
        if !self.first.values && !thing.slots.is_empty() {
            let what = "it has values, which the first line denies";
            let swedish = "Den har värden, fast första raden säger att det inte finns några.";
            return Err(malformed(line, &Words::new(what, swedish)));
        }
        let seq = thing.told.seq;
        let bad = |what: Unproved| Verdict::tampered(Place::Event(seq), what.into());
        let has = has.ok_or_else(|| bad(Unproved::NotThere))?;
        let change = self.change(&thing.told, Unproved::Other)?;
        let Some((id, digest)) = change.thing else {
            return Err(bad(Unproved::Other));
        };
        if id != self.first.id {
            return Err(bad(Unproved::Other));
        }
        if found.after.is_none_or(|after| seq > after.seq) {
            return Err(bad(Unproved::Later));
        }
        if digest != has {
            return Err(bad(Unproved::Digest));
        }
        committed(seq, &change.own, &thing.slots)?;
        let state = change.own.get("state").map(Value::to_text);
        found.was = Some(Was {
            told: change.told,
            digest,
            state: state.unwrap_or_default(),
            personal: self.personal(&change.own, &thing.slots),
        });
        Ok(())
    }

    /// Whether an event of a line has a path of the length that it must have.
    fn fits(&self, line: u64, event: &ProvedEvent) -> Result<(), Verdict> {
        let path = inclusion(event.seq, self.first.size);
        if path.is_some_and(|path| path.len() == event.proof.len()) {
            return Ok(());
        }
        let what = "`proof` does not belong to its seq and `size`";
        let swedish = "`proof` hör inte till sitt nummer och `size`.";
        Err(malformed(line, &Words::new(what, swedish)))
    }

    /// An event of a line, which must be a change, or `otherwise` is wrong with it.
    fn change(&mut self, event: &ProvedEvent, otherwise: Unproved) -> Result<Change, Verdict> {
        self.hanging.push(event.clone());
        let bad = |wrong| Verdict::tampered(Place::Event(event.seq), wrong);
        let envelope = Envelope::read(&event.envelope).ok_or_else(|| bad(Wrong::Envelope))?;
        if envelope.kind != "change" {
            return Err(bad(otherwise.into()));
        }
        let value = Value::parse(event.envelope.as_bytes());
        let value = value.map_err(|_| bad(Wrong::Envelope))?;
        Ok(Change {
            told: Told {
                seq: event.seq,
                recorded_at: Instant::from_micros(envelope.recorded_at),
            },
            own: value.as_object().cloned().unwrap_or_default(),
            thing: told(&value),
        })
    }

    fn personal(&self, change: &Object, slots: &[SlotLine]) -> Vec<(String, Shown)> {
        let names = change.get("personal").and_then(Value::as_array);
        let names = names.into_iter().flatten().filter_map(Value::as_text);
        names
            .map(|name| {
                let slot = slots.iter().find(|slot| slot.slot == name);
                let shown = match slot {
                    Some(slot) => Shown::Value(slot.value.clone()),
                    None if self.first.values => Shown::Erased,
                    None => Shown::Away,
                };
                (name.to_owned(), shown)
            })
            .collect()
    }

    fn end(&mut self, line: u64, end: &End, found: &mut Found) -> Result<(), Verdict> {
        let bad = |what: Unproved| Verdict::tampered(Place::Log, what.into());
        let anchor: SignedCheckpoint = end
            .checkpoint
            .parse()
            .map_err(|error: NoteError| malformed(line, &error))?;
        if end.end != line - 1 {
            return Err(bad(Unproved::Lines));
        }
        let (size, root) = (anchor.claim().size, anchor.claim().root);
        if !self.keys.vouch_for(&anchor) {
            return Err(Verdict::tampered(Place::Log, Wrong::Signature(size)));
        }
        let expected = self.first.size;
        if size != expected {
            let found = size;
            return Err(bad(Unproved::Anchor { expected, found }));
        }
        for event in &self.hanging {
            let leaf = leaf_hash(event.envelope.as_bytes());
            if root_of_inclusion(event.seq, size, leaf, &hashes(&event.proof)) != Some(root) {
                let place = Place::Event(event.seq);
                return Err(Verdict::tampered(place, Unproved::NotInLog.into()));
            }
        }
        let kept = &self.question.kept;
        kept::compare(kept, (size, root), 0, &self.account, &mut found.kept)?;
        Ok(())
    }
}

/// Holds values against the change that they are shown with.
fn committed(seq: u64, change: &Object, slots: &[SlotLine]) -> Result<(), Verdict> {
    let committed = change.get("slots").and_then(Value::as_object);
    for shown in slots {
        let hash = commitment(&shown.salt.0, &shown.slot, &shown.value);
        let own = committed.and_then(|slots| slots.get(&shown.slot));
        let own = own.and_then(Value::as_object);
        let right = own.and_then(|own| own.get("commitment")?.as_text());
        if right != Some(HEXLOWER.encode(&hash).as_str()) {
            let wrong = Wrong::Slot(own.is_some().then(|| shown.slot.clone()));
            return Err(Verdict::tampered(Place::Event(seq), wrong));
        }
    }
    Ok(())
}

/// Whether something can be said of every checkpoint that was kept, and of every key that was given.
fn covered(found: &Found) -> Result<(), Verdict> {
    let mut unlike = found
        .kept
        .iter()
        .filter(|(_, result)| !matches!(result, KeptResult::Agrees | KeptResult::AgreesUnsigned));
    if let Some((size, _)) = unlike.next() {
        return Err(Verdict::Incomplete(words!(
            "a checkpoint of {kept} was kept, and the proof is of the one of {size}: it says nothing of another. Keep \
             that one, or verify a bundle that reaches both",
            "En kontrollpunkt för {kept} är sparad, och beviset gäller den för {size}. Det säger inget om någon annan. \
             Spara den, eller verifiera en bevisfil som når båda.",
            kept = events(*size),
            size = events(found.size)
        )));
    }
    let Some(key) = found.beyond.first() else {
        return Ok(());
    };
    Err(Verdict::Incomplete(words!(
        "the key {key} was given, and the log had not introduced it within {size}: the proof was made before that, or it \
         is of another log in this one's place. Make it anew, and verify that",
        "Nyckeln {key} är angiven, men så långt beviset når, {size}, har loggen inte infört den. Beviset gjordes före \
         det, eller så hör det till en annan logg i den rättas ställe. Gör det på nytt och verifiera det.",
        key = verbatim(key),
        size = events(found.size)
    )))
}
