//! What can be administered, drawn whole but in outline: enough to say what a scope reaches and what can be
//! taken over from there.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::{GrantFacts, Scope};
use crate::id::{OrganisationId, SegmentId, SystemId};
use crate::verdict::StagedAt;

/// Every segment and every system.
#[derive(Debug, Clone, Default)]
pub struct Landscape {
    /// The segments.
    pub segments: BTreeMap<SegmentId, SegmentOutline>,
    /// The systems.
    pub systems: BTreeMap<SystemId, Answering>,
}

/// Who answers for something.
#[derive(Debug, Clone, Default)]
pub struct Answering {
    /// The organisations at and above the one that does.
    pub organisations: BTreeSet<OrganisationId>,
    /// The nearest authority among them.
    pub authority: Option<OrganisationId>,
}

/// A segment in outline.
#[derive(Debug, Clone, Default)]
pub struct SegmentOutline {
    /// The system; `None`: shared infrastructure.
    pub system: Option<SystemId>,
    /// Who answers for it.
    pub of: Answering,
    /// The segments whose servers can be taken over from here.
    pub controls: BTreeSet<SegmentId>,
    /// How many servers it has.
    pub servers: u64,
}

impl SegmentOutline {
    /// By which stages decisions about things of the segment are made.
    #[must_use]
    pub const fn staged_at(&self) -> StagedAt {
        StagedAt {
            system: self.system,
            authority: self.of.authority,
        }
    }
}

impl Landscape {
    /// Whether the grant, if it counts, reaches the segment's servers.
    #[must_use]
    pub fn reaches_segment(&self, grant: &GrantFacts, segment: SegmentId) -> bool {
        let Some(outline) = self.segments.get(&segment) else {
            return false;
        };
        let within = match grant.scope {
            Scope::Installation => true,
            Scope::Organisation(id) => outline.of.organisations.contains(&id),
            Scope::System(id) => outline.system == Some(id),
            Scope::Segment(id) => segment == id,
            Scope::Database(_) => false,
        };
        let of_role = grant.role.system;
        within && of_role.is_none_or(|system| outline.system == Some(system))
    }

    /// Whether the grant, if it counts, reaches the system.
    #[must_use]
    pub fn reaches_system(&self, grant: &GrantFacts, system: SystemId) -> bool {
        let Some(Answering { organisations, .. }) = self.systems.get(&system) else {
            return false;
        };
        let within = match grant.scope {
            Scope::Installation => true,
            Scope::Organisation(id) => organisations.contains(&id),
            Scope::System(id) => system == id,
            Scope::Segment(_) | Scope::Database(_) => false,
        };
        within && grant.role.system.is_none_or(|of_role| of_role == system)
    }

    /// By which stages decisions are made, wherever there are segments or systems.
    #[must_use]
    pub fn staged_at(&self) -> BTreeSet<StagedAt> {
        let segments = self.segments.values();
        let segments = segments.map(SegmentOutline::staged_at);
        let systems = self.systems.iter().map(|(id, of)| StagedAt {
            system: Some(*id),
            authority: of.authority,
        });
        segments.chain(systems).collect()
    }

    /// The segments that can be taken over from `direct`, at any remove, each with the shortest way there:
    /// it begins with one of `direct` and ends with the segment.
    #[must_use]
    pub fn taken_over(&self, direct: &BTreeSet<SegmentId>) -> BTreeMap<SegmentId, Vec<SegmentId>> {
        let mut ways: BTreeMap<SegmentId, Vec<SegmentId>> = BTreeMap::new();
        let mut waiting: VecDeque<Vec<SegmentId>> = direct.iter().map(|id| vec![*id]).collect();
        while let Some(way) = waiting.pop_front() {
            let here = way.last().and_then(|id| self.segments.get(id));
            for next in here.into_iter().flat_map(|outline| &outline.controls) {
                if direct.contains(next) || ways.contains_key(next) {
                    continue;
                }
                let mut longer = way.clone();
                longer.push(*next);
                ways.insert(*next, longer.clone());
                waiting.push_back(longer);
            }
        }
        ways
    }

    /// How many servers these segments have.
    #[must_use]
    pub fn servers<'a>(&self, segments: impl IntoIterator<Item = &'a SegmentId>) -> u64 {
        let known = segments.into_iter().filter_map(|id| self.segments.get(id));
        known.map(|outline| outline.servers).sum()
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn segment(n: u128) -> SegmentId {
        SegmentId::from_uuid(Uuid::from_u128(n))
    }

    /// 1 → 2 → 3 → 1, 1 → 3 and 4 by itself, each with as many servers as its number.
    fn landscape() -> Landscape {
        let controls = [(1, vec![2, 3]), (2, vec![3]), (3, vec![1]), (4, vec![])];
        let outline = |(n, controls): (u128, Vec<u128>)| {
            let outline = SegmentOutline {
                controls: controls.into_iter().map(segment).collect(),
                servers: u64::try_from(n).unwrap(),
                ..SegmentOutline::default()
            };
            (segment(n), outline)
        };
        Landscape {
            segments: controls.into_iter().map(outline).collect(),
            systems: BTreeMap::new(),
        }
    }

    #[test]
    fn control_goes_on_from_what_is_controlled_and_ends_in_a_loop() {
        let land = landscape();
        let ways = land.taken_over(&[segment(2)].into());
        let expected = [
            (segment(3), vec![segment(2), segment(3)]),
            (segment(1), vec![segment(2), segment(3), segment(1)]),
        ];
        assert_eq!(ways, expected.into());
        assert_eq!(land.servers(ways.keys()), 4);
        assert!(land.taken_over(&[segment(4)].into()).is_empty());
        let all = [segment(1), segment(2), segment(3)].into();
        assert!(land.taken_over(&all).is_empty());
    }
}
