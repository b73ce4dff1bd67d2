//! An issuer's public keys: fetched at the start and now and then, kept when a fetch fails.

use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use jsonwebtoken::DecodingKey;
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, PublicKeyUse};
use tokio::io::AsyncReadExt;
use tokio::sync::Mutex;

use super::settings::{Algorithm, KeySource};
use crate::domain::Instant;

const MAX_BYTES: usize = 256 * 1024;
const MAX_KEYS: usize = 64;
const FETCH_TIMEOUT: Duration = Duration::from_secs(5);
/// How often an unknown key id may make us ask the issuer again.
const UNKNOWN_KEY_SECONDS: i64 = 60;

/// Why a key set could not be had.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file cannot be read.
    #[error("`{place}` cannot be read: {reason}")]
    Unreadable {
        /// The path or address.
        place: String,
        /// What the system said.
        reason: String,
    },
    /// The address did not answer with a key set.
    #[error("the key set `{place}` cannot be fetched: {reason}")]
    Unreachable {
        /// The address.
        place: String,
        /// What went wrong.
        reason: String,
    },
    /// It is not a JWK set.
    #[error("`{place}` is not a JWK set: expected a JSON object with an array `keys`")]
    NotAKeySet {
        /// The path or address.
        place: String,
    },
    /// It has no key that a signature can be checked with.
    #[error("the key set `{place}` has no public key for signatures (EC, RSA or Ed25519)")]
    NoKeys {
        /// The path or address.
        place: String,
    },
    /// The file of certificate authorities holds none.
    #[error("`{place}` holds no certificate authority: expected certificates in PEM")]
    NoAuthorities {
        /// The path.
        place: String,
    },
    /// It is bigger than any key set needs to be.
    #[error("the key set `{place}` is too big: at most {MAX_KEYS} keys in {MAX_BYTES} bytes")]
    TooBig {
        /// The path or address.
        place: String,
    },
}

/// One public key and what it may check.
#[derive(Debug)]
pub(super) struct Key {
    id: Option<String>,
    pub(super) material: DecodingKey,
    algorithms: Vec<Algorithm>,
}

impl Key {
    fn from_jwk(value: serde_json::Value) -> Option<Self> {
        let jwk: Jwk = serde_json::from_value(value).ok()?;
        if !matches!(
            jwk.common.public_key_use,
            None | Some(PublicKeyUse::Signature)
        ) {
            return None;
        }
        let mut algorithms = match &jwk.algorithm {
            AlgorithmParameters::EllipticCurve(ec) => match ec.curve {
                EllipticCurve::P256 => vec![Algorithm::Es256],
                EllipticCurve::P384 => vec![Algorithm::Es384],
                EllipticCurve::P521 | EllipticCurve::Ed25519 | _ => return None,
            },
            AlgorithmParameters::RSA(_) => vec![
                Algorithm::Rs256,
                Algorithm::Rs384,
                Algorithm::Rs512,
                Algorithm::Ps256,
                Algorithm::Ps384,
                Algorithm::Ps512,
            ],
            AlgorithmParameters::OctetKeyPair(_) => vec![Algorithm::EdDsa],
            AlgorithmParameters::OctetKey(_) | AlgorithmParameters::Other(_) | _ => return None,
        };
        if let Some(only) = jwk.common.key_algorithm {
            algorithms.retain(|algorithm| algorithm.name() == only.to_string());
        }
        let material = DecodingKey::from_jwk(&jwk).ok()?;
        (!algorithms.is_empty()).then_some(Self {
            id: jwk.common.key_id,
            material,
            algorithms,
        })
    }
}

/// The keys as of one fetch.
#[derive(Debug, Default)]
pub(super) struct Keys {
    /// Counts the fetches that changed something.
    pub(super) generation: u64,
    text: String,
    listed: Vec<Key>,
}

impl Keys {
    fn parse(place: &str, text: String) -> Result<Self, KeyError> {
        let wrong = || KeyError::NotAKeySet {
            place: place.to_owned(),
        };
        let mut document: serde_json::Value = serde_json::from_str(&text).map_err(|_| wrong())?;
        let Some(serde_json::Value::Array(listed)) =
            document.get_mut("keys").map(serde_json::Value::take)
        else {
            return Err(wrong());
        };
        if listed.len() > MAX_KEYS {
            return Err(KeyError::TooBig {
                place: place.to_owned(),
            });
        }
        let keys: Vec<Key> = listed.into_iter().filter_map(Key::from_jwk).collect();
        if keys.is_empty() {
            return Err(KeyError::NoKeys {
                place: place.to_owned(),
            });
        }
        Ok(Self {
            generation: 0,
            text,
            listed: keys,
        })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.listed.is_empty()
    }

    /// The key of that id; without an id, the only key there is.
    pub(super) fn find(&self, id: Option<&str>, algorithm: Algorithm) -> Option<&Key> {
        match (id, self.listed.as_slice()) {
            (Some(id), keys) => keys
                .iter()
                .find(|key| key.id.as_deref() == Some(id) && key.algorithms.contains(&algorithm)),
            (None, [only]) => Some(only).filter(|key| key.algorithms.contains(&algorithm)),
            (None, _) => None,
        }
    }
}

/// The keys of one issuer, as fresh as its source allows.
#[derive(Debug)]
pub(super) struct KeySet {
    source: KeySource,
    client: Option<reqwest::Client>,
    current: RwLock<Arc<Keys>>,
    last_asked: Mutex<Option<Instant>>,
}

