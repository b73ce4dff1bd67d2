//! Engagements as facts: who works where for whom, since when, and who answers for it.

use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantArray};

use crate::id::{EngagementId, IndividualId, OrganisationId, PersonId};
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
