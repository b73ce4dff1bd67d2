//! Lists: the policies evaluated as far as they go without a row, the rest a [`Filter`].
//!
//! The partial evaluation is an experimental part of the policy engine; this file is the only one that
//! calls it. Whatever cannot be carried over admits nothing.

use std::collections::BTreeSet;
use std::sync::Arc;

use cedar_policy::{PartialEntities, PartialEntityUid, PartialRequest, Policy, PolicyId};

use super::context::Asking;
use super::engine::{Failure, gather};
use super::entities;
use super::filter::Filter;
use super::grammar;
use super::known::Bearer;
use super::staged::StagedPolicies;
use super::vocabulary::row_type;
use domain::action::ListKind;
use domain::facts::{Circumstances, PrincipalFacts};

/// What of a kind may somebody read?
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListQuestion {
    /// Who, with the grants for the kind's permission and its [`companions`](super::companions).
    pub principal: PrincipalFacts,
    /// What is listed.
    pub kind: ListKind,
    /// When, and how signed in.
    pub circumstances: Circumstances,
}

/// The rows that single decisions would allow, as far as policies are in force.
pub(super) fn filter(staged: &StagedPolicies<'_>, question: &ListQuestion) -> Filter {
    residual(staged, question).unwrap_or(Filter::None).normal()
}

fn residual(staged: &StagedPolicies<'_>, question: &ListQuestion) -> Result<Filter, Failure> {
    let set = staged.set;
    let schema = &set.loaded.schema;
    let own = question.kind.permission();
    let slice = staged.set.slice(own.action())?;
    let now = question.circumstances.now;
    let bearer = Arc::new(Bearer::new(staged.set, &question.principal, now)?);
    let holder = (&question.principal, &bearer);
    let holdings = staged.holdings(holder, own.name(), Some(own), now)?;
    let principal = entities::principal(&question.principal, now, &holdings.tags)?;
    let asking = Asking {
        permission: own.name(),
        privileged: false,
        system: None,
        disclosure_basis: false,
        held_beside: false,
        fresh_seconds: set.fresh_seconds,
    };
    let request = PartialRequest::new(
        PartialEntityUid::from_concrete(principal.uid()),
        slice.action.clone(),
        PartialEntityUid::new(row_type(question.kind).clone(), None),
        Some(asking.context(&question.circumstances)?),
        schema,
    )
    .map_err(|_| Failure::Question("principal, action and target"))?;
    let known = gather(set, vec![principal, slice.entity.clone()])?;
    let known =
        PartialEntities::from_concrete(known, schema).map_err(|_| Failure::Question("entities"))?;
    let response = slice
        .all
        .tpe(&request, &known, schema)
        .map_err(|_| Failure::Question("policies"))?;
    let mut failed = response.error_permits().chain(response.error_forbids());
    if let Some(id) = failed.next() {
        return Err(Failure::Policy(id.to_string()));
    }
    let enforced = |id: &PolicyId| staged.is_enforced(id.as_ref());
    let residual: Vec<Policy> = response.residual_policies().collect();
    let mut admits = if response.true_permits().next().is_some() {
        Filter::All
    } else {
        Filter::None
    };
    if response.true_forbids().any(enforced) {
        return Ok(Filter::None);
    }
    let forbids: BTreeSet<&PolicyId> = response.residual_forbids().collect();
    let mut refuses = Filter::None;
    for policy in &residual {
        let condition = condition(policy).ok_or(Failure::Question("policies"))?;
        if !forbids.contains(policy.id()) {
            admits = admits.or(condition);
        } else if enforced(policy.id()) {
            refuses = refuses.or(condition);
        }
    }
    Ok(admits.and(refuses.negated()))
}

/// What is left of a policy, as a condition.
fn condition(policy: &Policy) -> Option<Filter> {
    let tree = policy.to_pst().ok()?;
    let mut whole = Filter::All;
    for (holds, expr) in grammar::clauses(&tree) {
        let part = grammar::translate(expr)?;
        whole = whole.and(if holds { part } else { part.negated() });
    }
    Some(whole)
}
