//! Verifying a bundle: one pass over its lines, with nothing kept but the right edge of the tree.
//!
//! The first thing that does not hold decides, in the order of the lines; `FORMAT.md` says the same, so
//! that two verifiers answer alike.

use super::super::account::{Account, RESTORED};
use super::super::checkpoint::SignedCheckpoint;
use super::super::fold::{Fold, Misfit};
use super::super::keys::{Keys, ROTATED};
use super::super::proof::{after, root_beyond, root_of_inclusion};
use super::super::slot::commitment;
use super::super::tree::{Frontier, Hash, leaf_hash};
use super::checked::Checked;
use super::envelope::Envelope;
use super::line::{End, Event, Header, Hex, Line, Note, ProvedEvent};
use super::source::{Source, SourceError};
use super::trust::{self, KnownKey};
use super::verdict::{Place, Verdict, Wrong};
use super::{first, kept};
use crate::note::NoteError;
use domain::Words;
use domain::speaks::{Speaks, words};

/// What is known from outside the bundle.
#[derive(Debug, Clone, Default)]
pub struct Question {
    /// Checkpoints that somebody has kept.
    pub kept: Vec<SignedCheckpoint>,
    /// Keys that are known to be the log's.
    pub keys: Vec<KnownKey>,
}

/// Verifies a bundle. `watch` is told how many events have been looked at, now and then.
pub fn verify(
    source: &mut Source,
    question: &Question,
    watch: &mut dyn FnMut(&Checked),
) -> (Verdict, Checked) {
    let mut checked = Checked::default();
    let verdict = match run(source, question, watch, &mut checked) {
        Ok(()) => Verdict::Good,
        Err(verdict) => verdict,
    };
    (verdict, checked)
}

/// How many events pass between two looks of the watcher.
const BETWEEN_LOOKS: u64 = 4_096;

fn run(
    source: &mut Source,
    question: &Question,
    watch: &mut dyn FnMut(&Checked),
    checked: &mut Checked,
) -> Result<(), Verdict> {
    let first = match source.read() {
        Ok(Some(line)) => Header::parse(line).map_err(|error| malformed(1, &error))?,
        Ok(None) => {
            return Err(Verdict::CouldNotRun(Words::new(
                "the bundle is empty",
                "Bevisfilen är tom.",
            )));
        }
        Err(error @ SourceError::CutShort(_)) => {
            return Err(Verdict::Incomplete(error.whole()));
        }
        Err(error) => return Err(Verdict::CouldNotRun(error.whole())),
    };
    let mut walk = Walk::begin(&first, question, checked)?;
    loop {
        let line = match source.read() {
            Ok(Some(line)) => Line::parse(line),
            Ok(None) => {
                return Err(Verdict::Incomplete(Words::new(
                    "its last line is missing",
                    "Den sista raden saknas.",
                )));
            }
            Err(error) => return Err(broken(&error)),
        };
        match line.map_err(|error| malformed(source.count(), &error))? {
            Line::Event(event) => {
                walk.event(&event, checked)?;
                if checked.events.is_multiple_of(BETWEEN_LOOKS) {
                    watch(checked);
                }
            }
            Line::Checkpoint(note) => walk.checkpoint(source.count(), &note, checked)?,
            Line::End(end) => {
                walk.end(source.count(), &end, checked)?;
                break;
            }
        }
    }
    match source.read() {
        Ok(None) => {}
        Err(SourceError::Read(_, error)) => return Err(Verdict::CouldNotRun(error.words())),
        Ok(Some(_)) | Err(_) => return Err(more()),
    }
    watch(checked);
    trust::vouched(&walk.keys, first.size, &checked.keys)?;
    kept::covered(checked)?;
    trust::reached(&checked.beyond, checked.size)
}

fn more() -> Verdict {
    Verdict::CouldNotRun(Words::new(
        "something follows the bundle's last line",
        "Något följer efter bevisfilens sista rad.",
    ))
}

fn malformed(line: u64, error: &impl Speaks) -> Verdict {
    Verdict::CouldNotRun(words!(
        "line {line} cannot be read: {error}",
        "Rad {line} går inte att läsa. {error}",
        line,
        error
    ))
}

fn broken(error: &SourceError) -> Verdict {
    match error {
        SourceError::BreaksOff(_) | SourceError::CutShort(_) => Verdict::Incomplete(error.words()),
        SourceError::TooLong(_) | SourceError::Read(..) => Verdict::CouldNotRun(error.words()),
    }
}

fn hashes(hexes: &[Hex]) -> Vec<Hash> {
    hexes.iter().map(|hex| hex.0).collect()
}

struct Walk<'a> {
    header: &'a Header,
    question: &'a Question,
    keys: Keys,
    /// The restores that the log accounts for.
    account: Account,
    /// The right edge at `from`: what the anchor's root is proved from.
    frontier: Frontier,
    /// Up to where the events are known to be those that were recorded.
    agreed: u64,
    /// Whether the published checkpoint of as many events as there are now was seen.
    published: bool,
    last_t: i64,
    /// The register as the changes so far give it.
    fold: Fold,
}

