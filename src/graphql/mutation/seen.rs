//! What a payload shows of what was changed and decided.

use async_graphql::Context;

use crate::object::thing::{Decision, EditProposal, Grant, Service};
use crate::reach::Reach;
use domain::id::{self, EntityRef, Id, Kind};
use service::decisions;

/// A decision that is about to be recorded, or has just been.
pub(super) fn shown(decision: impl Into<decisions::Decision>) -> Decision {
    Decision::from(decision.into())
}

/// The grant, if the caller may read it.
pub(super) async fn grant(ctx: &Context<'_>, id: &EntityRef) -> Option<Grant> {
    ctx.read(known::<id::Grant>(id)).await.map(Grant::from)
}

/// The proposal, if the caller may read it.
pub(super) async fn proposal(ctx: &Context<'_>, id: &EntityRef) -> Option<EditProposal> {
    let id = known::<id::EditProposal>(id);
    ctx.read(id).await.map(EditProposal)
}

/// The decision as it is recorded, if the caller may read it.
pub(super) async fn decision(ctx: &Context<'_>, id: &EntityRef) -> Option<Decision> {
    let id = known::<id::Event>(id)?;
    let found = decisions::decision(ctx.session(), id).await;
    ctx.shown(found).flatten().map(Decision::from)
}

/// The service, if the caller may read it.
pub(super) async fn service(ctx: &Context<'_>, id: &EntityRef) -> Option<Service> {
    ctx.read(known::<id::Service>(id)).await.map(Service)
}

fn known<K: Kind>(id: &EntityRef) -> Option<Id<K>> {
    id.to_id().ok()
}
