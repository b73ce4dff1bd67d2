//! Facts with what they rest on, and why there are none.

use std::collections::BTreeSet;

use audit::Depends;
use domain::id::SystemId;
use domain::speaks::{Speaks, foreign, verbatim, words};
use domain::{EntityRef, Instant, Words};
use region::Ambiguous;

/// The register could not be read.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.words())]
pub enum FactError {
    /// The database did not answer.
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A row contradicts itself or its neighbours.
    Corrupt {
        /// The table.
        table: &'static str,
        /// The row.
        id: String,
        /// What is wrong.
        problem: Words,
    },
    /// The name stands for more than one thing.
    Ambiguous {
        /// The kind of thing.
        kind: &'static str,
    },
}

impl Speaks for FactError {
    fn words(&self) -> Words {
        match self {
            Self::Unavailable(_) => Words::new(
                "the register could not be read",
                "Registret gick inte att läsa.",
            ),
            Self::Corrupt { table, id, problem } => words!(
                "the row `{id}` of `{table}` cannot be right: {problem}",
                "Raden `{id}` i `{table}` kan inte vara rätt. {problem}",
                id = verbatim(id),
                table = verbatim(table),
                problem
            ),
            Self::Ambiguous { kind } => ambiguous(kind),
        }
    }

    fn cause(&self) -> Option<Words> {
        match self {
            // What the database says of itself.
            Self::Unavailable(error) => Some(foreign(error.as_ref())),
            Self::Corrupt { .. } | Self::Ambiguous { .. } => None,
        }
    }
}

/// What is said of a name that stands for more than one thing.
pub(super) fn ambiguous(kind: &'static str) -> Words {
    words!(
        "the external id of a {kind} is used by more than one source",
        "Flera källor använder samma externa id för `{kind}`.",
        kind = verbatim(kind)
    )
}

/// What the register said, and which of its parts the answer rests on.
#[derive(Debug, Clone)]
pub(crate) struct Facts<T> {
    pub(crate) found: Option<T>,
    pub(crate) depends: Depends,
}

impl<T> Facts<T> {
    /// Not there; `depends` are the names whose appearance would alter that.
    pub(crate) fn missing(depends: BTreeSet<String>) -> Self {
        Self::from((None, depends))
    }

    pub(crate) fn map<U>(self, made: impl FnOnce(T) -> U) -> Facts<U> {
        Facts {
            found: self.found.map(made),
            depends: self.depends,
        }
    }
}

impl<T> From<(Option<T>, BTreeSet<String>)> for Facts<T> {
    fn from((found, depends): (Option<T>, BTreeSet<String>)) -> Self {
        Self {
            found,
            depends: depends.into(),
        }
    }
}

impl From<Ambiguous> for FactError {
    fn from(name: Ambiguous) -> Self {
        Self::Ambiguous { kind: name.kind }
    }
}

/// What every decision depends on besides what it reads: at what stage guardrails are.
pub const STAGES: &str = "stages";

/// An earlier answer about somebody else, as far as a question that goes on from it has to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EarlierAnswer {
    /// Who asked; `None`: the principal itself.
    pub asker: Option<EntityRef>,
    /// Who it was about, by HSA-id or client id.
    pub principal: String,
    /// What was asked for.
    pub permission: String,
    /// What it was aimed at; for a record the organisation that owns it.
    pub target: EntityRef,
    /// The asker's word for the kind of record.
    pub record_kind: Option<String>,
    /// The system of the target.
    pub system: Option<SystemId>,
    /// The asker's reference to the record; `None`: there was none, or it has been erased.
    pub subject: Option<String>,
    /// Whether it asked for an active choice: an allow that demands one, or a deny because the record is blocked.
    pub asked_for_choice: bool,
    /// When it was decided, by the clock that it was decided by; `None`: its id does not say.
    pub decided_at: Option<Instant>,
}
