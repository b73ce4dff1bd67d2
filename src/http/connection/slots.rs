//! How many connections there may be: in all, and from one address.
//!
//! Whoever comes when all slots are taken gets that of a connection on which nothing is being answered: of
//! the same address when the address has its share, of the address that has most of them when all are
//! taken. So connections that only wait keep nobody out, and no address can take all.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use super::signs::Signs;

/// Whose a connection is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Whose {
    /// A proxy's, for anybody.
    Proxy(IpAddr),
    /// A client's, by its neighbourhood.
    Client(IpAddr),
}

/// Why there is no slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Full {
    /// The address has its share, and all of it is in use.
    #[error("the address has as many connections as one may have")]
    Address,
    /// All are in use.
    #[error("there are as many connections as there may be")]
    All,
}

/// The slots of everybody.
#[derive(Debug)]
pub(crate) struct Slots {
    most: usize,
    most_of_one: usize,
    taken: Mutex<Taken>,
}

#[derive(Debug, Default)]
struct Taken {
    all: usize,
    /// In the order in which they came.
    of: HashMap<Whose, BTreeMap<u64, Arc<Signs>>>,
    next: u64,
}

/// One slot, free again when it is dropped.
#[derive(Debug)]
pub(super) struct Slot {
    slots: Arc<Slots>,
    whose: Whose,
    number: u64,
}

impl Slots {
    /// As many in all, and of one client.
    pub(crate) fn new(most: usize, most_of_one: usize) -> Arc<Self> {
        Arc::new(Self {
            most,
            most_of_one,
            taken: Mutex::default(),
        })
    }

    /// How many one may have: never all of them.
    fn share(&self, whose: Whose) -> usize {
        let beside_others = self.most - self.most / 8;
        match whose {
            Whose::Proxy(_) => beside_others,
            Whose::Client(_) => self.most_of_one.min(beside_others),
        }
    }

    /// Takes a slot, that of another if it has to be.
    pub(super) fn take(self: &Arc<Self>, whose: Whose, signs: &Arc<Signs>) -> Result<Slot, Full> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let own = taken.of.get(&whose).map_or(0, BTreeMap::len);
        if own >= self.share(whose) && !taken.send_away_of(whose) {
            return Err(Full::Address);
        }
        if taken.all >= self.most {
            let others = taken.of.iter().map(|(whose, open)| (open.len(), *whose));
            let largest = others.max_by_key(|(open, _)| *open);
            let made = largest.is_some_and(|(open, whose)| open > own && taken.send_away_of(whose));
            if !made {
                return Err(Full::All);
            }
        }
        let number = taken.next;
        taken.next += 1;
        taken.all += 1;
        taken
            .of
            .entry(whose)
            .or_default()
            .insert(number, Arc::clone(signs));
        drop(taken);
        Ok(Slot {
            slots: Arc::clone(self),
            whose,
            number,
        })
    }
}

impl Taken {
    /// Ends the oldest connection on which nothing is being answered; whether there was one.
    fn send_away_of(&mut self, whose: Whose) -> bool {
        let open = self.of.get(&whose);
        let quiet = open.and_then(|open| open.iter().find(|(_, signs)| !signs.is_busy()));
        let Some((number, signs)) = quiet.map(|(number, signs)| (*number, Arc::clone(signs)))
        else {
            return false;
        };
        signs.send_away();
        self.free(whose, number);
        true
    }

    fn free(&mut self, whose: Whose, number: u64) {
        let Some(open) = self.of.get_mut(&whose) else {
            return;
        };
        if open.remove(&number).is_some() {
            self.all = self.all.saturating_sub(1);
        }
        if open.is_empty() {
            self.of.remove(&whose);
        }
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut taken = self
            .slots
            .taken
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        taken.free(self.whose, self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(last: u8) -> Whose {
        Whose::Client([10, 0, 0, last].into())
    }

    fn signs(busy: bool) -> Arc<Signs> {
        let signs = Arc::new(Signs::new());
        if busy {
            let _fine = signs.asked();
        }
        signs
    }

    #[test]
    fn an_address_that_has_its_share_ends_its_own_oldest_quiet_connection() {
        let slots = Slots::new(100, 3);
        let busy = signs(true);
        let quiet = [signs(false), signs(false)];
        let first = slots.take(client(1), &busy).unwrap();
        let second = slots.take(client(1), &quiet[0]).unwrap();
        let third = slots.take(client(1), &quiet[1]).unwrap();
        let fourth = slots.take(client(1), &signs(true)).unwrap();
        // What was sent away is not counted again when it goes.
        drop(second);
        let fifth = slots.take(client(1), &signs(true)).unwrap();
        let refused = slots.take(client(1), &signs(false));
        assert_eq!(refused.unwrap_err(), Full::Address);
        drop((first, third, fourth, fifth));
        let taken = slots.taken.lock().unwrap();
        assert_eq!((taken.all, taken.of.len()), (0, 0));
    }

    #[test]
    fn when_all_are_taken_the_address_that_has_most_makes_room_for_one_that_has_fewer() {
        let slots = Slots::new(8, 7);
        let mut held: Vec<Slot> = Vec::new();
        for _ in 0..7 {
            held.push(slots.take(client(1), &signs(false)).unwrap());
        }
        held.push(slots.take(client(2), &signs(true)).unwrap());
        held.push(slots.take(client(3), &signs(true)).unwrap());
        assert_eq!(slots.taken.lock().unwrap().of[&client(1)].len(), 6);
        // What is being answered makes room for nobody.
        let slots = Slots::new(8, 4);
        for n in 0..8 {
            held.push(slots.take(client(n / 4), &signs(true)).unwrap());
        }
        let refused = slots.take(client(9), &signs(false));
        assert_eq!(refused.unwrap_err(), Full::All);
    }

    #[test]
    fn no_address_takes_all_and_no_proxy_either() {
        let slots = Slots::new(16, 100);
        for whose in [client(1), Whose::Proxy([127, 0, 0, 1].into())] {
            let held: Vec<_> = (0..16).map(|_| slots.take(whose, &signs(true))).collect();
            assert_eq!(held.iter().filter(|slot| slot.is_ok()).count(), 14);
        }
    }
}
