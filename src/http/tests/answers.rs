//! Who is let in, and what happens when something goes wrong.

use super::*;

#[tokio::test]
async fn without_a_token_the_challenge_names_no_error() {
    let server = server().await;
    let body = json!({ "query": "{ greeting }" }).to_string();
    for header in [None, Some("Basic YTpi")] {
        let mut request = server
            .request(reqwest::Method::POST, "/graphql")
            .header("content-type", "application/json")
            .body(body.clone());
        if let Some(header) = header {
            request = request.header("authorization", header);
        }
        let answer = Answer::of(request).await;
        assert_eq!((answer.status, answer.code()), (401, "UNAUTHENTICATED"));
        assert_eq!(
            answer.header("www-authenticate"),
            "Bearer realm=\"behorig\""
        );
        assert!(answer.body.get("data").is_none());
    }
}

#[tokio::test]
async fn a_wrong_token_is_refused_with_its_reason_and_never_echoed() {
    let server = server().await;
    let person = Subject::Person("TSTNMT2321000001-1001".parse().unwrap());
    let earlier = NOW.plus_seconds(-9 * 3_600);
    let expired = server
        .issuer
        .issue(&TokenOrder::new(person), earlier)
        .unwrap();
    let tampered = format!("{}A", server.token());
    for (token, why) in [
        (expired.as_str(), "the token has expired: sign in again"),
        (
            tampered.as_str(),
            "the signature does not fit the token: expected the token as it was issued, byte for byte",
        ),
        (
            "not-a-token",
            "the token is no signed JSON web token: expected the issuer's access token, whole, behind `Bearer `",
        ),
    ] {
        let request = server
            .request(reqwest::Method::POST, "/graphql")
            .bearer_auth(token)
            .header("content-type", "application/json")
            .body("{}");
        let answer = Answer::of(request).await;
        assert_eq!((answer.status, answer.code()), (401, "UNAUTHENTICATED"));
        assert_eq!(
            answer.header("www-authenticate"),
            format!(
                "Bearer realm=\"behorig\", error=\"invalid_token\", error_description=\"{why}\""
            )
        );
        assert!(!answer.body.to_string().contains(token));
    }
}

#[tokio::test]
async fn somebody_whom_the_register_does_not_know_is_refused_like_a_wrong_token() {
    let server = server().await;
    *server.stub.failing.lock().unwrap() = Some(ExecuteError::UnknownCaller);
    let answer = server.ask("{ greeting }").await;
    assert_eq!((answer.status, answer.code()), (401, "UNAUTHENTICATED"));
    assert!(answer.header("www-authenticate").contains("invalid_token"));
}

#[tokio::test]
async fn what_cannot_be_recorded_is_not_answered() {
    let server = server().await;
    *server.stub.failing.lock().unwrap() = Some(ExecuteError::Unavailable);
    let answer = server.ask("{ greeting }").await;
    assert_eq!((answer.status, answer.code()), (503, "UNAVAILABLE"));
    assert!(answer.body.get("data").is_none());
    assert_eq!(answer.header("retry-after"), "1");
}

/// The challenge for a sign-in by one of those, so recent (RFC 9470).
fn challenge(acr_values: &str, max_age: &str) -> String {
    format!(
        "Bearer realm=\"behorig\", error=\"insufficient_user_authentication\", \
         error_description=\"a stronger or more recent sign-in is needed\", \
         acr_values=\"{acr_values}\", max_age=\"{max_age}\""
    )
}

#[tokio::test]
async fn weak_sign_in_alone_is_a_challenge_and_beside_other_data_an_error() {
    let server = server().await;
    let answer = server.ask("{ weak }").await;
    assert_eq!(
        (answer.status, answer.code()),
        (401, "INSUFFICIENT_USER_AUTHENTICATION")
    );
    assert_eq!(
        answer.header("www-authenticate"),
        challenge("http://id.sambi.se/loa/loa3 urn:loa:4", "900")
    );
    assert!(answer.body.get("data").is_none());
    // Beside data, the status is the data's and the challenge is there all the same.
    let answer = server.ask("{ greeting weak }").await;
    assert_eq!(
        (answer.status, answer.code()),
        (200, "INSUFFICIENT_USER_AUTHENTICATION")
    );
    assert_eq!(
        answer.header("www-authenticate"),
        challenge("http://id.sambi.se/loa/loa3 urn:loa:4", "900")
    );
    assert_eq!(answer.body["data"]["weak"], Value::Null);
    // One sign-in has to do for everything.
    let both = "{ weak(age: 60) other: weak(level: 4, age: 300) }";
    let answer = server.ask(both).await;
    assert_eq!(answer.status, 401);
    let strictest = challenge("urn:loa:4", "60");
    assert_eq!(answer.header("www-authenticate"), strictest);
    let answer = server.ask("{ refused }").await;
    assert_eq!((answer.status, answer.code()), (403, "FORBIDDEN"));
    assert_eq!(answer.header("www-authenticate"), "");
}

#[tokio::test]
async fn a_panic_is_an_answer_without_its_words_and_the_server_goes_on() {
    let server = server().await;
    let answer = server.ask("{ panics }").await;
    assert_eq!(
        (answer.status, answer.code()),
        (500, "INTERNAL_SERVER_ERROR")
    );
    assert!(!answer.body.to_string().contains("hunter2"));
    assert_eq!(server.ask("{ greeting }").await.status, 200);
}

