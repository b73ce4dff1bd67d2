//! A bearer token is verified against the issuers that are trusted, or refused with its reason.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::{join_all, try_join_all};
use hashlink::LruCache;
use jsonwebtoken::Algorithm as Signing;

use super::claimant::{Claimant, Fingerprint, Inner, Subject};
use super::claims::{Claims, Parts};
use super::key_error::KeyError;
use super::keys::{KeySet, Keys};
use super::refused::TokenError;
use super::settings::{Algorithm, IssuerSettings, TokenSettings};
use domain::Instant;
use domain::Named;

/// How soon keys that could not be had are asked for again.
const RETRY: Duration = Duration::from_secs(10);

#[derive(Debug)]
struct Issuer {
    settings: IssuerSettings,
    keys: KeySet,
}

impl Issuer {
    /// Fetches the keys again and again; sooner when they could not be had.
    async fn keep_fresh(&self, every: Duration) {
        let mut fresh = !self.keys.current().is_empty();
        loop {
            let wait = if fresh { every } else { RETRY.min(every) };
            tokio::time::sleep(wait).await;
            fresh = self.refresh().await;
        }
    }

    /// Fetches the keys again; whether that could be done.
    async fn refresh(&self) -> bool {
        let refreshed = self.keys.refresh().await;
        if let Err(error) = &refreshed {
            self.complain(error);
        }
        refreshed.is_ok()
    }

    fn complain(&self, error: &KeyError) {
        let issuer = &self.settings.issuer;
        tracing::warn!(issuer, %error, "an issuer's keys could not be refreshed");
    }
}

#[derive(Debug)]
struct Remembered {
    claimant: Claimant,
    issuer: usize,
    generation: u64,
}

/// Verifies tokens of the issuers in its settings.
#[derive(Debug)]
pub struct Verifier {
    issuers: Vec<Issuer>,
    max_token_bytes: usize,
    refresh: Duration,
    /// The least recently used makes room for the next.
    remembered: Mutex<LruCache<Fingerprint, Remembered>>,
}

impl Verifier {
    /// Loads every issuer's keys, all at once. A file must be there; an address may be silent: its issuer's
    /// tokens are answered with [`TokenError::KeysUnavailable`] until it speaks, and nobody else's are.
    ///
    /// # Errors
    /// When a key file is missing or holds no keys.
    pub async fn start(settings: TokenSettings) -> Result<Self, KeyError> {
        let unknown_seconds = settings.unknown_key_seconds;
        let load = |settings: IssuerSettings| async move {
            let keys = KeySet::of(&settings, unknown_seconds)?;
            if let Err(error) = keys.refresh().await {
                if keys.is_file() {
                    return Err(error);
                }
                let issuer = &settings.issuer;
                tracing::warn!(issuer, %error, "an issuer's keys are not available yet");
            }
            Ok(Issuer { settings, keys })
        };
        Ok(Self {
            issuers: try_join_all(settings.issuers.into_iter().map(load)).await?,
            max_token_bytes: settings.max_token_bytes,
            refresh: Duration::from_secs(u64::from(settings.refresh_seconds.max(1))),
            remembered: Mutex::new(LruCache::new(settings.remembered)),
        })
    }

