//! Bodies: read whole up to a bound.
//!
//! What is too long, or comes too slowly, is refused at once and its connection closed; the connection reads
//! away what is still to come, so that a client that writes everything before it reads sees the answer.

use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody as _};
use axum::http::StatusCode;
use http_body_util::BodyExt as _;

use super::refusal::Refusal;
use domain::Words;
use graphql::errors::ErrorCode;

/// The whole body, if it has at most that many bytes and arrives in that time.
pub(super) async fn read(mut body: Body, most: usize, time: Duration) -> Result<Bytes, Refusal> {
    let declared = usize::try_from(body.size_hint().lower());
    if declared.map_or(true, |declared| declared > most) {
        return Err(too_long(most));
    }
    match tokio::time::timeout(time, take(&mut body, most)).await {
        Ok(Taken::Whole(bytes)) => Ok(bytes.into()),
        Ok(Taken::TooLong) => Err(too_long(most)),
        Ok(Taken::Broken) => Err(Refusal::new(
            ErrorCode::BadRequest,
            Words::new(
                "the body ends too early or is not well formed: send it whole, as long as its headers say",
                "Innehållet slutar för tidigt eller är felaktigt uppdelat. Skicka hela, så långt som huvudet anger.",
            ),
        )
        .closing()),
        Err(_) => Err(Refusal::new(
            ErrorCode::Timeout,
            Words::new(
                "the body did not arrive in time: send it again",
                "Innehållet kom inte fram i tid. Skicka det igen.",
            ),
        )
        .status(StatusCode::REQUEST_TIMEOUT)
        .closing()),
    }
}

enum Taken {
    Whole(Vec<u8>),
    TooLong,
    Broken,
}

async fn take(body: &mut Body, most: usize) -> Taken {
    let mut bytes = Vec::new();
    loop {
        match body.frame().await {
            None => return Taken::Whole(bytes),
            Some(Err(_)) => return Taken::Broken,
            Some(Ok(frame)) => {
                let data = frame.into_data().unwrap_or_default();
                if bytes.len().saturating_add(data.len()) > most {
                    return Taken::TooLong;
                }
                bytes.extend_from_slice(&data);
            }
        }
    }
}

fn too_long(most: usize) -> Refusal {
    Refusal::new(
        ErrorCode::QueryTooLarge,
        Words::made(
            format!("the body is longer than {most} bytes"),
            format!("Innehållet är längre än {most} byte."),
        ),
    )
    .status(StatusCode::PAYLOAD_TOO_LARGE)
    .closing()
}
