//! Questions turned around: not whether this one may do that, but what somebody holds, what somebody can
//! reach, and who could do a thing.
//!
//! Apart from single decisions because each answer is made of many of them. The policies are asked as they
//! are for one, by the stages of where it is reached, so that no report says more or less than the
//! decisions would. To add a report: a method here that takes the permit of its reading.

use std::collections::{BTreeMap, BTreeSet};

use domain::facts::{GrantFacts, Landscape, PrincipalFacts};
use domain::id::GrantId;
use domain::verdict::{Conferred, Stage, StagedAt, Stages};
use domain::{EntityRef, Instant, PermissionName};
use policy::{PolicySet, SEGMENT_SERVER_ADMIN};

use super::operation::Operation;

mod administrators;
mod entitled;
mod held;
mod reached;
mod records;

pub use administrators::{Administrator, Administrators};
pub use entitled::Entitled;
pub use held::HeldGrant;
pub(crate) use reached::direct;
pub use reached::{Reached, ReachedSegment, ReachedSystem};

/// The permission by which somebody has a system.
const ADMINISTER_SYSTEMS: &str = "system:administer";

/// Lets whoever shares the thread go first, and the work end here when nobody waits for it any more.
async fn pause() {
    tokio::task::yield_now().await;
}

impl Operation {
    /// The principal with its grants that are not revoked; `None`: the thing is no principal.
    fn whole(&self, id: &EntityRef, permissions: Option<&[&str]>) -> Option<PrincipalFacts> {
        let named = permissions.map(|names| names.iter().filter_map(|name| name.parse().ok()));
        let permissions: Option<Vec<PermissionName>> = named.map(Iterator::collect);
        let holders = BTreeSet::from([*id]);
        let mut found = self
            .register
            .at()
            .holdings(&holders, permissions.as_deref());
        found.pop()
    }

    /// What counts wherever there is something in the landscape; `but` leaves one guardrail out.
    fn counting(&self, land: &Landscape, but: Option<&str>) -> Counting<'_> {
        let mut stages = BTreeMap::new();
        for at in land.staged_at() {
            let mut here = self.register.at().stages(at);
            here.extend(but.map(|id| (id.to_owned(), Stage::Observe)));
            stages.insert(at, here);
        }
        Counting::new(&self.policies.set, self.now, stages)
    }
}

/// Asks whether grants count, each once for every place that has stages of its own.
pub(crate) struct Counting<'a> {
    set: &'a PolicySet,
    now: Instant,
    stages: BTreeMap<StagedAt, Stages>,
    known: BTreeMap<(GrantId, StagedAt), Vec<Conferred>>,
}

impl<'a> Counting<'a> {
    /// By these policies and stages.
    pub(crate) fn new(
        set: &'a PolicySet,
        now: Instant,
        stages: BTreeMap<StagedAt, Stages>,
    ) -> Self {
        Self {
            set,
            now,
            stages,
            known: BTreeMap::new(),
        }
    }

    /// Whether the grant counts for the permission about what is there.
    fn counts(
        &mut self,
        principal: &PrincipalFacts,
        grant: &GrantFacts,
        permission: &str,
        at: StagedAt,
    ) -> bool {
        let Some(stages) = self.stages.get(&at) else {
            return false;
        };
        let conferred = self
            .known
            .entry((grant.id, at))
            .or_insert_with(|| self.set.conferred(principal, grant, self.now, stages));
        conferred
            .iter()
            .any(|one| one.permission.as_str() == permission && one.counts())
    }
}
