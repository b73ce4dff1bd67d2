//! Organisations, and who is in them.

use domain::facts::EngagementKind;
use domain::id::{IndividualId, OrganisationId, PersonId, SystemId};
use domain::{Date, EntityRef, HsaId, Instant};
use serde::Deserialize;

use super::reading::{instant, spoken};
use super::{Linked, to};
use crate::index::Relation;

/// An organisation.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Organisation {
    pub(crate) hsa_id: Option<String>,
    #[serde(default)]
    pub(crate) authority: bool,
    #[serde(default)]
    pub(crate) care_provider: bool,
    pub(crate) parent: Option<OrganisationId>,
    pub(crate) max_privileged_grants: Option<u32>,
}

impl Linked for Organisation {
    fn refers(&self) -> Vec<(Relation, EntityRef)> {
        to([(Relation::Parent, self.parent.map(Into::into))])
    }

    fn name(&self) -> Option<&str> {
        self.hsa_id.as_deref()
    }
}

/// A human being.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Individual {
    #[serde(default, deserialize_with = "instant")]
    pub(crate) suspended_at: Option<Instant>,
}

impl Linked for Individual {}

/// A person.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Person {
    pub(crate) hsa_id: HsaId,
    pub(crate) individual: IndividualId,
    #[serde(default, deserialize_with = "spoken")]
    pub(crate) protected_identity: bool,
    pub(crate) training_completed_on: Option<Date>,
    /// What the person signs in with: kinds, a space between them.
    #[serde(default)]
    pub(crate) credentials: String,
}

impl Linked for Person {
    fn refers(&self) -> Vec<(Relation, EntityRef)> {
        to([(Relation::Individual, Some(self.individual.into()))])
    }

    fn name(&self) -> Option<&str> {
        Some(self.hsa_id.as_str())
    }
}

/// An engagement.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Engagement {
    pub(crate) external_id: String,
    pub(crate) person: PersonId,
    #[serde(rename = "type")]
    pub(crate) kind: EngagementKind,
    pub(crate) employer: OrganisationId,
    pub(crate) unit: OrganisationId,
    pub(crate) responsible: Option<PersonId>,
    pub(crate) from: Date,
    pub(crate) until: Option<Date>,
    pub(crate) absent_from: Option<Date>,
    pub(crate) absent_until: Option<Date>,
}

impl Linked for Engagement {
    fn refers(&self) -> Vec<(Relation, EntityRef)> {
        to([
            (Relation::Engaged, Some(self.person.into())),
            (Relation::Unit, Some(self.unit.into())),
        ])
    }

    fn name(&self) -> Option<&str> {
        Some(&self.external_id)
    }
}

/// A service.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Service {
    pub(crate) external_id: String,
    pub(crate) owner: Option<PersonId>,
    pub(crate) deputy: Option<PersonId>,
    pub(crate) organisation: OrganisationId,
    pub(crate) from: Date,
    pub(crate) until: Option<Date>,
    #[serde(default)]
    pub(crate) trusted_to_assert: bool,
    pub(crate) declared_scope: Option<OrganisationId>,
}

impl Linked for Service {
    fn refers(&self) -> Vec<(Relation, EntityRef)> {
        to([
            (Relation::Steward, self.owner.map(Into::into)),
            (Relation::Steward, self.deputy.map(Into::into)),
        ])
    }

    fn name(&self) -> Option<&str> {
        Some(&self.external_id)
    }
}

/// A technical account.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Account {
    pub(crate) external_id: String,
    pub(crate) system: Option<SystemId>,
}

impl Linked for Account {
    fn name(&self) -> Option<&str> {
        Some(&self.external_id)
    }
}
