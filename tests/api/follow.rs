//! Following the log: every decision that may be read comes as it is recorded, in order and once, for as
//! long as the rights and the token hold, and nobody waits for who follows.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};
use test_support::{Backend, Event, Issuer, Stream, both_backends};

use crate::support::{App, Caller, STRONG, about, ask, today};

const FOLLOW: &str = "subscription F($filter: DecisionFilter, $after: SequenceNumber) {
    decisionRecorded(filter: $filter, after: $after) {
        seq id outcome principal permission target leafHash reasons { policyId } unmet { kind grantIds } } }";

const MANY: &str = "mutation Many($input: AuthorizeManyInput!) { authorizeMany(input: $input) {
    answers { decision { id } } } }";

async fn follow(who: &Caller, variables: Value) -> Stream {
    let stream = who.raw().stream(FOLLOW, variables, None).await;
    assert_eq!(stream.status(), 200);
    stream
}

/// Whether the administrator may administer a server, so many times.
async fn ask_many(app: &App, count: usize) -> BTreeSet<String> {
    let olle = app.region().segment_administrator();
    let server = json!({ "server": olle.server });
    let question = about(&olle.person, "server:administer", server);
    let input = json!({ "input": { "questions": vec![question; count] } });
    let login = app.service("server-login");
    let answer = login.graphql(MANY, input).await;
    let answers = answer.at("/authorizeMany/answers").as_array();
    let id = |answer: &Value| answer["decision"]["id"].as_str().expect("an id").to_owned();
    answers.expect("answers").iter().map(id).collect()
}

/// What the event tells.
#[track_caller]
fn told(event: &Event) -> &Value {
    assert_eq!(event.name, "next", "{event:?}");
    assert_eq!(event.data.get("errors"), None, "{event:?}");
    let decision = &event.data["data"]["decisionRecorded"];
    assert_eq!(decision["seq"].as_u64(), event.id, "{event:?}");
    decision
}

/// The seqs of what comes until all of these have come.
async fn until_all(stream: &mut Stream, mut wanted: BTreeSet<String>) -> Vec<u64> {
    let mut seqs = Vec::new();
    while !wanted.is_empty() {
        let event = stream.next().await.expect("it goes on");
        wanted.remove(told(&event)["id"].as_str().expect("an id"));
        seqs.push(event.id.expect("a number"));
    }
    seqs
}

/// The seqs of the decisions after that one up to another, behind the service's back.
async fn recorded(app: &App, after: u64, last: u64) -> Vec<u64> {
    let sql = format!(
        "SELECT CAST(seq AS TEXT) FROM audit_event WHERE kind = 'decision' AND seq > {after} \
         AND seq <= {last} ORDER BY audit_event.seq"
    );
    let seqs = app.column(&sql).await;
    seqs.iter()
        .map(|seq| seq.parse().expect("a number"))
        .collect()
}

async fn size(app: &App) -> u64 {
    let sizes = app
        .column("SELECT CAST(size AS TEXT) FROM audit_head")
        .await;
    sizes[0].parse().expect("a number")
}

/// How a stream ends: with that error, and completely.
async fn ends_with(stream: &mut Stream, code: &str) -> Event {
    let last = loop {
        let event = stream.next().await.expect("its end is told");
        if event.code().is_some() {
            break event;
        }
        let _decision = told(&event);
    };
    assert_eq!(last.code(), Some(code), "{last:?}");
    assert_eq!(last.id, None);
    assert_eq!(stream.next().await.expect("its end").name, "complete");
    assert_eq!(stream.next().await, None);
    last
}