    /// Whether anybody's tokens can be verified: the keys of at least one issuer are there.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.issuers().any(|(_, has_keys)| has_keys)
    }

    /// Each issuer, and whether its keys are there.
    pub fn issuers(&self) -> impl Iterator<Item = (&str, bool)> {
        let told = |issuer: &'_ Issuer| !issuer.keys.current().is_empty();
        self.issuers
            .iter()
            .map(move |issuer| (issuer.settings.issuer.as_str(), told(issuer)))
    }

    /// Fetches keys again, each issuer's in its own time, for as long as the service runs.
    pub async fn keep_fresh(&self) {
        join_all(
            self.issuers
                .iter()
                .map(|issuer| issuer.keep_fresh(self.refresh)),
        )
        .await;
    }

    /// Fetches every issuer's keys now. What cannot be had stays as it was.
    pub async fn refresh(&self) {
        join_all(self.issuers.iter().map(Issuer::refresh)).await;
    }

    /// As [`Verifier::verify`]; when the token names a key that is not known, the issuer is asked once
    /// more before the token is refused, as often as [`TokenSettings::unknown_key_seconds`] allows.
    ///
    /// # Errors
    /// Why the token is not taken.
    pub async fn authenticate(&self, bearer: &str, now: Instant) -> Result<Claimant, TokenError> {
        match self.verify(bearer, now) {
            Err(TokenError::UnknownKey | TokenError::KeysUnavailable) => {}
            answer => return answer,
        }
        let parts = Parts::of(bearer)?;
        let (_, issuer) = self.issuer(&parts.claims)?;
        if let Err(error) = issuer.keys.refresh_for_unknown(now).await {
            issuer.complain(&error);
        }
        self.verify(bearer, now)
    }

    /// Whom the token names, if everything about it is right.
    ///
    /// # Errors
    /// Why the token is not taken.
    pub fn verify(&self, bearer: &str, now: Instant) -> Result<Claimant, TokenError> {
        if bearer.len() > self.max_token_bytes {
            return Err(TokenError::TooLong);
        }
        let fingerprint = Fingerprint::of(bearer);
        if let Some(claimant) = self.recall(fingerprint) {
            return if now < claimant.expires_at() {
                Ok(claimant)
            } else {
                Err(TokenError::Expired)
            };
        }
        let parts = Parts::of(bearer)?;
        let algorithm = algorithm(&parts.algorithm)?;
        let (index, issuer) = self.issuer(&parts.claims)?;
        if !issuer.settings.algorithms.contains(&algorithm) {
            return Err(TokenError::AlgorithmNotAllowed);
        }
        let keys = issuer.keys.current();
        check_signature(&keys, &parts, algorithm)?;
        let claimant = claimant(&parts.claims, &issuer.settings, fingerprint, now)?;
        self.remember(Remembered {
            claimant: claimant.clone(),
            issuer: index,
            generation: keys.generation,
        });
        Ok(claimant)
    }

    fn issuer(&self, claims: &Claims) -> Result<(usize, &Issuer), TokenError> {
        let named = claims.issuer()?;
        self.issuers
            .iter()
            .enumerate()
            .find(|(_, issuer)| issuer.settings.issuer == named)
            .ok_or(TokenError::OtherIssuer)
    }

    fn recall(&self, fingerprint: Fingerprint) -> Option<Claimant> {
        let mut remembered = self
            .remembered
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let found = remembered.get(&fingerprint)?;
        let generation = self.issuers.get(found.issuer)?.keys.current().generation;
        (found.generation == generation).then(|| found.claimant.clone())
    }

    fn remember(&self, fresh: Remembered) {
        let mut remembered = self
            .remembered
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if remembered.capacity() > 0 {
            remembered.insert(fresh.claimant.fingerprint(), fresh);
        }
    }

    #[cfg(test)]
    pub(super) fn remembered(&self) -> usize {
        self.remembered.lock().unwrap().len()
    }

    #[cfg(test)]
    pub(super) fn remembers(&self, bearer: &str) -> bool {
        let remembered = self.remembered.lock().unwrap();
        remembered.contains_key(&Fingerprint::of(bearer))
    }
}

fn algorithm(name: &str) -> Result<Algorithm, TokenError> {
    if name.eq_ignore_ascii_case("none") {
        return Err(TokenError::Unsigned);
    }
    if name.starts_with("HS") {
        return Err(TokenError::SharedSecret);
    }
    Algorithm::named(name).ok_or(TokenError::AlgorithmNotAllowed)
}

