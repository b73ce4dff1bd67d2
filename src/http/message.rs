//! GraphQL over HTTP: the parameters of a request, and the bytes of a response.

use async_graphql::{Name, Response, ServerError, Value};
use axum::body::Body;
use axum::http::header::{CONTENT_ENCODING, CONTENT_TYPE, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, HeaderValue, Response as HttpResponse, StatusCode};
use serde::Serialize;
use serde_json::{Map, Value as Json};

use super::json::Unique;
use super::media::Media;
use super::refusal::{Refusal, challenge, status_of};
use domain::{Language, Words};
use graphql::document::Asked;
use graphql::errors::ErrorCode;
use graphql::failure::{ACR_VALUES, MAX_AGE, PRUNED_BELOW};

/// Whether a body is JSON in UTF-8, as it stands.
pub(super) fn check_content(headers: &HeaderMap) -> Result<(), Refusal> {
    let refused = |message: Words| {
        Err(Refusal::new(ErrorCode::BadRequest, message).status(StatusCode::UNSUPPORTED_MEDIA_TYPE))
    };
    let kind = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let mut parts = kind.split(';').map(str::trim);
    let essence = parts.next().unwrap_or_default();
    if !essence.eq_ignore_ascii_case("application/json") {
        return refused(Words::new(
            "the body must be application/json",
            "Innehållet ska vara application/json.",
        ));
    }
    let other_charset = parts.any(|part| {
        part.split_once('=').is_some_and(|(name, value)| {
            name.eq_ignore_ascii_case("charset")
                && !value.trim_matches('"').eq_ignore_ascii_case("utf-8")
        })
    });
    if other_charset {
        return refused(Words::new(
            "the body must be in utf-8",
            "Innehållet ska vara i utf-8.",
        ));
    }
    let encoded = headers
        .get(CONTENT_ENCODING)
        .is_some_and(|value| value != "identity");
    if encoded {
        return refused(Words::new(
            "the body must not be compressed",
            "Innehållet får inte vara komprimerat.",
        ));
    }
    Ok(())
}

fn bad(message: Words) -> Refusal {
    Refusal::new(ErrorCode::BadRequest, message)
}

/// The request in a body.
pub(super) fn request_of_body(body: &[u8]) -> Result<Asked, Refusal> {
    let object = match serde_json::from_slice(body) {
        Ok(Unique(Json::Object(object))) => object,
        Ok(Unique(Json::Array(_))) => {
            return Err(bad(Words::new(
                "one operation a request: lists are not taken",
                "Skicka en åtgärd per anrop. Listor tas inte emot.",
            )));
        }
        Ok(Unique(Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_))) => {
            return Err(bad(Words::new(
                "the body must be a JSON object",
                "Innehållet ska vara ett JSON-objekt.",
            )));
        }
        Err(error) if error.is_data() => {
            return Err(bad(Words::new(
                "a name stands twice in an object of the body",
                "Ett namn står två gånger i ett objekt i innehållet.",
            )));
        }
        Err(_) => {
            return Err(bad(Words::new(
                "the body is not JSON, or it nests deeper or has bigger numbers than are taken",
                "Innehållet är inte JSON, eller har fler nivåer eller större tal än vad som tas emot.",
            )));
        }
    };
    request_of(object)
}

/// The request in the parameters of an address.
pub(super) fn request_of_query(pairs: Vec<(String, String)>) -> Result<Asked, Refusal> {
    let mut object = Map::new();
    for (name, text) in pairs {
        let value = match name.as_str() {
            "query" | "operationName" => Json::String(text),
            "variables" | "extensions" if text.is_empty() => Json::Null,
            "variables" | "extensions" => {
                let Unique(value) = serde_json::from_str(&text).map_err(|_| {
                    bad(Words::new(
                        "`variables` and `extensions` must be JSON objects in which no name stands twice",
                        "`variables` och `extensions` ska vara JSON-objekt där inget namn står två gånger.",
                    ))
                })?;
                value
            }
            _ => continue,
        };
        if object.insert(name, value).is_some() {
            return Err(bad(Words::new(
                "a parameter stands twice",
                "En parameter står två gånger.",
            )));
        }
    }
    if object.get("operationName") == Some(&Json::String(String::new())) {
        object.remove("operationName");
    }
    request_of(object)
}

