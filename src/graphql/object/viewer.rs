//! The caller as the service knows it.

use async_graphql::{Context, ID, Object};

use crate::filter::{EngagementFilter, GrantFilter};
use crate::page::{Connection, Count, Cursor, page};
use crate::reach::Reach;
use crate::scalar::Given;
use domain::id;
use domain::target::Holder;
use service::register::{By, PersonRecord, ServiceRecord};

use super::decision::Assurance;
use super::thing::{Engagement, Grant, Person, Service};

/// The caller.
#[derive(Debug, Clone, Copy)]
pub struct Viewer;

fn caller(ctx: &Context<'_>) -> Holder {
    ctx.session().operation().actor().holder()
}

/// The caller: who they are here, how they signed in, and what they hold.
#[Object]
impl Viewer {
    /// The id of the person or service.
    async fn principal_id(&self, ctx: &Context<'_>) -> ID {
        ID(ctx.session().operation().actor().id().to_string())
    }

    /// The name of the person or service; where the caller may not read the own entry, the HSA-id or client id.
    async fn name(&self, ctx: &Context<'_>) -> String {
        let actor = ctx.session().operation().actor();
        let name = match actor.holder() {
            Holder::Person(person) => {
                let found: Option<PersonRecord> = ctx.read(person).await;
                found.map(|one| format!("{} {}", one.given_name, one.family_name))
            }
            Holder::Service(service) => {
                let found: Option<ServiceRecord> = ctx.read(service).await;
                found.map(|one| one.name)
            }
        };
        name.unwrap_or_else(|| actor.external().to_owned())
    }

    /// The HSA-id of the person, or the client id of the service.
    async fn external_id(&self, ctx: &Context<'_>) -> String {
        ctx.session().operation().actor().external().to_owned()
    }

    /// The person; null: the caller is a service.
    async fn person(&self, ctx: &Context<'_>) -> Option<Person> {
        ctx.read(caller(ctx).person()).await.map(Person)
    }

    /// The service; null: the caller is a person.
    async fn service(&self, ctx: &Context<'_>) -> Option<Service> {
        ctx.read(caller(ctx).service()).await.map(Service)
    }

    /// How the caller signed in.
    async fn assurance(&self, ctx: &Context<'_>) -> Assurance {
        ctx.session().operation().actor().assurance().clone().into()
    }

    /// The caller's engagements that have begun and not ended; null: the caller is a service, or the
    /// list could not be made.
    async fn engagements(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the beginning, 1 to 200; null: 50.")] first: Count,
        #[graphql(desc = "Only what follows this cursor; null: from the beginning.")] after: Cursor,
        #[graphql(desc = "How many from the end, 1 to 200; null: counted from the beginning.")]
        last: Count,
        #[graphql(desc = "Only what precedes this cursor; null: to the end.")] before: Cursor,
    ) -> Option<Connection<Engagement>> {
        let filter = EngagementFilter {
            person: Some(Given(caller(ctx).person()?)),
            live: Some(true),
            ..EngagementFilter::default()
        };
        let wanted = (first, after, last, before);
        page::<id::Engagement, _>(ctx, wanted, By::Created, &filter, Engagement).await
    }

    /// The caller's grants, those that have ended or do not count included; null: the list could not be
    /// made.
    async fn grants(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the beginning, 1 to 200; null: 50.")] first: Count,
        #[graphql(desc = "Only what follows this cursor; null: from the beginning.")] after: Cursor,
        #[graphql(desc = "How many from the end, 1 to 200; null: counted from the beginning.")]
        last: Count,
        #[graphql(desc = "Only what precedes this cursor; null: to the end.")] before: Cursor,
    ) -> Option<Connection<Grant>> {
        let filter = GrantFilter {
            person: caller(ctx).person().map(Given),
            service: caller(ctx).service().map(Given),
            ..GrantFilter::default()
        };
        let wanted = (first, after, last, before);
        page::<id::Grant, _>(ctx, wanted, By::Created, &filter, Grant::from).await
    }
}
