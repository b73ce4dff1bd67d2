//! What lies within the place that somebody may provision, and what is looked at before something is provisioned there.
//!
//! One decision allows many records, so what of them lies elsewhere is left out by whoever carries it out. Apart from the
//! register, which is opaque to use cases: this is made of a permit alone.

use std::collections::{BTreeMap, BTreeSet};

use audit::{Authorised as _, EVERYTHING};
use domain::action::Provision;
use domain::id::{EngagementId, INSTALLATION, IndividualId, OrganisationId, RoleId, SystemId};
use domain::{EntityKind, EntityRef, HsaId, PermissionName};
use region::Loss;

use super::operation::Operation;
use super::permit::{Evidence, WritePermit};
use super::register::RegisterAt;

/// The place that somebody may provision.
#[derive(Debug, Clone)]
pub struct Territory {
    register: RegisterAt,
    /// The organisation that all has to lie at or below; `None`: anywhere.
    top: Option<OrganisationId>,
}

impl Operation {
    /// Records a decision with the answer, where nothing is done by it, or what is done is committed with another.
    pub fn record(&self, evidence: Evidence) {
        self.enter(evidence.into_pending());
    }

    /// What the permit is for, with the permit, which is void as soon as the register is changed: what was looked at is
    /// what holds when the run begins.
    pub fn territory(&self, permit: WritePermit<Provision>) -> (WritePermit<Provision>, Territory) {
        let target = *permit.target();
        let anywhere = target == EntityRef::from(INSTALLATION);
        let territory = Territory {
            register: self.register.clone(),
            top: target.to_id().ok().filter(|_| !anywhere),
        };
        (permit.resting_on(EVERYTHING), territory)
    }
}

impl Territory {
    /// Whether it is everywhere.
    #[must_use]
    pub const fn is_everywhere(&self) -> bool {
        self.top.is_none()
    }

    /// Whether an organisation that is there lies in it.
    #[must_use]
    pub fn has_organisation(&self, organisation: &HsaId) -> bool {
        let below = |top| self.register.at().lies_below(organisation, top);
        self.top.is_none_or(below)
    }

    /// The human beings who answer for a service.
    #[must_use]
    pub fn answers_for(&self, service: EntityRef) -> BTreeSet<IndividualId> {
        self.register.at().answers_for(service)
    }

    /// Whether anything of that kind is called so, by whatever source and wherever it lies.
    #[must_use]
    pub fn is_named(&self, kind: EntityKind, name: &str) -> bool {
        self.register.at().is_named(kind, name)
    }

    /// Whether somebody who is or was engaged works in it; nobody has said yet where anybody else does.
    #[must_use]
    pub fn has_person(&self, person: &HsaId) -> bool {
        let works = |top| self.register.at().works_below(person, top);
        self.top.and_then(works).unwrap_or(true)
    }

    /// Whether a permission is privileged where a role of that system, or of none, is given it.
    #[must_use]
    pub fn is_privileged(&self, permission: &PermissionName, system: Option<SystemId>) -> bool {
        self.register.at().is_privileged(permission, system)
    }

    /// The engagements among those that would take too much from their unit at once if they ceased to count, with the first
    /// reason. `lately`: those of which something was said since yesterday, and before that too.
    #[must_use]
    pub fn losses(
        &self,
        ends: &BTreeSet<EngagementId>,
        lately: &BTreeSet<EngagementId>,
    ) -> BTreeMap<EngagementId, Loss> {
        self.register.at().losses(ends, lately)
    }

    /// Whether anybody has been granted the role, unless it was revoked.
    #[must_use]
    pub fn is_granted(&self, role: RoleId) -> bool {
        self.register.at().is_granted(role)
    }
}
