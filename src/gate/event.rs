//! The evidence of a decision: what was asked, by whom, on what, with which facts, and the answer.

use std::collections::BTreeSet;

use audit::{Depends, Pending};
use domain::Named;
use domain::built_in::BuiltIn;
use domain::facts::{Assurance, Circumstances};
use domain::id::{EngagementId, EventId};
use domain::target::{PrincipalKey, TargetKey};
use domain::text::ErasableText;
use domain::verdict::{Outcome, Reason, Stages};
use domain::{EntityRef, HsaId, Instant, ServicePermission};
use policy::{Filter, ListQuestion};
use transparency::event::{
    DecisionEvent, EventError, Party, Principal, TargetRecord as TargetNote,
};
use transparency::fact::{Fact, Facts};
use transparency::slot::SlotValue;

use super::Policies;
use super::about::{About, everywhere};
use super::actor::RequestContext;
use super::inquiry::{Ask, AskAssurance, Confirmation};
use super::operation::{Decided, Operation, Undecided};
use region::PrincipalRecord;

/// How long the personal values of a decision are kept, by the name of a class.
const RETENTION: &str = "decision";

/// What a caller who may not call was refused.
pub(crate) const CALL: &str = "service:call";

/// A list that was answered.
pub(crate) struct Listing {
    pub(crate) kind: &'static str,
    pub(crate) ids: Vec<EntityRef>,
    pub(crate) question: ListQuestion,
    pub(crate) filter: Filter,
    pub(crate) stages: Stages,
    pub(crate) depends: Depends,
}

/// A question about somebody else, as its event names it.
pub(crate) struct Asking<'a> {
    pub(crate) ask: &'a Ask,
    pub(crate) principal: Option<&'a PrincipalRecord>,
    pub(crate) asker: Outcome,
    /// Whether the asker may ask, where what follows is another question.
    pub(crate) asked_first: Option<&'a Undecided>,
}

/// A caller who was turned away.
pub(crate) struct TurnedAway<'a> {
    pub(crate) id: EventId,
    pub(crate) now: Instant,
    pub(crate) key: &'a PrincipalKey,
    pub(crate) record: Option<&'a PrincipalRecord>,
    pub(crate) assurance: &'a Assurance,
    pub(crate) facts_at: u64,
    pub(crate) policies: &'a Policies,
    pub(crate) context: &'a RequestContext,
    pub(crate) depends: Depends,
}

/// The event of a decision about the caller.
pub(crate) fn own(
    operation: &Operation,
    id: EventId,
    decided: Decided,
    about: About,
) -> Result<Pending, EventError> {
    let actor = &operation.actor;
    let principal = party(&actor.record, actor.commission.as_ref(), &decided);
    let mut event = skeleton(operation, id, &decided, about.note)?;
    event.principal = Principal::Known(Box::new(principal));
    event.assurance = Some(actor.assurance.clone());
    event
        .purpose
        .clone_from(&decided.question.circumstances.purpose);
    Pending::new(event, decided.question.depends)
}

