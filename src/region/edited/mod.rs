//! What the region would be with an edit made: another value, of which nobody else knows.

use std::sync::Arc;

use domain::EntityRef;
use domain::PermissionName;
use domain::edit::Edit;
use domain::id::{INSTALLATION, OrganisationId, PermissionId, RoleId, SegmentId, SystemId};

use crate::Region;
use crate::things::{
    Classification, OfKind, Organisation, Permission, Role, Segment, Server, Service, System,
};

impl Region {
    /// The region as the edit makes it; `None`: it has not got what the edit is about, is so already, or would have an
    /// organisation below itself.
    #[must_use]
    pub fn edited(&self, edit: &Edit) -> Option<Self> {
        let mut edited = self.clone();
        match edit {
            Edit::MoveOrganisation {
                organisation,
                parent,
            } => edited.move_organisation(*organisation, *parent)?,
            Edit::MoveServer { server, segment } => {
                edited.get::<Segment>(*segment)?;
                edited.change(*server, |server: &mut Server| server.segment = *segment)?;
            }
            Edit::SetRolePermission {
                role,
                permission,
                held,
            } => edited.set_role_permission(*role, permission, *held)?,
            Edit::SetRolePrivileged { role, privileged } => {
                edited.change(*role, |role: &mut Role| role.privileged = *privileged)?;
            }
            Edit::SetPermissionPrivileged {
                permission,
                system,
                privileged,
            } => {
                let id = edited.permission_of(*system, permission)?;
                let set = |permission: &mut Permission| permission.privileged = *privileged;
                edited.change_something(id, set)?;
            }
            Edit::ClassifySystem {
                system,
                confidentiality,
                analysis,
                ..
            } => edited.change_something(*system, |system: &mut System| {
                system.classification = Some(Classification {
                    confidentiality: *confidentiality,
                    analysis: analysis.as_deref().map(ToOwned::to_owned),
                });
            })?,
            Edit::SetControl {
                controller,
                controlled,
                controls,
            } => edited.set_control(*controller, *controlled, *controls)?,
            Edit::SetTrustedToAssert { service, trusted } => {
                let set = |service: &mut Service| service.trusted_to_assert = *trusted;
                edited.change(*service, set)?;
            }
        }
        Some(edited)
    }

    /// Changes a thing; `None`: it is not there, or is so already.
    fn change<T: OfKind + Clone + PartialEq>(
        &mut self,
        id: impl Into<EntityRef>,
        change: impl FnOnce(&mut T),
    ) -> Option<()> {
        let id = id.into();
        let known = self.get::<T>(id)?.clone();
        self.change_something(id, change)?;
        (self.get::<T>(id)? != &known).then_some(())
    }

    /// Changes a thing of which the edit says more than decisions ask about; `None`: it is not there.
    fn change_something<T: OfKind + Clone>(
        &mut self,
        id: impl Into<EntityRef>,
        change: impl FnOnce(&mut T),
    ) -> Option<()> {
        let id = id.into();
        let mut thing = self.get::<T>(id)?.clone();
        change(&mut thing);
        self.put(id, T::into_thing(Arc::new(thing)));
        Some(())
    }

    fn move_organisation(
        &mut self,
        organisation: OrganisationId,
        parent: OrganisationId,
    ) -> Option<()> {
        self.get::<Organisation>(parent)?;
        if organisation == INSTALLATION || self.downwards(organisation).contains(&parent) {
            return None;
        }
        let below = |moved: &mut Organisation| moved.parent = Some(parent);
        self.change(organisation, below)
    }

    fn set_role_permission(
        &mut self,
        role: RoleId,
        permission: &PermissionName,
        held: bool,
    ) -> Option<()> {
        let system = self.get::<Role>(role)?.system;
        let id = self.permission_of(system, permission)?;
        self.change(role, |role: &mut Role| {
            set_member(&mut role.permissions, id, held);
        })
    }

    fn set_control(&mut self, from: SegmentId, into: SegmentId, controls: bool) -> Option<()> {
        self.get::<Segment>(into)?;
        self.change(from, |segment: &mut Segment| {
            set_member(&mut segment.controls, into, controls);
        })
    }

    fn permission_of(
        &self,
        system: Option<SystemId>,
        name: &PermissionName,
    ) -> Option<PermissionId> {
        let mut named = self.permissions(name.as_str());
        named.find_map(|(id, one)| (one.system == system).then_some(id))
    }
}

/// Sees to it that one is among them, in their order, or that it is not.
fn set_member<T: Ord>(members: &mut Vec<T>, one: T, is_in: bool) {
    members.retain(|other| *other != one);
    if is_in {
        let at = members.partition_point(|other| *other < one);
        members.insert(at, one);
    }
}

#[cfg(test)]
mod tests;
