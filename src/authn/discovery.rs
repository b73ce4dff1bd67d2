//! What an issuer says of itself: its discovery document (OpenID Connect Discovery 1.0, section 4).
//!
//! Of all that stands in one, only where the keys are is taken, and only from a document that names the very
//! issuer it was asked of: what to accept is for the settings to say.

use serde::Deserialize;

use super::fetch::Fetcher;
use super::key_error::KeyError;
use super::settings::KeySource;
use domain::Words;
use domain::speaks::{Speaks, verbatim, words};

/// A discovery document: where it is, and whose.
#[derive(Debug)]
pub(super) struct Document {
    /// Its address.
    pub(super) url: String,
    /// The issuer that it has to name.
    pub(super) issuer: String,
}

/// What of it is read.
#[derive(Deserialize)]
struct Metadata {
    issuer: String,
    jwks_uri: String,
}

impl Document {
    /// The address of the issuer's keys, as the document says now.
    pub(super) async fn keys_address(&self, fetcher: &Fetcher) -> Result<String, KeyError> {
        let text = fetcher.text(&self.url).await?;
        self.read(&text).map_err(|problem| KeyError::NotDiscovery {
            place: self.url.clone(),
            problem,
        })
    }

    /// The address of the keys in the document's text, or what is wrong with it.
    fn read(&self, text: &str) -> Result<String, Words> {
        let metadata: Metadata = serde_json::from_str(text).map_err(|_| {
            Words::new(
                "expected a JSON object with `issuer` and `jwks_uri`",
                "Det ska vara ett JSON-objekt med `issuer` och `jwks_uri`.",
            )
        })?;
        if metadata.issuer != self.issuer {
            return Err(words!(
                "its `issuer` is `{found}`: expected `{expected}`, letter by letter",
                "Dess `issuer` är `{found}`. Det ska vara `{expected}`, bokstav för bokstav.",
                found = verbatim(short(&metadata.issuer)),
                expected = verbatim(&self.issuer)
            ));
        }
        let wrong = |problem: Words| {
            words!(
                "its `jwks_uri` is `{named}`, which {problem}: expected an https address",
                "Dess `jwks_uri` är `{named}`, som {problem}. Det ska vara en https-adress.",
                named = verbatim(short(&metadata.jwks_uri)),
                problem
            )
        };
        match metadata.jwks_uri.parse() {
            Ok(KeySource::Url(keys)) if self.is_encrypted() && !keys.starts_with("https://") => {
                Err(wrong(Words::part(
                    "is less protected than the document",
                    "är sämre skyddad än dokumentet",
                )))
            }
            Ok(KeySource::Url(keys)) => Ok(keys),
            Ok(KeySource::File(_) | KeySource::Discovery(_)) => {
                Err(wrong(Words::part("is no address", "inte är någon adress")))
            }
            Err(error) => Err(wrong(error.words())),
        }
    }

    fn is_encrypted(&self) -> bool {
        self.url.starts_with("https://")
    }
}

/// The beginning of what somebody else has written, for a line of the log.
fn short(text: &str) -> String {
    text.chars().take(200).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(issuer: &str) -> Document {
        let Ok(KeySource::Discovery(url)) = KeySource::discovered(issuer) else {
            panic!("{issuer} has no document")
        };
        Document {
            url,
            issuer: issuer.to_owned(),
        }
    }

    fn read(issuer: &str, named: &str, keys: &str) -> Result<String, Words> {
        let text = serde_json::json!({ "issuer": named, "jwks_uri": keys, "more": [1] });
        document(issuer).read(&text.to_string())
    }

    #[test]
    fn the_document_is_found_by_the_issuers_name() {
        for (issuer, url) in [
            (
                "https://idp.example",
                "https://idp.example/.well-known/openid-configuration",
            ),
            (
                "https://idp.example/",
                "https://idp.example/.well-known/openid-configuration",
            ),
            (
                "https://idp.example/realms/care",
                "https://idp.example/realms/care/.well-known/openid-configuration",
            ),
        ] {
            assert_eq!(document(issuer).url, url);
        }
    }

    #[test]
    fn only_the_issuer_that_was_asked_for_is_believed() {
        let keys = "https://keys.example/jwks";
        let asked = "https://idp.example";
        assert_eq!(read(asked, asked, keys).as_deref(), Ok(keys));
        for other in [
            "https://idp.example/",
            "https://IDP.example",
            "https://evil.example",
            "",
        ] {
            let problem = read(asked, other, keys).unwrap_err();
            assert!(
                problem.to_string().contains("letter by letter"),
                "{problem}"
            );
        }
    }

    #[test]
    fn keys_are_never_looked_for_where_others_could_put_them() {
        let here = "http://127.0.0.1:9/idp";
        for (issuer, keys, part) in [
            ("https://idp.example", "/etc/keys.json", "is no address"),
            ("https://idp.example", "file:///etc/keys.json", "is empty"),
            (
                "https://idp.example",
                "http://idp.example/jwks",
                "not encrypted",
            ),
            (
                "https://idp.example",
                "http://127.0.0.1/jwks",
                "less protected",
            ),
            (
                "https://idp.example",
                "https://a:b@idp.example/",
                "password",
            ),
            (here, "http://idp.example/jwks", "not encrypted"),
        ] {
            let problem = read(issuer, issuer, keys).unwrap_err();
            assert!(problem.to_string().contains(part), "{keys}: {problem}");
        }
        let keys = "http://127.0.0.1:9/idp/jwks";
        assert_eq!(read(here, here, keys).as_deref(), Ok(keys));
    }

    #[test]
    fn what_is_no_document_says_what_would_be_one() {
        for text in ["", "[]", "{}", r#"{"issuer": 1, "jwks_uri": "x"}"#] {
            let problem = document("https://idp.example").read(text).unwrap_err();
            assert!(problem.to_string().contains("`jwks_uri`"), "{problem}");
        }
    }
}
