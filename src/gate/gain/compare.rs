//! The same questions before and after an edit, each from the weakest sign-in to the strongest.

use std::collections::BTreeSet;
use std::num::NonZero;

use crate::domain::edit::{Edit, Gain, Gained, GainedBy, MOST_GAINED};
use crate::domain::facts::{
    Asked, Circumstances, GrantFacts, Node, PrincipalFacts, Question, RoleFacts, Scope,
    SystemFacts, TargetFacts, TargetKind,
};
use crate::domain::id::{OrganisationId, SystemId};
use crate::domain::permission::Category;
use crate::domain::verdict::{Stages, Verdict};
use crate::domain::{EntityRef, Instant, PermissionName};
use crate::policy::PolicySet;

use super::seen::{Seen, bears_on, weighty};
use crate::gate::ask::untreated;
use crate::gate::operation::with_companions;

/// Sign-ins from the weakest to the strongest: level, more than one factor, how many seconds ago.
const SIGN_INS: [(u8, bool, i64); 4] = [
    (1, false, 0),
    (2, true, 0),
    (3, true, 36 * 3_600),
    (4, true, 0),
];

/// What a comparison is made of.
pub(super) struct Comparing<'a> {
    pub(super) set: &'a PolicySet,
    pub(super) now: Instant,
    pub(super) edit: &'a Edit,
    pub(super) before: &'a Seen,
    pub(super) after: &'a Seen,
}

/// Something that somebody is asked about, before and after.
struct Probe {
    over: EntityRef,
    records_in: Option<SystemId>,
    before: TargetFacts,
    after: TargetFacts,
}

