//! What would be gained later: the same questions once everything that passes, or that somebody may undo alone,
//! no longer stands in a grant's way.
//!
//! An edit is often made before what it gives can be used: a grant begins next month, its holder is on leave, its
//! analysis has not been written, a guardrail stops it that is only enforced for now. To ask at each instant where
//! a date stands would foresee the dates and nothing else, so what stands in the way is taken away instead: what
//! is to begin has begun, nobody is absent, analyses, trainings and assessments are there, and no exception runs
//! out. What is over stays over, and nothing that was revoked comes back: to bring it back is another change.
//!
//! What stands in one grant's way is the other way round what hides that it gains: somebody who has the same by a
//! grant that ends tomorrow gains the day after. So every grant is asked about by itself, beside those of its
//! holder that count for good: nothing dates them, and no guardrail discounts them at any stage.
//!
//! Guardrails are taken as they are decided, all as enforced, and all as let go except those about the sign-in,
//! which compare sign-ins: an edit may take away what a guardrail stops, or give what one only stops for now.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use domain::Instant;
use domain::facts::{
    Answerable, EngagementFacts, EngagementKind, GrantFacts, PrincipalFacts, PrincipalKind,
    SystemFacts, TargetFacts,
};
use domain::id::{GrantId, IndividualId, PersonId};
use domain::verdict::{Stage, StagedAt, Stages};
use policy::PolicySet;

/// One grant by itself, beside what its holder has for good, before and after.
pub(super) struct Lifted {
    pub(super) before: PrincipalFacts,
    pub(super) after: PrincipalFacts,
}

/// The holder once for every grant that is to be asked about by itself, and once for what is held for good.
pub(super) fn each(
    set: &PolicySet,
    now: Instant,
    before: &PrincipalFacts,
    after: &PrincipalFacts,
) -> Vec<Lifted> {
    let is_service = matches!(after.kind, PrincipalKind::Service { .. });
    if is_service && after.ends.is_some_and(|ends| ends <= now) {
        return Vec::new();
    }
    let discounted = set.discounting(before, now);
    let standing = |grant: &&GrantFacts| {
        let known = discounted.as_ref();
        let counts = known.is_some_and(|discounted| !discounted.contains_key(&grant.id));
        counts && !is_dated(grant, now)
    };
    let for_good: BTreeSet<GrantId> = (before.grants.iter())
        .filter(standing)
        .map(|grant| grant.id)
        .collect();
    let all = before.grants.iter().chain(&after.grants);
    let others: BTreeSet<GrantId> = all
        .filter(|grant| !is_over(grant, now))
        .map(|grant| grant.id)
        .filter(|id| !for_good.contains(id))
        .collect();
    let beside = |other: Option<GrantId>| {
        let of = |side: &PrincipalFacts| {
            let kept = |id| for_good.contains(&id) || other == Some(id);
            principal(side, now, kept)
        };
        Lifted {
            before: of(before),
            after: of(after),
        }
    };
    let alone = for_good.is_empty() && !others.is_empty();
    let itself = (!alone).then_some(None);
    let others = others.into_iter().map(Some);
    itself.into_iter().chain(others).map(beside).collect()
}

/// Whether something in it will pass, or has.
fn is_dated(grant: &GrantFacts, now: Instant) -> bool {
    let engagement = grant.engagement.as_ref();
    grant.starts > now
        || grant.ends.is_some()
        || grant.revoked_at.is_some()
        || grant.analysis_valid_until.is_some()
        || grant.attest_by.is_some()
        || engagement.is_some_and(|engagement| {
            engagement.starts > now || engagement.ends.is_some() || engagement.absent_from.is_some()
        })
        || is_assessed(grant)
}

