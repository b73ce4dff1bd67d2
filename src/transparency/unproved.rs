//! Why a proof about the register does not prove what it should.
//!
//! Apart from the proofs because it is among what a verifier can answer, of whatever file.

use domain::Words;
use domain::speaks::{Speaks, events, words};

/// What does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.words())]
pub enum Unproved {
    /// The event after which it is said is no change with a root of the register.
    NoRoot,
    /// The keys of the bucket are not in their order, each once.
    Order,
    /// A key lies in another bucket.
    Elsewhere,
    /// The bucket and its path do not lead to the root of the register.
    Root,
    /// The thing is in the bucket, and no event tells what it was.
    Untold,
    /// An event tells what the thing was, and it is not in the bucket.
    NotThere,
    /// The event tells of no thing, or of another.
    Other,
    /// The event that tells of the thing is later than the one after which it is said.
    Later,
    /// The event tells of the thing as something else than it was.
    Digest,
    /// The last line counts other lines than there are.
    Lines,
    /// The anchor is of another number of events than the first line says.
    Anchor {
        /// How many it should have.
        expected: u64,
        /// How many it has.
        found: u64,
    },
    /// An event is not in the anchor's tree by its path.
    NotInLog,
}

impl Speaks for Unproved {
    fn words(&self) -> Words {
        match self {
            Self::NoRoot => Words::new(
                "it is no change that has a root of the register",
                "Den är ingen ändring som har registrets rot.",
            ),
            Self::Order => Words::new(
                "the keys beside the thing are not in order, each once",
                "Nycklarna bredvid står inte i ordning, var och en en gång.",
            ),
            Self::Elsewhere => Words::new(
                "a key stands beside the thing that lies elsewhere in the register",
                "En nyckel står bredvid fast den hör hemma någon annanstans i registret.",
            ),
            Self::Root => Words::new(
                "what stands beside the thing does not lead to the register's root",
                "Det som står bredvid leder inte till registrets rot.",
            ),
            Self::Untold => Words::new(
                "it was in the register, and the event that tells what it was is missing",
                "Den fanns i registret, men händelsen som berättar vad den var saknas.",
            ),
            Self::NotThere => Words::new(
                "an event tells of what was not in the register",
                "En händelse berättar om något som inte fanns i registret.",
            ),
            Self::Other => Words::new(
                "it tells of something else than the proof is about",
                "Den berättar om något annat än det som beviset gäller.",
            ),
            Self::Later => Words::new(
                "it is later than the event after which the proof speaks",
                "Den kom efter händelsen som beviset räknar från.",
            ),
            Self::Digest => Words::new(
                "what it tells is not what was in the register",
                "Det den berättar är inte det som fanns i registret.",
            ),
            Self::Lines => Words::new(
                "there are other lines than the last one counts",
                "Antalet rader är ett annat än det som står på den sista.",
            ),
            Self::Anchor { expected, found } => words!(
                "the checkpoint is of {found}, and the proof of {expected}",
                "Kontrollpunkten gäller {found}, och beviset {expected}.",
                found = events(*found),
                expected = events(*expected)
            ),
            Self::NotInLog => Words::new(
                "it is not in the tree of the checkpoint",
                "Den finns inte i kontrollpunktens träd.",
            ),
        }
    }
}
