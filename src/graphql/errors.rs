//! Every error that leaves the service has a code from one published list and says nothing internal.
//!
//! Apart from the resolvers because most errors that a client meets are the library's own: they come
//! without a code and repeat what was sent. [`Coded`] gives each of them its code, for every transport.
//! To add a code: a variant here, its place in [`ErrorCode::ALL`], and its status in `http`.

use std::sync::Arc;

use async_graphql::async_trait::async_trait;
use async_graphql::extensions::{
    Extension, ExtensionContext, ExtensionFactory, NextParseQuery, NextRequest, NextSubscribe,
    NextValidation,
};
use async_graphql::parser::types::ExecutableDocument;
use async_graphql::{
    ErrorExtensionValues, Pos, Response, ServerError, ServerResult, ValidationResult, Value,
    Variables,
};
use futures_util::StreamExt as _;
use futures_util::stream::BoxStream;

/// The most errors that one response holds.
const MAX_ERRORS: usize = 20;

/// What went wrong, as clients read it in `extensions.code`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorCode {
    /// The request is not a GraphQL request.
    BadRequest,
    /// The document is not GraphQL.
    GraphqlParseFailed,
    /// The document does not fit the schema.
    GraphqlValidationFailed,
    /// A value that was sent cannot be used.
    BadUserInput,
    /// There is no valid token.
    Unauthenticated,
    /// Only a stronger or more recent sign-in is missing.
    InsufficientUserAuthentication,
    /// The caller may not.
    Forbidden,
    /// There is no such thing, or the caller may not know of it.
    NotFound,
    /// The request contradicts what has happened meanwhile.
    Conflict,
    /// The request is bigger than the published limits.
    QueryTooLarge,
    /// The request would cost more than the published limits.
    QueryTooComplex,
    /// Too many requests.
    RateLimited,
    /// There was no answer in time.
    Timeout,
    /// The service cannot answer now.
    Unavailable,
    /// The service is at fault.
    InternalServerError,
}

impl ErrorCode {
    /// Every code with its name on the wire.
    pub const ALL: &'static [(Self, &'static str)] = &[
        (Self::BadRequest, "BAD_REQUEST"),
        (Self::GraphqlParseFailed, "GRAPHQL_PARSE_FAILED"),
        (Self::GraphqlValidationFailed, "GRAPHQL_VALIDATION_FAILED"),
        (Self::BadUserInput, "BAD_USER_INPUT"),
        (Self::Unauthenticated, "UNAUTHENTICATED"),
        (
            Self::InsufficientUserAuthentication,
            "INSUFFICIENT_USER_AUTHENTICATION",
        ),
        (Self::Forbidden, "FORBIDDEN"),
        (Self::NotFound, "NOT_FOUND"),
        (Self::Conflict, "CONFLICT"),
        (Self::QueryTooLarge, "QUERY_TOO_LARGE"),
        (Self::QueryTooComplex, "QUERY_TOO_COMPLEX"),
        (Self::RateLimited, "RATE_LIMITED"),
        (Self::Timeout, "TIMEOUT"),
        (Self::Unavailable, "UNAVAILABLE"),
        (Self::InternalServerError, "INTERNAL_SERVER_ERROR"),
    ];

    /// The code's name on the wire.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL
            .iter()
            .find(|(code, _)| *code == self)
            .map_or("INTERNAL_SERVER_ERROR", |(_, name)| name)
    }

    /// The code of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .find(|(_, known)| *known == name)
            .map(|(code, _)| *code)
    }

    /// The code that an error carries.
    #[must_use]
    pub fn of(error: &ServerError) -> Option<Self> {
        match error.extensions.as_ref()?.get("code")? {
            Value::String(name) => Self::named(name),
            Value::Enum(name) => Self::named(name),
            Value::Null
            | Value::Number(_)
            | Value::Boolean(_)
            | Value::Binary(_)
            | Value::List(_)
            | Value::Object(_) => None,
        }
    }
}

/// An error with its code.
#[must_use]
pub fn error(code: ErrorCode, message: impl Into<String>, at: Option<Pos>) -> ServerError {
    coded(ServerError::new(message, at), code)
}

fn coded(mut error: ServerError, code: ErrorCode) -> ServerError {
    error
        .extensions
        .get_or_insert_with(ErrorExtensionValues::default)
        .set("code", code.name());
    error
}

