//! How a server comes to its end.
//!
//! A server that is told to stop goes through phases. It first only says so: `/readyz` is 503 at once, every
//! answer ends its connection, and everything is still answered, until whoever sends requests has had time to
//! notice. Then it takes no more connections, tells its streams, and answers what it has taken. Who tells it
//! twice means now.

/// How near a server is to its end.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Phase {
    /// It serves.
    #[default]
    Serving,
    /// It has been told to, says so, and goes on.
    Leaving,
    /// It takes nothing new.
    Stopping,
}
