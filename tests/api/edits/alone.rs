//! What one human being does not bring about alone, through whatever order of edits and grants, on whatever day,
//! under whichever of their ids and services.

use domain::clock::{SystemClock, fresh};
use domain::id::GrantId;
use serde_json::{Value, json};
use test_support::{Backend, both_backends};

use crate::support::{App, COSMIC, Caller, STRONG};

use super::said::{
    accepted, gaining, made, not_accepted, proposed, registrar, role_keeper, rows, text, told,
};

const CREATE: &str = "mutation Create($input: CreateGrantInput!) { createGrant(input: $input) {
    grant { id } errors { code path } decision { outcome } } }";

const TRUST: &str =
    "mutation Trust($input: SetTrustedToAssertInput!) { setTrustedToAssert(input: $input) {
    made errors { code path } service { trustedToAssert }
    proposal { id kind state proposerGains changes { name value } gain { digest people } } } }";

fn giving(role: &str, permission: &str, held: bool) -> Value {
    json!({ "setRolePermission": { "role": role, "permission": permission, "held": held } })
}

/// A service or person is given a role over everything, behind the service's back.
async fn granted(app: &App, external_id: &str, holder: (&str, &str), role: &str) {
    let (column, principal) = holder;
    let engagement = match column {
        "person_id" => {
            format!(
                "(SELECT MIN(id) FROM engagement WHERE person_id = '{principal}' \
                AND from_date <= '2026-01-01' \
                AND (until_date IS NULL OR until_date > '2026-12-31'))"
            )
        }
        _ => "NULL".to_owned(),
    };
    let id: GrantId = fresh(&SystemClock);
    app.set(&format!(
        "INSERT INTO role_grant (id, source, external_id, {column}, engagement_id, role_id, scope_kind, \
         from_date, origin) SELECT '{id}', 'test', '{external_id}', '{principal}', \
         {engagement}, id, 'installation', '2020-01-01', 'order' FROM role WHERE external_id = '{role}'"
    ))
    .await;
}

/// Somebody who may do all that the first administrator may, with an engagement that goes on.
async fn another_administrator(app: &App, hsa_id: &str) -> Caller {
    let id = app.id("person", hsa_id).await;
    let name = "0000000000000000000000admn";
    granted(app, name, ("person_id", &id), "administrator").await;
    app.person(hsa_id, STRONG)
}

async fn what_was_taken_from_a_role_is_not_given_back_alone(backend: Backend) {
    let app = App::start(backend);
    let (keeper, iam) = (role_keeper(&app), app.service("iam"));
    let role = app.region().role("Kontaktperson");
    let held = app
        .column(&format!(
            "SELECT p.name FROM role r JOIN role_permission m ON m.role_id = r.id \
             JOIN permission p ON p.id = m.permission_id WHERE r.external_id = '{role}' ORDER BY 1"
        ))
        .await;
    assert!(held.contains(&"grant:request".to_owned()), "{held:?}");
    for permission in &held {
        let _made = made(&keeper, &giving(&role, permission, false)).await;
    }
    // An empty role is nobody's business, so anybody is given it.
    let newcomer = app.region().without_grants();
    let order = json!({ "input": {
        "principal": { "hsaId": newcomer }, "role": role, "scope": { "organisation": app.region().clinician().unit }, } });
    let answer = told(&iam, CREATE, order).await;
    assert_eq!(answer["createGrant"]["errors"], json!([]), "{answer}");
    let newcomer = app.id("person", &newcomer).await;
    for permission in &held {
        let proposal = proposed(&keeper, &giving(&role, permission, true)).await;
        assert!(
            gaining(&proposal, permission, "REACH").contains(&newcomer),
            "{proposal}"
        );
        assert!(rows(&proposal).iter().all(|row| row["privileged"] == true));
    }
}