impl KeySet {
    pub(super) fn new(source: KeySource, authorities: Option<&Path>) -> Result<Self, KeyError> {
        let client = match &source {
            KeySource::File(_) => None,
            KeySource::Url(url) => Some(client(url, authorities)?),
        };
        Ok(Self {
            source,
            client,
            current: RwLock::default(),
            last_asked: Mutex::default(),
        })
    }

    pub(super) fn current(&self) -> Arc<Keys> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn is_file(&self) -> bool {
        matches!(self.source, KeySource::File(_))
    }

    /// Fetches the keys again. Whatever goes wrong, the keys that were known stay.
    pub(super) async fn refresh(&self, now: Instant) -> Result<(), KeyError> {
        let mut last = self.last_asked.lock().await;
        self.fetch(now, &mut last).await
    }

    /// Fetches the keys again because a token named one that is not known; at most once a minute.
    pub(super) async fn refresh_for_unknown(&self, now: Instant) -> Result<bool, KeyError> {
        let mut last = self.last_asked.lock().await;
        let waits = last.is_some_and(|at| now < at.plus_seconds(UNKNOWN_KEY_SECONDS));
        if waits {
            return Ok(false);
        }
        self.fetch(now, &mut last).await.map(|()| true)
    }

    async fn fetch(&self, now: Instant, last: &mut Option<Instant>) -> Result<(), KeyError> {
        *last = Some(now);
        let place = self.source.to_string();
        let text = match (&self.source, &self.client) {
            (KeySource::Url(url), Some(client)) => fetch_text(client, url).await?,
            (KeySource::File(path), _) => read_text(path).await?,
            (KeySource::Url(_), None) => return Ok(()),
        };
        let mut fetched = Keys::parse(&place, text)?;
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        if current.text != fetched.text {
            fetched.generation = current.generation + 1;
            *current = Arc::new(fetched);
        }
        Ok(())
    }
}

/// Whether the file holds keys that signatures can be checked with.
///
/// # Errors
/// When it cannot be read or holds no such key.
pub fn check_key_set(path: &Path) -> Result<(), KeyError> {
    let place = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|error| KeyError::Unreadable {
        place: place.clone(),
        reason: error.to_string(),
    })?;
    Keys::parse(&place, text).map(drop)
}

/// Whether the file holds certificate authorities.
///
/// # Errors
/// When it cannot be read or holds none.
pub fn check_authorities(path: &Path) -> Result<(), KeyError> {
    read_authorities(path).map(drop)
}

fn read_authorities(path: &Path) -> Result<Vec<reqwest::Certificate>, KeyError> {
    let place = path.display().to_string();
    let text = std::fs::read(path).map_err(|error| KeyError::Unreadable {
        place: place.clone(),
        reason: error.to_string(),
    })?;
    match reqwest::Certificate::from_pem_bundle(&text) {
        Ok(authorities) if !authorities.is_empty() => Ok(authorities),
        Ok(_) | Err(_) => Err(KeyError::NoAuthorities { place }),
    }
}

fn client(url: &str, authorities: Option<&Path>) -> Result<reqwest::Client, KeyError> {
    let mut builder = reqwest::Client::builder()
        .timeout(FETCH_TIMEOUT)
        .redirect(reqwest::redirect::Policy::none());
    // Only this machine may be asked without encryption, so that never goes through a proxy.
    if url.starts_with("http://") {
        builder = builder.no_proxy();
    }
    // Whoever names an authority means that no other may vouch for the keys.
    if let Some(path) = authorities {
        builder = builder.tls_certs_only(read_authorities(path)?);
    }
    builder.build().map_err(|error| KeyError::Unreachable {
        place: url.to_owned(),
        reason: error.to_string(),
    })
}

async fn fetch_text(client: &reqwest::Client, url: &str) -> Result<String, KeyError> {
    let unreachable = |reason: String| KeyError::Unreachable {
        place: url.to_owned(),
        reason,
    };
    let mut response = client
        .get(url)
        .send()
        .await
        .and_then(reqwest::Response::error_for_status)
        .map_err(|error| unreachable(error.without_url().to_string()))?;
    if !response.status().is_success() {
        return Err(unreachable(format!("it answered {}", response.status())));
    }
    let mut body = Vec::new();
    while let Some(chunk) = response
        .chunk()
        .await
        .map_err(|error| unreachable(error.without_url().to_string()))?
    {
        if body.len() + chunk.len() > MAX_BYTES {
            return Err(KeyError::TooBig {
                place: url.to_owned(),
            });
        }
        body.extend_from_slice(&chunk);
    }
    String::from_utf8(body).map_err(|_| KeyError::NotAKeySet {
        place: url.to_owned(),
    })
}

async fn read_text(path: &Path) -> Result<String, KeyError> {
    let place = path.display().to_string();
    let unreadable = |error: std::io::Error| KeyError::Unreadable {
        place: place.clone(),
        reason: error.to_string(),
    };
    let file = tokio::fs::File::open(path).await.map_err(unreadable)?;
    let limit = u64::try_from(MAX_BYTES).unwrap_or(u64::MAX);
    let mut text = String::new();
    let read = file
        .take(limit.saturating_add(1))
        .read_to_string(&mut text)
        .await
        .map_err(unreadable)?;
    if read > MAX_BYTES {
        return Err(KeyError::TooBig { place });
    }
    Ok(text)
}
