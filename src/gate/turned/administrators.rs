//! Who administers which segments.

use std::collections::{BTreeMap, BTreeSet};

use domain::EntityRef;
use domain::action::{List, Reach};
use domain::facts::GrantFacts;
use domain::id::{GrantId, IndividualId, SegmentId};

use super::{pause, reached};
use crate::operation::Operation;
use crate::permit::Permit;
use crate::register::ADMINISTER_SERVERS;
use region::RolesOf;

/// Everybody who administers servers, by what counts now.
#[derive(Debug, Clone, Default)]
pub struct Administrators {
    /// Those who do, in the order of their ids.
    pub all: Vec<Administrator>,
    /// Every segment, administered or not.
    pub segments: BTreeSet<SegmentId>,
}

/// Somebody who administers servers of segments.
#[derive(Debug, Clone)]
pub struct Administrator {
    /// The person or service.
    pub id: EntityRef,
    /// The human being; `None`: a service.
    pub individual: Option<IndividualId>,
    /// The segments, each with the grants by which.
    pub segments: BTreeMap<SegmentId, Vec<GrantId>>,
    /// Those grants.
    pub grants: Vec<GrantFacts>,
}

impl Operation {
    /// Who administers which segments; what of it may be shown says the permit.
    pub async fn administrators(&self, _: &Permit<List<Reach>>) -> Administrators {
        let land = self.register.at().landscape();
        let mut counting = self.counting(&land, None);
        let Ok(permission) = ADMINISTER_SERVERS.parse::<domain::PermissionName>() else {
            return Administrators::default();
        };
        let mut all = Vec::new();
        let holders = self.register.at().holders(&permission, RolesOf::Everything);
        let asked = [permission];
        for holder in holders {
            pause().await;
            let holder = self.register.at().holding(holder, Some(&asked));
            let Some(principal) = holder.filter(|one| one.is_live(self.now)) else {
                continue;
            };
            let segments = reached::direct(&land, &principal, &mut counting);
            if !segments.is_empty() {
                all.push(Administrator {
                    individual: principal.individual(),
                    id: principal.id,
                    segments,
                    grants: principal.grants,
                });
            }
        }
        Administrators {
            all,
            segments: land.segments.into_keys().collect(),
        }
    }

    /// Those of the segments that the report may tell of.
    #[must_use]
    pub fn reported(
        &self,
        permit: &Permit<List<Reach>>,
        segments: &BTreeSet<SegmentId>,
    ) -> BTreeSet<SegmentId> {
        let Some(filter) = permit.filter() else {
            return BTreeSet::new();
        };
        let at = self.register.at();
        let admitted = |id: &SegmentId| at.admits((*id).into(), |facts| filter.admits(facts));
        let segments = segments.iter().copied();
        segments.filter(|id| admitted(id) == Some(true)).collect()
    }
}

impl Administrators {
    /// The segments with fewer human beings than that who administer them, each with how many.
    #[must_use]
    pub fn fewer_than(&self, least: usize) -> BTreeMap<SegmentId, usize> {
        let nobody = self.segments.iter().map(|id| (*id, BTreeSet::new()));
        let mut of: BTreeMap<SegmentId, BTreeSet<IndividualId>> = nobody.collect();
        for one in &self.all {
            for segment in one.segments.keys() {
                of.entry(*segment).or_default().extend(one.individual);
            }
        }
        let counted = of.into_iter().map(|(id, humans)| (id, humans.len()));
        counted.filter(|(_, humans)| *humans < least).collect()
    }
}
