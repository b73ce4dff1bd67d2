//! What a verifier can answer.

use super::super::fold::Misfit;
use super::super::keys::KeysError;
use super::super::note::VerifierKey;
use super::super::unproved::Unproved;
use domain::Words;
use domain::speaks::{Speaks, events, verbatim, words};

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Everything holds.
    Good,
    /// The log was altered, or the bundle was.
    Tampered(Box<Tampered>),
    /// What is there holds, and something is missing.
    Incomplete(Words),
    /// Nothing can be said: the bundle, a note or a key cannot be read, or nobody vouches for the key.
    CouldNotRun(Words),
}

impl Verdict {
    /// That this does not hold there.
    pub(crate) fn tampered(place: Place, wrong: Wrong) -> Self {
        Self::Tampered(Box::new(Tampered { place, wrong }))
    }
}

/// What does not hold, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tampered {
    /// Where.
    pub place: Place,
    /// What.
    pub wrong: Wrong,
}

impl Speaks for Tampered {
    fn words(&self) -> Words {
        self.place.says(&self.wrong)
    }
}

/// A part of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// One event.
    Event(u64),
    /// The events from one seq to before another.
    Between(u64, u64),
    /// The log as a whole.
    Log,
}

impl Speaks for Place {
    fn words(&self) -> Words {
        match *self {
            Self::Event(seq) => words!("event {seq}", "Händelse {seq}", seq),
            Self::Between(from, to) if to == from + 1 => Self::Event(from).words(),
            Self::Between(from, to) if to > from => words!(
                "between event {from} and event {last}",
                "Mellan händelse {from} och händelse {last}",
                from,
                last = to - 1
            ),
            Self::Between(from, _) => words!("before event {from}", "Före händelse {from}", from),
            Self::Log => Words::part("the log", "Loggen"),
        }
    }
}

impl Place {
    /// That something is so there.
    #[must_use]
    pub fn says(self, what: &impl Speaks) -> Words {
        words!("{place}: {what}", "{place}: {what}", place = self, what)
    }
}

