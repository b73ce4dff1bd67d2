//! `/log/bundle`: a part of the log as one file that anybody can verify (FORMAT.md, section 10), as it is read.
//!
//! Apart from pages of the log, which are whole in memory, because a bundle may be the whole log. It is read on
//! only when its connection can take more, so a slow reader is waited for, by nothing but a place among the
//! streams, and whoever takes nothing at all for a while is cut off as everywhere. What cannot be read to its end,
//! or has to stop with the service, breaks off without the end that HTTP wants, and is *incomplete* to verifiers.
//!
//! It comes with zstd as its content coding to whoever takes that, else as text. Kept as it came, either is a
//! bundle: verifiers know it by its first bytes.

use std::io::Write as _;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Extension, RawQuery, State};
use axum::http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, VARY};
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode};
use axum::response::IntoResponse;
use futures_util::StreamExt as _;
use futures_util::stream::{self, BoxStream};
use tokio::task::AbortHandle;

use super::execution::Work;
use super::identity::Identity;
use super::log::{MAX_SEQ, numbers};
use super::media::range;
use super::message::failed;
use super::pages::page;
use super::refusal::Refusal;
use super::stream::Slot;
use super::{Edge, Phase};
use graphql::errors::ErrorCode;
use graphql::execute::{BrokenOff, Piece, Waiting, WantedBundle};

/// How hard a bundle is compressed.
const LEVEL: i32 = 3;

/// A part of the log, for those who may read all of it.
pub(super) async fn answer(
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
        let slot = edge.streams.open(&caller, &edge.settings)?;
        let (still_there, waiting) = Waiting::begin();
        let meta = edge.meta(identity, &headers, now, waiting);
        let bundle = edge.execute.bundle(wanted, caller, meta);
        let sealed = edge.run(bundle, Work::Reads, client, still_there).await?;
        Ok::<_, Refusal>((sealed, slot))
    };
    let (sealed, slot) = match done.await {
        Ok(done) => done,
        Err(refusal) => return refusal.into_response(),
    };
    let pieces = match sealed.into_response() {
        Ok(pieces) => pieces,
        Err(error) => return failed(error),
    };
    let packed = takes_zstd(&headers);
    // What cannot even be begun has a status of its own.
    if let Ok(begun) = Leaving::begun(&edge, pieces, packed).await {
        return streamed(edge, begun, slot, packed);
    }
    let code = ErrorCode::InternalServerError;
    Refusal::new(code, code.words()).into_response()
}

/// Which part an address asks for.
fn wanted(query: &str) -> Result<WantedBundle, Refusal> {
    let [from, to] = numbers(query, &[("from", 0..=MAX_SEQ), ("to", 0..=MAX_SEQ)])?;
    Ok(WantedBundle {
        from: from.unwrap_or_default(),
        to,
    })
}

/// Whether a caller takes zstd, and says so by name.
fn takes_zstd(headers: &HeaderMap) -> bool {
    let said = headers.get_all(ACCEPT_ENCODING).into_iter();
    let said = said.filter_map(|value| value.to_str().ok());
    said.flat_map(|text| text.split(',').take(32).filter_map(range))
        .any(|(quality, coding)| quality > 0 && coding.eq_ignore_ascii_case("zstd"))
}

fn streamed(edge: Arc<Edge>, begun: Bytes, slot: Slot, packed: bool) -> Response<Body> {
    let phase = edge.phase.subscribe();
    let bytes = stream::try_unfold(Stage::Begun(begun), move |stage| {
        let (edge, mut phase) = (Arc::clone(&edge), phase.clone());
        let _open = &slot;
        async move {
            let leaving = match stage {
                Stage::Begun((bytes, leaving)) => return Ok(Some((bytes, Stage::of(leaving)))),
                Stage::Leaving(leaving) => leaving,
                Stage::Gone => return Ok(None),
            };
            tokio::select! {
                biased;
                _ = phase.wait_for(|phase| *phase == Phase::Stopping) => {
                    tracing::warn!("a bundle breaks off: the service is stopping");
                    Err(BrokenOff)
                }
                some = leaving.some_more(&edge) => {
                    some.map(|(bytes, leaving)| Some((bytes, Stage::of(leaving))))
                }
            }
        }
    });
    let body = Body::from_stream(bytes);
    let mut response = page(StatusCode::OK, "application/x-ndjson; charset=utf-8", body);
    let headers = response.headers_mut();
    headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
    if packed {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("zstd"));
    }
    response
}

