//! Runs requests against the schema, and lets out only what is on record.
//!
//! Apart from the trait that `http` calls, because only here is it known what a request needs: its
//! session, its language, what the use cases work with. Nothing is kept between requests.

use std::sync::Arc;

use async_graphql::{Pos, Request, Response, Variables};
use futures_util::future::BoxFuture;
use futures_util::stream::BoxStream;
use futures_util::{FutureExt as _, StreamExt as _};

use crate::authn::Claimant;
use crate::service::authorize::Asking;
use crate::service::error::ServiceError;
use crate::service::follow::Follower;
use crate::service::proofs;
use crate::service::session::{Desk, RequestContext, Session, Unanswered};

use super::execute::{
    Delivery, Execute, ExecuteError, Lines, Readiness, RequestMeta, Sealed, WantedEvents,
};
use super::failure::{Telling, failure};
use super::language::Language;
use super::subscription::Place;

/// What a resolver finds in its context besides the [`Session`].
#[derive(Debug, Clone)]
pub struct Surroundings {
    /// The language that reasons are given in.
    pub language: Language,
    /// Who has signed the caller in.
    pub issuer: String,
    /// The request's id.
    pub request_id: String,
    /// What questions about others are answered with.
    pub asking: Asking,
}

/// A schema that can be run.
pub trait Runnable: Send + Sync + 'static {
    /// Runs one request.
    fn run(&self, request: Request) -> BoxFuture<'static, Response>;

    /// Runs one subscription.
    fn follow(&self, request: Request) -> BoxStream<'static, Response>;

    /// The schema's text.
    fn sdl(&self) -> String;
}

impl<Q, M, S> Runnable for async_graphql::Schema<Q, M, S>
where
    Q: async_graphql::ObjectType + 'static,
    M: async_graphql::ObjectType + 'static,
    S: async_graphql::SubscriptionType + 'static,
{
    fn run(&self, request: Request) -> BoxFuture<'static, Response> {
        let schema = self.clone();
        async move { schema.execute(request).await }.boxed()
    }

    fn follow(&self, request: Request) -> BoxStream<'static, Response> {
        self.execute_stream(request)
    }

    fn sdl(&self) -> String {
        let options = async_graphql::SDLExportOptions::new()
            .sorted_fields()
            .sorted_arguments();
        self.sdl_with_options(options.sorted_enum_items().include_specified_by())
    }
}

/// Tells whether the parts of the service can be used.
pub type Ready = Arc<dyn Fn() -> BoxFuture<'static, Readiness> + Send + Sync>;

/// The executor of one process.
pub struct Executor {
    schema: Arc<dyn Runnable>,
    desk: Arc<Desk>,
    asking: Asking,
    ready: Ready,
}

impl std::fmt::Debug for Executor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Executor")
            .field("desk", &self.desk)
            .finish_non_exhaustive()
    }
}

impl Executor {
    /// An executor of `schema` at `desk`.
    #[must_use]
    pub fn new(schema: impl Runnable, desk: Arc<Desk>, asking: Asking, ready: Ready) -> Self {
        Self {
            schema: Arc::new(schema),
            desk,
            asking,
            ready,
        }
    }

    /// What resolvers find, and what the gate is told of the request.
    fn surroundings(&self, caller: &Claimant, meta: RequestMeta) -> (Surroundings, RequestContext) {
        let around = Surroundings {
            language: Language::preferred(meta.accept_language.as_deref()),
            issuer: caller.issuer().to_owned(),
            request_id: meta.request_id.clone(),
            asking: self.asking.clone(),
        };
        let context = RequestContext {
            request_id: meta.request_id,
            trace_id: Some(meta.trace_id),
            network_zone: meta.network_zone,
        };
        (around, context)
    }
}

impl Surroundings {
    /// How a failure is told here.
    #[must_use]
    pub fn telling(&self) -> Telling<'_> {
        Telling {
            language: self.language,
            words: &self.asking.words,
            issuer: &self.issuer,
            request_id: &self.request_id,
        }
    }
}

