//! What is taken as a request, and in which shape its answer comes.

use super::*;

#[tokio::test]
async fn a_query_is_answered_with_its_cost_and_guarding_headers() {
    let server = server().await;
    let answer = server.ask(r#"{ greeting(name: "Åsa") }"#).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.body["data"]["greeting"], "Hej Åsa");
    assert_eq!(answer.body["extensions"]["cost"]["selections"]["used"], 1);
    assert!(answer.header("content-type").starts_with(NEW_TYPE));
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(answer.header("access-control-allow-origin"), "");
    assert!(answer.body.get("errors").is_none());
}

#[tokio::test]
async fn request_ids_are_echoed_or_made() {
    let server = server().await;
    let body = json!({ "query": "{ greeting }" }).to_string();
    let given = "0192f0c1-7b1e-7d4c-9a55-1f2e3d4c5b6a";
    let answer = Answer::of(server.post(body.clone()).header("x-request-id", given)).await;
    assert_eq!(answer.header("x-request-id"), given);
    let answer = Answer::of(server.post(body).header("x-request-id", "19121212-1212")).await;
    assert_eq!(answer.header("x-request-id").len(), 36);
}

#[tokio::test]
async fn methods_and_media_types() {
    let server = server().await;
    for method in [
        reqwest::Method::PUT,
        reqwest::Method::DELETE,
        reqwest::Method::PATCH,
    ] {
        let answer = Answer::of(server.request(method, "/graphql")).await;
        assert_eq!((answer.status, answer.code()), (405, "BAD_REQUEST"));
        assert_eq!(answer.header("allow"), "GET, POST");
    }
    let body = json!({ "query": "{ greeting }" }).to_string();
    let post = |kind: &'static str, accept: &'static str| {
        server
            .request(reqwest::Method::POST, "/graphql")
            .bearer_auth(server.token())
            .header("content-type", kind)
            .header("accept", accept)
            .body(body.clone())
    };
    for kind in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/json; charset=latin1",
        "",
    ] {
        let answer = Answer::of(post(kind, "*/*")).await;
        assert_eq!(
            (answer.status, answer.code()),
            (415, "BAD_REQUEST"),
            "{kind}"
        );
    }
    let answer = Answer::of(post("application/json", "text/html")).await;
    assert_eq!((answer.status, answer.code()), (406, "BAD_REQUEST"));
    for (accept, kind) in [
        (
            "application/json;q=0.5, application/graphql-response+json",
            NEW_TYPE,
        ),
        (
            "application/graphql-response+json;q=0, */*",
            "application/json",
        ),
        ("text/html, application/*;q=0.1", "application/json"),
    ] {
        let answer = Answer::of(post("application/json; charset=UTF-8", accept)).await;
        assert_eq!(answer.status, 200, "{accept}");
        assert!(answer.header("content-type").starts_with(kind), "{accept}");
    }
}

#[tokio::test]
async fn get_only_reads() {
    let server = server().await;
    let get = |query: &str| {
        let path = format!("/graphql?query={query}&variables=%7B%22n%22%3A%22Bo%22%7D");
        server
            .request(reqwest::Method::GET, &path)
            .bearer_auth(server.token())
    };
    let answer = Answer::of(get("query($n:String)%7Bgreeting(name:$n)%7D")).await;
    assert_eq!(answer.body["data"]["greeting"], "Hej Bo");
    let answer = Answer::of(get("mutation%7Btouch%7D")).await;
    assert_eq!((answer.status, answer.code()), (405, "BAD_REQUEST"));
    assert_eq!(answer.header("allow"), "POST");
    assert_eq!(server.stub.touched.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn bodies_that_are_no_request_are_refused_each_with_a_code() {
    let server = server().await;
    for body in [
        "",
        "{",
        "null",
        "[]",
        r#"[{"query":"{ greeting }"}]"#,
        r#"{"query":1}"#,
        r#"{"qeury":"{ greeting }"}"#,
        r#"{"query":"{ greeting }","variables":[]}"#,
        r#"{"query":"{ greeting }","operationName":1}"#,
        r#"{"query":"{ greeting }","extensions":"x"}"#,
        r#"{"query":"query A { greeting } query B { greeting }"}"#,
        r#"{"query":"{ greeting }","operationName":"A"}"#,
    ] {
        let answer = Answer::of(server.post(body)).await;
        assert_eq!(
            (answer.status, answer.code()),
            (400, "BAD_REQUEST"),
            "{body}"
        );
        assert!(answer.body.get("data").is_none(), "{body}");
    }
    let long = format!(
        r#"{{"query":"{{ greeting }} # {}"}}"#,
        "x".repeat(128 * 1024)
    );
    let answer = Answer::of(server.post(long)).await;
    assert_eq!((answer.status, answer.code()), (413, "QUERY_TOO_LARGE"));
    let deep = format!(
        r#"{{"query":"{{ greeting }}","variables":{{"a":{}"#,
        "[".repeat(10_000)
    );
    assert_eq!(Answer::of(server.post(deep)).await.code(), "BAD_REQUEST");
}

#[tokio::test]
async fn errors_of_the_document_have_a_status_for_new_clients_and_200_for_old_ones() {
    let server = server().await;
    for (query, code) in [
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("{ nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ greeting(name: 1) }", "BAD_USER_INPUT"),
    ] {
        let answer = server.ask(query).await;
        assert_eq!((answer.status, answer.code()), (400, code));
        assert!(answer.body.get("data").is_none(), "{}", answer.body);
        let mut old = server
            .post(json!({ "query": query }).to_string())
            .build()
            .unwrap();
        old.headers_mut()
            .insert("accept", "application/json".parse().unwrap());
        let response = server.client.execute(old).await.unwrap();
        assert_eq!(response.status().as_u16(), 200, "{query}");
    }
    let attack = format!("{{{}}}", "__typename ".repeat(2_500));
    let answer = server.ask(&attack).await;
    assert_eq!((answer.status, answer.code()), (400, "QUERY_TOO_LARGE"));
}
