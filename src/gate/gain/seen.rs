//! What the register says of those whom an edit concerns, and of what they are asked about.

use std::collections::{BTreeMap, BTreeSet};

use domain::edit::Edit;
use domain::facts::{
    Asked, GrantFacts, Landscape, PrincipalFacts, RolePermission, Scope, TargetFacts,
};
use domain::id::{OrganisationId, SystemId};
use domain::target::TargetKey;
use domain::verdict::StagedAt;
use domain::{EntityRef, PermissionName};
use region::{Ambiguous, At};

use super::lifted::Staging;

/// What a permission is treated as, where.
type Treated = BTreeMap<(PermissionName, Option<SystemId>), Asked>;

/// The register's word on everybody whom an edit concerns.
#[derive(Debug, Default)]
pub(super) struct Seen {
    pub(super) holders: BTreeMap<EntityRef, PrincipalFacts>,
    /// What the edit changes and what is kept in it.
    pub(super) changed: BTreeSet<EntityRef>,
    /// These, and what grants are given over.
    pub(super) things: BTreeMap<EntityRef, TargetFacts>,
    pub(super) asked: Treated,
    pub(super) stages: Staging,
    /// Only where the edit bears on what can be taken over.
    pub(super) land: Option<Landscape>,
}

impl Seen {
    /// As it is where the edit has been made.
    pub(super) fn after(at: &At<'_>, edit: &Edit) -> Result<Self, Ambiguous> {
        let changed = match edit {
            Edit::MoveOrganisation { .. }
            | Edit::MoveServer { .. }
            | Edit::ClassifySystem { .. } => at.kept_in(edit.thing()),
            Edit::SetRolePermission { .. }
            | Edit::SetRolePrivileged { .. }
            | Edit::SetPermissionPrivileged { .. }
            | Edit::SetControl { .. }
            | Edit::SetTrustedToAssert { .. } => Vec::new(),
        };
        let mut seen = Self {
            changed: changed.into_iter().collect(),
            ..Self::default()
        };
        seen.read_holders(at, &at.concerned(edit));
        let mut things = seen.changed.clone();
        things.insert(edit.thing());
        things.extend(edit.also());
        let grants = seen.holders.values().flat_map(|holder| &holder.grants);
        for grant in grants {
            things.extend(places_of(edit, grant));
        }
        seen.read_things(at, things)?;
        let wanted = seen.permissions(edit);
        seen.read_rest(at, edit, &wanted);
        Ok(seen)
    }

    /// Of the same people and things, as it is elsewhere: where the edit has not been made.
    pub(super) fn before(&self, at: &At<'_>, edit: &Edit) -> Result<Self, Ambiguous> {
        let mut seen = Self {
            changed: self.changed.clone(),
            ..Self::default()
        };
        seen.read_holders(at, &self.holders.keys().copied().collect());
        seen.read_things(at, self.things.keys().copied().collect())?;
        let mut wanted = self.permissions(edit);
        wanted.extend(seen.permissions(edit));
        seen.read_rest(at, edit, &wanted);
        Ok(seen)
    }

    fn read_holders(&mut self, at: &At<'_>, ids: &BTreeSet<EntityRef>) {
        let holders = at.holdings(ids, None).into_iter();
        self.holders
            .extend(holders.map(|holder| (holder.id, holder)));
    }

    fn read_things(&mut self, at: &At<'_>, things: BTreeSet<EntityRef>) -> Result<(), Ambiguous> {
        for thing in things {
            let (found, _) = at.target(&TargetKey::Entity(thing))?;
            self.things
                .extend(found.map(|record| (record.facts.id, record.facts)));
        }
        Ok(())
    }

