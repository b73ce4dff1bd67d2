//! The words of `reviewDecision`.

use async_graphql::{ComplexObject, Context, ID, InputObject, SimpleObject};

use crate::object::review::ReviewOutcome;
use crate::object::thing::Decision;
use domain::EntityRef;
use domain::problem::ReviewProblem;
use service::error::InputPath;
use service::review::Review;

use super::form::{Form, WrongForm};
use super::problem::{FormError, Outcome};
use super::seen;

/// What the review of a decision came to.
#[derive(Debug, Clone, InputObject)]
pub struct ReviewDecisionInput {
    /// The decision that was reviewed.
    decision: ID,
    /// What the review came to.
    outcome: ReviewOutcome,
    /// What was found, in free text that can be erased; null: not said.
    finding: Option<String>,
    /// 16 to 64 characters of the caller's own, so that a retry does nothing twice; null: none.
    idempotency_key: Option<String>,
}

impl ReviewDecisionInput {
    pub(super) fn into_order(self) -> Result<Review, WrongForm> {
        let path = InputPath::input();
        let mut form = Form::default();
        let decision = form.id(&path, "decision", &self.decision);
        let finding = form.text_if(&path, "finding", self.finding.as_deref());
        let key = form.text_if(&path, "idempotencyKey", self.idempotency_key.as_deref());
        let order = || {
            Ok(Review {
                decision: decision?,
                outcome: self.outcome.into(),
                finding: finding?,
                idempotency_key: key?,
            })
        };
        form.finish(order())
    }
}

/// What came of it.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(complex)]
pub struct ReviewDecisionPayload {
    /// What stood against it.
    errors: Vec<FormError<ReviewProblem>>,
    /// The decision that allowed it; null where nothing could be decided on.
    decision: Option<Decision>,
    #[graphql(skip)]
    subject: Option<EntityRef>,
}

#[ComplexObject]
impl ReviewDecisionPayload {
    /// The decision that was reviewed; null: none was, or the caller may not read it.
    async fn reviewed(&self, ctx: &Context<'_>) -> Option<Decision> {
        seen::decision(ctx, self.subject.as_ref()?).await
    }
}

impl From<Outcome<ReviewProblem>> for ReviewDecisionPayload {
    fn from(outcome: Outcome<ReviewProblem>) -> Self {
        Self {
            errors: outcome.errors,
            decision: outcome.decision,
            subject: outcome.subject,
        }
    }
}
