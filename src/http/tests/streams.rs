//! Streams of events: their bytes, their bounds and their ends.

use std::time::Duration;

use async_graphql::value;
use reqwest::Method;

use super::*;

const FOLLOW: &str = "subscription { told }";
const END: &str = "event: complete\ndata:\n\n";

fn delivery(seq: u64) -> Delivery {
    Delivery {
        place: Some(seq),
        response: Sealed::for_test(async_graphql::Response::new(value!({ "told": "a\nb" }))),
    }
}

impl Server {
    fn gives(&self, deliveries: impl futures_util::Stream<Item = Delivery> + Send + 'static) {
        *self.stub.deliveries.lock().unwrap() = Some(deliveries.boxed());
    }

    /// A request for a stream with that document.
    fn stream(&self, token: &str, query: &str) -> reqwest::RequestBuilder {
        let body = json!({ "query": query }).to_string();
        self.request(Method::POST, "/graphql")
            .bearer_auth(token)
            .header("content-type", "application/json")
            .header("accept", "text/event-stream")
            .body(body)
    }

    fn follow(&self) -> reqwest::RequestBuilder {
        self.stream(&self.token(), FOLLOW)
    }
}

async fn text(request: reqwest::RequestBuilder) -> String {
    let response = request.send().await.unwrap();
    assert_eq!(response.status().as_u16(), 200);
    let kind = response.headers()["content-type"].clone();
    assert_eq!(kind, "text/event-stream");
    response.text().await.unwrap()
}

#[tokio::test]
async fn what_is_delivered_is_written_as_graphql_over_sse_has_it() {
    let server = server().await;
    server.gives(stream::iter([delivery(7), delivery(9)]));
    let told =
        |seq| format!("event: next\nid: {seq}\ndata: {{\"data\":{{\"told\":\"a\\nb\"}}}}\n\n");
    let expected = told(7) + &told(9) + END;
    assert_eq!(text(server.follow()).await, expected);
    server.gives(stream::iter([delivery(10)]));
    let get = server
        .request(Method::GET, "/graphql?query=subscription%7Btold%7D")
        .bearer_auth(server.token())
        .header("accept", "application/json, text/event-stream;q=0.5")
        .header("last-event-id", "9");
    assert!(text(get).await.contains("id: 10\n"));
    assert_eq!(*server.stub.resumed.lock().unwrap(), Some(9));
}

#[tokio::test]
async fn a_client_that_wants_streams_gets_single_answers_and_errors_so_too() {
    let server = server().await;
    let ask = |query| text(server.stream(&server.token(), query));
    let answer = ask("{ greeting }").await;
    let expected = "event: next\ndata: {\"data\":{\"greeting\":\"Hej \"}";
    assert!(answer.starts_with(expected), "{answer}");
    assert!(answer.ends_with(END), "{answer}");
    for (query, code) in [
        ("{ nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ("{", "GRAPHQL_PARSE_FAILED"),
    ] {
        let refused = ask(query).await;
        assert!(refused.contains(code), "{refused}");
    }
}

#[tokio::test]
async fn a_stream_is_asked_for_by_name_and_taken_up_after_a_number() {
    let server = server().await;
    for accept in ["application/json", "*/*", "text/event-stream;q=0, */*"] {
        let body = json!({ "query": FOLLOW }).to_string();
        let post = server.request(Method::POST, "/graphql");
        let post = post.bearer_auth(server.token()).header("accept", accept);
        let post = post.header("content-type", "application/json").body(body);
        let answer = Answer::of(post).await;
        let refused = (answer.status, answer.code());
        assert_eq!(refused, (406, "BAD_REQUEST"), "{accept}");
        let said = answer.body["errors"][0]["message"].as_str().unwrap();
        assert!(said.contains("text/event-stream"), "{said}");
    }
    let answer = Answer::of(server.follow().header("last-event-id", "seven")).await;
    assert_eq!((answer.status, answer.code()), (400, "BAD_USER_INPUT"));
    let said = answer.body["errors"][0]["message"].as_str().unwrap();
    assert!(said.contains("`Last-Event-ID`"), "{said}");
    let nobody = Answer::of(server.stream("x", FOLLOW)).await;
    assert_eq!((nobody.status, nobody.code()), (401, "UNAUTHENTICATED"));
}

#[tokio::test]
async fn streams_are_bounded_and_a_closed_one_makes_room() {
    let server = server_with(|settings| {
        settings.streams_per_caller = 2;
        settings.streams = 3;
    })
    .await;
    let first = server.follow().send().await.unwrap();
    let second = server.follow().send().await.unwrap();
    let answer = Answer::of(server.follow()).await;
    assert_eq!((answer.status, answer.code()), (429, "RATE_LIMITED"));
    let other = Subject::Service("other".parse().unwrap());
    let other = server.issuer.issue(&TokenOrder::new(other), NOW).unwrap();
    let third = server.stream(&other, FOLLOW).send().await.unwrap();
    assert_eq!(third.status().as_u16(), 200);
    let answer = Answer::of(server.stream(&other, FOLLOW)).await;
    assert_eq!((answer.status, answer.code()), (503, "UNAVAILABLE"));
    drop(second);
    let again = tokio::time::timeout(Duration::from_secs(10), async {
        loop {
            let again = server.follow().send().await.unwrap();
            if again.status().as_u16() == 200 {
                return again;
            }
        }
    });
    drop((first, third, again.await.unwrap()));
}

#[tokio::test]
async fn a_stream_ends_with_its_reason_when_the_server_stops_or_fails() {
    let server = server().await;
    server.gives(stream::once(async { panic!("hunter2") }));
    let failed = text(server.follow()).await;
    assert!(failed.contains("INTERNAL_SERVER_ERROR"), "{failed}");
    assert!(!failed.contains("hunter2"), "{failed}");
    server.gives(stream::iter([delivery(1)]).chain(stream::pending()));
    let mut response = server.follow().send().await.unwrap();
    let mut said = String::new();
    while !said.contains("id: 1\n") {
        let chunk = response.chunk().await.unwrap().unwrap();
        said.push_str(std::str::from_utf8(&chunk).unwrap());
    }
    server.stop.notify_one();
    said.push_str(&response.text().await.unwrap());
    assert!(said.contains(r#""code":"UNAVAILABLE""#), "{said}");
    assert!(said.ends_with(END), "{said}");
    server.ended.await.unwrap().unwrap();
}
