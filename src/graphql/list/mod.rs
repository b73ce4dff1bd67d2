//! The root lists.
//!
//! To add a list: a filter and an order beside this file, a `list!` here, and its place in [`Lists`].

use async_graphql::{Context, MergedObject, Object};

use domain::id;
use service::decisions::{Decision as DecisionView, DecisionRecord};

use super::object::decision::Decision;
use super::object::flag::{FlaggedThing, ImportFlag};
use super::object::grant::Grant;
use super::object::organisation::Organisation;
use super::object::person::{Engagement, Person};
use super::object::proposal::EditProposal;
use super::object::role::Role;
use super::object::server::{Database, Segment, Server};
use super::object::service::{Account, Service};
use super::object::system::System;
use super::page::{Connection, Wanted, flagged, page};
use super::reach::Reach;

pub mod decisions;
pub mod filter;
pub mod order;
pub mod turned;

use decisions::DecisionFilter;
use filter::{
    AccountFilter, AccountOrder, DatabaseFilter, DatabaseOrder, EditProposalFilter,
    EngagementFilter, GrantFilter, OrganisationFilter, OrganisationOrder, PersonFilter,
    PersonOrder, RoleFilter, RoleOrder, SegmentFilter, SegmentOrder, ServerFilter, ServerOrder,
    ServiceFilter, ServiceOrder, SystemFilter, SystemOrder,
};
use order::{DecisionOrder, EditProposalOrder, EngagementOrder, GrantOrder};

/// Declares the root field of one list.
macro_rules! list {
    ($holder:ident, $field:ident, $doc:literal, $kind:ident, $filter:ident, $order:ident,
        $object:ty, $wrap:expr) => {
        #[derive(Debug, Default)]
        struct $holder;

        #[Object]
        impl $holder {
            #[doc = $doc]
            #[expect(clippy::too_many_arguments, reason = "what every list takes")]
            async fn $field(
                &self,
                ctx: &Context<'_>,
                #[graphql(desc = "How many from the beginning, 1 to 200; null: 50.")] first: Option<
                    i32,
                >,
                #[graphql(desc = "Only what follows this cursor; null: from the beginning.")]
                                                                        after: Option<String>,
                #[graphql(
                    desc = "How many from the end, 1 to 200; null: counted from the beginning."
                )]
                last: Option<i32>,
                #[graphql(desc = "Only what precedes this cursor; null: to the end.")]
                before: Option<String>,
                #[graphql(desc = "Which of them; null: all.")] filter: Option<$filter>,
                #[graphql(desc = "In which order.", default)] order_by: $order,
            ) -> Option<Connection<$object>> {
                let wanted = Wanted {
                    first,
                    after,
                    last,
                    before,
                };
                let filter = filter.unwrap_or_default();
                page::<id::$kind, _>(ctx, wanted, order_by, &filter, $wrap(ctx)).await
            }
        }
    };
}

/// For objects that need nothing but their row.
fn plainly<R, T>(object: fn(R) -> T) -> impl Fn(&Context<'_>) -> fn(R) -> T {
    move |_| object
}
list!(
    Organisations,
    organisations,
    "Organisations that the caller may read; null: the list could not be made.",
    Organisation,
    OrganisationFilter,
    OrganisationOrder,
    Organisation,
    plainly(Organisation)
);
list!(
    Persons,
    persons,
    "People that the caller may read; null: the list could not be made.",
    Person,
    PersonFilter,
    PersonOrder,
    Person,
    plainly(Person)
);
list!(
    Engagements,
    engagements,
    "Engagements that the caller may read; null: the list could not be made.",
    Engagement,
    EngagementFilter,
    EngagementOrder,
    Engagement,
    plainly(Engagement)
);
list!(
    Systems,
    systems,
    "Systems that the caller may read; null: the list could not be made.",
    System,
    SystemFilter,
    SystemOrder,
    System,
    plainly(System)
);
list!(
    Segments,
    segments,
    "Segments that the caller may read; null: the list could not be made.",
    Segment,
    SegmentFilter,
    SegmentOrder,
    Segment,
    plainly(Segment)
);
list!(
    Servers,
    servers,
    "Servers that the caller may read; null: the list could not be made.",
    Server,
    ServerFilter,
    ServerOrder,
    Server,
    plainly(Server)
);
list!(
    Databases,
    databases,
    "Databases that the caller may read; null: the list could not be made.",
    Database,
    DatabaseFilter,
    DatabaseOrder,
    Database,
    plainly(Database)
);
list!(
    Services,
    services,
    "Services that the caller may read; null: the list could not be made.",
    Service,
    ServiceFilter,
    ServiceOrder,
    Service,
    plainly(Service)
);
list!(
    Accounts,
    accounts,
    "Technical accounts that the caller may read; null: the list could not be made.",
    Account,
    AccountFilter,
    AccountOrder,
    Account,
    plainly(Account)
);
list!(
    Roles,
    roles,
    "Roles that the caller may read; null: the list could not be made.",
    Role,
    RoleFilter,
    RoleOrder,
    Role,
    plainly(Role)
);
list!(
    Grants,
    grants,
    "Grants that the caller may read; null: the list could not be made.",
    Grant,
    GrantFilter,
    GrantOrder,
    Grant,
    plainly(Grant::from)
);
list!(
    EditProposals,
    edit_proposals,
    "Proposed edits of the register that the caller may read, which takes `grant:read` over what they change; null: the list could not be made.",
    EditProposal,
    EditProposalFilter,
    EditProposalOrder,
    EditProposal,
    plainly(EditProposal)
);
list!(
    Decisions,
    decisions,
    "Decisions that the caller may read, the latest first; null: the list could not be made.",
    Event,
    DecisionFilter,
    DecisionOrder,
    Decision,
    recorded
);

fn recorded<'a>(ctx: &'a Context<'_>) -> impl Fn(DecisionRecord) -> Decision + use<'a> {
    let session = ctx.session();
    |record| DecisionView::recorded(session, record).into()
}

#[derive(Debug, Default)]
struct Flags;

#[Object]
impl Flags {
    /// What carries a flag of the last import and the caller may read; null: the list could not be
    /// made.
    async fn import_flags(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which flag.")] flag: ImportFlag,
        #[graphql(desc = "How many from the beginning, 1 to 200; null: 50.")] first: Option<i32>,
        #[graphql(desc = "Only what follows this cursor; null: from the beginning.")] after: Option<
            String,
        >,
        #[graphql(desc = "How many from the end, 1 to 200; null: counted from the beginning.")]
        last: Option<i32>,
        #[graphql(desc = "Only what precedes this cursor; null: to the end.")] before: Option<
            String,
        >,
    ) -> Option<Connection<FlaggedThing>> {
        flagged(
            ctx,
            Wanted {
                first,
                after,
                last,
                before,
            },
            flag,
        )
        .await
    }
}

/// Every list of the root.
#[derive(Debug, Default, MergedObject)]
pub struct Lists(
    Organisations,
    Persons,
    Engagements,
    Systems,
    Segments,
    Servers,
    Databases,
    Services,
    Accounts,
    Roles,
    Grants,
    EditProposals,
    Decisions,
    Flags,
);
