//! What an emergency owes is collected: it waits until another human being has reviewed it, once.

use domain::verdict::Stage;
use serde_json::{Value, json};
use test_support::{Backend, Response, both_backends};

use crate::guardrails::staged;
use crate::support::{App, Asked, Caller, STRONG, about, ask, behorig};

const REVIEW: &str =
    "mutation Review($input: ReviewDecisionInput!) { reviewDecision(input: $input) {
    errors { code message path } decision { id permission target outcome }
    reviewed { id reviewDue review { outcome reviewedById } } } }";

const STATE: &str = "query State($id: ID!) { decision(id: $id) { obligations reviewDue review {
    outcome reviewedById reviewedBy { ... on Person { hsaId } } reviewedAt finding
    decision { permission evidence { caused { kind action entityId fields } } } } } }";

const LIST: &str = "query List($review: ReviewState!) {
    decisions(filter: { review: $review }) { totalCount nodes { id reviewDue } } }";

const FINDING: &str = "patienten var medvetslös, journalen behövdes";

/// A blocked record in the clinician's own unit.
fn blocked(app: &App) -> Value {
    let sara = app.region().clinician();
    let record = json!({ "system": "sys-000", "organisation": sara.unit, "kind": "patient",
        "id": "b7c1f0e2", "blocked": true });
    about(&sara.person, "record:read", json!({ "record": record }))
}

fn emergency(app: &App) -> Value {
    let mut question = blocked(app);
    question["emergency"] = json!("medvetslös patient på akuten");
    question
}

/// An emergency in which something was opened.
async fn opened(app: &App) -> Asked {
    let opened = ask(&app.service("journal-gateway"), emergency(app)).await;
    let opened = opened.allowed();
    assert_eq!(
        opened.decision()["obligations"],
        json!(["NOTIFY", "REVIEW"])
    );
    opened
}

/// Whoever leads the clinician's unit.
fn manager(app: &App) -> Caller {
    let unit = app.region().clinician().unit;
    app.person(&app.region().manager_of(&unit), STRONG)
}

fn security(app: &App) -> Caller {
    app.person(&app.region().only("Informationssäkerhetsansvarig"), STRONG)
}

fn order(decision: &str) -> Value {
    json!({ "input": { "decision": decision, "outcome": "JUSTIFIED", "finding": FINDING } })
}

async fn order_by(caller: &Caller, decision: &str) -> Response {
    caller.graphql(REVIEW, order(decision)).await
}

/// The code of what stands against a review.
async fn against(caller: &Caller, decision: &str) -> String {
    let answer = order_by(caller, decision).await;
    assert_eq!(answer.at("/reviewDecision/reviewed"), &Value::Null);
    let error = answer.at("/reviewDecision/errors/0");
    assert_eq!(error["path"], json!(["input", "decision"]), "{error}");
    error["code"].as_str().expect("a code").to_owned()
}

/// The policies that refuse a review.
async fn refused(caller: &Caller, decision: &str) -> Vec<String> {
    let answer = order_by(caller, decision).await;
    let error = answer.refused("FORBIDDEN");
    let reasons = error["extensions"]["reasons"].as_array().expect("reasons");
    let ids = reasons.iter().map(|reason| reason["policyId"].as_str());
    ids.map(|id| id.expect("an id").to_owned()).collect()
}

async fn listed(caller: &Caller, review: &str) -> Vec<String> {
    let answer = caller.graphql(LIST, json!({ "review": review })).await;
    let nodes = answer.at("/decisions/nodes").as_array().expect("a list");
    let due = json!(review == "WAITING");
    assert!(
        nodes.iter().all(|node| node["reviewDue"] == due),
        "{nodes:?}"
    );
    assert_eq!(answer.at("/decisions/totalCount"), &json!(nodes.len()));
    let ids = nodes.iter().map(|node| node["id"].as_str());
    ids.map(|id| id.expect("an id").to_owned()).collect()
}

async fn state(caller: &Caller, decision: &str) -> Value {
    let answer = caller.graphql(STATE, json!({ "id": decision })).await;
    answer.at("/decision").clone()
}