/// A general role opens records in whatever system asks, whether or not it is marked as patient data.
async fn a_role_without_a_mark_is_given_records_by_two(backend: Backend) {
    let app = App::start(backend);
    let keeper = role_keeper(&app);
    app.set(
        "INSERT INTO permission (id, system_key, name, category, privileged) \
         VALUES ('prm_0000000000000000000000rec0', '', 'record:read', 'use', FALSE)",
    )
    .await;
    let role = app.region().role("Kontaktperson");
    let marked = format!("SELECT name FROM role WHERE external_id = '{role}' AND NOT patient_data");
    assert_eq!(app.column(&marked).await, ["Kontaktperson"]);
    let (holder, _) = app.region().holder("Kontaktperson");
    let holder = app.id("person", &holder).await;
    let proposal = proposed(&keeper, &giving(&role, "record:read", true)).await;
    let rows = rows(&proposal);
    assert!(
        gaining(&proposal, "record:read", "REACH").contains(&holder)
            || gaining(&proposal, "record:read", "LATER").contains(&holder),
        "{proposal}"
    );
    let records = rows.iter().filter(|row| row["permission"] == "record:read");
    assert!(records.map(|row| &row["patientData"]).all(|is| is == true));
}

async fn a_role_that_nobody_has_is_given_nothing_privileged_alone(backend: Backend) {
    let app = App::start(backend);
    let keeper = role_keeper(&app);
    let (auditor, reader) = (
        app.region().role("Revisor"),
        app.region().role_in(COSMIC, "Läsbehörig"),
    );
    let _made = made(
        &keeper,
        &json!({ "setPermissionPrivileged": {
        "permission": "record:sign", "system": COSMIC, "privileged": true } }),
    )
    .await;
    app.set("UPDATE role_grant SET revoked_at = 1, revoked_by = 'test'")
        .await;
    // Only whoever keeps the roles still does.
    let (person, _) = app.region().holder("Rollansvarig");
    let person = app.id("person", &person).await;
    app.set(&format!(
        "UPDATE role_grant SET revoked_at = NULL, revoked_by = NULL WHERE person_id = '{person}' \
         OR person_id = (SELECT id FROM person WHERE hsa_id = '{}')",
        App::FIRST
    ))
    .await;
    for (role, permission) in [
        (&auditor, "policy:manage"),
        (&auditor, "grant:approve"),
        (&auditor, "decision:ask"),
        (&reader, "record:sign"),
    ] {
        let proposal = proposed(&keeper, &giving(role, permission, true)).await;
        assert_eq!(rows(&proposal), json!([]).as_array().expect("none"));
        let sql = format!(
            "SELECT p.name FROM role r JOIN role_permission m ON m.role_id = r.id \
             JOIN permission p ON p.id = m.permission_id \
             WHERE r.external_id = '{role}' AND p.name = '{permission}'"
        );
        assert!(app.column(&sql).await.is_empty(), "{permission}");
        accepted(&app.first(), &proposal).await;
        assert_eq!(app.column(&sql).await, [permission]);
    }
    // What is ordinary there, and what is taken away, needs nobody else.
    let _made = made(&keeper, &giving(&reader, "record:write", true)).await;
    let _made = made(&keeper, &giving(&auditor, "policy:manage", false)).await;
    let own = "SELECT name FROM permission WHERE category IS NULL AND NOT privileged";
    assert_eq!(app.column(own).await, [""; 0]);
}

async fn what_begins_later_begins_with_the_edit(backend: Backend) {
    let app = App::start(backend);
    let keeper = role_keeper(&app);
    let sara = app.region().clinician();
    let (person, role) = (
        app.id("person", &sara.person).await,
        app.region().role_in(COSMIC, "Läkare"),
    );
    let others = format!(
        "UPDATE role_grant SET revoked_at = 1, revoked_by = 'test' WHERE external_id <> '{}' \
         AND role_id = (SELECT id FROM role WHERE external_id = '{role}')",
        sara.grant
    );
    app.set(&others).await;
    let _made = made(&keeper, &giving(&role, "record:write", false)).await;
    let edit = giving(&role, "record:write", true);
    let grant = |set: &str| {
        format!(
            "UPDATE role_grant SET {set} WHERE external_id = '{}'",
            sara.grant
        )
    };
    let engagement =
        |set: &str| format!("UPDATE engagement SET {set} WHERE person_id = '{person}'");
    let obstacles = [
        (
            grant("from_date = '2031-01-01', until_date = NULL"),
            grant("from_date = '2020-01-01'"),
        ),
        (
            grant("needs_and_risk_analysis = NULL, origin = 'order', attest_by = NULL"),
            grant("needs_and_risk_analysis = 'BRA-1'"),
        ),
        (
            engagement("absent_from = '2020-01-01'"),
            engagement("absent_from = NULL, absent_until = NULL"),
        ),
        (
            engagement("from_date = '2031-01-01', until_date = NULL"),
            engagement("from_date = '2020-01-01'"),
        ),
    ];
    for (put, lifted) in obstacles {
        app.set(&put).await;
        let proposal = proposed(&keeper, &edit).await;
        assert_eq!(
            gaining(&proposal, "record:write", "LATER"),
            [person.clone()].into(),
            "{put}"
        );
        assert!(gaining(&proposal, "record:write", "REACH").is_empty());
        app.set(&lifted).await;
        let proposal = proposed(&keeper, &edit).await;
        assert_eq!(
            gaining(&proposal, "record:write", "REACH"),
            [person.clone()].into()
        );
    }
    // What is over stays over.
    app.set(&grant("until_date = '2026-01-01'")).await;
    let _made = made(&keeper, &edit).await;
}

