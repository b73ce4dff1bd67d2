//! One connection, from its beginning to its end: who is at the other end, how long it may take, and where
//! its requests lie.
//!
//! Apart from what answers requests because it has to hold for whoever says nothing at all.

mod chunks;
mod framing;
mod guarded;
mod head;
mod preface;
mod signs;
mod slots;

use std::net::{IpAddr, SocketAddr};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes, HttpBody};
use axum::http::{Request, Response};
use hyper::body::{Frame, Incoming, SizeHint};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tower::ServiceExt as _;

use super::client::neighbourhood;
use super::{Edge, Phase};
use guarded::{Guarded, Patience};
use signs::Signs;
use slots::{Slot, Whose};

pub(super) use head::Flaw;
pub(super) use slots::Slots;

/// The longest head: the longest token that can be allowed, and what goes with it.
const HEAD_BYTES: usize = 96 * 1024;

/// How long the first request of a connection may be on its way when the service stops.
const ARRIVING: Duration = Duration::from_millis(500);

/// How a request has come.
#[derive(Debug, Clone, Copy)]
pub(super) struct Arrival {
    /// The connection's other end, or whom a trusted proxy's PROXY header names.
    pub(super) peer: IpAddr,
    /// Why it goes no further, found in its bytes.
    pub(super) flaw: Option<Flaw>,
}

/// Answers the requests of a connection until one side ends it.
pub(super) async fn attend(stream: TcpStream, peer: SocketAddr, edge: Arc<Edge>, router: Router) {
    let signs = Arc::new(Signs::new());
    let Some((stream, peer, slot)) = settle(stream, peer.ip().to_canonical(), &edge, &signs).await
    else {
        return;
    };
    let settings = &edge.settings;
    let patience = Patience {
        head: settings.head,
        idle: settings.idle,
        stalled: settings.stalled,
    };
    let stream = Guarded::new(stream, Arc::clone(&signs), patience);
    let requests = Arc::clone(&signs);
    let service = service_fn(move |request| {
        let answering = Answering::of(&requests, peer);
        let router = router.clone();
        async move { Ok::<_, std::convert::Infallible>(answering.answer(router, request).await) }
    });
    let mut connection = pin!(
        http1::Builder::new()
            .max_buf_size(HEAD_BYTES)
            .serve_connection(TokioIo::new(stream), service)
    );
    let mut stopping = pin!(stopping(edge.phase.subscribe(), &signs));
    let mut told = false;
    loop {
        tokio::select! {
            // What has been sent is read before the connection is ended: its client would take it as lost.
            biased;
            ended = connection.as_mut() => {
                if let Err(error) = ended {
                    tracing::debug!(%error, "a connection has ended");
                }
                break;
            }
            () = stopping.as_mut(), if !told => {
                told = true;
                connection.as_mut().graceful_shutdown();
            }
            () = signs.sent_away() => {
                if !signs.is_busy() {
                    break;
                }
                connection.as_mut().graceful_shutdown();
            }
        }
    }
    drop(slot);
}

/// Ready when the connection has to end with what it is answering, because the service stops. One that has asked
/// nothing yet has a moment more: its client has just come, and what it sends is on its way.
async fn stopping(mut phase: watch::Receiver<Phase>, signs: &Signs) {
    let told = phase.wait_for(|phase| *phase == Phase::Stopping).await;
    drop(told);
    if !signs.has_been_asked() {
        tokio::time::sleep(ARRIVING).await;
    }
}

/// Takes a slot for the connection, and reads what a trusted proxy says of it first.
async fn settle(
    mut stream: TcpStream,
    peer: IpAddr,
    edge: &Edge,
    signs: &Arc<Signs>,
) -> Option<(TcpStream, IpAddr, Slot)> {
    let settings = &edge.settings;
    let whose = if settings.proxies.trusts(peer) {
        Whose::Proxy(peer)
    } else {
        Whose::Client(neighbourhood(peer))
    };
    let slot = match edge.slots.take(whose, signs) {
        Ok(slot) => slot,
        Err(full) => {
            edge.turned_away.tell(full);
            refuse(&stream);
            return None;
        }
    };
    // Small answers leave at once.
    let _ = stream.set_nodelay(true);
    if !settings.proxies.prefaces(peer) {
        return Some((stream, peer, slot));
    }
    let read = tokio::time::timeout(settings.head, preface::read(&mut stream)).await;
    match read {
        Ok(Ok(None)) => Some((stream, peer, slot)),
        Ok(Ok(Some(client))) => {
            let client = client.to_canonical();
            drop(slot);
            let slot = edge.slots.take(Whose::Client(neighbourhood(client)), signs);
            match slot {
                Ok(slot) => Some((stream, client, slot)),
                Err(full) => {
                    edge.turned_away.tell(full);
                    refuse(&stream);
                    None
                }
            }
        }
        Ok(Err(error)) => {
            tracing::debug!(%error, "a proxy said nothing of its connection");
            None
        }
        Err(_) => None,
    }
}

/// Says in as few words as possible that there is no slot, if that can be said at once.
fn refuse(stream: &TcpStream) {
    const REFUSED: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\n\
        retry-after: 1\r\ncontent-length: 0\r\n\r\n";
    // Whoever cannot take it is not waited for.
    let _ = stream.try_write(REFUSED);
}

/// Tells of what happens to many at most once a second.
#[derive(Debug, Default)]
pub(super) struct Seldom(std::sync::Mutex<Option<tokio::time::Instant>>);

impl Seldom {
    fn tell(&self, full: slots::Full) {
        let now = tokio::time::Instant::now();
        let mut told = self
            .0
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        let recently = told.is_some_and(|told| now - told < Duration::from_secs(1));
        if !recently {
            *told = Some(now);
            drop(told);
            tracing::warn!(reason = %full, "connections are turned away");
        }
    }
}

/// One request that is being answered, until its answer has been written or given up.
#[derive(Debug)]
struct Answering {
    signs: Arc<Signs>,
    arrival: Arrival,
}

impl Answering {
    fn of(signs: &Arc<Signs>, peer: IpAddr) -> Self {
        let flaw = signs.asked();
        Self {
            signs: Arc::clone(signs),
            arrival: Arrival { peer, flaw },
        }
    }

    async fn answer(self, router: Router, request: Request<Incoming>) -> Response<Counted> {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(self.arrival);
        let response = match router.oneshot(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        };
        response.map(|body| Counted {
            body,
            _answering: self,
        })
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        self.signs.answered();
    }
}

/// The body of an answer, during which its connection is busy.
#[derive(Debug)]
struct Counted {
    body: Body,
    _answering: Answering,
}

impl HttpBody for Counted {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
