//! Pages of other origins that may call the service from a browser: those that are listed, and no others.
//!
//! Tokens are sent by the page itself, never by the browser, so no credentials are allowed.

use std::time::Duration;

use axum::http::header::{
    ACCEPT, ACCEPT_LANGUAGE, AUTHORIZATION, CONTENT_TYPE, HeaderName, RETRY_AFTER, WWW_AUTHENTICATE,
};
use axum::http::{HeaderValue, Method, Uri};
use tower_http::cors::{AllowOrigin, CorsLayer};

const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
/// How long a browser need not ask again.
const MAX_AGE: Duration = Duration::from_mins(10);

/// An origin as browsers write it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin(HeaderValue);

impl Origin {
    /// `https://app.example`, with a port if it is another; `http` only on this machine. Never `*`, and
    /// never `null`, which is everybody's.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let uri: Uri = text.parse().ok()?;
        let host = uri
            .host()
            .filter(|host| !host.is_empty() && !host.contains('*'))?;
        let here = matches!(host, "localhost" | "127.0.0.1" | "[::1]");
        let safe = match uri.scheme_str()? {
            "https" => uri.port_u16() != Some(443),
            "http" => here && uri.port_u16() != Some(80),
            _ => false,
        };
        // A browser writes no more than this, and in small letters.
        let bare = format!("{}://{}", uri.scheme_str()?, uri.authority()?.as_str());
        let plain = bare == text && !text.contains('@') && text == text.to_ascii_lowercase();
        (safe && plain).then(|| HeaderValue::from_str(text).ok().map(Self))?
    }
}

/// What tells browsers that pages of these origins may call.
pub(super) fn layer(origins: &[Origin]) -> CorsLayer {
    let origins = origins.iter().map(|origin| origin.0.clone());
    CorsLayer::new()
        .allow_origin(AllowOrigin::list(origins))
        .allow_methods([Method::GET, Method::POST])
        .allow_headers([
            ACCEPT,
            ACCEPT_LANGUAGE,
            AUTHORIZATION,
            CONTENT_TYPE,
            LAST_EVENT_ID,
            REQUEST_ID,
            TRACEPARENT,
        ])
        .expose_headers([REQUEST_ID, RETRY_AFTER, WWW_AUTHENTICATE])
        .max_age(MAX_AGE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_what_a_browser_would_write() {
        for good in [
            "https://app.example",
            "https://app.example:8443",
            "http://localhost:3000",
        ] {
            assert!(Origin::parse(good).is_some(), "{good}");
        }
        for bad in [
            "*",
            "null",
            "",
            "https://*",
            "https://*.example",
            "https://app.example/",
            "https://app.example/app",
            "https://app.example:443",
            "https://App.example",
            "https://user@app.example",
            "http://app.example",
            "ftp://app.example",
            "app.example",
            "https://",
        ] {
            assert!(Origin::parse(bad).is_none(), "{bad}");
        }
    }
}
