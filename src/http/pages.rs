//! What anybody may read: whether the service lives, what its schema is, and what it allows.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::{Extension, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, Response, StatusCode};
use axum::response::IntoResponse;
use serde_json::{Value, json};

use super::identity::Identity;
use super::refusal::Refusal;
use super::{Edge, Phase};
use domain::Named;
use domain::Words;
use graphql::errors::ErrorCode;
use graphql::execute::{MAX_EVENTS, Readiness};

pub(super) fn page(
    status: StatusCode,
    kind: &'static str,
    content: impl Into<Body>,
) -> Response<Body> {
    let mut response = Response::new(content.into());
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}

fn json_page(status: StatusCode, content: &Value) -> Response<Body> {
    page(
        status,
        "application/json; charset=utf-8",
        content.to_string(),
    )
}

/// The process answers.
pub(super) async fn health() -> Response<Body> {
    json_page(StatusCode::OK, &json!({ "status": "ok" }))
}

/// Whether the service can answer, part by part.
pub(super) async fn readiness(State(edge): State<Arc<Edge>>) -> Response<Body> {
    // Whoever is about to leave is asked nothing.
    let serving = *edge.phase.borrow() == Phase::Serving;
    let readiness = if serving {
        let look = edge.looks.look(edge.execute.as_ref());
        match tokio::time::timeout(edge.settings.timeout, look).await {
            Ok(readiness) => readiness.with("keys", edge.verifier.is_ready()),
            Err(_) => Readiness::new().with("service", false),
        }
    } else {
        Readiness::new()
    };
    let readiness = readiness.with("serving", serving);
    let parts: serde_json::Map<String, Value> = readiness
        .parts()
        .iter()
        .map(|(part, ready)| ((*part).to_owned(), Value::Bool(*ready)))
        .collect();
    let (status, said) = if readiness.is_ready() {
        (StatusCode::OK, "ready")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "not ready")
    };
    // An issuer whose keys are not there is in nobody else's way, so it stands beside the parts.
    let issuers: serde_json::Map<String, Value> = edge
        .verifier
        .issuers()
        .map(|(issuer, has_keys)| (issuer.to_owned(), json!({ "keys": has_keys })))
        .collect();
    let warnings = Some(readiness.warnings()).filter(|warnings| !warnings.is_empty());
    let warnings = warnings.map(|warnings| ("warnings".to_owned(), json!(warnings)));
    let page = [
        ("status".to_owned(), json!(said)),
        ("parts".to_owned(), parts.into()),
        ("issuers".to_owned(), issuers.into()),
    ];
    let page: serde_json::Map<String, Value> = page.into_iter().chain(warnings).collect();
    json_page(status, &page.into())
}

/// The schema's text, for anybody, but not for a flood.
pub(super) async fn schema(
    State(edge): State<Arc<Edge>>,
    Extension(identity): Extension<Identity>,
) -> Response<Body> {
    if let Err(refusal) = edge.admission.stranger(identity.client) {
        return refusal.into_response();
    }
    let text = edge.schema.get_or_init(|| Bytes::from(edge.execute.sdl()));
    page(
        StatusCode::OK,
        "application/graphql; charset=utf-8",
        text.clone(),
    )
}

/// Where things are and what is allowed.
pub(super) async fn about(State(edge): State<Arc<Edge>>) -> Response<Body> {
    let settings = &edge.settings;
    let codes: Vec<&str> = ErrorCode::names().collect();
    json_page(
        StatusCode::OK,
        &json!({
            "name": "behorig",
            "version": env!("CARGO_PKG_VERSION"),
            "graphql": "/graphql",
            "schema": "/schema.graphql",
            "checkpoint": "/log/checkpoint",
            "events": "/log/events",
            "bundle": "/log/bundle",
            "errorCodes": codes,
            "limits": {
                "bodyBytes": settings.body_bytes,
                "serviceBodyBytes": settings.service_body_bytes,
                "timeoutMilliseconds": u64::try_from(settings.timeout.as_millis()).unwrap_or(u64::MAX),
                "personRequestsPerSecond": settings.person_requests_per_second,
                "serviceRequestsPerSecond": settings.service_requests_per_second,
                "personEventsPerSecond": settings.person_events_per_second,
                "serviceEventsPerSecond": settings.service_events_per_second,
                "readings": settings.readings,
                "readingsPerCaller": settings.readings_per_caller,
                "reports": settings.reports,
                "reportsPerCaller": settings.reports_per_caller,
                "streamsPerCaller": settings.streams_per_caller,
                "streams": settings.streams,
                "batches": false,
                "events": MAX_EVENTS,
                "document": edge.limits,
            },
        }),
    )
}

/// Nothing has this address.
pub(super) async fn nothing_here() -> Response<Body> {
    Refusal::new(
        ErrorCode::NotFound,
        Words::new(
            "nothing has this address: `/.well-known/behorig` names those there are",
            "Ingenting har den här adressen. `/.well-known/behorig` visar de som finns.",
        ),
    )
    .into_response()
}

/// These addresses are read whole or not at all.
pub(super) async fn get_alone() -> Response<Body> {
    Refusal::method("GET").into_response()
}

/// These addresses are only read.
pub(super) async fn only_get() -> Response<Body> {
    Refusal::method("GET, HEAD").into_response()
}