async fn what_an_emergency_owes_waits_until_somebody_has_reviewed_it(backend: Backend) {
    let app = App::start(backend);
    let (auditor, manager) = (app.auditor(), manager(&app));
    assert_eq!(listed(&auditor, "WAITING").await, [""; 0]);
    let (opened, other) = (opened(&app).await, opened(&app).await);
    let both = [other.id(), opened.id()];
    assert_eq!(listed(&auditor, "WAITING").await, both);
    assert_eq!(listed(&manager, "WAITING").await, both);
    assert_eq!(listed(&auditor, "DONE").await, [""; 0]);
    let waiting = state(&auditor, opened.id()).await;
    assert_eq!(waiting["reviewDue"], true);
    assert_eq!(waiting["review"], Value::Null);

    let answer = order_by(&manager, opened.id()).await;
    assert_eq!(answer.at("/reviewDecision/errors"), &json!([]));
    let by = answer.at("/reviewDecision/decision");
    assert_eq!(by["permission"], "decision:review");
    assert_eq!(by["target"], opened.id());
    let reviewed = answer.at("/reviewDecision/reviewed");
    assert_eq!(reviewed["id"], opened.id());
    assert_eq!(reviewed["reviewDue"], false);
    assert_eq!(reviewed["review"]["outcome"], "JUSTIFIED");

    assert_eq!(listed(&auditor, "WAITING").await, [other.id()]);
    assert_eq!(listed(&manager, "DONE").await, [opened.id()]);
    let done = state(&auditor, opened.id()).await;
    assert_eq!(done["obligations"], json!(["NOTIFY", "REVIEW"]));
    let review = &done["review"];
    let unit = app.region().clinician().unit;
    let hsa_id = app.region().manager_of(&unit);
    assert_eq!(review["reviewedBy"]["hsaId"], hsa_id);
    assert_eq!(review["reviewedById"], app.id("person", &hsa_id).await);
    assert!(review["reviewedAt"].is_string(), "{review}");
    assert_eq!(review["finding"], FINDING);
    assert_eq!(review["decision"]["permission"], "decision:review");
    let caused = &review["decision"]["evidence"]["caused"];
    assert_eq!(caused[0]["action"], "reviewed", "{caused}");
    assert_eq!(caused[0]["entityId"], opened.id());
    assert_eq!(
        caused[0]["fields"],
        json!(["outcome", "reviewedAt", "reviewedBy", "reviewedIndividual"])
    );

    // Once, whoever comes second.
    let (again, security) = (against(&manager, opened.id()).await, security(&app));
    assert_eq!(again, "ALREADY_REVIEWED");
    assert_eq!(against(&security, opened.id()).await, "ALREADY_REVIEWED");
    let mut input = order(other.id());
    input["input"]["outcome"] = json!("NOT_JUSTIFIED");
    input["input"]["idempotencyKey"] = json!("review-of-the-other-one");
    for _ in 0..2 {
        let answer = security.graphql(REVIEW, input.clone()).await;
        let shown = answer.at("/reviewDecision/reviewed/review/outcome");
        assert_eq!(shown, "NOT_JUSTIFIED");
    }
    assert_eq!(listed(&auditor, "WAITING").await, [""; 0]);
    the_finding_is_kept_beside_the_log(&app).await;
    let doctor = behorig().run(&["log", "doctor", "--database", app.database().url()]);
    let _healthy = doctor.succeeded();
}

/// It stands beside the log, which only commits to it.
async fn the_finding_is_kept_beside_the_log(app: &App) {
    let kept =
        "SELECT value FROM audit_slot WHERE slot = 'finding' AND retention_class = 'decision'";
    assert_eq!(app.column(kept).await, [FINDING, FINDING]);
    let envelopes = match app.database().backend() {
        Backend::Sqlite => "SELECT CAST(envelope AS TEXT) FROM audit_event",
        Backend::Postgres => "SELECT convert_from(envelope, 'UTF8') FROM audit_event",
    };
    let envelopes = app.column(envelopes).await;
    assert!(!envelopes.iter().any(|envelope| envelope.contains(FINDING)));
    app.tamper("DELETE FROM audit_slot WHERE slot = 'finding'")
        .await;
    let done = listed(&app.auditor(), "DONE").await;
    let review = &state(&app.auditor(), &done[0]).await["review"];
    assert_eq!(
        (&review["finding"], &review["outcome"]),
        (&Value::Null, &json!("NOT_JUSTIFIED"))
    );
}

