//! The words of `reviewDecision`.

use async_graphql::{ComplexObject, Context, Enum, ID, InputObject, SimpleObject};

use crate::object::decision::Decision;
use crate::object::review::ReviewOutcome;
use crate::spoken::Told;
use domain::EntityRef;
use domain::Words;
use service::change::Changed;
use service::error::{InputPath, Problem};
use service::review::{Review, ReviewConflict, ReviewProblem};

use super::form::{Form, WrongForm};
use super::seen::{self, shown};

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
    errors: Vec<ReviewDecisionError>,
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

/// Something that stands against it.
#[derive(Debug, Clone, SimpleObject)]
pub struct ReviewDecisionError {
    /// What.
    code: ReviewDecisionErrorCode,
    /// The same in words.
    message: Told,
    /// Where in the input.
    path: Vec<String>,
}

/// What can stand against it. More kinds may come.
#[derive(Debug, Enum, Clone, Copy, PartialEq, Eq)]
pub enum ReviewDecisionErrorCode {
    /// There is no such decision, or the caller may not see it.
    NotFound,
    /// The decision owes no review.
    NothingToReview,
    /// The decision has been reviewed.
    AlreadyReviewed,
    /// It takes a human being, and another one than the decision is about.
    SecondIndividual,
}

impl From<Changed<ReviewProblem>> for ReviewDecisionPayload {
    fn from(changed: Changed<ReviewProblem>) -> Self {
        Self {
            errors: changed
                .problems
                .into_iter()
                .map(ReviewDecisionError::from)
                .collect(),
            decision: changed.decision.map(shown),
            subject: changed.subject,
        }
    }
}

impl From<Problem<ReviewProblem>> for ReviewDecisionError {
    fn from(problem: Problem<ReviewProblem>) -> Self {
        use ReviewDecisionErrorCode as Code;
        let (code, message) = match problem.code {
            ReviewProblem::NotFound => (
                Code::NotFound,
                Words::new(
                    "there is no decision by that id that you may see",
                    "Det finns inget beslut med det id:t som du får se.",
                ),
            ),
            ReviewProblem::Conflict(ReviewConflict::NothingToReview) => (
                Code::NothingToReview,
                Words::new(
                    "the decision needs no review",
                    "Beslutet behöver inte granskas.",
                ),
            ),
            ReviewProblem::Conflict(ReviewConflict::AlreadyReviewed) => (
                Code::AlreadyReviewed,
                Words::new(
                    "the decision has been reviewed already",
                    "Beslutet är redan granskat.",
                ),
            ),
            ReviewProblem::Conflict(ReviewConflict::SecondIndividual) => (
                Code::SecondIndividual,
                Words::new(
                    "it takes a human being, and another one than the decision is about: ask somebody else",
                    "Granskningen ska göras av en människa, och av någon annan än den som beslutet gäller. Be någon annan.",
                ),
            ),
        };
        Self {
            code,
            message: message.into(),
            path: problem.path.segments().to_vec(),
        }
    }
}
