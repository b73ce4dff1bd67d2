//! What a transport needs to know of GraphQL: who runs a request, and what of it may become bytes.
//!
//! Apart from the schema so that `http` depends on this small trait and nothing behind it. A response
//! leaves the process only as [`Sealed`], which the wiring makes after the operation's events are on
//! disk.

use std::fmt;
use std::net::IpAddr;

use async_graphql::{Response, ServerError};
use futures_util::future::BoxFuture;
use futures_util::stream::BoxStream;

use authn::Claimant;
use domain::{Instant, Language, Words};
use service::error::ServiceError;

use super::document::{Asked, Prepared};

pub use service::call::{StillThere, Waiting};

/// What is known of a request besides its text.
#[derive(Debug, Clone)]
pub struct RequestMeta {
    /// The id that the caller or the service gave the request.
    pub request_id: String,
    /// The W3C trace id: the caller's, or a fresh one.
    pub trace_id: String,
    /// When the request was taken.
    pub received_at: Instant,
    /// The client's address; `None`: no trusted proxy knows it.
    pub client: Option<IpAddr>,
    /// The network zone of that address; `None`: it has no name.
    pub network_zone: Option<String>,
    /// The languages that the caller prefers, as in `Accept-Language`.
    pub accept_language: Option<String>,
    /// Whether somebody waits for the answer.
    pub waiting: Waiting,
}

impl RequestMeta {
    /// The language that the caller wants to read.
    #[must_use]
    pub fn language(&self) -> Language {
        Language::preferred(self.accept_language.as_deref())
    }
}

/// A response whose decisions are on disk. Nothing else becomes bytes.
#[derive(Debug)]
pub struct Sealed<T = Response>(T);

impl<T> Sealed<T> {
    /// A response whose events have been committed; only the wiring, which has seen the commit, says so.
    #[must_use]
    pub(crate) fn committed(response: T) -> Self {
        Self(response)
    }

    /// A response that stands for a sealed one in a test of a transport.
    #[cfg(feature = "testing")]
    #[must_use]
    pub fn for_test(response: T) -> Self {
        Self::committed(response)
    }

    /// The response, to be written out.
    #[must_use]
    pub fn into_response(self) -> T {
        self.0
    }
}

/// The most events of a page of the log.
pub const MAX_EVENTS: u64 = 10_000;
/// How many events a page of the log has unless it is said.
pub const DEFAULT_EVENTS: u64 = 1_000;

/// Which events of the log are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WantedEvents {
    /// Those with a higher seq; `None`: from the first one on.
    pub after: Option<u64>,
    /// The most, at most [`MAX_EVENTS`].
    pub most: u64,
}

/// The lines of a page of the log, or why there are none.
pub type Lines = Result<Vec<u8>, ServerError>;

/// Which part of the log is wanted as a bundle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WantedBundle {
    /// The first event's seq.
    pub from: u64,
    /// One more than the last event's seq; `None`: as far as the newest checkpoint goes.
    pub to: Option<u64>,
}

/// The pieces of a bundle, each whole lines, or why there are none.
pub type Pieces = Result<BoxStream<'static, Piece>, ServerError>;

/// A piece of a bundle.
pub type Piece = Result<Vec<u8>, BrokenOff>;

/// The rest of an answer that has begun does not come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the rest of the answer does not come")]
pub struct BrokenOff;

/// One response of a subscription.
#[derive(Debug)]
pub struct Delivery {
    /// What the subscription can be taken up after; `None`: it is no event, but why the rest does not come.
    pub place: Option<u64>,
    /// The response.
    pub response: Sealed,
}

/// Why there is no response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExecuteError {
    /// The register, the policies or the log cannot be used, so nothing may be answered.
    Unavailable,
    /// The token is valid, but whom it names is unknown, has ended or has not begun.
    UnknownCaller,
    /// There was no answer before the deadline.
    Timeout,
    /// The caller has caused too many events; nothing was decided.
    RateLimited {
        /// For how many seconds it can cause none.
        seconds: u64,
    },
}

impl ExecuteError {
    /// What the caller is told.
    #[must_use]
    pub fn words(&self) -> Words {
        match self {
            Self::Unavailable => Words::new(
                "the service cannot record its answers now, and so gives none: try again",
                "Tjänsten kan inte logga sina svar just nu, och ger därför inga. Försök igen.",
            ),
            Self::UnknownCaller => ServiceError::UnknownCaller.words(),
            Self::Timeout => ServiceError::Timeout.words(),
            Self::RateLimited { seconds } => {
                ServiceError::RateLimited { seconds: *seconds }.words()
            }
        }
    }
}

/// Whether the service can answer, part by part.
#[derive(Clone, Default)]
pub struct Readiness {
    parts: Vec<(&'static str, bool)>,
    warnings: Vec<&'static str>,
}

impl Readiness {
    /// Nothing is known yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a part.
    #[must_use]
    pub fn with(mut self, part: &'static str, ready: bool) -> Self {
        self.parts.push((part, ready));
        self
    }

    /// Adds what somebody has to look at and is in nobody's way, if it is so.
    #[must_use]
    pub fn warning(mut self, about: &'static str, is_so: bool) -> Self {
        self.warnings.extend(is_so.then_some(about));
        self
    }

    /// What somebody has to look at.
    #[must_use]
    pub fn warnings(&self) -> &[&'static str] {
        &self.warnings
    }

    /// Every part with whether it is ready.
    #[must_use]
    pub fn parts(&self) -> &[(&'static str, bool)] {
        &self.parts
    }

    /// Whether every part is ready.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.parts.iter().all(|(_, ready)| *ready)
    }
}

impl fmt::Debug for Readiness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.parts.iter().copied()).finish()
    }
}

/// Runs one GraphQL request and seals its events.
pub trait Execute: Send + Sync + 'static {
    /// The operation that is asked for, ready to be carried out.
    ///
    /// # Errors
    /// What is wrong with the document or its variables; nothing is decided.
    fn prepare(&self, asked: &Asked) -> Result<Prepared, Vec<ServerError>>;

    /// The response, once the decisions behind it are on disk.
    fn execute(
        &self,
        prepared: Prepared,
        caller: Claimant,
        meta: RequestMeta,
    ) -> BoxFuture<'static, Result<Sealed, ExecuteError>>;

    /// The responses of a subscription, as long as it is read and allowed; each may leave when it comes.
    /// `resumed` is the place after which it is taken up.
    fn subscribe(
        &self,
        prepared: Prepared,
        caller: Claimant,
        meta: RequestMeta,
        resumed: Option<u64>,
    ) -> BoxStream<'static, Delivery>;

    /// A page of the log, once the decision that lets the caller read all of it is on disk.
    fn events(
        &self,
        wanted: WantedEvents,
        caller: Claimant,
        meta: RequestMeta,
    ) -> BoxFuture<'static, Result<Sealed<Lines>, ExecuteError>>;

    /// A bundle of a part of the log, once the decision that lets the caller read all of it is on disk. Its pieces
    /// may leave as they come.
    fn bundle(
        &self,
        wanted: WantedBundle,
        caller: Claimant,
        meta: RequestMeta,
    ) -> BoxFuture<'static, Result<Sealed<Pieces>, ExecuteError>>;

    /// The schema's text.
    fn sdl(&self) -> String;

    /// The newest checkpoint of the log, as a signed note; `None`: there is none yet.
    fn checkpoint(&self) -> BoxFuture<'_, Result<Option<String>, ExecuteError>>;

    /// Whether the database, the log and the policies can be used.
    fn readiness(&self) -> BoxFuture<'_, Readiness>;
}
