//! The wire: what comes in is bounded and authenticated, what goes out has been sealed.
//!
//! Our own handler instead of the library's, which runs mutations over GET, reads bodies of any size,
//! answers errors with 200 and drops the connection when a resolver panics. It knows the rest of the
//! service only as [`Execute`] and [`Verifier`].
//!
//! To add a page: a route in [`router`] and a handler beside `pages`; what it says without a token must
//! be fit for anybody.
#![warn(missing_docs)]

mod admission;
mod body;
mod bundle;
mod client;
mod connection;
mod cors;
mod execution;
mod graphql;
mod identity;
mod json;
mod log;
mod looks;
mod media;
mod message;
mod orderly;
mod pages;
mod phase;
mod refusal;
mod server;
mod stream;
#[cfg(test)]
mod tests;
mod threads;
mod zone;

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::routing::{MethodRouter, any, get};
use tokio::sync::watch;

use ::graphql::execute::Execute;
use ::graphql::limits::Limits;
use admission::Admission;
use authn::Verifier;
use connection::{Seldom, Slots};
use domain::clock::Clock;
use execution::Running;
use looks::Looks;
use phase::Phase;
use stream::Streams;
use threads::Threads;

pub use client::{ClientAddress, TrustedProxies};
pub use cors::Origin;
pub use server::serve;
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
    /// How long a server that has been told to stop still takes everything, so that whoever sends requests
    /// notices that it is no longer ready.
    pub notice: Duration,
    /// How long a stopping server goes on answering what it has taken.
    pub drain: Duration,
    /// Connections that are open at once.
    pub connections: usize,
    /// Connections of one address that are open at once.
    pub connections_per_address: usize,
    /// How long the head of a request may take.
    pub head: Duration,
    /// How long nothing may be said between two requests.
    pub idle: Duration,
    /// How long nothing of an answer may be taken.
    pub stalled: Duration,
    /// Requests of one person, with twice as many at once.
    pub person_requests_per_second: u32,
    /// Requests of one service, with twice as many at once.
    pub service_requests_per_second: u32,
    /// Requests without a valid token from one address, with twice as many at once.
    pub failed_sign_ins_per_second: u32,
    /// Events that one person may cause a second, with ten times as many at once.
    pub person_events_per_second: u32,
    /// Events that one service may cause a second, with ten times as many at once.
    pub service_events_per_second: u32,
    /// Requests that only read and are answered at the same time.
    pub readings: usize,
    /// Those of one caller.
    pub readings_per_caller: usize,
    /// Reports and other long work that is done at the same time.
    pub reports: usize,
    /// That of one caller.
    pub reports_per_caller: usize,
    /// Threads for everything but answers to governed systems.
    pub reading_threads: usize,
    /// Subscriptions and bundles of one caller that are open at once.
    pub streams_per_caller: usize,
    /// Those of everybody that are open at once.
    pub streams: usize,
    /// What the networks are called that requests come from.
    pub network_zones: NetworkZones,
    /// The proxies whose word about their clients is taken.
    pub proxies: TrustedProxies,
    /// The origins whose pages may call from a browser.
    pub cors_origins: Vec<Origin>,
}

impl Default for HttpSettings {
    fn default() -> Self {
        Self {
            body_bytes: 128 * 1024,
            service_body_bytes: 1024 * 1024,
            timeout: Duration::from_secs(10),
            notice: Duration::from_secs(5),
            drain: Duration::from_secs(30),
            connections: 4_096,
            connections_per_address: 256,
            head: Duration::from_secs(10),
            idle: Duration::from_secs(75),
            stalled: Duration::from_secs(30),
            person_requests_per_second: 50,
            service_requests_per_second: 20_000,
            failed_sign_ins_per_second: 20,
            person_events_per_second: 200,
            service_events_per_second: 50_000,
            readings: 8,
            readings_per_caller: 4,
            reports: 2,
            reports_per_caller: 1,
            reading_threads: std::thread::available_parallelism()
                .map_or(1, |all| all.get().div_ceil(2)),
            streams_per_caller: 8,
            streams: 256,
            network_zones: NetworkZones::default(),
            proxies: TrustedProxies::default(),
            cors_origins: Vec::new(),
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
    reading: Threads,
    changing: Threads,
    streams: Streams,
    slots: Arc<Slots>,
    turned_away: Seldom,
    looks: Looks,
    /// The schema's text, once somebody has asked for it.
    schema: OnceLock<Bytes>,
    phase: watch::Sender<Phase>,
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
            slots: Slots::new(settings.connections, settings.connections_per_address),
            reading: Threads::reading(settings.reading_threads),
            changing: Threads::changing(settings.reading_threads),
            settings,
            limits,
            running: Running::default(),
            streams: Streams::default(),
            turned_away: Seldom::default(),
            looks: Looks::default(),
            schema: OnceLock::new(),
            phase: watch::Sender::default(),
        })
    }
}

/// A route to what is recorded as handed out. It has no `HEAD`: whoever took nothing would stand in the log as
/// having taken it, and whoever is told what there is, without a record, would know more than the log says.
fn on_record(route: MethodRouter<Arc<Edge>>) -> MethodRouter<Arc<Edge>> {
    route.head(pages::get_alone).fallback(pages::get_alone)
}

/// Every route of the service.
pub fn router(edge: Arc<Edge>) -> Router {
    let routes = Router::new()
        .route("/graphql", any(graphql::answer))
        .route("/schema.graphql", get(pages::schema))
        .route("/healthz", get(pages::health))
        .route("/readyz", get(pages::readiness))
        .route("/log/checkpoint", get(log::checkpoint))
        .route("/log/events", on_record(get(log::events)))
        .route("/log/bundle", on_record(get(bundle::answer)))
        .route("/.well-known/behorig", get(pages::about))
        .fallback(pages::nothing_here)
        .method_not_allowed_fallback(pages::only_get);
    let origins = &edge.settings.cors_origins;
    let routes = if origins.is_empty() {
        routes
    } else {
        routes.layer(cors::layer(origins))
    };
    let shared = || Arc::clone(&edge);
    routes
        .layer(axum::middleware::from_fn_with_state(
            shared(),
            orderly::keep,
        ))
        .layer(axum::middleware::from_fn_with_state(
            shared(),
            identity::identify,
        ))
        .with_state(edge)
}
