//! Time and identifiers as inputs.
//!
//! Everything that needs "now" or a fresh id takes a [`Clock`], so that a test can hold both still.
//! Nothing else in the crate reads the machine's clock or makes a random id (a lint holds that).

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use uuid::{NoContext, Timestamp, Uuid};

use crate::{Id, Instant, Kind};

/// Where time and fresh identifiers come from.
pub trait Clock: Send + Sync + std::fmt::Debug {
    /// The present instant.
    fn now(&self) -> Instant;

    /// A fresh version 7 UUID for the present instant.
    fn uuid(&self) -> Uuid;

    /// Whether it is meant to show what other clocks show.
    fn is_wall_clock(&self) -> bool {
        true
    }
}

/// A fresh id of one kind.
pub fn fresh<K: Kind>(clock: &dyn Clock) -> Id<K> {
    Id::from_uuid(clock.uuid())
}

/// The machine's clock and random source.
#[derive(Debug, Default, Clone, Copy)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that reads the machine's clock"
    )]
    fn now(&self) -> Instant {
        Instant::from_micros(jiff::Timestamp::now().as_microsecond())
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that makes random ids"
    )]
    fn uuid(&self) -> Uuid {
        Uuid::now_v7()
    }
}

/// A clock that stands still until it is moved, with ids counted from one.
#[derive(Debug)]
pub struct FixedClock {
    now: Mutex<Instant>,
    next: AtomicU64,
}

impl FixedClock {
    /// A clock that shows `now`.
    #[must_use]
    pub fn at(now: Instant) -> Self {
        Self {
            now: Mutex::new(now),
            next: AtomicU64::new(1),
        }
    }

    /// Moves the clock to `now`.
    pub fn set(&self, now: Instant) {
        *self
            .now
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner) = now;
    }
}

impl Clock for FixedClock {
    fn is_wall_clock(&self) -> bool {
        false
    }

    fn now(&self) -> Instant {
        *self
            .now
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn uuid(&self) -> Uuid {
        let count = self.next.fetch_add(1, Ordering::Relaxed);
        let millis = u64::try_from(self.now().as_micros() / 1_000).unwrap_or(0);
        let at = Timestamp::from_unix(NoContext, millis / 1_000, 0);
        let mut bytes = Uuid::new_v7(at).into_bytes();
        bytes[6] = 0x70;
        bytes[7] = 0;
        bytes[8..].copy_from_slice(&count.to_be_bytes());
        bytes[8] = 0x80;
        Uuid::from_bytes(bytes)
    }
}
