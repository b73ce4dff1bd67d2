//! Runs requests against the schema, and lets out only what is on record.
//!
//! Apart from the trait that `http` calls, because only here is it known what a request needs: its
//! session, its language, what the use cases work with. Nothing is kept between requests.

use std::sync::Arc;

use async_graphql::parser::types::OperationType;
use async_graphql::{Pos, Request, Response, ServerError};
use futures_util::future::BoxFuture;
use futures_util::stream::{self, BoxStream};
use futures_util::{FutureExt as _, StreamExt as _};

use authn::Claimant;
use service::authorize::Asking;
use service::call::{Call, Lane, RequestContext, Waiting};
use service::error::ServiceError;
use service::follow::Follower;
use service::proofs;
use service::session::{Desk, Session, Unanswered};

use super::Api;
use super::document::{Asked, Prepared};
use super::execute::{
    BrokenOff, Delivery, Execute, ExecuteError, Lines, Pieces, Readiness, RequestMeta, Sealed,
    WantedBundle, WantedEvents,
};
use super::failure::failure;
use super::spoken::spoken;
use super::subscription::LogPosition;
use super::surroundings::Surroundings;

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
    api: Api,
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
    /// An executor of `api` at `desk`.
    #[must_use]
    pub fn new(api: Api, desk: Arc<Desk>, asking: Asking, ready: Ready) -> Self {
        Self {
            api,
            desk,
            asking,
            ready,
        }
    }

    /// What resolvers find, and what the gate is told of the request.
    fn surroundings(
        &self,
        caller: Claimant,
        meta: RequestMeta,
        lane: Lane,
    ) -> (Surroundings, Call) {
        let around = Surroundings {
            language: meta.language(),
            issuer: caller.issuer().to_owned(),
            request_id: meta.request_id.clone(),
            asking: self.asking.clone(),
        };
        let context = RequestContext {
            request_id: meta.request_id,
            trace_id: Some(meta.trace_id),
            network_zone: meta.network_zone,
            purpose: None,
        };
        let call = Call {
            claimant: caller,
            context,
            lane,
            waiting: meta.waiting,
        };
        (around, call)
    }
}

impl Execute for Executor {
    fn prepare(&self, asked: &Asked) -> Result<Prepared, Vec<ServerError>> {
        self.api.documents.prepare(asked)
    }

