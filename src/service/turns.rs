//! Turns: so many at a time in all, and so many of one.
//!
//! Whoever has its own turn queues for the common ones, so that a thousand requests of one caller keep
//! nobody else waiting longer than a few do.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How many are remembered before those are forgotten who have no turn and wait for none.
const SWEEP_AT: usize = 1_024;

/// Turns for whoever `K` tells apart.
#[derive(Debug)]
pub(crate) struct Turns<K> {
    all: Arc<Semaphore>,
    each: usize,
    own: Mutex<HashMap<K, Weak<Semaphore>>>,
}

/// A turn, until it is dropped.
#[derive(Debug)]
#[must_use = "a turn that is dropped is over"]
pub(crate) struct Turn {
    _common: Option<OwnedSemaphorePermit>,
    _own: Option<OwnedSemaphorePermit>,
    /// Kept, so that it is known as long as somebody has a turn of it.
    _turns: Arc<Semaphore>,
}

impl<K: Eq + Hash> Turns<K> {
    pub(crate) fn new(all: usize, each: usize) -> Self {
        Self {
            all: Arc::new(Semaphore::new(all.max(1))),
            each: each.max(1),
            own: Mutex::default(),
        }
    }

    /// Waits for a turn.
    pub(crate) async fn take(&self, key: K) -> Turn {
        let turns = self.of(key);
        // Nobody closes the semaphores.
        let own = Arc::clone(&turns).acquire_owned().await.ok();
        let common = Arc::clone(&self.all).acquire_owned().await.ok();
        Turn {
            _common: common,
            _own: own,
            _turns: turns,
        }
    }

    fn of(&self, key: K) -> Arc<Semaphore> {
        let mut own = self.own.lock().unwrap_or_else(PoisonError::into_inner);
        if own.len() >= SWEEP_AT {
            own.retain(|_, turns| turns.strong_count() > 0);
        }
        if let Some(turns) = own.get(&key).and_then(Weak::upgrade) {
            return turns;
        }
        let turns = Arc::new(Semaphore::new(self.each));
        own.insert(key, Arc::downgrade(&turns));
        turns
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    #[test]
    fn one_has_so_many_and_leaves_the_others_to_everybody() {
        let turns = Turns::new(3, 2);
        let now = |key| turns.take(key).now_or_never();
        let first = [now("flood"), now("flood")];
        assert!(first.iter().all(Option::is_some));
        assert!(now("flood").is_none(), "a third of one");
        let other = now("other");
        assert!(other.is_some(), "the third of all");
        assert!(now("third").is_none(), "a fourth of all");
        drop(first);
        assert!(now("third").is_some());
        drop(other);
    }

    #[test]
    fn whoever_waits_for_its_own_turn_keeps_none_of_the_common_ones() {
        let turns = Turns::new(2, 1);
        let held = turns.take("flood").now_or_never();
        let mut waiting: Vec<_> = (0..10).map(|_| Box::pin(turns.take("flood"))).collect();
        for one in &mut waiting {
            assert!(one.now_or_never().is_none());
        }
        assert!(turns.take("other").now_or_never().is_some());
        drop(held);
    }
}
