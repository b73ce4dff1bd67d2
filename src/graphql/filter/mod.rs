//! Filters: flat, their parts hold together, and each part is on an indexed column; and the orders of what has a name.

use async_graphql::{InputObject, OneofObject};

use crate::kinds::{EditProposalState, OrganisationKind};
use crate::scalar::{AnyId, IdOf, Permission};
use domain::facts::Scope;
use domain::id;
use service::error::{InputPath, ServiceError};
use service::register::{
    AccountSelection, DatabaseSelection, EngagementSelection, GrantSelection,
    OrganisationSelection, PersonSelection, ProposalSelection, RoleSelection, SegmentSelection,
    ServerSelection, ServiceSelection, SupplierAssessmentSelection, SystemSelection,
};

pub mod decisions;
pub mod order;

use order::ordered_by_name;

/// A filter in a caller's words, which says what it selects.
pub trait Narrowing<S> {
    /// What it selects; `path` says where it stands.
    ///
    /// # Errors
    /// A text in it cannot be used.
    fn selection(self, path: &InputPath) -> Result<S, ServiceError>;
}

/// Declares a filter whose parts select by what they are, and one by the words of a name where that is said.
macro_rules! filter {
    ($(#[$doc:meta])* $filter:ident => $selection:ident $(, $name:ident $name_doc:literal)? {
        $($(#[$part_doc:meta])* $part:ident: $type:ty,)*
    }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Default, InputObject)]
        pub struct $filter {
            $(#[doc = $name_doc] pub $name: Option<String>,)?
            $($(#[$part_doc])* pub $part: Option<$type>,)*
        }

        impl Narrowing<$selection> for $filter {
            fn selection(self, path: &InputPath) -> Result<$selection, ServiceError> {
                // A filter need not have a text that can be wrong.
                let _ = path;
                Ok($selection {
                    $($name: path.text_if(stringify!($name), self.$name.as_deref())?,)?
                    $($part: self.$part.map(Into::into),)*
                })
            }
        }
    };
}

filter! {
    /// Which organisations; all parts hold together.
    OrganisationFilter => OrganisationSelection, name "Only those whose name has all these words, or words that begin so, or whose HSA-id ends so; null: any." {
        /// Only those directly below this organisation; null: any.
        parent: IdOf<id::Organisation>,
        /// Only those of this kind; null: any.
        kind: OrganisationKind,
    }
}

ordered_by_name! {
    /// The orders of organisations.
    OrganisationOrder;
}

filter! {
    /// Which people; all parts hold together.
    PersonFilter => PersonSelection, name "Only those whose name has all these words, or words that begin so, or whose HSA-id ends so; null: any." {
        /// Only those who are this human being; null: any.
        individual: IdOf<id::Individual>,
        /// Only those engaged in this unit now; null: any.
        unit: IdOf<id::Organisation>,
        /// Only those whom this organisation or one below it employs now, wherever they work: a supplier's people by
        /// the supplier; null: any.
        employer: IdOf<id::Organisation>,
    }
}

ordered_by_name! {
    /// The orders of people; a name is the family name, then the given name.
    PersonOrder;
}

filter! {
    /// Which engagements; all parts hold together.
    EngagementFilter => EngagementSelection {
        /// Only those of this person; null: any.
        person: IdOf<id::Person>,
        /// Only those in this unit; null: any.
        unit: IdOf<id::Organisation>,
        /// Only those with this employer; null: any.
        employer: IdOf<id::Organisation>,
        /// Only those for which this person is responsible; null: any.
        responsible: IdOf<id::Person>,
        /// Only those that have begun and not ended (true), or only the others (false); null: any.
        live: bool,
    }
}

filter! {
    /// Which systems; all parts hold together.
    SystemFilter => SystemSelection, name "Only those whose name has all these words, or words that begin so; null: any." {
        /// Only those that this organisation answers for; null: any.
        organisation: IdOf<id::Organisation>,
        /// Only those from this supplier; null: any.
        supplier: IdOf<id::Organisation>,
        /// Only those that this person owns; null: any.
        owner: IdOf<id::Person>,
    }
}

ordered_by_name! {
    /// The orders of systems.
    SystemOrder;
}

filter! {
    /// Which assessments; all parts hold together.
    SupplierAssessmentFilter => SupplierAssessmentSelection {
        /// Only those of this system; null: any.
        system: IdOf<id::System>,
        /// Only those of this supplier; null: any.
        supplier: IdOf<id::Organisation>,
    }
}

filter! {
    /// Which segments; all parts hold together.
    SegmentFilter => SegmentSelection, name "Only those whose name has all these words, or words that begin so; null: any." {
        /// Only those of this system; null: any.
        system: IdOf<id::System>,
        /// Only those that this organisation answers for; null: any.
        organisation: IdOf<id::Organisation>,
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

filter! {
    /// Which databases; all parts hold together.
    DatabaseFilter => DatabaseSelection, name "Only those whose name has all these words, or words that begin so; null: any." {
        /// Only those of this system; null: any.
        system: IdOf<id::System>,
        /// Only those on this server; null: any.
        server: IdOf<id::Server>,
    }
}

ordered_by_name! {
    /// The orders of databases.
    DatabaseOrder;
}

filter! {
    /// Which services; all parts hold together.
    ServiceFilter => ServiceSelection, name "Only those whose name has all these words, or words that begin so; null: any." {
        /// Only those that this organisation answers for; null: any.
        organisation: IdOf<id::Organisation>,
        /// Only those that this person owns; null: any.
        owner: IdOf<id::Person>,
    }
}

ordered_by_name! {
    /// The orders of services.
    ServiceOrder;
}

filter! {
    /// Which technical accounts; all parts hold together.
    AccountFilter => AccountSelection, name "Only those whose name has all these words, or words that begin so; null: any." {
        /// Only those of this system; null: any.
        system: IdOf<id::System>,
        /// Only those that this person owns; null: any.
        owner: IdOf<id::Person>,
    }
}

ordered_by_name! {
    /// The orders of technical accounts.
    AccountOrder;
}

filter! {
    /// Which roles; all parts hold together.
    RoleFilter => RoleSelection, name "Only those whose name has all these words, or words that begin so; null: any." {
        /// Only those of this system; null: any.
        system: IdOf<id::System>,
        /// Only those that hold the permission of this name; null: any.
        permission: Permission,
    }
}

ordered_by_name! {
    /// The orders of roles.
    RoleOrder;
}

filter! {
    /// Which grants; all parts hold together.
    GrantFilter => GrantSelection {
        /// Only those that this person holds; null: any.
        person: IdOf<id::Person>,
        /// Only those that this service holds; null: any.
        service: IdOf<id::Service>,
        /// Only those of this role; null: any.
        role: IdOf<id::Role>,
        /// Only those that rest on this engagement; null: any.
        engagement: IdOf<id::Engagement>,
        /// Only those over exactly this; null: any.
        scope: ScopeFilter,
        /// Only those whose dates hold, that nobody has revoked and whose engagement is live (true), or only the others
        /// (false); null: any. Whether they count is told by `counts`.
        in_force: bool,
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

filter! {
    /// Which proposals; all parts hold together.
    EditProposalFilter => ProposalSelection {
        /// Only those of which this has become; null: any.
        state: EditProposalState,
        /// Only those about the thing of this id; null: any.
        thing: AnyId,
    }
}
