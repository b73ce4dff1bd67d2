//! Why not.

use domain::Words;
use domain::id::{EventId, INSTALLATION};
use domain::speaks::Speaks;
use domain::verdict::{Discounted, Reason, StepUp, Verdict};
use transparency::event::EventError;

use super::facts::{FactError, ambiguous};

/// An action that was not allowed, or could not be decided. Those that name a decision are on record.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.words())]
pub enum Refusal {
    /// There is no such thing, or the caller may not know that there is.
    NotFound {
        /// The event of the decision.
        decision: EventId,
    },
    /// The policies refuse.
    Forbidden {
        /// The event of the decision.
        decision: EventId,
        /// Why.
        reasons: Vec<Reason>,
        /// The caller's grants that would have allowed it if they counted.
        discounted: Vec<Discounted>,
    },
    /// A stronger or more recent sign-in would be allowed.
    StepUp {
        /// The event of the decision.
        decision: EventId,
        /// What sign-in.
        step_up: StepUp,
        /// Why.
        reasons: Vec<Reason>,
    },
    /// A name stands for more than one thing.
    Ambiguous {
        /// The kind of thing.
        kind: &'static str,
    },
    /// What the caller gave cannot stand in an event.
    Unrecordable(#[from] EventError),
    /// The question could not be decided.
    Undecided(#[source] FactError),
}

impl Speaks for Refusal {
    fn words(&self) -> Words {
        match self {
            Self::NotFound { .. } => Words::new(
                "there is nothing by that name that may be seen",
                "Det finns inget med det namnet som får ses.",
            ),
            Self::Forbidden { .. } => Words::new("it is not permitted", "Det är inte tillåtet."),
            Self::StepUp { .. } => Words::new(
                "a stronger sign-in is needed",
                "Det behövs en starkare inloggning.",
            ),
            Self::Ambiguous { kind } => ambiguous(kind),
            Self::Unrecordable(_) => Words::new(
                "the question cannot be recorded",
                "Frågan går inte att logga.",
            ),
            Self::Undecided(_) => {
                Words::new("it could not be decided", "Det gick inte att avgöra.")
            }
        }
    }

    fn cause(&self) -> Option<Words> {
        match self {
            Self::Unrecordable(error) => Some(error.words()),
            Self::Undecided(error) => Some(error.whole()),
            Self::NotFound { .. }
            | Self::Forbidden { .. }
            | Self::StepUp { .. }
            | Self::Ambiguous { .. } => None,
        }
    }
}

impl Refusal {
    /// What everything lies in is not there.
    pub(crate) fn unanswered() -> Self {
        Self::Undecided(FactError::Corrupt {
            table: "organisation",
            id: INSTALLATION.to_string(),
            problem: Words::new(
                "the built-in installation is not there",
                "Den inbyggda installationen finns inte.",
            ),
        })
    }

    pub(crate) fn of(verdict: &Verdict, decision: EventId) -> Self {
        match &verdict.step_up {
            Some(step_up) => Self::StepUp {
                decision,
                step_up: step_up.clone(),
                reasons: verdict.reasons.clone(),
            },
            None => Self::Forbidden {
                decision,
                reasons: verdict.reasons.clone(),
                discounted: verdict.discounted.clone(),
            },
        }
    }
}

impl From<FactError> for Refusal {
    fn from(error: FactError) -> Self {
        match error {
            FactError::Ambiguous { kind } => Self::Ambiguous { kind },
            other @ (FactError::Unavailable(_) | FactError::Corrupt { .. }) => {
                Self::Undecided(other)
            }
        }
    }
}
