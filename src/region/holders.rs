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

/// At most so many of them, after that one.
pub(crate) fn page(all: BTreeSet<EntityRef>, after: Option<&str>, limit: u64) -> Vec<EntityRef> {
    let after = after.and_then(|id| id.parse::<EntityRef>().ok());
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let following = all
        .into_iter()
        .filter(|id| after.is_none_or(|after| *id > after));
    following.take(limit).collect()
}

impl At<'_> {
    /// Who holds a permission by a grant that is not revoked, whether it counts or not, in the order of the ids: at
    /// most so many, after that one.
    #[must_use]
    pub fn holders(
        &self,
        permission: &PermissionName,
        of: RolesOf,
        after: Option<&str>,
        limit: u64,
    ) -> Vec<EntityRef> {
        let conferring = self.region.conferring(std::slice::from_ref(permission));
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
        page(grants.filter_map(Grant::holder).collect(), after, limit)
    }

    /// People and services by id, in the order of the ids, with their grants that are not revoked: those that confer
    /// one of the permissions; `None`: all of them.
    #[must_use]
    pub fn holdings(
        &self,
        holders: &[EntityRef],
        permissions: Option<&[PermissionName]>,
    ) -> Vec<PrincipalFacts> {
        let holders: BTreeSet<&EntityRef> = holders.iter().collect();
        let known = holders.into_iter().filter_map(|id| {
            let mut facts = self.principal_facts(*id)?;
            facts.grants = self.held(*id, permissions);
            Some(facts)
        });
        known.collect()
    }
}