    fn read_rest(&mut self, at: &At<'_>, edit: &Edit, permissions: &BTreeSet<PermissionName>) {
        let systems = self.things.values().map(|thing| thing.system.as_ref());
        let mut systems: BTreeSet<_> = systems.map(|one| one.map(|one| one.id)).collect();
        systems.insert(None);
        for permission in permissions {
            for system in &systems {
                let (treated, _) = at.asked(permission.clone(), *system);
                let asked = treated.unwrap_or_else(|| Asked::untreated(permission));
                self.asked.insert((permission.clone(), *system), asked);
            }
        }
        let mut places: BTreeSet<StagedAt> =
            self.things.values().map(TargetFacts::staged_at).collect();
        // Records are kept by any organisation in any of the systems.
        let authorities: BTreeSet<_> = places.iter().map(|at| at.authority).collect();
        for system in systems {
            let kept = authorities.iter().map(|authority| StagedAt {
                system,
                authority: *authority,
            });
            places.extend(kept);
        }
        if matches!(edit, Edit::MoveServer { .. } | Edit::SetControl { .. }) {
            let land = at.landscape();
            places.extend(land.staged_at());
            self.land = Some(land);
        }
        let stages = places.into_iter().map(|place| (place, at.stages(place)));
        self.stages.extend(stages);
    }

    fn permissions(&self, edit: &Edit) -> BTreeSet<PermissionName> {
        let grants = self.holders.values().flat_map(|holder| &holder.grants);
        let held = grants.flat_map(|grant| weighty(edit, grant).map(|held| held.name.clone()));
        held.chain(edit.gives().cloned()).collect()
    }

    /// Whether the edit gives a role something privileged, whoever has the role.
    pub(super) fn gives_privileged(&self, edit: &Edit) -> bool {
        let Some(given) = edit.gives() else {
            return false;
        };
        let role = self.things.get(&edit.thing());
        let system = role.and_then(|role| role.system.as_ref());
        let key = (given.clone(), system.map(|system| system.id));
        let asked = self.asked.get(&key).cloned();
        asked
            .unwrap_or_else(|| Asked::untreated(given))
            .is_privileged()
    }

    /// The organisation that the system belongs to.
    pub(super) fn owner(&self, system: SystemId) -> Option<OrganisationId> {
        let thing = self.things.get(&system.into())?;
        thing.parents.iter().find_map(|parent| parent.to_id().ok())
    }
}

/// What of a grant's role is worth asking about: what is privileged, and what opens patient data; where a class is
/// edited, all of it, for the sign-in that a class demands is demanded for everything in the system. Records
/// are kept neither on servers nor in segments.
pub(super) fn weighty<'a>(
    edit: &Edit,
    grant: &'a GrantFacts,
) -> impl Iterator<Item = &'a RolePermission> {
    let patient_data =
        grant.opens_patient_data() || grant.systems().any(|system| system.patient_data);
    let of_servers = matches!(edit, Edit::MoveServer { .. } | Edit::SetControl { .. });
    let of_sign_in = matches!(edit, Edit::ClassifySystem { .. });
    let all = !of_servers && (patient_data || grant.role.privileged || of_sign_in);
    let held = grant.role.permissions.iter();
    held.filter(move |held| all || held.is_privileged())
}

/// Whether what the grant is given over has to be asked about, because the edit changes what it confers there.
pub(super) fn bears_on(edit: &Edit, grant: &GrantFacts) -> bool {
    match edit {
        Edit::SetRolePermission { role, .. } | Edit::SetRolePrivileged { role, .. } => {
            grant.role.id == *role
        }
        Edit::SetPermissionPrivileged {
            permission, system, ..
        } => {
            let of = grant.role.system == *system;
            let mut held = grant.role.permissions.iter();
            of && held.any(|held| held.name == *permission)
        }
        Edit::ClassifySystem { system, .. } => grant.role.system.is_none_or(|of| of == *system),
        Edit::MoveOrganisation { .. }
        | Edit::MoveServer { .. }
        | Edit::SetControl { .. }
        | Edit::SetTrustedToAssert { .. } => false,
    }
}

/// What is asked about because of the grant: what it is given over, and the systems that keep records there.
fn places_of(edit: &Edit, grant: &GrantFacts) -> impl Iterator<Item = EntityRef> {
    let here = bears_on(edit, grant);
    let moved = matches!(edit, Edit::MoveOrganisation { .. });
    let systems = grant.systems().map(|one| one.id.into());
    let systems = systems.filter(move |_| here || moved);
    let over = grant.scope.entity();
    let keeper = moved && matches!(grant.scope, Scope::Organisation(_));
    systems.chain((here || keeper).then_some(over))
}
