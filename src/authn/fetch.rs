//! Texts from files and addresses: never more than anybody needs, and never for longer than anybody waits.
//!
//! Apart from what the texts mean, because the discovery document and the key set it leads to come by the
//! same rules: no redirect is followed, and only this machine is asked without encryption.

use std::path::Path;
use std::time::Duration;

use tokio::io::AsyncReadExt;

use super::key_error::{KeyError, MAX_BYTES};
use domain::Words;
use domain::speaks::{verbatim, words};

/// How long one address may take to answer.
const TIMEOUT: Duration = Duration::from_secs(5);

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

/// Asks addresses.
#[derive(Debug)]
pub(super) struct Fetcher(reqwest::Client);

impl Fetcher {
    /// What asks `url` and what it leads to, vouched for by one of those authorities if there are any.
    pub(super) fn of(url: &str, authorities: Option<&Path>) -> Result<Self, KeyError> {
        let mut builder = reqwest::Client::builder()
            .timeout(TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            // It is asked so seldom that a connection that was kept would be a dead one.
            .pool_max_idle_per_host(0);
        // Only this machine may be asked without encryption, so that never goes through a proxy.
        if url.starts_with("http://") {
            builder = builder.no_proxy();
        }
        // Whoever names an authority means that no other may vouch for the keys.
        if let Some(path) = authorities {
            builder = builder.tls_certs_only(read_authorities(path)?);
        }
        builder
            .build()
            .map(Self)
            .map_err(|error| KeyError::Unreachable {
                place: url.to_owned(),
                reason: verbatim(error),
            })
    }

    /// The text at an address.
    pub(super) async fn text(&self, url: &str) -> Result<String, KeyError> {
        let unreachable = |reason: Words| KeyError::Unreachable {
            place: url.to_owned(),
            reason,
        };
        let mut response = self
            .0
            .get(url)
            .send()
            .await
            .and_then(reqwest::Response::error_for_status)
            .map_err(|error| unreachable(verbatim(error.without_url())))?;
        if !response.status().is_success() {
            return Err(unreachable(words!(
                "it answered {status}",
                "Den svarade {status}.",
                status = verbatim(response.status())
            )));
        }
        let mut body = Vec::new();
        while let Some(chunk) = response
            .chunk()
            .await
            .map_err(|error| unreachable(verbatim(error.without_url())))?
        {
            if body.len() + chunk.len() > MAX_BYTES {
                return Err(KeyError::TooBig {
                    place: url.to_owned(),
                });
            }
            body.extend_from_slice(&chunk);
        }
        String::from_utf8(body).map_err(|_| KeyError::NotText {
            place: url.to_owned(),
        })
    }
}

/// The text of a file.
pub(super) async fn read_text(path: &Path) -> Result<String, KeyError> {
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
