//! Answers that are not the result of an operation: one shape, one status for each code.
//!
//! `WWW-Authenticate` is in English whatever the caller reads: it is for programs, and what describes an error in it
//! is for developers and holds nothing but ASCII (RFC 6750, section 3; RFC 9110, section 11.6.1).

use std::sync::Arc;

use axum::body::Body;
use axum::http::header::{ALLOW, CONNECTION, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderName, HeaderValue, Response, StatusCode};
use axum::response::IntoResponse;
use serde_json::json;

use super::media::Media;
use authn::TokenError;
use domain::Named;
use domain::{Language, Words};
use graphql::errors::ErrorCode;

const METHOD: Words = Words::new(
    "the method is not allowed here: `Allow` says which are",
    "Metoden är inte tillåten här. `Allow` visar vilka som är det.",
);

/// Why a request goes no further.
#[derive(Debug)]
pub(super) struct Refusal {
    status: StatusCode,
    code: ErrorCode,
    message: Words,
    header: Option<(HeaderName, String)>,
    media: Media,
}

/// The status of a response without data.
pub(super) const fn status_of(code: ErrorCode) -> StatusCode {
    match code {
        ErrorCode::BadRequest
        | ErrorCode::GraphqlParseFailed
        | ErrorCode::GraphqlValidationFailed
        | ErrorCode::BadUserInput
        | ErrorCode::QueryTooLarge
        | ErrorCode::QueryTooComplex => StatusCode::BAD_REQUEST,
        ErrorCode::Unauthenticated | ErrorCode::InsufficientUserAuthentication => {
            StatusCode::UNAUTHORIZED
        }
        ErrorCode::Forbidden => StatusCode::FORBIDDEN,
        ErrorCode::NotFound => StatusCode::NOT_FOUND,
        ErrorCode::Conflict => StatusCode::CONFLICT,
        ErrorCode::RateLimited => StatusCode::TOO_MANY_REQUESTS,
        // Not 503: to a proxy that says that nothing can be answered here.
        ErrorCode::Timeout => StatusCode::GATEWAY_TIMEOUT,
        ErrorCode::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        ErrorCode::InternalServerError => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

impl Refusal {
    pub(super) fn new(code: ErrorCode, message: Words) -> Self {
        Self {
            status: status_of(code),
            code,
            message,
            header: None,
            media: Media::Json,
        }
    }

    pub(super) fn status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    pub(super) fn media(mut self, media: Media) -> Self {
        self.media = media;
        self
    }

    fn header(mut self, name: HeaderName, value: impl Into<String>) -> Self {
        self.header = Some((name, value.into()));
        self
    }

    /// The connection ends with the answer: what is still to come on it is not read.
    pub(super) fn closing(self) -> Self {
        self.header(CONNECTION, "close")
    }

    pub(super) fn method(allowed: &str) -> Self {
        Self::new(ErrorCode::BadRequest, METHOD)
            .status(StatusCode::METHOD_NOT_ALLOWED)
            .header(ALLOW, allowed)
    }

    /// No token at all: the challenge names no error (RFC 6750, section 3.1).
    pub(super) fn no_token() -> Self {
        let needed = Words::new(
            "a bearer token is needed: send `Authorization: Bearer …`",
            "Det behövs en inloggning. Skicka `Authorization: Bearer …`.",
        );
        Self::new(ErrorCode::Unauthenticated, needed).header(WWW_AUTHENTICATE, challenge(&[]))
    }

    pub(super) fn token(error: TokenError) -> Self {
        if error == TokenError::KeysUnavailable {
            return Self::unavailable(Words::new(
                "tokens cannot be verified now: try again",
                "Inloggningar går inte att pröva just nu. Försök igen.",
            ));
        }
        Self::invalid_token(error.words())
    }

    /// The token is not taken, for that reason.
    pub(super) fn invalid_token(why: Words) -> Self {
        let described = why.spoken(Language::English);
        let challenge = challenge(&[("error", "invalid_token"), ("error_description", described)]);
        Self::new(ErrorCode::Unauthenticated, why).header(WWW_AUTHENTICATE, challenge)
    }

    /// Whether the request turned out to come from nobody we know.
    pub(super) fn is_stranger(&self) -> bool {
        self.code == ErrorCode::Unauthenticated
    }

    pub(super) fn unavailable(why: Words) -> Self {
        Self::new(ErrorCode::Unavailable, why).header(RETRY_AFTER, "1")
    }

    pub(super) fn too_many_events(why: Words, seconds: u64) -> Self {
        Self::new(ErrorCode::RateLimited, why).header(RETRY_AFTER, seconds.to_string())
    }

    pub(super) fn rate_limited(seconds: u64) -> Self {
        Self::new(ErrorCode::RateLimited, ErrorCode::RateLimited.words())
            .header(RETRY_AFTER, seconds.to_string())
    }
}

/// A `WWW-Authenticate` value for bearer tokens.
pub(super) fn challenge(parameters: &[(&str, &str)]) -> String {
    let mut text = String::from("Bearer realm=\"behorig\"");
    for (name, value) in parameters {
        // What a quoted string cannot hold is left out rather than escaped: nobody needs it.
        let plain: String = value
            .chars()
            .filter(|c| matches!(c, ' '..='~') && !matches!(c, '"' | '\\'))
            .collect();
        text.extend([", ", *name, "=\"", &plain, "\""]);
    }
    text
}

impl Refusal {
    fn body(&self, language: Language) -> Body {
        Body::from(self.text(language))
    }

    pub(super) fn text(&self, language: Language) -> String {
        let message = self.message.spoken(language);
        let body = json!({ "errors": [{ "message": message, "extensions": { "code": self.code.name() } }] });
        body.to_string()
    }
}

/// In English, with what else could be said.
impl IntoResponse for Refusal {
    fn into_response(self) -> Response<Body> {
        let mut response = Response::new(self.body(Language::English));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, self.media.header());
        if let Some((name, value)) = &self.header
            && let Ok(value) = HeaderValue::try_from(value)
        {
            headers.insert(name, value);
        }
        response.extensions_mut().insert(Arc::new(self));
        response
    }
}

/// The response in the language of whoever asked, where it is a refusal: what refuses does not know it.
pub(super) fn spoken(mut response: Response<Body>, language: Language) -> Response<Body> {
    let said = response.extensions_mut().remove::<Arc<Refusal>>();
    if let Some(refusal) = said.filter(|_| language != Language::English) {
        *response.body_mut() = refusal.body(language);
    }
    response
}

#[cfg(test)]
mod tests {
    use strum::VariantArray;

    use super::*;

    #[test]
    fn callers_are_told_every_code_with_its_status() {
        let manual = include_str!("../../README.md");
        let told = manual.lines().filter_map(|line| {
            let mut cells = line.strip_prefix("| `")?.split(" | ");
            let code = ErrorCode::named(cells.next()?.trim_end_matches('`'))?;
            Some((code.name(), cells.next()?.to_owned()))
        });
        let told: Vec<(&str, String)> = told.collect();
        let there = ErrorCode::VARIANTS.iter();
        let there: Vec<(&str, String)> = there
            .map(|code| (code.name(), status_of(*code).as_u16().to_string()))
            .collect();
        assert_eq!(told, there);
    }
}
