//! What lies at and below an organisation, by what it is called outside.
//!
//! Apart from what stands above a thing because whoever provisions names things that may not be there yet: it is asked of
//! names, and of what the names refer to.

use std::collections::BTreeSet;

use domain::id::{IndividualId, OrganisationId, RoleId, SystemId};
use domain::permission::is_privileged;
use domain::{EntityKind, EntityRef, HsaId, PermissionName};

use crate::At;
use crate::index::Relation;
use crate::things::{Engagement, Grant};

impl At<'_> {
    /// Whether there is an organisation of that HSA-id at or below that one.
    #[must_use]
    pub fn lies_below(&self, organisation: &HsaId, top: OrganisationId) -> bool {
        let named = self
            .region
            .named(EntityKind::Organisation, organisation.as_str());
        let mut ids = named.filter_map(|id| id.to_id().ok());
        ids.any(|id| self.region.upwards(id).any(|(above, _)| above == top))
    }

    /// The human beings who answer for a service.
    #[must_use]
    pub fn answers_for(&self, service: EntityRef) -> BTreeSet<IndividualId> {
        let facts = self.principal_facts(service);
        facts.map(|facts| facts.acting()).unwrap_or_default()
    }

    /// Whether anything of that kind is called so, by whatever source.
    #[must_use]
    pub fn is_named(&self, kind: EntityKind, name: &str) -> bool {
        self.region.named(kind, name).next().is_some()
    }

    /// Whether somebody of that HSA-id is, was or will be engaged in a unit at or below that organisation; `None`: there
    /// is nobody of that HSA-id, or they have never been engaged anywhere.
    #[must_use]
    pub fn works_below(&self, person: &HsaId, top: OrganisationId) -> Option<bool> {
        let people = self.region.named(EntityKind::Person, person.as_str());
        let engagements = people.flat_map(|id| self.region.users(id, Relation::Engaged));
        let units = engagements.filter_map(|id| Some(self.region.get::<Engagement>(id)?.unit));
        let mut units = units.peekable();
        units.peek()?;
        Some(units.any(|unit| self.region.upwards(unit).any(|(above, _)| above == top)))
    }

    /// Whether a permission of a system, or of none, is privileged where a role is given it: as the register says, and
    /// as its name says where nobody has said.
    #[must_use]
    pub fn is_privileged(&self, name: &PermissionName, system: Option<SystemId>) -> bool {
        let (asked, _) = self.asked(name.clone(), system);
        let (category, marked) = asked.map_or_else(
            || {
                let treatment = name.treatment();
                (Some(treatment.category), treatment.privileged)
            },
            |asked| (asked.category, asked.privileged),
        );
        is_privileged(category, marked)
    }

    /// Whether anybody has been granted the role, unless it was revoked.
    #[must_use]
    pub fn is_granted(&self, role: RoleId) -> bool {
        let grants = self.region.users(role, Relation::OfRole);
        let mut grants = grants.filter_map(|id| self.region.get::<Grant>(id));
        grants.any(|grant| grant.revoked_at.is_none())
    }
}