const fn signing(algorithm: Algorithm) -> Signing {
    match algorithm {
        Algorithm::Es256 => Signing::ES256,
        Algorithm::Es384 => Signing::ES384,
        Algorithm::Rs256 => Signing::RS256,
        Algorithm::Rs384 => Signing::RS384,
        Algorithm::Rs512 => Signing::RS512,
        Algorithm::Ps256 => Signing::PS256,
        Algorithm::Ps384 => Signing::PS384,
        Algorithm::Ps512 => Signing::PS512,
        Algorithm::EdDsa => Signing::EdDSA,
    }
}

fn check_signature(
    keys: &Arc<Keys>,
    parts: &Parts<'_>,
    algorithm: Algorithm,
) -> Result<(), TokenError> {
    if !keys.are_known() {
        return Err(TokenError::KeysUnavailable);
    }
    let named = parts.key_id.as_deref();
    let key = keys.find(named, algorithm).ok_or_else(|| {
        if keys.has(named) {
            TokenError::AlgorithmOfKey
        } else {
            TokenError::UnknownKey
        }
    })?;
    let fits = jsonwebtoken::crypto::verify(
        parts.signature,
        parts.signed.as_bytes(),
        &key.material,
        signing(algorithm),
    );
    match fits {
        Ok(true) => Ok(()),
        Ok(false) | Err(_) => Err(TokenError::BadSignature),
    }
}

/// What the claims of a token with a good signature come to.
fn claimant(
    claims: &Claims,
    settings: &IssuerSettings,
    fingerprint: Fingerprint,
    now: Instant,
) -> Result<Claimant, TokenError> {
    claims.check_use()?;
    let expires_at = within_its_time(claims, settings, now)?;
    claims.check_audience(&settings.audience)?;
    let (subject, client) = claims.subject(settings)?;
    let assurance = claims.assurance(settings, &subject)?;
    let commission = claims.hsa_id(&settings.commission_claim)?;
    check_limits(settings, &subject, client.as_deref())?;
    Ok(Claimant::verified(Inner {
        commission,
        assurance,
        subject,
        client,
        issuer: settings.issuer.clone(),
        expires_at,
        fingerprint,
    }))
}

/// The first instant at which the token no longer counts, if it has begun, has not ended, and does not live too
/// long: from when it was issued, or, where it does not say so, from now.
fn within_its_time(
    claims: &Claims,
    settings: &IssuerSettings,
    now: Instant,
) -> Result<Instant, TokenError> {
    let leeway = i64::from(settings.leeway_seconds);
    let ends = claims.instant("exp")?.ok_or(TokenError::NoExpiry)?;
    let expires_at = ends.plus_seconds(leeway);
    if now >= expires_at {
        return Err(TokenError::Expired);
    }
    for begins in ["nbf", "iat", &settings.auth_time_claim] {
        let at = claims.instant(begins)?;
        if at.is_some_and(|at| now.plus_seconds(leeway) < at) {
            return Err(TokenError::NotYetValid);
        }
    }
    let longest = i64::from(settings.max_lifetime_seconds);
    let issued = claims.instant("iat")?;
    if ends > issued.unwrap_or(now).plus_seconds(longest) {
        return Err(TokenError::LivesTooLong);
    }
    Ok(expires_at)
}

/// Whether the issuer may name whom the token names.
fn check_limits(
    settings: &IssuerSettings,
    subject: &Subject,
    client: Option<&str>,
) -> Result<(), TokenError> {
    let client = match subject {
        Subject::Person(hsa_id) => {
            let prefixes = &settings.hsa_id_prefixes;
            let begins = |prefix: &String| {
                let start = hsa_id.as_str().get(..prefix.len());
                start.is_some_and(|start| start.eq_ignore_ascii_case(prefix))
            };
            if !prefixes.is_empty() && !prefixes.iter().any(begins) {
                return Err(TokenError::PersonOutside);
            }
            client
        }
        Subject::Service(id) => Some(id.as_str()),
        Subject::Host => None,
    };
    let allowed = &settings.allowed_clients;
    let is_allowed = client.is_some_and(|client| allowed.iter().any(|one| one == client));
    if !allowed.is_empty() && !is_allowed {
        return Err(TokenError::ClientOutside);
    }
    Ok(())
}