impl<'a> Walk<'a> {
    fn begin(
        header: &'a Header,
        question: &'a Question,
        checked: &mut Checked,
    ) -> Result<Self, Verdict> {
        let wrong = |what: Words| malformed(1, &what);
        let Header { from, to, size, .. } = *header;
        if from > to || to > size {
            return Err(wrong(Words::new(
                "`from`, `to` and `size` are not in order",
                "`from`, `to` och `size` är inte i ordning.",
            )));
        }
        let frontier = Frontier::decode(from, &hashes(&header.before).concat()).map_err(|_| {
            wrong(Words::new(
                "`before` does not belong to `from`",
                "`before` hör inte till `from`.",
            ))
        })?;
        if after(to, size).len() != header.after.len() {
            return Err(wrong(Words::new(
                "`after` does not belong to `to` and `size`",
                "`after` hör inte till `to` och `size`.",
            )));
        }
        checked.origin.clone_from(&header.origin);
        (checked.from, checked.to, checked.size) = (from, to, size);
        checked.values = header.values;
        let (keys, account) = first::introduced(header.of_log(), &wrong)?;
        checked.keys = trust::judged(&keys, &question.keys);
        checked.beyond = trust::beyond(&keys, size, &question.keys)?;
        let mut walk = Self {
            header,
            question,
            keys,
            account,
            frontier,
            agreed: from,
            published: true,
            last_t: i64::MIN,
            fold: Fold::of_part(from),
        };
        for kept in &question.kept {
            let log = (&walk.keys, &walk.account);
            let result = kept::admit(kept, header.of_log(), from..=to, log)?;
            checked.kept.push((kept.claim().size, result));
        }
        walk.compare_kept(checked)?;
        Ok(walk)
    }

    fn event(&mut self, event: &Event, checked: &mut Checked) -> Result<(), Verdict> {
        let expected = self.frontier.size();
        let found = event.seq;
        if found != expected || found >= self.header.to {
            let place = Place::Event(expected.min(self.header.to));
            return Err(Verdict::tampered(place, Wrong::Seq { expected, found }));
        }
        self.leave()?;
        let bad = |wrong| Verdict::tampered(Place::Event(found), wrong);
        let envelope = Envelope::read(&event.envelope).ok_or_else(|| bad(Wrong::Envelope))?;
        if envelope.recorded_at < self.last_t {
            return Err(bad(Wrong::Time));
        }
        self.last_t = envelope.recorded_at;
        let rotates = envelope.kind == "operation" && envelope.text("operation") == Some(ROTATED);
        if rotates && self.keys.iter().all(|known| known.seq != found) {
            return Err(bad(Wrong::UnlistedKey));
        }
        let restores = envelope.kind == "operation" && envelope.text("operation") == Some(RESTORED);
        let listed = |known: &ProvedEvent| known.seq == found;
        if restores && !self.header.restores.iter().any(listed) {
            return Err(bad(Wrong::UnlistedRestore));
        }
        if envelope.kind == "change" {
            let misfits = self.fold.change(found, event.envelope.as_bytes());
            if let Some(first) = misfits.first() {
                return Err(bad((*first).into()));
            }
        } else if let Some(open) = self.fold.close() {
            let wrong = Misfit::NoRoot.into();
            return Err(Verdict::tampered(Place::Event(open), wrong));
        }
        self.slots(event, &envelope)?;
        facts(event, &envelope, checked)?;
        self.frontier
            .append(leaf_hash(event.envelope.as_bytes()), &mut Vec::new());
        checked.event(&envelope, event.slots.len());
        self.compare_kept(checked)
    }

    fn slots(&self, event: &Event, envelope: &Envelope<'_>) -> Result<(), Verdict> {
        if event.slots.is_empty() && event.facts.is_empty() {
            return Ok(());
        }
        if !self.header.values {
            let what = words!(
                "event {seq} has values, which the first line denies",
                "Händelse {seq} har värden, fast första raden säger att det inte finns några.",
                seq = event.seq
            );
            return Err(Verdict::CouldNotRun(what));
        }
        let committed = envelope.object("slots");
        for shown in &event.slots {
            let hash = commitment(&shown.salt.0, &shown.slot, &shown.value);
            let hash = data_encoding::HEXLOWER.encode(&hash);
            let own = committed.as_ref().and_then(|slots| slots.get(&shown.slot));
            let own = own.and_then(super::super::canonical::Members::within);
            let is_there = own.is_some();
            if own.is_none_or(|own| own.text("commitment") != Some(hash.as_str())) {
                let wrong = Wrong::Slot(is_there.then(|| shown.slot.clone()));
                return Err(Verdict::tampered(Place::Event(event.seq), wrong));
            }
        }
        Ok(())
    }

