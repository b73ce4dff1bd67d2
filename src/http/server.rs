//! Taking connections, and stopping without failing anybody.
//!
//! Our own loop instead of the framework's, which bounds nothing and waits for every connection for ever.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{Stream, StreamExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::connection::attend;
use super::phase::Phase;
use super::{Edge, router};

/// How long nothing is taken when there is nothing to take it with.
const BACK_OFF: Duration = Duration::from_millis(100);

/// How many connections may be on their way out beside those that there may be.
const LEAVING: usize = 32;

/// Serves until `told` says so for the first time, and then for as long as the settings allow; at most until
/// it says so again.
///
/// # Errors
/// When the listener has no address.
pub async fn serve(
    listener: TcpListener,
    edge: Arc<Edge>,
    told: impl Stream<Item = ()> + Send,
) -> io::Result<()> {
    let told = told.chain(futures_util::stream::pending());
    let mut told = std::pin::pin!(told);
    let mut connections = JoinSet::new();
    let router = router(Arc::clone(&edge));
    let notice = edge.settings.notice;
    let most = edge.settings.connections.saturating_add(LEAVING);
    let mut leaves_at: Option<Instant> = None;
    loop {
        tokio::select! {
            biased;
            _ = told.next() => {
                if leaves_at.is_some() {
                    tracing::warn!("told to stop twice: what was going on is cut off");
                    return Ok(());
                }
                tracing::info!(seconds = notice.as_secs_f32(), "stopping: no longer ready");
                edge.phase.send_replace(Phase::Leaving);
                leaves_at = Some(Instant::now() + notice);
            }
            () = at(leaves_at) => break,
            _ = connections.join_next(), if !connections.is_empty() => {}
            (stream, peer) = taken(&listener), if connections.len() < most => {
                connections.spawn(attend(stream, peer, Arc::clone(&edge), router.clone()));
            }
        }
    }
    // Who has come is answered too; whoever comes from here on finds nobody, and is sent to another instance.
    for (stream, peer) in waiting(listener) {
        connections.spawn(attend(stream, peer, Arc::clone(&edge), router.clone()));
    }
    edge.phase.send_replace(Phase::Stopping);
    let ended = async {
        while connections.join_next().await.is_some() {}
        edge.running.ended().await;
    };
    tokio::select! {
        () = ended => {}
        () = tokio::time::sleep(edge.settings.drain) => {
            tracing::warn!("work was still going on when the time to stop ran out");
        }
        _ = told.next() => {
            tracing::warn!("told to stop twice: what was going on is cut off");
        }
    }
    Ok(())
}

/// The connections that were made and not taken yet; no more are made.
fn waiting(listener: TcpListener) -> Vec<(TcpStream, std::net::SocketAddr)> {
    let Ok(listener) = listener.into_std() else {
        return Vec::new();
    };
    let taken = std::iter::from_fn(|| listener.accept().ok());
    taken
        .filter_map(|(stream, peer)| {
            stream.set_nonblocking(true).ok()?;
            Some((TcpStream::from_std(stream).ok()?, peer))
        })
        .collect()
}

async fn at(instant: Option<Instant>) {
    match instant {
        Some(instant) => tokio::time::sleep_until(instant).await,
        None => std::future::pending().await,
    }
}

/// The next connection.
async fn taken(listener: &TcpListener) -> (TcpStream, std::net::SocketAddr) {
    loop {
        match listener.accept().await {
            Ok(taken) => return taken,
            // The other end has gone again.
            Err(error) if is_its_own_fault(error.kind()) => {}
            // Out of descriptors or memory: at once, it would be so again.
            Err(error) => {
                tracing::error!(%error, "no connection can be taken now");
                tokio::time::sleep(BACK_OFF).await;
            }
        }
    }
}

fn is_its_own_fault(kind: io::ErrorKind) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(
        kind,
        ConnectionAborted | ConnectionRefused | ConnectionReset
    )
}
