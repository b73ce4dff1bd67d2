//! Bundles: their bytes, their bounds and how they break off.

use std::time::Duration;

use reqwest::Method;

use super::*;

impl Server {
    /// What the next bundle has after its first piece.
    fn goes_on(&self, pieces: impl futures_util::Stream<Item = Piece> + Send + 'static) {
        *self.stub.pieces.lock().unwrap() = Some(pieces.boxed());
    }

    /// What the next bundle begins with.
    fn begins_with(&self, piece: Piece) {
        *self.stub.first_piece.lock().unwrap() = Some(piece);
    }

    fn bundle(&self, query: &str) -> reqwest::RequestBuilder {
        self.request(Method::GET, &format!("/log/bundle{query}"))
            .bearer_auth(self.token())
    }
}

#[tokio::test]
async fn a_bundle_comes_as_text_or_compressed_as_the_caller_takes_it() {
    let server = server().await;
    let long = vec![b'x'; 1 << 20];
    let all = [b"3 Some(9)\n".as_slice(), &long, b"end\n"].concat();
    for coding in ["identity", "gzip, zstd"] {
        server.goes_on(stream::iter([Ok(long.clone()), Ok(b"end\n".to_vec())]));
        let asked = server
            .bundle("?from=3&to=9")
            .header("accept-encoding", coding);
        let response = asked.send().await.unwrap();
        assert_eq!(response.status().as_u16(), 200);
        let headers = response.headers().clone();
        assert_eq!(
            headers["content-type"],
            "application/x-ndjson; charset=utf-8"
        );
        assert_eq!(headers["cache-control"], "no-store");
        let bytes = response.bytes().await.unwrap();
        if coding == "identity" {
            assert!(headers.get("content-encoding").is_none());
            assert_eq!(bytes, all);
        } else {
            assert_eq!(headers["content-encoding"], "zstd");
            assert!(bytes.len() < all.len() / 100);
            assert_eq!(zstd::decode_all(&bytes[..]).unwrap(), all);
        }
    }
}

#[tokio::test]
async fn a_bundle_that_cannot_be_read_on_breaks_off_and_is_not_whole() {
    let server = server().await;
    let broken: [BoxStream<'static, Piece>; 2] = [
        stream::iter([Err(BrokenOff)]).boxed(),
        stream::once(async { panic!("hunter2") }).boxed(),
    ];
    for pieces in broken {
        server.goes_on(pieces);
        // How much of it still comes is not said; never all of it.
        if let Ok(response) = server.bundle("").send().await {
            assert_eq!(response.status().as_u16(), 200);
            assert!(response.bytes().await.is_err(), "it looks whole");
        }
    }
    server.begins_with(Err(BrokenOff));
    let answer = Answer::of(server.bundle("")).await;
    assert_eq!(
        (answer.status, answer.code()),
        (500, "INTERNAL_SERVER_ERROR")
    );
}

#[tokio::test]
async fn a_bundle_breaks_off_when_the_server_stops() {
    let server = server().await;
    server.goes_on(stream::pending());
    let mut response = server.bundle("").send().await.unwrap();
    assert!(response.chunk().await.unwrap().is_some());
    server.stop.notify_one();
    assert!(response.bytes().await.is_err(), "it looks whole");
    let ended = tokio::time::timeout(Duration::from_secs(10), server.ended);
    ended.await.unwrap().unwrap().unwrap();
}

#[tokio::test]
async fn bundles_are_bounded_as_streams_are_and_one_that_is_left_makes_room() {
    let server = server_with(|settings| settings.streams_per_caller = 1).await;
    server.goes_on(stream::pending());
    let first = server.bundle("").send().await.unwrap();
    let answer = Answer::of(server.bundle("")).await;
    assert_eq!((answer.status, answer.code()), (429, "RATE_LIMITED"));
    drop(first);
    let again = tokio::time::timeout(Duration::from_secs(10), async {
        while server.bundle("").send().await.unwrap().status().as_u16() != 200 {}
    });
    again.await.unwrap();
}
