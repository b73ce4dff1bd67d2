//! `/graphql`: one operation a request, by GET when it only reads, by POST otherwise.

use std::sync::Arc;

use async_graphql::Request;
use async_graphql::parser::types::OperationType;
use axum::body::Body;
use axum::extract::{Extension, Query, RawQuery, State};
use axum::http::{HeaderMap, Method, Response, StatusCode};
use axum::response::IntoResponse;

use super::Edge;
use super::body;
use super::execution::Work;
use super::identity::Identity;
use super::message::{Media, check_content, request_of_body, request_of_query, written};
use super::refusal::Refusal;
use crate::authn::{Claimant, Subject};
use crate::graphql::errors::ErrorCode;
use crate::graphql::execute::RequestMeta;
use crate::graphql::limits::operation_type;

/// Answers one request.
pub(super) async fn answer(
    State(edge): State<Arc<Edge>>,
    Extension(identity): Extension<Identity>,
    method: Method,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
    body: Body,
) -> Response<Body> {
    let media = Media::accepted(&headers);
    let done = async {
        if !matches!(method, Method::GET | Method::POST) {
            return Err(Refusal::method("GET, POST"));
        }
        let now = edge.clock.now();
        let caller = edge
            .admission
            .admit(&headers, &edge.verifier, identity.peer, now)
            .await?;
        let media = media.ok_or_else(not_acceptable)?;
        let request = match method {
            Method::GET => request_of_query(parameters(query.as_deref().unwrap_or_default())?)?,
            _ => from_body(&edge, &headers, body, &caller).await?,
        };
        let meta = edge.meta(identity, &headers, now);
        operate(&edge, request, &method, caller, meta, media).await
    };
    match done.await {
        Ok(response) => response,
        Err(refusal) => refusal.media(media.unwrap_or(Media::Json)).into_response(),
    }
}

async fn operate(
    edge: &Edge,
    mut request: Request,
    method: &Method,
    caller: Claimant,
    meta: RequestMeta,
    media: Media,
) -> Result<Response<Body>, Refusal> {
    let operation = match operation_type(&mut request, &edge.limits) {
        Ok(operation) => operation,
        Err(error) => {
            let refused = async_graphql::Response::from_errors(vec![error]);
            return Ok(written(&refused, media));
        }
    };
    match operation {
        Some(OperationType::Mutation) if method == Method::GET => {
            return Err(Refusal::method("POST"));
        }
        Some(OperationType::Subscription) => {
            return Err(Refusal::new(
                ErrorCode::BadRequest,
                "the operation's kind is not served here",
            ));
        }
        _ => {}
    }
    let work = match operation {
        Some(OperationType::Mutation) => Work::Changes,
        _ => Work::Reads,
    };
    let peer = meta.peer;
    let answer = edge.execute.execute(request, caller, meta);
    let sealed = edge.run(answer, work, peer).await?;
    Ok(written(&sealed.into_response(), media))
}

/// The parameters of an address, in their order.
pub(super) fn parameters(query: &str) -> Result<Vec<(String, String)>, Refusal> {
    let uri = format!("/?{query}");
    let pairs = uri
        .parse()
        .ok()
        .and_then(|uri| Query::<Vec<(String, String)>>::try_from_uri(&uri).ok());
    let unreadable = || Refusal::new(ErrorCode::BadRequest, "the address cannot be read");
    Ok(pairs.ok_or_else(unreadable)?.0)
}

async fn from_body(
    edge: &Edge,
    headers: &HeaderMap,
    body: Body,
    caller: &Claimant,
) -> Result<Request, Refusal> {
    check_content(headers)?;
    let most = match caller.subject() {
        Subject::Person(_) => edge.settings.body_bytes,
        Subject::Service(_) | Subject::Host => edge.settings.service_body_bytes,
    };
    let bytes = body::read(headers, body, most, edge.settings.timeout).await?;
    request_of_body(&bytes)
}

fn not_acceptable() -> Refusal {
    Refusal::new(
        ErrorCode::BadRequest,
        "the answer is application/graphql-response+json or application/json",
    )
    .status(StatusCode::NOT_ACCEPTABLE)
}
