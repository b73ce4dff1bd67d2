//! Anything that has an id, found by it: the id's prefix says what kind of thing it is.

use async_graphql::{Context, ID, Interface};

use crate::reach::Reach;
use domain::{EntityKind, EntityRef, id};
use service::decisions;
use service::register::Stored;

use super::thing::{
    Account, Database, Decision, EditProposal, Engagement, Grant, Organisation, Person, Role,
    Segment, Server, Service, SupplierAssessment, System,
};

/// Anything that has an id.
#[derive(Debug, Clone, Interface)]
#[graphql(field(
    name = "id",
    ty = "ID",
    desc = "The id, which says what kind of thing it is."
))]
pub enum Node {
    /// An organisation.
    Organisation(Organisation),
    /// A person.
    Person(Person),
    /// An engagement.
    Engagement(Engagement),
    /// A service.
    Service(Service),
    /// A technical account.
    Account(Account),
    /// A system.
    System(System),
    /// An assessment of a supplier.
    SupplierAssessment(SupplierAssessment),
    /// A segment.
    Segment(Segment),
    /// A server.
    Server(Server),
    /// A database.
    Database(Database),
    /// A role.
    Role(Role),
    /// A grant.
    Grant(Grant),
    /// A proposed edit of the register.
    EditProposal(EditProposal),
    /// A decision.
    Decision(Decision),
}

/// What has that id; null: it is no id, not there, or not to be seen.
pub async fn named(ctx: &Context<'_>, id: &str) -> Option<Node> {
    find(ctx, id.parse().ok()?).await
}

/// What has that id; null: not there, or not to be seen.
pub async fn find(ctx: &Context<'_>, id: EntityRef) -> Option<Node> {
    match id.kind() {
        EntityKind::Organisation => read::<id::Organisation>(ctx, id)
            .await
            .map(|row| Organisation(row).into()),
        EntityKind::Person => read::<id::Person>(ctx, id)
            .await
            .map(|row| Person(row).into()),
        EntityKind::Engagement => read::<id::Engagement>(ctx, id)
            .await
            .map(|row| Engagement(row).into()),
        EntityKind::Service => read::<id::Service>(ctx, id)
            .await
            .map(|row| Service(row).into()),
        EntityKind::Account => read::<id::Account>(ctx, id)
            .await
            .map(|row| Account(row).into()),
        EntityKind::System => read::<id::System>(ctx, id)
            .await
            .map(|row| System(row).into()),
        EntityKind::SupplierAssessment => read::<id::SupplierAssessment>(ctx, id)
            .await
            .map(|row| SupplierAssessment(row).into()),
        EntityKind::Segment => read::<id::Segment>(ctx, id)
            .await
            .map(|row| Segment(row).into()),
        EntityKind::Server => read::<id::Server>(ctx, id)
            .await
            .map(|row| Server(row).into()),
        EntityKind::Database => read::<id::Database>(ctx, id)
            .await
            .map(|row| Database(row).into()),
        EntityKind::Role => read::<id::Role>(ctx, id).await.map(|row| Role(row).into()),
        EntityKind::Grant => read::<id::Grant>(ctx, id)
            .await
            .map(|row| Grant::from(row).into()),
        EntityKind::EditProposal => read::<id::EditProposal>(ctx, id)
            .await
            .map(|row| EditProposal(row).into()),
        EntityKind::Event => decision(ctx, id).await.map(Node::from),
        EntityKind::Individual
        | EntityKind::Commission
        | EntityKind::Permission
        | EntityKind::Delegation
        | EntityKind::Run
        | EntityKind::Stage
        | EntityKind::PolicySet => None,
    }
}

async fn decision(ctx: &Context<'_>, id: EntityRef) -> Option<Decision> {
    let found = decisions::decision(ctx.session(), id.to_id().ok()?).await;
    ctx.shown(found).flatten().map(Decision::from)
}

async fn read<K: Stored>(ctx: &Context<'_>, id: EntityRef) -> Option<K::Record> {
    ctx.read(id.to_id::<K>().ok()?).await
}