async fn decisions_come_as_they_are_recorded_in_order_and_once(backend: Backend) {
    let app = App::start(backend);
    let before = size(&app).await - 1;
    let mut stream = follow(&app.auditor(), json!({})).await;
    let first = stream.next().await.expect("an event");
    assert_eq!(
        told(&first)["permission"],
        "decision:read",
        "its own decision"
    );
    let evidence =
        "query E($id: ID!) { decision(id: $id) { evidence { purpose listedIds filter } } }";
    let id = json!({ "id": told(&first)["id"] });
    let evidence = app.auditor().graphql(evidence, id).await;
    let expected = json!({ "purpose": "follow", "listedIds": [], "filter": "\"all\"" });
    assert_eq!(evidence.at("/decision/evidence"), &expected);
    let replay = "query R($id: ID!) { replay(id: $id) { result } }";
    let id = json!({ "id": told(&first)["id"] });
    let replayed = app.auditor().graphql(replay, id).await;
    assert_eq!(replayed.at("/replay/result"), "SAME");
    let asking = async {
        let mut ids = BTreeSet::new();
        for _ in 0..6 {
            ids.extend(ask_many(&app, 20).await);
        }
        ids
    };
    let alone = async {
        for _ in 0..20 {
            let _looked = app.auditor().graphql("{ log { size } }", json!({})).await;
        }
    };
    let (ids, ()) = tokio::join!(asking, alone);
    assert_eq!(ids.len(), 120);
    let mut seqs = vec![first.id.expect("a number")];
    seqs.extend(until_all(&mut stream, ids).await);
    let last = *seqs.last().expect("some");
    assert_eq!(seqs, recorded(&app, before, last).await);
}

async fn a_stream_is_taken_up_where_it_was_left(backend: Backend) {
    let app = App::start(backend);
    let auditor = app.auditor();
    let ids = ask_many(&app, 50).await;
    let mut stream = follow(&auditor, json!({ "after": 0 })).await;
    let mut seqs = Vec::new();
    while seqs.len() < 10 {
        seqs.push(stream.next().await.expect("an event").id.expect("a number"));
    }
    drop(stream);
    let left = *seqs.last().expect("some");
    // The header goes before the argument, which a client sends again as it was.
    let variables = json!({ "after": 0 });
    let mut again = auditor.raw().stream(FOLLOW, variables, Some(left)).await;
    while seqs.len() < 30 {
        seqs.push(again.next().await.expect("an event").id.expect("a number"));
    }
    let variables = json!({ "after": seqs.last() });
    let mut once_more = follow(&auditor, variables).await;
    let known: BTreeSet<u64> = seqs.iter().copied().collect();
    let sql = "SELECT event_id FROM audit_event WHERE seq IN";
    let numbers: Vec<String> = known.iter().map(u64::to_string).collect();
    let seen = app.column(&format!("{sql} ({})", numbers.join(","))).await;
    let rest = ids.into_iter().filter(|id| !seen.contains(id)).collect();
    seqs.extend(until_all(&mut once_more, rest).await);
    let last = *seqs.last().expect("some");
    assert_eq!(seqs, recorded(&app, 0, last).await);
}

async fn only_what_the_filter_names_comes(backend: Backend) {
    let app = App::start(backend);
    let olle = app.region().segment_administrator();
    let filter = json!({ "outcome": "DENY", "principal": olle.person });
    let variables = json!({ "filter": filter, "after": size(&app).await - 1 });
    let mut stream = follow(&app.auditor(), variables).await;
    let login = app.service("server-login");
    for _ in 0..3 {
        let mut denied = None;
        for host in [&olle.server, &olle.other_server] {
            let server = json!({ "server": host });
            let question = about(&olle.person, "server:administer", server);
            let asked = ask(&login, question).await;
            denied = (!asked.is_allowed()).then(|| asked.id().to_owned());
        }
        let event = stream.next().await.expect("an event");
        let told = told(&event);
        assert_eq!(told["outcome"], "DENY");
        assert_eq!(told["id"], json!(denied));
        assert_eq!(told["unmet"]["kind"], "ELSEWHERE");
        assert_eq!(told["unmet"]["grantIds"].as_array().map(Vec::len), Some(1));
    }
}

/// Somebody who may read the decisions about one unit, which an operator has let them.
fn local_auditor(app: &App, unit: &str) -> (String, String) {
    let person = app.region().without_grants();
    let mut engagements = app.region().of("engagement");
    let engagement = engagements.find(|engagement| engagement["person"] == json!(person));
    let grant = json!({
        "kind": "grant", "externalId": "grant-local", "role": app.region().role("Revisor"),
        "principal": { "kind": "person", "externalId": person },
        "engagement": engagement.expect("an engagement")["externalId"],
        "scope": { "kind": "organisation", "externalId": unit },
        "from": today().plus_days(-1).expect("a day").to_string(),
        "until": today().plus_days(9).expect("a day").to_string(),
        "needsAndRiskAnalysis": null, "orderedBy": app.region().only("Revisor"),
        "approvedBy": app.region().manager().0, "origin": "order",
        "attestBy": null,
    });
    let arguments = [
        "import",
        "-",
        "--database",
        app.database().url(),
        "--no-trailer",
        "--today",
    ];
    let day = today().to_string();
    let arguments = [&arguments[..], &[&day]].concat();
    let feed = format!("{grant}\n");
    let _imported = crate::support::behorig()
        .run_reading(&arguments, feed.as_bytes())
        .succeeded();
    (person, "grant-local".to_owned())
}