/// What the parser said, without the lines of the document that it repeats.
#[must_use]
pub fn parse_failed(failed: ServerError) -> ServerError {
    if ErrorCode::of(&failed).is_some() {
        return failed;
    }
    let too_deep = failed.message.starts_with("recursion limit")
        || failed.message.starts_with("The recursion depth")
        || failed.message.starts_with("The number of directives");
    if too_deep {
        return with_message(
            failed,
            ErrorCode::QueryTooComplex,
            "the document is nested too deep or has too many directives",
        );
    }
    let message = match failed.message.rsplit_once("= expected ") {
        Some((_, expected)) => format!("the document is not GraphQL: expected {}", expected.trim()),
        None => "the document is not GraphQL, or its operations are not told apart".to_owned(),
    };
    with_message(failed, ErrorCode::GraphqlParseFailed, message)
}

fn with_message(
    mut error: ServerError,
    code: ErrorCode,
    message: impl Into<String>,
) -> ServerError {
    error.message = message.into();
    coded(error, code)
}

fn invalid(error: ServerError) -> ServerError {
    if ErrorCode::of(&error).is_some() {
        return error;
    }
    let message = error.message.as_str();
    if message.starts_with("Query is nested") {
        return with_message(
            error,
            ErrorCode::QueryTooComplex,
            "the query would cost more than the published limits allow",
        );
    }
    if message.starts_with("Invalid value for argument")
        || message.starts_with("Invalid default value")
    {
        let quiet = message
            .split_once(" does not contain the value ")
            .map_or(message, |(kept, _)| kept)
            .to_owned();
        let quiet = if quiet.len() < message.len() {
            format!("{quiet} has no such value")
        } else {
            quiet
        };
        return with_message(error, ErrorCode::BadUserInput, quiet);
    }
    coded(error, ErrorCode::GraphqlValidationFailed)
}

/// What is left without a code when the request is done: the choice of operation, values that could
/// not be read, and faults of our own.
fn leftover(error: ServerError) -> ServerError {
    if ErrorCode::of(&error).is_some() {
        return error;
    }
    let message = error.message.as_str();
    if message.starts_with("Unknown operation named") {
        return with_message(
            error,
            ErrorCode::BadRequest,
            "the document has no operation of the name that was asked for",
        );
    }
    if message.starts_with("Operation name required") {
        return with_message(
            error,
            ErrorCode::BadRequest,
            "the document has several operations: say which with `operationName`",
        );
    }
    if message.starts_with("Subscriptions are not supported")
        || message.starts_with("Schema is not configured for")
    {
        return with_message(
            error,
            ErrorCode::BadRequest,
            "the operation's kind is not served here",
        );
    }
    if let Some(said) = unreadable(message) {
        return with_message(error, ErrorCode::BadUserInput, said);
    }
    tracing::error!(path = ?error.path, "a resolver failed without saying how");
    with_message(
        error,
        ErrorCode::InternalServerError,
        "the service failed to answer",
    )
}

/// The library's words about a value of the wrong form, without the value.
fn unreadable(message: &str) -> Option<String> {
    if let Some(rest) = message.strip_prefix("Failed to parse \"") {
        let (kind, reason) = rest.split_once('"')?;
        let reason = reason.trim_start_matches(": ");
        // Our own parsers name what they were given first, in backticks.
        let reason = reason
            .strip_prefix('`')
            .and_then(|given| given.split_once('`'))
            .map_or_else(|| reason.to_owned(), |(_, said)| format!("it{said}"));
        return Some(format!("a value cannot be read as {kind}: {reason}"));
    }
    if let Some(rest) = message.strip_prefix("Expected input type \"") {
        let (kind, _) = rest.split_once('"')?;
        return Some(format!("a value is not of the type {kind}"));
    }
    if message.starts_with("Variable ") {
        return Some("a variable has no value".to_owned());
    }
    None
}

/// The response with a code on each of its errors.
fn told(mut response: Response) -> Response {
    response.errors.truncate(MAX_ERRORS);
    response.errors = response.errors.into_iter().map(leftover).collect();
    response
}

/// The schema extension that sees to it that every error has a code. Register it first.
#[derive(Debug, Clone, Copy, Default)]
pub struct Coded;

