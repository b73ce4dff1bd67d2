//! Filters: flat, their parts hold together, and each part is on an indexed column; and the orders of what has a name.

use async_graphql::{InputObject, OneofObject};

use crate::object::kinds::OrganisationKind;
use crate::object::proposal::EditProposalState;
use crate::scalar::{AnyId, IdOf, Permission};
use domain::facts::Scope;
use domain::id;
use service::error::{InputPath, ServiceError};
use service::register::{
    AccountSelection, DatabaseSelection, EngagementSelection, GrantSelection,
    OrganisationSelection, PersonSelection, ProposalSelection, RoleSelection, SegmentSelection,
    ServerSelection, ServiceSelection, SupplierAssessmentSelection, SystemSelection,
};

use super::order::ordered_by_name;

/// A filter in a caller's words, which says what it selects.
pub trait Narrowing<S> {
    /// What it selects; `path` says where it stands.
    ///
    /// # Errors
    /// A text in it cannot be used.
    fn selection(self, path: &InputPath) -> Result<S, ServiceError>;
}

/// Which organisations; all parts hold together.
#[derive(Debug, Clone, Default, InputObject)]
pub struct OrganisationFilter {
    /// Only those whose name has all these words, or words that begin so, or whose HSA-id ends so; null: any.
    pub name: Option<String>,
    /// Only those directly below this organisation; null: any.
    pub parent: Option<IdOf<id::Organisation>>,
    /// Only those of this kind; null: any.
    pub kind: Option<OrganisationKind>,
}

impl Narrowing<OrganisationSelection> for OrganisationFilter {
    fn selection(self, path: &InputPath) -> Result<OrganisationSelection, ServiceError> {
        Ok(OrganisationSelection {
            name: path.text_if("name", self.name.as_deref())?,
            parent: self.parent.map(|id| id.0),
            kind: self.kind.map(Into::into),
        })
    }
}

ordered_by_name! {
    /// The orders of organisations.
    OrganisationOrder;
}

/// Which people; all parts hold together.
#[derive(Debug, Clone, Default, InputObject)]
pub struct PersonFilter {
    /// Only those whose name has all these words, or words that begin so, or whose HSA-id ends so; null: any.
    pub name: Option<String>,
    /// Only those who are this human being; null: any.
    pub individual: Option<IdOf<id::Individual>>,
    /// Only those engaged in this unit now; null: any.
    pub unit: Option<IdOf<id::Organisation>>,
    /// Only those whom this organisation or one below it employs now, wherever they work: a supplier's people by
    /// the supplier; null: any.
    pub employer: Option<IdOf<id::Organisation>>,
}

impl Narrowing<PersonSelection> for PersonFilter {
    fn selection(self, path: &InputPath) -> Result<PersonSelection, ServiceError> {
        Ok(PersonSelection {
            name: path.text_if("name", self.name.as_deref())?,
            individual: self.individual.map(|id| id.0),
            unit: self.unit.map(|id| id.0),
            employer: self.employer.map(|id| id.0),
        })
    }
}

ordered_by_name! {
    /// The orders of people; a name is the family name, then the given name.
    PersonOrder;
}

/// Which engagements; all parts hold together.
#[derive(Debug, Clone, Default, InputObject)]
pub struct EngagementFilter {
    /// Only those of this person; null: any.
    pub person: Option<IdOf<id::Person>>,
    /// Only those in this unit; null: any.
    pub unit: Option<IdOf<id::Organisation>>,
    /// Only those with this employer; null: any.
    pub employer: Option<IdOf<id::Organisation>>,
    /// Only those for which this person is responsible; null: any.
    pub responsible: Option<IdOf<id::Person>>,
    /// Only those that have begun and not ended (true), or only the others (false); null: any.
    pub live: Option<bool>,
}

impl Narrowing<EngagementSelection> for EngagementFilter {
    fn selection(self, _: &InputPath) -> Result<EngagementSelection, ServiceError> {
        Ok(EngagementSelection {
            person: self.person.map(|id| id.0),
            unit: self.unit.map(|id| id.0),
            employer: self.employer.map(|id| id.0),
            responsible: self.responsible.map(|id| id.0),
            live: self.live,
        })
    }
}

/// Which systems; all parts hold together.
#[derive(Debug, Clone, Default, InputObject)]
pub struct SystemFilter {
    /// Only those whose name has all these words, or words that begin so; null: any.
    pub name: Option<String>,
    /// Only those that this organisation answers for; null: any.
    pub organisation: Option<IdOf<id::Organisation>>,
    /// Only those from this supplier; null: any.
    pub supplier: Option<IdOf<id::Organisation>>,
    /// Only those that this person owns; null: any.
    pub owner: Option<IdOf<id::Person>>,
}

