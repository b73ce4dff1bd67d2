//! How many events a caller may cause: events are kept for years, so they are what a caller pays with.
//!
//! What a request will record is known only when it has been decided, so an account can be overdrawn: a
//! request is let in as long as something is left, and the next one waits until that has been made good. A
//! limiter that takes its price in advance cannot say that.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use authn::{Claimant, Subject};

/// For how long a caller can save up, in seconds.
const SAVED_SECONDS: u32 = 10;
/// How many callers are remembered before those are forgotten who owe nothing.
const SWEEP_AT: usize = 4_096;

/// How many events a second a caller may cause, with ten times as many at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventRates {
    /// A person.
    pub person: u32,
    /// A service: it asks about everybody.
    pub service: u32,
}

impl Default for EventRates {
    fn default() -> Self {
        Self {
            person: 200,
            service: 50_000,
        }
    }
}

/// Who signed the caller in, and whom.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Caller {
    issuer: String,
    subject: Subject,
}

impl Caller {
    pub(crate) fn of(claimant: &Claimant) -> Self {
        Self {
            issuer: claimant.issuer().to_owned(),
            subject: claimant.subject().clone(),
        }
    }
}

/// The accounts of everybody.
#[derive(Debug)]
pub(crate) struct Budgets {
    rates: EventRates,
    /// Until when each caller's events are used up, were they spread evenly.
    used_until: Mutex<HashMap<Caller, Instant>>,
}

impl Budgets {
    pub(crate) fn new(rates: EventRates) -> Self {
        Self {
            rates,
            used_until: Mutex::default(),
        }
    }

    /// Whether the caller has something left, else for how long not.
    pub(crate) fn admit(&self, caller: &Caller, now: Instant) -> Result<(), Duration> {
        let used_until = self
            .used_until
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let ahead = used_until
            .get(caller)
            .map_or(Duration::ZERO, |until| until.saturating_duration_since(now));
        let most = Duration::from_secs(SAVED_SECONDS.into());
        if ahead < most {
            Ok(())
        } else {
            Err(ahead.saturating_sub(most).max(Duration::from_millis(1)))
        }
    }

    /// Books what a request of the caller has recorded.
    pub(crate) fn charge(&self, caller: &Caller, events: usize, now: Instant) {
        let rate = match caller.subject {
            Subject::Person(_) => self.rates.person,
            Subject::Service(_) => self.rates.service,
            // Whoever has the host has the database.
            Subject::Host => return,
        };
        let events = u32::try_from(events).unwrap_or(u32::MAX);
        let price = Duration::from_secs(1) * events / rate.max(1);
        let mut used_until = self
            .used_until
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if used_until.len() >= SWEEP_AT {
            used_until.retain(|_, until| *until > now);
        }
        let until = used_until.entry(caller.clone()).or_insert(now);
        *until = (*until).max(now) + price;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(number: u8) -> Caller {
        let hsa_id = format!("TSTNMT2321000001-100{number}");
        Caller {
            issuer: "idp".to_owned(),
            subject: Subject::Person(hsa_id.parse().unwrap()),
        }
    }

    fn service(name: &str) -> Caller {
        Caller {
            issuer: "idp".to_owned(),
            subject: Subject::Service(name.parse().unwrap()),
        }
    }

    #[tokio::test]
    async fn an_account_may_be_overdrawn_once_and_is_made_good_by_time_alone() {
        let rates = EventRates {
            person: 100,
            service: 10_000,
        };
        let (budgets, now) = (Budgets::new(rates), Instant::now());
        let (flood, other) = (person(1), person(2));
        assert_eq!(budgets.admit(&flood, now), Ok(()));
        budgets.charge(&flood, 3_000, now);
        assert_eq!(
            budgets.admit(&flood, now),
            Err(Duration::from_secs(20)),
            "ten seconds' worth of thirty may be used at once"
        );
        assert_eq!(
            budgets.admit(&other, now),
            Ok(()),
            "it is nobody else's debt"
        );
        let soon = now + Duration::from_secs(19);
        assert_eq!(budgets.admit(&flood, soon), Err(Duration::from_secs(1)));
        let later = now + Duration::from_millis(20_001);
        assert_eq!(budgets.admit(&flood, later), Ok(()));
    }

    #[tokio::test]
    async fn a_service_that_asks_all_day_is_never_refused_by_default() {
        let (budgets, mut now) = (Budgets::new(EventRates::default()), Instant::now());
        let asking = service("journal-gateway");
        // As many as the log can take, for a minute.
        for _ in 0..600 {
            assert_eq!(budgets.admit(&asking, now), Ok(()));
            budgets.charge(&asking, 4_000, now);
            now += Duration::from_millis(100);
        }
    }
}
