//! Why not.

use crate::audit::EventError;
use crate::domain::id::EventId;
use crate::domain::verdict::{Discounted, Reason, StepUp, Verdict};

use super::facts::FactError;

/// An action that was not allowed, or could not be decided. Those that name a decision are on record.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// There is no such thing, or the caller may not know that there is.
    #[error("no such thing")]
    NotFound {
        /// The event of the decision.
        decision: EventId,
    },
    /// The policies refuse.
    #[error("refused")]
    Forbidden {
        /// The event of the decision.
        decision: EventId,
        /// Why.
        reasons: Vec<Reason>,
        /// The caller's grants that would have allowed it if they counted.
        discounted: Vec<Discounted>,
    },
    /// A stronger or more recent sign-in would be allowed.
    #[error("a stronger sign-in is needed")]
    StepUp {
        /// The event of the decision.
        decision: EventId,
        /// What sign-in.
        step_up: StepUp,
        /// Why.
        reasons: Vec<Reason>,
    },
    /// A name stands for more than one thing.
    #[error("the external id of a {kind} is used by more than one source")]
    Ambiguous {
        /// The kind of thing.
        kind: &'static str,
    },
    /// What the caller gave cannot stand in an event.
    #[error("the question cannot be recorded")]
    Unrecordable(#[from] EventError),
    /// The question could not be decided.
    #[error("undecided")]
    Undecided(#[source] FactError),
}

impl Refusal {
    pub(in crate::gate) fn of(verdict: &Verdict, decision: EventId) -> Self {
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