impl Comparing<'_> {
    /// Who gains what.
    pub(super) fn gain(&self) -> Gain {
        let holders: Vec<(&EntityRef, &PrincipalFacts)> = self.after.holders.iter().collect();
        let threads = std::thread::available_parallelism().map_or(1, NonZero::get);
        let share = holders.len().div_ceil(threads).max(1);
        let mut rows = BTreeSet::new();
        std::thread::scope(|scope| {
            let some = holders.chunks(share);
            let asked: Vec<_> = some
                .map(|some| scope.spawn(move || self.gained_by(some)))
                .collect();
            for gained in asked {
                match gained.join() {
                    Ok(gained) => rows.extend(gained),
                    Err(panic) => std::panic::resume_unwind(panic),
                }
            }
        });
        let more = rows.len() > MOST_GAINED;
        rows = rows.into_iter().take(MOST_GAINED).collect();
        Gain { rows, more }
    }

    /// What these gain, in their order, until it is known to be too much.
    fn gained_by(&self, holders: &[(&EntityRef, &PrincipalFacts)]) -> Vec<Gained> {
        let mut rows = Vec::new();
        for (id, after) in holders {
            if let Some(before) = self.before.holders.get(*id) {
                rows.extend(self.decided(before, after));
                rows.extend(self.taken_over(before, after));
            }
            if rows.len() > MOST_GAINED {
                break;
            }
        }
        rows
    }

    /// What the holder is allowed after and not before.
    fn decided(&self, before: &PrincipalFacts, after: &PrincipalFacts) -> Vec<Gained> {
        let mut rows = Vec::new();
        for permission in self.permissions(before, after) {
            let holder = [before, after].map(|side| conferring(side, &permission));
            for probe in self.probes(&permission, &holder) {
                rows.extend(self.gained(&permission, &holder, &probe));
            }
        }
        rows
    }

    /// The permissions that are worth asking about, of either side.
    fn permissions(
        &self,
        before: &PrincipalFacts,
        after: &PrincipalFacts,
    ) -> BTreeSet<PermissionName> {
        let grants = before.grants.iter().chain(&after.grants);
        let held = grants.flat_map(|grant| weighty(self.edit, grant));
        held.map(|held| held.name.clone()).collect()
    }

    /// What the holder is asked about: what the edit changes, what those grants are given over that it bears on,
    /// and the records kept there.
    fn probes(
        &self,
        permission: &PermissionName,
        [before, holder]: &[PrincipalFacts; 2],
    ) -> Vec<Probe> {
        let mut things: BTreeSet<&EntityRef> = self.after.changed.iter().collect();
        let scopes: Vec<EntityRef> = (holder.grants.iter())
            .filter(|grant| bears_on(self.edit, grant))
            .map(|grant| grant.scope.entity())
            .collect();
        things.extend(&scopes);
        let mut probes: Vec<Probe> = things
            .into_iter()
            .filter_map(|id| {
                let after = self.after.things.get(id)?;
                let mut grants = holder.grants.iter();
                grants.any(|grant| reaches(grant, after)).then_some(())?;
                Some(Probe {
                    over: id.clone(),
                    records_in: None,
                    before: self.before.things.get(id)?.clone(),
                    after: after.clone(),
                })
            })
            .collect();
        if is_used(permission, holder) {
            let kept: BTreeSet<_> = (holder.grants.iter())
                .flat_map(|grant| self.records(grant))
                .collect();
            probes.extend(kept.into_iter().filter_map(|(keeper, records_in)| {
                Some(Probe {
                    over: keeper.into(),
                    records_in,
                    before: record(self.before, keeper, records_in)?,
                    after: record(self.after, keeper, records_in)?,
                })
            }));
        }
        // The same facts have the same answer.
        probes.retain(|probe| before != holder || probe.before != probe.after);
        probes
    }

    /// By whom records are kept that the grant opens, and in which system.
    fn records(&self, grant: &GrantFacts) -> Vec<(OrganisationId, Option<SystemId>)> {
        let known = grant.system.as_ref().or(grant.scope_system.as_ref());
        let system = known.map(|system| system.id);
        let keepers = |system: Option<SystemId>| match grant.scope {
            Scope::Organisation(id) => Some(id),
            Scope::Installation | Scope::System(_) => {
                system.and_then(|system| self.after.owner(system))
            }
            Scope::Segment(_) | Scope::Database(_) => None,
        };
        match self.edit {
            Edit::MoveOrganisation {
                organisation,
                parent,
            } => vec![(*organisation, system), (*parent, system)],
            Edit::ClassifySystem { system, .. } => keepers(Some(*system))
                .map(|keeper| (keeper, Some(*system)))
                .into_iter()
                .collect(),
            Edit::SetRolePermission { .. }
            | Edit::SetRolePrivileged { .. }
            | Edit::SetPermissionPrivileged { .. }
                if bears_on(self.edit, grant) =>
            {
                keepers(system)
                    .map(|keeper| (keeper, system))
                    .into_iter()
                    .collect()
            }
            Edit::SetRolePermission { .. }
            | Edit::SetRolePrivileged { .. }
            | Edit::SetPermissionPrivileged { .. }
            | Edit::MoveServer { .. }
            | Edit::SetControl { .. } => Vec::new(),
        }
    }

    fn gained(
        &self,
        permission: &PermissionName,
        [before, after]: &[PrincipalFacts; 2],
        probe: &Probe,
    ) -> Option<Gained> {
        let allowed = self.ask(self.after, after, permission, &probe.after);
        let (weakest, verdict) = allowed
            .iter()
            .enumerate()
            .find(|(_, one)| one.is_allowed())?;
        let had = self.ask(self.before, before, permission, &probe.before);
        if had.get(weakest).is_some_and(Verdict::is_allowed) {
            return None;
        }
        let by = if had.last().is_some_and(Verdict::is_allowed) {
            GainedBy::WeakerSignIn
        } else {
            GainedBy::Reach
        };
        let asked = [
            treated(self.before, permission, &probe.before),
            treated(self.after, permission, &probe.after),
        ];
        let grants = before.grants.iter().chain(&after.grants);
        let used = grants.filter(|grant| verdict.matched.contains(&grant.id));
        let roles: Vec<&RoleFacts> = used.map(|grant| &grant.role).collect();
        let privileged =
            asked.iter().any(|asked| asked.privileged) || roles.iter().any(|role| role.privileged);
        let records = probe.after.system.as_ref();
        let patient_data = roles.iter().any(|role| role.patient_data)
            || (asked[1].category == Some(Category::Use)
                && records.is_some_and(|system| system.patient_data));
        (privileged || patient_data).then(|| Gained {
            holder: after.id.clone(),
            individual: after.individual(),
            permission: permission.clone(),
            over: probe.over.clone(),
            records_in: probe.records_in,
            by,
            privileged,
            patient_data,
            grants: verdict.matched.iter().copied().collect(),
        })
    }

    /// The answers from the weakest sign-in to the strongest.
    fn ask(
        &self,
        side: &Seen,
        principal: &PrincipalFacts,
        permission: &PermissionName,
        target: &TargetFacts,
    ) -> Vec<Verdict> {
        let under = SIGN_INS.map(|(level, multi_factor, ago)| {
            let at = self.now.plus_seconds(-ago);
            Circumstances::signed_in(self.now, level, multi_factor, at)
        });
        let question = Question {
            principal: principal.clone(),
            asked: treated(side, permission, target),
            target: target.clone(),
            circumstances: under[0].clone(),
        };
        let none = Stages::new();
        let stages = side.stages.get(&target.staged_at()).unwrap_or(&none);
        self.set.decide_each(&question, &under, stages)
    }
}

