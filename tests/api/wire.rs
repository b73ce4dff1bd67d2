//! The connections themselves: how many, how long, where a request ends, and who may call from a browser.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::json;
use test_support::{Backend, Client, Issuer, block_on};

use crate::support::{App, STRONG, behorig, settings_file};

/// How long is waited for what should happen, on a machine busy with other tests.
const PATIENCE: Duration = Duration::from_secs(20);

fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).expect("a connection");
    stream.set_read_timeout(Some(PATIENCE)).expect("a limit");
    stream
}

/// Everything that is said until the connection ends, also if it is reset in the end.
fn rest(mut stream: TcpStream) -> String {
    let mut said = Vec::new();
    if let Err(error) = stream.read_to_end(&mut said) {
        assert_eq!(error.kind(), ErrorKind::ConnectionReset, "it goes on");
    }
    String::from_utf8(said).expect("text")
}

/// What is answered to these bytes, until the connection ends.
fn answer(app: &App, request: &str) -> String {
    let mut stream = connect(app.serving().address());
    stream.write_all(request.as_bytes()).expect("taken");
    rest(stream)
}

fn statuses(answer: &str) -> Vec<&str> {
    let lines = answer.split("HTTP/1.").skip(1);
    lines.filter_map(|line| line.split(' ').nth(1)).collect()
}

const ALIVE: &str = "GET /healthz HTTP/1.1\r\nhost: behorig\r\n\r\n";

/// Reads one answer to [`ALIVE`] on a connection that stays open.
fn alive(stream: &mut TcpStream) {
    stream.write_all(ALIVE.as_bytes()).expect("taken");
    let mut said = Vec::new();
    while !said.ends_with(b"{\"status\":\"ok\"}") {
        let mut byte = [0];
        stream.read_exact(&mut byte).expect("an answer");
        said.extend(byte);
    }
}

#[test]
fn connections_that_say_nothing_stop_nobody() {
    block_on(async {
        let app = App::with(Backend::Sqlite, "http.head_milliseconds = 300000");
        // A quarter of the usual limit, so that the test needs few descriptors itself.
        let app = app.again_after("ulimit -n 256");
        let mut silent = Vec::new();
        for _ in 0..400 {
            silent.push(connect(app.serving().address()));
        }
        let caller = app.person(&app.region().without_grants(), STRONG);
        for _ in 0..20 {
            let answer = caller.graphql("{ __typename }", json!({})).await;
            assert_eq!(answer.at("/__typename"), "Query");
        }
        let said = app.serving().said();
        assert!(
            said.contains("fewer connections are taken than are set"),
            "{said}"
        );
        assert!(!said.contains("no connection can be taken now"), "{said}");
        drop(silent);
    });
}

#[test]
fn the_limit_of_descriptors_is_raised_and_told() {
    let app = App::start(Backend::Sqlite);
    let file = settings_file(app.database(), "http.connections = 300");
    let told = |limit: &str| {
        let binary = behorig().path().display().to_string();
        let file = file.display();
        let script = format!("{limit}; exec '{binary}' check --config '{file}'");
        let shell = behorig().under("/bin/bash");
        shell.run(&["-c", &script]).succeeded().stdout().to_owned()
    };
    let raised = told("ulimit -S -n 200");
    assert!(
        raised.contains("connections 300, at most 256 of one address"),
        "{raised}"
    );
    let bounded = told("ulimit -n 200");
    assert!(
        bounded.contains("connections 112, fewer than `http.connections` = 300"),
        "{bounded}"
    );
    assert!(bounded.contains("to 388\ndescriptors 200"), "{bounded}");
}

#[test]
fn a_head_has_its_time_however_it_drips() {
    let app = App::with(Backend::Sqlite, "http.head_milliseconds = 500");
    let address = app.serving().address();
    // Nothing at all, and a part.
    for part in ["", "GET /healthz HTTP/1.1\r\nhost: beho"] {
        let mut stream = connect(address);
        stream.write_all(part.as_bytes()).expect("taken");
        assert_eq!(rest(stream), "", "{part:?}");
    }
    let mut stream = connect(address);
    stream
        .set_read_timeout(Some(Duration::from_millis(20)))
        .expect("a limit");
    let begun = Instant::now();
    stream
        .write_all(b"GET /healthz HTTP/1.1\r\nx: ")
        .expect("taken");
    loop {
        assert!(begun.elapsed() < PATIENCE, "it goes on for ever");
        match stream.read(&mut [0]) {
            Ok(1..) => panic!("an answer to half a request"),
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                if stream.write_all(b"x").is_err() {
                    break;
                }
            }
            Ok(0) | Err(_) => break,
        }
    }
}

#[test]
fn a_connection_that_has_been_answered_may_rest_for_a_while() {
    let settings = "http.head_milliseconds = 100\nhttp.idle_milliseconds = 2000";
    let app = App::with(Backend::Sqlite, settings);
    let mut stream = connect(app.serving().address());
    alive(&mut stream);
    let begun = Instant::now();
    let mut other = stream.try_clone().expect("a clone");
    assert_eq!(rest(stream), "");
    assert!(
        begun.elapsed() >= Duration::from_millis(1_900),
        "{:?}",
        begun.elapsed()
    );
    assert_eq!(other.read(&mut [0]).unwrap_or(0), 0);
}

