//! The root lists.
//!
//! To add a list: a filter and an order in `filter`, and its row among the `lists!` here.

use async_graphql::{Context, MergedObject, Object};

use domain::id;
use service::decisions::{Decision as DecisionView, DecisionRecord};
use service::register::{self, Window};
use service::session::Session;

use super::filter::decisions::DecisionFilter;
use super::filter::order::{DecisionOrder, EditProposalOrder, EngagementOrder, GrantOrder};
use super::filter::{
    AccountFilter, AccountOrder, DatabaseFilter, DatabaseOrder, EditProposalFilter,
    EngagementFilter, GrantFilter, OrganisationFilter, OrganisationOrder, PersonFilter,
    PersonOrder, RoleFilter, RoleOrder, SegmentFilter, SegmentOrder, ServerFilter, ServerOrder,
    ServiceFilter, ServiceOrder, SystemFilter, SystemOrder,
};
use super::object::flag::{FlaggedThing, ImportFlag};
use super::object::thing::{
    Account, Database, Decision, EditProposal, Engagement, Grant, Organisation, Person, Role,
    Segment, Server, Service, System,
};
use super::page::{Connection, Count, Cursor, Wanted, page, report};
use super::reach::Reach;

pub mod decisions;
pub mod turned;

/// Declares the root fields of lists, and the list of them: of each its field, what the field says, the kind of things,
/// by what they are asked for and ordered, and how a row is shown.
macro_rules! lists {
    ($($holder:ident, $field:ident, $doc:literal:
        $kind:ident by $filter:ident, $order:ident => $object:ty, $wrap:expr;)*) => {
        $(
        #[derive(Debug, Default)]
        struct $holder;

        #[Object]
        impl $holder {
            #[doc = $doc]
            #[expect(clippy::too_many_arguments, reason = "what every list takes")]
            async fn $field(
                &self,
                ctx: &Context<'_>,
                #[graphql(desc = "How many from the beginning, 1 to 200; null: 50.")] first: Count,
                #[graphql(desc = "Only what follows this cursor; null: from the beginning.")]
                        after: Cursor,
                #[graphql(
                    desc = "How many from the end, 1 to 200; null: counted from the beginning."
                )]
                last: Count,
                #[graphql(desc = "Only what precedes this cursor; null: to the end.")]
                before: Cursor,
                #[graphql(desc = "Which of them; null: all.")] filter: Option<$filter>,
                #[graphql(desc = "In which order.", default)] order_by: $order,
            ) -> Option<Connection<$object>> {
                let wanted = (first, after, last, before);
                let filter = filter.unwrap_or_default();
                page::<id::$kind, _>(ctx, wanted, order_by, &filter, $wrap(ctx)).await
            }
        }
        )*

        /// Every list of the root.
        #[derive(Debug, Default, MergedObject)]
        pub struct Lists($($holder,)* Flags);
    };
}

/// For objects that need nothing but their row.
fn plainly<R, T>(object: fn(R) -> T) -> impl Fn(&Context<'_>) -> fn(R) -> T {
    move |_| object
}

lists! {
    Organisations, organisations, "Organisations that the caller may read; null: the list could not be made.":
        Organisation by OrganisationFilter, OrganisationOrder => Organisation, plainly(Organisation);
    Persons, persons, "People that the caller may read; null: the list could not be made.":
        Person by PersonFilter, PersonOrder => Person, plainly(Person);
    Engagements, engagements, "Engagements that the caller may read; null: the list could not be made.":
        Engagement by EngagementFilter, EngagementOrder => Engagement, plainly(Engagement);
    Systems, systems, "Systems that the caller may read; null: the list could not be made.":
        System by SystemFilter, SystemOrder => System, plainly(System);
    Segments, segments, "Segments that the caller may read; null: the list could not be made.":
        Segment by SegmentFilter, SegmentOrder => Segment, plainly(Segment);
    Servers, servers, "Servers that the caller may read; null: the list could not be made.":
        Server by ServerFilter, ServerOrder => Server, plainly(Server);
    Databases, databases, "Databases that the caller may read; null: the list could not be made.":
        Database by DatabaseFilter, DatabaseOrder => Database, plainly(Database);
    Services, services, "Services that the caller may read; null: the list could not be made.":
        Service by ServiceFilter, ServiceOrder => Service, plainly(Service);
    Accounts, accounts, "Technical accounts that the caller may read; null: the list could not be made.":
        Account by AccountFilter, AccountOrder => Account, plainly(Account);
    Roles, roles, "Roles that the caller may read; null: the list could not be made.":
        Role by RoleFilter, RoleOrder => Role, plainly(Role);
    Grants, grants, "Grants that the caller may read; null: the list could not be made.":
        Grant by GrantFilter, GrantOrder => Grant, plainly(Grant::from);
    EditProposals, edit_proposals, "Proposed edits of the register that the caller may read, which takes `grant:read` over what they change; null: the list could not be made.":
        EditProposal by EditProposalFilter, EditProposalOrder => EditProposal, plainly(EditProposal);
    Decisions, decisions, "Decisions that the caller may read, the latest first; null: the list could not be made.":
        Event by DecisionFilter, DecisionOrder => Decision, recorded;
}

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
        #[graphql(desc = "How many from the beginning, 1 to 200; null: 50.")] first: Count,
        #[graphql(desc = "Only what follows this cursor; null: from the beginning.")] after: Cursor,
        #[graphql(desc = "How many from the end, 1 to 200; null: counted from the beginning.")]
        last: Count,
        #[graphql(desc = "Only what precedes this cursor; null: to the end.")] before: Cursor,
    ) -> Option<Connection<FlaggedThing>> {
        flagged(ctx, (first, after, last, before), flag).await
    }
}

/// A page of what carries a flag.
async fn flagged(
    ctx: &Context<'_>,
    wanted: impl Into<Wanted>,
    flag: ImportFlag,
) -> Option<Connection<FlaggedThing>> {
    let rows = async |session: &Session, window: &Window| {
        let found = register::flagged(session, flag.word(), flag.carriers(), window).await?;
        Ok(Some(found))
    };
    let position = register::FlagRecord::position;
    let of = ("ImportFlag", flag.word());
    report(ctx, wanted, of, rows, position, FlaggedThing).await
}
