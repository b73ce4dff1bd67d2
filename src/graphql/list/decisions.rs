//! What decisions are counted by, and how many there are.

use async_graphql::{Context, Enum, Object, SimpleObject};

use crate::filter::Narrowing as _;
use crate::filter::decisions::DecisionStatsFilter;
use crate::kinds::DecisionOutcome;
use crate::reach::Reach;
use crate::scalar::{Date, SequenceNumber};
use domain::verdict::Outcome;
use service::decisions::{self, Common, CountedBy, Counts};
use service::error::InputPath;

/// What decisions are counted by; more may be added.
#[derive(Debug, Enum, Copy, Clone, PartialEq, Eq)]
#[graphql(remote = "service::decisions::CountedBy")]
pub enum DecisionGroup {
    /// By the day on which they were recorded, in Europe/Stockholm.
    Day,
    /// By answer.
    Outcome,
    /// By the first reason.
    Reason,
    /// By the system of what they were aimed at.
    System,
    /// By the level of the sign-in.
    Level,
}

/// Counts of decisions.
#[derive(Debug, Clone, SimpleObject)]
pub struct DecisionStats {
    /// The counts, in the order of what they are counted by.
    counts: Vec<DecisionCount>,
    /// How many decisions the counts add up to.
    total: SequenceNumber,
    /// Whether that is all; false: only the latest are counted, so ask for less at a time.
    complete: bool,
}

/// How many decisions have something in common.
#[derive(Debug, Clone)]
pub struct DecisionCount {
    common: Common,
    count: u64,
}

/// How many decisions have something in common.
#[Object]
impl DecisionCount {
    /// The day on which they were recorded, in Europe/Stockholm; null: not counted by it.
    async fn day(&self) -> Option<Date> {
        self.common.day.as_deref()?.parse().ok().map(Date)
    }

    /// The answer; null: not counted by it.
    async fn outcome(&self) -> Option<DecisionOutcome> {
        let outcomes = [Outcome::Allow, Outcome::Deny];
        let known = |one: &Outcome| Some(one.name()) == self.common.outcome.as_deref();
        outcomes.into_iter().find(known).map(Into::into)
    }

    /// The id of the policy that is the first reason; null: not counted by it, or there is none.
    async fn policy_id(&self) -> Option<&str> {
        self.common.reason.as_deref()
    }

    /// The id of the system; null: not counted by it, or about none.
    async fn system_id(&self) -> Option<async_graphql::ID> {
        self.common.system.clone().map(async_graphql::ID)
    }

    /// The level of the sign-in; null: not counted by it, or it was not shown or not known.
    async fn assurance_level(&self) -> Option<i64> {
        self.common.level.filter(|level| *level > 0)
    }

    /// How many there are.
    async fn count(&self) -> SequenceNumber {
        self.count.into()
    }
}

impl From<Counts> for DecisionStats {
    fn from(counted: Counts) -> Self {
        let total: u64 = counted.counts.iter().map(|(_, count)| count).sum();
        let count = |(common, count)| DecisionCount { common, count };
        Self {
            counts: counted.counts.into_iter().map(count).collect(),
            total: total.into(),
            complete: counted.complete,
        }
    }
}

/// The counts of what the caller may read.
#[derive(Debug, Default)]
pub struct Stats;

#[Object]
impl Stats {
    /// Counts of the decisions that the caller may read; null: they could not be counted. Whoever may
    /// read every decision gets the log's own counts, at most 5 000 of them; for anybody else the latest
    /// 50 000 decisions that they may read are counted.
    async fn decision_stats(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which decisions; null: all.")] filter: Option<DecisionStatsFilter>,
        #[graphql(
            desc = "What they are counted by.",
            default_with = "vec![DecisionGroup::Day, DecisionGroup::Outcome]"
        )]
        group_by: Vec<DecisionGroup>,
    ) -> Option<DecisionStats> {
        let path = InputPath::argument("filter");
        let selection = ctx.shown(filter.unwrap_or_default().selection(&path))?;
        let mut by: Vec<CountedBy> = group_by.into_iter().map(Into::into).collect();
        by.dedup();
        let counted = decisions::stats(ctx.session(), &selection, &by).await;
        ctx.shown(counted).map(DecisionStats::from)
    }
}
