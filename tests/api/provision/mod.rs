//! What integrations provision through the API: it is applied as a feed's record is, to the integration's own records
//! only, and widens nothing on its own word.

use serde_json::{Value, json};
use test_support::{Backend, both_backends};

use crate::support::{App, Caller, STRONG, behorig};

use said::{
    PROVISION, a_month, confirmed, fields, integration, integration_over, outcomes, paths, payload,
    provisioned, record, refused,
};

mod elsewhere;
mod halted;
mod held;
mod histories;
mod runs;
mod said;

/// Everything that a month brings, in one call and in any order.
async fn everything_new_is_registered_and_the_same_again_changes_nothing(backend: Backend) {
    let app = App::start(backend);
    let iam = integration(&app);
    let mut records = a_month(&app);
    records.reverse();
    let looked = payload(&iam, json!({ "records": records, "dryRun": true })).await;
    assert_eq!(looked["applied"], false);
    assert_eq!(
        outcomes(&looked),
        vec!["CREATED"; records.len()],
        "{looked}"
    );
    let nobody = app
        .column("SELECT id FROM person WHERE hsa_id = 'TSTNMT2321000001-9001'")
        .await;
    assert!(nobody.is_empty());

    let done = payload(&iam, json!({ "records": records })).await;
    assert_eq!(done["errors"], json!([]));
    assert_eq!(done["applied"], true, "{done}");
    assert_eq!(outcomes(&done), vec!["CREATED"; records.len()]);
    let permissions: Vec<_> = done["decisions"]
        .as_array()
        .expect("decisions")
        .iter()
        .collect();
    assert_eq!(permissions.len(), 10, "one a kind: {permissions:?}");
    let source = "SELECT source FROM person WHERE hsa_id = 'TSTNMT2321000001-9001'";
    assert_eq!(app.column(source).await, ["iam"]);

    let before = app
        .column("SELECT COUNT(*) || '' FROM audit_event WHERE kind = 'change'")
        .await;
    let again = payload(&iam, json!({ "records": records })).await;
    assert_eq!(outcomes(&again), vec!["UNCHANGED"; records.len()]);
    let after = app
        .column("SELECT COUNT(*) || '' FROM audit_event WHERE kind = 'change'")
        .await;
    assert_eq!(before, after);
}

async fn what_is_not_given_stays_and_null_clears(backend: Backend) {
    let app = App::start(backend);
    let iam = integration(&app);
    provisioned(&iam, &a_month(&app)).await;
    let end = json!({ "engagement": { "externalId": "iam-e1", "until": "2031-05-31" } });
    let mail =
        json!({ "person": { "externalId": "TSTNMT2321000001-9001", "email": "ny@example.se" } });
    let done = provisioned(&iam, &[end.clone(), mail]).await;
    assert_eq!(outcomes(&done), ["CHANGED", "CHANGED"]);
    assert_eq!(fields(&done), [json!(["until"]), json!(["email"])]);
    let sql = "SELECT until_date || ' ' || kind FROM engagement WHERE external_id = 'iam-e1'";
    assert_eq!(app.column(sql).await, ["2031-05-31 employee"]);
    let none = json!({ "engagement": { "externalId": "iam-e1", "until": null } });
    let done = provisioned(&iam, &[none]).await;
    assert_eq!(outcomes(&done), ["CHANGED"]);
    let sql = "SELECT COALESCE(until_date, 'none') FROM engagement WHERE external_id = 'iam-e1'";
    assert_eq!(app.column(sql).await, ["none"]);
    let name = "SELECT given_name FROM person WHERE hsa_id = 'TSTNMT2321000001-9001'";
    assert_eq!(app.column(name).await, ["Nina"]);
}

fn person(id: &str) -> Value {
    let fields = json!({ "externalId": id, "individual": format!("iam-{id}"), "givenName": "Nina",
        "familyName": "Ny", "email": "nina@example.se", "protectedIdentity": false });
    record("person", &fields)
}

fn engagement(unit: &str, change: &Value) -> Value {
    let mut fields = json!({ "externalId": "iam-e7", "person": "TSTNMT2321000001-9007", "type": "employee",
        "employer": unit, "unit": unit, "from": "2026-11-01" });
    let given = fields.as_object_mut().expect("an object");
    given.extend(change.as_object().expect("an object").clone());
    record("engagement", &fields)
}

