//! An integration that may manage one unit manages nothing else, whatever it says of where things lie.

use serde_json::{Value, json};
use test_support::{Backend, both_backends};

use super::{
    App, Caller, a_month, integration, integration_over, outcomes, paths, payload, record,
};

/// What became of the record behind those that are to lead there, each applied by itself.
async fn behind(caller: &Caller, place: &str, leading: &[Value], record: &Value) -> String {
    let records: Vec<_> = leading.iter().chain([record]).collect();
    let input = json!({ "place": place, "records": records, "mode": "EACH" });
    let done = payload(caller, input).await;
    outcomes(&done).last().expect("a record").to_string()
}

async fn what_a_call_says_of_a_place_leads_nowhere_else(backend: Backend) {
    let app = App::start(backend);
    let unit = app.region().manager().1;
    let scope = json!({ "kind": "organisation", "externalId": unit });
    let hr = integration_over(&app, "hr-feed", &scope);
    let elsewhere = app.region().unit_of_another_authority();
    let organisation = |id: &str, parent: &str| {
        let fields = json!({ "externalId": id, "name": "Enhet", "parent": parent, "type": "unit", "authority": false });
        record("organisation", &fields)
    };
    let moved = record(
        "organisation",
        &json!({ "externalId": elsewhere, "parent": unit }),
    );
    let renewed = organisation(&elsewhere, &unit);
    let below = organisation("TSTNMT2321000001-9300", &elsewhere);
    let system = record(
        "system",
        &json!({ "externalId": "hr-system", "name": "System", "organisation": elsewhere,
        "patientData": true, "personalData": true, "businessCritical": false, "enforcement": "manual" }),
    );
    let person = record(
        "person",
        &json!({ "externalId": "TSTNMT2321000001-9301", "individual": "hr-9301",
        "givenName": "Nina", "familyName": "Ny", "email": "nina@example.se", "protectedIdentity": false }),
    );
    let engagement = |person: &str| {
        record(
            "engagement",
            &json!({ "externalId": "hr-e1", "person": person,
        "type": "employee", "employer": unit, "unit": elsewhere, "from": "2026-11-01" }),
        )
    };
    for leading in [vec![], vec![moved], vec![renewed]] {
        for record in [&below, &system, &engagement("TSTNMT2321000001-9301")] {
            let mut leading = leading.clone();
            leading.push(person.clone());
            assert_eq!(
                behind(&hr, &unit, &leading, record).await,
                "REJECTED",
                "{leading:?} {record}"
            );
        }
    }
    // Nor does it engage somebody who works elsewhere.
    let other = app.region().provisioner();
    let mut here = engagement(&other);
    here["engagement"]["unit"] = unit.clone().into();
    assert_eq!(behind(&hr, &unit, &[], &here).await, "REJECTED");
    let mut here = engagement("TSTNMT2321000001-9301");
    here["engagement"]["unit"] = unit.clone().into();
    assert_eq!(behind(&hr, &unit, &[person], &here).await, "CREATED");
}

/// Two things of one name would be found by nobody who asks about either.
async fn nothing_is_called_as_another_sources_thing_is(backend: Backend) {
    let app = App::start(backend);
    let iam = integration(&app);
    let unit = app.region().manager().1;
    let role = app.region().role("Revisor");
    let server = app.region().segment_administrator().server;
    let system = json!({ "externalId": "sys-000", "name": "Annat", "organisation": unit, "patientData": false,
        "personalData": false, "businessCritical": false, "enforcement": "manual" });
    let segment = json!({ "externalId": "iam-s", "name": "Eget", "organisation": unit, "environment": "test",
        "patientData": false });
    let other = json!({ "externalId": server, "segment": "iam-s", "operatingSystem": "Debian 13" });
    let named =
        json!({ "externalId": role, "name": "Annan", "privileged": false, "patientData": false });
    let records = [
        record("system", &system),
        record("segment", &segment),
        record("server", &other),
        record("role", &named),
    ];
    let done = payload(&iam, json!({ "records": records, "mode": "EACH" })).await;
    assert_eq!(
        outcomes(&done),
        ["REJECTED", "CREATED", "REJECTED", "REJECTED"],
        "{done}"
    );
}

async fn what_is_only_wrong_is_not_applied_and_a_retry_is_told_so(backend: Backend) {
    let app = App::start(backend);
    let iam = integration(&app);
    let somebody = app.region().manager().0;
    let foreign = record(
        "person",
        &json!({ "externalId": somebody, "email": "annan@example.se" }),
    );
    let nul = record(
        "person",
        &json!({ "externalId": "TSTNMT2321000001-9\0", "email": "a@example.se" }),
    );
    let input = json!({ "records": [foreign, nul], "mode": "EACH" });
    let done = payload(&iam, input).await;
    assert_eq!(outcomes(&done), ["REJECTED", "REJECTED"]);
    assert_eq!(done["applied"], false, "{done}");
    assert_eq!(done["errors"][0]["code"], "REJECTED_RECORDS");
    assert_eq!(paths(&done)[0], "input records 0 person externalId");
    let kept = app.column("SELECT run_id FROM import_problem").await;
    assert!(kept.is_empty(), "{kept:?}");

    // What was done with a key is told again, whatever has become of it since.
    let month = a_month(&app);
    let input = json!({ "records": month, "idempotencyKey": "november-den-29:e" });
    let first = payload(&iam, input.clone()).await;
    let covered = record(
        "person",
        &json!({ "externalId": "TSTNMT2321000001-9001", "protectedIdentity": true }),
    );
    let _covered = payload(&iam, json!({ "records": [covered] })).await;
    assert_eq!(payload(&iam, input).await, first);
}

both_backends! {
    async what_a_call_says_of_a_place_leads_nowhere_else;
    async nothing_is_called_as_another_sources_thing_is;
    async what_is_only_wrong_is_not_applied_and_a_retry_is_told_so;
}
