//! Every error that leaves the service has a code from one published list and says nothing internal.
//!
//! Apart from the resolvers because what fails without saying how is seen to in one place, for every
//! transport. To add a code: a variant here, and its status in `http`.

use std::sync::Arc;

use async_graphql::{
    ErrorExtensionValues, InputType, InputValueError, Name, Pos, Response, ServerError, Value,
};
use strum::{EnumString, IntoStaticStr, VariantArray};

use domain::Named;
use domain::{Language, Words};

/// The most errors that one response holds.
pub const MAX_ERRORS: usize = 20;

/// What went wrong, as clients read it in `extensions.code`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, VariantArray, IntoStaticStr, EnumString)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
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

fn error(code: ErrorCode, message: impl Into<String>, at: Option<Pos>) -> ServerError {
    coded(ServerError::new(message, at), code)
}

/// An error that says so in whatever language the caller reads.
#[must_use]
pub fn says(code: ErrorCode, said: Words, at: Option<Pos>) -> ServerError {
    let mut told = error(code, said.spoken(Language::English), at);
    told.source = Some(Arc::new(said));
    told
}

fn coded(mut error: ServerError, code: ErrorCode) -> ServerError {
    error
        .extensions
        .get_or_insert_with(ErrorExtensionValues::default)
        .set("code", code.name());
    error
}

/// The member of `extensions` that a value leaves which cannot be read; never sent.
const UNREAD: &str = "unread";

/// Says of a value that it cannot be read, and what would be right. Where it stands is found out when the
/// answer is built ([`told`]).
pub fn unread<T: InputType>(value: Option<Value>, said: &Words) -> InputValueError<T> {
    let members = [
        (Name::new("value"), value.unwrap_or_default()),
        (Name::new("english"), said.spoken(Language::English).into()),
        (Name::new("swedish"), said.spoken(Language::Swedish).into()),
    ];
    InputValueError::custom("").with_extension(UNREAD, Value::Object(members.into()))
}

/// What was left of a value that could not be read, and what is said of it.
fn was_unread(error: &ServerError) -> Option<(Value, Words)> {
    let Value::Object(left) = error.extensions.as_ref()?.get(UNREAD)? else {
        return None;
    };
    match (left.get("english")?, left.get("swedish")?) {
        (Value::String(english), Value::String(swedish)) => {
            let said = Words::made(english.clone(), swedish.clone());
            Some((left.get("value")?.clone(), said))
        }
        _ => None,
    }
}

/// The response with a code on each of its errors, and nothing internal in any; `place` finds where in the
/// input of the field a value stands.
#[must_use]
pub fn told(
    mut response: Response,
    place: impl Fn(&ServerError, &Value) -> Option<Vec<String>>,
) -> Response {
    response.errors.truncate(MAX_ERRORS);
    for error in &mut response.errors {
        if ErrorCode::of(error).is_some() {
            continue;
        }
        if let Some((value, said)) = was_unread(error) {
            let mut extensions = ErrorExtensionValues::default();
            extensions.set("code", ErrorCode::BadUserInput.name());
            if let Some(path) = place(error, &value) {
                extensions.set("inputPath", path);
            }
            said.spoken(Language::English)
                .clone_into(&mut error.message);
            error.source = Some(Arc::new(said));
            error.extensions = Some(extensions);
        } else {
            tracing::error!(path = ?error.path, "a resolver failed without saying how");
            let said = ErrorCode::InternalServerError.words();
            said.spoken(Language::English)
                .clone_into(&mut error.message);
            let extensions = error.extensions.insert(ErrorExtensionValues::default());
            extensions.set("code", ErrorCode::InternalServerError.name());
        }
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_resolver_does_not_say_stays_inside() {
        let inner = ServerError::new("password hunter2 at db.internal:5432", None);
        let answer = told(Response::from_errors(vec![inner]), |_, _| None);
        let code = ErrorCode::of(&answer.errors[0]);
        assert_eq!(code, Some(ErrorCode::InternalServerError));
        let text = serde_json::to_string(&answer).unwrap();
        assert!(
            !text.contains("hunter2") && !text.contains("db.internal"),
            "{text}"
        );
    }

    #[test]
    fn a_value_that_cannot_be_read_is_placed_and_not_repeated() {
        let failed: InputValueError<i32> = unread(
            Some(Value::from("19121212-1212")),
            &Words::new("expected an id", "Ange ett id."),
        );
        let failed = failed.into_server_error(Pos::default());
        let answer = told(Response::from_errors(vec![failed]), |_, value| {
            (*value == Value::from("19121212-1212")).then(|| vec!["filter".to_owned()])
        });
        let text = serde_json::to_string(&answer).unwrap();
        assert!(!text.contains("19121212"), "{text}");
        let extensions = serde_json::to_value(&answer.errors[0].extensions).unwrap();
        let expected = serde_json::json!({ "code": "BAD_USER_INPUT", "inputPath": ["filter"] });
        assert_eq!(extensions, expected);
        assert_eq!(answer.errors[0].message, "expected an id");
    }

    #[test]
    fn a_flood_of_errors_is_cut() {
        let flood = (0..500).map(|_| error(ErrorCode::BadUserInput, "x", None));
        let answer = told(Response::from_errors(flood.collect()), |_, _| None);
        assert_eq!(answer.errors.len(), MAX_ERRORS);
    }

    #[test]
    fn names_and_codes_are_one_to_one() {
        for code in ErrorCode::VARIANTS {
            assert_eq!(ErrorCode::named(code.name()), Some(*code));
        }
        assert_eq!(ErrorCode::VARIANTS.len(), 15);
    }
}
