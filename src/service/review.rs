//! Reviewing what was opened in an emergency: by somebody else, once.

use domain::Named;
use domain::id::EventId;
use domain::problem::ReviewProblem;
use domain::review::{ReviewDecision, ReviewOutcome};
use domain::text::{ErasableText, IdempotencyKey};
use store::write;

use super::change::{Changed, Order};
use super::decisions;
use super::error::{Problem, ServiceError};
use super::idempotency::{InputDigest, Key, Mutation};
use super::session::Session;

pub use store::read::decisions::review::{ReviewRecord, ReviewState};

/// An order to record what a review came to.
#[derive(Debug, Clone)]
pub struct Review {
    /// The decision that was reviewed.
    pub decision: EventId,
    /// What the review came to.
    pub outcome: ReviewOutcome,
    /// What was found, in free text; kept erasable.
    pub finding: Option<ErasableText>,
    /// The caller's key for retries.
    pub idempotency_key: Option<IdempotencyKey>,
}

/// Records what the review of a decision came to.
///
/// # Errors
/// A refusal, a key that was used for something else, or an outage; what a form can show is in the answer.
pub async fn review_decision(
    session: &Session,
    input: Review,
) -> Result<Changed<ReviewProblem>, ServiceError> {
    let key = Key::new(input.idempotency_key.clone(), input.digest());
    if let Some(effect) = session.effect(Mutation::ReviewDecision) {
        return Ok(effect.into());
    }
    if decisions::record(session, input.decision).await?.is_none() {
        return Ok(Changed::not(ReviewProblem::NotFound));
    }
    let action = ReviewDecision {
        decision: input.decision,
        outcome: input.outcome,
    };
    let permit = session.operation().write(action).await?;
    let order = Order {
        mutation: Mutation::ReviewDecision,
        subject: input.decision.into(),
        key,
        reason: input.finding,
        expected_version: None,
    };
    session
        .change(permit, order, write::review_decision, Problem::from)
        .await
}

impl Review {
    fn digest(&self) -> InputDigest {
        InputDigest::default()
            .with("decision", Some(self.decision))
            .with("outcome", Some(self.outcome.name()))
            .with("finding", self.finding.as_ref())
    }
}