#[test]
fn a_body_has_its_time() {
    let settings = "http.timeout_milliseconds = 500\nhttp.idle_milliseconds = 300000";
    let app = App::with(Backend::Sqlite, settings);
    let token = Issuer::TRUSTED.token(&Issuer::service("server-login"));
    for body in [
        "content-length: 50\r\n\r\n{",
        "transfer-encoding: chunked\r\n\r\n5\r\n{",
    ] {
        let said = answer(
            &app,
            &format!(
                "POST /graphql HTTP/1.1\r\nhost: behorig\r\ncontent-type: application/json\r\n\
                 authorization: Bearer {token}\r\n{body}"
            ),
        );
        assert_eq!(statuses(&said), ["408"], "{said}");
        assert!(said.contains("connection: close\r\n"), "{said}");
    }
}

/// Requests that two readers can understand differently, each with another hidden behind it.
#[test]
fn a_request_that_can_be_understood_in_two_ways_is_refused_and_nothing_is_read_after_it() {
    let app = App::start(Backend::Sqlite);
    let post = "POST /graphql HTTP/1.1\r\n";
    for (head, status) in [
        (
            "host: a\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
            "400",
        ),
        (
            "host: a\r\ntransfer-encoding: chunked\r\ncontent-length: 5\r\n\r\n0\r\n\r\n",
            "400",
        ),
        (
            "host: a\r\ntransfer-encoding: xchunked\r\n\r\n0\r\n\r\n",
            "400",
        ),
        (
            "host: a\r\ntransfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
            "400",
        ),
        (
            "host: a\r\ntransfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
            "400",
        ),
        (
            "host: a\r\ncontent-length: 0\r\ncontent-length: 0\r\n\r\n",
            "400",
        ),
        (
            "host: a\r\ncontent-length: 0\r\ncontent-length: 5\r\n\r\n",
            "400",
        ),
        ("host: a\r\ncontent-length: 0, 0\r\n\r\n", "400"),
        ("host: a\r\ncontent-length: +0\r\n\r\n", "400"),
        ("host: a\r\ncontent-length : 0\r\n\r\n", "400"),
        ("host: a\ncontent-length: 0\r\n\r\n", "400"),
        (
            "host: a\r\nx: y\r\n z: 1\r\ncontent-length: 0\r\n\r\n",
            "400",
        ),
        ("content-length: 0\r\n\r\n", "400"),
        ("host: a\r\nhost: a\r\ncontent-length: 0\r\n\r\n", "400"),
        ("host: a\r\nhost: b\r\ncontent-length: 0\r\n\r\n", "400"),
        ("host:\r\ncontent-length: 0\r\n\r\n", "400"),
        ("host: a b\r\ncontent-length: 0\r\n\r\n", "400"),
        // A body that nobody reads is not the next request either.
        ("host: a\r\ncontent-length: 500\r\n\r\n", "401"),
        (
            "host: a\r\ntransfer-encoding: chunked\r\n\r\n5\nabcde\n0\n\n",
            "401",
        ),
    ] {
        let said = answer(&app, &format!("{post}{head}{ALIVE}"));
        assert_eq!(statuses(&said), [status], "{head:?}: {said}");
        assert!(
            said.to_lowercase().contains("connection: close\r\n"),
            "{head:?}: {said}"
        );
    }
    for line in [
        "GET http://other/healthz HTTP/1.1\r\nhost: behorig\r\n\r\n",
        "GET http://behorig@other/healthz HTTP/1.1\r\nhost: behorig\r\n\r\n",
        "CONNECT behorig:80 HTTP/1.1\r\nhost: behorig:80\r\n\r\n",
        "POST /graphql HTTP/1.0\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        "GET /healthz HTTP/1.1\r\n\r\n",
    ] {
        let said = answer(&app, &format!("{line}{ALIVE}"));
        assert_eq!(statuses(&said), ["400"], "{line:?}: {said}");
    }
    for line in [
        "GET http://behorig/healthz HTTP/1.1\r\nhost: behorig\r\nconnection: close\r\n\r\n",
        "GET /healthz HTTP/1.0\r\n\r\n",
    ] {
        let said = answer(&app, line);
        assert_eq!(statuses(&said), ["200"], "{line:?}: {said}");
    }
}

#[test]
fn requests_behind_each_other_are_each_answered() {
    let app = App::start(Backend::Sqlite);
    let body = "{\"query\":\"{ __typename }\"}";
    let token = Issuer::TRUSTED.token(&Issuer::service("server-login"));
    let length = body.len();
    let post = format!(
        "POST /graphql HTTP/1.1\r\nhost: behorig\r\ncontent-type: application/json\r\n\
         authorization: Bearer {token}\r\n"
    );
    let last = ALIVE.replace("host", "connection: close\r\nhost");
    let said = answer(
        &app,
        &format!(
            "{post}content-length: {length}\r\n\r\n{body}{ALIVE}\
             {post}transfer-encoding: chunked\r\n\r\n5\r\n{}\r\n{:x};a=b\r\n{}\r\n0\r\n\r\n{last}",
            &body[..5],
            length - 5,
            &body[5..]
        ),
    );
    assert_eq!(statuses(&said), ["200"; 4], "{said}");
}

