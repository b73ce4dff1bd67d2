//! The records of a feed, by kind, with every name and date already checked for form.

use std::collections::BTreeMap;

use super::Kind;
use domain::facts::EngagementKind;
use domain::text::{ClientId, EmailAddress, HostName, Identifier, Name, Reference};
use domain::{Date, HsaId, PermissionName};

mod grant;

pub use grant::Grant;

/// A record of any kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Record {
    /// A node of the organisation tree.
    Organisation(Organisation),
    /// One employee HSA-id.
    Person(Person),
    /// A person's relation to an employer and a unit.
    Engagement(Engagement),
    /// A system.
    System(System),
    /// Servers that are administered together.
    Segment(Segment),
    /// A host.
    Server(Server),
    /// A database.
    Database(Database),
    /// An OAuth client.
    Service(Service),
    /// A technical account.
    Account(Account),
    /// A supplier assessment.
    SupplierAssessment(SupplierAssessment),
    /// A role.
    Role(Role),
    /// A grant.
    Grant(Grant),
}

impl Record {
    /// The record's kind.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Organisation(_) => Kind::Organisation,
            Self::Person(_) => Kind::Person,
            Self::Engagement(_) => Kind::Engagement,
            Self::System(_) => Kind::System,
            Self::Segment(_) => Kind::Segment,
            Self::Server(_) => Kind::Server,
            Self::Database(_) => Kind::Database,
            Self::Service(_) => Kind::Service,
            Self::Account(_) => Kind::Account,
            Self::SupplierAssessment(_) => Kind::SupplierAssessment,
            Self::Role(_) => Kind::Role,
            Self::Grant(_) => Kind::Grant,
        }
    }

    /// The id that the source gave it.
    #[must_use]
    pub fn external_id(&self) -> &str {
        match self {
            Self::Organisation(it) => it.external_id.as_str(),
            Self::Person(it) => it.external_id.as_str(),
            Self::Engagement(it) => &it.external_id,
            Self::System(it) => &it.external_id,
            Self::Segment(it) => &it.external_id,
            Self::Server(it) => &it.external_id,
            Self::Database(it) => &it.external_id,
            Self::Service(it) => &it.external_id,
            Self::Account(it) => &it.external_id,
            Self::SupplierAssessment(it) => &it.external_id,
            Self::Role(it) => &it.external_id,
            Self::Grant(it) => &it.external_id,
        }
    }
}

/// A node of the organisation tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Organisation {
    /// Its HSA-id.
    pub external_id: HsaId,
    /// Its name.
    pub name: Name,
    /// The node above; `None`: a root.
    pub parent: Option<HsaId>,
    /// One of [`Organisation::TYPES`].
    pub organisation_type: &'static str,
    /// Whether it is an authority.
    pub authority: bool,
    /// Whether it is a care provider.
    pub care_provider: bool,
    /// How many privileged grants one human being may hold who is engaged here or below.
    pub max_privileged_grants: Option<u32>,
}

impl Organisation {
    /// Whether one of that type is a care provider where the feed says nothing of it: a region with all its
    /// committees is one (PDL 1 kap. 3 §), a municipality is, and a private provider.
    pub(crate) fn provides_care(organisation_type: &str, root: bool, authority: bool) -> bool {
        match organisation_type {
            "region" => root,
            "authority" => root && authority,
            other => other == "privateProvider",
        }
    }

    /// The types of organisation.
    pub const TYPES: &'static [&'static str] = &[
        "region",
        "authority",
        "administration",
        "department",
        "unit",
        "itCentre",
        "vendor",
        "privateProvider",
    ];
}

/// One employee HSA-id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The employee HSA-id.
    pub external_id: HsaId,
    /// Opaque key of the human being.
    pub individual: Identifier,
    /// Given name.
    pub given_name: Name,
    /// Family name.
    pub family_name: Name,
    /// Address of electronic mail.
    pub email: EmailAddress,
    /// Whether the identity is protected.
    pub protected_identity: bool,
    /// When the security training was completed; `None`: never.
    pub training_completed_on: Option<Date>,
    /// Of [`Person::CREDENTIALS`]; may be empty.
    pub credentials: Vec<&'static str>,
}

impl Person {
    /// The kinds of credential.
    pub const CREDENTIALS: &'static [&'static str] = &["siths", "siths-reserve", "mobile"];
}

/// A person's relation to an employer and a unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Engagement {
    /// The source's id.
    pub external_id: Identifier,
    /// Whose it is.
    pub person: HsaId,
    /// Its kind.
    pub engagement_type: EngagementKind,
    /// Who employs.
    pub employer: HsaId,
    /// Where the person works.
    pub unit: HsaId,
    /// Manager or sponsor.
    pub responsible: Option<HsaId>,
    /// First day.
    pub from: Date,
    /// Last day; `None`: no end is set.
    pub until: Option<Date>,
    /// First day of an absence.
    pub absent_from: Option<Date>,
    /// Last day of the absence; `None` with `absent_from`: until further notice.
    pub absent_until: Option<Date>,
}

/// How grave a system's information is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Classification {
    /// 1 to 4.
    pub confidentiality: u8,
    /// 1 to 4.
    pub integrity: u8,
    /// 1 to 4.
    pub availability: u8,
    /// When it was decided.
    pub decided_on: Date,
    /// When it is to be looked at again.
    pub review_by: Date,
    /// The separate analysis that class 4 demands.
    pub analysis: Option<Reference>,
}

