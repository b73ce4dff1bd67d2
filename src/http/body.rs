//! Bodies: read whole up to a bound, and read away a little beyond it.
//!
//! A client that writes everything before it reads would see its connection reset instead of the answer
//! if we answered and closed while it still writes. So what is only somewhat too long is taken off the
//! wire before it is refused; what is far too long, or comes too slowly, is refused at once and its
//! connection closed.

use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody as _};
use axum::http::header::EXPECT;
use axum::http::{HeaderMap, StatusCode};
use http_body_util::BodyExt as _;

use super::refusal::Refusal;
use crate::graphql::errors::ErrorCode;

/// How much beyond its bound a body is read away.
const READ_AWAY_BYTES: usize = 8 * 1024 * 1024;
/// How long a body is read away.
const READ_AWAY_TIME: Duration = Duration::from_secs(2);

/// The whole body, if it has at most that many bytes and arrives in that time.
pub(super) async fn read(
    headers: &HeaderMap,
    mut body: Body,
    most: usize,
    time: Duration,
) -> Result<Bytes, Refusal> {
    let declared = body.size_hint().lower();
    let waits_for_leave = headers.contains_key(EXPECT);
    if exceeds(declared, most) && waits_for_leave {
        // Nothing has been sent yet, and nothing will be.
        return Err(too_long(most).closing());
    }
    if exceeds(declared, most.saturating_add(READ_AWAY_BYTES)) {
        return Err(too_long(most).closing());
    }
    match tokio::time::timeout(time, take(&mut body, most)).await {
        Ok(Taken::Whole(bytes)) => Ok(bytes.into()),
        Ok(Taken::TooLong) => Err(if is_read_away(body).await {
            too_long(most)
        } else {
            too_long(most).closing()
        }),
        Ok(Taken::Broken) => Err(Refusal::new(
            ErrorCode::BadRequest,
            "the body ends too early or is not well formed",
        )
        .closing()),
        Err(_) => Err(
            Refusal::new(ErrorCode::Timeout, "the body did not arrive in time")
                .status(StatusCode::REQUEST_TIMEOUT)
                .closing(),
        ),
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

/// Whether the rest of the body has been taken off the wire.
async fn is_read_away(mut body: Body) -> bool {
    let read_away = async {
        let mut left = READ_AWAY_BYTES;
        while let Some(frame) = body.frame().await {
            let length = frame.ok()?.into_data().unwrap_or_default().len();
            left = left.checked_sub(length)?;
        }
        Some(())
    };
    let ended = tokio::time::timeout(READ_AWAY_TIME, read_away).await;
    matches!(ended, Ok(Some(())))
}

fn exceeds(length: u64, most: usize) -> bool {
    usize::try_from(length).map_or(true, |length| length > most)
}

fn too_long(most: usize) -> Refusal {
    Refusal::new(
        ErrorCode::QueryTooLarge,
        format!("the body is longer than {most} bytes"),
    )
    .status(StatusCode::PAYLOAD_TOO_LARGE)
}
