//! What an action is aimed at, before the register has been asked about it.

use strum::{IntoStaticStr, VariantNames};

use super::facts::Scope;
use super::id::{
    EngagementId, EntityKind, EntityRef, GrantId, IndividualId, OrganisationId, PersonId, RoleId,
    ServiceId,
};
use super::text::{ClientId, ErasableText, HostName, HsaId, Identifier, RecordId, Reference};
use super::time::Date;

/// How a caller names a person or a service.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum PrincipalKey {
    /// A person by employee HSA-id.
    Person(HsaId),
    /// A service by OAuth client id.
    Service(ClientId),
}

impl PrincipalKey {
    /// The name as given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Person(hsa_id) => hsa_id.as_str(),
            Self::Service(client_id) => client_id,
        }
    }

    /// What a decision depends on while nothing of that name is known.
    #[must_use]
    pub fn dependency(&self) -> String {
        match self {
            Self::Person(hsa_id) => format!("hsa:{hsa_id}"),
            Self::Service(client_id) => format!("client:{client_id}"),
        }
    }
}

/// How a caller names something in the register other than by its id.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ExternalKey {
    /// An organisation by HSA-id.
    Organisation(HsaId),
    /// A person or a service.
    Principal(PrincipalKey),
    /// A system by external id.
    System(Identifier),
    /// A segment by external id.
    Segment(Identifier),
    /// A server by host name.
    Server(HostName),
    /// A database by external id.
    Database(Identifier),
    /// A role by external id.
    Role(Identifier),
    /// An engagement by external id.
    Engagement(Identifier),
}

impl ExternalKey {
    /// What kind of thing it is the name of.
    #[must_use]
    pub const fn kind(&self) -> EntityKind {
        match self {
            Self::Organisation(_) => EntityKind::Organisation,
            Self::Principal(PrincipalKey::Person(_)) => EntityKind::Person,
            Self::Principal(PrincipalKey::Service(_)) => EntityKind::Service,
            Self::System(_) => EntityKind::System,
            Self::Segment(_) => EntityKind::Segment,
            Self::Server(_) => EntityKind::Server,
            Self::Database(_) => EntityKind::Database,
            Self::Role(_) => EntityKind::Role,
            Self::Engagement(_) => EntityKind::Engagement,
        }
    }

    /// The name as given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Organisation(hsa_id) => hsa_id.as_str(),
            Self::Principal(key) => key.as_str(),
            Self::Server(host) => host,
            Self::System(id)
            | Self::Segment(id)
            | Self::Database(id)
            | Self::Role(id)
            | Self::Engagement(id) => id,
        }
    }

    /// The same HSA-id in capitals, as registers spell it; `None`: it is one in capitals, or none.
    #[must_use]
    pub fn in_capitals(&self) -> Option<Self> {
        let capitals = |hsa_id: &HsaId| {
            let capitals: HsaId = hsa_id.folded().parse().ok()?;
            (capitals != *hsa_id).then_some(capitals)
        };
        match self {
            Self::Organisation(hsa_id) => capitals(hsa_id).map(Self::Organisation),
            Self::Principal(PrincipalKey::Person(hsa_id)) => {
                let person = capitals(hsa_id).map(PrincipalKey::Person);
                person.map(Self::Principal)
            }
            Self::Principal(PrincipalKey::Service(_))
            | Self::System(_)
            | Self::Segment(_)
            | Self::Server(_)
            | Self::Database(_)
            | Self::Role(_)
            | Self::Engagement(_) => None,
        }
    }

    /// What a decision depends on while nothing of that name is known.
    #[must_use]
    pub fn dependency(&self) -> String {
        match self {
            Self::Organisation(hsa_id) => format!("hsa:{hsa_id}"),
            Self::Principal(key) => key.dependency(),
            Self::Server(host) => format!("host:{host}"),
            Self::System(id) => format!("ext:system:{id}"),
            Self::Segment(id) => format!("ext:segment:{id}"),
            Self::Database(id) => format!("ext:database:{id}"),
            Self::Role(id) => format!("ext:role:{id}"),
            Self::Engagement(id) => format!("ext:engagement:{id}"),
        }
    }
}

