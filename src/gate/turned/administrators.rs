//! Who administers which segments.

use std::collections::{BTreeMap, BTreeSet};

use domain::EntityRef;
use domain::action::{List, Reach};
use domain::facts::GrantFacts;
use domain::id::{GrantId, IndividualId, SegmentId};

use super::{ADMINISTER_SERVERS, pause, reached};
use crate::facts::RolesOf;
use crate::operation::Operation;
use crate::permit::Permit;
use crate::refusal::Refusal;

/// How many principals are read at once.
pub(super) const AT_ONCE: u64 = 200;

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
    ///
    /// # Errors
    /// The register could not be read.
    pub async fn administrators(&self, _: &Permit<List<Reach>>) -> Result<Administrators, Refusal> {
        let land = self.source.landscape().await?;
        let mut counting = self.counting(&land, None).await?;
        let Ok(permission) = ADMINISTER_SERVERS.parse::<domain::PermissionName>() else {
            return Ok(Administrators::default());
        };
        let mut all = Vec::new();
        let mut after = None;
        loop {
            let (name, of) = (permission.clone(), RolesOf::Everything);
            let ids = self.source.holders(name, of, after.take(), AT_ONCE).await?;
            let Some(last) = ids.last() else { break };
            after = Some(last.to_string());
            let asked = Some(vec![permission.clone()]);
            for principal in self.source.holdings(ids, asked).await? {
                pause().await;
                if !principal.is_live(self.now) {
                    continue;
                }
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
        }
        Ok(Administrators {
            all,
            segments: land.segments.into_keys().collect(),
        })
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