/// What a thief of the database makes of reviews, and the words that name it.
const ALTERED: &[(&str, &[&str])] = &[
    (
        "UPDATE decision_review SET seq = seq + 1, about_individual = NULL, outcome = 'unclear', \
         reviewed_by = 'per_x', reviewed_at = reviewed_at + 1, decision_id = event_id, reviewed_individual = \
         (SELECT MIN(id) FROM individual WHERE id <> reviewed_individual AND id <> about_individual)",
        &[
            "the column `seq` of the review",
            "the column `about_individual` of the review",
            "the column `outcome` of the review",
            "the column `reviewed_by` of the review",
            "the column `reviewed_individual` of the review",
            "the column `reviewed_at` of the review",
            "the column `decision_id` of the review",
        ],
    ),
    (
        "DELETE FROM decision_review",
        &["`decision_review` lacks the review of evt_"],
    ),
    (
        "INSERT INTO decision_review (event_id, seq, about_individual, outcome, reviewed_by, \
         reviewed_individual, reviewed_at, decision_id) \
         SELECT e.event_id, e.seq, e.individual, 'justified', 'per_x', \
         (SELECT MIN(id) FROM individual WHERE id <> e.individual), 1, 'evt_x' FROM audit_event e \
         WHERE e.owes = 'review' AND NOT EXISTS (SELECT 1 FROM decision_review r WHERE r.event_id = e.event_id)",
        &[
            "`decision_review` has a review of evt_",
            "and no event tells of it",
        ],
    ),
];

async fn reviews_are_compared_with_the_events_that_tell_of_them(backend: Backend) {
    let app = App::start(backend);
    let (reviewed, _waiting) = (opened(&app).await, opened(&app).await);
    let answer = order_by(&manager(&app), reviewed.id()).await;
    assert_eq!(answer.at("/reviewDecision/errors"), &json!([]));
    let verify = ["log", "verify", "--database", app.database().url()];
    let _good = behorig().run(&verify).succeeded();
    app.tamper(match backend {
        Backend::Sqlite => {
            "DROP TRIGGER decision_review_is_not_changed; DROP TRIGGER decision_review_is_not_deleted; \
             CREATE TABLE kept AS SELECT * FROM decision_review"
        }
        Backend::Postgres => {
            "ALTER TABLE decision_review DISABLE TRIGGER ALL; \
             CREATE TABLE kept AS SELECT * FROM decision_review"
        }
    })
    .await;
    for (alteration, words) in ALTERED {
        app.tamper(alteration).await;
        let said = behorig().run(&verify).ended_with(2);
        for word in *words {
            assert!(said.stdout().contains(word), "{word}: {}", said.stdout());
        }
        app.tamper("DELETE FROM decision_review; INSERT INTO decision_review SELECT * FROM kept")
            .await;
    }
    // With what kept hands off put back, nothing is left to name.
    app.tamper(match backend {
        Backend::Sqlite => {
            "DROP TABLE kept; \
             CREATE TRIGGER decision_review_is_not_changed BEFORE UPDATE ON decision_review\n\
             BEGIN SELECT RAISE(ABORT, 'decision_review is append-only'); END; \
             CREATE TRIGGER decision_review_is_not_deleted BEFORE DELETE ON decision_review\n\
             BEGIN SELECT RAISE(ABORT, 'decision_review is append-only'); END"
        }
        Backend::Postgres => "DROP TABLE kept; ALTER TABLE decision_review ENABLE TRIGGER ALL",
    })
    .await;
    let _good = behorig().run(&verify).succeeded();
}

async fn nobody_reviews_what_they_opened_themselves(backend: Backend) {
    let app = App::start(backend);
    let sara = app.region().clinician();
    let officer = app.region().only("Informationssäkerhetsansvarig");
    let opened = opened(&app).await;
    let person = |hsa_id: &str| format!("(SELECT id FROM person WHERE hsa_id = '{hsa_id}')");
    let role = app.region().role("Informationssäkerhetsansvarig");
    let of_role = format!("role_id = (SELECT id FROM role WHERE external_id = '{role}')");

    // The same human being under another HSA-id, who could review anybody else's.
    let sql = "SELECT individual_id FROM person WHERE hsa_id = ";
    let before = app.column(&format!("{sql}'{officer}'")).await;
    let own = app.column(&format!("{sql}'{}'", sara.person)).await;
    let be = |individual: &str| {
        format!("UPDATE person SET individual_id = '{individual}' WHERE hsa_id = '{officer}'")
    };
    app.set(&be(&own[0])).await;
    let policies = refused(&security(&app), opened.id()).await;
    assert_eq!(policies, ["no-self-review-of-emergency"]);
    // Nor where the guardrail is not enforced.
    let policy = "no-self-review-of-emergency";
    app.set(&staged(policy, Stage::Observe)).await;
    let code = against(&security(&app), opened.id()).await;
    assert_eq!(code, "SECOND_INDIVIDUAL");
    app.set(&staged(policy, Stage::Enforce)).await;
    app.set(&be(&before[0])).await;

    // And under the very same one.
    app.set(&format!(
        "UPDATE role_grant SET person_id = {}, engagement_id = \
         (SELECT engagement_id FROM role_grant WHERE external_id = '{}') \
         WHERE {of_role} AND person_id = {}",
        person(&sara.person),
        sara.grant,
        person(&officer),
    ))
    .await;
    let herself = app.person(&sara.person, STRONG);
    let policies = refused(&herself, opened.id()).await;
    assert_eq!(policies, ["no-self-review-of-emergency"]);
    assert_eq!(listed(&app.auditor(), "WAITING").await, [opened.id()]);
}

