//! The wire: what comes in is bounded and authenticated, what goes out has been sealed.
//!
//! Our own handler instead of the library's, which runs mutations over GET, reads bodies of any size,
//! answers errors with 200 and drops the connection when a resolver panics. It knows the rest of the
//! service only as [`Execute`] and [`Verifier`].
//!
//! To add a page: a route in [`router`] and a handler beside `pages`; what it says without a token must
//! be fit for anybody.

mod admission;
mod body;
mod execution;
mod graphql;
mod identity;
mod log;
mod message;
mod pages;
mod refusal;
mod stream;
#[cfg(test)]
mod tests;
mod zone;

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::routing::{any, get};
use tokio::net::TcpListener;
use tokio::sync::{oneshot, watch};

use crate::authn::Verifier;
use crate::clock::Clock;
use crate::graphql::execute::Execute;
use crate::graphql::limits::Limits;
use admission::Admission;
use execution::Running;
use stream::Streams;

pub use zone::NetworkZones;

/// How the HTTP server behaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpSettings {
    /// The longest body a person may send.
    pub body_bytes: usize,
    /// The longest body a service may send: it asks many questions at a time.
    pub service_body_bytes: usize,
    /// How long a caller waits at most.
    pub timeout: Duration,
    /// How long a stopping server goes on answering what it has taken.
    pub drain: Duration,
    /// Requests of one person, with twice as many at once.
    pub person_requests_per_second: u32,
    /// Requests of one service, with twice as many at once.
    pub service_requests_per_second: u32,
    /// Requests without a valid token from one address, with twice as many at once.
    pub failed_sign_ins_per_second: u32,
    /// Subscriptions of one caller that are open at once.
    pub streams_per_caller: usize,
    /// Subscriptions of everybody that are open at once.
    pub streams: usize,
    /// What the networks are called that requests come from.
    pub network_zones: NetworkZones,
}

impl Default for HttpSettings {
    fn default() -> Self {
        Self {
            body_bytes: 128 * 1024,
            service_body_bytes: 1024 * 1024,
            timeout: Duration::from_secs(10),
            drain: Duration::from_secs(30),
            person_requests_per_second: 50,
            service_requests_per_second: 20_000,
            failed_sign_ins_per_second: 20,
            streams_per_caller: 8,
            streams: 256,
            network_zones: NetworkZones::default(),
        }
    }
}

/// Everything that requests share.
pub struct Edge {
    execute: Arc<dyn Execute>,
    verifier: Arc<Verifier>,
    clock: Arc<dyn Clock>,
    settings: HttpSettings,
    limits: Limits,
    admission: Admission,
    running: Running,
    streams: Streams,
    /// Whether what goes on has to end.
    stopping: watch::Sender<bool>,
}

impl std::fmt::Debug for Edge {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Edge")
            .field("settings", &self.settings)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

impl Edge {
    /// What serves requests by `execute` for callers that `verifier` knows.
    #[must_use]
    pub fn new(
        execute: Arc<dyn Execute>,
        verifier: Arc<Verifier>,
        clock: Arc<dyn Clock>,
        settings: HttpSettings,
        limits: Limits,
    ) -> Arc<Self> {
        Arc::new(Self {
            execute,
            verifier,
            clock,
            admission: Admission::new(&settings),
            settings,
            limits,
            running: Running::default(),
            streams: Streams::default(),
            stopping: watch::Sender::default(),
        })
    }
}

/// Every route of the service.
pub fn router(edge: Arc<Edge>) -> Router {
    Router::new()
        .route("/graphql", any(graphql::answer))
        .route("/schema.graphql", get(pages::schema))
        .route("/healthz", get(pages::health))
        .route("/readyz", get(pages::readiness))
        .route("/log/checkpoint", get(log::checkpoint))
        .route("/log/events", get(log::events))
        .route("/.well-known/behorig", get(pages::about))
        .fallback(pages::nothing_here)
        .method_not_allowed_fallback(pages::only_get)
        .layer(axum::middleware::from_fn_with_state(
            Arc::clone(&edge),
            identity::identify,
        ))
        .with_state(edge)
}

/// Serves until `stop` is ready, then answers what has been taken, for as long as the settings allow.
///
/// # Errors
/// When the listener fails.
pub async fn serve(
    listener: TcpListener,
    edge: Arc<Edge>,
    stop: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let drain = edge.settings.drain;
    let going_on = Arc::clone(&edge);
    let (stopping, stopped) = oneshot::channel();
    let service = router(Arc::clone(&edge)).into_make_service_with_connect_info::<SocketAddr>();
    let server = axum::serve(listener, service).with_graceful_shutdown(async move {
        stop.await;
        going_on.stopping.send_replace(true);
        let _server_has_ended = stopping.send(());
    });
    let overdue = async move {
        match stopped.await {
            Ok(()) => tokio::time::sleep(drain).await,
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        ended = server => ended?,
        () = overdue => tracing::warn!("connections were still open when the time to stop ran out"),
    }
    if tokio::time::timeout(drain, edge.running.ended())
        .await
        .is_err()
    {
        tracing::warn!("work was still going on when the time to stop ran out");
    }
    Ok(())
}
