//! What somebody is asked about because of an edit: the things that it changes, what grants are given over that it
//! bears on, and the records that are kept there.

use std::collections::BTreeSet;

use domain::edit::Edit;
use domain::facts::{GrantFacts, PrincipalFacts, Scope, SystemFacts, TargetFacts};
use domain::id::{OrganisationId, SystemId};
use domain::permission::Category;
use domain::{EntityRef, PermissionName};

use super::comparing::{Comparing, What};
use super::seen::{Seen, bears_on};

/// Something that somebody is asked about, before and after.
pub(super) struct Probe {
    pub(super) over: EntityRef,
    pub(super) records_in: Option<SystemId>,
    pub(super) before: TargetFacts,
    pub(super) after: TargetFacts,
}

impl Probe {
    pub(super) fn what(&self, permission: &PermissionName) -> What {
        (permission.clone(), self.over, self.records_in)
    }
}

impl Comparing<'_> {
    /// What the holder is asked about: what the edit changes, what those grants are given over that it bears on,
    /// and the records kept there.
    pub(super) fn probes(
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
                    over: *id,
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
            } => {
                let mut kept = vec![(*organisation, system), (*parent, system)];
                // Who is moved along works for another care provider, also where nothing moved.
                kept.extend(keepers(system).map(|keeper| (keeper, system)));
                kept
            }
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
            | Edit::SetControl { .. }
            | Edit::SetTrustedToAssert { .. } => Vec::new(),
        }
    }
}

/// Whether the grant is given over the thing, something above it, or its system: nothing is open to anybody
/// otherwise but records, beside what somebody holds.
pub(super) fn reaches(grant: &GrantFacts, thing: &TargetFacts) -> bool {
    let scope = grant.scope.entity();
    let system = thing.system.as_ref().map(|system| system.id.into());
    grant.scope == Scope::Installation
        || scope == thing.id
        || Some(&scope) == system.as_ref()
        || thing.parents.contains(&scope)
        || thing.ancestors.iter().any(|node| node.id == scope)
}

/// Whether somebody uses a system by the permission, which is about records.
fn is_used(permission: &PermissionName, holder: &PrincipalFacts) -> bool {
    let roles = holder.grants.iter().map(|grant| &grant.role);
    let mut held = roles.flat_map(|role| &role.permissions);
    held.any(|held| held.name == *permission && held.category == Some(Category::Use))
}

/// A record that the organisation keeps in the system.
fn record(side: &Seen, keeper: OrganisationId, system: Option<SystemId>) -> Option<TargetFacts> {
    let place = side.things.get(&keeper.into())?;
    let system = match system {
        Some(system) => Some(facts_of(side, system)?),
        None => None,
    };
    Some(place.record_kept_here(system))
}

fn facts_of(side: &Seen, system: SystemId) -> Option<SystemFacts> {
    side.things.get(&system.into())?.system.clone()
}