/// More is gained than is told one by one, and whoever gains beyond that still does not accept it.
async fn whoever_gains_beyond_what_is_told_does_not_accept_it(backend: Backend) {
    // A thousand gains are weighed three times, which takes unoptimised code longer than anybody waits.
    if !test_support::soaking() {
        return;
    }
    let app = App::with(backend, "http.timeout_milliseconds = 120000");
    let (keeper, role) = (
        role_keeper(&app),
        app.region().role_in(COSMIC, "Läsbehörig"),
    );
    app.set(&format!(
        "INSERT INTO role_grant (id, source, external_id, person_id, engagement_id, role_id, scope_kind, \
         organisation_id, from_date, needs_and_risk_analysis, origin) \
         SELECT 'grt_000000000000000000' || CAST(10000000 + ROW_NUMBER() OVER (ORDER BY e.id, o.id) AS TEXT), 'test', e.person_id || o.id, \
         e.person_id, e.id, r.id, 'organisation', o.id, '2020-01-01', 'BRA-1', 'order' \
         FROM (SELECT person_id, MIN(id) AS id FROM engagement WHERE until_date IS NULL OR until_date > '2027-01-01' \
             GROUP BY person_id ORDER BY person_id DESC LIMIT 25) e \
         CROSS JOIN (SELECT id FROM organisation WHERE kind = 'unit' ORDER BY id LIMIT 50) o \
         JOIN role r ON r.external_id = '{role}' JOIN person p ON p.id = e.person_id \
         WHERE p.hsa_id <> '{}'",
        App::FIRST
    ))
    .await;
    let last = app
        .column(
            "SELECT p.hsa_id FROM person p JOIN role_grant g ON g.person_id = p.id \
             JOIN engagement e ON e.id = g.engagement_id WHERE g.source = 'test' AND e.kind = 'employee' \
             AND e.absent_from IS NULL AND e.from_date <= '2026-01-01' ORDER BY p.id DESC LIMIT 1",
        )
        .await;
    let accepter = another_administrator(&app, &last[0]).await;
    let proposal = proposed(&keeper, &giving(&role, "record:write", true)).await;
    assert_eq!(proposal["gain"]["more"], true, "{}", proposal["gain"]);
    let told = proposal["gain"]["rows"]["totalCount"].clone();
    assert_eq!(told, 1_000);
    let tail = format!(
        "SELECT gain FROM edit_proposal WHERE id = '{}'",
        text(&proposal["id"])
    );
    let id = app.id("person", &last[0]).await;
    assert!(!app.column(&tail).await[0].contains(&id));
    assert_eq!(not_accepted(&accepter, &proposal).await, "OWN_GAIN");
    accepted(&app.first(), &proposal).await;
}