fn request_of(mut object: Map<String, Json>) -> Result<Asked, Refusal> {
    let Some(Json::String(query)) = object.remove("query") else {
        return Err(bad(Words::new(
            "`query` must be there and be a string: the document, in the body or as a parameter of the address",
            "`query` ska finnas och vara en text: dokumentet, i innehållet eller som parameter i adressen.",
        )));
    };
    let mut asked = Asked {
        query,
        ..Asked::default()
    };
    match object.remove("operationName") {
        None | Some(Json::Null) => {}
        Some(Json::String(name)) => asked.operation_name = Some(name),
        Some(_) => {
            return Err(bad(Words::new(
                "`operationName` must be a string",
                "`operationName` ska vara en text.",
            )));
        }
    }
    match object.remove("variables") {
        None | Some(Json::Null) => {}
        Some(Json::Object(variables)) => asked.variables = variables,
        Some(_) => {
            return Err(bad(Words::new(
                "`variables` must be an object",
                "`variables` ska vara ett objekt.",
            )));
        }
    }
    match object.remove("extensions") {
        None | Some(Json::Null | Json::Object(_)) => {}
        Some(_) => {
            return Err(bad(Words::new(
                "`extensions` must be an object",
                "`extensions` ska vara ett objekt.",
            )));
        }
    }
    Ok(asked)
}

#[derive(Serialize)]
struct Written<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<&'a Value>,
    #[serde(skip_serializing_if = "<[ServerError]>::is_empty")]
    errors: &'a [ServerError],
    #[serde(skip_serializing_if = "std::collections::BTreeMap::is_empty")]
    extensions: &'a std::collections::BTreeMap<String, Value>,
}

/// The bytes of a sealed response.
pub(super) fn written(response: &Response, media: Media) -> HttpResponse<Body> {
    let status = if !is_nothing(response) {
        StatusCode::OK
    } else if response.errors.iter().all(is_weak) {
        StatusCode::UNAUTHORIZED
    } else {
        status(&response.errors, media)
    };
    // An error of the request, not of a field, comes without `data`, and so does whatever is refused whole.
    let of_request = response.errors.iter().all(|error| error.path.is_empty());
    let without = status != StatusCode::OK || is_nothing(response) && of_request;
    let body = serde_json::to_vec(&Written {
        data: (!without).then_some(&response.data),
        errors: &response.errors,
        extensions: &response.extensions,
    });
    let Ok(body) = body else {
        use axum::response::IntoResponse as _;
        return Refusal::new(
            ErrorCode::InternalServerError,
            ErrorCode::InternalServerError.words(),
        )
        .media(media)
        .into_response();
    };
    let mut written = HttpResponse::new(Body::from(body));
    *written.status_mut() = status;
    written.headers_mut().insert(CONTENT_TYPE, media.header());
    challenged(written, response)
}

/// The text of a sealed response, where a stream carries it.
pub(super) fn text_of(response: &Response) -> String {
    let written = serde_json::to_string(&Written {
        data: (response.data != Value::Null).then_some(&response.data),
        errors: &response.errors,
        extensions: &response.extensions,
    });
    written.unwrap_or_else(|error| {
        tracing::error!(%error, "a response cannot be written");
        Refusal::new(
            ErrorCode::InternalServerError,
            ErrorCode::InternalServerError.words(),
        )
        .text(Language::English)
    })
}

