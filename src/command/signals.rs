//! Being asked to stop: Ctrl-C, or a service manager's SIGTERM, each time it comes.

use futures_util::Stream;
use futures_util::stream::unfold;

/// Listens from now on, so that none is missed.
#[cfg(unix)]
pub(super) fn told_to_stop() -> std::io::Result<impl Stream<Item = ()> + Send> {
    use tokio::signal::unix::{SignalKind, signal};
    let interrupt = signal(SignalKind::interrupt())?;
    let terminate = signal(SignalKind::terminate())?;
    Ok(unfold(
        (interrupt, terminate),
        |(mut interrupt, mut terminate)| async {
            let told = tokio::select! {
                told = interrupt.recv() => told,
                told = terminate.recv() => told,
            };
            told.map(|()| ((), (interrupt, terminate)))
        },
    ))
}

/// Listens from now on, so that none is missed.
#[cfg(not(unix))]
pub(super) fn told_to_stop() -> std::io::Result<impl Stream<Item = ()> + Send> {
    Ok(unfold((), |()| async {
        tokio::signal::ctrl_c().await.ok().map(|()| ((), ()))
    }))
}