/// The event of a decision about somebody else.
pub(crate) fn asked(
    operation: &Operation,
    id: EventId,
    decided: Decided,
    about: About,
    asking: &Asking<'_>,
) -> Result<Pending, EventError> {
    let (ask, inquiry) = (asking.ask, &asking.ask.inquiry);
    let actor = &operation.actor;
    let mut event = skeleton(operation, id, &decided, about.note)?;
    event.permission = inquiry.permission.to_string();
    event.principal = match asking.principal {
        Some(record) => Principal::Known(Box::new(party(
            record,
            inquiry.commission.as_ref(),
            &decided,
        ))),
        None => Principal::Unknown(inquiry.principal.as_str().to_owned()),
    };
    event.asker = Some(party_at_large(&actor.record, actor.commission.as_ref()));
    event.asker_outcome = Some(asking.asker);
    if let Some(first) = asking.asked_first {
        let facts = Facts::standing(first.standing.fact()?, &first.circumstances)?;
        event.asker_facts = Some(facts);
    }
    event.assurance = match &ask.assurance {
        AskAssurance::None => None,
        AskAssurance::Verified(_) | AskAssurance::Asserted(_) => {
            Some(decided.question.circumstances.assurance.clone())
        }
    };
    event.network_zone = inquiry.network_zone.clone().map(Into::into);
    event.purpose = inquiry.purpose.clone().map(Into::into);
    event.dry_run = inquiry.dry_run;
    event.confirms = ask.confirmation.map(Confirmation::decision);
    event.occurred_at = inquiry.occurred_at.unwrap_or(operation.now);
    let authority = event.target.authority;
    let erasable = |text: Option<&ErasableText>| text.cloned().map(String::from);
    let slots = [
        ("justification", erasable(inquiry.justification.as_ref())),
        ("caseReference", erasable(inquiry.case_reference.as_ref())),
        ("device", erasable(inquiry.device.as_ref())),
        ("subject", about.subject),
        ("activeChoice", erasable(active_choice(&inquiry.target))),
        ("emergency", erasable(inquiry.emergency.as_ref())),
    ];
    event.slots = slots
        .into_iter()
        .filter_map(|(name, value)| {
            let retention_class = RETENTION.to_owned();
            Some(SlotValue {
                name,
                value: value?,
                retention_class,
                authority,
            })
        })
        .collect();
    Pending::new(event, decided.question.depends)
}

/// The event of an answered list.
pub(crate) fn listed(
    operation: &Operation,
    id: EventId,
    permission: ServicePermission,
    listing: Listing,
) -> Result<Pending, EventError> {
    let actor = &operation.actor;
    let principal = party_at_large(&actor.record, actor.commission.as_ref());
    let mut event = blank(
        &Frame::of(operation, id),
        (permission.name(), permission.action()),
        everywhere(listing.kind),
        Principal::Known(Box::new(principal)),
    );
    event.outcome = Outcome::Allow;
    event.assurance = Some(actor.assurance.clone());
    event.reasons = vec![BuiltIn::ListFilter.name().to_owned()];
    event.stages = listing.stages;
    event
        .purpose
        .clone_from(&listing.question.circumstances.purpose);
    let question = &listing.question;
    event.facts = Some(Facts::standing(
        Fact::principal(&question.principal)?,
        &question.circumstances,
    )?);
    event.filter = Some(Fact::filter(&listing.filter)?);
    event.listed = listing.ids;
    Pending::new(event, listing.depends)
}

/// The event of a caller who may not call at all.
pub(crate) fn turned_away(turned: TurnedAway<'_>) -> Result<Pending, EventError> {
    let principal = match turned.record {
        Some(record) => Principal::Known(Box::new(party_at_large(record, None))),
        None => Principal::Unknown(turned.key.as_str().to_owned()),
    };
    let mut event = blank(
        &Frame {
            id: turned.id,
            now: turned.now,
            policies: turned.policies,
            context: turned.context,
            facts_at: turned.facts_at,
        },
        (CALL, "call"),
        everywhere("Organisation"),
        principal,
    );
    event.assurance = Some(turned.assurance.clone());
    let why = if turned.record.is_some() {
        BuiltIn::CallerNotLive.name()
    } else {
        BuiltIn::UnknownPrincipal.name()
    };
    event.reasons = vec![why.to_owned()];
    if let Some(record) = turned.record {
        let circumstances = Circumstances {
            now: turned.now,
            assurance: turned.assurance.clone(),
            commission: None,
            purpose: None,
            network_zone: turned.context.network_zone.clone(),
            emergency: false,
        };
        event.facts = Some(Facts::standing(
            Fact::principal(&record.facts)?,
            &circumstances,
        )?);
    }
    Pending::new(event, turned.depends)
}

