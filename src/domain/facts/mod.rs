//! What a decision is made from: the slice of the register around one principal and one target.
//!
//! Facts are the whole input of a decision besides the policy set, so an event that holds them can be
//! replayed. They are instants, never ages, so that what they say does not depend on when it is read.
//! Only what a policy can ask about is here: free text, names and addresses are not facts.

use serde::{Deserialize, Serialize};

mod target;

pub use target::{Node, TargetFacts, TargetKind};

use crate::domain::id::{
    EngagementId, EntityRef, GrantId, IndividualId, OrganisationId, PersonId, RoleId, ServiceId,
    SystemId,
};
use crate::domain::name::HsaId;
use crate::domain::permission::{Category, PermissionName};
use crate::domain::time::Instant;

/// How somebody signed in, or how a client authenticated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Assurance {
    /// Level of assurance, 0 (unknown) to 4.
    pub level: u8,
    /// Whether two independent factors were used. For a service: whether its client credential is strong.
    pub multi_factor: bool,
    /// The `acr` as it was given, when there was one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub acr: Option<String>,
    /// The methods (`amr`) as given, sorted.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub methods: Vec<String>,
    /// When the person signed in; `None`: not known, or a service.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub authenticated_at: Option<Instant>,
    /// Where this comes from.
    pub source: AssuranceSource,
}

/// Who vouches for an assurance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum AssuranceSource {
    /// A token that this service verified.
    Verified,
    /// The asking system, which is trusted to assert.
    Asserted,
    /// The command line on the host.
    Host,
}

/// The kinds of engagement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
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
    /// Every kind with its name in feeds, in the database and in policies.
    pub const ALL: &'static [(Self, &'static str)] = &[
        (Self::Employee, "employee"),
        (Self::Hourly, "hourly"),
        (Self::Student, "student"),
        (Self::Consultant, "consultant"),
        (Self::Vendor, "vendor"),
        (Self::PrivateProvider, "privateProvider"),
        (Self::AuditorExpert, "auditorExpert"),
    ];

    /// The kind's name.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL
            .iter()
            .find(|(kind, _)| *kind == self)
            .map_or("", |(_, name)| name)
    }

    /// The kind of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .find(|(_, known)| *known == name)
            .map(|(kind, _)| *kind)
    }

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
    },
}

/// A permission that a role holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RolePermission {
    /// Its name.
    pub name: PermissionName,
    /// Its category; `None` for a permission of the service itself.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub category: Option<Category>,
    /// Whether holding it is privileged.
    pub privileged: bool,
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
    /// Whether holding it is privileged.
    pub privileged: bool,
    /// Whether it gives access to patient data.
    pub patient_data: bool,
    /// What it confers.
    pub permissions: Vec<RolePermission>,
}

/// How far a grant reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "kind", content = "id")]
pub enum Scope {
    /// Everything.
    Installation,
    /// An organisation and all below it.
    Organisation(OrganisationId),
    /// A system.
    System(SystemId),
    /// A segment.
    Segment(crate::domain::id::SegmentId),
    /// A database.
    Database(crate::domain::id::DatabaseId),
}

impl Scope {
    /// The scope's kind, as in feeds and in the database.
    #[must_use]
    pub const fn kind(self) -> &'static str {
        match self {
            Self::Installation => "installation",
            Self::Organisation(_) => "organisation",
            Self::System(_) => "system",
            Self::Segment(_) => "segment",
            Self::Database(_) => "database",
        }
    }

    /// What it is a scope over; the installation is an organisation.
    #[must_use]
    pub fn entity(self) -> EntityRef {
        match self {
            Self::Installation => crate::domain::id::INSTALLATION.into(),
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
}

/// A system, as far as policies see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SystemFacts {
    /// The system.
    pub id: SystemId,
    /// Confidentiality class 1 to 4; `None`: not classified.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub confidentiality: Option<u8>,
    /// Whether it holds patient data.
    pub patient_data: bool,
    /// The assurance level that patient data demands here.
    pub patient_level: u8,
    /// Until when password sign-in is tolerated for ordinary use.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub password_login_until: Option<Instant>,
    /// The supplier.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub supplier: Option<OrganisationId>,
    /// Until when a supplier assessment (OSL 10 kap. 2 a §) is valid; `None`: there is none.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub assessment_valid_until: Option<Instant>,
}

/// The circumstances of a question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Circumstances {
    /// The instant the question is decided at.
    pub now: Instant,
    /// How the principal signed in.
    pub assurance: Assurance,
    /// The commission chosen at sign-in.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub commission: Option<HsaId>,
    /// What the access is for, in the asker's words.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub purpose: Option<String>,
    /// The network zone the request came from.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub network_zone: Option<String>,
}

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Asked {
    /// The permission.
    pub permission: PermissionName,
    /// Its category; `None`: a permission of the service itself, whose action is its own.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub category: Option<Category>,
    /// Whether the permission is privileged.
    pub privileged: bool,
}

/// A whole question: everything besides the policy set that an answer depends on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Question {
    /// Who.
    pub principal: PrincipalFacts,
    /// Wants to do what.
    pub asked: Asked,
    /// To what.
    pub target: TargetFacts,
    /// When, and how signed in.
    pub circumstances: Circumstances,
}
