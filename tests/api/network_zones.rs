//! Where requests come from: named by the operator, in every event, and told apart from what an asker
//! says of somebody else.

use serde_json::{Value, json};
use test_support::{Backend, both_backends};

use crate::support::{App, STRONG, about, ask};

const HOME: &str =
    "network_zones = { \"127.0.0.0/8\" = \"machine room\", \"127.0.0.1/32\" = \"ops\" }\n";

const ZONES: &str = "query Zones($first: Int!) { decisions(first: $first) {
    nodes { permission principal asker networkZone } } }";

/// The zone in the latest decision about that permission, of the principal itself or of somebody asked
/// about.
async fn zone(app: &App, permission: &str, asked: bool) -> Value {
    let answer = app.auditor().graphql(ZONES, json!({ "first": 50 })).await;
    let nodes = answer.at("/decisions/nodes").as_array().expect("rows");
    let found = nodes
        .iter()
        .find(|node| node["permission"] == permission && node["asker"].is_string() == asked);
    found.expect("a decision")["networkZone"].clone()
}

async fn every_event_names_the_zone_that_the_request_came_from(backend: Backend) {
    let app = App::with(backend, HOME);
    let sara = app.region().clinician();
    let caller = app.person(&sara.person, STRONG);
    // A decision, a look-up of what is not there, a list, and a caller who is turned away.
    let document = "{ viewer { person { id } } person(hsaId: \"TSTNMT2321000001-N0B0DY\") { id }
        persons(first: 1) { nodes { id } } }";
    let answer = caller.graphql(document, json!({})).await;
    assert_eq!(answer.at("/person"), &Value::Null);
    let gone = app.person(&app.region().leaver().0, STRONG);
    let _error = gone
        .graphql("{ __typename }", json!({}))
        .await
        .refused("UNAUTHENTICATED");
    for permission in ["person:read", "service:call"] {
        assert_eq!(zone(&app, permission, false).await, "ops", "{permission}");
    }
    let answer = app.auditor().graphql(ZONES, json!({ "first": 200 })).await;
    let nodes = answer.at("/decisions/nodes").as_array().expect("rows");
    assert!(nodes.len() > 3, "{}", answer.text());
    let begun = nodes.iter().take_while(|node| node["networkZone"] == "ops");
    assert!(begun.count() > 3, "{}", answer.text());
}

/// The asker's own request came from a network of the operator's; where the person is, only the asker
/// knows.
async fn where_somebody_asked_about_is_stands_on_the_askers_word(backend: Backend) {
    let app = App::with(backend, HOME);
    let olle = app.region().segment_administrator();
    let login = app.service("server-login");
    let server = json!({ "server": olle.server });
    let question = about(&olle.person, "server:administer", server);
    ask(&login, question.clone()).await.allowed();
    assert_eq!(zone(&app, "server:administer", true).await, Value::Null);
    let mut said = question;
    said["networkZone"] = json!("jump host");
    ask(&login, said).await.allowed();
    assert_eq!(zone(&app, "server:administer", true).await, "jump host");
}

async fn networks_without_a_name_are_no_zone(backend: Backend) {
    let app = App::with(backend, "network_zones = { \"10.0.0.0/8\" = \"care\" }\n");
    let answer = app
        .auditor()
        .graphql("{ viewer { person { id } } }", json!({}))
        .await;
    assert!(answer.at("/viewer/person/id").is_string());
    assert_eq!(zone(&app, "person:read", false).await, Value::Null);
}

both_backends! {
    async every_event_names_the_zone_that_the_request_came_from;
    async where_somebody_asked_about_is_stands_on_the_askers_word;
    async networks_without_a_name_are_no_zone;
}