/// The bytes of a failure that is no answer to a document: the status says what happened.
pub(super) fn failed(mut error: ServerError) -> HttpResponse<Body> {
    // There is no document that it could be in.
    error.locations.clear();
    let response = Response::from_errors(vec![error]);
    let mut failed = written(&response, Media::GraphqlResponse);
    failed
        .headers_mut()
        .insert(CONTENT_TYPE, Media::Json.header());
    failed
}

fn status(errors: &[ServerError], media: Media) -> StatusCode {
    let code = errors
        .iter()
        .find_map(ErrorCode::of)
        .unwrap_or(ErrorCode::InternalServerError);
    let of_document = matches!(
        code,
        ErrorCode::GraphqlParseFailed
            | ErrorCode::GraphqlValidationFailed
            | ErrorCode::BadUserInput
    );
    let pruned = |error: &ServerError| {
        let extensions = error.extensions.as_ref();
        extensions.is_some_and(|extensions| extensions.get(PRUNED_BELOW).is_some())
    };
    if errors.iter().any(pruned) {
        StatusCode::GONE
    } else if of_document && media == Media::Json {
        StatusCode::OK
    } else {
        status_of(code)
    }
}

/// Whether nothing was answered but errors.
fn is_nothing(response: &Response) -> bool {
    let no_data = match &response.data {
        Value::Null => true,
        Value::Object(fields) => fields.values().all(|value| *value == Value::Null),
        Value::Number(_)
        | Value::String(_)
        | Value::Boolean(_)
        | Value::Binary(_)
        | Value::Enum(_)
        | Value::List(_) => false,
    };
    no_data && !response.errors.is_empty()
}

fn is_weak(error: &ServerError) -> bool {
    ErrorCode::of(error) == Some(ErrorCode::InsufficientUserAuthentication)
}

/// The challenge of RFC 9470 when the caller would get more with another sign-in: with one that does for
/// everything that was refused for it.
fn step_up(response: &Response) -> Option<String> {
    let mut acr_values: Option<Vec<&str>> = None;
    let mut max_age: Option<u64> = None;
    for error in response.errors.iter().filter(|error| is_weak(error)) {
        let member = |name| error.extensions.as_ref()?.get(name);
        let enough = match member(ACR_VALUES) {
            Some(Value::List(values)) => values.iter().filter_map(text).collect(),
            Some(_) | None => Vec::new(),
        };
        match &mut acr_values {
            Some(all) => all.retain(|value| enough.contains(value)),
            None => acr_values = Some(enough),
        }
        if let Some(Value::Number(age)) = member(MAX_AGE) {
            max_age = [max_age, age.as_u64()].into_iter().flatten().min();
        }
    }
    let acr_values = acr_values?.join(" ");
    let max_age = max_age.map(|age| age.to_string());
    let mut parameters = vec![
        ("error", "insufficient_user_authentication"),
        (
            "error_description",
            "a stronger or more recent sign-in is needed",
        ),
    ];
    if !acr_values.is_empty() {
        parameters.push(("acr_values", &acr_values));
    }
    if let Some(age) = &max_age {
        parameters.push(("max_age", age));
    }
    Some(challenge(&parameters))
}

/// Adds the challenge, if there is one, whatever the status: who reads headers need not read the answer.
pub(super) fn challenged(
    mut answer: HttpResponse<Body>,
    response: &Response,
) -> HttpResponse<Body> {
    if let Some(challenge) = step_up(response).and_then(|text| HeaderValue::try_from(text).ok()) {
        answer.headers_mut().insert(WWW_AUTHENTICATE, challenge);
    }
    answer
}

fn text(value: &Value) -> Option<&str> {
    match value {
        Value::String(text) => Some(text),
        Value::Enum(name) => Some(Name::as_str(name)),
        Value::Null
        | Value::Number(_)
        | Value::Boolean(_)
        | Value::Binary(_)
        | Value::List(_)
        | Value::Object(_) => None,
    }
}