/// What cannot be used beside a person who can, and where it is wrong.
fn unusable(unit: &str) -> Vec<(Value, &'static str)> {
    let engagement = |change: Value| engagement(unit, &change);
    let nobody = "TSTNMT2321000001-9008";
    let loop_ = json!({ "externalId": nobody, "name": "A", "type": "unit", "authority": false, "parent": nobody });
    let bell = json!({ "externalId": nobody, "individual": "i", "givenName": "\u{7}" });
    vec![
        (
            engagement(json!({ "unit": "TSTNMT2321000001-NOWHERE" })),
            "engagement unit",
        ),
        (
            engagement(json!({ "until": "2026-10-01" })),
            "engagement until",
        ),
        (
            engagement(json!({ "from": "2026-02-30" })),
            "engagement from",
        ),
        (
            engagement(json!({ "until": "9999-12-31" })),
            "engagement until",
        ),
        (
            engagement(json!({ "person": "191212121212" })),
            "engagement person",
        ),
        (engagement(json!({ "type": "EMPLOYEE" })), "engagement type"),
        (
            engagement(json!({ "externalId": "19121212-1212" })),
            "engagement externalId",
        ),
        (
            record("person", &json!({ "externalId": nobody })),
            "person individual",
        ),
        (record("person", &bell), "person givenName"),
        (person("TSTNMT2321000001-9007"), "person externalId"),
        (record("organisation", &loop_), "organisation parent"),
    ]
}

/// Each by its place and with what would be right; where one is wrong, nothing is applied, or the others.
async fn what_cannot_be_used_is_told_each_by_its_place(backend: Backend) {
    let app = App::start(backend);
    let iam = integration(&app);
    let unit = app.region().manager().1;
    let whole = person("TSTNMT2321000001-9007");
    let found = "SELECT hsa_id FROM person WHERE hsa_id = 'TSTNMT2321000001-9007'";
    for (wrong, path) in unusable(&unit) {
        let records = [whole.clone(), wrong];
        let all = payload(&iam, json!({ "records": records })).await;
        assert_eq!(all["errors"][0]["code"], "REJECTED_RECORDS", "{all}");
        assert_eq!(all["applied"], false);
        assert_eq!(outcomes(&all)[1], "REJECTED", "{all}");
        let path = format!("input records 1 {path}");
        assert!(paths(&all).contains(&path), "{path}: {all}");
        assert!(app.column(found).await.is_empty(), "{path}");
    }
    // What is wrong by itself is told before anything is read, and the rest is not looked at.
    let bell = json!({ "externalId": "TSTNMT2321000001-9008", "givenName": "\u{7}" });
    let input = json!({ "records": [whole, record("person", &bell)] });
    let unread = payload(&iam, input).await;
    assert_eq!(outcomes(&unread), ["NOT_EXAMINED", "REJECTED"]);
    assert_eq!(unread["decisions"], json!([]));
    let nowhere = engagement(&unit, &json!({ "unit": "TSTNMT2321000001-NOWHERE" }));
    let input = json!({ "records": [whole, nowhere], "mode": "EACH" });
    let each = payload(&iam, input).await;
    assert_eq!(outcomes(&each), ["CREATED", "REJECTED"]);
    assert_eq!(each["applied"], true);
    assert_eq!(each["errors"], json!([]));
    assert_eq!(app.column(found).await.len(), 1);
    let many = vec![person("TSTNMT2321000001-9007"); 1_001];
    for records in [json!([]), json!(many)] {
        let refused = payload(&iam, json!({ "records": records })).await;
        assert_eq!(refused["errors"][0]["code"], "NUMBER_OF_RECORDS");
    }
}