/// Opens as many streams of events as it is told on connections of their own, and keeps them.
async fn streams(app: &App, many: usize) -> Vec<test_support::Stream> {
    let mut open = Vec::new();
    let text = "subscription { decisionRecorded { id } }";
    for _ in 0..many {
        open.push(app.auditor().raw().stream(text, json!({}), None).await);
    }
    open
}

#[test]
fn one_address_has_its_share_and_others_have_theirs() {
    block_on(async {
        let app = App::with(Backend::Sqlite, "http.connections_per_address = 4");
        let open = streams(&app, 4).await;
        assert!(open.iter().all(|stream| stream.status() == 200));
        // All four are in use, so there is none for another.
        let said = rest(connect(app.serving().address()));
        assert_eq!(statuses(&said), ["503"], "{said}");
        let told = Instant::now() + Duration::from_secs(10);
        while !app.serving().said().contains("connections are turned away") {
            assert!(Instant::now() < told, "{}", app.serving().said());
            tokio::task::yield_now().await;
        }
        let neighbour = Client::from(
            "127.0.0.2".parse().expect("an address"),
            app.serving().address(),
        );
        assert_eq!(neighbour.get("/healthz").await.status(), 200);
        drop(open);
        let begun = Instant::now();
        loop {
            assert!(
                begun.elapsed() < PATIENCE,
                "closed connections keep their places"
            );
            let mut stream = connect(app.serving().address());
            let mut said = [0; 12];
            if stream.write_all(ALIVE.as_bytes()).is_ok()
                && stream.read_exact(&mut said).is_ok()
                && said == *b"HTTP/1.1 200"
            {
                break;
            }
        }
    });
}

#[test]
fn the_schema_is_for_anybody_but_not_for_a_flood() {
    block_on(async {
        let app = App::with(Backend::Sqlite, "http.failed_sign_ins_per_second = 2");
        let nobody = app.nobody();
        let mut refused = 0;
        for _ in 0..20 {
            let answer = nobody.raw().get("/schema.graphql").await;
            refused += usize::from(answer.status() == 429);
        }
        assert!(refused > 5, "{refused}");
        // Health is asked for by machines that must not be turned away.
        for _ in 0..50 {
            assert_eq!(nobody.raw().get("/readyz").await.status(), 200);
        }
    });
}

#[test]
fn pages_of_listed_origins_may_call_from_a_browser_and_no_others() {
    block_on(async {
        let app = App::with(
            Backend::Sqlite,
            "http.cors_origins = [\"https://app.example\"]",
        );
        let caller = app.person(&app.region().without_grants(), STRONG);
        let preflight = |origin: &'static str| {
            let caller = caller.clone();
            async move {
                let headers = [
                    ("origin", origin),
                    ("access-control-request-method", "POST"),
                    (
                        "access-control-request-headers",
                        "authorization,content-type",
                    ),
                ];
                caller
                    .raw()
                    .send(Method::OPTIONS, "/graphql", &headers, "")
                    .await
            }
        };
        let answer = preflight("https://app.example").await;
        let header = |name: &str| answer.header(name).unwrap_or_default().to_owned();
        assert_eq!(answer.status(), 200);
        assert_eq!(header("access-control-allow-origin"), "https://app.example");
        assert_eq!(header("access-control-allow-methods"), "GET,POST");
        let allowed = header("access-control-allow-headers");
        assert!(
            allowed.contains("authorization") && allowed.contains("content-type"),
            "{allowed}"
        );
        assert_eq!(answer.header("access-control-allow-credentials"), None);
        let other = preflight("https://evil.example").await;
        assert_eq!(other.header("access-control-allow-origin"), None);
        let body = json!({ "query": "{ __typename }" }).to_string();
        for (origin, allowed) in [
            ("https://app.example", Some("https://app.example")),
            ("https://evil.example", None),
            ("null", None),
        ] {
            let headers = [("origin", origin), ("content-type", "application/json")];
            let answer = caller
                .raw()
                .send(Method::POST, "/graphql", &headers, body.clone())
                .await;
            assert_eq!(answer.at("/__typename"), "Query");
            assert_eq!(
                answer.header("access-control-allow-origin"),
                allowed,
                "{origin}"
            );
        }
    });
    block_on(async {
        let app = App::start(Backend::Sqlite);
        let headers = [
            ("origin", "https://app.example"),
            ("access-control-request-method", "POST"),
        ];
        let answer = app
            .nobody()
            .raw()
            .send(Method::OPTIONS, "/graphql", &headers, "")
            .await;
        assert_eq!(answer.status(), 405);
        assert_eq!(answer.header("access-control-allow-origin"), None);
    });
}
