//! Where a target lies: what reaches it, by the edges that the schema gives reach to.
//!
//! One computation serves the entities that the policies see, the grants that an allow names, and the
//! reference evaluation of list filters, so that they cannot disagree. Parents that carry no reach (a
//! system above a segment, a server or a record) may stand in the facts; they are passed over here.

use std::collections::{BTreeMap, BTreeSet};

use domain::facts::{GrantFacts, Scope, TargetFacts, TargetKind};
use domain::id::{EntityKind, EntityRef, INSTALLATION, OrganisationId, PlaceKind, SystemId};

/// A target's surroundings.
#[derive(Debug)]
pub(super) struct Place {
    /// The direct parents that carry reach.
    pub(super) parents: BTreeSet<EntityRef>,
    /// Every ancestor that can be reached, with its own parents.
    pub(super) ancestors: BTreeMap<EntityRef, BTreeSet<EntityRef>>,
    /// The system that the target is, belongs to, or (a grant) has as its scope's.
    pub(super) system: Option<SystemId>,
    /// The care provider that it lies in.
    pub(super) care_provider: Option<OrganisationId>,
    /// The units where a grant's holder works, and everything above them.
    pub(super) holder_places: BTreeSet<EntityRef>,
    /// The target itself, unless its id is only what stands in for it.
    itself: Option<EntityRef>,
}

impl Place {
    pub(super) fn of(target: &TargetFacts) -> Self {
        let nodes = target.ancestors.iter().map(|node| {
            let within = node.id.kind().place().map_or(&[][..], PlaceKind::within);
            (&node.id, carrying(&node.parents, within))
        });
        let nodes: BTreeMap<&EntityRef, BTreeSet<EntityRef>> = nodes.collect();
        let parents = direct_parents(target);
        let mut holder_places = BTreeSet::new();
        if let TargetKind::Grant { holder_units, .. } = &target.kind {
            let units = holder_units.iter().map(|unit| unit.to_ref());
            holder_places.extend(closure(units.collect(), &nodes).into_keys());
            holder_places.insert(INSTALLATION.to_ref());
        }
        let stands_in = matches!(target.kind, TargetKind::Record { .. });
        Self {
            ancestors: closure(parents.clone(), &nodes),
            parents,
            system: system_of(target),
            care_provider: target.care_provider,
            holder_places,
            itself: (!stands_in).then_some(target.id),
        }
    }

    /// Whether the grant's role has a say about the target: a system's role only about the system's own.
    pub(super) fn fits(&self, grant: &GrantFacts) -> bool {
        let of = grant.role.system;
        of.is_none_or(|system| self.system == Some(system))
    }

    /// Whether a grant over `scope` reaches the target.
    pub(super) fn is_reached_by(&self, scope: Scope) -> bool {
        match scope {
            Scope::System(system) => self.system == Some(system),
            Scope::Installation
            | Scope::Organisation(_)
            | Scope::Segment(_)
            | Scope::Database(_) => self.lies_in(&scope.entity()),
        }
    }

    /// Whether a grant over `scope` reaches where the target's holder works.
    pub(super) fn holder_is_reached_by(&self, scope: Scope) -> bool {
        self.holder_places.contains(&scope.entity())
    }

    /// Whether the target is `place` or lies below it.
    pub(super) fn lies_in(&self, place: &EntityRef) -> bool {
        self.itself.as_ref() == Some(place) || self.ancestors.contains_key(place)
    }
}

fn direct_parents(target: &TargetFacts) -> BTreeSet<EntityRef> {
    let mut parents = carrying(&target.parents, target.kind.within());
    if matches!(target.kind, TargetKind::Record { .. })
        && target.id.kind() == EntityKind::Organisation
    {
        parents.insert(target.id);
    }
    parents.insert(INSTALLATION.to_ref());
    if matches!(target.kind, TargetKind::Organisation) {
        parents.remove(&target.id);
    }
    parents
}

fn carrying(parents: &[EntityRef], through: &[EntityKind]) -> BTreeSet<EntityRef> {
    let carry = parents
        .iter()
        .filter(|parent| through.contains(&parent.kind()));
    carry.copied().collect()
}

fn closure(
    from: BTreeSet<EntityRef>,
    nodes: &BTreeMap<&EntityRef, BTreeSet<EntityRef>>,
) -> BTreeMap<EntityRef, BTreeSet<EntityRef>> {
    let mut reached = BTreeMap::new();
    let mut waiting: Vec<EntityRef> = from.into_iter().collect();
    while let Some(id) = waiting.pop() {
        if reached.contains_key(&id) {
            continue;
        }
        let parents = nodes.get(&id).cloned().unwrap_or_default();
        waiting.extend(parents.iter().copied());
        reached.insert(id, parents);
    }
    reached
}

fn system_of(target: &TargetFacts) -> Option<SystemId> {
    if matches!(target.kind, TargetKind::System) {
        let itself = target.id.to_id().ok();
        return itself.or_else(|| target.system.as_ref().map(|system| system.id));
    }
    let TargetKind::Grant { grant, .. } = &target.kind else {
        return target.system.as_ref().map(|system| system.id);
    };
    match grant.scope {
        Scope::System(id) => Some(id),
        Scope::Segment(_) | Scope::Database(_) => {
            let scope = grant.scope.entity();
            let node = target.ancestors.iter().find(|node| node.id == scope)?;
            let system = node
                .parents
                .iter()
                .find(|id| id.kind() == EntityKind::System)?;
            system.to_id().ok()
        }
        Scope::Installation | Scope::Organisation(_) => None,
    }
}
