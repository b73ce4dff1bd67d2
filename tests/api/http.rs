//! The wire: what comes in wrong, too big or too clever is refused with a code, at once, and the
//! service lives on.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};
use test_support::{Backend, Issuer, block_on};

use crate::support::{App, Caller, STRONG};

const JSON: (&str, &str) = ("content-type", "application/json");

/// How long the refusal of an attack may take on a machine busy with other tests.
const AT_ONCE: Duration = Duration::from_secs(3);

fn strong(app: &App) -> Caller {
    app.person(&app.region().without_grants(), STRONG)
}

/// Sends an attack, which is refused with that status and code at once; a harmless query works after it.
/// Returns the methods that are allowed instead, if it says.
async fn refused(
    caller: &Caller,
    method: Method,
    headers: &[(&str, &str)],
    body: impl Into<Vec<u8>>,
    expected: (u16, &str),
) -> Option<String> {
    let begun = now();
    let answer = caller.raw().send(method, "/graphql", headers, body).await;
    assert!(
        begun.elapsed() < AT_ONCE,
        "{:?}: {}",
        begun.elapsed(),
        answer.text()
    );
    let code = answer.json()["errors"][0]["extensions"]["code"].as_str();
    assert_eq!(
        (answer.status(), code),
        (expected.0, Some(expected.1)),
        "{}",
        answer.text()
    );
    assert_eq!(answer.json().get("data"), None, "{}", answer.text());
    let alive = caller.graphql("{ __typename }", json!({})).await;
    assert_eq!(alive.at("/__typename"), "Query");
    answer.header("allow").map(str::to_owned)
}

fn now() -> Instant {
    Instant::now()
}

fn query(text: &str) -> String {
    json!({ "query": text }).to_string()
}

const STRICT: (&str, &str) = ("accept", "application/graphql-response+json");

async fn document(caller: &Caller, text: &str, code: &str) {
    refused(
        caller,
        Method::POST,
        &[JSON, STRICT],
        query(text),
        (400, code),
    )
    .await;
}

#[test]
fn documents_that_would_cost_too_much_are_refused_at_once() {
    block_on(async {
        let app = App::start(Backend::Sqlite);
        let caller = strong(&app);
        let mut bomb = String::from("{ ...f0 }");
        for n in 0..30 {
            bomb.push_str(&format!(
                " fragment f{n} on Query {{ ...f{0} ...f{0} }}",
                n + 1
            ));
        }
        bomb.push_str(" fragment f30 on Query { __typename }");
        document(&caller, &bomb, "QUERY_TOO_LARGE").await;

        let aliases: Vec<String> = (0..5_000).map(|n| format!("a{n}: __typename")).collect();
        let aliases = format!("{{ {} }}", aliases.join(" "));
        document(&caller, &aliases, "QUERY_TOO_LARGE").await;

        let roots: Vec<String> = (0..60)
            .map(|n| format!("a{n}: viewer {{ name }}"))
            .collect();
        document(
            &caller,
            &format!("{{ {} }}", roots.join(" ")),
            "QUERY_TOO_LARGE",
        )
        .await;

        let deep = format!(
            "{{ viewer {} }}",
            "{ person ".repeat(40) + "{ id }" + &"}".repeat(40)
        );
        document(&caller, &deep, "QUERY_TOO_COMPLEX").await;

        let brackets = format!(
            "{{ node(id: {}1{}) {{ id }} }}",
            "[".repeat(20_000),
            "]".repeat(20_000)
        );
        document(&caller, &brackets, "QUERY_TOO_COMPLEX").await;

        let directives = format!("{{ __typename {} }}", "@include(if: true) ".repeat(30));
        document(&caller, &directives, "QUERY_TOO_COMPLEX").await;

        let wide =
            "{ organisations(first: 200) { nodes { children(first: 200) { nodes { id } } } } }";
        document(&caller, wide, "QUERY_TOO_COMPLEX").await;

        document(
            &caller,
            "{ ...f } fragment f on Query { ...f }",
            "GRAPHQL_VALIDATION_FAILED",
        )
        .await;
    });
}

