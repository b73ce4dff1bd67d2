//! What came of reviewing a decision.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Object};

use crate::reach::Reach;
use crate::scalar::DateTime;
use service::decisions::{self, DecisionRecord};
use service::evidence;
use service::review::ReviewRecord;

use super::node::{Node, find};
use super::thing::Decision;

/// What a review came to.
#[derive(Debug, Enum, Copy, Clone, PartialEq, Eq)]
#[graphql(remote = "domain::review::ReviewOutcome")]
pub enum ReviewOutcome {
    /// There was an emergency, and what was opened was needed for it.
    Justified,
    /// There was none, or more was opened than it needed.
    NotJustified,
    /// What can be found out does not say.
    Unclear,
}

/// What came of reviewing a decision that opened something in an emergency.
#[derive(Debug, Clone)]
pub struct DecisionReview {
    decision: Arc<DecisionRecord>,
    review: ReviewRecord,
}

impl DecisionReview {
    /// The review of a decision; `None`: it owes none, or waits for it.
    #[must_use]
    pub fn of(decision: &Arc<DecisionRecord>) -> Option<Self> {
        Some(Self {
            decision: Arc::clone(decision),
            review: decision.review.clone()?,
        })
    }
}

/// What came of reviewing a decision that opened something in an emergency.
#[Object]
impl DecisionReview {
    /// What the review came to.
    async fn outcome(&self) -> ReviewOutcome {
        self.review.outcome.into()
    }

    /// The id of the person who reviewed it.
    async fn reviewed_by_id(&self) -> ID {
        ID(self.review.reviewed_by.to_string())
    }

    /// Who reviewed it; null: the caller may not see them.
    async fn reviewed_by(&self, ctx: &Context<'_>) -> Option<Node> {
        find(ctx, self.review.reviewed_by).await
    }

    /// When it was reviewed.
    async fn reviewed_at(&self) -> DateTime {
        DateTime(self.review.reviewed_at)
    }

    /// What was found, in the reviewer's own words; null: nothing was said, it has been erased, or the caller may
    /// not read whom the decision is about.
    async fn finding(&self, ctx: &Context<'_>) -> Option<String> {
        let found = evidence::finding(ctx.session(), &self.decision).await;
        ctx.shown(found).flatten()
    }

    /// The decision that allowed the review; null: the caller may not see it.
    async fn decision(&self, ctx: &Context<'_>) -> Option<Decision> {
        let found = decisions::decision(ctx.session(), self.review.decision_id).await;
        ctx.shown(found).flatten().map(Decision::from)
    }
}
