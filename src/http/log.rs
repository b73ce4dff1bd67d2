//! What of the log is served as it is, without GraphQL: the newest checkpoint to anybody, and the events
//! to those who may read all of them.

use std::ops::RangeInclusive;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Extension, RawQuery, State};
use axum::http::{HeaderMap, Response, StatusCode};
use axum::response::IntoResponse;

use super::Edge;
use super::execution::{Work, refusal};
use super::graphql::parameters;
use super::identity::Identity;
use super::message::failed;
use super::pages::page;
use super::refusal::Refusal;
use domain::Words;
use graphql::errors::ErrorCode;
use graphql::execute::{DEFAULT_EVENTS, MAX_EVENTS, Waiting, WantedEvents};

/// The newest checkpoint (C2SP tlog-checkpoint): for anybody, since it names nobody, but not for a flood.
pub(super) async fn checkpoint(
    State(edge): State<Arc<Edge>>,
    Extension(identity): Extension<Identity>,
) -> Response<Body> {
    if let Err(refusal) = edge.admission.stranger(identity.client) {
        return refusal.into_response();
    }
    match edge.execute.checkpoint().await {
        Ok(Some(note)) => page(StatusCode::OK, "text/plain; charset=utf-8", note),
        Ok(None) => Refusal::new(
            ErrorCode::NotFound,
            Words::new(
                "no checkpoint has been made yet: try again when the notary has been run",
                "Ingen kontrollpunkt är gjord ännu. Försök igen när notarien har körts.",
            ),
        )
        .into_response(),
        Err(error) => refusal(&error).into_response(),
    }
}

/// A page of the log as JSON lines. It is whole in memory before the first byte leaves, so that a slow
/// reader keeps nothing of the database.
pub(super) async fn events(
    State(edge): State<Arc<Edge>>,
    Extension(identity): Extension<Identity>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response<Body> {
    let (client, now) = (identity.client, edge.clock.now());
    let done = async {
        let admitted = edge.admission.admit(&headers, &edge.verifier, client, now);
        let caller = admitted.await?;
        let wanted = wanted(query.as_deref().unwrap_or_default())?;
        let (still_there, waiting) = Waiting::begin();
        let meta = edge.meta(identity, &headers, now, waiting);
        let page = edge.execute.events(wanted, caller, meta);
        edge.run(page, Work::Reads, client, still_there).await
    };
    match done.await {
        Ok(sealed) => match sealed.into_response() {
            Ok(lines) => page(StatusCode::OK, "application/x-ndjson; charset=utf-8", lines),
            Err(error) => failed(error),
        },
        Err(refusal) => refusal.into_response(),
    }
}

/// Which events an address asks for.
fn wanted(query: &str) -> Result<WantedEvents, Refusal> {
    let known = [("after", 0..=MAX_SEQ), ("limit", 1..=MAX_EVENTS)];
    let [after, limit] = numbers(query, &known)?;
    Ok(WantedEvents {
        after,
        most: limit.unwrap_or(DEFAULT_EVENTS),
    })
}

/// The numbers that an address gives under these names, each at most once and within its range, in their order.
pub(super) fn numbers(
    query: &str,
    known: &[(&str, RangeInclusive<u64>); 2],
) -> Result<[Option<u64>; 2], Refusal> {
    let mut given = [None, None];
    for (name, text) in parameters(query)? {
        let mut places = given.iter_mut().zip(known);
        let place = places.find(|(_, (known, _))| *known == name);
        let Some((place, (_, range))) = place else {
            let [(first, _), (second, _)] = known;
            return Err(bad(Words::made(
                format!("there are no parameters but `{first}` and `{second}`"),
                format!("Det finns inga parametrar utom `{first}` och `{second}`."),
            )));
        };
        let (least, most) = (range.start(), range.end());
        let number = text.parse().ok().filter(|number| range.contains(number));
        let number = number.ok_or_else(|| {
            bad(Words::made(
                format!("`{name}` must be a number from {least} to {most}"),
                format!("`{name}` ska vara ett tal från {least} till {most}."),
            ))
        })?;
        if place.replace(number).is_some() {
            return Err(bad(Words::made(
                format!("`{name}` stands twice"),
                format!("`{name}` står två gånger."),
            )));
        }
    }
    Ok(given)
}

/// No log has as many events as a database can count.
pub(super) const MAX_SEQ: u64 = i64::MAX.cast_unsigned();

fn bad(problem: Words) -> Refusal {
    Refusal::new(ErrorCode::BadUserInput, problem)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_says_which_events_or_is_told_what_would_be_right() {
        let read = |query| wanted(query).map(|wanted| (wanted.after, wanted.most));
        assert_eq!(read("").unwrap(), (None, 1_000));
        assert_eq!(read("after=0").unwrap(), (Some(0), 1_000));
        assert_eq!(read("limit=10000&after=7").unwrap(), (Some(7), 10_000));
        for (query, said) in [
            ("after=-1", "`after` must be a number from 0 to"),
            ("after=9223372036854775808", "`after` must be"),
            ("after=", "`after` must be"),
            ("limit=0", "`limit` must be a number from 1 to 10000"),
            ("limit=10001", "`limit` must be"),
            ("limit=1&limit=1", "`limit` stands twice"),
            ("aftr=1", "no parameters but `after` and `limit`"),
        ] {
            let refusal = format!("{:?}", read(query).unwrap_err());
            assert!(refusal.contains(said), "{query}: {refusal}");
        }
    }
}
