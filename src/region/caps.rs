//! How much is held already of what a grant would add to: of a role that has a cap, and of what is privileged
//! (JK-P25, JH-16).
//!
//! Only asked of grants that are about to be made: what exists is not taken away because a cap was lowered.

use std::collections::BTreeSet;

use domain::EntityRef;
use domain::facts::{Caps, GrantFacts};
use domain::id::{IndividualId, OrganisationId, RoleId};

use crate::At;
use crate::index::Relation;
use crate::things::{Grant, Organisation, Role};

impl At<'_> {
    /// What stands against the grant by number; `None`: nothing bounds it.
    pub(crate) fn caps(&self, grant: &GrantFacts, units: &[OrganisationId]) -> Option<Caps> {
        let role = &grant.role;
        let holder = key_of(grant.holder_individual, grant.holder);
        let told: Option<&Role> = self.region.get(role.id);
        let mut caps = Caps {
            role_holders: self.role_holders(role.id, holder),
            role_cap: told.and_then(|role| role.max_holders),
            holder_privileged: 0,
            holder_cap: None,
        };
        if !role.is_privileged() {
            return caps.role_cap.map(|_| caps);
        }
        caps.holder_privileged = self.holder_privileged(holder);
        caps.holder_cap = self.nearest_cap(units);
        Some(caps)
    }

    /// Whether a grant is neither revoked nor over.
    fn is_standing(&self, grant: &Grant) -> bool {
        grant.revoked_at.is_none() && grant.until.is_none_or(|day| day >= self.today)
    }

    /// Who holds a grant: the human being, or the machine itself.
    fn held_by(&self, grant: &Grant) -> Option<EntityRef> {
        match grant.person {
            Some(person) => self.individual_of(person).map(Into::into),
            None => grant.service.map(Into::into),
        }
    }

    /// The human beings besides one who hold a role, machines counted as themselves.
    fn role_holders(&self, role: RoleId, besides: EntityRef) -> u32 {
        let grants = self.region.users(role, Relation::OfRole);
        let grants = grants.filter_map(|id| self.region.get::<Grant>(id));
        let standing = grants.filter(|grant| self.is_standing(grant));
        let mut holders: BTreeSet<EntityRef> =
            standing.filter_map(|grant| self.held_by(grant)).collect();
        holders.remove(&besides);
        u32::try_from(holders.len()).unwrap_or(u32::MAX)
    }

    /// The privileged grants of one human being or machine.
    fn holder_privileged(&self, holder: EntityRef) -> u32 {
        let people = self.region.users(holder, Relation::Individual);
        let holders: Vec<EntityRef> = people.chain([holder]).collect();
        let grants = holders
            .into_iter()
            .flat_map(|holder| self.region.users(holder, Relation::HeldBy));
        let grants = grants.filter_map(|id| self.region.get::<Grant>(id));
        let privileged = grants.filter(|grant| {
            let role = self.region.role(grant.role);
            self.is_standing(grant) && role.is_some_and(|role| role.is_privileged())
        });
        u32::try_from(privileged.count()).unwrap_or(u32::MAX)
    }

    /// The cap of the nearest organisation that sets one, at or above the units.
    fn nearest_cap(&self, units: &[OrganisationId]) -> Option<u32> {
        let path = self.region.lineage(units).place.path;
        path.iter().find_map(|id| {
            let organisation: &Organisation = self.region.get(*id)?;
            organisation.max_privileged_grants
        })
    }
}

fn key_of(individual: Option<IndividualId>, holder: EntityRef) -> EntityRef {
    individual.map_or(holder, Into::into)
}

/// What a decision depends on that rests on how much is held: whoever makes a privileged grant touches it.
#[must_use]
pub fn cap_keys(role: RoleId, individual: Option<IndividualId>, holder: EntityRef) -> [String; 2] {
    let holder = key_of(individual, holder);
    [format!("cap:{role}"), format!("cap:{holder}")]
}
