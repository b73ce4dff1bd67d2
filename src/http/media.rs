//! The media types of answers, and which of them a caller takes.

use axum::http::header::ACCEPT;
use axum::http::{HeaderMap, HeaderValue};

/// The media types of responses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Media {
    /// `application/json`: errors in the document are 200, as older clients expect.
    Json,
    /// `application/graphql-response+json`: the status says what happened.
    GraphqlResponse,
}

/// What a caller takes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Accepted {
    /// The media type of whole documents that it prefers; `None`: none that we have.
    pub(super) document: Option<Media>,
    /// Whether it takes a stream of events, and says so by name.
    pub(super) events: bool,
    /// Whether it prefers that even for a single answer.
    pub(super) events_first: bool,
}

impl Accepted {
    /// What the headers say.
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let mut wanted: Vec<(u16, &str)> = Vec::new();
        for value in headers.get_all(ACCEPT) {
            let Ok(text) = value.to_str() else { continue };
            wanted.extend(text.split(',').take(32).filter_map(range));
        }
        if wanted.is_empty() && !headers.contains_key(ACCEPT) {
            wanted.push((1_000, "application/json"));
        }
        wanted.sort_by_key(|(quality, _)| std::cmp::Reverse(*quality));
        wanted.retain(|(quality, _)| *quality > 0);
        let kinds = || wanted.iter().map(|(_, kind)| *kind);
        let place = |found: &dyn Fn(&str) -> bool| kinds().position(found);
        let is_events = |kind: &str| kind.eq_ignore_ascii_case("text/event-stream");
        let events = place(&is_events);
        let document = place(&|kind| Media::named(kind).is_some());
        Self {
            document: kinds().find_map(Media::named),
            events: events.is_some(),
            events_first: events.is_some_and(|events| document.is_none_or(|other| events < other)),
        }
    }
}

impl Media {
    fn named(kind: &str) -> Option<Self> {
        match kind.to_ascii_lowercase().as_str() {
            "application/graphql-response+json" => Some(Self::GraphqlResponse),
            "application/json" | "application/*" | "*/*" => Some(Self::Json),
            _ => None,
        }
    }

    pub(super) const fn header(self) -> HeaderValue {
        match self {
            Self::Json => HeaderValue::from_static("application/json; charset=utf-8"),
            Self::GraphqlResponse => {
                HeaderValue::from_static("application/graphql-response+json; charset=utf-8")
            }
        }
    }
}

/// A media range, or a coding, with its quality in thousandths.
pub(super) fn range(text: &str) -> Option<(u16, &str)> {
    let mut parts = text.split(';').map(str::trim);
    let kind = parts.next().filter(|kind| !kind.is_empty())?;
    let quality = parts
        .find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")))
        .map_or(Some(1.0), |q| q.parse::<f32>().ok())
        .filter(|q| (0.0..=1.0).contains(q))?;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the range has just been checked"
    )]
    Some(((quality * 1_000.0) as u16, kind))
}
