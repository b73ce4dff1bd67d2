//! How permissions are treated, and what roles confer.

use std::collections::{BTreeSet, HashSet};

use domain::facts::{Asked, RoleFacts, RolePermission};
use domain::id::{PermissionId, RoleId, SystemId};
use domain::{EntityKind, EntityRef, PermissionName, ServicePermission};

use crate::index::Relation;
use crate::things::{Permission, Role};
use crate::{At, Region};

impl Region {
    /// The permissions of that name, of whatever systems.
    pub(crate) fn permissions(
        &self,
        name: &str,
    ) -> impl Iterator<Item = (PermissionId, &Permission)> {
        let ids: Vec<EntityRef> = self.named(EntityKind::Permission, name).collect();
        let ids = ids.into_iter();
        ids.filter_map(|id| Some((id.to_id().ok()?, self.get(id)?)))
    }

    /// The roles that confer a permission of one of those names.
    pub(crate) fn conferring<'n>(
        &self,
        names: impl IntoIterator<Item = &'n str>,
    ) -> HashSet<RoleId> {
        let names = names.into_iter();
        let permissions = names.flat_map(|name| self.permissions(name));
        let roles = permissions.flat_map(|(id, _)| self.users(id, Relation::Confers));
        roles.filter_map(|id| id.to_id().ok()).collect()
    }

    /// What a role confers, by name.
    fn conferred(&self, role: &Role) -> Vec<RolePermission> {
        let permissions = role.permissions.iter();
        let mut held: Vec<RolePermission> = permissions
            .filter_map(|id| self.get::<Permission>(*id))
            .map(|permission| RolePermission {
                name: permission.name.clone(),
                category: permission.category,
                privileged: permission.privileged,
            })
            .collect();
        held.sort_by(|one, other| one.name.cmp(&other.name));
        held
    }

    /// A role; `None`: it is not there.
    pub(crate) fn role(&self, id: RoleId) -> Option<RoleFacts> {
        let role: &Role = self.get(id)?;
        Some(RoleFacts {
            id,
            system: role.system,
            privileged: role.privileged,
            patient_data: role.patient_data,
            permissions: self.conferred(role),
        })
    }
}

impl At<'_> {
    /// Whether the register, or the service itself, has a permission of that name, in whatever system.
    #[must_use]
    pub fn is_permission(&self, name: &PermissionName) -> bool {
        self.region.permissions(name.as_str()).next().is_some()
            || ServicePermission::named(name.as_str()).is_some()
    }

    /// How the register treats a permission that is asked for in a system, or in none: as the system says, else as a
    /// general one; and what the answer rests on.
    #[must_use]
    pub fn asked(
        &self,
        name: PermissionName,
        system: Option<SystemId>,
    ) -> (Option<Asked>, BTreeSet<String>) {
        let depends = BTreeSet::from([format!("permission:{name}")]);
        if let Some(own) = ServicePermission::named(name.as_str()) {
            let asked = Asked {
                privileged: own.demands_recent_sign_in(),
                permission: name,
                category: None,
            };
            return (Some(asked), depends);
        }
        let of = |system: Option<SystemId>| {
            let mut known = self.region.permissions(name.as_str());
            known.find_map(|(_, one)| (one.system == system).then_some(one))
        };
        let treated = of(system).or_else(|| of(None));
        let asked = treated.map(|permission| Asked {
            permission: name.clone(),
            category: permission.category,
            privileged: permission.privileged,
        });
        (asked, depends)
    }
}