/// The principal with only those grants that a question about the permission is asked with.
fn conferring(principal: &PrincipalFacts, permission: &PermissionName) -> PrincipalFacts {
    let asked = with_companions(permission);
    let mut principal = principal.clone();
    principal.grants.retain(|grant| {
        let mut held = grant.role.permissions.iter();
        held.any(|held| asked.contains(&held.name))
    });
    principal
}

/// Whether the grant is given over the thing, something above it, or its system: nothing is open to anybody
/// otherwise but records, beside what somebody holds.
fn reaches(grant: &GrantFacts, thing: &TargetFacts) -> bool {
    let scope = grant.scope.entity();
    let system = thing.system.as_ref().map(|system| system.id.into());
    grant.scope == Scope::Installation
        || scope == thing.id
        || Some(&scope) == system.as_ref()
        || thing.parents.contains(&scope)
        || thing.ancestors.iter().any(|node| node.id == scope)
}

/// How the permission is treated where the target is.
fn treated(side: &Seen, permission: &PermissionName, target: &TargetFacts) -> Asked {
    let key = (permission.clone(), target.staged_at().system);
    let known = side.asked.get(&key);
    known.cloned().unwrap_or_else(|| untreated(permission))
}

/// Whether somebody uses a system by the permission, which is about records.
fn is_used(permission: &PermissionName, holder: &PrincipalFacts) -> bool {
    let roles = holder.grants.iter().map(|grant| &grant.role);
    let mut held = roles.flat_map(|role| &role.permissions);
    held.any(|held| held.name == *permission && held.category == Some(Category::Use))
}

/// A record that the organisation keeps in the system, neither blocked nor chosen.
fn record(side: &Seen, keeper: OrganisationId, system: Option<SystemId>) -> Option<TargetFacts> {
    let place = side.things.get(&keeper.into())?;
    let mut ancestors = place.ancestors.clone();
    ancestors.push(Node {
        id: place.id.clone(),
        parents: place.parents.clone(),
    });
    Some(TargetFacts {
        id: place.id.clone(),
        kind: TargetKind::Record {
            kind: "record".to_owned(),
            blocked: false,
            active_choice: false,
            consent: false,
        },
        parents: vec![place.id.clone()],
        ancestors,
        system: match system {
            Some(system) => Some(facts_of(side, system)?),
            None => None,
        },
        authority: place.authority,
        care_provider: place.care_provider,
    })
}

fn facts_of(side: &Seen, system: SystemId) -> Option<SystemFacts> {
    side.things.get(&system.into())?.system.clone()
}
