//! Filters: flat, their parts hold together, and each part is on an indexed column.

use async_graphql::{InputObject, OneofObject};

use crate::domain::facts::Scope;
use crate::domain::id;
use crate::graphql::object::kinds::OrganisationKind;
use crate::graphql::object::proposal::EditProposalState;
use crate::graphql::scalar::{AnyId, IdOf, Permission};
use crate::service::register::{
    AccountSelection, DatabaseSelection, EngagementSelection, GrantSelection,
    OrganisationSelection, PersonSelection, ProposalSelection, RoleSelection, SegmentSelection,
    ServerSelection, ServiceSelection, SupplierAssessmentSelection, SystemSelection,
};

/// Which organisations; all parts hold together.
#[derive(Debug, Clone, Default, InputObject)]
pub struct OrganisationFilter {
    /// Only those whose name begins so, in upper or lower case; null: any.
    pub name: Option<String>,
    /// Only those directly below this organisation; null: any.
    pub parent: Option<IdOf<id::Organisation>>,
    /// Only those of this kind; null: any.
    pub kind: Option<OrganisationKind>,
}

impl From<OrganisationFilter> for OrganisationSelection {
    fn from(filter: OrganisationFilter) -> Self {
        Self {
            name: filter.name,
            parent: filter.parent.map(|id| id.0),
            kind: filter.kind.map(Into::into),
        }
    }
}

/// Which people; all parts hold together.
#[derive(Debug, Clone, Default, InputObject)]
pub struct PersonFilter {
    /// Only those whose name, family name first, begins so, in upper or lower case; null: any.
    pub name: Option<String>,
    /// Only those who are this human being; null: any.
    pub individual: Option<IdOf<id::Individual>>,
    /// Only those engaged in this unit now; null: any.
    pub unit: Option<IdOf<id::Organisation>>,
}