/// Something in a governed system that the register does not hold, as the asker describes it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RecordDescription {
    /// The system's external id.
    pub system: Identifier,
    /// The organisation that owns it.
    pub organisation: HsaId,
    /// The asker's word for the kind of thing.
    pub kind: Reference,
    /// The asker's opaque id for it.
    pub id: RecordId,
    /// Whether it is blocked (spärr).
    pub blocked: bool,
    /// Why the user chose to go on, when an active choice has been made.
    pub active_choice: Option<ErasableText>,
    /// Whether the patient consents to a blocked record being opened.
    pub consent: bool,
}

/// A grant that is about to be made, with everything it names already found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantDraft {
    /// The id it will have.
    pub id: GrantId,
    /// Who will hold it.
    pub holder: Holder,
    /// The engagement it will rest on.
    pub engagement: Option<EngagementId>,
    /// The role.
    pub role: RoleId,
    /// How far it will reach.
    pub scope: Scope,
    /// First day.
    pub from: Date,
    /// Last day.
    pub until: Option<Date>,
    /// The needs-and-risk analysis behind it.
    pub needs_and_risk_analysis: Option<Reference>,
    /// Last day on which that analysis counts.
    pub analysis_review_by: Option<Date>,
    /// Who orders it: whom the caller names, else the caller, when a person.
    pub ordered_by: Option<PersonId>,
    /// Who has approved it, when somebody has.
    pub approved_by: Option<PersonId>,
    /// The human being who has approved it.
    pub approved_by_individual: Option<IndividualId>,
}

/// How far a grant is to reach, as a caller or a feed names it.
#[derive(Debug, Clone, PartialEq, Eq, IntoStaticStr, VariantNames)]
#[strum(serialize_all = "camelCase")]
pub enum ScopeName {
    /// Everything.
    Installation,
    /// An organisation and all below it.
    Organisation(HsaId),
    /// A system, by external id.
    System(Identifier),
    /// A segment, by external id.
    Segment(Identifier),
    /// A database, by external id.
    Database(Identifier),
}

impl ScopeName {
    /// The kinds of thing.
    pub const KINDS: &'static [&'static str] = <Self as VariantNames>::VARIANTS;

    /// The kind of thing, as inputs, feeds and the register call it.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        self.into()
    }

    /// The name as given; of everything none.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Installation => "",
            Self::Organisation(hsa_id) => hsa_id.as_str(),
            Self::System(name) | Self::Segment(name) | Self::Database(name) => name,
        }
    }
}

/// A person or a service: who calls, or who holds a grant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Holder {
    /// A person.
    Person(PersonId),
    /// A service.
    Service(ServiceId),
}

impl Holder {
    /// The person; `None`: it is a service.
    #[must_use]
    pub const fn person(self) -> Option<PersonId> {
        match self {
            Self::Person(id) => Some(id),
            Self::Service(_) => None,
        }
    }

    /// The service; `None`: it is a person.
    #[must_use]
    pub const fn service(self) -> Option<ServiceId> {
        match self {
            Self::Service(id) => Some(id),
            Self::Person(_) => None,
        }
    }

    /// The holder's id.
    #[must_use]
    pub fn entity(self) -> EntityRef {
        match self {
            Self::Person(id) => id.into(),
            Self::Service(id) => id.into(),
        }
    }
}

/// What an action is aimed at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TargetKey {
    /// Something in the register, by id.
    Entity(EntityRef),
    /// Something in the register, by a name from outside.
    External(ExternalKey),
    /// A grant that is about to be made.
    Draft(Box<GrantDraft>),
    /// Something the register does not hold.
    Record(Box<RecordDescription>),
}

impl TargetKey {
    /// The installation: the target of what has no better place.
    #[must_use]
    pub fn installation() -> Self {
        Self::Entity(super::id::INSTALLATION.into())
    }
}

/// The organisations that a principal or a target belongs to, as of the moment they were read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Place {
    /// The units it belongs to directly.
    pub units: Vec<OrganisationId>,
    /// The authority (nämnd).
    pub authority: Option<OrganisationId>,
    /// The care provider.
    pub care_provider: Option<OrganisationId>,
    /// Everything above, the units included, nearest first.
    pub path: Vec<EntityRef>,
}
