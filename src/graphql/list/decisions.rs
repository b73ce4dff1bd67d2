//! What decisions are asked for by, and what they are counted by.

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};

use crate::object::kinds::DecisionOutcome;
use crate::object::review::ReviewState;
use crate::reach::Reach;
use crate::scalar::{AnyId, Date, DateTime, IdOf, Permission, SequenceNumber};
use domain::target::PrincipalKey;
use domain::text::HsaIdError;
use domain::verdict::Outcome;
use domain::{HsaId, id};
use service::decisions::{
    self, Common, CountedBy, Counts, DecisionSelection, PartyName, StatsSelection,
};
use service::error::{InputPath, ServiceError};

use super::filter::Narrowing;

/// Which decisions; all parts hold together.
#[derive(Debug, Clone, Default, InputObject)]
pub struct DecisionFilter {
    /// Only those about this person or service: an HSA-id, a client id or an id; null: any.
    pub principal: Option<ID>,
    /// Only those about a person who is this human being; null: any.
    pub individual: Option<IdOf<id::Individual>>,
    /// Only those on the question of this person or service: an HSA-id, a client id or an id; null: any.
    pub asker: Option<ID>,
    /// Only those with this answer; null: any.
    pub outcome: Option<DecisionOutcome>,
    /// Only those for this permission; null: any.
    pub permission: Option<Permission>,
    /// Only those aimed at this, or lists that showed it; null: any.
    pub resource: Option<AnyId>,
    /// Only those about something in this system; null: any.
    pub system: Option<IdOf<id::System>>,
    /// Only those aimed at something that was this organisation or below it when it was decided; null: any.
    pub organisation: Option<IdOf<id::Organisation>>,
    /// Only those about somebody who belonged to this organisation or below it when it was decided;
    /// null: any.
    pub principal_organisation: Option<IdOf<id::Organisation>>,
    /// Only those whose first reason is the policy of this id; null: any.
    pub policy: Option<String>,
    /// Only those in which the policy of this id had a say: as a reason, by discounting a grant, or as a
    /// guardrail that is not enforced; null: any.
    pub reason: Option<String>,
    /// Only those with a sign-in of this level; null: any.
    pub assurance_level: Option<u8>,
    /// Only those that opened something in an emergency and whose review has come so far; null: any. What waits is
    /// no longer listed as soon as it has been reviewed.
    pub review: Option<ReviewState>,
    /// Only those recorded at this instant or later; null: any.
    pub recorded_from: Option<DateTime>,
    /// Only those recorded earlier than this instant; null: any.
    pub recorded_before: Option<DateTime>,
}

impl Narrowing<DecisionSelection> for DecisionFilter {
    fn selection(self, path: &InputPath) -> Result<DecisionSelection, ServiceError> {
        Ok(DecisionSelection {
            principal: party(path, "principal", self.principal)?,
            individual: self.individual.map(|id| id.0),
            asker: party(path, "asker", self.asker)?,
            outcome: self.outcome.map(Into::into),
            permission: self.permission.map(|name| name.0),
            resource: self.resource.map(|id| id.0),
            system: self.system.map(|id| id.0),
            organisation: self.organisation.map(|id| id.0),
            principal_organisation: self.principal_organisation.map(|id| id.0),
            policy: path.text_if("policy", self.policy.as_deref())?,
            reason: path.text_if("reason", self.reason.as_deref())?,
            level: self.assurance_level,
            review: self.review.map(Into::into),
            from: self.recorded_from.map(|at| at.0),
            before: self.recorded_before.map(|at| at.0),
        })
    }
}

/// A person or service by id, HSA-id or client id, without the spaces that were pasted along its ends.
fn party(
    path: &InputPath,
    field: &str,
    given: Option<ID>,
) -> Result<Option<PartyName>, ServiceError> {
    let read = |given: ID| {
        let text = given.trim();
        if let Ok(id) = text.parse() {
            return Ok(PartyName::Id(id));
        }
        // Whoever looks for somebody need not know in which case the id is spelled.
        match HsaId::given(text).or_else(|_| HsaId::given(&text.to_ascii_uppercase())) {
            Ok(person) => Ok(PartyName::Key(PrincipalKey::Person(person))),
            Err(spaced @ HsaIdError::Space) => Err(ServiceError::Input {
                path: path.at(field),
                problem: spaced.words(),
            }),
            Err(_) => {
                let client = path.text(field, text)?;
                Ok(PartyName::Key(PrincipalKey::Service(client)))
            }
        }
    };
    given.map(read).transpose()
}

/// Which decisions are counted; all parts hold together.
#[derive(Debug, Clone, Default, InputObject)]
pub struct DecisionStatsFilter {
    /// Only those recorded on this day (Europe/Stockholm) or later; null: any.
    pub day_from: Option<Date>,
    /// Only those recorded before this day (Europe/Stockholm); null: any.
    pub day_before: Option<Date>,
    /// Only those with this answer; null: any.
    pub outcome: Option<DecisionOutcome>,
    /// Only those whose first reason is the policy of this id; null: any.
    pub policy: Option<String>,
    /// Only those about something in this system; null: any.
    pub system: Option<IdOf<id::System>>,
    /// Only those with a sign-in of this level; null: any.
    pub assurance_level: Option<u8>,
}

impl Narrowing<StatsSelection> for DecisionStatsFilter {
    fn selection(self, path: &InputPath) -> Result<StatsSelection, ServiceError> {
        Ok(StatsSelection {
            from: self.day_from.map(|day| day.0),
            before: self.day_before.map(|day| day.0),
            outcome: self.outcome.map(Into::into),
            reason: path.text_if("policy", self.policy.as_deref())?,
            system: self.system.map(|id| id.0),
            level: self.assurance_level,
        })
    }
}

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