async fn whoever_answers_for_a_service_is_behind_what_it_proposes(backend: Backend) {
    let app = App::start(backend);
    let olle = app.region().segment_administrator();
    let service = app.id("service", "iam").await;
    let role = app.region().role("Registeransvarig");
    granted(
        &app,
        "00000000000000000000000srv",
        ("service_id", &service),
        &role,
    )
    .await;
    let machine = app.service("iam");
    let owners = app
        .column(&format!(
            "SELECT p.hsa_id FROM service s JOIN person p ON p.id = s.owner_id WHERE s.id = '{service}'"
        ))
        .await;
    let owner = another_administrator(&app, &owners[0]).await;
    let edit = json!({ "moveServer": { "server": olle.server, "segment": olle.other_segment } });
    let proposal = proposed(&machine, &edit).await;
    assert_eq!(not_accepted(&owner, &proposal).await, "SECOND_INDIVIDUAL");
    // The machine itself is nobody, also where it may approve.
    let role = app.region().role("Systemägare");
    granted(
        &app,
        "00000000000000000000000apr",
        ("service_id", &service),
        &role,
    )
    .await;
    let iam = app.service("iam");
    assert_eq!(not_accepted(&iam, &proposal).await, "SECOND_INDIVIDUAL");

    // Whoever handed the service over was behind it when it proposed, and whoever took it over is now.
    let set = |column: &str, to: &str| {
        format!("UPDATE service SET {column} = {to} WHERE id = '{service}'")
    };
    let (owner_id, first_id) = (
        app.id("person", &owners[0]).await,
        app.id("person", App::FIRST).await,
    );
    app.set(&set("owner_id", &format!("'{first_id}'"))).await;
    assert_eq!(not_accepted(&owner, &proposal).await, "SECOND_INDIVIDUAL");
    let first = app.first();
    assert_eq!(not_accepted(&first, &proposal).await, "SECOND_INDIVIDUAL");
    // A deputy counts as the owner does.
    app.set(&set("owner_id", &format!("'{first_id}'"))).await;
    app.set(&set("deputy_id", &format!("'{owner_id}'"))).await;
    let again = proposed(&machine, &edit).await;
    assert_eq!(not_accepted(&owner, &again).await, "SECOND_INDIVIDUAL");
    // Nobody knows who is behind a service that nobody answers for.
    app.set(&set("owner_id", "NULL, deputy_id = NULL")).await;
    let orphan = proposed(&machine, &edit).await;
    assert_eq!(not_accepted(&first, &orphan).await, "SECOND_INDIVIDUAL");

    // The database holds it too, whatever the service does.
    let forged = format!(
        "UPDATE edit_proposal SET state = 'accepted', decided_by = '{owner_id}', decided_at = 1, \
         decided_individual = (SELECT individual_id FROM person WHERE id = '{owner_id}') WHERE id = '{}'",
        text(&proposal["id"])
    );
    let connection = app.database().connection().await;
    let refused = sea_orm::ConnectionTrait::execute_unprepared(&connection, &forged).await;
    assert!(refused.is_err(), "whoever answers for the service accepted");
    connection.close().await.expect("closed");
}

async fn whoever_answers_for_a_service_gains_what_it_gains(backend: Backend) {
    let app = App::start(backend);
    let olle = app.region().segment_administrator();
    let service = app.id("service", "iam").await;
    let first = app.id("person", App::FIRST).await;
    app.set(&format!(
        "INSERT INTO role_grant (id, source, external_id, service_id, role_id, scope_kind, segment_id, \
         from_date, origin) SELECT 'grt_0000000000000000000000seg0', 'test', 'seg', '{service}', r.id, 'segment', \
         s.id, '2020-01-01', 'order' FROM role r, segment s WHERE r.external_id = '{}' AND s.external_id = '{}'",
        app.region().role("Serveradministratör"), olle.other_segment
    ))
    .await;
    let edit = json!({ "moveServer": { "server": olle.server, "segment": olle.other_segment } });
    let keeper = registrar(&app);
    let proposal = proposed(&keeper, &edit).await;
    assert!(gaining(&proposal, "server:administer", "REACH").contains(&service));
    app.set(&format!(
        "UPDATE service SET deputy_id = '{first}' WHERE id = '{service}'"
    ))
    .await;
    assert_eq!(not_accepted(&app.first(), &proposal).await, "OWN_GAIN");

    // Whether whoever proposes gains is said by itself.
    let seen = "query P($id: ID!) { node(id: $id) { ... on EditProposal { proposerGains } } }";
    let id = |of: &Value| json!({ "id": of["id"] });
    let shown = told(&app.first(), seen, id(&proposal)).await;
    assert_eq!(shown["node"]["proposerGains"], false, "{shown}");
    let (person, _) = app.region().holder("Registeransvarig");
    let person = app.id("person", &person).await;
    app.set(&format!(
        "UPDATE service SET owner_id = '{person}', deputy_id = NULL WHERE id = '{service}'"
    ))
    .await;
    assert_eq!(not_accepted(&app.first(), &proposal).await, "GAIN_GREW");
    let anew = proposed(&keeper, &edit).await;
    let shown = told(&app.first(), seen, id(&anew)).await;
    assert_eq!(shown["node"]["proposerGains"], true, "{shown}");
    accepted(&app.first(), &anew).await;
}

