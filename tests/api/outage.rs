//! A log that cannot be written: nothing is answered and nothing is changed, until it can be again.

use serde_json::{Value, json};
use test_support::{Backend, Response, TestDatabase, both_backends};

use crate::support::{App, STRONG, about};

/// Has the database refuse every event.
async fn break_log(database: &TestDatabase) {
    let sql = match database.backend() {
        Backend::Sqlite => {
            "CREATE TRIGGER broken BEFORE INSERT ON audit_event \
             BEGIN SELECT RAISE(ABORT, 'broken by a test'); END"
        }
        Backend::Postgres => {
            "CREATE FUNCTION broken() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
             RAISE EXCEPTION 'broken by a test'; END $$; \
             CREATE TRIGGER broken BEFORE INSERT ON audit_event FOR EACH ROW \
             EXECUTE FUNCTION broken()"
        }
    };
    execute(database, sql).await;
}

async fn mend_log(database: &TestDatabase) {
    let sql = match database.backend() {
        Backend::Sqlite => "DROP TRIGGER broken",
        Backend::Postgres => "DROP TRIGGER broken ON audit_event",
    };
    execute(database, sql).await;
}

async fn execute(database: &TestDatabase, sql: &str) {
    let connection = database.connection().await;
    let done = sea_orm::ConnectionTrait::execute_unprepared(&connection, sql).await;
    done.expect("a trigger");
    connection.close().await.expect("closed");
}

/// What an answer says when it could not be recorded: that, and nothing else.
#[track_caller]
fn assert_silent(answer: &Response) {
    let _error = answer.refused("UNAVAILABLE");
    assert_eq!(answer.status(), 503, "{}", answer.text());
    assert_eq!(answer.json().get("data"), None, "{}", answer.text());
    assert!(answer.header("retry-after").is_some());
}

const AUTHORIZE: &str = "mutation A($input: AuthorizeInput!) {
    authorize(input: $input) { decision { outcome } errors { code } } }";

const CREATE: &str = "mutation C($input: CreateGrantInput!) {
    createGrant(input: $input) { grant { id } errors { code } } }";

const REVOKE: &str = "mutation R($input: RevokeGrantInput!) {
    revokeGrant(input: $input) { grant { id } errors { code } } }";

async fn what_cannot_be_recorded_is_neither_answered_nor_done(backend: Backend) {
    let app = App::start(backend);
    let region = app.region();
    let (sara, olle) = (region.clinician(), region.segment_administrator());
    let question = |server: &str| {
        let server = json!({ "server": server });
        json!({ "input": about(&olle.person, "server:administer", server) })
    };
    let order = json!({ "input": {
        "principal": { "hsaId": sara.person },
        "role": region.role_in("sys-000", "Läsbehörig"),
        "scope": { "organisation": sara.other_unit },
        "needsAndRiskAnalysis": "BRA-2026-001",
    } });
    let grant = app.id("role_grant", &sara.grant).await;
    let revocation = json!({ "input": { "grant": grant } });
    let login = app.service("server-login");
    let iam = app.service("iam");
    let auditor = app.auditor();
    let stranger = app.person("TSTNMT2321000001-N0B0DY", STRONG);
    let live = "SELECT id FROM role_grant WHERE revoked_at IS NULL ORDER BY id";
    let before = app.column(live).await;

    break_log(app.database()).await;
    // An allow, a deny, a look-up, a list, somebody unknown, and two changes.
    let viewer = "{ viewer { person { id } } }";
    let list = "{ persons(first: 2) { nodes { hsaId } } }";
    assert_silent(&login.graphql(AUTHORIZE, question(&olle.server)).await);
    assert_silent(&login.graphql(AUTHORIZE, question(&olle.other_server)).await);
    assert_silent(&auditor.graphql(viewer, json!({})).await);
    assert_silent(&auditor.graphql(list, json!({})).await);
    assert_silent(&stranger.graphql(viewer, json!({})).await);
    unchanged(&iam.graphql(CREATE, order.clone()).await, "createGrant");
    unchanged(&iam.graphql(REVOKE, revocation).await, "revokeGrant");
    assert_eq!(app.column(live).await, before);

    mend_log(app.database()).await;
    let answer = login.graphql(AUTHORIZE, question(&olle.server)).await;
    assert_eq!(answer.at("/authorize/decision/outcome"), "ALLOW");
    let made = iam.graphql(CREATE, order).await;
    assert_eq!(made.at("/createGrant/errors"), &json!([]));
}

/// A change that could not be committed with its decision says so, and shows nothing.
#[track_caller]
fn unchanged(answer: &Response, field: &str) {
    let _error = answer.refused("UNAVAILABLE");
    let data = answer.json().get("data");
    let shown = data
        .and_then(|data| data.get(field))
        .unwrap_or(&Value::Null);
    assert!(shown.is_null(), "{}", answer.text());
}

both_backends! {
    async what_cannot_be_recorded_is_neither_answered_nor_done;
}
