//! What of the log is served as it is, without GraphQL.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Extension, State};
use axum::http::{Response, StatusCode};
use axum::response::IntoResponse;

use super::Edge;
use super::execution::refusal;
use super::identity::Identity;
use super::pages::page;
use super::refusal::Refusal;
use crate::graphql::errors::ErrorCode;

/// The newest checkpoint (C2SP tlog-checkpoint): for anybody, since it names nobody, but not for a flood.
pub(super) async fn checkpoint(
    State(edge): State<Arc<Edge>>,
    Extension(identity): Extension<Identity>,
) -> Response<Body> {
    if let Err(refusal) = edge.admission.stranger(identity.peer) {
        return refusal.into_response();
    }
    match edge.execute.checkpoint().await {
        Ok(Some(note)) => page(StatusCode::OK, "text/plain; charset=utf-8", note),
        Ok(None) => {
            Refusal::new(ErrorCode::NotFound, "no checkpoint has been made yet").into_response()
        }
        Err(error) => refusal(&error).into_response(),
    }
}