fn skeleton(
    operation: &Operation,
    id: EventId,
    decided: &Decided,
    note: TargetNote,
) -> Result<DecisionEvent, EventError> {
    let verdict = &decided.verdict;
    let asked = &decided.question.asked;
    let action = ServicePermission::named(asked.permission.as_str())
        .map(ServicePermission::action)
        .or_else(|| asked.category.map(domain::permission::Category::name))
        .unwrap_or("use");
    let principal = party_at_large(&operation.actor.record, None);
    let mut event = blank(
        &Frame::of(operation, id),
        (asked.permission.as_str(), action),
        note,
        Principal::Known(Box::new(principal)),
    );
    event.outcome = verdict.outcome;
    event.reasons = Reason::policies(&verdict.reasons);
    event.would_refuse = Reason::policies(&verdict.would_refuse);
    event.stages.clone_from(&verdict.stages);
    event.obligations.clone_from(&verdict.obligations);
    event.matched.clone_from(&verdict.matched);
    let discounted = verdict.discounted.iter();
    let discounted = discounted.map(|one| (one.grant, Reason::policies(&one.reasons)));
    event.discounted = discounted.collect();
    event.step_up.clone_from(&verdict.step_up);
    event.unmet.clone_from(&verdict.nearest);
    let facts = (
        decided.question.standing.fact()?,
        decided.question.target.fact()?,
    );
    event.facts = Some(Facts::of(facts, asked, &decided.question.circumstances)?);
    Ok(event)
}

/// What every decision event has.
struct Frame<'a> {
    id: EventId,
    now: Instant,
    policies: &'a Policies,
    context: &'a RequestContext,
    facts_at: u64,
}

impl<'a> Frame<'a> {
    fn of(operation: &'a Operation, id: EventId) -> Self {
        Self {
            id,
            now: operation.now,
            policies: &operation.policies,
            context: &operation.context,
            facts_at: operation.register.facts_at(),
        }
    }
}

/// A deny without reasons: what an event is before it is told the answer.
fn blank(
    frame: &Frame<'_>,
    (permission, action): (&str, &str),
    target: TargetNote,
    principal: Principal,
) -> DecisionEvent {
    DecisionEvent {
        id: frame.id,
        occurred_at: frame.now,
        principal,
        asker: None,
        permission: permission.to_owned(),
        action: action.to_owned(),
        target,
        outcome: Outcome::Deny,
        asker_outcome: None,
        reasons: Vec::new(),
        would_refuse: Vec::new(),
        stages: Stages::new(),
        obligations: Vec::new(),
        matched: Vec::new(),
        discounted: Vec::new(),
        step_up: None,
        unmet: None,
        assurance: None,
        network_zone: frame.context.network_zone.clone(),
        purpose: None,
        acting_for: None,
        confirms: None,
        dry_run: false,
        policy_digest: frame.policies.set.digest().to_owned(),
        policy_generation: frame.policies.generation,
        fresh_seconds: Some(frame.policies.set.fresh_seconds()),
        facts_at: frame.facts_at,
        facts: None,
        asker_facts: None,
        filter: None,
        request_id: frame.context.request_id.clone(),
        trace_id: frame.context.trace_id.clone(),
        listed: Vec::new(),
        also_looked_for: None,
        effect: None,
        run: None,
        slots: Vec::new(),
    }
}

/// The principal with the engagements that the matched grants rest on.
fn party(record: &PrincipalRecord, commission: Option<&HsaId>, decided: &Decided) -> Party {
    let matched = &decided.verdict.matched;
    let grants = decided.question.standing.grants.iter();
    let engagements: BTreeSet<EngagementId> = grants
        .filter(|grant| matched.contains(&grant.id))
        .filter_map(|grant| grant.engagement.as_ref().map(|engagement| engagement.id))
        .collect();
    Party {
        engagements: engagements.into_iter().collect(),
        ..party_at_large(record, commission)
    }
}

fn party_at_large(record: &PrincipalRecord, commission: Option<&HsaId>) -> Party {
    Party {
        id: record.facts.id,
        external: record.external.clone(),
        individual: record.facts.individual(),
        engagements: Vec::new(),
        commission: commission.cloned(),
        units: record.place.units.clone(),
        authority: record.place.authority,
        path: record.place.path.clone(),
    }
}

const fn active_choice(target: &TargetKey) -> Option<&ErasableText> {
    match target {
        TargetKey::Record(record) => record.active_choice.as_ref(),
        TargetKey::Entity(_) | TargetKey::External(_) | TargetKey::Draft(_) => None,
    }
}
