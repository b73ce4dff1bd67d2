//! What is hidden looks like what is not there, also in when it is answered.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use test_support::{Backend, both_backends};

use crate::support::{App, STRONG};

/// Before the end of the first tick there is no such answer.
const TICK: Duration = Duration::from_millis(25);

async fn nothing_tells_what_is_hidden_from_what_is_not_there(backend: Backend) {
    let app = App::start(backend);
    let caller = app.person(&app.region().without_grants(), STRONG);
    let auditor = app.region().only("Revisor");
    let grants = app.column("SELECT id FROM role_grant ORDER BY id").await;
    let person = app.id("person", &auditor).await;
    let absent = |id: &str| format!("{}0000000000000000000000000{}", &id[..4], &id[29..]);
    let unknown = "TSTNMT2321000001-N0B0DY";
    let role = app.region().role("Revisor");
    let grant = |holder: &str| json!({ "principal": { "hsaId": holder }, "role": role, "scope": { "organisation": auditor } });
    let moved = |server: &str| json!({ "edit": { "moveServer": { "server": server, "segment": "seg-000" } } });
    let server = app.region().segment_administrator().server;
    for (document, hidden, not_there) in [
        (
            "query ($of: ID!) { node(id: $of) { id } }",
            json!(person),
            json!(absent(&person)),
        ),
        (
            "query ($of: ID!) { node(id: $of) { id } }",
            json!(grants[0]),
            json!(absent(&grants[0])),
        ),
        (
            "query ($of: PrincipalInput!) { reach(principal: $of) { serversTotal } }",
            json!({ "hsaId": auditor }),
            json!({ "hsaId": unknown }),
        ),
        (
            "mutation ($of: CreateGrantInput!) { createGrant(input: $of) { errors { code path } } }",
            grant(&auditor),
            grant(unknown),
        ),
        (
            "mutation ($of: EditRegisterInput!) { editRegister(input: $of) { errors { code path } } }",
            moved(&server),
            moved("none.region.example"),
        ),
        (
            "mutation ($of: ID!) { revokeGrant(input: { grant: $of, reason: \"x\" }) { errors { code } } }",
            json!(grants[0]),
            json!(absent(&grants[0])),
        ),
    ] {
        let mut said = Vec::new();
        for of in [hidden, not_there] {
            let asked = Instant::now();
            let answer = caller.raw().graphql(document, json!({ "of": of })).await;
            assert!(asked.elapsed() >= TICK, "{document}: {:?}", asked.elapsed());
            said.push((answer.status(), without_ids(answer.json())));
        }
        assert_eq!(said[0], said[1], "{document}");
    }
}

/// The answer without the ids of its decisions.
fn without_ids(answer: &Value) -> Value {
    let mut answer = answer.clone();
    if let Some(extensions) = answer.pointer_mut("/errors/0/extensions") {
        extensions["decisionId"] = Value::Null;
    }
    answer
}

both_backends! {
    async nothing_tells_what_is_hidden_from_what_is_not_there;
}