impl Narrowing<SystemSelection> for SystemFilter {
    fn selection(self, path: &InputPath) -> Result<SystemSelection, ServiceError> {
        Ok(SystemSelection {
            name: path.text_if("name", self.name.as_deref())?,
            organisation: self.organisation.map(|id| id.0),
            supplier: self.supplier.map(|id| id.0),
            owner: self.owner.map(|id| id.0),
        })
    }
}

ordered_by_name! {
    /// The orders of systems.
    SystemOrder;
}

/// Which assessments; all parts hold together.
#[derive(Debug, Clone, Default, InputObject)]
pub struct SupplierAssessmentFilter {
    /// Only those of this system; null: any.
    pub system: Option<IdOf<id::System>>,
    /// Only those of this supplier; null: any.
    pub supplier: Option<IdOf<id::Organisation>>,
}

impl Narrowing<SupplierAssessmentSelection> for SupplierAssessmentFilter {
    fn selection(self, _: &InputPath) -> Result<SupplierAssessmentSelection, ServiceError> {
        Ok(SupplierAssessmentSelection {
            system: self.system.map(|id| id.0),
            supplier: self.supplier.map(|id| id.0),
        })
    }
}

/// Which segments; all parts hold together.
#[derive(Debug, Clone, Default, InputObject)]
pub struct SegmentFilter {
    /// Only those whose name has all these words, or words that begin so; null: any.
    pub name: Option<String>,
    /// Only those of this system; null: any.
    pub system: Option<IdOf<id::System>>,
    /// Only those that this organisation answers for; null: any.
    pub organisation: Option<IdOf<id::Organisation>>,
}

impl Narrowing<SegmentSelection> for SegmentFilter {
    fn selection(self, path: &InputPath) -> Result<SegmentSelection, ServiceError> {
        Ok(SegmentSelection {
            name: path.text_if("name", self.name.as_deref())?,
            system: self.system.map(|id| id.0),
            organisation: self.organisation.map(|id| id.0),
        })
    }
}

ordered_by_name! {
    /// The orders of segments.
    SegmentOrder;
}

/// Which servers; all parts hold together.
#[derive(Debug, Clone, Default, InputObject)]
pub struct ServerFilter {
    /// Only those in this segment; null: any.
    pub segment: Option<IdOf<id::Segment>>,
}

impl Narrowing<ServerSelection> for ServerFilter {
    fn selection(self, _: &InputPath) -> Result<ServerSelection, ServiceError> {
        Ok(ServerSelection {
            segment: self.segment.map(|id| id.0),
            segments: None,
        })
    }
}

ordered_by_name! {
    /// The orders of servers; a name is the host name.
    ServerOrder;
}

/// Which databases; all parts hold together.
#[derive(Debug, Clone, Default, InputObject)]
pub struct DatabaseFilter {
    /// Only those whose name has all these words, or words that begin so; null: any.
    pub name: Option<String>,
    /// Only those of this system; null: any.
    pub system: Option<IdOf<id::System>>,
    /// Only those on this server; null: any.
    pub server: Option<IdOf<id::Server>>,
}

impl Narrowing<DatabaseSelection> for DatabaseFilter {
    fn selection(self, path: &InputPath) -> Result<DatabaseSelection, ServiceError> {
        Ok(DatabaseSelection {
            name: path.text_if("name", self.name.as_deref())?,
            system: self.system.map(|id| id.0),
            server: self.server.map(|id| id.0),
        })
    }
}

ordered_by_name! {
    /// The orders of databases.
    DatabaseOrder;
}

/// Which services; all parts hold together.
#[derive(Debug, Clone, Default, InputObject)]
pub struct ServiceFilter {
    /// Only those whose name has all these words, or words that begin so; null: any.
    pub name: Option<String>,
    /// Only those that this organisation answers for; null: any.
    pub organisation: Option<IdOf<id::Organisation>>,
    /// Only those that this person owns; null: any.
    pub owner: Option<IdOf<id::Person>>,
}

impl Narrowing<ServiceSelection> for ServiceFilter {
    fn selection(self, path: &InputPath) -> Result<ServiceSelection, ServiceError> {
        Ok(ServiceSelection {
            name: path.text_if("name", self.name.as_deref())?,
            organisation: self.organisation.map(|id| id.0),
            owner: self.owner.map(|id| id.0),
        })
    }
}

