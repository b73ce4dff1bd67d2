//! What somebody can administer: directly by grants, and by taking over from there what it controls.

use std::collections::{BTreeMap, BTreeSet};

use domain::action::{Reach, Read};
use domain::facts::{GrantFacts, Landscape, PrincipalFacts};
use domain::id::{GrantId, SegmentId, SystemId};
use domain::verdict::StagedAt;

use super::{ADMINISTER_SYSTEMS, Counting, SEGMENT_SERVER_ADMIN};
use crate::operation::Operation;
use crate::permit::Permit;
use crate::register::ADMINISTER_SERVERS;

/// What somebody can reach.
#[derive(Debug, Clone, Default)]
pub struct Reached {
    /// The grants that it rests on, in the order of their ids.
    pub grants: Vec<GrantFacts>,
    /// The segments, those reached directly and those that can be taken over.
    pub segments: BTreeMap<SegmentId, ReachedSegment>,
    /// The systems that are administered themselves, or have one of the segments.
    pub systems: BTreeMap<SystemId, ReachedSystem>,
    /// How many servers are in what is reached directly.
    pub servers_direct: u64,
    /// How many servers are in any of the segments.
    pub servers_total: u64,
    /// How many servers the grants would reach directly if server administration counted over any scope.
    pub servers_unsegmented: u64,
}

/// How a segment is reached.
#[derive(Debug, Clone, Default)]
pub struct ReachedSegment {
    /// By which grants; empty: only by taking it over.
    pub grants: Vec<GrantId>,
    /// The way there, from a segment that is reached directly; empty: it is one.
    pub way: Vec<SegmentId>,
    /// How many servers it has.
    pub servers: u64,
}

/// How a system is reached.
#[derive(Debug, Clone, Default)]
pub struct ReachedSystem {
    /// By which grants it is administered itself; empty: only through its segments.
    pub grants: Vec<GrantId>,
    /// Its segments that are reached.
    pub segments: Vec<SegmentId>,
}

impl Operation {
    /// What the person or service can reach whom the permit is about.
    ///
    /// # Errors
    /// The register could not be read.
    pub fn reached(&self, permit: &Permit<Read<Reach>>) -> Reached {
        let asked = [ADMINISTER_SERVERS, ADMINISTER_SYSTEMS];
        let found = self.whole(permit.target(), Some(&asked));
        let Some(principal) = found.filter(|principal| principal.is_live(self.now)) else {
            return Reached::default();
        };
        let land = self.register.at().landscape();
        let mut counting = self.counting(&land, None);
        let direct = direct(&land, &principal, &mut counting);
        let mut unsegmented = self.counting(&land, Some(SEGMENT_SERVER_ADMIN));
        let scoped = self::direct(&land, &principal, &mut unsegmented);
        let mut reached = Reached {
            servers_unsegmented: land.servers(scoped.keys()),
            ..whole(&land, direct)
        };
        for (system, grants) in administered(&land, &principal, &mut counting) {
            reached.systems.entry(system).or_default().grants = grants;
        }
        let of_segments = reached.segments.values().flat_map(|one| &one.grants);
        let of_systems = reached.systems.values().flat_map(|one| &one.grants);
        let used: BTreeSet<&GrantId> = of_segments.chain(of_systems).collect();
        let grants = principal.grants.iter();
        reached.grants = grants
            .filter(|one| used.contains(&one.id))
            .cloned()
            .collect();
        reached
    }
}

/// The segments whose servers the grants reach that count, each with those grants.
pub(crate) fn direct(
    land: &Landscape,
    principal: &PrincipalFacts,
    counting: &mut Counting<'_>,
) -> BTreeMap<SegmentId, Vec<GrantId>> {
    let mut direct: BTreeMap<SegmentId, Vec<GrantId>> = BTreeMap::new();
    for (id, outline) in &land.segments {
        for grant in &principal.grants {
            if land.reaches_segment(grant, *id)
                && counting.counts(principal, grant, ADMINISTER_SERVERS, outline.staged_at())
            {
                direct.entry(*id).or_default().push(grant.id);
            }
        }
    }
    direct
}

fn administered(
    land: &Landscape,
    principal: &PrincipalFacts,
    counting: &mut Counting<'_>,
) -> BTreeMap<SystemId, Vec<GrantId>> {
    let mut administered: BTreeMap<SystemId, Vec<GrantId>> = BTreeMap::new();
    for (id, of) in &land.systems {
        let at = StagedAt {
            system: Some(*id),
            authority: of.authority,
        };
        for grant in &principal.grants {
            if land.reaches_system(grant, *id)
                && counting.counts(principal, grant, ADMINISTER_SYSTEMS, at)
            {
                administered.entry(*id).or_default().push(grant.id);
            }
        }
    }
    administered
}

/// What is reached directly, with what can be taken over from there.
fn whole(land: &Landscape, direct: BTreeMap<SegmentId, Vec<GrantId>>) -> Reached {
    let begun: BTreeSet<SegmentId> = direct.keys().copied().collect();
    let taken_over = land.taken_over(&begun);
    let mut reached = Reached {
        servers_direct: land.servers(&begun),
        servers_total: land.servers(begun.iter().chain(taken_over.keys())),
        ..Reached::default()
    };
    let by_grants = direct
        .into_iter()
        .map(|(id, grants)| (id, grants, Vec::new()));
    let by_way = taken_over
        .into_iter()
        .map(|(id, way)| (id, Vec::new(), way));
    for (id, grants, way) in by_grants.chain(by_way) {
        let outline = land.segments.get(&id);
        let servers = outline.map_or(0, |outline| outline.servers);
        if let Some(system) = outline.and_then(|outline| outline.system) {
            let system = reached.systems.entry(system).or_default();
            system.segments.push(id);
        }
        let segment = ReachedSegment {
            grants,
            way,
            servers,
        };
        reached.segments.insert(id, segment);
    }
    reached
}
