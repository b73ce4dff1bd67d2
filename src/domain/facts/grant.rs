//! Grants as facts: a role, how far it reaches, on what it rests, and how it came about.

use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantArray};

use super::{EngagementFacts, SystemFacts};
use crate::id::{
    DatabaseId, EntityRef, GrantId, INSTALLATION, IndividualId, OrganisationId, PersonId, RoleId,
    SegmentId, SystemId,
};
use crate::permission::{Category, PermissionName, is_privileged};
use crate::time::Instant;

/// A permission that a role holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RolePermission {
    /// Its name.
    pub name: PermissionName,
    /// Its category; `None` for a permission of the service itself.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub category: Option<Category>,
    /// Whether the register marks it as privileged; see [`RolePermission::is_privileged`].
    pub privileged: bool,
}

impl RolePermission {
    /// Whether it is privileged, marked or not.
    #[must_use]
    pub const fn is_privileged(&self) -> bool {
        is_privileged(self.category, self.privileged)
    }
}

/// A role, as far as policies see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RoleFacts {
    /// The role.
    pub id: RoleId,
    /// The system it belongs to; `None`: a general role.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub system: Option<SystemId>,
    /// Whether the register marks it as privileged; see [`RoleFacts::is_privileged`].
    pub privileged: bool,
    /// Whether it gives access to patient data.
    pub patient_data: bool,
    /// What it confers.
    pub permissions: Vec<RolePermission>,
}

impl RoleFacts {
    /// Whether a grant of it takes two human beings: it is marked as privileged, or confers something that is.
    #[must_use]
    pub fn is_privileged(&self) -> bool {
        self.privileged || self.permissions.iter().any(RolePermission::is_privileged)
    }
}

/// How far a grant reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "kind", content = "id")]
#[derive(IntoStaticStr)]
#[strum(serialize_all = "camelCase")]
pub enum Scope {
    /// Everything.
    Installation,
    /// An organisation and all below it.
    Organisation(OrganisationId),
    /// A system.
    System(SystemId),
    /// A segment.
    Segment(SegmentId),
    /// A database.
    Database(DatabaseId),
}

impl Scope {
    /// The scope's kind, as in feeds and in the database.
    #[must_use]
    pub fn kind(self) -> &'static str {
        self.into()
    }

    /// What it is a scope over; the installation is an organisation.
    #[must_use]
    pub fn entity(self) -> EntityRef {
        match self {
            Self::Installation => INSTALLATION.into(),
            Self::Organisation(id) => id.into(),
            Self::System(id) => id.into(),
            Self::Segment(id) => id.into(),
            Self::Database(id) => id.into(),
        }
    }
}

/// How a grant came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[derive(VariantArray, IntoStaticStr, EnumString)]
#[strum(serialize_all = "camelCase")]
pub enum Origin {
    /// It was there before Behörig was.
    Baseline,
    /// It was ordered.
    Order,
}

/// A grant, whole enough to decide whether it counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GrantFacts {
    /// The grant.
    pub id: GrantId,
    /// Who holds it.
    pub holder: EntityRef,
    /// The human being who holds it; `None`: a service.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub holder_individual: Option<IndividualId>,
    /// The engagement it rests on; `None`: a service's, or none was named.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub engagement: Option<EngagementFacts>,
    /// The role.
    pub role: RoleFacts,
    /// The system of the role, when it is a role of a system.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub system: Option<SystemFacts>,
    /// How far it reaches.
    pub scope: Scope,
    /// The care provider that the scope lies in, when it is an organisation.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub scope_care_provider: Option<OrganisationId>,
    /// The system that the scope is or belongs to; `None`: an organisation, or a shared segment.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub scope_system: Option<SystemFacts>,
    /// First instant.
    pub starts: Instant,
    /// First instant after it; `None`: no end is set.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub ends: Option<Instant>,
    /// When it was revoked.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub revoked_at: Option<Instant>,
    /// Whether a needs-and-risk analysis is named.
    pub has_analysis: bool,
    /// Until when that analysis counts; `None`: it is not said, or there is none.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub analysis_valid_until: Option<Instant>,
    /// Whether a basis for disclosure across authorities is named.
    pub has_disclosure_basis: bool,
    /// How it came about.
    pub origin: Origin,
    /// Until when somebody must attest a baseline grant.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub attest_by: Option<Instant>,
    /// The human being who ordered it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub ordered_by: Option<IndividualId>,
    /// The human being who approved it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub approved_by: Option<IndividualId>,
    /// What is held already; known of a grant that is about to be made.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub caps: Option<Caps>,
    /// Who ordered it and what entitles them; known of a grant that is about to be made.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub order: Option<OrderFacts>,
}

/// An order, as far as it decides whether the grant is made.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a fact of its own that policies ask about"
)]
pub struct OrderFacts {
    /// The person who ordered it; `None`: nobody is named.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub person: Option<PersonId>,
    /// The human being.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub individual: Option<IndividualId>,
    /// Whether that is only the word of whoever makes the grant: nobody has shown a token of the orderer's.
    pub asserted: bool,
    /// Whether the orderer has an engagement that is live.
    pub engaged: bool,
    /// Whether the orderer is of the staff of the scope's organisation, or of one above it.
    pub above_scope: bool,
    /// Whether the orderer holds `grant:request` over the scope.
    pub may_request: bool,
    /// Whether the orderer is responsible for the engagement that the grant rests on.
    pub responsible: bool,
}

impl GrantFacts {
    /// Whether its dates hold, nobody has revoked it, and the engagement that it rests on, if any, is live. Whether
    /// it counts is another question, which is the policies'.
    #[must_use]
    pub fn is_in_force(&self, now: Instant) -> bool {
        let engagement = self.engagement.as_ref();
        self.starts <= now
            && self.ends.is_none_or(|ends| now < ends)
            && self.revoked_at.is_none_or(|at| now < at)
            && engagement.is_none_or(|engagement| engagement.is_live(now))
    }

    /// The systems that it is about, as far as known: that of its role, and the one that its scope is or belongs to.
    pub fn systems(&self) -> impl Iterator<Item = &SystemFacts> {
        [&self.system, &self.scope_system].into_iter().flatten()
    }

    /// Whether it gives access to patient data (PDL 4 kap. 2 §): its role is marked so, or is for use of a system
    /// that holds patient data. A general role is for use of whatever system asks, unless the scope is within one;
    /// records are kept neither on servers nor in databases by themselves.
    #[must_use]
    pub fn opens_patient_data(&self) -> bool {
        let mut held = self.role.permissions.iter();
        let is_used = held.any(|held| held.category == Some(Category::Use));
        let holds_patient_data = if self.systems().next().is_none() {
            !matches!(self.scope, Scope::Segment(_) | Scope::Database(_))
        } else {
            self.systems().any(|system| system.patient_data)
        };
        self.role.patient_data || (is_used && holds_patient_data)
    }
}

/// How much is held already of what a grant would add to, and how much may be: of its role, and if it is privileged
/// of what the receiver holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Caps {
    /// Other human beings with a grant of the role that is neither revoked nor over.
    pub role_holders: u32,
    /// How many human beings may hold the role; `None`: any number.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub role_cap: Option<u32>,
    /// The receiver's privileged grants that are neither revoked nor over.
    pub holder_privileged: u32,
    /// How many of them the receiver may hold; `None`: any number.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub holder_cap: Option<u32>,
}
