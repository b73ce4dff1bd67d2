//! People whose identity is protected: seen by those who must, and by nobody else on any way there is.

use serde_json::{Value, json};
use test_support::{Backend, both_backends};

use crate::support::{App, Caller, STRONG};

const BY_NAME: &str =
    "query Person($id: HsaId!) { person(hsaId: $id) { id givenName familyName email } }";

async fn person(caller: &Caller, hsa_id: &str) -> (u16, String, Value) {
    let answer = caller.graphql(BY_NAME, json!({ "id": hsa_id })).await;
    (
        answer.status(),
        answer.text().to_owned(),
        answer.at("/person").clone(),
    )
}

async fn only_they_themselves_and_those_who_answer_for_them_see_them(backend: Backend) {
    let app = App::start(backend);
    let protected = app.region().protected();
    for who in [app.person(&protected, STRONG), app.service("hr-feed")] {
        let (_, text, seen) = person(&who, &protected).await;
        assert!(seen["givenName"].is_string(), "{text}");
    }
    for who in [
        app.auditor(),
        app.person(&app.region().only("Rollansvarig"), STRONG),
        app.person(&app.region().without_grants(), STRONG),
        app.service("iam"),
    ] {
        let (status, text, seen) = person(&who, &protected).await;
        assert_eq!(seen, Value::Null);
        let (other_status, other_text, _) = person(&who, "TSTNMT2321000001-N0B0DY").await;
        assert_eq!(
            (status, text),
            (other_status, other_text),
            "it shows that there is somebody"
        );
    }
}

async fn no_way_leads_to_them(backend: Backend) {
    let app = App::start(backend);
    let protected = app.region().protected();
    let id = app.id("person", &protected).await;
    let names = app
        .column(&format!(
            "SELECT given_name || ' ' || family_name || '|' || \
        COALESCE(email, '-') || '|' || individual_id FROM person WHERE id = '{id}'"
        ))
        .await;
    let [_, email, individual] = names[0].split('|').collect::<Vec<_>>()[..] else {
        panic!("{names:?}")
    };
    let auditor = app.auditor();
    let mut shown = String::new();
    for document in [
        "{ persons(first: 200) { nodes { id hsaId email individualId } pageInfo { endCursor } } }",
        "{ engagements(first: 200) { nodes { person { id hsaId email } responsible { id hsaId email } } } }",
        "{ engagements(last: 200) { nodes { person { id hsaId email } responsible { id hsaId email } } } }",
        "{ grants(first: 200) { nodes { person { id hsaId email } orderedBy { id } approvedBy { id } } } }",
        "{ systems(first: 200) { nodes { owner { id } administrator { id } itOwner { id } } } }",
        "{ services(first: 200) { nodes { owner { id } deputy { id } } } }",
        "{ accounts(first: 200) { nodes { owner { id } deputy { id } } } }",
    ] {
        let answer = auditor.graphql(document, json!({})).await;
        assert_eq!(answer.status(), 200, "{document}: {}", answer.text());
        shown.push_str(answer.text());
    }
    let by_individual =
        "query I($id: ID!) { persons(filter: { individual: $id }) { totalCount nodes { id } } }";
    let answer = auditor
        .graphql(by_individual, json!({ "id": individual }))
        .await;
    assert_eq!(answer.at("/persons/totalCount"), &json!(0));
    let node = "query N($id: ID!) { node(id: $id) { id } }";
    assert_eq!(
        auditor.graphql(node, json!({ "id": id })).await.at("/node"),
        &Value::Null
    );
    for secret in [id.as_str(), protected.as_str(), email] {
        assert!(!shown.contains(secret), "`{secret}` is shown");
    }
}

async fn a_list_and_its_count_leave_them_out(backend: Backend) {
    let app = App::start(backend);
    let count = "{ persons(first: 1) { totalCount } }";
    let all = app.service("hr-feed").graphql(count, json!({})).await;
    let seen = app.auditor().graphql(count, json!({})).await;
    let number = |answer: &Value| answer.as_i64().expect("a number");
    let (all, seen) = (
        number(all.at("/persons/totalCount")),
        number(seen.at("/persons/totalCount")),
    );
    assert_eq!(seen, all - 1);
}

both_backends! {
    async only_they_themselves_and_those_who_answer_for_them_see_them;
    async no_way_leads_to_them;
    async a_list_and_its_count_leave_them_out;
}