    fn execute(
        &self,
        prepared: Prepared,
        caller: Claimant,
        meta: RequestMeta,
    ) -> BoxFuture<'static, Result<Sealed, ExecuteError>> {
        let (runs, desk) = (Arc::clone(&self.api.runs), Arc::clone(&self.desk));
        let (around, call) = self.surroundings(caller, meta, lane(&prepared));
        let language = around.language;
        async move {
            let run = |session: Session| {
                let request = prepared.request().data(around.clone());
                runs.run(request.data(session))
            };
            match Box::pin(desk.answer(&call, run)).await {
                Ok(response) => {
                    let answer = spoken(prepared.answer(response), language);
                    Ok(Sealed::committed(answer))
                }
                Err(error) => Err(refusal(&error, &call.context.request_id)),
            }
        }
        .boxed()
    }

    fn subscribe(
        &self,
        prepared: Prepared,
        caller: Claimant,
        meta: RequestMeta,
        resumed: Option<u64>,
    ) -> BoxStream<'static, Delivery> {
        // Whoever no longer follows asks for nothing more.
        let meta = RequestMeta {
            waiting: Waiting::always(),
            ..meta
        };
        let (around, call) = self.surroundings(caller, meta, Lane::Reading);
        let position = LogPosition::after(resumed);
        let language = around.language;
        let request = prepared
            .request()
            .data(around)
            .data(Follower::new(Arc::clone(&self.desk), call))
            .data(position.clone());
        // What a follower gives was decided and recorded before, and each is resolved before the next comes.
        let deliver = move |response: Response| Delivery {
            place: response.is_ok().then(|| position.given()),
            response: Sealed::committed(spoken(prepared.answer(response), language)),
        };
        self.api.runs.follow(request).map(deliver).boxed()
    }

    fn events(
        &self,
        wanted: WantedEvents,
        caller: Claimant,
        meta: RequestMeta,
    ) -> BoxFuture<'static, Result<Sealed<Lines>, ExecuteError>> {
        let desk = Arc::clone(&self.desk);
        let (around, call) = self.surroundings(caller, meta, Lane::Reading);
        async move {
            let run = |session: Session| {
                async move { proofs::events(&session, wanted.after, wanted.most).await }.boxed()
            };
            let page = match Box::pin(desk.answer(&call, run)).await {
                Ok(page) => page,
                Err(error) => return Err(refusal(&error, &call.context.request_id)),
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

    fn bundle(
        &self,
        wanted: WantedBundle,
        caller: Claimant,
        meta: RequestMeta,
    ) -> BoxFuture<'static, Result<Sealed<Pieces>, ExecuteError>> {
        let desk = Arc::clone(&self.desk);
        let (around, call) = self.surroundings(caller, meta, Lane::Reading);
        async move {
            let WantedBundle { from, to } = wanted;
            let request_id = around.request_id.clone();
            let bundle = match Box::pin(desk.bundle(call, from, to)).await {
                Ok(bundle) => bundle,
                Err(error) => return Err(refusal(&error, &request_id)),
            };
            let told = |error| failure(&error, &around.telling());
            let told = |error| told(error).into_server_error(Pos::default());
            let pieces = bundle.map_err(told).map(|bundle| {
                stream::try_unfold(bundle, move |mut bundle| {
                    let request_id = request_id.clone();
                    async move {
                        let piece = bundle.piece().await.map_err(|error| {
                            broke_off(&request_id, &error);
                            BrokenOff
                        })?;
                        Ok(piece.map(|piece| (piece, bundle)))
                    }
                })
                .boxed()
            });
            Ok(Sealed::committed(pieces))
        }
        .boxed()
    }

    fn sdl(&self) -> String {
        self.api.runs.sdl()
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

/// Why a bundle has ended before its end: an error only where something has failed.
fn broke_off(request_id: &str, error: &ServiceError) {
    if matches!(error, ServiceError::TokenExpired) {
        tracing::info!(request_id, %error, "a bundle ended with its token");
    } else if matches!(error, ServiceError::OutOfLog(_)) {
        tracing::warn!(request_id, %error, "a bundle ended where the log was pruned");
    } else {
        tracing::error!(request_id, %error, "a bundle broke off");
    }
}

fn refusal(error: &Unanswered, request_id: &str) -> ExecuteError {
    match error {
        Unanswered::UnknownCaller => {
            tracing::info!(
                request_id,
                reason =
                    "the token is valid, but whom it names is unknown, has ended or has not begun",
                "a caller is not known here"
            );
            ExecuteError::UnknownCaller
        }
        Unanswered::Late => {
            tracing::warn!(request_id, "it was not decided before the deadline");
            ExecuteError::Timeout
        }
        Unanswered::Overdrawn { wait } => {
            tracing::warn!(request_id, "a caller has caused too many events");
            ExecuteError::RateLimited {
                seconds: wait.as_secs().saturating_add(1),
            }
        }
        Unanswered::Unavailable(cause) => {
            tracing::error!(request_id, error = %cause, "nothing could be recorded");
            ExecuteError::Unavailable
        }
    }
}

/// What the answer waits among: queries are looked at, everything else is waited for.
fn lane(prepared: &Prepared) -> Lane {
    match prepared.kind() {
        OperationType::Mutation => Lane::Decisions,
        OperationType::Query | OperationType::Subscription => Lane::Reading,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use tracing::{Event, Level, Subscriber};
    use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};

    use super::*;
    use service::error::OutOfLog;

    /// The levels of what is logged.
    #[derive(Default, Clone)]
    struct Levels(Arc<Mutex<Vec<Level>>>);

    impl<S: Subscriber> Layer<S> for Levels {
        fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
            self.0.lock().unwrap().push(*event.metadata().level());
        }
    }

    #[test]
    fn only_what_has_failed_is_an_error_in_the_log_of_the_service() {
        let levels = Levels::default();
        let subscriber = tracing_subscriber::registry().with(levels.clone());
        tracing::subscriber::with_default(subscriber, || {
            broke_off("1", &ServiceError::TokenExpired);
            broke_off("2", &OutOfLog::Pruned { below: 256 }.into());
            broke_off("3", &ServiceError::Broken("an altered row".into()));
        });
        let logged = levels.0.lock().unwrap();
        assert_eq!(*logged, [Level::INFO, Level::WARN, Level::ERROR]);
    }
}
