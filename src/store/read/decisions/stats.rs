//! How many decisions there were, by day, answer, first reason, system and level.
//!
//! The log keeps these counts itself, without places. They are for whoever may read every decision; for
//! anybody else the decisions that they may read are counted one by one, as far as [`MAX_COUNTED`].

use std::collections::BTreeMap;

use sea_orm::sea_query::{Condition, ExprTrait, Func, Query};
use sea_orm::{
    ConnectionTrait, EntityTrait, Order, QueryFilter, QueryOrder, QueryResult, QuerySelect,
};

use entity::audit_event::Column;
use entity::audit_rollup::Column as Rollup;
use entity::{audit_event, audit_rollup};

use super::selection::{is_decision, period};
use crate::StoreError;
use crate::column::row;
use crate::filter::{Moment, column, condition, never};
use crate::read::{Reader, narrowed};
use domain::action::List;
use domain::id::{self, SystemId};
use domain::text::Identifier;
use domain::verdict::Outcome;
use domain::{Calendar, Date, Instant};
use gate::Permit;
use policy::Filter;

/// The most decisions that are counted one by one.
pub const MAX_COUNTED: u64 = 50_000;
/// The most counts of an answer.
pub const MAX_COUNTS: usize = 5_000;

/// Which decisions are counted.
#[derive(Debug, Clone, Default)]
pub struct StatsSelection {
    /// Recorded on this day or later.
    pub from: Option<Date>,
    /// Recorded before this day.
    pub before: Option<Date>,
    /// With this answer.
    pub outcome: Option<Outcome>,
    /// Whose first reason is this policy.
    pub reason: Option<Identifier>,
    /// About something in this system.
    pub system: Option<SystemId>,
    /// With a sign-in of this level.
    pub level: Option<u8>,
}

/// What decisions are counted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CountedBy {
    /// The day they were recorded on, in Europe/Stockholm.
    Day,
    /// The answer.
    Outcome,
    /// The first reason.
    Reason,
    /// The target's system.
    System,
    /// The level of the sign-in.
    Level,
}

/// What the decisions of a count have in common; what they are not counted by is `None`, and so is
/// what they do not have.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Common {
    /// The day.
    pub day: Option<String>,
    /// The answer.
    pub outcome: Option<String>,
    /// The first reason.
    pub reason: Option<String>,
    /// The system.
    pub system: Option<String>,
    /// The level.
    pub level: Option<i64>,
}

/// Counts of decisions.
#[derive(Debug, Clone, Default)]
pub struct Counts {
    /// What they have in common and how many there are, in the order of that.
    pub counts: Vec<(Common, u64)>,
    /// Whether nothing is missing: neither decisions nor counts.
    pub complete: bool,
}

impl Reader {
    /// The counts of the decisions that the permit allows to list, the latest where not all fit.
    ///
    /// # Errors
    /// The database does not answer, or a row cannot be right.
    pub async fn counts(
        &self,
        permit: Permit<List<id::Event>>,
        now: Instant,
        selection: &StatsSelection,
        by: &[CountedBy],
    ) -> Result<Counts, StoreError> {
        match permit.filter() {
            Some(Filter::All) => self.kept_counts(selection, by).await,
            Some(filter) => {
                let moment = Moment::of(now, self.calendar);
                let visible = condition::<id::Event>(filter, moment);
                self.counted(visible, selection, by).await
            }
            None => self.counted(never(), selection, by).await,
        }
    }

    async fn kept_counts(
        &self,
        selection: &StatsSelection,
        by: &[CountedBy],
    ) -> Result<Counts, StoreError> {
        let wanted = narrowed! {
            selection.from => |day| column(Rollup::Day).gte(day.to_string()),
            selection.before => |day| column(Rollup::Day).lt(day.to_string()),
            selection.outcome => |outcome| column(Rollup::Outcome).eq(outcome.name()),
            selection.reason => |reason| column(Rollup::Reason).eq(reason.as_str()),
            selection.system => |id| column(Rollup::System).eq(id.to_string()),
            selection.level => |level| column(Rollup::Level).eq(i64::from(*level)),
        };
        let sum = Func::sum(column(Rollup::Count)).cast_as("BIGINT");
        let mut counts = Query::select();
        counts
            .from(audit_rollup::Entity)
            .cond_where(wanted)
            .expr_as(sum, "counted")
            .limit(
                u64::try_from(MAX_COUNTS)
                    .unwrap_or(u64::MAX)
                    .saturating_add(1),
            );
        for one in by {
            let kept = one.kept();
            counts.column(kept).add_group_by([column(kept)]);
            // The latest days and the most of the rest, should not all fit.
            counts.order_by(kept, Order::Desc);
        }
        let rows = self.connection().query_all(&counts).await?;
        let mut found: Vec<(Common, u64)> = rows
            .iter()
            .map(|row| kept_count(row, by))
            .collect::<Result<_, sea_orm::DbErr>>()?;
        let complete = found.len() <= MAX_COUNTS;
        found.truncate(MAX_COUNTS);
        found.retain(|(_, count)| *count > 0);
        found.sort();
        Ok(Counts {
            counts: found,
            complete,
        })
    }

