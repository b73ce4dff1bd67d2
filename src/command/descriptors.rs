//! How many files and connections the process may have open, which the system bounds.
//!
//! The limit that most systems start a process with (1024) is raised to the one up to which that is allowed.
//! Fewer connections are taken when even that is not enough, so that none is ever accepted that the
//! database's files then lack.

use crate::config::Settings;

/// What the process needs besides connections of clients and of the database.
const OTHERS: u64 = 64;
/// What one connection of the database opens, at most: a file, its log and its index.
const EACH: u64 = 3;
/// The fewest connections that are any use.
const LEAST: usize = 16;

/// How many there may be, and what is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Descriptors {
    /// How many may be open; `None`: any number.
    pub(super) most: Option<u64>,
    /// How many are needed beside the connections of clients.
    pub(super) others: u64,
}

impl Descriptors {
    /// Raises the limit as far as that is allowed, and says where it is then.
    pub(super) fn raised(settings: &Settings) -> Self {
        Self {
            most: raise(),
            others: OTHERS + EACH * u64::from(settings.database.connections),
        }
    }

    /// How many connections can be taken, at most as many as are set.
    pub(super) fn connections(self, set: usize) -> usize {
        let Some(most) = self.most else {
            return set;
        };
        let left = usize::try_from(most.saturating_sub(self.others)).unwrap_or(usize::MAX);
        set.min(left.max(LEAST))
    }

    /// How many descriptors that many connections need.
    pub(super) fn needed(self, connections: usize) -> u64 {
        u64::try_from(connections).map_or(u64::MAX, |most| most.saturating_add(self.others))
    }
}

#[cfg(unix)]
fn raise() -> Option<u64> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: limit.maximum,
        ..limit
    };
    match setrlimit(Resource::Nofile, raised) {
        Ok(()) => limit.maximum,
        Err(_) => limit.current,
    }
}

#[cfg(not(unix))]
fn raise() -> Option<u64> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_leave_room_for_the_database() {
        let descriptors = |most| Descriptors { most, others: 88 };
        assert_eq!(descriptors(None).connections(4_096), 4_096);
        assert_eq!(descriptors(Some(1_024)).connections(4_096), 936);
        assert_eq!(descriptors(Some(1_024)).connections(100), 100);
        assert_eq!(descriptors(Some(64)).connections(4_096), LEAST);
    }
}
