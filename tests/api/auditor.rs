//! The auditor's questions: each finds exactly the decisions that the stored evidence says it should.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use test_support::{Backend, both_backends};

use crate::support::{App, Caller, STRONG, about, ask, signed_in};

const FOUND: &str = "query Found($filter: DecisionFilter, $after: String, $first: Int!) {
    decisions(first: $first, after: $after, filter: $filter) {
        totalCount pageInfo { hasNextPage endCursor } nodes { id } } }";

const STATS: &str = "query Stats($filter: DecisionStatsFilter, $by: [DecisionGroup!]!) {
    decisionStats(filter: $filter, groupBy: $by) {
        total complete counts { day outcome policyId systemId assuranceLevel count } } }";

/// How many different values of each part are tried.
const TRIED: usize = 5;

/// Something of every kind that is decided.
pub(crate) async fn a_day_of_work(app: &App) {
    let region = app.region();
    let (olle, sara) = (region.segment_administrator(), region.clinician());
    let (login, gateway) = (app.service("server-login"), app.service("journal-gateway"));
    for server in [&olle.server, &olle.other_server] {
        let question = about(
            &olle.person,
            "server:administer",
            json!({ "server": server }),
        );
        ask(&login, question).await;
    }
    let mut weak = about(
        &olle.person,
        "server:administer",
        json!({ "server": olle.server }),
    );
    weak["assurance"] = signed_in(2);
    ask(&login, weak).await.too_weak();
    let (wide, _) = region.wide_administrator();
    ask(
        &login,
        about(&wide, "server:administer", json!({ "server": olle.server })),
    )
    .await;
    for unit in [&sara.unit, &sara.other_unit] {
        let mut question = about(
            &sara.person,
            "record:read",
            json!({ "record": { "system": "sys-000", "organisation": unit, "kind": "patient",
                "id": "ref-77" } }),
        );
        question["justification"] = json!("remiss");
        ask(&gateway, question).await;
    }
    // A caller who may not ask, a person and a target whom nobody knows.
    let stranger = app.person(&region.without_grants(), STRONG);
    let nobody = about(
        "TSTNMT2321000001-N0B0DY",
        "server:administer",
        json!({ "server": olle.server }),
    );
    ask(&stranger, nobody.clone()).await.refused();
    ask(&login, nobody).await.refused();
    let nowhere = about(
        &olle.person,
        "server:administer",
        json!({ "server": "no-such-host" }),
    );
    ask(&login, nowhere).await.refused();
    // Reading, alone and by list, and looking for what is not there.
    let manager = app.person(&region.manager().0, STRONG);
    let lists = "{ persons(first: 5) { nodes { id hsaId } } systems(first: 3) { nodes { id } }
        engagements(first: 3) { nodes { id } } grants(first: 3) { nodes { id } } }";
    let _seen = manager.graphql(lists, json!({})).await;
    let _seen = stranger.graphql(lists, json!({})).await;
    let look = "query Look($hsaId: HsaId!) { person(hsaId: $hsaId) { id } }";
    for hsa_id in [&sara.person, "TSTNMT2321000001-N0B0DY"] {
        let _seen = app
            .auditor()
            .graphql(look, json!({ "hsaId": hsa_id }))
            .await;
        let _seen = stranger.graphql(look, json!({ "hsaId": hsa_id })).await;
    }
    // A grant that is made, one that may not be, and callers who are turned away.
    let create = "mutation Create($input: CreateGrantInput!) { createGrant(input: $input) {
        grant { id } errors { code } decision { id } } }";
    let input = json!({ "input": { "principal": { "hsaId": sara.person },
        "role": region.role_in("sys-000", "Läsbehörig"), "scope": { "organisation": sara.other_unit },
        "needsAndRiskAnalysis": "BRA-2026-001" } });
    let _seen = app.service("iam").graphql(create, input.clone()).await;
    let _seen = stranger.graphql(create, input).await;
    for turned in [&region.leaver().0, "TSTNMT2321000001-N0B0DY"] {
        let answer = app
            .person(turned, STRONG)
            .raw()
            .graphql(lists, json!({}))
            .await;
        assert_eq!(answer.status(), 401, "{}", answer.text());
    }
}

/// The envelopes of all decisions, the latest first, each with its number.
async fn evidence(app: &App) -> Vec<Value> {
    let text = match app.database().backend() {
        Backend::Sqlite => "CAST(envelope AS TEXT)",
        Backend::Postgres => "convert_from(envelope, 'UTF8')",
    };
    let sql = format!("SELECT {text} FROM audit_event WHERE kind = 'decision' ORDER BY seq DESC");
    let envelopes = app.column(&sql).await;
    let read = |text: &String| serde_json::from_str(text).expect("an envelope");
    envelopes.iter().map(read).collect()
}

