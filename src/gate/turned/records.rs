//! The records that lie in a system or with an organisation and those below it, and how mildly somebody gets at
//! one of them.
//!
//! The register holds no records, only who can keep them and in what. What is asked about is a record of each
//! keeper in each system that somebody holds the permission in; keepers that no policy can tell apart for that
//! somebody are asked about once.

use std::collections::{BTreeMap, BTreeSet};

use domain::EntityRef;
use domain::facts::{
    Asked, Circumstances, GrantFacts, PrincipalFacts, PrincipalKind, Scope, SystemFacts,
    TargetFacts, TargetKind,
};
use domain::id::{OrganisationId, SystemId};
use domain::permission::Category;
use domain::verdict::{StagedAt, Stages, Verdict};
use policy::PolicySet;
use region::At;

/// The records that lie somewhere.
pub(super) struct Records {
    keepers: BTreeMap<EntityRef, TargetFacts>,
    systems: Vec<(SystemFacts, Asked)>,
    stages: BTreeMap<StagedAt, Stages>,
}

/// What policies can tell records by: where they lie, as far as the principal has to do with it.
type Told = (
    SystemId,
    Option<OrganisationId>,
    Option<OrganisationId>,
    BTreeSet<EntityRef>,
);

impl Records {
    /// Those of a system, or of an organisation and those below it; `None`: what is asked for is not done to
    /// records there, or none lie in the thing.
    pub(super) fn in_place(at: &At<'_>, thing: &TargetFacts, asked: &Asked) -> Option<Self> {
        let (within, systems) = if matches!(thing.kind, TargetKind::System) {
            (None, thing.system.clone().into_iter().collect())
        } else if matches!(thing.kind, TargetKind::Organisation) {
            (thing.id.to_id().ok(), at.systems())
        } else {
            return None;
        };
        let used = systems.into_iter().map(|system| {
            let (treated, _) = at.asked(asked.permission.clone(), Some(system.id));
            let treated = treated.unwrap_or_else(|| Asked::untreated(&asked.permission));
            (system, treated)
        });
        let used = used.filter(|(_, asked)| asked.category == Some(Category::Use));
        let systems: Vec<_> = used.collect();
        if systems.is_empty() {
            return None;
        }
        let keepers = at.keepers(within);
        let mut stages = BTreeMap::new();
        let authorities: BTreeSet<_> = keepers.iter().map(|keeper| keeper.authority).collect();
        for (system, _) in &systems {
            for authority in &authorities {
                let place = StagedAt {
                    system: Some(system.id),
                    authority: *authority,
                };
                stages.insert(place, at.stages(place));
            }
        }
        let keepers = keepers.into_iter().map(|one| (one.id, one));
        Some(Self {
            keepers: keepers.collect(),
            systems,
            stages,
        })
    }

    /// The answer to the principal about the record where an allow asks least; `None`: none is allowed.
    pub(super) fn mildest(
        &self,
        set: &PolicySet,
        principal: &PrincipalFacts,
        under: &Circumstances,
    ) -> Option<Verdict> {
        let mut mildest: Option<Verdict> = None;
        let asks = |verdict: &Verdict| (verdict.obligations.len(), verdict.would_refuse.len());
        for (system, asked, keeper) in self.likely(principal).chain(self.others(principal)) {
            let record = keeper.record_kept_here(Some(system.clone()));
            let Some(stages) = self.stages.get(&record.staged_at()) else {
                continue;
            };
            let prepared = set.prepared(principal, &asked.permission, under.now, stages);
            let verdicts = prepared.decide_each(asked, &record, std::slice::from_ref(under));
            for verdict in verdicts.into_iter().filter(Verdict::is_allowed) {
                let best = mildest.as_ref().map(&asks);
                if best.is_none_or(|best| asks(&verdict) < best) {
                    mildest = Some(verdict);
                }
            }
            if mildest.as_ref().is_some_and(|best| asks(best) == (0, 0)) {
                break;
            }
        }
        mildest
    }

    /// Where grants are given over the keeper itself: most get at something there, and need be asked about
    /// nothing else.
    fn likely<'a>(
        &'a self,
        principal: &'a PrincipalFacts,
    ) -> impl Iterator<Item = (&'a SystemFacts, &'a Asked, &'a TargetFacts)> {
        let systems = self.systems.iter();
        systems.flat_map(move |(system, asked)| {
            let grants = principal.grants.iter();
            let fitting = grants.filter(move |grant| fits(grant, system));
            let keepers = fitting.filter_map(|grant| self.keepers.get(&grant.scope.entity()));
            keepers.map(move |keeper| (system, asked, keeper))
        })
    }

    /// A record of each kind that the policies can tell apart, wherever a grant reaches or lies beside it.
    fn others<'a>(
        &'a self,
        principal: &'a PrincipalFacts,
    ) -> impl Iterator<Item = (&'a SystemFacts, &'a Asked, &'a TargetFacts)> {
        let of_principal = connected(principal);
        let mut told: BTreeSet<Told> = BTreeSet::new();
        let systems = self.systems.iter();
        let pairs = systems.flat_map(move |(system, asked)| {
            let keepers = self.keepers.values();
            keepers.map(move |keeper| (system, asked, keeper))
        });
        pairs.filter(move |(system, _, keeper)| {
            let grants = &principal.grants;
            let near = grants.iter().any(|grant| is_near(grant, system, keeper));
            let known = of_principal.iter().filter(|one| lies_in(keeper, one));
            let at = (system.id, keeper.authority, keeper.care_provider);
            near && told.insert((at.0, at.1, at.2, known.copied().collect()))
        })
    }
}

fn fits(grant: &GrantFacts, system: &SystemFacts) -> bool {
    grant.role.system.is_none_or(|of| of == system.id)
}

/// Whether the grant reaches the keeper's records in the system, or is held beside them: nothing opens a record to
/// anybody otherwise.
fn is_near(grant: &GrantFacts, system: &SystemFacts, keeper: &TargetFacts) -> bool {
    let provider = grant.scope_care_provider;
    let beside = provider.is_some() && provider == keeper.care_provider;
    let reaches = match grant.scope {
        Scope::Installation => true,
        Scope::Organisation(id) => lies_in(keeper, &id.into()),
        Scope::System(id) => id == system.id,
        Scope::Segment(_) | Scope::Database(_) => false,
    };
    fits(grant, system) && (reaches || beside)
}

fn lies_in(keeper: &TargetFacts, place: &EntityRef) -> bool {
    keeper.id == *place || keeper.ancestors.iter().any(|node| node.id == *place)
}

/// The organisations that the policies see of the principal.
fn connected(principal: &PrincipalFacts) -> BTreeSet<EntityRef> {
    let scopes = principal.grants.iter().map(|grant| grant.scope.entity());
    let mut connected: BTreeSet<EntityRef> = scopes.collect();
    match &principal.kind {
        PrincipalKind::Person { engagements, .. } => {
            let places = engagements.iter().flat_map(|one| [one.unit, one.employer]);
            connected.extend(places.map(EntityRef::from));
        }
        PrincipalKind::Service {
            organisation,
            declared_scope,
            ..
        } => {
            let places = [Some(*organisation), *declared_scope];
            connected.extend(places.into_iter().flatten().map(EntityRef::from));
        }
    }
    connected
}