ordered_by_name! {
    /// The orders of services.
    ServiceOrder;
}

/// Which technical accounts; all parts hold together.
#[derive(Debug, Clone, Default, InputObject)]
pub struct AccountFilter {
    /// Only those whose name has all these words, or words that begin so; null: any.
    pub name: Option<String>,
    /// Only those of this system; null: any.
    pub system: Option<IdOf<id::System>>,
    /// Only those that this person owns; null: any.
    pub owner: Option<IdOf<id::Person>>,
}

impl Narrowing<AccountSelection> for AccountFilter {
    fn selection(self, path: &InputPath) -> Result<AccountSelection, ServiceError> {
        Ok(AccountSelection {
            name: path.text_if("name", self.name.as_deref())?,
            system: self.system.map(|id| id.0),
            owner: self.owner.map(|id| id.0),
        })
    }
}

ordered_by_name! {
    /// The orders of technical accounts.
    AccountOrder;
}

/// Which roles; all parts hold together.
#[derive(Debug, Clone, Default, InputObject)]
pub struct RoleFilter {
    /// Only those whose name has all these words, or words that begin so; null: any.
    pub name: Option<String>,
    /// Only those of this system; null: any.
    pub system: Option<IdOf<id::System>>,
    /// Only those that hold the permission of this name; null: any.
    pub permission: Option<Permission>,
}

impl Narrowing<RoleSelection> for RoleFilter {
    fn selection(self, path: &InputPath) -> Result<RoleSelection, ServiceError> {
        Ok(RoleSelection {
            name: path.text_if("name", self.name.as_deref())?,
            system: self.system.map(|id| id.0),
            permission: self.permission.map(|name| name.0),
        })
    }
}

ordered_by_name! {
    /// The orders of roles.
    RoleOrder;
}

/// Which grants; all parts hold together.
#[derive(Debug, Clone, Default, InputObject)]
pub struct GrantFilter {
    /// Only those that this person holds; null: any.
    pub person: Option<IdOf<id::Person>>,
    /// Only those that this service holds; null: any.
    pub service: Option<IdOf<id::Service>>,
    /// Only those of this role; null: any.
    pub role: Option<IdOf<id::Role>>,
    /// Only those that rest on this engagement; null: any.
    pub engagement: Option<IdOf<id::Engagement>>,
    /// Only those over exactly this; null: any.
    pub scope: Option<ScopeFilter>,
    /// Only those whose dates hold, that nobody has revoked and whose engagement is live (true), or only the others
    /// (false); null: any. Whether they count is told by `counts`.
    pub in_force: Option<bool>,
}

impl Narrowing<GrantSelection> for GrantFilter {
    fn selection(self, _: &InputPath) -> Result<GrantSelection, ServiceError> {
        Ok(GrantSelection {
            person: self.person.map(|id| id.0),
            service: self.service.map(|id| id.0),
            role: self.role.map(|id| id.0),
            engagement: self.engagement.map(|id| id.0),
            scope: self.scope.map(Into::into),
            in_force: self.in_force,
        })
    }
}

/// Exactly one thing that a grant can be over.
#[derive(Debug, Clone, OneofObject)]
pub enum ScopeFilter {
    /// An organisation, the installation included; what lies below it is not meant.
    Organisation(IdOf<id::Organisation>),
    /// A system.
    System(IdOf<id::System>),
    /// A segment.
    Segment(IdOf<id::Segment>),
    /// A database.
    Database(IdOf<id::Database>),
}

impl From<ScopeFilter> for Scope {
    fn from(filter: ScopeFilter) -> Self {
        match filter {
            ScopeFilter::Organisation(id) if id.0 == id::INSTALLATION => Self::Installation,
            ScopeFilter::Organisation(id) => Self::Organisation(id.0),
            ScopeFilter::System(id) => Self::System(id.0),
            ScopeFilter::Segment(id) => Self::Segment(id.0),
            ScopeFilter::Database(id) => Self::Database(id.0),
        }
    }
}

/// Which proposals; all parts hold together.
#[derive(Debug, Clone, Default, InputObject)]
pub struct EditProposalFilter {
    /// Only those of which this has become; null: any.
    pub state: Option<EditProposalState>,
    /// Only those about the thing of this id; null: any.
    pub thing: Option<AnyId>,
}

impl Narrowing<ProposalSelection> for EditProposalFilter {
    fn selection(self, _: &InputPath) -> Result<ProposalSelection, ServiceError> {
        Ok(ProposalSelection {
            state: self.state.map(Into::into),
            thing: self.thing.map(|id| id.0),
        })
    }
}
