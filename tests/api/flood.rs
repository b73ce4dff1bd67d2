//! Nobody can stop the service from inside the API: what a caller may cause is bounded, and answers to
//! governed systems wait for nobody's screen.

use futures_util::future::join_all;
use sea_orm::{ConnectionTrait, TransactionTrait};
use serde_json::{Value, json};
use test_support::{Backend, both_backends};

use crate::support::{App, STRONG, about, ask};

/// How many events the log has.
async fn events(app: &App) -> usize {
    let counted = app.column("SELECT CAST(COUNT(*) AS VARCHAR(20)) FROM audit_event");
    counted.await[0].parse().expect("a number")
}

/// Ids of nothing, and of what is there but hidden from whoever has no rights.
async fn in_vain(app: &App) -> Vec<String> {
    let mut ids: Vec<String> = (0..20)
        .map(|n| format!("per_000000000000000000000{n:05}"))
        .collect();
    ids.extend(
        app.column("SELECT id FROM role_grant ORDER BY id LIMIT 6")
            .await,
    );
    ids.extend(
        app.column("SELECT id FROM server ORDER BY id LIMIT 4")
            .await,
    );
    ids
}

async fn what_one_request_gets_nothing_by_is_one_event(backend: Backend) {
    let app = App::start(backend);
    let ids = in_vain(&app).await;
    let nobody = app.person(&app.region().without_grants(), STRONG);
    let before = events(&app).await;
    let aliases: String = (0..4)
        .map(|n| format!("a{n}: nodes(ids: $ids) {{ id }} "))
        .collect();
    let document = format!(
        "query ($ids: [ID!]!) {{ {aliases} one: server(hostName: \"no-such-server\") {{ id }} \
         log {{ size }} }}"
    );
    let answer = nobody.graphql(&document, json!({ "ids": ids })).await;
    assert_eq!(answer.json().get("errors"), None, "{}", answer.text());
    assert!(
        answer
            .at("/a3")
            .as_array()
            .expect("nodes")
            .iter()
            .all(Value::is_null),
        "{}",
        answer.text()
    );
    assert_eq!(events(&app).await, before + 1);

    // The auditor sees what was looked for, though not all of it has room.
    let told = "{ decisions(first: 1) { nodes { outcome evidence { alsoLookedFor { count kinds names } } } } }";
    let told = app.auditor().graphql(told, json!({})).await;
    let decision = told.at("/decisions/nodes/0");
    assert_eq!(decision["outcome"], "DENY");
    let others = &decision["evidence"]["alsoLookedFor"];
    // Thirty ids, a server and the log, each once; the first of them is what the event itself is about.
    assert_eq!(others["count"], 31);
    let kinds = others["kinds"].as_array().expect("kinds");
    for kind in ["Grant", "Person", "Server"] {
        assert!(kinds.contains(&json!(kind)), "{others}");
    }
    let names = others["names"].as_array().expect("names");
    assert!(names.contains(&json!(ids[1])) && names.contains(&json!("no-such-server")));
}

async fn a_single_look_up_in_vain_is_recorded_as_before(backend: Backend) {
    let app = App::start(backend);
    let nobody = app.person(&app.region().without_grants(), STRONG);
    let answer = nobody.graphql("{ server(hostName: \"no-such-server\") { id } }", json!({}));
    assert_eq!(answer.await.at("/server"), &Value::Null);
    let told = "{ decisions(first: 1) { nodes { target evidence { alsoLookedFor { count } } } } }";
    let told = app.auditor().graphql(told, json!({})).await;
    let decision = told.at("/decisions/nodes/0");
    assert_eq!(decision["target"], "no-such-server");
    assert_eq!(decision["evidence"]["alsoLookedFor"], Value::Null);
}

