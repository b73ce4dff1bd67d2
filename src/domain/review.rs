//! Reviewing what was opened in an emergency: an obligation that somebody else meets, once, with an outcome.

use super::action::Action;
use super::id::EventId;
use super::permission::ServicePermission;
use super::target::TargetKey;
use strum::{EnumString, IntoStaticStr, VariantArray};

/// What a review came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, VariantArray, IntoStaticStr, EnumString)]
#[strum(serialize_all = "camelCase")]
pub enum ReviewOutcome {
    /// There was an emergency, and what was opened was needed for it.
    Justified,
    /// There was none, or more was opened than it needed.
    NotJustified,
    /// What can be found out does not say.
    Unclear,
}

/// Saying what the review of a decision came to.
#[derive(Debug, Clone)]
pub struct ReviewDecision {
    /// The decision.
    pub decision: EventId,
    /// What the review came to.
    pub outcome: ReviewOutcome,
}

impl Action for ReviewDecision {
    fn permission(&self) -> ServicePermission {
        ServicePermission::DecisionReview
    }

    fn target(&self) -> TargetKey {
        TargetKey::Entity(self.decision.into())
    }
}
