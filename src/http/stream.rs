//! Answers that go on: server-sent events as graphql-over-SSE has them in its distinct connections mode.
//!
//! A stream is polled only when its connection can take more, so a slow reader is waited for and nothing is
//! kept for it. How many there are is bounded, for each caller and in all. A stream ends with an error and
//! `complete` when the service stops.

use std::collections::HashMap;
use std::convert::Infallible;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_graphql::{Response, ServerError};
use axum::body::Body;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, HeaderValue, Response as HttpResponse};
use futures_util::stream::{self, BoxStream, Stream, StreamExt as _};
use tokio::sync::watch;

use super::message::text_of;
use super::refusal::Refusal;
use super::{Edge, HttpSettings, Phase};
use authn::{Claimant, Subject};
use domain::{Language, Words};
use graphql::errors::{ErrorCode, says};
use graphql::execute::Delivery;
use graphql::spoken::spoken;

/// How long nothing is said before the connection is kept alive by a comment.
const SILENCE: Duration = Duration::from_secs(12);
/// What keeps it alive.
const ALIVE: &str = ":\n\n";
/// What ends a stream; without data, even if it is empty, nobody would be told.
const COMPLETE: &str = "event: complete\ndata:\n\n";
/// What a stream is taken up after.
const LAST_EVENT_ID: &str = "last-event-id";

/// Counts the streams that are open.
#[derive(Debug, Default)]
pub(super) struct Streams(Arc<Mutex<Open>>);

#[derive(Debug, Default)]
struct Open {
    all: usize,
    of: HashMap<(String, Subject), usize>,
}

/// One open stream, counted until it is dropped.
#[derive(Debug)]
pub(super) struct Slot {
    open: Arc<Mutex<Open>>,
    caller: (String, Subject),
}

impl Streams {
    /// Counts one more, if there may be.
    pub(super) fn open(&self, caller: &Claimant, settings: &HttpSettings) -> Result<Slot, Refusal> {
        let (most, most_of_one) = (settings.streams, settings.streams_per_caller);
        let caller = (caller.issuer().to_owned(), caller.subject().clone());
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if open.all >= most {
            tracing::warn!(streams = open.all, "there are too many streams");
            return Err(Refusal::unavailable(Words::new(
                "too many streams are open: try again later",
                "För många strömmar är öppna. Försök igen senare.",
            )));
        }
        let of_one = open.of.entry(caller.clone()).or_default();
        if *of_one >= most_of_one {
            let message = Words::made(
                format!("the caller has {most_of_one} streams open: close one"),
                format!("Anroparen har {most_of_one} strömmar öppna. Stäng en."),
            );
            return Err(Refusal::new(ErrorCode::RateLimited, message));
        }
        *of_one += 1;
        open.all += 1;
        drop(open);
        Ok(Slot {
            open: Arc::clone(&self.0),
            caller,
        })
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.all = open.all.saturating_sub(1);
        if let Some(of_one) = open.of.get_mut(&self.caller) {
            *of_one = of_one.saturating_sub(1);
            if *of_one == 0 {
                open.of.remove(&self.caller);
            }
        }
    }
}

/// What a client says it has read last; `None`: nothing.
pub(super) fn resumed(headers: &HeaderMap) -> Result<Option<u64>, Refusal> {
    let Some(value) = headers.get(LAST_EVENT_ID) else {
        return Ok(None);
    };
    let seq = value.to_str().ok().and_then(|text| text.parse().ok());
    let seq = seq.filter(|seq| i64::try_from(*seq).is_ok());
    seq.map(Some).ok_or_else(|| {
        let said = Words::new(
            "`Last-Event-ID` must be the id of an event that was sent, a number",
            "`Last-Event-ID` ska vara id för en händelse som skickades, ett tal.",
        );
        Refusal::new(ErrorCode::BadUserInput, said)
    })
}

/// One answer as a stream that is complete with it.
pub(super) fn whole(response: &Response) -> HttpResponse<Body> {
    streamed(Body::from(next(None, response) + COMPLETE))
}

/// What is delivered, for as long as the caller reads.
pub(super) fn lasting(
    edge: &Edge,
    caller: &Claimant,
    language: Language,
    deliveries: impl FnOnce() -> BoxStream<'static, Delivery>,
) -> Result<HttpResponse<Body>, Refusal> {
    let slot = edge.streams.open(caller, &edge.settings)?;
    let open = Lasting {
        deliveries: AssertUnwindSafe(deliveries()).catch_unwind().boxed(),
        phase: edge.phase.subscribe(),
        language,
        _slot: slot,
    };
    Ok(streamed(Body::from_stream(open.events())))
}

fn streamed(body: Body) -> HttpResponse<Body> {
    let mut response = HttpResponse::new(body);
    let kind = HeaderValue::from_static("text/event-stream");
    response.headers_mut().insert(CONTENT_TYPE, kind);
    response
}

struct Lasting {
    deliveries: BoxStream<'static, std::thread::Result<Delivery>>,
    phase: watch::Receiver<Phase>,
    language: Language,
    _slot: Slot,
}

/// How far a stream has come.
enum Stage {
    Open(Lasting),
    Ending,
    Ended,
}

impl Lasting {
    fn events(self) -> impl Stream<Item = Result<String, Infallible>> {
        stream::unfold(Stage::Open(self), |stage| async move {
            match stage {
                Stage::Open(open) => Some(open.event().await),
                Stage::Ending => Some((COMPLETE.to_owned(), Stage::Ended)),
                Stage::Ended => None,
            }
        })
        .map(Ok)
    }

    async fn event(mut self) -> (String, Stage) {
        match self.happening().await {
            Happening::Delivered(delivery) => {
                let event = next(delivery.place, &delivery.response.into_response());
                (event, Stage::Open(self))
            }
            Happening::Nothing => (ALIVE.to_owned(), Stage::Open(self)),
            Happening::Over => (COMPLETE.to_owned(), Stage::Ended),
            Happening::Failed(error) => (failed(error, self.language), Stage::Ending),
        }
    }

    async fn happening(&mut self) -> Happening {
        tokio::select! {
            biased;
            _ = self.phase.wait_for(|phase| *phase == Phase::Stopping) => {
                Happening::Failed(says(
                    ErrorCode::Unavailable,
                    Words::new("the service is stopping", "Tjänsten håller på att avslutas."),
                    None,
                ))
            }
            delivered = self.deliveries.next() => match delivered {
                Some(Ok(delivery)) => Happening::Delivered(Box::new(delivery)),
                Some(Err(_)) => {
                    tracing::error!("a stream panicked");
                    let code = ErrorCode::InternalServerError;
                    Happening::Failed(says(code, code.words(), None))
                }
                None => Happening::Over,
            },
            () = tokio::time::sleep(SILENCE) => Happening::Nothing,
        }
    }
}

/// What comes next in a stream.
enum Happening {
    Delivered(Box<Delivery>),
    Nothing,
    Over,
    Failed(ServerError),
}

fn failed(error: ServerError, language: Language) -> String {
    next(None, &spoken(Response::from_errors(vec![error]), language))
}

fn next(place: Option<u64>, response: &Response) -> String {
    let id = place.map_or_else(String::new, |seq| format!("id: {seq}\n"));
    format!("event: next\n{id}data: {}\n\n", text_of(response))
}
