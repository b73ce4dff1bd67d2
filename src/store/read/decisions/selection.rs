//! Which decisions an auditor asks for, as conditions that each have an index.
//!
//! Recorded time never goes back, so a period is a range of `seq`; with that every index gives its rows
//! in the order of the log. To add a part: a column that derives from the envelope with an index that
//! ends in `seq`, its member here, and its case in the test that explains the plans.

use sea_orm::sea_query::{Condition, Expr, ExprTrait, Func, Query, SelectStatement, UnionType};
use sea_orm::{ColumnTrait, Order};

use entity::audit_event::Column;
use entity::{audit_event, audit_listed, audit_set, person, service};

use super::review::{ReviewState, review_is};
use crate::filter::{Moment, column};
use crate::read::{Selection, narrowed};
use domain::id::{EntityKind, IndividualId, OrganisationId, SystemId};
use domain::target::PrincipalKey;
use domain::text::Identifier;
use domain::verdict::Outcome;
use domain::{EntityRef, HsaId, Instant, PermissionName};

/// How a person or service is named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PartyName {
    /// By the id in the register.
    Id(EntityRef),
    /// By the name, which the register need not know: an HSA-id in whatever case.
    Key(PrincipalKey),
}

/// Which decisions.
#[derive(Debug, Clone, Default)]
pub struct DecisionSelection {
    /// About this person or service.
    pub principal: Option<PartyName>,
    /// About any person who is this human being.
    pub individual: Option<IndividualId>,
    /// On the question of this person or service.
    pub asker: Option<PartyName>,
    /// With this answer.
    pub outcome: Option<Outcome>,
    /// For this permission.
    pub permission: Option<PermissionName>,
    /// Aimed at this, or lists that showed it.
    pub resource: Option<EntityRef>,
    /// About something in this system.
    pub system: Option<SystemId>,
    /// Aimed at something that was this organisation or below it then.
    pub organisation: Option<OrganisationId>,
    /// About somebody who belonged to this organisation or below it then.
    pub principal_organisation: Option<OrganisationId>,
    /// Whose first reason is this policy.
    pub policy: Option<Identifier>,
    /// In which this policy had a say: as a reason, by discounting a grant, or not enforced.
    pub reason: Option<Identifier>,
    /// With a sign-in of this level.
    pub level: Option<u8>,
    /// Whose review has come so far.
    pub review: Option<ReviewState>,
    /// Recorded at this instant or later.
    pub from: Option<Instant>,
    /// Recorded earlier than this instant.
    pub before: Option<Instant>,
}

impl Selection for DecisionSelection {
    fn condition(&self, _: Moment) -> Condition {
        let narrowed = narrowed! {
            self.principal => principal_is,
            self.individual => |id| Column::Individual.eq(id.to_string()),
            self.asker => asker_is,
            self.outcome => |outcome| outcome_is(*outcome),
            self.permission => |name| Column::Permission.eq(name.as_str()),
            self.resource => showing,
            self.system => |id| Column::System.eq(id.to_string()),
            self.organisation => |id| holds(Column::Path, "path", [id.to_string()]),
            self.principal_organisation => |id| holds(Column::Place, "place", [id.to_string()]),
            self.policy => |policy| first_reason_is(policy),
            self.reason => |policy| holds(Column::Reasons, "reasons", [policy.to_string()]),
            self.level => |level| Column::Level.eq(i64::from(*level)),
            self.review => |state| review_is(*state),
        };
        // Only decisions have an outcome; to say both leaves the choice of index to chance.
        narrowed
            .add(period(self.from, self.before))
            .add_option(self.outcome.is_none().then(is_decision))
    }

    fn permission(&self) -> Option<&PermissionName> {
        self.permission.as_ref()
    }
}

/// Decisions only; spelled without a parameter, or the index of decisions would not be seen to fit.
pub(crate) fn is_decision() -> Expr {
    column(Column::Kind).eq(Expr::cust("'decision'"))
}