/// What does not hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.words())]
pub enum Wrong {
    /// Another seq stands where this one should.
    Seq {
        /// Which should be there.
        expected: u64,
        /// Which is.
        found: u64,
    },
    /// There are fewer or more events than there should be.
    Count {
        /// How many there should be.
        expected: u64,
        /// How many there are.
        found: u64,
    },
    /// It is not there.
    Gone,
    /// The bytes do not give the leaf that was stored with them.
    Leaf,
    /// The bytes are none that the log writes.
    Envelope,
    /// Recorded time goes back.
    Time,
    /// It introduces a key that the bundle does not list.
    UnlistedKey,
    /// It accounts for a restore that the bundle does not list.
    UnlistedRestore,
    /// A change does not fit the register that the log tells.
    #[error(transparent)]
    Change(#[from] Misfit),
    /// It is listed as one that accounts for a restore, and is another.
    NoRestore,
    /// The event does not commit to the value of the slot; `None`: it has no such slot.
    Slot(Option<String>),
    /// The event does not commit to a fact of that part that is shown with it.
    Fact(String),
    /// The events do not give the root, and beside them it rests on hashes of the first line.
    RootOfPart(u64),
    /// A published checkpoint has another root than the events.
    Root(u64),
    /// A checkpoint is not signed by the log's key.
    Signature(u64),
    /// A checkpoint stands in another place than its own.
    Checkpoint {
        /// After how many events it stands.
        expected: u64,
        /// How many it says there are.
        found: u64,
    },
    /// An event that introduces a key is not what it should be.
    #[error(transparent)]
    Key(#[from] KeysError),
    /// An event of the first line is not in the log.
    NotThere,
    /// A key is the log's, by an event that the bundle should have, and is none of the bundle's.
    NotIntroduced(VerifierKey),
    /// A checkpoint that was kept has another root.
    Kept(u64),
    /// A checkpoint that was kept was published and is missing.
    Unpublished(u64),
    /// A proof about the register does not prove what it should.
    #[error(transparent)]
    Register(#[from] Unproved),
}

impl Speaks for Wrong {
    fn words(&self) -> Words {
        match self {
            Self::Seq { expected, found } => words!(
                "event {found} stands where event {expected} should",
                "Händelse {found} står där händelse {expected} ska stå.",
                found,
                expected
            ),
            Self::Count { expected, found } => words!(
                "there are {found} events where there should be {expected}",
                "Antalet händelser är {found} men ska vara {expected}.",
                found,
                expected
            ),
            Self::Gone => Words::new("it is missing", "Den saknas."),
            Self::Leaf => Words::new(
                "its bytes do not give its leaf",
                "Dess byte ger inte dess löv.",
            ),
            Self::Envelope => Words::new(
                "its bytes are not an envelope of version 2",
                "Dess byte är inget kuvert i version 2.",
            ),
            Self::Time => Words::new(
                "it says it was recorded before the event before it",
                "Enligt den själv sparades den före händelsen innan.",
            ),
            Self::UnlistedKey => Words::new(
                "it introduces a key that the bundle's first line does not list",
                "Den inför en nyckel som inte står på bevisfilens första rad.",
            ),
            Self::Change(misfit) => misfit.words(),
            Self::UnlistedRestore => Words::new(
                "it accounts for a restore from backup that the bundle's first line does not list",
                "Den redovisar en återläsning som inte står på bevisfilens första rad.",
            ),
            Self::NoRestore => Words::new(
                "it accounts for no restore from backup",
                "Den redovisar ingen återläsning.",
            ),
            Self::Slot(None) => Words::new(
                "it has no slot for a value that is shown with it",
                "Den har inget fält för ett värde som visas med den.",
            ),
            Self::RootOfPart(size) => words!(
                "the root of the checkpoint of {size} does not follow: an event was altered, or a hash of the bundle's \
                 first line",
                "Roten i kontrollpunkten för {size} följer inte. En händelse har ändrats, eller en kontrollsumma på \
                 bevisfilens första rad.",
                size = events(*size)
            ),
            Self::Slot(Some(name)) => words!(
                "it does not commit to the value of its slot `{name}`",
                "Den binder inte värdet i sitt fält `{name}`.",
                name = verbatim(name)
            ),
            Self::Fact(part) => words!(
                "it does not commit to the facts `{part}` that are shown with it",
                "Den binder inte underlaget `{part}` som visas med den.",
                part = verbatim(part)
            ),
            Self::Root(size) => words!(
                "the events do not give the root of the checkpoint of {size}",
                "Händelserna ger inte roten i kontrollpunkten för {size}.",
                size = events(*size)
            ),
            Self::Signature(size) => words!(
                "the checkpoint of {size} is not signed by the log's key: the key was not introduced",
                "Kontrollpunkten för {size} är inte signerad med loggens nyckel. Nyckeln har inte införts.",
                size = events(*size)
            ),
            Self::Checkpoint { expected, found } => words!(
                "the checkpoint of {found} stands after {expected}",
                "Kontrollpunkten för {found} står efter {expected}.",
                found = events(*found),
                expected = events(*expected)
            ),
            Self::Key(error) => error.words(),
            Self::NotThere => Words::new(
                "the event in the bundle's first line is not in the tree of the checkpoint",
                "Händelsen på bevisfilens första rad finns inte i kontrollpunktens träd.",
            ),
            Self::NotIntroduced(key) => words!(
                "the key {key} was not introduced in the log",
                "Nyckeln {key} har inte införts i loggen.",
                key = verbatim(key)
            ),
            Self::Kept(size) => words!(
                "the events do not give the root of the checkpoint of {size} that was kept",
                "Händelserna ger inte roten i den sparade kontrollpunkten för {size}.",
                size = events(*size)
            ),
            Self::Register(unproved) => unproved.words(),
            Self::Unpublished(size) => words!(
                "the checkpoint of {size} was published and is missing",
                "Kontrollpunkten för {size} har publicerats men saknas.",
                size = events(*size)
            ),
        }
    }
}
