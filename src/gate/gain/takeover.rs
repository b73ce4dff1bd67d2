//! What can be taken over after an edit and could not before: servers that what somebody administers controls.

use std::collections::{BTreeMap, BTreeSet};

use domain::EntityRef;
use domain::edit::{Edit, Gained, GainedBy};
use domain::facts::{Landscape, PrincipalFacts};
use domain::id::{GrantId, SegmentId};

use super::comparing::{Comparing, Staged, When};
use super::lifted::Staging;
use crate::register::ADMINISTER_SERVERS;
use crate::turned::{Counting, direct};

impl Comparing<'_> {
    /// What the holder can take over after and not before.
    pub(super) fn taken_over(
        &self,
        before: &PrincipalFacts,
        after: &PrincipalFacts,
        when: When<'_>,
    ) -> Vec<Gained> {
        let of_now;
        let staged = match when {
            When::Now => {
                of_now = [Staged {
                    before: self.before.stages.clone(),
                    after: self.after.stages.clone(),
                }];
                &of_now
            }
            When::Later(staged, _) => staged,
        };
        let each = staged.iter();
        each.flat_map(|stages| self.taken_over_by(before, after, stages))
            .collect()
    }

    /// The same by these stages.
    fn taken_over_by(
        &self,
        before: &PrincipalFacts,
        after: &PrincipalFacts,
        stages: &Staged,
    ) -> Vec<Gained> {
        let Some((land_before, land_after)) =
            self.before.land.as_ref().zip(self.after.land.as_ref())
        else {
            return Vec::new();
        };
        if !after.is_live(self.now) || !administers_servers(after) {
            return Vec::new();
        }
        let had = self.reaches(&stages.before, land_before, before);
        let has = self.reaches(&stages.after, land_after, after);
        let mut rows = Vec::new();
        for (segment, (grants, by)) in has {
            // Whoever reaches the segment of a moved server by a grant is asked about the server itself.
            let over: EntityRef = if let Edit::MoveServer {
                server,
                segment: new,
            } = self.edit
            {
                let left = self.segment_of(&(*server).into());
                let had_it = left.is_some_and(|left| had.contains_key(&left));
                if segment != *new || by == GainedBy::Reach || had_it {
                    continue;
                }
                (*server).into()
            } else if had.contains_key(&segment) {
                continue;
            } else {
                segment.into()
            };
            let Ok(permission) = ADMINISTER_SERVERS.parse() else {
                continue;
            };
            rows.push(Gained {
                holder: after.id,
                individual: after.individual(),
                permission,
                over,
                records_in: None,
                by,
                privileged: true,
                patient_data: false,
                grants,
            });
        }
        rows
    }

    /// The segment that the server was in.
    fn segment_of(&self, server: &EntityRef) -> Option<SegmentId> {
        let parents = &self.before.things.get(server)?.parents;
        parents.iter().find_map(|parent| parent.to_id().ok())
    }

    /// The segments that the holder reaches, with the grants that it begins with.
    fn reaches(
        &self,
        stages: &Staging,
        land: &Landscape,
        holder: &PrincipalFacts,
    ) -> BTreeMap<SegmentId, (BTreeSet<GrantId>, GainedBy)> {
        let mut counting = Counting::new(self.set, self.now, stages.clone());
        let begun = direct(land, holder, &mut counting);
        let ways = land.taken_over(&begun.keys().copied().collect());
        let grants = |segment: &SegmentId| -> BTreeSet<GrantId> {
            begun.get(segment).into_iter().flatten().copied().collect()
        };
        let by_way = ways.iter().filter_map(|(segment, way)| {
            let first = way.first()?;
            Some((*segment, (grants(first), GainedBy::TakeOver)))
        });
        let by_grant = begun.keys();
        let by_grant = by_grant.map(|segment| (*segment, (grants(segment), GainedBy::Reach)));
        by_grant.chain(by_way).collect()
    }
}

pub(super) fn administers_servers(holder: &PrincipalFacts) -> bool {
    let roles = holder.grants.iter().map(|grant| &grant.role);
    let mut held = roles.flat_map(|role| &role.permissions);
    held.any(|held| held.name.as_str() == ADMINISTER_SERVERS)
}