async fn a_retry_does_nothing_twice(backend: Backend) {
    let app = App::start(backend);
    let iam = integration(&app);
    let records = a_month(&app);
    let input = json!({ "records": records, "idempotencyKey": "november-den-30:e" });
    let first = payload(&iam, input.clone()).await;
    let again = payload(&iam, input).await;
    assert_eq!(first, again);
    assert_eq!(outcomes(&again), vec!["CREATED"; records.len()]);
    let other = json!({ "records": records[..1], "idempotencyKey": "november-den-30:e" });
    let answer = iam.graphql(PROVISION, json!({ "input": other })).await;
    let _refused = answer.refused("CONFLICT");
    let runs = app
        .column("SELECT state FROM import_run WHERE source = 'iam'")
        .await;
    assert_eq!(runs, ["completed"]);
    // Of what only looks nothing is kept.
    let look = json!({ "records": records, "dryRun": true, "idempotencyKey": "november-den-30:e" });
    assert_eq!(
        outcomes(&payload(&iam, look).await),
        vec!["UNCHANGED"; records.len()]
    );
}

async fn each_touches_its_own_and_where_it_may(backend: Backend) {
    let app = App::start(backend);
    let iam = integration(&app);
    let hr = app.service("hr-feed");
    let unit = app.region().manager().1;
    let organisation = record(
        "organisation",
        &json!({ "externalId": "TSTNMT2321000001-9100", "name": "Ny enhet",
        "parent": unit, "type": "unit", "authority": false }),
    );
    refused(&hr, json!({ "records": [organisation] }), "FORBIDDEN").await;
    let person = app.region().manager().0;
    let moved = record(
        "person",
        &json!({ "externalId": person, "email": "annan@example.se" }),
    );
    let foreign = payload(&hr, json!({ "records": [moved] })).await;
    assert_eq!(outcomes(&foreign), ["REJECTED"]);
    assert_eq!(paths(&foreign), ["input records 0 person externalId"]);
    // Somebody who may manage organisations is still no integration.
    let somebody = app.person(&app.region().holder("Registeransvarig").0, STRONG);
    let answered = payload(&somebody, json!({ "records": [organisation] })).await;
    assert_eq!(answered["errors"][0]["code"], "SERVICES_ONLY");

    // What is provisioned for a place lies there.
    let elsewhere = app.region().unit_of_another_authority();
    let place = unit.clone();
    let other = record(
        "organisation",
        &json!({ "externalId": "TSTNMT2321000001-9101", "name": "Annan enhet",
        "parent": elsewhere, "type": "unit", "authority": false }),
    );
    let below = record(
        "organisation",
        &json!({ "externalId": "TSTNMT2321000001-9102", "name": "Under den nya",
        "parent": "TSTNMT2321000001-9100", "type": "unit", "authority": false }),
    );
    let records = json!([organisation, other, below]);
    let looked = payload(
        &iam,
        json!({ "place": place, "records": records, "mode": "EACH" }),
    )
    .await;
    assert_eq!(
        outcomes(&looked),
        ["CREATED", "REJECTED", "CREATED"],
        "{looked}"
    );
    let general = record(
        "role",
        &json!({ "externalId": "iam-general", "name": "Allmän", "privileged": false,
        "patientData": false }),
    );
    let looked = payload(&iam, json!({ "place": place, "records": [general] })).await;
    assert_eq!(outcomes(&looked), ["REJECTED"]);
}

/// By its name, with the decisions that allowed it; and nothing that was staged is left.
async fn the_run_is_in_the_log_with_its_decisions(backend: Backend) {
    let app = App::start(backend);
    let iam = integration(&app);
    let done = provisioned(&iam, &a_month(&app)).await;
    let run = done["run"].as_str().expect("a run");
    let states = app
        .column(&format!("SELECT state FROM import_run WHERE id = '{run}'"))
        .await;
    assert_eq!(states, ["completed"]);
    let decisions = done["decisions"].as_array().expect("decisions");
    for decision in decisions {
        assert_eq!(decision["outcome"], "ALLOW", "{decision}");
    }
    let leftovers = app.column("SELECT external_id FROM staged_record").await;
    assert!(leftovers.is_empty());
    let log = ["log", "verify", "--database", app.database().url()];
    let _verified = behorig().run(&log).succeeded();
}

both_backends! {
    async everything_new_is_registered_and_the_same_again_changes_nothing;
    async what_is_not_given_stays_and_null_clears;
    async what_cannot_be_used_is_told_each_by_its_place;
    async a_retry_does_nothing_twice;
    async each_touches_its_own_and_where_it_may;
    async the_run_is_in_the_log_with_its_decisions;
}