async fn what_may_not_be_read_does_not_come_and_rights_end_at_once(backend: Backend) {
    let app = App::start(backend);
    let sara = app.region().clinician();
    let (person, grant) = local_auditor(&app, &sara.other_unit);
    let mut stream = follow(&app.person(&person, STRONG), json!({ "after": 0 })).await;
    let gateway = app.service("journal-gateway");
    let mut here = Vec::new();
    for unit in [&sara.other_unit, &sara.unit, &sara.other_unit] {
        let record = json!({ "record": {
            "system": "sys-000", "organisation": unit, "kind": "patient", "id": "b7c1f0e2",
        } });
        let asked = ask(&gateway, about(&sara.person, "record:read", record)).await;
        if *unit == sara.other_unit {
            here.push(asked.id().to_owned());
        }
    }
    for id in &here {
        let event = stream.next().await.expect("an event");
        assert_eq!(told(&event)["id"], json!(id));
    }
    let grant = app.id("role_grant", &grant).await;
    let revoke = "mutation R($input: RevokeGrantInput!) { revokeGrant(input: $input) {
        errors { code } decision { outcome } } }";
    let input = json!({ "input": { "grant": grant } });
    let revoked = app.service("iam").graphql(revoke, input).await;
    assert_eq!(revoked.at("/revokeGrant/decision/outcome"), "ALLOW");
    let record = json!({ "record": {
        "system": "sys-000", "organisation": sara.other_unit, "kind": "patient", "id": "b7c1f0e2",
    } });
    let _later = ask(&gateway, about(&sara.person, "record:read", record)).await;
    let refused = stream.next().await.expect("its end is told");
    assert_eq!(
        refused.code(),
        Some("FORBIDDEN"),
        "nothing comes after the revocation: {refused:?}"
    );
    let decision = &refused.data["errors"][0]["extensions"]["decisionId"];
    assert_eq!(stream.next().await.expect("its end").name, "complete");
    let filter = "query E($id: ID!) { decision(id: $id) { principal evidence { filter } } }";
    let found = app
        .auditor()
        .graphql(filter, json!({ "id": decision }))
        .await;
    assert_eq!(found.at("/decision/principal"), &json!(person));
    assert_eq!(
        found.at("/decision/evidence/filter"),
        &json!("\"none\""),
        "it is on record"
    );
}

async fn a_stream_ends_when_its_token_does(backend: Backend) {
    let app = App::start(backend);
    let mut claims = Issuer::person(
        &app.region().only("Revisor"),
        STRONG,
        Duration::from_secs(5),
    );
    // With half a minute of leeway it counts for a moment more.
    let now = claims["iat"].as_u64().expect("seconds");
    claims["exp"] = json!(now - 22);
    let auditor = app.bearer(Some(Issuer::TRUSTED.token(&claims)));
    let mut stream = follow(&auditor, json!({})).await;
    let refused = ends_with(&mut stream, "UNAUTHENTICATED").await;
    let said = &refused.data["errors"][0]["message"];
    assert_eq!(said, "the token has expired: sign in again");
}

async fn what_another_server_records_comes_too(backend: Backend) {
    let app = App::start(backend);
    let other = app.another();
    let there = app.auditor().at(other.address());
    let mut stream = follow(&there, json!({})).await;
    let first = stream.next().await.expect("an event");
    let _own = told(&first);
    let ids = ask_many(&app, 30).await;
    let seqs = until_all(&mut stream, ids).await;
    let (first, last) = (first.id.expect("a number"), *seqs.last().expect("some"));
    assert_eq!(seqs, recorded(&app, first, last).await);
    // And it is told when one of them stops.
    let ended = tokio::join!(ends_with(&mut stream, "UNAVAILABLE"), async {
        assert_eq!(
            tokio::task::spawn_blocking(|| other.stop())
                .await
                .expect("ended"),
            Some(0)
        );
    });
    assert_eq!(
        ended.0.data["errors"][0]["message"],
        "the service is stopping"
    );
}

