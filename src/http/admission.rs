//! Who is let in, and how often: a token before anything else, and a bucket for each caller.
//!
//! Refusals here are counted in logs, never in the decision log: whoever holds a valid token, or none,
//! must not be able to flood a durable log.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use super::HttpSettings;
use super::client::neighbourhood;
use super::refusal::Refusal;
use authn::{Claimant, Subject, TokenError, Verifier};
use domain::Instant;

/// How often the buckets of callers who have gone are thrown away, in requests.
const SWEEP_EVERY: u32 = 4_096;

/// A bucket for each key.
struct Buckets<K: Clone + Hash + Eq> {
    limiter: DefaultKeyedRateLimiter<K>,
    clock: DefaultClock,
    taken: AtomicU32,
}

impl<K: Clone + Hash + Eq> Buckets<K> {
    fn new(per_second: u32) -> Self {
        let rate = NonZeroU32::new(per_second).unwrap_or(NonZeroU32::MIN);
        let quota = Quota::per_second(rate).allow_burst(rate.saturating_mul(TWICE));
        Self {
            limiter: RateLimiter::keyed(quota),
            clock: DefaultClock::default(),
            taken: AtomicU32::new(1),
        }
    }

    /// Takes one from the bucket, or says for how long it is empty.
    fn take(&self, key: &K) -> Result<(), Duration> {
        let taken = self.taken.fetch_add(1, Ordering::Relaxed);
        if taken.is_multiple_of(SWEEP_EVERY) {
            self.limiter.retain_recent();
            self.limiter.shrink_to_fit();
        }
        self.limiter
            .check_key(key)
            .map_err(|empty| empty.wait_time_from(self.clock.now()))
    }
}

const TWICE: NonZeroU32 = match NonZeroU32::new(2) {
    Some(two) => two,
    None => NonZeroU32::MIN,
};

/// The buckets of everybody.
pub(super) struct Admission {
    persons: Buckets<(String, String)>,
    services: Buckets<(String, String)>,
    strangers: Buckets<Option<IpAddr>>,
    /// How many tokens each rule has refused since the start.
    refused: Mutex<HashMap<TokenError, u64>>,
}

impl Admission {
    pub(super) fn new(settings: &HttpSettings) -> Self {
        Self {
            persons: Buckets::new(settings.person_requests_per_second),
            services: Buckets::new(settings.service_requests_per_second),
            strangers: Buckets::new(settings.failed_sign_ins_per_second),
            refused: Mutex::default(),
        }
    }

    /// Says which rule refused a token, and how often it has; nothing of what the token holds.
    fn refuse(&self, rule: TokenError) -> Refusal {
        let count = {
            let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
            let count = refused.entry(rule).or_default();
            *count += 1;
            *count
        };
        tracing::info!(reason = %rule, count, "a token was refused");
        Refusal::token(rule)
    }

    /// The caller whose token is in the headers, if the token is good and the bucket is not empty.
    pub(super) async fn admit(
        &self,
        headers: &HeaderMap,
        verifier: &Verifier,
        client: Option<IpAddr>,
        now: Instant,
    ) -> Result<Claimant, Refusal> {
        let refusal = match bearer(headers) {
            Ok(Some(token)) => match verifier.authenticate(token, now).await {
                Ok(claimant) => return self.within_rate(claimant),
                Err(error @ TokenError::KeysUnavailable) => return Err(Refusal::token(error)),
                Err(rule) => self.refuse(rule),
            },
            Ok(None) => Refusal::no_token(),
            Err(refusal) => refusal,
        };
        self.stranger(client)?;
        Err(refusal)
    }

    /// Counts a request without a valid caller against its address.
    pub(super) fn stranger(&self, client: Option<IpAddr>) -> Result<(), Refusal> {
        self.strangers
            .take(&client.map(neighbourhood))
            .map_err(|wait| {
                tracing::warn!("an address has sent too many requests without a valid token");
                Refusal::rate_limited(seconds(wait))
            })
    }

    fn within_rate(&self, claimant: Claimant) -> Result<Claimant, Refusal> {
        let issuer = claimant.issuer().to_owned();
        let taken = match claimant.subject() {
            Subject::Person(id) => self.persons.take(&(issuer, id.as_str().to_owned())),
            Subject::Service(client) => self.services.take(&(issuer, client.to_string())),
            Subject::Host => Ok(()),
        };
        match taken {
            Ok(()) => Ok(claimant),
            Err(wait) => {
                tracing::warn!(token = %claimant.fingerprint(), "a caller asks too often");
                Err(Refusal::rate_limited(seconds(wait)))
            }
        }
    }
}

/// Whole seconds until the bucket has something again, at least one.
fn seconds(wait: Duration) -> u64 {
    wait.as_secs().saturating_add(1)
}

/// The bearer token; `None`: there is none, or another scheme.
fn bearer(headers: &HeaderMap) -> Result<Option<&str>, Refusal> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    if values.next().is_some() {
        return Err(Refusal::token(TokenError::Malformed));
    }
    let text = value
        .to_str()
        .map_err(|_| Refusal::token(TokenError::Malformed))?;
    let (scheme, token) = text.split_once(' ').unwrap_or((text, ""));
    Ok(scheme.eq_ignore_ascii_case("bearer").then(|| token.trim()))
}