impl ExtensionFactory for Coded {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(Self)
    }
}

#[async_trait]
impl Extension for Coded {
    async fn request(&self, ctx: &ExtensionContext<'_>, next: NextRequest<'_>) -> Response {
        told(next.run(ctx).await)
    }

    fn subscribe<'s>(
        &self,
        ctx: &ExtensionContext<'_>,
        stream: BoxStream<'s, Response>,
        next: NextSubscribe<'_>,
    ) -> BoxStream<'s, Response> {
        next.run(ctx, stream).map(told).boxed()
    }

    async fn parse_query(
        &self,
        ctx: &ExtensionContext<'_>,
        query: &str,
        variables: &Variables,
        next: NextParseQuery<'_>,
    ) -> ServerResult<ExecutableDocument> {
        next.run(ctx, query, variables).await.map_err(parse_failed)
    }

    async fn validation(
        &self,
        ctx: &ExtensionContext<'_>,
        next: NextValidation<'_>,
    ) -> Result<ValidationResult, Vec<ServerError>> {
        next.run(ctx).await.map_err(|mut errors| {
            errors.truncate(MAX_ERRORS);
            errors.into_iter().map(invalid).collect()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use async_graphql::{EmptyMutation, EmptySubscription, Enum, Object, Schema};

    #[derive(Enum, Copy, Clone, Eq, PartialEq)]
    enum Colour {
        Red,
    }

    struct Query;

    #[Object]
    impl Query {
        async fn name(&self, colour: Option<Colour>, age: Option<i32>) -> Option<String> {
            let _ = (colour, age);
            None
        }

        #[expect(clippy::unused_async, reason = "the schema takes only async resolvers")]
        async fn broken(&self) -> async_graphql::Result<i32> {
            Err("password hunter2 at db.internal:5432".into())
        }
    }

    async fn ask(query: &str) -> (Vec<(ErrorCode, String)>, Response) {
        let schema = Schema::build(Query, EmptyMutation, EmptySubscription)
            .extension(Coded)
            .limit_depth(16)
            .disable_suggestions()
            .finish();
        let response = schema.execute(query).await;
        let errors = response
            .errors
            .iter()
            .map(|error| (ErrorCode::of(error).unwrap(), error.message.clone()))
            .collect();
        (errors, response)
    }

    #[tokio::test]
    async fn every_kind_of_error_has_its_code_and_nothing_internal() {
        let cases = [
            ("{", ErrorCode::GraphqlParseFailed),
            ("{ nothing }", ErrorCode::GraphqlValidationFailed),
            (
                "{ name(colour: SECRET191212121212) }",
                ErrorCode::BadUserInput,
            ),
            (r#"{ name(age: "19121212-1212") }"#, ErrorCode::BadUserInput),
            ("{ broken }", ErrorCode::InternalServerError),
            ("query A { name } query B { name }", ErrorCode::BadRequest),
        ];
        for (query, code) in cases {
            let (errors, response) = ask(query).await;
            assert_eq!(errors[0].0, code, "{query}: {errors:?}");
            let text = serde_json::to_string(&response).unwrap();
            for secret in ["hunter2", "191212121212", "19121212-1212", "db.internal"] {
                assert!(!text.contains(secret), "{text}");
            }
        }
    }

    #[tokio::test]
    async fn the_parser_says_what_it_expected_but_does_not_repeat_the_document() {
        let (errors, _) = ask("{ name(age: 1 hemligt }").await;
        assert!(errors[0].1.contains("expected"), "{errors:?}");
        assert!(!errors[0].1.contains("hemligt"), "{errors:?}");
    }

    #[tokio::test]
    async fn a_flood_of_errors_is_cut() {
        let flood: Vec<String> = (0..500).map(|n| format!("x{n}")).collect();
        let (errors, _) = ask(&format!("{{ {} }}", flood.join(" "))).await;
        assert_eq!(errors.len(), MAX_ERRORS);
    }

    #[test]
    fn names_and_codes_are_one_to_one() {
        for (code, name) in ErrorCode::ALL {
            assert_eq!(ErrorCode::named(name), Some(*code));
            assert_eq!(code.name(), *name);
        }
        assert_eq!(ErrorCode::ALL.len(), 15);
    }
}