impl From<PersonFilter> for PersonSelection {
    fn from(filter: PersonFilter) -> Self {
        Self {
            name: filter.name,
            individual: filter.individual.map(|id| id.0),
            unit: filter.unit.map(|id| id.0),
        }
    }
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

impl From<EngagementFilter> for EngagementSelection {
    fn from(filter: EngagementFilter) -> Self {
        Self {
            person: filter.person.map(|id| id.0),
            unit: filter.unit.map(|id| id.0),
            employer: filter.employer.map(|id| id.0),
            responsible: filter.responsible.map(|id| id.0),
            live: filter.live,
        }
    }
}

/// Which systems; all parts hold together.
#[derive(Debug, Clone, Default, InputObject)]
pub struct SystemFilter {
    /// Only those whose name begins so, in upper or lower case; null: any.
    pub name: Option<String>,
    /// Only those that this organisation answers for; null: any.
    pub organisation: Option<IdOf<id::Organisation>>,
    /// Only those from this supplier; null: any.
    pub supplier: Option<IdOf<id::Organisation>>,
    /// Only those that this person owns; null: any.
    pub owner: Option<IdOf<id::Person>>,
}

impl From<SystemFilter> for SystemSelection {
    fn from(filter: SystemFilter) -> Self {
        Self {
            name: filter.name,
            organisation: filter.organisation.map(|id| id.0),
            supplier: filter.supplier.map(|id| id.0),
            owner: filter.owner.map(|id| id.0),
        }
    }
}

/// Which assessments; all parts hold together.
#[derive(Debug, Clone, Default, InputObject)]
pub struct SupplierAssessmentFilter {
    /// Only those of this system; null: any.
    pub system: Option<IdOf<id::System>>,
    /// Only those of this supplier; null: any.
    pub supplier: Option<IdOf<id::Organisation>>,
}

impl From<SupplierAssessmentFilter> for SupplierAssessmentSelection {
    fn from(filter: SupplierAssessmentFilter) -> Self {
        Self {
            system: filter.system.map(|id| id.0),
            supplier: filter.supplier.map(|id| id.0),
        }
    }
}

/// Which segments; all parts hold together.
#[derive(Debug, Clone, Default, InputObject)]
pub struct SegmentFilter {
    /// Only those whose name begins so, in upper or lower case; null: any.
    pub name: Option<String>,
    /// Only those of this system; null: any.
    pub system: Option<IdOf<id::System>>,
    /// Only those that this organisation answers for; null: any.
    pub organisation: Option<IdOf<id::Organisation>>,
}

impl From<SegmentFilter> for SegmentSelection {
    fn from(filter: SegmentFilter) -> Self {
        Self {
            name: filter.name,
            system: filter.system.map(|id| id.0),
            organisation: filter.organisation.map(|id| id.0),
        }
    }
}

/// Which servers; all parts hold together.
#[derive(Debug, Clone, Default, InputObject)]
pub struct ServerFilter {
    /// Only those in this segment; null: any.
    pub segment: Option<IdOf<id::Segment>>,
}

impl From<ServerFilter> for ServerSelection {
    fn from(filter: ServerFilter) -> Self {
        Self {
            segment: filter.segment.map(|id| id.0),
            segments: None,
        }
    }
}

/// Which databases; all parts hold together.
#[derive(Debug, Clone, Default, InputObject)]
pub struct DatabaseFilter {
    /// Only those whose name begins so, in upper or lower case; null: any.
    pub name: Option<String>,
    /// Only those of this system; null: any.
    pub system: Option<IdOf<id::System>>,
    /// Only those on this server; null: any.
    pub server: Option<IdOf<id::Server>>,
}

impl From<DatabaseFilter> for DatabaseSelection {
    fn from(filter: DatabaseFilter) -> Self {
        Self {
            name: filter.name,
            system: filter.system.map(|id| id.0),
            server: filter.server.map(|id| id.0),
        }
    }
}

/// Which services; all parts hold together.
#[derive(Debug, Clone, Default, InputObject)]
pub struct ServiceFilter {
    /// Only those whose name begins so, in upper or lower case; null: any.
    pub name: Option<String>,
    /// Only those that this organisation answers for; null: any.
    pub organisation: Option<IdOf<id::Organisation>>,
    /// Only those that this person owns; null: any.
    pub owner: Option<IdOf<id::Person>>,
}

impl From<ServiceFilter> for ServiceSelection {
    fn from(filter: ServiceFilter) -> Self {
        Self {
            name: filter.name,
            organisation: filter.organisation.map(|id| id.0),
            owner: filter.owner.map(|id| id.0),
        }
    }
}

/// Which technical accounts; all parts hold together.
#[derive(Debug, Clone, Default, InputObject)]
pub struct AccountFilter {
    /// Only those whose name begins so, in upper or lower case; null: any.
    pub name: Option<String>,
    /// Only those of this system; null: any.
    pub system: Option<IdOf<id::System>>,
    /// Only those that this person owns; null: any.
    pub owner: Option<IdOf<id::Person>>,
}

impl From<AccountFilter> for AccountSelection {
    fn from(filter: AccountFilter) -> Self {
        Self {
            name: filter.name,
            system: filter.system.map(|id| id.0),
            owner: filter.owner.map(|id| id.0),
        }
    }
}

/// Which roles; all parts hold together.
#[derive(Debug, Clone, Default, InputObject)]
pub struct RoleFilter {
    /// Only those whose name begins so, in upper or lower case; null: any.
    pub name: Option<String>,
    /// Only those of this system; null: any.
    pub system: Option<IdOf<id::System>>,
    /// Only those that hold the permission of this name; null: any.
    pub permission: Option<Permission>,
}

impl From<RoleFilter> for RoleSelection {
    fn from(filter: RoleFilter) -> Self {
        Self {
            name: filter.name,
            system: filter.system.map(|id| id.0),
            permission: filter.permission.map(|name| name.0),
        }
    }
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
    /// Only those that have begun, not ended and are not revoked (true), or only the others (false); null: any.
    pub in_force: Option<bool>,
}

impl From<GrantFilter> for GrantSelection {
    fn from(filter: GrantFilter) -> Self {
        Self {
            person: filter.person.map(|id| id.0),
            service: filter.service.map(|id| id.0),
            role: filter.role.map(|id| id.0),
            engagement: filter.engagement.map(|id| id.0),
            scope: filter.scope.map(Into::into),
            in_force: filter.in_force,
        }
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

impl From<EditProposalFilter> for ProposalSelection {
    fn from(filter: EditProposalFilter) -> Self {
        Self {
            state: filter.state.map(Into::into),
            thing: filter.thing.map(|id| id.0),
        }
    }
}
