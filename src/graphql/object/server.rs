//! What systems run on: segments, servers, databases.

use async_graphql::{Context, ID, Object};

use crate::filter::{DatabaseFilter, ServerFilter};
use crate::kinds::Environment;
use crate::page::{Connection, Count, Cursor, page};
use crate::reach::Reach;
use crate::scalar::Given;
use domain::id;
use service::register::{self, By};

use super::thing::{Database, Organisation, Segment, Server, System};

/// Servers that are administered together; rights over servers are given by segment.
#[Object]
impl Segment {
    /// The id.
    pub(crate) async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// The id at its source.
    async fn external_id(&self) -> &str {
        &self.0.external_id
    }

    /// The name.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// The system; null: shared infrastructure, or the caller may not see it.
    async fn system(&self, ctx: &Context<'_>) -> Option<System> {
        ctx.read(self.0.system_id).await.map(System)
    }

    /// The organisation that answers for it; null: the caller may not see it.
    async fn organisation(&self, ctx: &Context<'_>) -> Option<Organisation> {
        ctx.read(self.0.organisation_id).await.map(Organisation)
    }

    /// What it is for.
    async fn environment(&self) -> Environment {
        self.0.environment.into()
    }

    /// Whether it holds patient data.
    async fn patient_data(&self) -> bool {
        self.0.patient_data
    }

    /// The segments whose servers can be taken over from here, as far as the caller may see them.
    async fn controls(&self, ctx: &Context<'_>) -> Vec<Segment> {
        let controlled = register::several(ctx.session(), self.0.controls.clone()).await;
        ctx.shown(controlled)
            .unwrap_or_default()
            .into_iter()
            .map(Segment)
            .collect()
    }

    /// How often it has been changed, counted from 1.
    async fn version(&self) -> i64 {
        self.0.version
    }

    /// Its servers, by host name; null: the list could not be made.
    async fn servers(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the beginning, 1 to 200; null: 50.")] first: Count,
        #[graphql(desc = "Only what follows this cursor; null: from the beginning.")] after: Cursor,
        #[graphql(desc = "How many from the end, 1 to 200; null: counted from the beginning.")]
        last: Count,
        #[graphql(desc = "Only what precedes this cursor; null: to the end.")] before: Cursor,
    ) -> Option<Connection<Server>> {
        let filter = ServerFilter {
            segment: Some(Given(self.0.id)),
        };
        let wanted = (first, after, last, before);
        page::<id::Server, _>(ctx, wanted, By::Name, &filter, Server).await
    }
}

/// A host.
#[Object]
impl Server {
    /// The id.
    pub(crate) async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// The host name.
    async fn host_name(&self) -> &str {
        &self.0.external_id
    }

    /// The operating system.
    async fn operating_system(&self) -> &str {
        &self.0.operating_system
    }

    /// The segment; null: the caller may not see it.
    async fn segment(&self, ctx: &Context<'_>) -> Option<Segment> {
        ctx.read(self.0.segment_id).await.map(Segment)
    }

    /// How often it has been changed, counted from 1.
    async fn version(&self) -> i64 {
        self.0.version
    }

    /// The databases on it, by name; null: the list could not be made.
    async fn databases(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the beginning, 1 to 200; null: 50.")] first: Count,
        #[graphql(desc = "Only what follows this cursor; null: from the beginning.")] after: Cursor,
        #[graphql(desc = "How many from the end, 1 to 200; null: counted from the beginning.")]
        last: Count,
        #[graphql(desc = "Only what precedes this cursor; null: to the end.")] before: Cursor,
    ) -> Option<Connection<Database>> {
        let filter = DatabaseFilter {
            server: Some(Given(self.0.id)),
            ..DatabaseFilter::default()
        };
        let wanted = (first, after, last, before);
        page::<id::Database, _>(ctx, wanted, By::Name, &filter, Database).await
    }
}

/// A database of one system; it may share its host with others.
#[Object]
impl Database {
    /// The id.
    pub(crate) async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// The id at its source.
    async fn external_id(&self) -> &str {
        &self.0.external_id
    }

    /// The name.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// The system; null: the caller may not see it.
    async fn system(&self, ctx: &Context<'_>) -> Option<System> {
        ctx.read(self.0.system_id).await.map(System)
    }

    /// The server; null: the caller may not see it.
    async fn server(&self, ctx: &Context<'_>) -> Option<Server> {
        ctx.read(self.0.server_id).await.map(Server)
    }

    /// How often it has been changed, counted from 1.
    async fn version(&self) -> i64 {
        self.0.version
    }
}