    async fn counted(
        &self,
        visible: Condition,
        selection: &StatsSelection,
        by: &[CountedBy],
    ) -> Result<Counts, StoreError> {
        let midnight = |day: &Date| Calendar::default().starts(*day);
        let wanted = narrowed! {
            selection.outcome => |outcome| column(Column::Outcome).eq(outcome.name()),
            selection.reason => |reason| column(Column::Policy).eq(reason.as_str()),
            selection.system => |id| column(Column::System).eq(id.to_string()),
            selection.level => |level| column(Column::Level).eq(i64::from(*level)),
        };
        let (from, before) = (&selection.from, &selection.before);
        let rows = audit_event::Entity::find()
            .filter(visible)
            .filter(wanted)
            .filter(period(
                from.as_ref().map(midnight),
                before.as_ref().map(midnight),
            ))
            .filter(is_decision())
            .select_only()
            .columns([
                Column::TUs,
                Column::Outcome,
                Column::Policy,
                Column::System,
                Column::Level,
            ])
            .order_by(Column::Seq, Order::Desc)
            .limit(MAX_COUNTED.saturating_add(1))
            .into_model::<CountedRow>()
            .all(self.connection())
            .await?;
        let most = usize::try_from(MAX_COUNTED).unwrap_or(usize::MAX);
        let mut complete = rows.len() <= most;
        let mut counts: BTreeMap<Common, u64> = BTreeMap::new();
        for row in rows.into_iter().take(most) {
            *counts.entry(row.common(by)).or_default() += 1;
        }
        complete &= counts.len() <= MAX_COUNTS;
        let surplus = counts.len().saturating_sub(MAX_COUNTS);
        Ok(Counts {
            counts: counts.into_iter().skip(surplus).collect(),
            complete,
        })
    }
}

row! {
    /// A decision as far as it is counted by.
    #[derive(Debug)]
    struct CountedRow {
        t_us: Instant,
        outcome: Option<String>,
        policy: Option<String>,
        system: Option<String>,
        level: Option<i64>,
    }
}

impl CountedRow {
    fn common(self, by: &[CountedBy]) -> Common {
        let is_by = |one| by.contains(&one);
        Common {
            day: is_by(CountedBy::Day).then(|| self.t_us.date().to_string()),
            outcome: self.outcome.filter(|_| is_by(CountedBy::Outcome)),
            reason: self.policy.filter(|_| is_by(CountedBy::Reason)),
            system: self.system.filter(|_| is_by(CountedBy::System)),
            level: self.level.filter(|_| is_by(CountedBy::Level)),
        }
    }
}

impl CountedBy {
    const fn kept(self) -> Rollup {
        match self {
            Self::Day => Rollup::Day,
            Self::Outcome => Rollup::Outcome,
            Self::Reason => Rollup::Reason,
            Self::System => Rollup::System,
            Self::Level => Rollup::Level,
        }
    }
}

/// The log keeps an empty text or 0 for what a decision does not have.
fn kept_count(row: &QueryResult, by: &[CountedBy]) -> Result<(Common, u64), sea_orm::DbErr> {
    let text = |one: CountedBy, name: &str| -> Result<Option<String>, sea_orm::DbErr> {
        if !by.contains(&one) {
            return Ok(None);
        }
        let text: String = row.try_get("", name)?;
        Ok(Some(text).filter(|text| !text.is_empty()))
    };
    let level = if by.contains(&CountedBy::Level) {
        Some(row.try_get::<i64>("", "level")?).filter(|level| *level > 0)
    } else {
        None
    };
    let common = Common {
        day: text(CountedBy::Day, "day")?,
        outcome: text(CountedBy::Outcome, "outcome")?,
        reason: text(CountedBy::Reason, "reason")?,
        system: text(CountedBy::System, "system")?,
        level,
    };
    let counted: Option<i64> = row.try_get("", "counted")?;
    Ok((common, u64::try_from(counted.unwrap_or(0)).unwrap_or(0)))
}