async fn whoever_has_caused_too_many_events_is_refused_before_anything_is_decided(
    backend: Backend,
) {
    let app = App::with(backend, "http.person_events_per_second = 1");
    let region = app.region();
    let (flood, other) = (region.without_grants(), region.manager().0);
    let (flood, other) = (app.person(&flood, STRONG), app.person(&other, STRONG));
    let lists: String = (0..40)
        .map(|n| format!("a{n}: roles(first: 1) {{ nodes {{ id }} }} "))
        .collect();
    // An account may be overdrawn once.
    let answer = flood.graphql(&format!("{{ {lists} }}"), json!({})).await;
    assert_eq!(answer.status(), 200, "{}", answer.text());
    let before = events(&app).await;
    let refused = flood.graphql("{ viewer { __typename } }", json!({})).await;
    let _error = refused.refused("RATE_LIMITED");
    assert_eq!(refused.status(), 429);
    let wait: u64 = refused
        .header("retry-after")
        .expect("a time")
        .parse()
        .expect("seconds");
    assert!((1..=31).contains(&wait), "{wait}");
    assert_eq!(events(&app).await, before, "nothing was decided");
    // It is nobody else's debt, and services have an account of another size.
    let answer = other
        .graphql("{ roles(first: 1) { nodes { id } } }", json!({}))
        .await;
    assert_eq!(answer.status(), 200, "{}", answer.text());
    for _ in 0..20 {
        let olle = region.segment_administrator();
        let question = about(
            &olle.person,
            "server:administer",
            json!({ "server": olle.server }),
        );
        ask(&app.service("server-login"), question).await.allowed();
    }
}

async fn what_costs_too_much_is_refused_with_its_cost_the_limit_and_the_field(backend: Backend) {
    let app = App::start(backend);
    let employee = app.person(&app.region().without_grants(), STRONG);
    let before = events(&app).await;
    let aliases: String = (0..40)
        .map(|n| format!("a{n}: segmentationMatrix(first: 1) {{ nodes {{ principalId }} }} "))
        .collect();
    let refused = employee
        .graphql(&format!("{{ {aliases} }}"), json!({}))
        .await;
    let extensions = &refused.refused("QUERY_TOO_COMPLEX")["extensions"];
    assert!(
        extensions["cost"].as_u64() > Some(40_000),
        "{}",
        refused.text()
    );
    assert_eq!(extensions["limit"], 5_000);
    assert_eq!(extensions["field"], "Query.segmentationMatrix");
    assert_eq!(events(&app).await, before, "nothing was decided");
}

/// Somebody keeps a table locked that only screens read, so that every one of them waits.
async fn answers_wait_for_no_screen_however_many_wait_for_the_database() {
    let app = App::with(Backend::Postgres, "deadline_milliseconds = 4000");
    let keeper = app.database().connection().await;
    let locked = keeper.begin().await.expect("a transaction");
    locked
        .execute_unprepared("LOCK TABLE import_flag IN ACCESS EXCLUSIVE MODE")
        .await
        .expect("a lock");
    let auditor = app.auditor();
    let flags = "{ importFlags(flag: EXPIRED_GRANT) { nodes { __typename } } }";
    let screens = join_all((0..40).map(|_| auditor.graphql(flags, json!({}))));
    let olle = app.region().segment_administrator();
    let asking = async {
        let question = about(
            &olle.person,
            "server:administer",
            json!({ "server": olle.server }),
        );
        for _ in 0..50 {
            ask(&app.service("server-login"), question.clone())
                .await
                .allowed();
        }
    };
    let (screens, ()) = futures_util::future::join(screens, asking).await;
    for screen in screens {
        // The log can be written: it was too much to do in time, and that is what is said.
        let _error = screen.refused("TIMEOUT");
    }
    locked.rollback().await.expect("unlocked");
    keeper.close().await.expect("closed");
    let answer = auditor.graphql(flags, json!({})).await;
    assert_eq!(answer.json().get("errors"), None, "{}", answer.text());
}

both_backends! {
    async what_one_request_gets_nothing_by_is_one_event;
    async a_single_look_up_in_vain_is_recorded_as_before;
    async whoever_has_caused_too_many_events_is_refused_before_anything_is_decided;
    async what_costs_too_much_is_refused_with_its_cost_the_limit_and_the_field;
}

mod on_a_server {
    #[test]
    fn answers_wait_for_no_screen_however_many_wait_for_the_database() {
        test_support::block_on(
            super::answers_wait_for_no_screen_however_many_wait_for_the_database(),
        );
    }
}
