//! Provisioning records of one kind, somewhere.
//!
//! Apart from the other actions because one decision allows many changes: it is about the place that all of them lie in,
//! and whoever carries them out leaves out what lies elsewhere.

use super::Action;
use crate::HsaId;
use crate::kind::EntityKind;
use crate::permission::ServicePermission;
use crate::target::{ExternalKey, TargetKey};

/// Provisioning records of one kind, somewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provision {
    kind: EntityKind,
    permission: ServicePermission,
    place: Option<HsaId>,
}

impl Provision {
    /// Provisioning things of that kind at and below an organisation, or (`None`) anywhere; `None`: nobody may
    /// provision such things.
    #[must_use]
    pub fn of(kind: EntityKind, place: Option<HsaId>) -> Option<Self> {
        let permission = permission(kind)?;
        Some(Self {
            kind,
            permission,
            place,
        })
    }

    /// What is provisioned.
    #[must_use]
    pub const fn kind(&self) -> EntityKind {
        self.kind
    }
}

/// What it takes to provision things of a kind.
const fn permission(kind: EntityKind) -> Option<ServicePermission> {
    match kind {
        EntityKind::Organisation => Some(ServicePermission::OrganisationManage),
        EntityKind::Person | EntityKind::Engagement => Some(ServicePermission::PersonManage),
        EntityKind::System | EntityKind::SupplierAssessment => {
            Some(ServicePermission::SystemManage)
        }
        EntityKind::Segment | EntityKind::Server | EntityKind::Database => {
            Some(ServicePermission::ServerManage)
        }
        EntityKind::Service | EntityKind::Account => Some(ServicePermission::ServiceManage),
        EntityKind::Role => Some(ServicePermission::RoleManage),
        // A grant is made and ended one by one, and the rest comes about by what is done.
        EntityKind::Grant
        | EntityKind::Individual
        | EntityKind::Commission
        | EntityKind::Delegation
        | EntityKind::Permission
        | EntityKind::Stage
        | EntityKind::EditProposal
        | EntityKind::PolicySet
        | EntityKind::Event
        | EntityKind::Run => None,
    }
}

impl Action for Provision {
    fn permission(&self) -> ServicePermission {
        self.permission
    }

    fn target(&self) -> TargetKey {
        match &self.place {
            Some(organisation) => {
                TargetKey::External(ExternalKey::Organisation(organisation.clone()))
            }
            None => TargetKey::installation(),
        }
    }
}
