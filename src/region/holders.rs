//! The other way round: who holds a permission, and what many hold at once.

use std::collections::BTreeSet;

use domain::facts::PrincipalFacts;
use domain::id::SystemId;
use domain::{EntityRef, PermissionName};

use crate::index::Relation;
use crate::things::{Grant, Role};
use crate::{At, Region};

/// Of what the roles are whose holders are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RolesOf {
    /// Of anything.
    Everything,
    /// Of that system, or of none; `None`: of none.
    System(Option<SystemId>),
}

impl Region {
    /// Who hold a grant that is not revoked and of which that is true.
    pub(crate) fn holders_of(&self, those: impl Fn(&Grant) -> bool) -> BTreeSet<EntityRef> {
        let grants = self.all::<Grant>().map(|(_, grant)| grant);
        let grants = grants.filter(|grant| grant.revoked_at.is_none() && those(grant));
        grants.filter_map(Grant::holder).collect()
    }
}

impl At<'_> {
    /// Who holds a permission by a grant that is not revoked, whether it counts or not.
    #[must_use]
    pub fn holders(&self, permission: &PermissionName, of: RolesOf) -> BTreeSet<EntityRef> {
        let conferring = self.region.conferring([permission.as_str()]);
        let roles = conferring.into_iter().filter(|id| {
            let role: Option<&Role> = self.region.get(*id);
            role.is_some_and(|role| match of {
                RolesOf::Everything => true,
                RolesOf::System(system) => role.system.is_none() || role.system == system,
            })
        });
        let grants = roles.flat_map(|role| self.region.users(role, Relation::OfRole));
        let grants = grants.filter_map(|id| self.region.get::<Grant>(id));
        let grants = grants.filter(|grant| grant.revoked_at.is_none());
        grants.filter_map(Grant::holder).collect()
    }

    /// Who holds anything by a grant that is not revoked, whether it counts or not.
    #[must_use]
    pub fn anybody(&self) -> BTreeSet<EntityRef> {
        self.region.holders_of(|_| true)
    }

    /// People and services by id, in the order of the ids, with their grants that are not revoked: those that confer
    /// one of the permissions; `None`: all of them.
    #[must_use]
    pub fn holdings(
        &self,
        holders: &BTreeSet<EntityRef>,
        permissions: Option<&[PermissionName]>,
    ) -> Vec<PrincipalFacts> {
        let holders = holders.iter();
        let known = holders.filter_map(|id| self.holding(*id, permissions));
        known.collect()
    }

    /// A person or service with its grants that are not revoked: those that confer one of the permissions; `None`: all
    /// of them. `None`: it is not there.
    #[must_use]
    pub fn holding(
        &self,
        holder: EntityRef,
        permissions: Option<&[PermissionName]>,
    ) -> Option<PrincipalFacts> {
        let mut facts = self.principal_facts(holder)?;
        facts.grants = self.held(holder, permissions);
        Some(facts)
    }
}
