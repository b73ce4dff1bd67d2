//! Answers that are not the result of an operation: one shape, one status for each code.

use axum::body::Body;
use axum::http::header::{ALLOW, CONNECTION, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderName, HeaderValue, Response, StatusCode};
use axum::response::IntoResponse;
use serde_json::json;

use super::message::Media;
use crate::authn::TokenError;
use crate::graphql::errors::ErrorCode;

/// Why a request goes no further.
#[derive(Debug)]
pub(super) struct Refusal {
    status: StatusCode,
    code: ErrorCode,
    message: String,
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
    pub(super) fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self {
            status: status_of(code),
            code,
            message: message.into(),
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
        Self::new(ErrorCode::BadRequest, "the method is not allowed here")
            .status(StatusCode::METHOD_NOT_ALLOWED)
            .header(ALLOW, allowed)
    }

    /// No token at all: the challenge names no error (RFC 6750, section 3.1).
    pub(super) fn no_token() -> Self {
        Self::new(ErrorCode::Unauthenticated, "a bearer token is needed")
            .header(WWW_AUTHENTICATE, challenge(&[]))
    }

    pub(super) fn token(error: TokenError) -> Self {
        if error == TokenError::KeysUnavailable {
            return Self::unavailable("tokens cannot be verified now");
        }
        Self::invalid_token(&error.to_string())
    }

    pub(super) fn invalid_token(why: &str) -> Self {
        Self::new(ErrorCode::Unauthenticated, why).header(
            WWW_AUTHENTICATE,
            challenge(&[("error", "invalid_token"), ("error_description", why)]),
        )
    }

    /// Whether the request turned out to come from nobody we know.
    pub(super) fn is_stranger(&self) -> bool {
        self.code == ErrorCode::Unauthenticated
    }

    pub(super) fn unavailable(why: &str) -> Self {
        Self::new(ErrorCode::Unavailable, why).header(RETRY_AFTER, "1")
    }

    pub(super) fn too_many_events(seconds: u64) -> Self {
        let why = "the caller has caused more events than it may: nothing was decided";
        Self::new(ErrorCode::RateLimited, why).header(RETRY_AFTER, seconds.to_string())
    }

    pub(super) fn rate_limited(seconds: u64) -> Self {
        Self::new(ErrorCode::RateLimited, "there have been too many requests")
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

impl IntoResponse for Refusal {
    fn into_response(self) -> Response<Body> {
        let body = json!({
            "errors": [{ "message": self.message, "extensions": { "code": self.code.name() } }]
        });
        let mut response = Response::new(Body::from(body.to_string()));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, self.media.header());
        if let Some((name, value)) = self.header
            && let Ok(value) = HeaderValue::try_from(value)
        {
            headers.insert(name, value);
        }
        response
    }
}
