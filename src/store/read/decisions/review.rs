//! What an emergency owes: which decisions wait for a review, and what came of those that were reviewed.

use std::collections::HashMap;

use sea_orm::sea_query::{Condition, Expr, ExprTrait, Query};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use entity::audit_event::Column;
use entity::decision_review;

use super::DecisionRecord;
use crate::StoreError;
use crate::column::row;
use crate::filter::column;
use crate::read::Reader;
use domain::id::EventId;
use domain::review::ReviewOutcome;
use domain::verdict::Obligation;
use domain::{EntityRef, Instant};

/// How far the review of a decision has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReviewState {
    /// It owes one, and nobody has made it.
    Waiting,
    /// Somebody has reviewed it.
    Done,
}

row! {
    /// What came of a review.
    #[derive(Debug, Clone)]
    pub struct ReviewRecord {
        /// The decision that was reviewed.
        pub event_id: EventId,
        /// What the review came to.
        pub outcome: ReviewOutcome,
        /// Who reviewed it.
        pub reviewed_by: EntityRef,
        /// When.
        pub reviewed_at: Instant,
        /// The decision by which.
        pub decision_id: EventId,
    }
}

/// Spelled without a parameter, or the index of what owes a review would not be seen to fit.
pub(super) fn review_is(state: ReviewState) -> Condition {
    let reviewed = Query::select()
        .expr(column(decision_review::Column::Seq))
        .from(decision_review::Entity)
        .to_owned();
    let owing = Condition::all().add(column(Column::Owes).eq(Expr::cust("'review'")));
    owing.add(match state {
        ReviewState::Waiting => column(Column::Seq).not_in_subquery(reviewed),
        ReviewState::Done => column(Column::Seq).in_subquery(reviewed),
    })
}

pub(super) async fn with_reviews(
    reader: &Reader,
    records: &mut [DecisionRecord],
) -> Result<(), StoreError> {
    let owing = records.iter().filter(|record| record.owes_review());
    let ids: Vec<String> = owing.map(|record| record.event_id.to_string()).collect();
    if ids.is_empty() {
        return Ok(());
    }
    let found = decision_review::Entity::find()
        .filter(decision_review::Column::EventId.is_in(ids))
        .into_model::<ReviewRecord>()
        .all(reader.connection())
        .await?;
    let mut by_decision: HashMap<EventId, ReviewRecord> = found
        .into_iter()
        .map(|review| (review.event_id, review))
        .collect();
    for record in records {
        record.review = by_decision.remove(&record.event_id);
    }
    Ok(())
}

impl DecisionRecord {
    /// Whether it opened something that somebody else has to look at, whether or not they have.
    #[must_use]
    pub fn owes_review(&self) -> bool {
        !self.envelope.dry_run && self.envelope.obligations.contains(&Obligation::Review)
    }
}
