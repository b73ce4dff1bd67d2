//! The root of all queries: single things by id or by name, and the lists.

use async_graphql::{Context, ID, MergedObject, Object};

use domain::Words;
use domain::id;
use domain::target::{ExternalKey, PrincipalKey};
use domain::text::Identifier;
use service::decisions;
use service::error::{InputPath, ServiceError};
use service::register_proof::{self, Asked};
use service::replay;

use super::list::Lists;
use super::list::decisions::Stats;
use super::list::turned::Turned;
use super::object::log::Log;
use super::object::node::{self, Node};
use super::object::register_proof::RegisterProof;
use super::object::replay::Replay;
use super::object::thing::{
    Database, Decision, Engagement, Organisation, Person, Role, Segment, Server, Service, System,
};
use super::object::viewer::Viewer;
use super::reach::Reach;
use super::scalar::{AnyId, HsaId, IdOf, SequenceNumber};

/// The most ids that `nodes` takes.
const MAX_NODES: usize = 100;

/// Everything that can be asked. What the caller may not see looks exactly like what is not there, and
/// every answer is on record before it leaves.
#[derive(Debug, Default, MergedObject)]
#[graphql(name = "Query")]
pub struct QueryRoot(Singles, Lists, Stats, Turned);

#[derive(Debug, Default)]
struct Singles;

#[Object]
impl Singles {
    /// The caller.
    async fn viewer(&self) -> Viewer {
        Viewer
    }

    /// What has that id; null: not there, or not to be seen.
    async fn node(&self, ctx: &Context<'_>, #[graphql(desc = "The id.")] id: ID) -> Option<Node> {
        let id: Identifier = ctx.argument("id", &id)?;
        node::named(ctx, &id).await
    }

    /// What has these ids, in their order; null in the place of what is not there or not to be seen.
    async fn nodes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The ids, at most 100.")] ids: Vec<ID>,
    ) -> Vec<Option<Node>> {
        if ids.len() > MAX_NODES {
            let path = InputPath::argument("ids");
            let problem = Words::new("expected at most 100 ids", "Ange högst 100 id:n.");
            return ctx
                .shown(Err(ServiceError::Input { path, problem }))
                .unwrap_or_default();
        }
        let path = InputPath::argument("ids");
        let parsed = ids.iter().enumerate();
        let parsed = parsed.map(|(n, id)| path.at(n).is::<Identifier>(id));
        let Some(ids) = ctx.shown(parsed.collect::<Result<Vec<_>, _>>()) else {
            return Vec::new();
        };
        let mut nodes = Vec::with_capacity(ids.len());
        for id in &ids {
            nodes.push(node::named(ctx, id).await);
        }
        nodes
    }

    /// The organisation with that HSA-id; null: not there, or not to be seen.
    async fn organisation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The HSA-id.")] hsa_id: HsaId,
    ) -> Option<Organisation> {
        let name = ExternalKey::Organisation(hsa_id.0);
        ctx.find::<id::Organisation>(name).await.map(Organisation)
    }

    /// The person with that employee HSA-id; null: not there, or not to be seen.
    async fn person(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The employee HSA-id.")] hsa_id: HsaId,
    ) -> Option<Person> {
        let name = ExternalKey::Principal(PrincipalKey::Person(hsa_id.0));
        ctx.find::<id::Person>(name).await.map(Person)
    }

    /// The engagement with that id at its source; null: not there, or not to be seen.
    async fn engagement(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The id at its source.")] external_id: String,
    ) -> Option<Engagement> {
        let name = ctx.argument("externalId", &external_id)?;
        ctx.find::<id::Engagement>(ExternalKey::Engagement(name))
            .await
            .map(Engagement)
    }

    /// The service with that client id; null: not there, or not to be seen.
    async fn service(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The OAuth client id.")] client_id: String,
    ) -> Option<Service> {
        let client = ctx.argument("clientId", &client_id)?;
        let name = ExternalKey::Principal(PrincipalKey::Service(client));
        ctx.find::<id::Service>(name).await.map(Service)
    }

    /// The system with that id at its source; null: not there, or not to be seen.
    async fn system(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The id at its source.")] external_id: String,
    ) -> Option<System> {
        let name = ctx.argument("externalId", &external_id)?;
        ctx.find::<id::System>(ExternalKey::System(name))
            .await
            .map(System)
    }

    /// The segment with that id at its source; null: not there, or not to be seen.
    async fn segment(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The id at its source.")] external_id: String,
    ) -> Option<Segment> {
        let name = ctx.argument("externalId", &external_id)?;
        ctx.find::<id::Segment>(ExternalKey::Segment(name))
            .await
            .map(Segment)
    }

    /// The server with that host name; null: not there, or not to be seen.
    async fn server(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The host name.")] host_name: String,
    ) -> Option<Server> {
        let name = ctx.argument("hostName", &host_name)?;
        ctx.find::<id::Server>(ExternalKey::Server(name))
            .await
            .map(Server)
    }

    /// The database with that id at its source; null: not there, or not to be seen.
    async fn database(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The id at its source.")] external_id: String,
    ) -> Option<Database> {
        let name = ctx.argument("externalId", &external_id)?;
        ctx.find::<id::Database>(ExternalKey::Database(name))
            .await
            .map(Database)
    }

    /// The role with that id at its source; null: not there, or not to be seen.
    async fn role(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The id at its source.")] external_id: String,
    ) -> Option<Role> {
        let name = ctx.argument("externalId", &external_id)?;
        ctx.find::<id::Role>(ExternalKey::Role(name))
            .await
            .map(Role)
    }

    /// The decision with that id; null: not there, or not to be seen.
    async fn decision(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The id of its event.")] id: IdOf<id::Event>,
    ) -> Option<Decision> {
        let found = decisions::decision(ctx.session(), id.0).await;
        ctx.shown(found).flatten().map(Decision::from)
    }

    /// The decision made again, with its question and facts as recorded and the policies of then; null:
    /// not there, or not to be seen. To ask is to read the decision, and on record as that is.
    async fn replay(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The id of the decision's event.")] id: IdOf<id::Event>,
    ) -> Option<Replay> {
        let made = replay::replay(ctx.session(), id.0).await;
        ctx.shown(made).flatten().map(Replay::from)
    }

    /// The proof of what the register had of that id after an event of the log: that it was there, or was not; null: the
    /// caller may not read the decisions of the whole installation. To ask is to read the log, and on record with the id.
    async fn register_proof(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The id of the thing, whether or not there is one.")] id: AnyId,
        #[graphql(
            desc = "The number of the event; null: the last one that the newest checkpoint covers."
        )]
        at: Option<SequenceNumber>,
        #[graphql(
            desc = "Whether the personal values go with it, as far as the caller may read the thing and they are not \
                erased.",
            default = false
        )]
        values: bool,
    ) -> Option<RegisterProof> {
        let (id, at) = (id.0, at.map(|at| at.0));
        let asked = Asked { id, at, values };
        let proved = register_proof::register_proof(ctx.session(), asked).await;
        ctx.shown(proved).flatten().map(RegisterProof::from)
    }

    /// The head of the log; null: the caller may not read the decisions of the whole installation.
    async fn log(&self, ctx: &Context<'_>) -> Option<Log> {
        ctx.shown(decisions::head(ctx.session()).await)
            .flatten()
            .map(Log::from)
    }
}
