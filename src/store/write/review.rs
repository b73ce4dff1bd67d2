//! What came of reviewing a decision that opened something in an emergency.

use sea_orm::{DatabaseTransaction, Value};

use crate::cell::expecting;
use domain::id::EventId;
use domain::problem::ReviewProblem;
use domain::review::ReviewDecision;
use domain::{ChangeKind, Named};
use gate::Leave;

use super::{Made, Making, Unmade, for_change, found, rows};
use crate::rows::execute;

/// The class that findings are kept by: as long as what else is personal in the decision.
const RETENTION: &str = "decision";

/// Says what the review of a decision came to.
///
/// # Errors
/// [`Unmade::Conflict`] where it owes none, has had it, or that human being may not make it.
#[must_use]
pub fn review_decision<'a>(
    tx: &'a DatabaseTransaction,
    leave: &'a Leave<ReviewDecision>,
    making: &'a Making,
) -> Made<'a, ReviewProblem> {
    Box::pin(async move {
        let ReviewDecision { decision, outcome } = *leave.action();
        let waiting = waiting(tx, decision).await?;
        let reviewer = leave.individual().map(|human| human.to_string());
        let Some(reviewer) = reviewer.filter(|human| waiting.about.as_ref() != Some(human)) else {
            return Err(Unmade::Conflict(ReviewProblem::SecondIndividual));
        };
        let values: [Value; 8] = [
            decision.to_string().into(),
            waiting.seq.into(),
            waiting.about.into(),
            outcome.name().into(),
            making.by.to_string().into(),
            reviewer.as_str().into(),
            making.now.as_micros().into(),
            leave.decision().to_string().into(),
        ];
        execute(tx, INSERT, values).await?;
        let columns = [
            ("outcome", outcome.name().into()),
            ("reviewed_by", making.by.to_string().into()),
            ("reviewed_individual", reviewer.as_str().into()),
            ("reviewed_at", making.now.as_micros().into()),
        ];
        let change = making.change(leave, decision.into(), ChangeKind::Reviewed);
        let change = expecting(change, &columns);
        Ok(vec![change.with(making.slot("finding", RETENTION))])
    })
}

const INSERT: &str = "\
    INSERT INTO decision_review (event_id, seq, about_individual, outcome, reviewed_by, \
    reviewed_individual, reviewed_at, decision_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";

/// A decision that waits for its review.
struct Waiting {
    seq: i64,
    /// The human being it is about.
    about: Option<String>,
}

/// Locked, so that of two who review it at once the second sees the review of the first.
async fn waiting(
    tx: &DatabaseTransaction,
    decision: EventId,
) -> Result<Waiting, Unmade<ReviewProblem>> {
    let sql = format!(
        "SELECT seq, individual, owes FROM audit_event WHERE event_id = $1{}",
        for_change(tx)
    );
    let row = found(tx, "audit_event", &sql, decision).await?;
    if row.try_get::<Option<String>>("", "owes")?.is_none() {
        return Err(Unmade::Conflict(ReviewProblem::NothingToReview));
    }
    let sql = "SELECT event_id FROM decision_review WHERE event_id = $1";
    if !rows(tx, sql, [decision.to_string().into()])
        .await?
        .is_empty()
    {
        return Err(Unmade::Conflict(ReviewProblem::AlreadyReviewed));
    }
    Ok(Waiting {
        seq: row.try_get("", "seq")?,
        about: row.try_get("", "individual")?,
    })
}
