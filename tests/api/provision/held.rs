//! What an integration may not say alone, field by field: it is held, changes nothing, and the rest goes on.

use serde_json::{Value, json};
use test_support::{Backend, both_backends};

use crate::support::today;

use super::{App, a_month, integration, outcomes, paths, payload, provisioned, record};

/// What is sent, and the field that it is held at.
type Widening = Vec<(Value, &'static str)>;

fn of_people(manager: &str) -> Widening {
    let unit = |change: Value| record("organisation", &with("TSTNMT2321000001-9000", change));
    let person = |change: Value| record("person", &with("TSTNMT2321000001-9001", change));
    let engagement = |id: &str, change: Value| record("engagement", &with(id, change));
    vec![
        (unit(json!({ "authority": true })), "authority"),
        (unit(json!({ "careProvider": true })), "careProvider"),
        (unit(json!({ "parent": "TSTNMT2321000001-9200" })), "parent"),
        (
            person(json!({ "individual": "somebody-else" })),
            "individual",
        ),
        (engagement("iam-e1", json!({ "person": manager })), "person"),
        (engagement("iam-old", json!({ "until": null })), "until"),
        (
            engagement("iam-vendor", json!({ "type": "employee" })),
            "type",
        ),
    ]
}

fn of_systems(unit: &str, manager: &str) -> Widening {
    let system = |change: Value| record("system", &with("iam-lab", change));
    let segment = |change: Value| record("segment", &with("iam-lab-app", change));
    let assessment = json!({ "supplier": unit, "authority": unit, "system": "iam-lab", "decidedOn": "2026-11-01",
        "validUntil": "2030-11-01", "decidedBy": manager, "agreement": "AVT-1" });
    let server = with("lab-01.example.se", json!({ "segment": "iam-lab-other" }));
    vec![
        (system(json!({ "patientData": false })), "patientData"),
        (system(json!({ "owner": manager })), "owner"),
        (
            system(json!({ "passwordLoginUntil": "2031-01-01" })),
            "passwordLoginUntil",
        ),
        (system(json!({ "classification": null })), "classification"),
        (segment(json!({ "system": null })), "system"),
        (segment(json!({ "controls": ["iam-lab-app"] })), "controls"),
        (record("server", &server), "segment"),
        (
            record("supplierAssessment", &with("iam-assessed", assessment)),
            "validUntil",
        ),
    ]
}

fn of_rights(unit: &str) -> Widening {
    let service = |change: Value| record("service", &with("lab-gateway", change));
    let role = |change: Value| record("role", &with("iam-lab-reader", change));
    let master = json!({ "name": "Allt", "privileged": true, "patientData": false,
        "permissions": ["grant:approve"] });
    vec![
        (
            service(json!({ "owner": "TSTNMT2321000001-9001" })),
            "owner",
        ),
        (service(json!({ "declaredScope": unit })), "declaredScope"),
        (
            role(json!({ "permissions": ["record:read", "server:administer"] })),
            "permissions",
        ),
        (role(json!({ "patientData": false })), "patientData"),
        (record("role", &with("iam-master", master)), "permissions"),
    ]
}

/// The fields with what the source calls the thing.
fn with(external_id: &str, mut fields: Value) -> Value {
    fields["externalId"] = external_id.into();
    fields
}

/// Each change that could widen what somebody reaches.
fn widening(unit: &str, manager: &str) -> Widening {
    let mut all = of_people(manager);
    all.extend(of_systems(unit, manager));
    all.extend(of_rights(unit));
    all
}

async fn what_widens_is_held_and_the_rest_goes_on(backend: Backend) {
    let app = App::start(backend);
    let iam = integration(&app);
    let (manager, unit) = app.region().manager();
    let mut records = a_month(&app);
    records.extend([
        record("organisation", &json!({ "externalId": "TSTNMT2321000001-9200", "name": "Bredvid", "parent": unit,
            "type": "unit", "authority": false })),
        record("segment", &json!({ "externalId": "iam-lab-other", "name": "Labb, prov", "system": "iam-lab",
            "organisation": unit, "environment": "test", "patientData": false })),
        record("engagement", &json!({ "externalId": "iam-old", "person": "TSTNMT2321000001-9001", "type": "hourly",
            "employer": unit, "unit": unit, "from": "2020-01-01", "until": "2020-12-31" })),
        record("engagement", &json!({ "externalId": "iam-vendor", "person": "TSTNMT2321000001-9001",
            "type": "vendor", "employer": unit, "unit": unit, "responsible": manager, "from": "2026-01-01",
            "until": "2030-12-31" })),
    ]);
    provisioned(&iam, &records).await;
    let rows = "SELECT entity || ' ' || seq FROM audit_latest ORDER BY 1";
    let before = app.column(rows).await;
    for (n, (held, field)) in widening(&unit, &manager).into_iter().enumerate() {
        let name = format!("Granne {n}");
        let other = with("TSTNMT2321000001-9200", json!({ "name": name }));
        let other = record("organisation", &other);
        let looked = payload(&iam, json!({ "records": [held], "dryRun": true })).await;
        assert_eq!(outcomes(&looked), ["HELD"], "{looked}");
        let done = payload(&iam, json!({ "records": [held, other] })).await;
        assert_eq!(done["errors"], json!([]), "{done}");
        assert_eq!(outcomes(&done), ["HELD", "CHANGED"], "{done}");
        let path = paths(&done);
        assert!(
            path.iter().any(|path| path.ends_with(&format!(" {field}"))),
            "{field}: {done}"
        );
    }
    let after = app.column(rows).await;
    let differing = before.iter().filter(|row| !after.contains(row)).count();
    assert_eq!(differing, 1, "only what goes on has changed");
}

/// What an employer says of an employment is done at once.
async fn an_employment_is_the_employers_to_say(backend: Backend) {
    let app = App::start(backend);
    let iam = integration(&app);
    let unit = app.region().manager().1;
    let lately = today().plus_days(-3).expect("a day");
    provisioned(&iam, &a_month(&app)).await;
    let said = |fields: Value| record("engagement", &fields);
    for fields in [
        json!({ "externalId": "iam-e1", "unit": unit }),
        json!({ "externalId": "iam-e1", "absentFrom": "2026-12-01" }),
        json!({ "externalId": "iam-e1", "absentFrom": null }),
        json!({ "externalId": "iam-e1", "until": lately.to_string() }),
        // Wrongly ended, and put right within two weeks.
        json!({ "externalId": "iam-e1", "until": null }),
    ] {
        let done = provisioned(&iam, &[said(fields.clone())]).await;
        assert_eq!(outcomes(&done), ["CHANGED"], "{fields}: {done}");
    }
}

both_backends! {
    async what_widens_is_held_and_the_rest_goes_on;
    async an_employment_is_the_employers_to_say;
}