async fn to_trust_a_service_takes_two(backend: Backend) {
    let app = App::start(backend);
    let officer = app.person(&app.region().only("Informationssäkerhetsansvarig"), STRONG);
    let service = app.id("service", "iam").await;
    let trusted = format!(
        "SELECT CASE WHEN trusted_to_assert THEN 'yes' ELSE 'no' END FROM service WHERE id = '{service}'"
    );
    let trust = async |caller: &Caller, trusted: bool| {
        let input =
            json!({ "input": { "service": service, "trusted": trusted, "reason": "Ärende 7" } });
        told(caller, TRUST, input).await["setTrustedToAssert"].clone()
    };
    let payload = trust(&officer, true).await;
    assert_eq!(payload["errors"], json!([]), "{payload}");
    assert_eq!(payload["made"], false, "{payload}");
    assert!(payload["service"].is_null(), "{payload}");
    let proposal = &payload["proposal"];
    assert_eq!(proposal["kind"], "SET_TRUSTED_TO_ASSERT", "{payload}");
    let changes = json!([{ "name": "trustedToAssert", "value": "true" }]);
    assert_eq!(proposal["changes"], changes);
    assert_eq!(app.column(&trusted).await, ["no"]);

    // Neither the same human being, nor whoever answers for the service.
    let own = trust(&app.first(), true).await["proposal"].clone();
    let first = app.first();
    assert_eq!(not_accepted(&first, &own).await, "SECOND_INDIVIDUAL");
    let owner = format!(
        "UPDATE service SET deputy_id = (SELECT id FROM person WHERE hsa_id = '{}') WHERE id = '{service}'",
        App::FIRST
    );
    let deputy = app
        .column(&format!(
            "SELECT deputy_id FROM service WHERE id = '{service}'"
        ))
        .await;
    app.set(&owner).await;
    assert_eq!(not_accepted(&first, proposal).await, "OWN_GAIN");
    app.set(&format!(
        "UPDATE service SET deputy_id = '{}' WHERE id = '{service}'",
        deputy[0]
    ))
    .await;
    accepted(&first, proposal).await;
    assert_eq!(app.column(&trusted).await, ["yes"]);

    // It is so already, and to cease needs nobody else.
    for word in [true, false, false] {
        let payload = trust(&first, word).await;
        assert_eq!(payload["errors"], json!([]), "{payload}");
        assert_eq!(payload["made"], true, "{payload}");
        assert_eq!(payload["service"]["trustedToAssert"], word, "{payload}");
        assert!(payload["proposal"].is_null(), "{payload}");
    }
    assert_eq!(app.column(&trusted).await, ["no"]);
    let built_in =
        json!({ "input": { "service": "svc_00000000000000000000000002", "trusted": true } });
    let payload = told(&app.first(), TRUST, built_in).await["setTrustedToAssert"].clone();
    assert_eq!(payload["errors"][0]["code"], "BUILT_IN", "{payload}");
}

both_backends! {
    async what_was_taken_from_a_role_is_not_given_back_alone;
    async a_role_without_a_mark_is_given_records_by_two;
    async a_role_that_nobody_has_is_given_nothing_privileged_alone;
    async what_begins_later_begins_with_the_edit;
    async whoever_gains_beyond_what_is_told_does_not_accept_it;
    async whoever_answers_for_a_service_is_behind_what_it_proposes;
    async whoever_answers_for_a_service_gains_what_it_gains;
    async to_trust_a_service_takes_two;
}
