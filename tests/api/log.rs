//! The log as those read it who may: every answer is there, in order, and nobody else sees any of it.

use serde_json::{Value, json};
use test_support::{Backend, both_backends};

use crate::support::{App, STRONG, about, ask};

const LATEST: &str = "query Latest($first: Int!, $after: String, $filter: DecisionFilter) {
    decisions(first: $first, after: $after, filter: $filter) {
        totalCount pageInfo { hasNextPage endCursor }
        nodes { id seq outcome askerOutcome principal asker permission target targetKind decidedAt
            recordedAt policyDigest reasons { policyId } matchedGrants { id } discountedGrants { grantId }
            wouldRefuse { policyId } assurance { level source methods } obligations
            stepUp { acrValues level } } } }";

async fn the_auditor_reads_three_answers_as_they_were_given(backend: Backend) {
    let app = App::start(backend);
    let olle = app.region().segment_administrator();
    let login = app.service("server-login");
    let mut asked = Vec::new();
    for host in [&olle.server, &olle.other_server, &olle.server] {
        let question = about(&olle.person, "server:administer", json!({ "server": host }));
        asked.push(ask(&login, question).await);
    }
    let wanted = json!({ "first": 3, "filter": { "permission": "server:administer" } });
    let answer = app.auditor().graphql(LATEST, wanted).await;
    let nodes = answer.at("/decisions/nodes").as_array().expect("rows");
    assert_eq!(nodes.len(), 3);
    let mut later = i64::MAX;
    for (seen, given) in nodes.iter().zip(asked.iter().rev()) {
        assert_eq!(seen["id"], json!(given.id()), "the latest first");
        for name in [
            "outcome",
            "principal",
            "permission",
            "target",
            "policyDigest",
            "decidedAt",
        ] {
            assert_eq!(seen[name], given.decision()[name], "{name}");
        }
        assert_eq!(seen["asker"], "server-login");
        assert_eq!(seen["askerOutcome"], "ALLOW");
        assert_eq!(seen["assurance"]["level"], json!(3));
        assert_eq!(seen["assurance"]["source"], "ASSERTED");
        let seq = seen["seq"].as_i64().expect("a number");
        assert!(seq < later && seen["recordedAt"].is_string(), "{seen}");
        later = seq;
    }
}

async fn a_look_up_of_what_is_not_there_is_on_record(backend: Backend) {
    let app = App::start(backend);
    let stranger = app.region().without_grants();
    let before = app
        .column("SELECT CAST(seq AS TEXT) FROM audit_event")
        .await
        .len();
    let document = "{ person(hsaId: \"TSTNMT2321000001-N0B0DY\") { id } }";
    let answer = app
        .person(&stranger, STRONG)
        .graphql(document, json!({}))
        .await;
    assert_eq!(answer.at("/person"), &Value::Null);
    assert_eq!(
        app.column("SELECT CAST(seq AS TEXT) FROM audit_event")
            .await
            .len(),
        before + 1
    );
    let wanted = json!({ "first": 1, "filter": { "permission": "person:read" } });
    let latest = app.auditor().graphql(LATEST, wanted).await;
    assert_eq!(latest.at("/decisions/nodes/0/principal"), &json!(stranger));
    assert_eq!(latest.at("/decisions/nodes/0/outcome"), "DENY");
}

async fn only_those_who_may_read_the_log(backend: Backend) {
    let app = App::start(backend);
    let olle = app.region().segment_administrator();
    let question = about(
        &olle.person,
        "server:administer",
        json!({ "server": olle.server }),
    );
    let asked = ask(&app.service("server-login"), question).await;
    let head = "{ log { origin size root lastRecordedAt } }";
    let one = "query One($id: ID!) { node(id: $id) { id } decision(id: $id) { id } }";
    let latest = json!({ "first": 5 });
    for who in [
        app.person(&app.region().without_grants(), STRONG),
        app.person(&olle.person, STRONG),
        app.person(&app.region().manager().0, STRONG),
        app.service("server-login"),
        app.service("hr-feed"),
    ] {
        assert_eq!(who.graphql(head, json!({})).await.at("/log"), &Value::Null);
        let list = who.graphql(LATEST, latest.clone()).await;
        assert_eq!(list.at("/decisions/nodes"), &json!([]));
        assert_eq!(list.at("/decisions/totalCount"), &json!(0));
        let found = who.graphql(one, json!({ "id": asked.id() })).await;
        assert_eq!(found.data(), &json!({ "node": null, "decision": null }));
    }
    let security = app.person(&app.region().only("Informationssäkerhetsansvarig"), STRONG);
    for who in [app.auditor(), app.first(), security] {
        let found = who.graphql(one, json!({ "id": asked.id() })).await;
        assert_eq!(found.at("/decision/id"), &json!(asked.id()));
    }
}

async fn the_head_is_that_of_everything_that_was_answered(backend: Backend) {
    let app = App::start(backend);
    let auditor = app.auditor();
    let head = "{ log { origin size root lastRecordedAt } }";
    let first = auditor.graphql(head, json!({})).await;
    assert_eq!(first.at("/log/origin"), crate::support::ORIGIN);
    let second = auditor.graphql(head, json!({})).await;
    let size = |answer: &test_support::Response| answer.at("/log/size").as_i64().expect("a number");
    assert!(
        size(&second) > size(&first),
        "the first look was not on record at the second"
    );
    assert_ne!(first.at("/log/root"), second.at("/log/root"));
    assert_eq!(first.at("/log/root").as_str().map(str::len), Some(64));
}

async fn the_log_is_read_page_by_page_while_it_grows(backend: Backend) {
    let app = App::start(backend);
    let auditor = app.auditor();
    let (mut seen, mut after) = (Vec::new(), Value::Null);
    for _ in 0..6 {
        let wanted = json!({ "first": 2, "after": after });
        let page = auditor.graphql(LATEST, wanted).await;
        for node in page.at("/decisions/nodes").as_array().expect("rows") {
            seen.push(node["seq"].as_i64().expect("a number"));
        }
        if page.at("/decisions/pageInfo/hasNextPage") == &json!(false) {
            break;
        }
        after = page.at("/decisions/pageInfo/endCursor").clone();
    }
    assert!(seen.len() > 4, "{seen:?}");
    assert!(seen.is_sorted_by(|one, next| one > next), "{seen:?}");
}

both_backends! {
    async the_auditor_reads_three_answers_as_they_were_given;
    async a_look_up_of_what_is_not_there_is_on_record;
    async only_those_who_may_read_the_log;
    async the_head_is_that_of_everything_that_was_answered;
    async the_log_is_read_page_by_page_while_it_grows;
}