fn texts(value: &Value) -> BTreeSet<String> {
    let items = value.as_array().into_iter().flatten();
    items.filter_map(Value::as_str).map(str::to_owned).collect()
}

fn one(value: &Value) -> BTreeSet<String> {
    value.as_str().map(str::to_owned).into_iter().collect()
}

/// What each part of a filter could be to find this decision.
fn answers_to(event: &Value) -> BTreeMap<&'static str, BTreeSet<String>> {
    let (principal, asker, target) = (&event["principal"], &event["asker"], &event["target"]);
    let joined = |sets: &[BTreeSet<String>]| sets.iter().flatten().cloned().collect();
    let party = |party: &Value| {
        joined(&[
            one(&party["id"]),
            one(&party["external"]),
            one(&party["named"]),
        ])
    };
    let reasons = texts(&event["reasons"]);
    let discounting = event["discounted"].as_array().into_iter().flatten();
    let discounting = discounting
        .flat_map(|grant| texts(&grant["reasons"]))
        .collect();
    BTreeMap::from([
        ("principal", party(principal)),
        ("individual", one(&principal["individual"])),
        ("asker", party(asker)),
        (
            "outcome",
            one(&json!(
                event["outcome"]
                    .as_str()
                    .expect("an outcome")
                    .to_uppercase()
            )),
        ),
        ("permission", one(&event["permission"])),
        (
            "resource",
            joined(&[one(&target["id"]), texts(&event["listed"])]),
        ),
        ("system", one(&target["system"])),
        ("organisation", texts(&target["path"])),
        ("principalOrganisation", texts(&principal["path"])),
        ("policy", one(&event["reasons"][0])),
        (
            "reason",
            joined(&[reasons, texts(&event["wouldRefuse"]), discounting]),
        ),
        (
            "assuranceLevel",
            event["assurance"]["level"]
                .as_i64()
                .map(|level| level.to_string())
                .into_iter()
                .collect(),
        ),
    ])
}

async fn every_question_finds_what_the_evidence_says(backend: Backend) {
    let app = App::start(backend);
    a_day_of_work(&app).await;
    let events = evidence(&app).await;
    let latest = events[0]["recordedAt"].as_i64().expect("an instant");
    let before = domain::Instant::from_micros(latest + 1).to_string();
    let answers: Vec<_> = events.iter().map(answers_to).collect();
    let mut tried = 0;
    for part in answers[0].keys() {
        let values: BTreeSet<&String> = answers.iter().flat_map(|event| &event[part]).collect();
        assert!(!values.is_empty(), "nothing to ask about by {part}");
        // From both ends, so that not only the smallest ids are tried.
        let some = values
            .iter()
            .take(TRIED)
            .chain(values.iter().rev().take(TRIED));
        for value in some.collect::<BTreeSet<_>>() {
            let given = match *part {
                "assuranceLevel" => json!(value.parse::<i64>().expect("a level")),
                _ => json!(value),
            };
            let expected: Vec<&str> = events
                .iter()
                .zip(&answers)
                .filter(|(_, answers)| answers[part].contains(*value))
                .map(|(event, _)| event["id"].as_str().expect("an id"))
                .collect();
            let filter = json!({ *part: given, "recordedBefore": before });
            let found = found(&app.auditor(), filter).await;
            assert_eq!(found, expected, "{part}: {value}");
            tried += 1;
        }
    }
    assert!(tried > 40, "{tried} questions");
    the_period_is_half_open(&app, &events).await;
    nobody_is_found_who_is_nobody(&app).await;
}

async fn found(who: &Caller, filter: Value) -> Vec<String> {
    let (mut found, mut after) = (Vec::new(), Value::Null);
    loop {
        let wanted = json!({ "first": 200, "after": after, "filter": filter });
        let page = who.graphql(FOUND, wanted).await;
        let nodes = page.at("/decisions/nodes").as_array().expect("rows");
        found.extend(
            nodes
                .iter()
                .map(|node| node["id"].as_str().expect("an id").to_owned()),
        );
        if page.at("/decisions/pageInfo/hasNextPage") == &json!(false) {
            return found;
        }
        after = page.at("/decisions/pageInfo/endCursor").clone();
    }
}