#[test]
fn the_cost_of_a_page_cannot_be_talked_down() {
    block_on(async {
        let app = App::start(Backend::Sqlite);
        let caller = strong(&app);
        for size in ["-1", "-2147483648", "2147483647"] {
            let text = format!("{{ persons(first: {size}) {{ nodes {{ id hsaId }} }} }}");
            let answer = caller.graphql(&text, json!({})).await;
            let code = &answer.json()["errors"][0]["extensions"]["code"];
            assert!(
                code == "BAD_USER_INPUT" || code == "QUERY_TOO_COMPLEX",
                "{}",
                answer.text()
            );
        }
    });
}

#[test]
fn requests_that_are_not_graphql_over_http_are_refused() {
    block_on(async {
        let app = App::start(Backend::Sqlite);
        let caller = strong(&app);
        let good = || query("{ __typename }");
        let post = Method::POST;
        refused(
            &caller,
            post.clone(),
            &[JSON],
            format!("[{}]", good()),
            (400, "BAD_REQUEST"),
        )
        .await;
        refused(
            &caller,
            post.clone(),
            &[JSON],
            "karin",
            (400, "BAD_REQUEST"),
        )
        .await;
        refused(&caller, post.clone(), &[JSON], "", (400, "BAD_REQUEST")).await;
        refused(
            &caller,
            post.clone(),
            &[JSON],
            "{\"query\": 7}",
            (400, "BAD_REQUEST"),
        )
        .await;
        for kind in [
            "text/plain",
            "application/x-www-form-urlencoded",
            "application/graphql",
            "",
        ] {
            let headers = [("content-type", kind)];
            refused(
                &caller,
                post.clone(),
                &headers,
                good(),
                (415, "BAD_REQUEST"),
            )
            .await;
        }
        let zipped = [JSON, ("content-encoding", "gzip")];
        refused(&caller, post.clone(), &zipped, good(), (415, "BAD_REQUEST")).await;
        let picky = [JSON, ("accept", "text/html")];
        refused(&caller, post.clone(), &picky, good(), (406, "BAD_REQUEST")).await;
        for method in [Method::PUT, Method::DELETE, Method::PATCH] {
            let allowed = refused(&caller, method, &[JSON], good(), (405, "BAD_REQUEST")).await;
            assert_eq!(allowed.as_deref(), Some("GET, POST"));
        }
    });
}

#[test]
fn bodies_are_bounded_by_who_sends_them() {
    block_on(async {
        let app = App::start(Backend::Sqlite);
        let padded = |bytes: usize| {
            json!({ "query": "{ __typename }", "extensions": { "p": "x".repeat(bytes) } })
                .to_string()
        };
        let person = strong(&app);
        let too_long = (413, "QUERY_TOO_LARGE");
        refused(&person, Method::POST, &[JSON], padded(140_000), too_long).await;
        let machine = app.service("server-login");
        refused(&machine, Method::POST, &[JSON], padded(1_060_000), too_long).await;
        let answer = machine
            .raw()
            .send(Method::POST, "/graphql", &[JSON], padded(200_000))
            .await;
        assert_eq!(answer.at("/__typename"), "Query");
        // Without a token nothing is read at all.
        let nobody = app.nobody();
        let answer = nobody
            .raw()
            .send(Method::POST, "/graphql", &[JSON], padded(1_000))
            .await;
        assert_eq!(answer.status(), 401);
    });
}

/// Writes everything before it reads anything, as simple clients do, and returns all that was answered.
fn written_then_read(app: &App, token: &str, head: &str, body: &[&[u8]]) -> String {
    let mut stream = written(app, token, head, body);
    let mut answer = String::new();
    stream
        .read_to_string(&mut answer)
        .expect("an answer, not a reset");
    answer
}

