//! Systems, and what they run on.

use domain::id::{OrganisationId, PersonId, SegmentId, ServerId, SystemId};
use domain::{Date, EntityRef};
use serde::Deserialize;

use super::{Linked, to};
use crate::index::Relation;

/// A system.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct System {
    pub(crate) external_id: String,
    pub(crate) owner: Option<PersonId>,
    pub(crate) organisation: OrganisationId,
    pub(crate) supplier: Option<OrganisationId>,
    #[serde(default)]
    pub(crate) patient_data: bool,
    pub(crate) patient_level: u8,
    pub(crate) password_login_until: Option<Date>,
    pub(crate) classification: Option<Classification>,
}

/// How a system is classified.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct Classification {
    pub(crate) confidentiality: u8,
    pub(crate) analysis: Option<String>,
}

impl Linked for System {
    fn refers(&self) -> Vec<(Relation, EntityRef)> {
        to([(Relation::KeptBy, Some(self.organisation.into()))])
    }

    fn name(&self) -> Option<&str> {
        Some(&self.external_id)
    }
}

/// An assessment of a system's supplier.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SupplierAssessment {
    pub(crate) external_id: String,
    pub(crate) supplier: Option<OrganisationId>,
    pub(crate) system: SystemId,
    pub(crate) decided_on: Date,
    pub(crate) valid_until: Date,
}

impl Linked for SupplierAssessment {
    fn refers(&self) -> Vec<(Relation, EntityRef)> {
        to([(Relation::Of, Some(self.system.into()))])
    }

    fn name(&self) -> Option<&str> {
        Some(&self.external_id)
    }
}

/// A segment.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Segment {
    pub(crate) external_id: String,
    pub(crate) system: Option<SystemId>,
    pub(crate) organisation: OrganisationId,
    pub(crate) environment: String,
    #[serde(default)]
    pub(crate) patient_data: bool,
    pub(crate) change_from: Option<Date>,
    pub(crate) change_until: Option<Date>,
    #[serde(default)]
    pub(crate) controls: Vec<SegmentId>,
}

impl Linked for Segment {
    fn refers(&self) -> Vec<(Relation, EntityRef)> {
        to([
            (Relation::KeptBy, Some(self.organisation.into())),
            (Relation::Of, self.system.map(Into::into)),
        ])
    }

    fn name(&self) -> Option<&str> {
        Some(&self.external_id)
    }
}

/// A server.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Server {
    pub(crate) external_id: String,
    pub(crate) segment: SegmentId,
}

impl Linked for Server {
    fn refers(&self) -> Vec<(Relation, EntityRef)> {
        to([(Relation::Of, Some(self.segment.into()))])
    }

    fn name(&self) -> Option<&str> {
        Some(&self.external_id)
    }
}

/// A database.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Database {
    pub(crate) external_id: String,
    pub(crate) system: SystemId,
    pub(crate) server: ServerId,
}

impl Linked for Database {
    fn refers(&self) -> Vec<(Relation, EntityRef)> {
        to([
            (Relation::Of, Some(self.system.into())),
            (Relation::Of, Some(self.server.into())),
        ])
    }

    fn name(&self) -> Option<&str> {
        Some(&self.external_id)
    }
}