    fn checkpoint(&mut self, line: u64, note: &Note, checked: &mut Checked) -> Result<(), Verdict> {
        let signed = read(line, &note.checkpoint)?;
        self.vouched(&signed)?;
        let claim = signed.claim();
        let expected = self.frontier.size();
        if claim.size != expected || self.published {
            let found = claim.size;
            let place = Place::Between(self.agreed, found.max(expected));
            return Err(Verdict::tampered(
                place,
                Wrong::Checkpoint { expected, found },
            ));
        }
        if claim.root != self.frontier.root() {
            return Err(self.differs(expected));
        }
        self.agreed = expected;
        self.published = true;
        checked.checkpoints += 1;
        Ok(())
    }

    /// The events since the last root that agreed do not give that of a checkpoint. Nothing is known of events
    /// outside the bundle but what the first line says of them.
    fn differs(&self, size: u64) -> Verdict {
        let Header { from, to, .. } = *self.header;
        let is_alone = (self.agreed > from || from == 0) && size <= to;
        let wrong = if is_alone {
            Wrong::Root
        } else {
            Wrong::RootOfPart
        };
        let last = size.min(to);
        let place = if self.agreed < last {
            Place::Between(self.agreed, last)
        } else {
            Place::Log
        };
        Verdict::tampered(place, wrong(size))
    }

    /// Holds the checkpoints that were kept of as many events as there are now against the tree.
    fn compare_kept(&mut self, checked: &mut Checked) -> Result<(), Verdict> {
        self.compare((self.frontier.size(), self.frontier.root()), checked)
    }

    fn compare(&mut self, tree: (u64, Hash), checked: &mut Checked) -> Result<(), Verdict> {
        let kept = &self.question.kept;
        self.agreed = kept::compare(kept, tree, self.agreed, &self.account, &mut checked.kept)?;
        Ok(())
    }

    /// Before the events go on, or end: the published checkpoint that was kept must have been there.
    fn leave(&mut self) -> Result<(), Verdict> {
        let size = self.frontier.size();
        let wanted = size > self.header.from && size != self.header.size && !self.published;
        if wanted && kept::has(&self.question.kept, size, self.frontier.root()) {
            return Err(Verdict::tampered(Place::Log, Wrong::Unpublished(size)));
        }
        self.published = false;
        Ok(())
    }

    fn vouched(&self, signed: &SignedCheckpoint) -> Result<(), Verdict> {
        if self.keys.vouch_for(signed) {
            Ok(())
        } else {
            Err(Verdict::tampered(
                Place::Log,
                Wrong::Signature(signed.claim().size),
            ))
        }
    }

    fn end(&mut self, line: u64, end: &End, checked: &mut Checked) -> Result<(), Verdict> {
        let reached = self.frontier.size();
        let Header { from, to, size, .. } = *self.header;
        if reached != to || end.end != to - from {
            let wrong = Wrong::Count {
                expected: to - from,
                found: reached - from,
            };
            return Err(Verdict::tampered(Place::Between(reached, to), wrong));
        }
        self.leave()?;
        let anchor = read(line, &end.checkpoint)?;
        self.vouched(&anchor)?;
        let claim = anchor.claim();
        if claim.size != size {
            let wrong = Wrong::Checkpoint {
                expected: size,
                found: claim.size,
            };
            return Err(Verdict::tampered(Place::Log, wrong));
        }
        let root = root_beyond(&self.frontier, size, &hashes(&self.header.after));
        if root != Some(claim.root) {
            return Err(self.differs(size));
        }
        for known in self.header.keys.iter().chain(&self.header.restores) {
            let leaf = leaf_hash(known.envelope.as_bytes());
            let root = root_of_inclusion(known.seq, size, leaf, &hashes(&known.proof));
            if root != Some(claim.root) {
                return Err(Verdict::tampered(Place::Event(known.seq), Wrong::NotThere));
            }
        }
        self.compare((size, claim.root), checked)?;
        checked.root = Some(claim.root);
        Ok(())
    }
}

/// Holds facts against the commitments of the event that they are shown with.
fn facts(event: &Event, envelope: &Envelope<'_>, checked: &mut Checked) -> Result<(), Verdict> {
    for shown in &event.facts {
        let hash = commitment(&shown.salt.0, &shown.fact, &shown.value);
        let hash = data_encoding::HEXLOWER.encode(&hash);
        let mut own = envelope.facts();
        if !own.any(|(part, own)| part.name() == shown.fact && own == hash) {
            let wrong = Wrong::Fact(shown.fact.clone());
            return Err(Verdict::tampered(Place::Event(event.seq), wrong));
        }
        checked.fact(&hash);
    }
    Ok(())
}

fn read(line: u64, note: &str) -> Result<SignedCheckpoint, Verdict> {
    note.parse()
        .map_err(|error: NoteError| malformed(line, &error))
}