/// What was recorded from one instant on and before another, as a range of the log.
pub(crate) fn period(from: Option<Instant>, before: Option<Instant>) -> Condition {
    Condition::all()
        .add_option(from.map(|at| column(Column::Seq).gte(first_at(at))))
        .add_option(before.map(|at| {
            let end = [Expr::from(first_at(at)), Expr::val(i64::MAX)];
            column(Column::Seq).lt(Func::coalesce(end))
        }))
}

/// The first event recorded at the instant or later.
fn first_at(at: Instant) -> SelectStatement {
    Query::select()
        .column(Column::Seq)
        .from(audit_event::Entity)
        .and_where(column(Column::TUs).gte(at.as_micros()))
        .order_by(Column::TUs, Order::Asc)
        .order_by(Column::Seq, Order::Asc)
        .limit(1)
        .to_owned()
}

/// Rows whose set in `held_in` has one of the members.
pub(crate) fn holds(
    held_in: Column,
    name: &str,
    members: impl IntoIterator<Item = String>,
) -> Condition {
    let wholes = Query::select()
        .expr(column(audit_set::Column::Whole))
        .from(audit_set::Entity)
        .and_where(column(audit_set::Column::HeldIn).eq(name))
        .and_where(column(audit_set::Column::Member).is_in(members))
        .to_owned();
    let there = column(held_in).is_not_null();
    Condition::any().add(there.and(column(held_in).in_subquery(wholes)))
}

fn principal_is(named: &PartyName) -> Expr {
    match named {
        PartyName::Id(id) => Column::Principal.eq(id.to_string()),
        PartyName::Key(PrincipalKey::Service(name)) => Column::PrincipalName.eq(name.as_str()),
        // A service that is called as people are is not the person of that HSA-id.
        PartyName::Key(PrincipalKey::Person(name)) => {
            let mut spellings = Query::select().expr(Expr::val(name.as_str())).to_owned();
            spellings.union(UnionType::All, people(name, person::Column::HsaId));
            let other = Column::Principal.not_like(format!("{}%", EntityKind::Service.prefix()));
            let other = Column::Principal.is_null().or(other);
            let called = column(Column::PrincipalName).in_subquery(spellings);
            called.and(other)
        }
    }
}

/// Who asks is in the register, so its names lead to the id.
fn asker_is(named: &PartyName) -> Expr {
    let known = match named {
        PartyName::Id(id) => return Column::Asker.eq(id.to_string()),
        PartyName::Key(PrincipalKey::Person(name)) => people(name, person::Column::Id),
        PartyName::Key(PrincipalKey::Service(name)) => Query::select()
            .expr(column(service::Column::Id))
            .from(service::Entity)
            .and_where(column(service::Column::ExternalId).eq(name.as_str()))
            .to_owned(),
    };
    column(Column::Asker).in_subquery(known)
}

/// A column of those in the register whose HSA-id is that one in whatever case.
fn people(hsa_id: &HsaId, wanted: person::Column) -> SelectStatement {
    let folded = Func::upper(column(person::Column::HsaId));
    Query::select()
        .expr(column(wanted))
        .from(person::Entity)
        .and_where(Expr::from(folded).eq(hsa_id.folded()))
        .to_owned()
}

/// Refusals are few and have an index of their own, which a parameter would hide.
fn outcome_is(outcome: Outcome) -> Expr {
    match outcome {
        Outcome::Allow => column(Column::Outcome).eq(outcome.name()),
        Outcome::Deny => column(Column::Outcome).eq(Expr::cust("'deny'")),
    }
}

fn first_reason_is(policy: &str) -> Condition {
    Condition::all()
        .add(holds(Column::Reasons, "reasons", [policy.to_owned()]))
        .add(column(Column::Policy).eq(policy))
}

fn showing(id: &EntityRef) -> Expr {
    let mut shown = Query::select()
        .expr(column(audit_listed::Column::Seq))
        .from(audit_listed::Entity)
        .and_where(column(audit_listed::Column::ResourceId).eq(id.to_string()))
        .to_owned();
    let aimed = Query::select()
        .expr(column(Column::Seq))
        .from(audit_event::Entity)
        .and_where(column(Column::ResourceId).eq(id.to_string()))
        .to_owned();
    shown.union(UnionType::All, aimed);
    column(Column::Seq).in_subquery(shown)
}
