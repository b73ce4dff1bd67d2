//! The root of subscriptions: what is told as it happens.
//!
//! A subscription follows the log by number, so it can be taken up where it was left, on any instance. It
//! is told from the log alone: a resolver here has no session, and the type that it gives looks nothing up.
//! To add one: a use case in `service::follow`, a type of that kind, and a field here that notes the place
//! of what it gives.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_graphql::{Context, Error, Subscription};
use futures_util::StreamExt as _;
use futures_util::stream::BoxStream;

use service::error::InputPath;
use service::follow::Follower;

use super::failure::failure;
use super::filter::Narrowing as _;
use super::filter::decisions::DecisionFilter;
use super::object::recorded::RecordedDecision;
use super::scalar::SequenceNumber;
use super::surroundings::Surroundings;

/// Where in the log a subscription is.
#[derive(Debug, Clone, Default)]
pub struct LogPosition {
    /// Where it is taken up again, which goes before any argument; `None`: it begins.
    resumed: Option<u64>,
    /// The seq of what was given last.
    given: Arc<AtomicU64>,
}

impl LogPosition {
    /// A subscription that is taken up after that seq, or begins.
    #[must_use]
    pub fn after(resumed: Option<u64>) -> Self {
        Self {
            resumed,
            ..Self::default()
        }
    }

    /// The seq of what was given last.
    #[must_use]
    pub fn given(&self) -> u64 {
        self.given.load(Ordering::Acquire)
    }
}

/// Everything that is told as it happens.
#[derive(Debug, Clone, Copy, Default)]
pub struct SubscriptionRoot;

/// Everything that is told as it happens. A subscription follows the log and tells what is in it; it is
/// answered as a stream of events, and can be taken up where it was left.
#[Subscription(name = "Subscription")]
impl SubscriptionRoot {
    /// Decisions that the caller may read, as they are recorded, in the order of the log, each once. Answered
    /// as `text/event-stream`; the id of each event is the number of the decision, and is what `Last-Event-ID`
    /// takes it up after. It ends with an error when the token expires or nothing may be read any more.
    #[expect(clippy::unused_async, reason = "the schema takes only async resolvers")]
    async fn decision_recorded(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which decisions; null: all.")] filter: Option<DecisionFilter>,
        #[graphql(
            desc = "Only decisions with a higher number in the log; 0: all; null: those recorded from now on."
        )]
        after: Option<SequenceNumber>,
    ) -> Result<BoxStream<'static, Result<RecordedDecision, Error>>, Error> {
        let around = ctx.data_unchecked::<Surroundings>().clone();
        let position = ctx.data_unchecked::<LogPosition>().clone();
        let told = move |error| failure(&error, &around.telling());
        let after = after.map(|after| after.0);
        let follower = ctx.data_unchecked::<Follower>().clone();
        let path = InputPath::argument("filter");
        let selection = filter.unwrap_or_default().selection(&path);
        let selection = selection.map_err(&told)?;
        let decisions = follower.decisions(selection, position.resumed.or(after));
        let decisions = decisions.filter_map(move |found| {
            let found = found.map_err(&told).map(|decision| {
                let seq = decision.recorded.map_or(0, |recorded| recorded.seq);
                position.given.store(seq.cast_unsigned(), Ordering::Release);
                RecordedDecision::of(decision)
            });
            std::future::ready(found.transpose())
        });
        Ok(decisions.boxed())
    }
}
