//! The principal's side of the facts: who it is, and what it has to do with whom.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantArray};

use super::GrantFacts;
use crate::id::{EngagementId, EntityRef, IndividualId, OrganisationId, PersonId, ServiceId};
use crate::name::HsaId;
use crate::time::Instant;

/// The kinds of engagement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[derive(VariantArray, IntoStaticStr, EnumString)]
#[strum(serialize_all = "camelCase")]
pub enum EngagementKind {
    /// Tillsvidareanställd eller visstidsanställd.
    Employee,
    /// Timanställd.
    Hourly,
    /// Student.
    Student,
    /// Konsult.
    Consultant,
    /// Leverantörens personal.
    Vendor,
    /// Privat vårdgivares personal.
    PrivateProvider,
    /// Sakkunnig revisor.
    AuditorExpert,
}

impl EngagementKind {
    /// Whether the person is somebody else's, so that an end date and a sponsor are demanded.
    #[must_use]
    pub const fn is_external(self) -> bool {
        matches!(
            self,
            Self::Student
                | Self::Consultant
                | Self::Vendor
                | Self::PrivateProvider
                | Self::AuditorExpert
        )
    }
}

/// A person's relation to an employer and a unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EngagementFacts {
    /// The engagement.
    pub id: EngagementId,
    /// Its kind.
    pub kind: EngagementKind,
    /// Who employs.
    pub employer: OrganisationId,
    /// Where the person works.
    pub unit: OrganisationId,
    /// The care provider that the unit lies in, whoever employs.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub care_provider: Option<OrganisationId>,
    /// First instant.
    pub starts: Instant,
    /// First instant after it; `None`: no end is set.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub ends: Option<Instant>,
    /// First instant of an absence that suspends what rests on the engagement.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub absent_from: Option<Instant>,
    /// First instant after the absence; `None` with `absent_from`: until further notice.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub absent_until: Option<Instant>,
    /// Whether a manager or sponsor is named.
    pub has_responsible: bool,
    /// The manager or sponsor, where that is somebody who is or was the region's own; known where what rests on
    /// the engagement is decided about.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub responsible: Option<Answerable>,
}

/// Somebody who can answer for others: of the region's own staff, which no student, consultant, supplier's or
/// other provider's staff is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Answerable {
    /// The person.
    pub person: PersonId,
    /// The human being.
    pub individual: IndividualId,
    /// First instant after the last such engagement that has begun; `None`: no end is set.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub ends: Option<Instant>,
}

impl EngagementFacts {
    /// Whether the engagement has begun and not ended.
    #[must_use]
    pub fn is_live(&self, now: Instant) -> bool {
        self.starts <= now && self.ends.is_none_or(|ends| now < ends)
    }
}

/// Who a decision is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PrincipalFacts {
    /// The person or service.
    pub id: EntityRef,
    /// What kind, and what only that kind has.
    pub kind: PrincipalKind,
    /// When the principal ceases to be one (all engagements over, a service's end); `None`: no end.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub ends: Option<Instant>,
    /// When the principal begins to be one.
    pub starts: Instant,
    /// The grants that confer the permission asked about, those that do not count included.
    pub grants: Vec<GrantFacts>,
}

impl PrincipalFacts {
    /// What everybody calls the principal: the HSA-id or the client id.
    #[must_use]
    pub fn external(&self) -> &str {
        match &self.kind {
            PrincipalKind::Person { hsa_id, .. } => hsa_id.as_str(),
            PrincipalKind::Service { client_id, .. } => client_id,
        }
    }

    /// Whether the principal has begun and not ended; a person also needs an engagement that is live.
    #[must_use]
    pub fn is_live(&self, now: Instant) -> bool {
        let engaged = match &self.kind {
            PrincipalKind::Person { engagements, .. } => {
                engagements.iter().any(|engagement| engagement.is_live(now))
            }
            PrincipalKind::Service { .. } => true,
        };
        engaged && self.starts <= now && self.ends.is_none_or(|ends| now < ends)
    }

    /// The human being, unless it is a service.
    #[must_use]
    pub fn individual(&self) -> Option<IndividualId> {
        match &self.kind {
            PrincipalKind::Person { individual, .. } => Some(*individual),
            PrincipalKind::Service { .. } => None,
        }
    }

    /// Who act through it: the human being, or those who own a service or stand in for its owner.
    #[must_use]
    pub fn acting(&self) -> BTreeSet<IndividualId> {
        match &self.kind {
            PrincipalKind::Person { individual, .. } => [*individual].into(),
            PrincipalKind::Service { stewards, .. } => stewards.values().copied().collect(),
        }
    }
}

/// A person or a service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "type")]
pub enum PrincipalKind {
    /// A person.
    #[serde(rename_all = "camelCase")]
    Person {
        /// The row.
        person: PersonId,
        /// The employee HSA-id.
        hsa_id: HsaId,
        /// The human being.
        individual: IndividualId,
        /// Until when the security training counts; `None`: never done.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        training_valid_until: Option<Instant>,
        /// Every engagement, ended ones included.
        engagements: Vec<EngagementFacts>,
    },
    /// A service.
    #[serde(rename_all = "camelCase")]
    Service {
        /// The row.
        service: ServiceId,
        /// The OAuth client id.
        client_id: String,
        /// Who answers for it.
        organisation: OrganisationId,
        /// Whether its word about a person's sign-in is taken.
        trusted_to_assert: bool,
        /// Outside of which it changes nothing; `None`: only its grants bound it.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        declared_scope: Option<OrganisationId>,
        /// Who own it or stand in for its owner: what it does, they can do through it.
        #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
        stewards: BTreeMap<PersonId, IndividualId>,
    },
}
