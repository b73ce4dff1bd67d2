//! A part of the log as a bundle over HTTP: who may have it, what it takes, and what stands in the log of it.

use reqwest::Method;
use serde_json::{Value, json};
use test_support::{Backend, Response, both_backends};

use crate::support::{App, Caller, STRONG, behorig, claim, leaf, root_of_leaves};

async fn bundle(caller: &Caller, query: &str) -> Response {
    caller.raw().get(&format!("/log/bundle{query}")).await
}

/// The lines of a bundle.
#[track_caller]
fn lines(answer: &Response) -> Vec<Value> {
    assert_eq!(answer.status(), 200, "{}", answer.text());
    let kind = answer.header("content-type");
    assert_eq!(kind, Some("application/x-ndjson; charset=utf-8"));
    let lines = answer.text().lines();
    lines
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect()
}

async fn the_whole_log_comes_as_one_file_that_can_be_verified(backend: Backend) {
    let app = App::start(backend);
    let auditor = app.auditor();
    let (size, root) = claim(&app.notarise(true));
    let answer = bundle(&auditor, "").await;
    let lines = lines(&answer);
    assert_eq!(
        (&lines[0]["from"], &lines[0]["to"], &lines[0]["values"]),
        (&json!(0), &json!(size), &json!(false))
    );
    let envelopes = lines.iter().filter_map(|line| line["envelope"].as_str());
    let leaves: Vec<_> = envelopes.map(leaf).collect();
    assert_eq!(root_of_leaves(&leaves), root);
    assert!(
        !answer.text().contains("\"slots\":[{"),
        "values stay at home"
    );
    let file = app.database().directory().join("bundle.jsonl");
    std::fs::write(&file, answer.text()).expect("a file");
    let said = behorig().run(&["log", "verify", &file.to_string_lossy()]);
    let said = said.succeeded();
    assert!(said.stdout().contains("GOOD"), "{}", said.stdout());
}

async fn its_decision_is_on_record_and_says_which_part(backend: Backend) {
    let app = App::start(backend);
    let auditor = app.auditor();
    let _signed = app.notarise(true);
    let part = lines(&bundle(&auditor, "?from=7&to=300").await);
    let events = part.iter().filter(|line| line["seq"].is_u64());
    assert_eq!(events.count(), 293);
    assert_eq!(part.last().expect("a last line")["end"], 293);
    let whole = lines(&bundle(&auditor, "?from=1").await);
    assert_eq!(whole[0]["from"], 1);
    let newest = "{ decisions(first: 2, filter: { permission: \"decision:read\" }) {
        nodes { outcome evidence { purpose } } } }";
    let found = auditor.graphql(newest, json!({})).await;
    assert_eq!(
        found.at("/decisions/nodes"),
        &json!([
            { "outcome": "ALLOW", "evidence": { "purpose": "bundle from 1" } },
            { "outcome": "ALLOW", "evidence": { "purpose": "bundle from 7 before 300" } },
        ])
    );
}

async fn only_those_who_may_read_all_of_it(backend: Backend) {
    let app = App::start(backend);
    let _signed = app.notarise(true);
    let nobody = bundle(&app.nobody(), "").await;
    assert_eq!(nobody.status(), 401);
    assert_eq!(
        nobody.header("www-authenticate"),
        Some("Bearer realm=\"behorig\"")
    );
    let _ = nobody.refused("UNAUTHENTICATED");
    for who in [
        app.person(&app.region().without_grants(), STRONG),
        app.person(&app.region().manager().0, STRONG),
        app.service("server-login"),
    ] {
        let refused = bundle(&who, "").await;
        assert_eq!(refused.status(), 404, "{}", refused.text());
        let error = refused.refused("NOT_FOUND");
        let decision = error["extensions"]["decisionId"].as_str().expect("an id");
        let one = "query One($id: ID!) { decision(id: $id) { outcome permission } }";
        let found = app.auditor().graphql(one, json!({ "id": decision })).await;
        assert_eq!(found.at("/decision/outcome"), "DENY", "it is on record");
    }
    // However somebody has signed in: as for the events one by one.
    for level in [1, 2, STRONG] {
        for who in [&app.region().only("Revisor"), App::FIRST] {
            let who = app.person(who, level);
            let events = who.raw().get("/log/events?limit=1").await;
            let whole = bundle(&who, "").await;
            assert_eq!(whole.status(), events.status(), "level {level}");
            let challenge =
                |answer: &Response| answer.header("www-authenticate").map(str::to_owned);
            assert_eq!(challenge(&whole), challenge(&events), "level {level}");
        }
    }
}

