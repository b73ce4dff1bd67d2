//! Whether segments have people of their own who may administer them, and who signs for it that they have not.

use std::collections::{BTreeMap, BTreeSet};

use domain::facts::Scope;
use domain::id::{GrantId, IndividualId, SegmentId, SystemId};
use domain::{Date, EntityRef};

use crate::At;
use crate::index::Relation;
use crate::things::{Engagement, Grant, Segment, System};

/// How many human beings have to be able to administer a segment.
const MANNED: usize = 2;

impl At<'_> {
    /// The segments (of a system, or all) with fewer than two human beings who may administer them by a grant over the
    /// segment other than those, by external id and in that order. `permission`: by which servers are administered.
    #[must_use]
    pub fn unmanned(
        &self,
        permission: &str,
        system: Option<SystemId>,
        without: &BTreeSet<GrantId>,
    ) -> Vec<String> {
        let mut of: BTreeMap<SegmentId, BTreeSet<IndividualId>> = BTreeMap::new();
        let roles = self.region.conferring([permission]);
        let grants = roles
            .into_iter()
            .flat_map(|role| self.region.users(role, Relation::OfRole));
        for id in grants.filter(|id| !without.iter().any(|one| EntityRef::from(*one) == *id)) {
            if let Some((segment, human)) = self.region.get(id).and_then(|one| self.mans(one)) {
                of.entry(segment).or_default().insert(human);
            }
        }
        let segments = self.region.all::<Segment>();
        let unmanned = segments.filter(|(id, segment)| {
            let id: Option<SegmentId> = id.to_id().ok();
            let humans = id.and_then(|id| of.get(&id)).map_or(0, BTreeSet::len);
            (system.is_none() || segment.system == system) && humans < MANNED
        });
        unmanned
            .map(|(_, segment)| segment.external_id.clone())
            .collect()
    }

    /// Over which segment it is, and of which human being, if its days and those of what it rests on are here.
    fn mans(&self, grant: &Grant) -> Option<(SegmentId, IndividualId)> {
        let Scope::Segment(segment) = grant.scope() else {
            return None;
        };
        let engagement: &Engagement = self.region.get(grant.engagement?)?;
        let here = |from: Date, until: Option<Date>| {
            from <= self.today && until.is_none_or(|until| self.today <= until)
        };
        let counts = grant.revoked_at.is_none()
            && here(grant.from, grant.until)
            && here(engagement.from, engagement.until);
        let human = self.individual_of(grant.person?)?;
        counts.then_some((segment, human))
    }

    /// Whether the human being owns the system.
    #[must_use]
    pub fn owns(&self, human: IndividualId, system: SystemId) -> bool {
        let system: Option<&System> = self.region.get(system);
        let owner = system.and_then(|system| system.owner);
        owner.and_then(|owner| self.individual_of(owner)) == Some(human)
    }
}
