//! An integration, and what it says and is told.

use serde_json::{Value, json};

use super::{App, Caller, behorig};

pub(super) const PROVISION: &str =
    "mutation Provision($input: ProvisionInput!) { provision(input: $input) {
    applied run waiting { records planDigest } errors { code message path } decisions { id permission outcome }
    records { kind externalId outcome fields problems { message expected path } } } }";

/// A machine that may manage everything, by a grant that the host has imported.
pub(super) fn integration(app: &App) -> Caller {
    integration_over(
        app,
        "iam",
        &json!({ "kind": "installation", "externalId": null }),
    )
}

/// A machine that may manage everything in a scope.
pub(super) fn integration_over(app: &App, service: &str, scope: &Value) -> Caller {
    let mut grants = app.region().grants_of("iam");
    let given = grants.next().expect("a grant of the machine");
    let mut grant = given.clone();
    grant["principal"]["externalId"] = service.into();
    grant["externalId"] = format!("grant-integration-{service}").into();
    grant["role"] = "role-integration".into();
    grant["scope"] = scope.clone();
    let role = json!({ "kind": "role", "externalId": "role-integration", "name": "Integration", "system": null,
        "privileged": true, "patientData": false, "permissions": ["organisation:manage", "person:manage",
        "system:manage", "server:manage", "service:manage", "role:manage"] });
    let url = app.database().url();
    let import = ["import", "-", "--database", url, "--no-trailer"];
    let feed = format!("{role}\n{grant}\n");
    let _given = behorig().run_reading(&import, feed.as_bytes()).succeeded();
    app.service(service)
}

/// A record of a kind.
pub(super) fn record(kind: &str, fields: &Value) -> Value {
    json!({ kind: fields })
}

/// Something new of each kind that an integration brings, what is referred to before what refers to it.
pub(super) fn a_month(app: &App) -> Vec<Value> {
    let (manager, unit) = app.region().manager();
    vec![
        record(
            "organisation",
            &json!({ "externalId": "TSTNMT2321000001-9000", "name": "Ny mottagning",
            "parent": unit, "type": "unit", "authority": false }),
        ),
        record(
            "person",
            &json!({ "externalId": "TSTNMT2321000001-9001", "individual": "iam-9001",
            "givenName": "Nina", "familyName": "Ny", "email": "nina.ny@example.se", "protectedIdentity": false,
            "credentials": ["siths"] }),
        ),
        record(
            "engagement",
            &json!({ "externalId": "iam-e1", "person": "TSTNMT2321000001-9001",
            "type": "employee", "employer": unit, "unit": "TSTNMT2321000001-9000", "responsible": manager,
            "from": "2026-11-01" }),
        ),
        record(
            "system",
            &json!({ "externalId": "iam-lab", "name": "Nytt labbsystem", "organisation": unit,
            "patientData": true, "personalData": true, "businessCritical": false, "enforcement": "runtime",
            "classification": { "confidentiality": 3, "integrity": 3, "availability": 2, "decidedOn": "2026-10-01",
                "reviewBy": "2027-10-01" } }),
        ),
        record(
            "segment",
            &json!({ "externalId": "iam-lab-app", "name": "Labb, applikation", "system": "iam-lab",
            "organisation": unit, "environment": "production", "patientData": true }),
        ),
        record(
            "server",
            &json!({ "externalId": "lab-01.example.se", "segment": "iam-lab-app",
            "operatingSystem": "Debian 12" }),
        ),
        record(
            "database",
            &json!({ "externalId": "iam-lab-db", "name": "labb", "system": "iam-lab",
            "server": "lab-01.example.se" }),
        ),
        record(
            "service",
            &json!({ "externalId": "lab-gateway", "name": "Labbets koppling", "owner": manager,
            "deputy": "TSTNMT2321000001-9001", "organisation": unit, "from": "2026-11-01" }),
        ),
        record(
            "account",
            &json!({ "externalId": "iam-lab-svc", "type": "database", "name": "labb_svc",
            "system": "iam-lab", "owner": manager }),
        ),
        record(
            "role",
            &json!({ "externalId": "iam-lab-reader", "name": "Labbläsare", "system": "iam-lab",
            "privileged": false, "patientData": true, "permissions": ["record:read"] }),
        ),
    ]
}

/// What is answered to the call.
pub(super) async fn payload(caller: &Caller, input: Value) -> Value {
    let answer = caller.graphql(PROVISION, json!({ "input": input })).await;
    answer.at("/provision").clone()
}

/// What is answered to whoever confirms what was halted.
pub(super) async fn confirmed(caller: &Caller, input: Value) -> Value {
    let document = "mutation Confirm($input: ConfirmRunInput!) { confirmRun(input: $input) {
        applied waiting { records planDigest } errors { code } records { externalId outcome } } }";
    let answer = caller.graphql(document, json!({ "input": input })).await;
    answer.at("/confirmRun").clone()
}

/// What is answered where nothing stands against it.
pub(super) async fn provisioned(caller: &Caller, records: &[Value]) -> Value {
    let done = payload(caller, json!({ "records": records })).await;
    assert_eq!(done["errors"], json!([]), "{done}");
    assert_eq!(done["applied"], true, "{done}");
    done
}

/// That the call is refused with that code.
pub(super) async fn refused(caller: &Caller, input: Value, code: &str) {
    let answer = caller.graphql(PROVISION, json!({ "input": input })).await;
    let _refused = answer.refused(code);
}

fn each(payload: &Value) -> impl Iterator<Item = &Value> {
    payload["records"].as_array().expect("records").iter()
}

/// What became of each record.
pub(super) fn outcomes(payload: &Value) -> Vec<&str> {
    each(payload)
        .map(|record| record["outcome"].as_str().expect("an outcome"))
        .collect()
}

/// The fields of each record that changed.
pub(super) fn fields(payload: &Value) -> Vec<Value> {
    each(payload)
        .map(|record| record["fields"].clone())
        .collect()
}

/// Where something is wrong or held, with spaces between the names.
pub(super) fn paths(payload: &Value) -> Vec<String> {
    let problems =
        each(payload).flat_map(|record| record["problems"].as_array().expect("problems"));
    let paths = problems.map(|problem| {
        let names = problem["path"].as_array().expect("a path").iter();
        let names: Vec<_> = names.map(|name| name.as_str().expect("a name")).collect();
        names.join(" ")
    });
    paths.collect()
}