/// A system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct System {
    /// The source's id.
    pub external_id: Identifier,
    /// Its name.
    pub name: Name,
    /// Systemägare.
    pub owner: Option<HsaId>,
    /// Systemförvaltare.
    pub administrator: Option<HsaId>,
    /// IT-systemägare.
    pub it_owner: Option<HsaId>,
    /// Förvaltningsledare IT.
    pub it_manager: Option<HsaId>,
    /// Who answers for it.
    pub organisation: HsaId,
    /// `None`: it has not been classified.
    pub classification: Option<Classification>,
    /// Whether it holds patient data.
    pub patient_data: bool,
    /// Whether it holds personal data.
    pub personal_data: bool,
    /// Whether care stops without it.
    pub business_critical: bool,
    /// One of [`System::ENFORCEMENTS`].
    pub enforcement: &'static str,
    /// Who supplies it.
    pub supplier: Option<HsaId>,
    /// Last day on which a password is enough.
    pub password_login_until: Option<Date>,
}

impl System {
    /// The ways in which grants are enforced in a system.
    pub const ENFORCEMENTS: &'static [&'static str] = &["runtime", "provisioned", "manual", "none"];
}

/// Servers that are administered together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    /// The source's id.
    pub external_id: Identifier,
    /// Its name.
    pub name: Name,
    /// Its system; `None`: shared infrastructure.
    pub system: Option<Identifier>,
    /// Who answers for it.
    pub organisation: HsaId,
    /// One of [`Segment::ENVIRONMENTS`].
    pub environment: &'static str,
    /// Whether it holds patient data.
    pub patient_data: bool,
    /// First day of the period in which it may be changed; `None` with `change_until`: at any time.
    pub change_from: Option<Date>,
    /// Last day of that period.
    pub change_until: Option<Date>,
    /// Segments whose servers can be taken over from here.
    pub controls: Vec<Identifier>,
}

impl Segment {
    /// The environments of a segment.
    pub const ENVIRONMENTS: &'static [&'static str] = &["production", "test", "training"];
}

/// A host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// Its host name.
    pub external_id: HostName,
    /// Its segment.
    pub segment: Identifier,
    /// What it runs; the log tells it in clear.
    pub operating_system: Reference,
}

/// A database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Database {
    /// The source's id.
    pub external_id: Identifier,
    /// Its name.
    pub name: Name,
    /// Its system.
    pub system: Identifier,
    /// The host it runs on.
    pub server: HostName,
}

/// An OAuth client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// Its client id.
    pub external_id: ClientId,
    /// Its name.
    pub name: Name,
    /// Who answers for it as a person.
    pub owner: HsaId,
    /// Who does when the owner cannot.
    pub deputy: HsaId,
    /// Who answers for it as an organisation.
    pub organisation: HsaId,
    /// Outside of which it changes nothing; `None`: only its grants bound it.
    pub declared_scope: Option<HsaId>,
    /// First day.
    pub from: Date,
    /// Last day; `None`: no end is set.
    pub until: Option<Date>,
}

/// A technical account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// The source's id.
    pub external_id: Identifier,
    /// One of [`Account::TYPES`].
    pub account_type: &'static str,
    /// Its name.
    pub name: Name,
    /// The system it is in.
    pub system: Option<Identifier>,
    /// Who answers for it.
    pub owner: Option<HsaId>,
    /// Who does when the owner cannot.
    pub deputy: Option<HsaId>,
    /// Last day; `None`: no end is set.
    pub until: Option<Date>,
}

impl Account {
    /// The types of account.
    pub const TYPES: &'static [&'static str] = &["directory", "local", "database", "shared"];
}

/// That a supplier may be entrusted with an authority's secrets in a system (OSL 10 kap. 2 a §).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SupplierAssessment {
    /// The source's id.
    pub external_id: Identifier,
    /// The supplier.
    pub supplier: HsaId,
    /// The authority whose secrets they are.
    pub authority: HsaId,
    /// The system.
    pub system: Identifier,
    /// When it was decided.
    pub decided_on: Date,
    /// Last day on which it holds.
    pub valid_until: Date,
    /// Who decided.
    pub decided_by: HsaId,
    /// The agreement it rests on.
    pub agreement: Reference,
}

/// A role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role {
    /// The source's id.
    pub external_id: Identifier,
    /// Its name.
    pub name: Name,
    /// The system it belongs to; `None`: a general role.
    pub system: Option<Identifier>,
    /// Whether holding it is privileged.
    pub privileged: bool,
    /// Whether it gives access to patient data.
    pub patient_data: bool,
    /// How many human beings may hold it; `None`: any number.
    pub max_holders: Option<u32>,
    /// What it confers.
    pub permissions: Vec<PermissionName>,
}

/// The feed's last line: what the sender says was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trailer {
    /// The day that the feed describes.
    pub today: Date,
    /// Records by kind.
    pub counts: BTreeMap<Kind, u64>,
    /// How many of each flag the sender found.
    pub flags: BTreeMap<String, u64>,
}

/// What a good line holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// A record.
    Record(Box<Record>),
    /// The last line.
    Trailer(Trailer),
}