async fn nobody_waits_for_a_slow_reader(backend: Backend) {
    // Fewer connections than readers: none of them may hold one.
    let app = App::with(backend, "database.connections = 2");
    // Names so long that what is not read does not fit between the two.
    let aliased: String = (0..24)
        .map(|n| format!("a{n}{}: seq ", "x".repeat(1_000)))
        .collect();
    let wide = format!(
        "subscription {{ decisionRecorded(after: {}) {{ seq id {aliased} }} }}",
        size(&app).await - 1
    );
    let auditor = app.auditor();
    let mut slow = Vec::new();
    for _ in 0..4 {
        let stream = auditor.raw().stream(&wide, json!({}), None).await;
        assert_eq!(stream.status(), 200);
        slow.push(stream);
    }
    let mut ids = BTreeSet::new();
    for _ in 0..3 {
        ids.extend(ask_many(&app, 100).await);
    }
    assert_eq!(ids.len(), 300);
    for stream in &mut slow {
        let seqs = until_all(stream, ids.clone()).await;
        let (first, last) = (seqs[0], *seqs.last().expect("some"));
        assert_eq!(seqs, recorded(&app, first - 1, last).await);
    }
}

async fn what_cannot_be_followed_is_refused_with_a_code(backend: Backend) {
    let app = App::with(backend, "http.streams_per_caller = 1");
    let auditor = app.auditor();
    let nobody = app.nobody().raw().stream(FOLLOW, json!({}), None).await;
    assert_eq!(nobody.status(), 401);
    let plain = auditor.raw().graphql(FOLLOW, json!({})).await;
    assert_eq!(plain.status(), 406);
    let _ = plain.refused("BAD_REQUEST");
    let owner = app.region().only("Rollansvarig");
    let owner = app.person(&owner, STRONG);
    let refused = ends_with(&mut follow(&owner, json!({})).await, "FORBIDDEN").await;
    let reasons = &refused.data["errors"][0]["extensions"]["reasons"];
    assert_eq!(reasons[0]["policyId"], "no-permit", "{refused:?}");
    let unknown = app.person("TSTNMT2321000001-N0B0DY", STRONG);
    ends_with(&mut follow(&unknown, json!({})).await, "UNAUTHENTICATED").await;
    for (variables, code) in [
        (json!({ "after": -1 }), "BAD_USER_INPUT"),
        (
            json!({ "filter": { "system": "nothing" } }),
            "BAD_USER_INPUT",
        ),
        (json!({ "after": 1_000_000 }), "CONFLICT"),
    ] {
        ends_with(&mut follow(&auditor, variables).await, code).await;
    }
    let wrong = "subscription { decisionRecorded { seq matchedGrants { id } } }";
    let mut wrong = auditor.raw().stream(wrong, json!({}), None).await;
    ends_with(&mut wrong, "GRAPHQL_VALIDATION_FAILED").await;
    let open = follow(&auditor, json!({})).await;
    let second = auditor.raw().stream(FOLLOW, json!({}), None).await;
    assert_eq!(second.status(), 429);
    drop(open);

    let auditor = app.person(&app.region().only("Informationssäkerhetsansvarig"), STRONG);
    app.tamper("UPDATE audit_head SET pruned_below = 5").await;
    let mut gone = follow(&auditor, json!({ "after": 3 })).await;
    let gone = ends_with(&mut gone, "NOT_FOUND").await;
    assert_eq!(gone.data["errors"][0]["extensions"]["prunedBelow"], 5);
}

both_backends! {
    async decisions_come_as_they_are_recorded_in_order_and_once;
    async a_stream_is_taken_up_where_it_was_left;
    async only_what_the_filter_names_comes;
    async what_may_not_be_read_does_not_come_and_rights_end_at_once;
    async a_stream_ends_when_its_token_does;
    async what_another_server_records_comes_too;
    async nobody_waits_for_a_slow_reader;
    async what_cannot_be_followed_is_refused_with_a_code;
}