async fn what_owes_nothing_is_not_reviewed(backend: Backend) {
    let app = App::start(backend);
    let (journal, security) = (app.service("journal-gateway"), security(&app));
    let mut usual = blocked(&app);
    usual["target"]["record"]["blocked"] = json!(false);
    let usual = ask(&journal, usual).await.allowed();
    let denied = ask(&journal, blocked(&app)).await.refused();
    let explain = "query E($input: AuthorizeInput!) { explain(input: $input) {
        decision { id obligations reviewDue } } }";
    let input = json!({ "input": emergency(&app) });
    let dry = journal.graphql(explain, input).await;
    let dry = dry.at("/explain/decision");
    assert_eq!(dry["obligations"], json!(["NOTIFY", "REVIEW"]), "{dry}");
    assert_eq!(dry["reviewDue"], false);
    let dry = dry["id"].as_str().expect("an id");
    let change = "SELECT event_id FROM audit_event WHERE kind = 'change' ORDER BY seq LIMIT 1";
    let change = app.column(change).await;
    assert_eq!(against(&security, &change[0]).await, "NOT_FOUND");
    assert_eq!(state(&security, &change[0]).await, Value::Null);
    for owing_nothing in [usual.id(), denied.id(), dry] {
        let code = against(&security, owing_nothing).await;
        assert_eq!(code, "NOTHING_TO_REVIEW");
        let state = state(&security, owing_nothing).await;
        assert_eq!(
            (&state["reviewDue"], &state["review"]),
            (&json!(false), &Value::Null)
        );
    }
    assert_eq!(listed(&security, "WAITING").await, [""; 0]);
}

async fn a_review_takes_leave_a_strong_sign_in_and_a_human_being(backend: Backend) {
    let app = App::start(backend);
    let opened = opened(&app).await;
    // What may not be read looks like what does not exist.
    let nowhere = format!("evt_{}", "0".repeat(26));
    assert_eq!(against(&security(&app), &nowhere).await, "NOT_FOUND");
    let unit = app.region().unit_of_another_authority();
    let elsewhere = app.person(&app.region().manager_of(&unit), STRONG);
    let stranger = app.person(&app.region().without_grants(), STRONG);
    for caller in [&elsewhere, &stranger, &app.service("iam")] {
        assert_eq!(against(caller, opened.id()).await, "NOT_FOUND");
        let seen = listed(caller, "WAITING").await;
        assert_eq!(seen, [""; 0]);
    }
    // Reading is not enough, and looking at others is all that an auditor does.
    let policies = refused(&app.auditor(), opened.id()).await;
    assert!(
        policies.contains(&"auditor-read-only".to_owned()),
        "{policies:?}"
    );
    let officer = app.region().only("Informationssäkerhetsansvarig");
    let weak = order_by(&app.person(&officer, 2), opened.id()).await;
    let _error = weak.refused("INSUFFICIENT_USER_AUTHENTICATION");

    // A machine with every permission that it takes.
    app.set(
        "INSERT INTO role_permission (role_id, permission_id, system_key) \
         SELECT r.id, p.id, '' FROM role r, permission p WHERE r.name = 'Behörighetsflöde' \
         AND p.name IN ('decision:read', 'decision:review') AND p.system_key = ''",
    )
    .await;
    let policies = refused(&app.service("iam"), opened.id()).await;
    assert_eq!(policies, ["review-takes-a-person"]);
    assert_eq!(listed(&app.auditor(), "WAITING").await, [opened.id()]);
}

both_backends! {
    async what_an_emergency_owes_waits_until_somebody_has_reviewed_it;
    async reviews_are_compared_with_the_events_that_tell_of_them;
    async nobody_reviews_what_they_opened_themselves;
    async what_owes_nothing_is_not_reviewed;
    async a_review_takes_leave_a_strong_sign_in_and_a_human_being;
}