async fn what_cannot_be_given_is_said(backend: Backend) {
    let app = App::start(backend);
    let auditor = app.auditor();
    let none = bundle(&auditor, "").await;
    assert_eq!(none.status(), 409, "{}", none.text());
    assert_eq!(none.refused("CONFLICT")["extensions"]["checkpointSize"], 0);
    let (size, _) = claim(&app.notarise(true));
    for (query, place, said) in [
        ("?from=x".to_owned(), None, "`from` must be a number from 0"),
        ("?to=1&to=2".to_owned(), None, "`to` stands twice"),
        (
            "?after=1".to_owned(),
            None,
            "no parameters but `from` and `to`",
        ),
        (
            "?from=9&to=9".to_owned(),
            Some("to"),
            "`to` must be more than `from`",
        ),
        (
            "?from=9&to=8".to_owned(),
            Some("to"),
            "`to` must be more than `from`",
        ),
        (
            "?to=1000000".to_owned(),
            Some("to"),
            "there is no such part: the log has",
        ),
        (
            "?from=1000000".to_owned(),
            Some("from"),
            "there is no such part: the log has",
        ),
    ] {
        let refused = bundle(&auditor, &query).await;
        assert_eq!(refused.status(), 400, "{query}: {}", refused.text());
        let error = refused.refused("BAD_USER_INPUT");
        let message = error["message"].as_str().expect("text");
        assert!(message.contains(said), "{query}: {error}");
        let path = place.map_or(Value::Null, |place| json!([place]));
        assert_eq!(error["extensions"]["inputPath"], path, "{query}");
    }
    // Recorded since, and nobody has signed for it yet.
    for query in [
        format!("?from={size}"),
        format!("?to={}", size + 1),
        format!("?from={size}&to={}", size + 1),
    ] {
        let early = bundle(&auditor, &query).await;
        assert_eq!(early.status(), 409, "{query}: {}", early.text());
        let error = early.refused("CONFLICT");
        assert_eq!(error["extensions"]["checkpointSize"], json!(size));
    }
    app.tamper("UPDATE audit_head SET pruned_below = 5").await;
    let gone = bundle(&auditor, "?from=4").await;
    assert_eq!(gone.status(), 410, "{}", gone.text());
    assert_eq!(gone.refused("NOT_FOUND")["extensions"]["prunedBelow"], 5);
}

/// Nobody stands in the log as having taken what was not given, and nobody learns by it whether it would be.
async fn who_asks_for_the_head_alone_takes_nothing_and_is_on_record_with_nothing(backend: Backend) {
    let app = App::start(backend);
    let auditor = app.auditor();
    let _signed = app.notarise(true);
    let recorded = "SELECT CAST(size AS TEXT) FROM audit_head";
    let before = app.column(recorded).await;
    for path in ["/log/bundle", "/log/bundle?from=7&to=300", "/log/events"] {
        for who in [&auditor, &app.nobody()] {
            for method in [Method::HEAD, Method::POST] {
                let refused = who.raw().send(method.clone(), path, &[], "").await;
                assert_eq!(refused.status(), 405, "{method} {path}");
                assert_eq!(refused.header("allow"), Some("GET"), "{method} {path}");
            }
        }
    }
    assert_eq!(app.column(recorded).await, before);
    // What is handed out without a record has a head.
    let head = auditor
        .raw()
        .send(Method::HEAD, "/log/checkpoint", &[], "")
        .await;
    assert_eq!((head.status(), head.text()), (200, ""));
}

both_backends! {
    async the_whole_log_comes_as_one_file_that_can_be_verified;
    async its_decision_is_on_record_and_says_which_part;
    async only_those_who_may_read_all_of_it;
    async what_cannot_be_given_is_said;
    async who_asks_for_the_head_alone_takes_nothing_and_is_on_record_with_nothing;
}
