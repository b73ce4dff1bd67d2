//! Where things are: the organisations above them.

use std::collections::{BTreeMap, BTreeSet};

use domain::facts::{Node, TargetFacts, TargetKind};
use domain::id::{OrganisationId, SystemId};
use domain::target::Place;
use domain::{EntityKind, EntityRef};

use crate::index::Relation;
use crate::things::Organisation;
use crate::{At, Region};

/// The organisations at and above some units.
#[derive(Debug, Default)]
pub(crate) struct Lineage {
    pub(crate) nodes: Vec<Node>,
    pub(crate) place: Place,
}

impl Lineage {
    /// The ids whose change could alter who reaches what is here.
    pub(crate) fn depends(&self) -> impl Iterator<Item = String> {
        self.nodes.iter().map(|node| node.id.to_string())
    }
}

impl Region {
    /// An organisation and those above it, the nearest first. A loop in what is told ends it.
    pub(crate) fn upwards(
        &self,
        from: OrganisationId,
    ) -> impl Iterator<Item = (OrganisationId, &Organisation)> {
        let mut at = Some(from);
        let mut seen = Vec::new();
        std::iter::from_fn(move || {
            let id = at.filter(|id| !seen.contains(id))?;
            let organisation: &Organisation = self.get(id)?;
            seen.push(id);
            at = organisation.parent;
            Some((id, organisation))
        })
    }

    /// The care provider that an organisation lies in: the nearest one at or above it.
    pub(crate) fn care_provider(&self, of: OrganisationId) -> Option<OrganisationId> {
        let mut upwards = self.upwards(of);
        upwards.find_map(|(id, organisation)| organisation.care_provider.then_some(id))
    }

    /// An organisation and all below it.
    pub(crate) fn downwards(&self, from: OrganisationId) -> BTreeSet<OrganisationId> {
        let mut found = BTreeSet::from([from]);
        let mut waiting = vec![from];
        while let Some(at) = waiting.pop() {
            let below = self.users(at, Relation::Parent);
            let below = below.filter_map(|id| id.to_id().ok());
            waiting.extend(below.filter(|id| found.insert(*id)));
        }
        found
    }

    /// Everything at and above `units`; the nearest authority and care provider are those of the first.
    pub(crate) fn lineage(&self, units: &[OrganisationId]) -> Lineage {
        let mut above: BTreeMap<OrganisationId, (usize, &Organisation)> = BTreeMap::new();
        for unit in units {
            for (depth, (id, organisation)) in self.upwards(*unit).enumerate() {
                let known = above.entry(id).or_insert((depth, organisation));
                known.0 = known.0.min(depth);
            }
        }
        let mut ordered: Vec<_> = above.into_iter().collect();
        ordered.sort_by_key(|(id, (depth, _))| (*depth, *id));
        let nodes = ordered.iter().map(|(id, (_, organisation))| Node {
            id: (*id).into(),
            parents: organisation
                .parent
                .map(EntityRef::from)
                .into_iter()
                .collect(),
        });
        let first = || {
            units
                .first()
                .into_iter()
                .flat_map(|unit| self.upwards(*unit))
        };
        let nearest = |is_one: fn(&Organisation) -> bool| {
            let mut upwards = first();
            upwards.find_map(|(id, organisation)| is_one(organisation).then_some(id))
        };
        Lineage {
            nodes: nodes.collect(),
            place: Place {
                units: units.to_vec(),
                authority: nearest(|organisation| organisation.authority),
                care_provider: nearest(|organisation| organisation.care_provider),
                path: ordered.iter().map(|(id, _)| (*id).into()).collect(),
            },
        }
    }
}

impl At<'_> {
    /// The system of that external id; `None`: there is none, or several.
    #[must_use]
    pub fn system_named(&self, name: &str) -> Option<SystemId> {
        let found = self.region.the_one(EntityKind::System, name);
        found.ok()??.to_id().ok()
    }

    /// The authority of that HSA-id; `None`: there is none.
    #[must_use]
    pub fn authority_named(&self, hsa_id: &str) -> Option<OrganisationId> {
        let found = self.region.the_one(EntityKind::Organisation, hsa_id);
        let id: OrganisationId = found.ok()??.to_id().ok()?;
        let organisation: &Organisation = self.region.get(id)?;
        organisation.authority.then_some(id)
    }

    /// The organisations at and below that one, as targets, but for the installation, which keeps nothing; `None`: all
    /// of them.
    #[must_use]
    pub fn keepers(&self, within: Option<OrganisationId>) -> Vec<TargetFacts> {
        let all = || {
            let all = self.region.all::<Organisation>();
            all.filter_map(|(id, _)| id.to_id().ok()).collect()
        };
        let keepers = within.map_or_else(all, |within| self.region.downwards(within));
        let keeps = |id: &OrganisationId| {
            let organisation: Option<&Organisation> = self.region.get(*id);
            organisation.is_some_and(|organisation| organisation.hsa_id.is_some())
        };
        let keepers = keepers.into_iter().filter(keeps);
        keepers.map(|id| self.keeper(id)).collect()
    }

    fn keeper(&self, id: OrganisationId) -> TargetFacts {
        let mut lineage = self.region.lineage(&[id]);
        let itself = lineage.nodes.iter().position(|node| node.id == id.into());
        TargetFacts {
            id: id.into(),
            kind: TargetKind::Organisation,
            parents: itself.map_or_else(Vec::new, |at| lineage.nodes.swap_remove(at).parents),
            ancestors: lineage.nodes,
            system: None,
            authority: lineage.place.authority,
            care_provider: lineage.place.care_provider,
        }
    }
}
