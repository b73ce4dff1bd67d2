//! The members of an envelope that have members of their own.

use crate::canonical::{CanonicalError, Object, Value};
use crate::event::{DecisionEvent, LookedFor, Party, Principal, TargetRecord};
use crate::fact::{CommittedFact, Fact, Salting};
use data_encoding::HEXLOWER;
use domain::Named;
use domain::facts::{Assurance, AssuranceSource};
use domain::verdict::{Nearest, StepUp};
use domain::{HsaId, Instant};

pub(super) fn instant(at: Instant) -> Result<Value, CanonicalError> {
    Value::integer(at.as_micros())
}

pub(super) fn policy(event: &DecisionEvent) -> Result<Object, CanonicalError> {
    Ok(Object::new()
        .with("digest", event.policy_digest.as_str())
        .with("generation", Value::integer(event.policy_generation)?)
        .with_some("freshSeconds", event.fresh_seconds))
}

pub(super) fn principal(principal: &Principal) -> Object {
    match principal {
        Principal::Known(known) => party(known),
        Principal::Unknown(named) => Object::new().with("named", named.as_str()),
    }
}

pub(super) fn party(party: &Party) -> Object {
    let mut members = Object::new()
        .with("external", party.external.as_str())
        .with("id", party.id.to_string())
        .with_some("authority", party.authority.map(|id| id.to_string()))
        .with_some("commission", party.commission.as_ref().map(HsaId::as_str))
        .with_some("individual", party.individual.map(|id| id.to_string()));
    set_some(&mut members, "engagements", &party.engagements);
    set_some(&mut members, "path", &party.path);
    set_some(&mut members, "units", &party.units);
    members
}

pub(super) fn target(target: &TargetRecord) -> Object {
    let mut members = Object::new()
        .with("id", target.id.to_string())
        .with("kind", target.kind.as_str())
        .with_some("authority", target.authority.map(|id| id.to_string()))
        .with_some(
            "careProvider",
            target.care_provider.map(|id| id.to_string()),
        )
        .with_some("external", target.external.as_deref())
        .with_some("recordKind", target.record_kind.as_deref())
        .with_some("system", target.system.map(|id| id.to_string()))
        .with_some("unknown", target.unknown.then_some(true));
    set_some(&mut members, "asserted", &target.asserted);
    set_some(&mut members, "path", &target.path);
    members
}

pub(super) fn step_up(needed: &StepUp) -> Object {
    Object::new()
        .with("level", needed.level)
        .with_some("maxAgeSeconds", needed.max_age_seconds)
}

pub(super) fn unmet(nearest: &Nearest) -> Object {
    let mut members = Object::new().with("kind", nearest.unmet.name());
    set_some(&mut members, "grants", &nearest.grants);
    members
}

pub(super) fn assurance(given: &Assurance) -> Result<Object, CanonicalError> {
    let source = match given.source {
        AssuranceSource::Verified => "verified",
        AssuranceSource::Asserted => "asserted",
        AssuranceSource::Host => "host",
    };
    let mut members = Object::new()
        .with("level", given.level)
        .with("multiFactor", given.multi_factor)
        .with("source", source)
        .with_some("acr", given.acr.as_deref());
    if let Some(at) = given.authenticated_at {
        members.set("authenticatedAt", instant(at)?);
    }
    set_some(&mut members, "methods", &given.methods);
    Ok(members)
}

pub(super) fn looked_for(others: &LookedFor) -> Result<Object, CanonicalError> {
    let mut members = Object::new()
        .with("count", Value::integer(others.count)?)
        .with("kinds", Value::set(others.kinds.iter().map(String::as_str)));
    if !others.names.is_empty() {
        let names = others.names.iter().map(String::as_str);
        members.set("names", Value::set(names));
    }
    Ok(members)
}

/// Sets a set of ids or names, if it has any.
fn set_some<T: ToString>(members: &mut Object, key: &'static str, items: &[T]) {
    if !items.is_empty() {
        members.set(key, Value::set(items.iter().map(ToString::to_string)));
    }
}

/// What was decided from, by commitments; the facts that are committed to.
pub(super) fn set_facts(
    members: &mut Object,
    event: &DecisionEvent,
    salting: &dyn Salting,
) -> Vec<CommittedFact> {
    let committed = |fact: &Fact| CommittedFact {
        fact: fact.clone(),
        salted: salting.salted(fact),
    };
    let mut all = Vec::new();
    for (name, facts) in [("facts", &event.facts), ("askerFacts", &event.asker_facts)] {
        if let Some(facts) = facts {
            let own: Vec<CommittedFact> = facts.facts().map(committed).collect();
            members.set(name, facts.member(&own));
            all.extend(own);
        }
    }
    if let Some(filter) = &event.filter {
        let own = committed(filter);
        members.set("filter", HEXLOWER.encode(&own.salted.commitment));
        all.push(own);
    }
    all
}

pub(super) fn set_lists(members: &mut Object, event: &DecisionEvent) -> Result<(), CanonicalError> {
    if !event.reasons.is_empty() {
        // The first reason is the primary one, so this is no set.
        members.set(
            "reasons",
            Value::texts(event.reasons.iter().map(String::as_str)),
        );
    }
    set_some(members, "listed", &event.listed);
    set_some(members, "matched", &event.matched);
    set_some(members, "wouldRefuse", &event.would_refuse);
    if !event.obligations.is_empty() {
        let names = event.obligations.iter().map(|obligation| obligation.name());
        members.set("obligations", Value::set(names));
    }
    if !event.stages.is_empty() {
        let mut stages = Object::new();
        for (guardrail, stage) in &event.stages {
            stages.insert(guardrail, stage.name())?;
        }
        members.set("stages", stages);
    }
    if !event.discounted.is_empty() {
        let mut discounted: Vec<_> = event.discounted.iter().collect();
        discounted.sort_unstable_by_key(|(grant, _)| *grant);
        let discounted = discounted.into_iter().map(|(grant, reasons)| {
            Object::new()
                .with("grant", grant.to_string())
                .with("reasons", Value::texts(reasons.iter().map(String::as_str)))
                .into()
        });
        members.set("discounted", Value::array(discounted));
    }
    Ok(())
}
