//! Every request has an id and a trace, every answer the same headers, and every pair one log line.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant as Wall;

use axum::extract::{MatchedPath, Request, State};
use axum::http::header::ACCEPT_LANGUAGE;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Response, header};
use axum::middleware::Next;
use tracing::Instrument as _;

use super::Edge;
use super::connection::Arrival;
use super::refusal::spoken;
use domain::text::Reference;
use domain::{Instant, Language};
use graphql::execute::{RequestMeta, Waiting};

/// The longest `Accept-Language` that is looked at.
const MAX_LANGUAGE_BYTES: usize = 256;
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What a request is called, and where it comes from.
#[derive(Debug, Clone)]
pub(super) struct Identity {
    pub(super) request_id: String,
    pub(super) trace_id: String,
    /// The client's address; `None`: no trusted proxy knows it.
    pub(super) client: Option<IpAddr>,
}

impl Edge {
    /// What is known of a request besides what it asks.
    pub(super) fn meta(
        &self,
        identity: Identity,
        headers: &HeaderMap,
        received_at: Instant,
        waiting: Waiting,
    ) -> RequestMeta {
        let zone = identity
            .client
            .and_then(|client| self.settings.network_zones.zone(client));
        RequestMeta {
            request_id: identity.request_id,
            trace_id: identity.trace_id,
            received_at,
            client: identity.client,
            network_zone: zone.map(str::to_owned),
            accept_language: language(headers),
            waiting,
        }
    }
}

fn language(headers: &HeaderMap) -> Option<String> {
    headers
        .get(ACCEPT_LANGUAGE)
        .and_then(|value| value.to_str().ok())
        .filter(|text| text.len() <= MAX_LANGUAGE_BYTES)
        .map(str::to_owned)
}

/// Names the request, and logs how it was answered.
pub(super) async fn identify(
    State(edge): State<Arc<Edge>>,
    mut request: Request,
    next: Next,
) -> Response<axum::body::Body> {
    let identity = Identity {
        request_id: request_id(request.headers())
            .unwrap_or_else(|| edge.clock.uuid().hyphenated().to_string()),
        trace_id: trace_id(request.headers())
            .unwrap_or_else(|| edge.clock.uuid().simple().to_string()),
        client: request.extensions().get::<Arrival>().and_then(|arrival| {
            edge.settings
                .proxies
                .client(request.headers(), arrival.peer)
        }),
    };
    // The route, not the address: an address may hold anything.
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or_else(|| "-".to_owned(), |path| path.as_str().to_owned());
    let span = tracing::info_span!(
        "request",
        request_id = %identity.request_id,
        trace_id = %identity.trace_id,
        method = %request.method(),
        route,
    );
    let echoed = HeaderValue::try_from(identity.request_id.as_str());
    request.extensions_mut().insert(identity);
    let wanted = Language::preferred(language(request.headers()).as_deref());
    let began = Wall::now();
    let response = next.run(request).instrument(span.clone()).await;
    let mut response = spoken(response, wanted);
    let headers = response.headers_mut();
    if let Ok(id) = echoed {
        headers.insert(REQUEST_ID, id);
    }
    guard(headers);
    span.in_scope(|| {
        let microseconds = began.elapsed().as_micros();
        tracing::info!(
            status = response.status().as_u16(),
            microseconds,
            "answered"
        );
    });
    response
}

/// Nothing of ours is a page, is framed, is guessed at or is kept by a cache.
fn guard(headers: &mut HeaderMap) {
    for (name, value) in [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; frame-ancestors 'none'",
        ),
        (
            HeaderName::from_static("cross-origin-resource-policy"),
            "same-origin",
        ),
        (header::CACHE_CONTROL, "no-store"),
    ] {
        headers
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    }
    let varies = HeaderValue::from_static("accept, authorization, accept-language");
    headers.append(header::VARY, varies);
}

/// What a header says, if it can stand in clear in the log.
fn in_clear(text: &str) -> Option<String> {
    text.parse::<Reference>().ok().map(String::from)
}

/// The caller's request id, if it is plain enough to log and holds no personal number.
fn request_id(headers: &HeaderMap) -> Option<String> {
    let text = headers.get(REQUEST_ID)?.to_str().ok()?;
    let plain = text
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'));
    let sized = plain && (16..=64).contains(&text.len());
    in_clear(text).filter(|_| sized)
}

/// The trace id of a W3C `traceparent`.
fn trace_id(headers: &HeaderMap) -> Option<String> {
    let text = headers.get("traceparent")?.to_str().ok()?;
    let mut parts = text.split('-');
    let (version, trace, parent, flags) =
        (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let hex = |part: &str, length: usize| {
        part.len() == length
            && part
                .bytes()
                .all(|b| b.is_ascii_digit() || matches!(b, b'a'..=b'f'))
    };
    let right = hex(version, 2)
        && version != "ff"
        && (version != "00" || parts.next().is_none())
        && hex(trace, 32)
        && hex(parent, 16)
        && hex(flags, 2)
        && trace.bytes().any(|b| b != b'0')
        && parent.bytes().any(|b| b != b'0');
    in_clear(trace).filter(|_| right)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: &'static str, value: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(name, HeaderValue::from_str(value).unwrap());
        headers
    }

    #[test]
    fn a_request_id_that_could_be_a_personal_number_is_not_taken() {
        for good in ["0192f0c1-7b1e-7d4c-9a55-1f2e3d4c5b6a", "4bf92f3577b34da6"] {
            let taken = request_id(&headers("x-request-id", good));
            assert_eq!(taken.as_deref(), Some(good));
        }
        for bad in [
            "191212121212",
            "19121212-1212",
            "request-19121212-1212",
            "0000191212121212",
            "request-for-19810829M071",
            "a b c d e f g h i j",
            "x",
            "",
        ] {
            assert_eq!(request_id(&headers("x-request-id", bad)), None, "{bad}");
        }
    }

    #[test]
    fn only_a_well_formed_traceparent_is_followed() {
        let good = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        let taken = trace_id(&headers("traceparent", good));
        assert_eq!(taken.as_deref(), Some("4bf92f3577b34da6a3ce929d0e0e4736"));
        for bad in [
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-x",
            "00-00000000000000000000191212121212-00f067aa0ba902b7-01",
            "garbage",
        ] {
            assert_eq!(trace_id(&headers("traceparent", bad)), None, "{bad}");
        }
    }
}
