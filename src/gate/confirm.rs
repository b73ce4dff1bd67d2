//! A second call that goes on from a first: an active choice is made by somebody who was shown that it was
//! needed, so the question with the choice names the answer that asked for it (JK-P12, JK-P13).
//!
//! Only this makes a [`Confirmation`], and without one an active choice in a question does not count.

use domain::Instant;
use domain::id::EventId;
use domain::target::TargetKey;

use super::facts::EarlierAnswer;
use super::inquiry::{Confirmation, Inquiry};
use super::operation::Operation;
use super::refusal::Refusal;

/// How old an answer may be that a question goes on from, in seconds.
pub const CONFIRM_SECONDS: i64 = 900;

impl Operation {
    /// Whether the question goes on from that answer: the caller's own, recent, about the same principal, permission
    /// and record, and one that asked for a choice. `None` whatever it is that does not fit, so that nothing is learnt of others'.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub async fn confirm(
        &self,
        inquiry: &Inquiry,
        earlier: EventId,
    ) -> Result<Option<Confirmation>, Refusal> {
        let found = self.register.log().earlier(earlier).await?;
        let target = self.target(inquiry.target.clone()).await?;
        let system = target
            .found
            .as_ref()
            .and_then(|record| record.facts().system.as_ref())
            .map(|system| system.id);
        let TargetKey::Record(record) = &inquiry.target else {
            return Ok(None);
        };
        let same = |answer: &EarlierAnswer| {
            answer.asker.as_ref() == Some(self.actor.id())
                && answer.principal == inquiry.principal.as_str()
                && answer.permission == inquiry.permission.as_str()
                && answer.system.is_some()
                && answer.system == system
                && target
                    .found
                    .as_ref()
                    .is_some_and(|found| found.facts().id == answer.target)
                && answer.record_kind.as_deref() == Some(record.kind.as_str())
                && answer.subject.as_deref() == Some(record.id.as_str())
                && answer.asked_for_choice
                && answer.decided_at.is_some_and(|at| is_recent(at, self.now))
        };
        Ok(found.filter(same).map(|_| Confirmation(earlier)))
    }
}

/// By the clocks of those who decided, which can differ a little. Not by recorded time: that never goes back,
/// and one event with a wrong clock would hold it still for everybody.
fn is_recent(decided: Instant, now: Instant) -> bool {
    decided.as_seconds() <= now.as_seconds() + 60
        && now.as_seconds() - decided.as_seconds() <= CONFIRM_SECONDS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_gone_on_from_for_a_quarter_of_an_hour() {
        let now = Instant::from_seconds(10_000);
        let decided = |seconds: i64| is_recent(now.plus_seconds(seconds), now);
        assert!(decided(0) && decided(-CONFIRM_SECONDS) && decided(60));
        assert!(!decided(-CONFIRM_SECONDS - 1) && !decided(61));
    }
}