impl Execute for Executor {
    fn execute(
        &self,
        request: Request,
        caller: Claimant,
        meta: RequestMeta,
    ) -> BoxFuture<'static, Result<Sealed, ExecuteError>> {
        let (schema, desk) = (Arc::clone(&self.schema), Arc::clone(&self.desk));
        let (around, context) = self.surroundings(&caller, meta);
        let asked = Asked::of(request);
        async move {
            let run = |session: Session| schema.run(asked.request(around.clone()).data(session));
            match Box::pin(desk.answer(&caller, &context, run)).await {
                Ok(response) => Ok(Sealed::committed(response)),
                Err(error) => Err(refusal(&error, &context.request_id)),
            }
        }
        .boxed()
    }

    fn subscribe(
        &self,
        request: Request,
        caller: Claimant,
        meta: RequestMeta,
        resumed: Option<u64>,
    ) -> BoxStream<'static, Delivery> {
        let (around, context) = self.surroundings(&caller, meta);
        let place = Place::after(resumed);
        let request = Asked::of(request)
            .request(around)
            .data(Follower::new(Arc::clone(&self.desk), caller, context))
            .data(place.clone());
        // What a follower gives was decided and recorded before, and each is resolved before the next comes.
        let deliver = move |response: Response| Delivery {
            place: response.is_ok().then(|| place.given()),
            response: Sealed::committed(response),
        };
        self.schema.follow(request).map(deliver).boxed()
    }

    fn events(
        &self,
        wanted: WantedEvents,
        caller: Claimant,
        meta: RequestMeta,
    ) -> BoxFuture<'static, Result<Sealed<Lines>, ExecuteError>> {
        let desk = Arc::clone(&self.desk);
        let (around, context) = self.surroundings(&caller, meta);
        async move {
            let run = |session: Session| {
                async move { proofs::events(&session, wanted.after, wanted.most).await }.boxed()
            };
            let page = match desk.answer(&caller, &context, run).await {
                Ok(page) => page,
                Err(error) => return Err(refusal(&error, &context.request_id)),
            };
            let lines = page.and_then(|page| {
                let lines = page.lines();
                lines.map_err(|error| ServiceError::Broken(Box::new(error)))
            });
            let told = |error| failure(&error, &around.telling());
            let told = |error| told(error).into_server_error(Pos::default());
            Ok(Sealed::committed(lines.map_err(told)))
        }
        .boxed()
    }

    fn sdl(&self) -> String {
        self.schema.sdl()
    }

    fn checkpoint(&self) -> BoxFuture<'_, Result<Option<String>, ExecuteError>> {
        async {
            match self.desk.checkpoint().await {
                Ok(found) => Ok(found.map(|checkpoint| checkpoint.to_string())),
                Err(error) => Err(refusal(&error, "/log/checkpoint")),
            }
        }
        .boxed()
    }

    fn readiness(&self) -> BoxFuture<'_, Readiness> {
        (self.ready)()
    }
}

fn refusal(error: &Unanswered, request_id: &str) -> ExecuteError {
    match error {
        Unanswered::UnknownCaller => ExecuteError::UnknownCaller,
        Unanswered::Late => {
            tracing::error!(request_id, "nothing could be recorded before the deadline");
            ExecuteError::Unavailable
        }
        Unanswered::Unavailable(cause) => {
            tracing::error!(request_id, error = %cause, "nothing could be recorded");
            ExecuteError::Unavailable
        }
    }
}

/// What was asked, to be asked again when the facts have moved.
struct Asked {
    query: String,
    operation_name: Option<String>,
    variables: Variables,
}

impl Asked {
    fn of(request: Request) -> Self {
        Self {
            query: request.query,
            operation_name: request.operation_name,
            variables: request.variables,
        }
    }

    fn request(&self, around: Surroundings) -> Request {
        let mut request = Request::new(self.query.clone())
            .variables(self.variables.clone())
            .data(around);
        request.operation_name.clone_from(&self.operation_name);
        request
    }
}
