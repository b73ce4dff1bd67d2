//! `/graphql`: one operation a request, by GET when it only reads, by POST otherwise; a subscription, and
//! whatever else a client wants so, as a stream of events.

use std::sync::Arc;

use async_graphql::parser::types::OperationType;
use axum::body::Body;
use axum::extract::{Extension, Query, RawQuery, State};
use axum::http::{HeaderMap, Method, Response, StatusCode};
use axum::response::IntoResponse;

use super::Edge;
use super::body;
use super::execution::Work;
use super::identity::Identity;
use super::media::{Accepted, Media};
use super::message::{challenged, check_content, request_of_body, request_of_query, written};
use super::refusal::Refusal;
use super::stream::{lasting, resumed, whole};
use authn::{Claimant, Subject};
use domain::Words;
use graphql::document::{Asked, Prepared};
use graphql::errors::ErrorCode;
use graphql::execute::{RequestMeta, StillThere, Waiting};
use graphql::spoken::spoken;

/// Answers one request.
pub(super) async fn answer(
    State(edge): State<Arc<Edge>>,
    Extension(identity): Extension<Identity>,
    method: Method,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
    body: Body,
) -> Response<Body> {
    let accepted = Accepted::of(&headers);
    let done = async {
        if !matches!(method, Method::GET | Method::POST) {
            return Err(Refusal::method("GET, POST"));
        }
        let now = edge.clock.now();
        let caller = edge
            .admission
            .admit(&headers, &edge.verifier, identity.client, now)
            .await?;
        if accepted.document.is_none() && !accepted.events {
            return Err(not_acceptable());
        }
        let resumed = resumed(&headers)?;
        let request = match method {
            Method::GET => request_of_query(parameters(query.as_deref().unwrap_or_default())?)?,
            _ => from_body(&edge, &headers, body, &caller).await?,
        };
        let (still_there, waiting) = Waiting::begin();
        let meta = edge.meta(identity, &headers, now, waiting);
        let prepared = match edge.execute.prepare(&request) {
            Ok(prepared) => prepared,
            Err(errors) => {
                let refused = async_graphql::Response::from_errors(errors);
                let refused = spoken(refused, meta.language());
                return Ok(answered(&refused, accepted));
            }
        };
        let order = Order {
            prepared,
            caller,
            meta,
            accepted,
            resumed,
        };
        operate(&edge, order, &method, still_there).await
    };
    match done.await {
        Ok(response) => response,
        Err(refusal) => {
            let media = accepted.document.unwrap_or(Media::Json);
            refusal.media(media).into_response()
        }
    }
}

/// What is to be carried out, for whom, and how it is to be answered.
struct Order {
    prepared: Prepared,
    caller: Claimant,
    meta: RequestMeta,
    accepted: Accepted,
    /// What a subscription is taken up after.
    resumed: Option<u64>,
}

async fn operate(
    edge: &Edge,
    order: Order,
    method: &Method,
    still_there: StillThere,
) -> Result<Response<Body>, Refusal> {
    let accepted = order.accepted;
    let work = match order.prepared.kind() {
        OperationType::Mutation if method == Method::GET => {
            return Err(Refusal::method("POST"));
        }
        OperationType::Subscription => return follow(edge, order),
        OperationType::Mutation if order.prepared.only_asks() => Work::Asks,
        OperationType::Mutation => Work::Changes,
        OperationType::Query => Work::Reads,
    };
    let client = order.meta.client;
    let answer = edge
        .execute
        .execute(order.prepared, order.caller, order.meta);
    let sealed = edge.run(answer, work, client, still_there).await?;
    Ok(answered(&sealed.into_response(), accepted))
}

fn follow(edge: &Edge, order: Order) -> Result<Response<Body>, Refusal> {
    if !order.accepted.events {
        return Err(Refusal::new(
            ErrorCode::BadRequest,
            Words::new(
                "a subscription is answered as a stream: send `Accept: text/event-stream`",
                "En prenumeration besvaras som en ström. Skicka `Accept: text/event-stream`.",
            ),
        )
        .status(StatusCode::NOT_ACCEPTABLE));
    }
    let (caller, language) = (order.caller.clone(), order.meta.language());
    lasting(edge, &caller, language, || {
        edge.execute
            .subscribe(order.prepared, order.caller, order.meta, order.resumed)
    })
}

fn answered(response: &async_graphql::Response, accepted: Accepted) -> Response<Body> {
    match accepted.document {
        Some(media) if !accepted.events_first => written(response, media),
        _ => challenged(whole(response), response),
    }
}

/// The parameters of an address, in their order.
pub(super) fn parameters(query: &str) -> Result<Vec<(String, String)>, Refusal> {
    let uri = format!("/?{query}");
    let pairs = uri
        .parse()
        .ok()
        .and_then(|uri| Query::<Vec<(String, String)>>::try_from_uri(&uri).ok());
    let unreadable = || {
        Refusal::new(
            ErrorCode::BadRequest,
            Words::new(
                "the address cannot be read: expected parameters in UTF-8, each percent-encoded",
                "Adressen går inte att läsa. Parametrarna ska vara procentkodad UTF-8.",
            ),
        )
    };
    Ok(pairs.ok_or_else(unreadable)?.0)
}

async fn from_body(
    edge: &Edge,
    headers: &HeaderMap,
    body: Body,
    caller: &Claimant,
) -> Result<Asked, Refusal> {
    check_content(headers)?;
    let most = match caller.subject() {
        Subject::Person(_) => edge.settings.body_bytes,
        Subject::Service(_) | Subject::Host => edge.settings.service_body_bytes,
    };
    let bytes = body::read(body, most, edge.settings.timeout).await?;
    request_of_body(&bytes)
}

fn not_acceptable() -> Refusal {
    Refusal::new(
        ErrorCode::BadRequest,
        Words::new(
            "the answer is application/graphql-response+json, application/json or text/event-stream",
            "Svaret är application/graphql-response+json, application/json eller text/event-stream.",
        ),
    )
    .status(StatusCode::NOT_ACCEPTABLE)
}