/// How far a bundle has come.
enum Stage {
    Begun(Bytes),
    Leaving(Leaving),
    Gone,
}

impl Stage {
    fn of(left: Option<Leaving>) -> Self {
        left.map_or(Self::Gone, Self::Leaving)
    }
}

/// Some bytes, and what is left after them.
type Bytes = (Vec<u8>, Option<Leaving>);

type Packing = zstd::Encoder<'static, Vec<u8>>;

fn packing() -> std::io::Result<Packing> {
    let mut packing = Packing::new(Vec::new(), LEVEL)?;
    packing.include_checksum(true)?;
    Ok(packing)
}

/// What of a bundle has not left yet.
struct Leaving {
    pieces: BoxStream<'static, Piece>,
    /// `None`: it leaves as text.
    packing: Option<Packing>,
}

impl Leaving {
    async fn begun(
        edge: &Edge,
        pieces: BoxStream<'static, Piece>,
        packed: bool,
    ) -> Result<Bytes, BrokenOff> {
        let packing = packed.then(packing).transpose().map_err(not_packed)?;
        Self { pieces, packing }.some_more(edge).await
    }

    /// Some more bytes: read, hashed and compressed out of the way of whoever waits at a locked door, and only as
    /// long as somebody waits for them.
    async fn some_more(self, edge: &Edge) -> Result<Bytes, BrokenOff> {
        let work = edge.reading.spawn(self.some());
        let _ends_with_us = AbortOnDrop(work.abort_handle());
        work.await.unwrap_or_else(|_| {
            tracing::error!("a bundle panicked");
            Err(BrokenOff)
        })
    }

    async fn some(mut self) -> Result<Bytes, BrokenOff> {
        while let Some(piece) = self.pieces.next().await {
            let piece = piece?;
            let Some(packing) = &mut self.packing else {
                return Ok((piece, Some(self)));
            };
            packing.write_all(&piece).map_err(not_packed)?;
            let packed = std::mem::take(packing.get_mut());
            if !packed.is_empty() {
                return Ok((packed, Some(self)));
            }
        }
        let rest = self.packing.map(Packing::finish).transpose();
        Ok((rest.map_err(not_packed)?.unwrap_or_default(), None))
    }
}

/// Work that ends with whoever waits for it.
struct AbortOnDrop(AbortHandle);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

#[expect(clippy::needless_pass_by_value, reason = "what an error is mapped by")]
fn not_packed(error: std::io::Error) -> BrokenOff {
    tracing::error!(%error, "a bundle cannot be compressed");
    BrokenOff
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_says_which_part_or_is_told_what_would_be_right() {
        let read = |query| wanted(query).map(|wanted| (wanted.from, wanted.to));
        assert_eq!(read("").unwrap(), (0, None));
        assert_eq!(read("to=9&from=7").unwrap(), (7, Some(9)));
        for (query, said) in [
            ("from=-1", "`from` must be a number from 0 to"),
            ("to=x", "`to` must be a number from 0 to"),
            ("to=1&to=1", "`to` stands twice"),
            ("after=1", "no parameters but `from` and `to`"),
        ] {
            let refusal = format!("{:?}", read(query).unwrap_err());
            assert!(refusal.contains(said), "{query}: {refusal}");
        }
    }

    #[test]
    fn who_takes_zstd_says_so_by_name() {
        for (said, takes) in [
            ("zstd", true),
            ("gzip, ZSTD;q=0.5", true),
            ("gzip, br", false),
            ("zstd;q=0", false),
            ("*", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT_ENCODING, HeaderValue::from_static(said));
            assert_eq!(takes_zstd(&headers), takes, "{said}");
        }
        assert!(!takes_zstd(&HeaderMap::new()));
    }
}
