//! What an integration may not say alone, field by field: it is held, changes nothing, and the rest goes on.

use serde_json::{Value, json};
use test_support::{Backend, both_backends};

use crate::support::{Caller, STRONG, behorig, today};

use super::{App, a_month, confirmed, integration, outcomes, paths, payload, provisioned, record};

/// What is sent, and the field that it is held at.
type Widening = Vec<(Value, &'static str)>;

fn of_people(manager: &str, individual: &str) -> Widening {
    let unit = |change: Value| record("organisation", &with("TSTNMT2321000001-9000", change));
    let person = |change: Value| record("person", &with("TSTNMT2321000001-9001", change));
    let engagement = |id: &str, change: Value| record("engagement", &with(id, change));
    let post = json!({ "type": "employee", "employer": "TSTNMT2321000001-9000", "from": "2026-01-01",
        "unit": "TSTNMT2321000001-9000" });
    let (mut seen, mut books) = (post.clone(), post);
    seen["person"] = "TSTNMT2321000001-9002".into();
    seen["responsible"] = "TSTNMT2321000001-9001".into();
    books["person"] = manager.into();
    books["type"] = "auditorExpert".into();
    let alias = json!({ "individual": individual, "givenName": "Mona", "familyName": "Igen",
        "email": "nina@example.se", "protectedIdentity": false });
    let foreign = json!({ "name": "Annan huvudman", "parent": "TSTNMT2321000001-9000", "type": "unit",
        "authority": false });
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
        (
            engagement("iam-vendor", json!({ "type": "consultant" })),
            "type",
        ),
        (
            engagement(
                "iam-vendor",
                json!({ "responsible": "TSTNMT2321000001-9002" }),
            ),
            "responsible",
        ),
        (
            engagement("iam-vendor", json!({ "employer": "TSTNMT2321000001-9000" })),
            "employer",
        ),
        (engagement("iam-seen", seen), "responsible"),
        (engagement("iam-books", books), "type"),
        (
            record("person", &with("TSTNMT2321000001-9003", alias)),
            "individual",
        ),
        (
            record("organisation", &with("TSTNMT5555555555-9000", foreign)),
            "externalId",
        ),
    ]
}