async fn the_period_is_half_open(app: &App, events: &[Value]) {
    let at = |event: &Value| event["recordedAt"].as_i64().expect("an instant");
    let text = |at: i64| domain::Instant::from_micros(at).to_string();
    let (from, before) = (at(&events[events.len() / 2]), at(&events[events.len() / 4]));
    let expected: Vec<&str> = events
        .iter()
        .filter(|event| from <= at(event) && at(event) < before)
        .map(|event| event["id"].as_str().expect("an id"))
        .collect();
    assert!(!expected.is_empty());
    let filter = json!({ "recordedFrom": text(from), "recordedBefore": text(before) });
    assert_eq!(found(&app.auditor(), filter).await, expected);
    let filter = json!({ "recordedFrom": "2199-01-01T00:00:00Z" });
    assert_eq!(found(&app.auditor(), filter).await, [""; 0]);
}

async fn nobody_is_found_who_is_nobody(app: &App) {
    for filter in [
        json!({ "principal": "TSTNMT2321000001-NEVER" }),
        json!({ "asker": "TSTNMT2321000001-NEVER" }),
        json!({ "policy": "no-such-policy" }),
        json!({ "reason": "held-permission/no-permit" }),
        json!({ "principal": "'OR/**/1=1--" }),
    ] {
        assert_eq!(
            found(&app.auditor(), filter.clone()).await,
            [""; 0],
            "{filter}"
        );
    }
}

async fn a_page_that_is_fetched_again_is_the_same_page(backend: Backend) {
    let app = App::start(backend);
    a_day_of_work(&app).await;
    let auditor = app.auditor();
    let first = auditor.graphql(FOUND, json!({ "first": 3 })).await;
    let after = first.at("/decisions/pageInfo/endCursor").clone();
    let wanted = json!({ "first": 4, "after": after });
    let second = auditor.graphql(FOUND, wanted.clone()).await;
    assert_eq!(
        second.at("/decisions/nodes").as_array().map(Vec::len),
        Some(4)
    );
    for _ in 0..3 {
        let again = auditor.graphql(FOUND, wanted.clone()).await;
        assert_eq!(again.at("/decisions/nodes"), second.at("/decisions/nodes"));
    }
}

async fn the_counts_are_those_of_the_evidence(backend: Backend) {
    let app = App::start(backend);
    a_day_of_work(&app).await;
    let events = evidence(&app).await;
    let by = ["DAY", "OUTCOME", "REASON", "SYSTEM", "LEVEL"];
    let answer = app.auditor().graphql(STATS, json!({ "by": by })).await;
    assert_eq!(answer.at("/decisionStats/complete"), &json!(true));
    assert_eq!(answer.at("/decisionStats/total"), &json!(events.len()));
    let mut expected: BTreeMap<String, i64> = BTreeMap::new();
    for event in &events {
        let at = domain::Instant::from_micros(event["recordedAt"].as_i64().unwrap_or(0));
        let level = event["assurance"]["level"]
            .as_i64()
            .filter(|level| *level > 0);
        let key = json!([
            at.date().to_string(),
            event["outcome"]
                .as_str()
                .expect("an outcome")
                .to_uppercase(),
            event["reasons"][0],
            event["target"]["system"],
            level,
        ]);
        *expected.entry(key.to_string()).or_default() += 1;
    }
    let mut counted = BTreeMap::new();
    for count in answer
        .at("/decisionStats/counts")
        .as_array()
        .expect("counts")
    {
        let key = json!([
            count["day"],
            count["outcome"],
            count["policyId"],
            count["systemId"],
            count["assuranceLevel"],
        ]);
        counted.insert(key.to_string(), count["count"].as_i64().expect("a number"));
    }
    assert_eq!(counted, expected);
    let wanted = json!({ "by": ["OUTCOME"], "filter": { "outcome": "DENY", "assuranceLevel": 2 } });
    let weak = app.auditor().graphql(STATS, wanted).await;
    let one = json!([{ "day": null, "outcome": "DENY", "policyId": null, "systemId": null,
        "assuranceLevel": null, "count": 1 }]);
    assert_eq!(weak.at("/decisionStats/counts"), &one, "{}", weak.text());
    let stranger = app.person(&app.region().without_grants(), STRONG);
    let nothing = stranger.graphql(STATS, json!({ "by": by })).await;
    assert_eq!(nothing.at("/decisionStats/counts"), &json!([]));
}

both_backends! {
    async every_question_finds_what_the_evidence_says;
    async a_page_that_is_fetched_again_is_the_same_page;
    async the_counts_are_those_of_the_evidence;
}