fn written(app: &App, token: &str, head: &str, body: &[&[u8]]) -> TcpStream {
    let mut stream = TcpStream::connect(app.serving().address()).expect("a connection");
    stream
        .set_read_timeout(Some(Duration::from_secs(20)))
        .expect("a limit");
    let head = format!(
        "POST /graphql HTTP/1.1\r\nhost: behorig\r\n\
         content-type: application/json\r\nauthorization: Bearer {token}\r\n{head}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).expect("a head is taken");
    for part in body {
        stream.write_all(part).expect("all of the body is taken");
    }
    stream
}

fn status(answer: &str) -> &str {
    answer.lines().next().unwrap_or_default()
}

#[test]
fn a_client_that_writes_all_of_a_body_first_still_sees_that_it_is_too_long() {
    let app = App::start(Backend::Sqlite);
    let token = Issuer::TRUSTED.token(&Issuer::service("server-login"));
    let body = vec![b' '; 6_000_000];
    let declared = format!("connection: close\r\ncontent-length: {}", body.len());
    let answer = written_then_read(&app, &token, &declared, &[&body]);
    assert_eq!(
        status(&answer),
        "HTTP/1.1 413 Payload Too Large",
        "{answer}"
    );
    assert!(answer.contains("longer than 1048576 bytes"), "{answer}");

    let chunk = format!("{:x}\r\n", body.len());
    let chunks: [&[u8]; 4] = [chunk.as_bytes(), &body, b"\r\n0\r\n", b"\r\n"];
    let answer = written_then_read(
        &app,
        &token,
        "connection: close\r\ntransfer-encoding: chunked",
        &chunks,
    );
    assert_eq!(
        status(&answer),
        "HTTP/1.1 413 Payload Too Large",
        "{answer}"
    );
}

#[test]
fn a_body_that_is_far_too_long_is_refused_before_it_comes_and_its_connection_closed() {
    let app = App::start(Backend::Sqlite);
    let token = Issuer::TRUSTED.token(&Issuer::service("server-login"));
    let closed = |declared: &str| {
        let answer = written_then_read(&app, &token, declared, &[]);
        assert_eq!(
            status(&answer),
            "HTTP/1.1 413 Payload Too Large",
            "{answer}"
        );
        assert!(answer.contains("\r\nconnection: close\r\n"), "{answer}");
    };
    closed("content-length: 100000000000");
    // Who asks first is told at once: nothing has to be read away.
    closed("content-length: 2000000\r\nexpect: 100-continue");
}

#[test]
fn a_body_that_ends_too_early_is_not_called_too_long() {
    let app = App::start(Backend::Sqlite);
    let token = Issuer::TRUSTED.token(&Issuer::service("server-login"));
    let mut stream = written(&app, &token, "content-length: 100", &[b"{\"query\":"]);
    stream.shutdown(Shutdown::Write).expect("nothing more");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    assert_eq!(status(&answer), "HTTP/1.1 400 Bad Request", "{answer}");
    assert!(answer.contains("ends too early"), "{answer}");
}

#[test]
fn a_get_reads_and_changes_nothing() {
    block_on(async {
        let app = App::start(Backend::Sqlite);
        let caller = strong(&app);
        let answer = caller.raw().get("/graphql?query=%7B__typename%7D").await;
        assert_eq!(answer.at("/__typename"), "Query");
        let change = "/graphql?query=mutation%7BrevokeGrant(input:%7Bgrant:%22x%22%7D)%7Berrors%7Bcode%7D%7D%7D";
        let answer = caller.raw().get(change).await;
        assert_eq!(
            (answer.status(), answer.header("allow")),
            (405, Some("POST")),
            "{}",
            answer.text()
        );
    });
}

#[test]
fn only_one_change_is_made_by_a_request() {
    block_on(async {
        let app = App::start(Backend::Sqlite);
        let id = app.id("role_grant", &app.region().clinician().grant).await;
        let revoke = format!("revokeGrant(input: {{ grant: \"{id}\" }}) {{ errors {{ code }} }}");
        let text = format!("mutation {{ a: {revoke} b: {revoke} }}");
        let answer = app.service("iam").graphql(&text, json!({})).await;
        assert!(answer.json()["errors"].is_array(), "{}", answer.text());
        let live = app
            .column("SELECT id FROM role_grant WHERE revoked_at IS NULL")
            .await;
        assert!(live.contains(&id), "one of two changes was made");
    });
}

#[test]
fn errors_repeat_nothing_that_was_sent() {
    block_on(async {
        let app = App::start(Backend::Sqlite);
        let caller = strong(&app);
        for text in [
            "{ person(hsaId: \"19121212-1212\") { id } }",
            "{ node(id: \"19121212-1212\") { id } }",
            "{ persons(filter: { name: 19121212 }) { nodes { id } } }",
            "{ decision(id: \"19121212-1212\") { id } } hunter2",
            "query($x: HsaId!) { person(hsaId: $x) { id } }",
        ] {
            let answer = caller.graphql(text, json!({ "x": "19121212-1212" })).await;
            assert!(!answer.text().contains("121212"), "{}", answer.text());
            assert!(!answer.text().contains("hunter2"), "{}", answer.text());
        }
        assert!(
            !app.serving().said().contains("121212"),
            "{}",
            app.serving().said()
        );
    });
}

#[test]
fn the_pages_beside_the_service_say_whether_it_can_be_used() {
    block_on(async {
        let app = App::start(Backend::Sqlite);
        let nobody = app.nobody();
        for path in ["/healthz", "/readyz", "/.well-known/behorig"] {
            let answer = nobody.raw().get(path).await;
            assert_eq!(answer.status(), 200, "{path}: {}", answer.text());
        }
        let ready = nobody.raw().get("/readyz").await;
        let parts = ready.json()["parts"].as_object().expect("parts").clone();
        assert!(
            parts.len() >= 3 && parts.values().all(|part| part == &json!(true)),
            "{parts:?}"
        );
        assert_eq!(nobody.raw().get("/nowhere").await.status(), 404);
    });
}

#[test]
fn every_request_has_an_id_and_says_what_it_cost() {
    block_on(async {
        let app = App::start(Backend::Sqlite);
        let answer = strong(&app).graphql("{ viewer { name } }", json!({})).await;
        assert!(
            answer
                .header("x-request-id")
                .is_some_and(|id| !id.is_empty())
        );
        let cost = &answer.json()["extensions"]["cost"];
        assert_eq!(cost["selections"]["used"], json!(2), "{}", answer.text());
        assert_eq!(cost["complexity"]["limit"], json!(5_000));
    });
}

#[test]
fn a_flood_of_one_person_is_slowed_and_others_are_not() {
    block_on(async {
        let app = App::with(Backend::Sqlite, "http.person_requests_per_second = 3");
        let flood = strong(&app);
        let mut limited = None;
        for _ in 0..40 {
            let answer = flood.graphql("{ __typename }", json!({})).await;
            if answer.status() == 429 {
                limited = Some(answer);
                break;
            }
        }
        let limited = limited.expect("a limit");
        let _error = limited.refused("RATE_LIMITED");
        assert!(limited.header("retry-after").is_some());
        let other = app
            .service("iam")
            .graphql("{ __typename }", json!({}))
            .await;
        assert_eq!(other.at("/__typename"), "Query");
    });
}

#[test]
fn a_service_that_is_asked_to_stop_stops() {
    let app = App::start(Backend::Sqlite);
    app.serving().signal("TERM");
    let pid = format!("/proc/{}/stat", app.serving().pid());
    let gone = || std::fs::read_to_string(&pid).map_or(true, |stat| stat.contains(") Z "));
    let begun = now();
    while !gone() {
        assert!(begun.elapsed() < Duration::from_secs(20), "it goes on");
        std::thread::yield_now();
    }
    assert!(
        app.serving().said().contains("stopped"),
        "{}",
        app.serving().said()
    );
}

#[test]
fn reasons_come_in_the_language_that_is_asked_for() {
    block_on(async {
        let app = App::start(Backend::Sqlite);
        let olle = app.region().segment_administrator();
        let question = crate::support::about(
            &olle.person,
            "server:administer",
            json!({ "server": olle.other_server }),
        );
        let text = "mutation A($input: AuthorizeInput!) { authorize(input: $input) {
            decision { reasons { text } } errors { code } } }";
        let body = json!({ "query": text, "variables": { "input": question } }).to_string();
        let mut said = Vec::new();
        for language in ["sv", "en", "sv-SE;q=0.9, en;q=0.1", "fi"] {
            let headers = [JSON, ("accept-language", language)];
            let login = app.service("server-login");
            let answer = login
                .raw()
                .send(Method::POST, "/graphql", &headers, body.clone())
                .await;
            said.push(answer.at("/authorize/decision/reasons/0/text").clone());
        }
        assert_ne!(said[0], said[1]);
        assert_eq!((&said[0], &said[1]), (&said[2], &said[3]), "{said:?}");
        assert!(said.iter().all(Value::is_string));
    });
}