/// Whether it counts for as long as an assessment of a supplier does.
fn is_assessed(grant: &GrantFacts) -> bool {
    let engagement = grant.engagement.as_ref();
    let is_vendor = engagement.is_some_and(|one| one.kind == EngagementKind::Vendor);
    let mut assessed = grant.systems();
    is_vendor && assessed.any(|system| system.assessment_valid_until.is_some())
}

fn is_over(grant: &GrantFacts, now: Instant) -> bool {
    let past = |instant: Option<Instant>| instant.is_some_and(|instant| instant <= now);
    let engagement = grant.engagement.as_ref();
    past(grant.ends)
        || past(grant.revoked_at)
        || engagement.is_some_and(|engagement| past(engagement.ends))
}

fn principal(of: &PrincipalFacts, now: Instant, kept: impl Fn(GrantId) -> bool) -> PrincipalFacts {
    let mut lifted = of.clone();
    lifted.starts = lifted.starts.min(now);
    // Whoever is suspended may be taken back; whose last engagement is over has no grant that is not.
    if let PrincipalKind::Person {
        training_valid_until,
        engagements,
        ..
    } = &mut lifted.kind
    {
        lifted.ends = None;
        *training_valid_until = Some(Instant::from_micros(i64::MAX));
        for engagement in engagements {
            lift_engagement(engagement, now);
        }
    }
    lifted.grants.retain(|grant| kept(grant.id));
    for grant in &mut lifted.grants {
        lift_grant(grant, now);
    }
    lifted
}

fn lift_grant(grant: &mut GrantFacts, now: Instant) {
    grant.starts = grant.starts.min(now);
    grant.has_analysis = true;
    grant.analysis_valid_until = None;
    if let Some(engagement) = &mut grant.engagement {
        lift_engagement(engagement, now);
        engagement.has_responsible = true;
        // Nobody in particular, and so never the holder.
        engagement.responsible = Some(Answerable {
            person: PersonId::from_uuid(Uuid::nil()),
            individual: IndividualId::from_uuid(Uuid::nil()),
            ends: None,
        });
    }
    for system in [&mut grant.system, &mut grant.scope_system] {
        system.iter_mut().for_each(lift_system);
    }
}

fn lift_engagement(engagement: &mut EngagementFacts, now: Instant) {
    engagement.starts = engagement.starts.min(now);
    engagement.absent_from = None;
    engagement.absent_until = None;
}

fn lift_system(system: &mut SystemFacts) {
    system.password_login_until = None;
    system.assessment_valid_until = Some(Instant::from_micros(i64::MAX));
}

/// The thing, with what runs out in its system taken away.
pub(super) fn target(of: &TargetFacts) -> TargetFacts {
    let mut lifted = of.clone();
    lifted.system.iter_mut().for_each(lift_system);
    lifted
}

/// Stages wherever there is something.
pub(super) type Staging = BTreeMap<StagedAt, Stages>;

/// The stages as they were decided, all as enforced, and all as let go: by these it is asked what is gained later.
pub(super) fn stagings(set: &PolicySet, decided: &Staging) -> [Staging; 3] {
    let (enforced, let_go) = (all(set, |_| Some(Stage::Enforce)), let_go(set));
    let everywhere = |prevailing: &Stages| {
        let under = |(at, decided): (&StagedAt, &Stages)| {
            let mut stages = decided.clone();
            stages.extend(prevailing.clone());
            (*at, stages)
        };
        decided.iter().map(under).collect()
    };
    [everywhere(&let_go), decided.clone(), everywhere(&enforced)]
}

/// All guardrails as let go except those about the sign-in, which compare sign-ins.
pub(super) fn let_go(set: &PolicySet) -> Stages {
    all(set, |about_sign_in| {
        (!about_sign_in).then_some(Stage::Observe)
    })
}

fn all(set: &PolicySet, stage: fn(bool) -> Option<Stage>) -> Stages {
    let each = set.guardrails();
    let stages = each.filter_map(|one| Some((one.id, stage(one.about_sign_in)?)));
    stages.collect()
}