fn of_systems(unit: &str, manager: &str) -> Widening {
    let system = |change: Value| record("system", &with("iam-lab", change));
    let segment = |change: Value| record("segment", &with("iam-lab-app", change));
    let assessment = json!({ "supplier": unit, "authority": unit, "system": "iam-lab", "decidedOn": "2026-11-01",
        "validUntil": "2030-11-01", "decidedBy": manager, "agreement": "AVT-1" });
    let lowest = json!({ "confidentiality": 1, "integrity": 1, "availability": 1, "decidedOn": "2026-10-01",
        "reviewBy": "2027-10-01" });
    let jump = json!({ "name": "Hopp", "organisation": unit, "environment": "test", "patientData": false,
        "controls": ["iam-lab-app"] });
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
        (segment(json!({ "environment": "training" })), "environment"),
        (record("segment", &with("iam-jump", jump)), "controls"),
        (
            record(
                "system",
                &with("iam-raw", json!({ "classification": lowest })),
            ),
            "classification",
        ),
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
        (service(json!({ "from": "2020-01-01" })), "from"),
        (service(json!({ "until": null })), "until"),
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
fn widening(unit: &str, manager: &str, individual: &str) -> Widening {
    let mut all = of_people(manager, individual);
    all.extend(of_systems(unit, manager));
    all.extend(of_rights(unit));
    all
}

async fn what_widens_is_held_and_the_rest_goes_on(backend: Backend) {
    let app = App::start(backend);
    let iam = integration(&app);
    let (manager, unit) = app.region().manager();
    let mut records = a_month(&app);
    let lab = records
        .iter_mut()
        .find(|one| one["service"]["externalId"] == "lab-gateway");
    lab.expect("a service")["service"]["until"] = "2030-01-01".into();
    let hidden = json!({ "individual": "iam-9002", "givenName": "Hanna", "familyName": "Hemlig",
        "email": "hanna@example.se", "protectedIdentity": true });
    let raw = json!({ "name": "Oklassat", "organisation": unit, "patientData": false, "personalData": true,
        "businessCritical": false, "enforcement": "manual" });
    records.push(record("person", &with("TSTNMT2321000001-9002", hidden)));
    records.push(record("system", &with("iam-raw", raw)));
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
    let individual = app.region().find("person", &manager)["individual"].as_str();
    let individual = individual.expect("a human being");
    let rows = "SELECT entity || ' ' || seq FROM audit_latest ORDER BY 1";
    let before = app.column(rows).await;
    for (n, (held, field)) in widening(&unit, &manager, individual)
        .into_iter()
        .enumerate()
    {
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

/// The engagements in a unit that go on, given to the integration by the host.
pub(super) fn taken_over(app: &App, unit: &str) -> Vec<String> {
    let goes_on = |one: &&Value| one["unit"] == unit && one["until"].is_null();
    let engagements: Vec<_> = app.region().of("engagement").filter(goes_on).collect();
    let feed: Vec<_> = engagements.iter().map(ToString::to_string).collect();
    let feed = format!("{}\n", feed.join("\n"));
    let url = app.database().url();
    let import = [
        "import",
        "-",
        "--database",
        url,
        "--no-trailer",
        "--source",
        "iam",
        "--take-over-from",
        "region",
    ];
    let _given = behorig().run_reading(&import, feed.as_bytes()).succeeded();
    let ids = engagements.iter().map(|one| one["externalId"].as_str());
    ids.map(|id| id.expect("an id").to_owned()).collect()
}

/// A ward does not lose its staff because a feed was wrong; what was known two weeks before surprises nobody.
async fn what_takes_from_many_at_once_is_held(backend: Backend) {
    let app = App::start(backend);
    let iam = integration(&app);
    let sara = app.region().clinician();
    let all = taken_over(&app, &sara.unit);
    let ending = |day: &str| -> Vec<Value> {
        let each = all.iter().map(|id| with(id, json!({ "until": day })));
        each.map(|fields| record("engagement", &fields)).collect()
    };
    let named = "SELECT COUNT(DISTINCT external_id) || ' ' || COUNT(*) FROM engagement WHERE source = 'iam'";
    let others = "SELECT COUNT(*) || '' FROM engagement n WHERE n.source = 'region' \
        AND EXISTS (SELECT 1 FROM engagement m WHERE m.source = 'iam' AND m.external_id = n.external_id)";
    assert_eq!(app.column(named).await, [format!("{0} {0}", all.len())]);
    assert_eq!(
        app.column(others).await,
        ["0"],
        "none of them is there twice"
    );
    let yesterday = today().plus_days(-1).expect("a day").to_string();
    let input = json!({ "records": ending(&yesterday), "dryRun": true });
    let looked = payload(&iam, input.clone()).await;
    let of = app
        .region()
        .of("engagement")
        .find(|one| one["person"] == sara.person);
    let hers = of.expect("an engagement")["externalId"].clone();
    let records = looked["records"].as_array().expect("records");
    let hers = records.iter().find(|one| one["externalId"] == hers);
    assert_eq!(hers.expect("a record")["outcome"], "HELD", "{looked}");
    let waits = &looked["waiting"];
    assert_ne!(waits, &Value::Null, "{looked}");
    // Of what is only looked at nothing is kept.
    let not_kept = json!({ "run": looked["run"], "dryRun": true });
    assert_eq!(
        confirmed(&app.first(), not_kept).await["errors"][0]["code"],
        "NOT_FOUND"
    );
    let later = today().plus_days(20).expect("a day").to_string();
    let done = provisioned(&iam, &ending(&later)).await;
    assert_eq!(outcomes(&done), vec!["CHANGED"; all.len()]);
}

/// What was halted is confirmed by a human being who has seen it and does not answer for who brought it, once.
async fn what_was_halted_is_confirmed_by_somebody_else(backend: Backend) {
    let app = App::start(backend);
    let iam = integration(&app);
    let sara = app.region().clinician();
    let all = taken_over(&app, &sara.unit);
    let yesterday = today().plus_days(-1).expect("a day").to_string();
    let ending = |id: &String| record("engagement", &with(id, json!({ "until": yesterday })));
    let ends: Vec<_> = all.iter().map(ending).collect();
    let done = payload(&iam, json!({ "records": ends })).await;
    let (run, waits) = (done["run"].clone(), done["waiting"].clone());
    let held = outcomes(&done)
        .into_iter()
        .filter(|outcome| *outcome == "HELD")
        .count();
    assert_eq!(waits["records"], held, "{done}");
    let live = "SELECT COUNT(*) || '' FROM engagement WHERE source = 'iam' AND until_date IS NULL";
    assert_eq!(app.column(live).await, [held.to_string()]);

    let seen = json!({ "run": run, "planDigest": waits["planDigest"] });
    let refused = async |caller: &Caller, input: Value, code: &str| {
        let told = confirmed(caller, input).await;
        assert_eq!(told["errors"][0]["code"], code, "{told}");
        assert_eq!(told["applied"], false);
    };
    refused(&iam, seen.clone(), "SECOND_INDIVIDUAL").await;
    let stranger = app.person(&app.region().without_grants(), STRONG);
    refused(&stranger, seen.clone(), "NOT_FOUND").await;
    let other = json!({ "run": run, "planDigest": "0".repeat(64) });
    refused(&app.first(), other, "NOT_SEEN").await;
    let steward = steward(&app);
    refused(&steward, seen.clone(), "SECOND_INDIVIDUAL").await;
    let looked = confirmed(&app.first(), json!({ "run": run, "dryRun": true })).await;
    assert_eq!(looked["waiting"], waits, "{looked}");
    assert_eq!(outcomes(&looked), vec!["CHANGED"; held]);
    assert_eq!(app.column(live).await, [held.to_string()]);

    let applied = confirmed(&app.first(), seen.clone()).await;
    assert_eq!(
        (&applied["applied"], &applied["errors"]),
        (&json!(true), &json!([]))
    );
    assert_eq!(app.column(live).await, ["0"]);
    refused(&app.first(), seen, "NOTHING_WAITS").await;
    let kept = app.column("SELECT given FROM halted_record").await;
    assert!(kept.is_empty());
}

/// The owner of the integration, who may manage people like whoever confirms.
fn steward(app: &App) -> Caller {
    let service = app.region().find("service", "iam");
    let owner = service["owner"].as_str().expect("an owner");
    let mut engagements = app.region().of("engagement");
    let engagement = engagements.find(|one| one["person"] == owner);
    let mut grant = app
        .region()
        .grants_of("iam")
        .next()
        .expect("a grant")
        .clone();
    grant["externalId"] = "grant-steward".into();
    grant["principal"] = json!({ "kind": "person", "externalId": owner });
    grant["engagement"] = engagement.expect("an engagement")["externalId"].clone();
    grant["role"] = "role-integration".into();
    let url = app.database().url();
    let import = ["import", "-", "--database", url, "--no-trailer"];
    let feed = format!("{grant}\n");
    let _given = behorig().run_reading(&import, feed.as_bytes()).succeeded();
    app.person(owner, STRONG)
}

both_backends! {
    async what_was_halted_is_confirmed_by_somebody_else;
    async what_takes_from_many_at_once_is_held;
    async what_widens_is_held_and_the_rest_goes_on;
    async an_employment_is_the_employers_to_say;
}
