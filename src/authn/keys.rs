//! An issuer's public keys: fetched at the start and now and then, kept when a fetch fails, gone when withdrawn.
//!
//! There are two reasons to fetch them, and neither is at the expense of the other: time has gone by, and a
//! token names a key that is not known. The second is anybody's to bring about, so it is bounded.

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use jsonwebtoken::DecodingKey;
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, PublicKeyUse};
use tokio::sync::Mutex;

use super::discovery::Document;
use super::fetch::{Fetcher, read_text};
use super::key_error::{KeyError, MAX_KEYS};
use super::settings::{Algorithm, IssuerSettings, KeySource};
use domain::{Instant, Named};

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
        Ok(Self {
            generation: 0,
            text,
            listed: listed.into_iter().filter_map(Key::from_jwk).collect(),
        })
    }

    fn check_not_empty(&self, place: String) -> Result<(), KeyError> {
        if self.is_empty() {
            return Err(KeyError::NoKeys { place });
        }
        Ok(())
    }

    /// Whether the issuer has said which keys it has, be it none.
    pub(super) fn are_known(&self) -> bool {
        self.generation > 0
    }

    pub(super) fn is_empty(&self) -> bool {
        self.listed.is_empty()
    }

    /// Whether there is a key of that id, for whatever algorithm; without an id, whether there is but one.
    pub(super) fn has(&self, id: Option<&str>) -> bool {
        match id {
            Some(id) => self.listed.iter().any(|key| key.id.as_deref() == Some(id)),
            None => self.listed.len() == 1,
        }
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
    source: Source,
    /// How many seconds apart unknown keys make us ask, at least.
    unknown_seconds: i64,
    current: RwLock<Arc<Keys>>,
    /// Held while the keys are fetched, so that whoever waits for them does not fetch them again.
    asked: Mutex<Asked>,
}

/// Where the keys are, with what it takes to get them.
#[derive(Debug)]
enum Source {
    File(PathBuf),
    Address(Fetcher, String),
    Discovery(Fetcher, Document),
}

#[derive(Debug, Default)]
struct Asked {
    /// When an unknown key made us ask.
    for_unknown: Option<Instant>,
    /// The address of the keys that the discovery document gave.
    discovered: Option<String>,
}

impl KeySet {
    /// The keys of that issuer, none of which has been fetched yet.
    pub(super) fn of(settings: &IssuerSettings, unknown_seconds: u32) -> Result<Self, KeyError> {
        let fetcher = |url: &str| Fetcher::of(url, settings.authorities.as_deref());
        let source = match &settings.keys {
            KeySource::File(path) => Source::File(path.clone()),
            KeySource::Url(url) => Source::Address(fetcher(url)?, url.clone()),
            KeySource::Discovery(url) => {
                let document = Document {
                    url: url.clone(),
                    issuer: settings.issuer.clone(),
                };
                Source::Discovery(fetcher(url)?, document)
            }
        };
        Ok(Self {
            source,
            unknown_seconds: unknown_seconds.into(),
            current: RwLock::default(),
            asked: Mutex::default(),
        })
    }

    pub(super) fn current(&self) -> Arc<Keys> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn is_file(&self) -> bool {
        matches!(self.source, Source::File(_))
    }

    /// Fetches the keys again, from where the issuer says now. Whatever goes wrong, what was known stays; a set
    /// without keys is none of that, and takes the place of what was known.
    pub(super) async fn refresh(&self) -> Result<(), KeyError> {
        let mut asked = self.asked.lock().await;
        if let Source::Discovery(fetcher, document) = &self.source {
            asked.discovered = Some(document.keys_address(fetcher).await?);
        }
        self.fetch(&mut asked).await
    }

    /// Fetches the keys again because a token named one that is not known, unless another token has made us
    /// do so a moment ago. When it comes back, the keys are as good as can be had.
    pub(super) async fn refresh_for_unknown(&self, now: Instant) -> Result<(), KeyError> {
        let mut asked = self.asked.lock().await;
        let before = asked.for_unknown;
        if before.is_some_and(|at| now < at.plus_seconds(self.unknown_seconds)) {
            return Ok(());
        }
        asked.for_unknown = Some(now);
        self.fetch(&mut asked).await
    }

    async fn fetch(&self, asked: &mut Asked) -> Result<(), KeyError> {
        let (place, text) = match &self.source {
            Source::File(path) => (path.display().to_string(), read_text(path).await?),
            Source::Address(fetcher, url) => (url.clone(), fetcher.text(url).await?),
            Source::Discovery(fetcher, document) => {
                let url = match &asked.discovered {
                    Some(url) => url.clone(),
                    None => document.keys_address(fetcher).await?,
                };
                asked.discovered = Some(url.clone());
                let text = fetcher.text(&url).await?;
                (url, text)
            }
        };
        // An issuer that publishes no key any more has withdrawn them all, which is no reason to keep them; but
        // it is something to complain about.
        let fetched = Keys::parse(&place, text)?;
        let any = fetched.check_not_empty(place);
        self.replace(fetched);
        any
    }

    /// Puts fetched keys in the place of those that were known, if they are others.
    fn replace(&self, mut fetched: Keys) {
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        if current.text != fetched.text {
            fetched.generation = current.generation + 1;
            *current = Arc::new(fetched);
        }
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
    Keys::parse(&place, text)?.check_not_empty(place)
}
