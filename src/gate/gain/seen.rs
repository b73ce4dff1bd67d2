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

use super::lifted::Staging;
use crate::facts::{FactError, FactSource};

/// How many principals are read at once.
const AT_ONCE: u64 = 200;

/// What a permission is treated as, where.
type Treated = BTreeMap<(PermissionName, Option<SystemId>), Asked>;

/// The register's word on everybody whom an edit concerns.
#[derive(Debug, Default)]
pub struct Seen {
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
    pub(super) async fn after(source: &dyn FactSource, edit: &Edit) -> Result<Self, FactError> {
        let mut ids = Vec::new();
        loop {
            let after = ids.last().map(EntityRef::to_string);
            let page = source.concerned(edit, after, AT_ONCE).await?;
            if page.is_empty() {
                break;
            }
            ids.extend(page);
        }
        let changed = match edit {
            Edit::MoveOrganisation { .. }
            | Edit::MoveServer { .. }
            | Edit::ClassifySystem { .. } => source.kept_in(edit.thing()).await?,
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
        seen.read_holders(source, ids).await?;
        let mut things = seen.changed.clone();
        things.insert(edit.thing());
        things.extend(edit.also());
        let grants = seen.holders.values().flat_map(|holder| &holder.grants);
        for grant in grants {
            things.extend(places_of(edit, grant));
        }
        seen.read_things(source, things).await?;
        let wanted = seen.permissions(edit);
        seen.read_rest(source, edit, wanted).await?;
        Ok(seen)
    }

    /// Of the same people and things, as it is elsewhere: where the edit has not been made.
    pub(super) async fn before(
        &self,
        source: &dyn FactSource,
        edit: &Edit,
    ) -> Result<Self, FactError> {
        let mut seen = Self {
            changed: self.changed.clone(),
            ..Self::default()
        };
        let ids = self.holders.keys().copied().collect();
        seen.read_holders(source, ids).await?;
        seen.read_things(source, self.things.keys().copied().collect())
            .await?;
        let mut wanted = self.permissions(edit);
        wanted.extend(seen.permissions(edit));
        seen.read_rest(source, edit, wanted).await?;
        Ok(seen)
    }

    async fn read_holders(
        &mut self,
        source: &dyn FactSource,
        ids: Vec<EntityRef>,
    ) -> Result<(), FactError> {
        for some in ids.chunks(usize::try_from(AT_ONCE).unwrap_or(usize::MAX)) {
            for holder in source.holdings(some.to_vec(), None).await? {
                self.holders.insert(holder.id, holder);
            }
        }
        Ok(())
    }

    async fn read_things(
        &mut self,
        source: &dyn FactSource,
        things: BTreeSet<EntityRef>,
    ) -> Result<(), FactError> {
        let keys = things.into_iter().map(TargetKey::Entity).collect();
        for found in source.targets(keys).await? {
            if let Some(record) = found.found {
                self.things.insert(record.facts.id, record.facts);
            }
        }
        Ok(())
    }

    async fn read_rest(
        &mut self,
        source: &dyn FactSource,
        edit: &Edit,
        permissions: BTreeSet<PermissionName>,
    ) -> Result<(), FactError> {
        let systems = self.things.values().map(|thing| thing.system.as_ref());
        let mut systems: BTreeSet<_> = systems.map(|one| one.map(|one| one.id)).collect();
        systems.insert(None);
        let wanted = permissions.iter().flat_map(|permission| {
            let in_systems = systems.iter();
            in_systems.map(move |system| (permission.clone(), *system))
        });
        let wanted: Vec<_> = wanted.collect();
        let treated = source.asked(wanted.clone()).await?;
        for (wanted, treated) in wanted.into_iter().zip(treated) {
            let asked = treated.found.unwrap_or_else(|| Asked::untreated(&wanted.0));
            self.asked.insert(wanted, asked);
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
            let land = source.landscape().await?;
            places.extend(land.staged_at());
            self.land = Some(land);
        }
        for at in places {
            self.stages.insert(at, source.stages(at).await?);
        }
        Ok(())
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