#[tokio::test]
async fn a_query_that_hangs_is_given_up() {
    let server = server_with(|settings| settings.timeout = Duration::from_millis(50)).await;
    let answer = server.ask("{ hangs }").await;
    assert_eq!((answer.status, answer.code()), (504, "TIMEOUT"));
}

#[tokio::test]
async fn a_mutation_survives_a_client_that_hangs_up() {
    let server = server().await;
    let request = server.post(json!({ "query": "mutation { touch }" }).to_string());
    #[expect(clippy::disallowed_methods, reason = "a client beside the test")]
    let client = tokio::spawn(request.send());
    server.stub.begun.notified().await;
    client.abort();
    assert!(client.await.unwrap_err().is_cancelled());
    server.stub.go_on.notify_one();
    server.stub.done.notified().await;
    assert_eq!(server.stub.touched.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_stopping_server_answers_what_it_has_taken() {
    let server = server().await;
    let request = server.post(json!({ "query": "mutation { touch }" }).to_string());
    #[expect(clippy::disallowed_methods, reason = "a client beside the test")]
    let client = tokio::spawn(request.send());
    server.stub.begun.notified().await;
    server.stop.notify_one();
    server.stub.go_on.notify_one();
    let response = client.await.unwrap().unwrap();
    assert_eq!(response.status().as_u16(), 200);
    drop(response.bytes().await.unwrap());
    server.ended.await.unwrap().unwrap();
}

#[tokio::test]
async fn callers_and_strangers_who_ask_too_often_are_told_when_to_come_back() {
    let server = server_with(|settings| {
        settings.person_requests_per_second = 1;
        settings.failed_sign_ins_per_second = 1;
    })
    .await;
    // However slow the machine, a few hundred requests come faster than one a second.
    let mut refused = None;
    for n in 0..300 {
        let answer = server.ask("{ greeting }").await;
        if answer.status == 429 {
            assert!(n >= 2, "twice as many at once are taken");
            refused = Some(answer);
            break;
        }
        assert_eq!(answer.status, 200);
    }
    let refused = refused.unwrap();
    assert_eq!(refused.code(), "RATE_LIMITED");
    assert!(refused.header("retry-after").parse::<u64>().unwrap() >= 1);
    let mut statuses = Vec::new();
    while statuses.last() != Some(&429) && statuses.len() < 300 {
        let answer = Answer::of(server.request(reqwest::Method::POST, "/graphql")).await;
        statuses.push(answer.status);
    }
    assert_eq!(
        (statuses[..2].to_vec(), statuses.last()),
        (vec![401, 401], Some(&429))
    );
}

#[tokio::test]
async fn anybody_may_see_health_limits_and_schema() {
    let server = server().await;
    let get = |path: &'static str| server.request(reqwest::Method::GET, path);
    assert_eq!(Answer::of(get("/healthz")).await.status, 200);
    let ready = Answer::of(get("/readyz")).await;
    assert_eq!(
        (ready.status, &ready.body["parts"]["keys"]),
        (200, &json!(true))
    );
    assert_eq!(ready.body.get("warnings"), None);
    server.stub.differs.store(true, Ordering::SeqCst);
    server.stub.not_ready.store(true, Ordering::SeqCst);
    let not_ready = async {
        loop {
            let ready = Answer::of(get("/readyz")).await;
            if ready.status == 503 {
                return ready;
            }
        }
    };
    let soon = tokio::time::timeout(Duration::from_secs(10), not_ready);
    let not_ready = soon.await.unwrap().body;
    assert_eq!(not_ready["parts"]["database"], json!(false));
    assert_eq!(not_ready["warnings"], json!(["register"]));
    let about = Answer::of(get("/.well-known/behorig")).await;
    assert_eq!(about.body["limits"]["document"]["selections"], 2_000);
    assert_eq!(about.body["limits"]["bodyBytes"], 131_072);
    let schema = get("/schema.graphql")
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    assert!(schema.contains("type Query"));
    let nothing = Answer::of(get("/nothing")).await;
    assert_eq!((nothing.status, nothing.code()), (404, "NOT_FOUND"));
    let wrong = Answer::of(server.request(reqwest::Method::POST, "/healthz")).await;
    assert_eq!((wrong.status, wrong.header("allow")), (405, "GET, HEAD"));
}

#[tokio::test]
async fn asking_whether_it_is_ready_is_no_work() {
    let server = server().await;
    let begun = std::time::Instant::now();
    for _ in 0..200 {
        let ready = Answer::of(server.request(reqwest::Method::GET, "/readyz")).await;
        assert_eq!(ready.status, 200);
    }
    let most = 1 + begun.elapsed().as_millis() / 100;
    let looks = server.stub.looks.load(Ordering::SeqCst);
    assert!(looks as u128 <= most, "{looks} looks");
    assert!(looks > 0);
}

#[tokio::test]
#[ignore = "serves for checks from outside until its standard input ends"]
async fn serves_for_checks_from_outside() {
    let server = server().await;
    println!("{}/graphql {}", server.url, server.token());
    let ended = tokio::task::spawn_blocking(|| std::io::read_to_string(std::io::stdin()));
    ended.await.unwrap().unwrap();
}
