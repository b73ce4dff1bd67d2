//! What is granted to whom, and by which policies that counts.

use domain::facts::{Origin, Scope};
use domain::id::{
    DatabaseId, EngagementId, INSTALLATION, IndividualId, OrganisationId, PermissionId, PersonId,
    RoleId, SegmentId, ServiceId, SystemId,
};
use domain::permission::Category;
use domain::{Date, EntityRef, Instant, PermissionName, verdict};
use serde::Deserialize;

use super::reading::{category, instant, named, stage};
use super::{Linked, to};
use crate::index::Relation;

/// A permission, of a system or of none.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Permission {
    pub(crate) system: Option<SystemId>,
    pub(crate) name: PermissionName,
    #[serde(default, deserialize_with = "category")]
    pub(crate) category: Option<Category>,
    #[serde(default)]
    pub(crate) privileged: bool,
}

impl Linked for Permission {
    fn name(&self) -> Option<&str> {
        Some(self.name.as_str())
    }
}

/// A role.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Role {
    pub(crate) external_id: String,
    pub(crate) system: Option<SystemId>,
    #[serde(default)]
    pub(crate) privileged: bool,
    #[serde(default)]
    pub(crate) patient_data: bool,
    pub(crate) max_holders: Option<u32>,
    #[serde(default)]
    pub(crate) permissions: Vec<PermissionId>,
}

impl Linked for Role {
    fn refers(&self) -> Vec<(Relation, EntityRef)> {
        let permissions = self.permissions.iter();
        permissions
            .map(|id| (Relation::Confers, EntityRef::from(*id)))
            .collect()
    }

    fn name(&self) -> Option<&str> {
        Some(&self.external_id)
    }
}

/// A grant.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Grant {
    pub(crate) external_id: String,
    pub(crate) person: Option<PersonId>,
    pub(crate) service: Option<ServiceId>,
    pub(crate) engagement: Option<EngagementId>,
    pub(crate) role: RoleId,
    #[serde(flatten)]
    pub(crate) scope: ScopeTold,
    pub(crate) from: Date,
    pub(crate) until: Option<Date>,
    pub(crate) needs_and_risk_analysis: Option<String>,
    pub(crate) analysis_review_by: Option<Date>,
    pub(crate) disclosure_basis: Option<String>,
    pub(crate) ordered_by: Option<PersonId>,
    #[serde(default)]
    pub(crate) approvals: Vec<Approval>,
    pub(crate) origin: Origin,
    pub(crate) attest_by: Option<Date>,
    #[serde(default, deserialize_with = "instant")]
    pub(crate) revoked_at: Option<Instant>,
}

/// Who approved a grant.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct Approval {
    pub(crate) person: PersonId,
}

/// How far a grant reaches, as it is told.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(tag = "scopeKind", rename_all = "camelCase")]
pub(crate) enum ScopeTold {
    Installation,
    Organisation { organisation: OrganisationId },
    System { system: SystemId },
    Segment { segment: SegmentId },
    Database { database: DatabaseId },
}

impl Grant {
    pub(crate) const fn scope(&self) -> Scope {
        match self.scope {
            ScopeTold::Installation => Scope::Installation,
            ScopeTold::Organisation { organisation } => Scope::Organisation(organisation),
            ScopeTold::System { system } => Scope::System(system),
            ScopeTold::Segment { segment } => Scope::Segment(segment),
            ScopeTold::Database { database } => Scope::Database(database),
        }
    }

    /// Who holds it; `None`: nobody, which no grant is.
    pub(crate) fn holder(&self) -> Option<EntityRef> {
        let person = self.person.map(EntityRef::from);
        person.or_else(|| self.service.map(EntityRef::from))
    }
}

impl Linked for Grant {
    fn refers(&self) -> Vec<(Relation, EntityRef)> {
        to([
            (Relation::HeldBy, self.holder()),
            (Relation::OfRole, Some(self.role.into())),
        ])
    }

    fn name(&self) -> Option<&str> {
        Some(&self.external_id)
    }
}

/// A proposal of an edit.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EditProposal {
    pub(crate) organisation: OrganisationId,
    pub(crate) system: Option<SystemId>,
    pub(crate) proposed_by: Option<EntityRef>,
    #[serde(default)]
    pub(crate) proposers: Vec<IndividualId>,
}

impl Linked for EditProposal {}

/// At what stage a guardrail is somewhere.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Stage {
    pub(crate) guardrail: String,
    #[serde(default, deserialize_with = "named")]
    pub(crate) system: Option<SystemId>,
    #[serde(default, deserialize_with = "named")]
    pub(crate) authority: Option<OrganisationId>,
    #[serde(rename = "stage", deserialize_with = "stage")]
    pub(crate) at: verdict::Stage,
    pub(crate) until: Option<Date>,
    pub(crate) decided_by: Option<IndividualId>,
}

impl Linked for Stage {
    fn refers(&self) -> Vec<(Relation, EntityRef)> {
        to([(Relation::Staged, Some(INSTALLATION.into()))])
    }
}

/// A policy set.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PolicySet {
    pub(crate) generation: u64,
    pub(crate) digest: String,
    #[serde(default)]
    pub(crate) active: bool,
}

impl Linked for PolicySet {
    fn refers(&self) -> Vec<(Relation, EntityRef)> {
        to([(Relation::Released, Some(INSTALLATION.into()))])
    }
}
